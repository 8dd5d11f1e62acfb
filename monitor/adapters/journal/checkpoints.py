"""SQLite's log moved into the database beside whoever writes.

Theory of operation. A commit appends to the log; now and then a checkpoint copies what has gathered there into the
database file and flushes it, which takes a few tenths of a second for some 30 MB. Left to SQLite, whichever commit
makes the log too long does that, and deadlines wait. A passive checkpoint waits for nobody and makes nobody wait: done
once a second from a thread of its own, it leaves a commit that finds the log too long hardly anything to copy.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from monitor.adapters.journal.database import existing
from monitor.domain.hours.instant import SECOND_US, DurationUs
from monitor.service.ports.machine import Clock

EVERY_US: Final[DurationUs] = SECOND_US


class Checkpoints:
    """The checkpoints of one file."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file = file
        self._clock = clock

    async def run(self) -> None:
        """One a second, for ever; cancelled from outside."""
        while True:
            await self._clock.wait(asyncio.Event(), self._clock.now() + EVERY_US)
            await asyncio.to_thread(self.turn)

    def turn(self) -> None:
        """Moves what can be moved. Where that does not work, the next commit that finds the log too long says why."""
        try:
            # Of its own for each turn: it holds nothing in between, and a file that went away is noticed.
            with closing(sqlite3.connect(existing(self._file), uri=True, isolation_level=None)) as connection:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.Error:
            return

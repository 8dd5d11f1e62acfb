"""The tokens in memory, read again every second: one made or revoked while Kept runs is in force within two."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final

from monitor.domain.hours.instant import SECOND_US, DurationUs
from monitor.errors import TransientError
from monitor.service.doors.tokens import TokenRecord, TokenRing
from monitor.service.ports.machine import Clock

LOOK_EVERY_US: Final[DurationUs] = SECOND_US

_log = logging.getLogger(__name__)


class TokenWatch:
    """Asks `read` for all tokens now and then; where it does not work, those known last stay in force."""

    def __init__(self, read: Callable[[], Sequence[TokenRecord]], clock: Clock) -> None:
        """Raises TransientError where they can't be read."""
        self._read = read
        self._clock = clock
        self._records = read()
        self._is_blind = False
        self.ring = TokenRing(self._records)

    async def look(self) -> None:
        """Reads the tokens again."""
        try:
            records = await asyncio.to_thread(self._read)
        except TransientError as error:
            if not self._is_blind:
                _log.error("tokens can't be read, those known last stay in force: %s", error)
            self._is_blind = True
            return
        self._is_blind = False
        if records != self._records:
            self._records, self.ring = records, TokenRing(records)
            _log.info("tokens changed: %s are on record", len(records))

    async def run(self) -> None:
        """Looks for ever; cancelled from outside."""
        while True:
            await self._clock.wait(asyncio.Event(), self._clock.now() + LOOK_EVERY_US)
            await self.look()

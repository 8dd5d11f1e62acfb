"""The deadlines to come: it wakes at the next one, and no event is needed for that.

It decides on the wall clock and sleeps on the monotonic one, a second at most, so a clock that is set is noticed.
The deadlines themselves are in the journal; after a restart those that passed meanwhile are the first to be looked at.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Final

from monitor.domain.hours.instant import MINUTE_US, SECOND_US, InstantUs
from monitor.errors import TransientError
from monitor.service.commits.commit_point import CommitPoint
from monitor.service.intake.pipeline import Pipeline
from monitor.service.ports.machine import Clock, Worker

CATCHING_UP_ENDS_US: Final = MINUTE_US
"""Whoever is catching up and says nothing for this long is taken to be done, or dead."""
ALIVE_WITHIN_US: Final = 10 * SECOND_US
"""An agenda that has not looked for longer than this is not alive; it looks every second."""

_log = logging.getLogger(__name__)


class Agenda:
    """Lets deadlines pass when they do, and listens for sources that have fallen silent."""

    def __init__(self, commit_point: CommitPoint, clock: Clock, worker: Worker) -> None:
        self._commit_point = commit_point
        self._clock = clock
        self._worker = worker
        self._caught_up_until: InstantUs | None = None
        self._listened_at: InstantUs = 0
        self.last_run: InstantUs | None = None
        """When it last looked at the deadlines and all was done that had to be."""

    def is_alive(self) -> bool:
        """Whether it has looked lately."""
        return self.last_run is not None and abs(self._clock.now() - self.last_run) <= ALIVE_WITHIN_US

    @property
    def is_catching_up(self) -> bool:
        """Whether somebody still sends the past."""
        return self._caught_up_until is not None

    def note_catching_up(self) -> None:
        """Somebody sent events of the past and has more."""
        self._caught_up_until = self._clock.now()

    async def release(self) -> None:
        """Whoever was catching up is done."""
        since, now = self._caught_up_until, self._clock.now()
        await self._worker.run(lambda: self._commit_point.release(now))
        # Only now: what fails is done again; and somebody may have said meanwhile that there is more.
        if self._caught_up_until == since:
            self._caught_up_until = None

    async def turn(self) -> int:
        """Lets everything pass that is due by now; says how many matters it looked at."""
        looked_at = 0
        await self._release_the_silent()
        if self._commit_point.book.sources:
            looked_at += await self._listen()
        while self._commit_point.earliest_wake <= (now := self._clock.now()):
            looked_at += await self._worker.run(partial(self._commit_point.wake, now))
        self.last_run = now
        if self._commit_point.is_rejudging:
            looked_at += await self._worker.run(partial(self._commit_point.rejudge, now))
        return looked_at

    async def _listen(self) -> int:
        """Looks for silent sources, once a second however often something is committed; not while one catches up."""
        now = self._clock.now()
        if self.is_catching_up or abs(now - self._listened_at) < SECOND_US:
            return 0
        looked_at = await self._worker.run(lambda: self._commit_point.listen(now))
        self._listened_at = now
        return looked_at

    async def _release_the_silent(self) -> None:
        """What is held back is released in the end, whoever sent it: before a restart, or so slowly that nobody waited for it."""
        since = self._caught_up_until
        if since is None and self._commit_point.has_held:
            self.note_catching_up()
        elif since is not None and abs(self._clock.now() - since) > CATCHING_UP_ENDS_US:
            await self.release()

    async def run(self, pipeline: Pipeline) -> None:
        """Takes turns for ever; cancelled from outside. A commit that brings an earlier deadline wakes it."""
        while True:
            pipeline.committed.clear()
            try:
                await self.turn()
            except TransientError as error:
                _log.error("deadlines can't be looked at: %s", error)
                await self._rest()
                continue
            if self._commit_point.is_rejudging:
                # One portion a turn: deadlines come first, and what arrives gets its turn at the worker.
                continue
            until = min(self._commit_point.earliest_wake, self._clock.now() + SECOND_US)
            await self._clock.wait(pipeline.committed, until)

    async def _rest(self) -> None:
        await self._clock.wait(asyncio.Event(), self._clock.now() + SECOND_US)

"""The retention policy at work in a Kept that runs: looked at once a day, in portions between which others have their turn."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Final

from monitor.domain.instant import DAY_US, HOUR_US, DurationUs, InstantUs
from monitor.errors import TransientError
from monitor.service.commit_point import CommitPoint
from monitor.service.ports import Clock, Worker
from monitor.service.records import RetirementRecord
from monitor.service.retention import Policy, first_progress

LOOKED_AT_EVERY_US: Final[DurationUs] = DAY_US
TRIED_AGAIN_AFTER_US: Final[DurationUs] = HOUR_US
"""After a store that did not work."""

_log = logging.getLogger(__name__)


class Housekeeping:
    """Takes out of the journal what the policy does not keep."""

    def __init__(self, commit_point: CommitPoint, clock: Clock, worker: Worker, policy: Policy) -> None:
        self._commit_point = commit_point
        self._clock = clock
        self._worker = worker
        self._policy = policy

    async def run(self) -> None:
        """Looks for ever; cancelled from outside."""
        while True:
            pause_us = LOOKED_AT_EVERY_US
            try:
                await self.look()
            except TransientError as error:
                _log.error("what is over can't be taken out: %s", error)
                pause_us = TRIED_AGAIN_AFTER_US
            await self._wait(self._clock.now() + pause_us)

    async def look(self) -> RetirementRecord:
        """One run of the policy; says how much went."""
        now = self._clock.now()
        progress = first_progress(self._policy, now)
        while (step := await self._worker.run(partial(self._commit_point.retire, progress, now))) is not None:
            progress = step
        if progress.record.matters:
            _log.info("retired %s matters that were over for %s", progress.record.matters, self._policy.text)
        return progress.record

    async def _wait(self, until: InstantUs) -> None:
        while self._clock.now() < until:
            await self._clock.wait(asyncio.Event(), until)

"""The retention policy at work in a Kept that runs: looked at once a day, in portions between which others have their turn."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Final

from monitor.domain.hours.instant import DAY_US, HOUR_US, DurationUs, InstantUs
from monitor.errors import TransientError
from monitor.service.commits.commit_point import CommitPoint
from monitor.service.commits.retention import Policy, Progress, first_progress
from monitor.service.ports.machine import Clock, Worker

LOOKED_AT_EVERY_US: Final[DurationUs] = DAY_US
TRIED_AGAIN_AFTER_US: Final[DurationUs] = HOUR_US
"""After a store that did not work."""

_log = logging.getLogger(__name__)


class Housekeeping:
    """Takes out of the journal what the policy does not keep. `look_at` is when it next looks."""

    def __init__(self, commit_point: CommitPoint, clock: Clock, worker: Worker, policy: Policy) -> None:
        self._commit_point = commit_point
        self._clock = clock
        self._worker = worker
        self._policy = policy
        self._progress: Progress | None = None
        self.look_at: InstantUs = 0

    async def run(self) -> None:
        """Looks for ever; cancelled from outside."""
        while True:
            try:
                while await self.step():
                    pass
            except TransientError as error:
                _log.error("what is over can't be taken out: %s", error)
            await self._clock.wait(asyncio.Event(), self.look_at)

    async def step(self) -> bool:
        """One portion, where it is time to look; says whether there is more. Raises TransientError: then later again."""
        now = self._clock.now()
        if now < self.look_at:
            return False
        progress = self._progress or first_progress(self._policy, now)
        self._progress, self.look_at = None, now + TRIED_AGAIN_AFTER_US
        step = await self._worker.run(partial(self._commit_point.retire, progress, now))
        if step is not None:
            self._progress, self.look_at = step, now
            return True
        self.look_at = now + LOOKED_AT_EVERY_US
        if progress.record.matters:
            _log.info("retired %s matters that were over for %s", progress.record.matters, self._policy.text)
        return False

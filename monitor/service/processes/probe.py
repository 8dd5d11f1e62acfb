"""Whether something works, tried once a second at most: everybody may ask, and a try costs something, a commit for one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from monitor.domain.hours.instant import SECOND_US, DurationUs, InstantUs
from monitor.service.ports.machine import Clock

TRIED_EVERY_US: Final[DurationUs] = SECOND_US


class Probe:
    """`works` tries; whoever asks meanwhile, or shortly after, is told what it found."""

    def __init__(self, works: Callable[[], Awaitable[bool]], clock: Clock) -> None:
        self._works = works
        self._clock = clock
        self._trying = asyncio.Lock()
        self._tried_at: InstantUs | None = None
        self._found = False

    async def is_well(self) -> bool:
        """What the last try found, a second ago or less."""
        async with self._trying:
            now = self._clock.now()
            if self._tried_at is None or abs(now - self._tried_at) >= TRIED_EVERY_US:
                self._found = await self._works()
                self._tried_at = self._clock.now()
        return self._found

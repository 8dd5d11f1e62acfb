"""The machine's clocks: the wall clock says when it is, the monotonic one how long to sleep."""

from __future__ import annotations

import asyncio
import time

from monitor.domain.hours.instant import SECOND_US, DurationUs, InstantUs

LONGEST_SLEEP_US: DurationUs = SECOND_US
"""The wall clock may be set while somebody sleeps; nobody sleeps longer than this without looking at it again."""


class SystemClock:
    """The clock port on the machine Kept runs on."""

    def now(self) -> InstantUs:
        """The wall clock, in UTC."""
        return time.time_ns() // 1_000  # noqa: TID251  this is the clock adapter

    async def wait(self, nudge: asyncio.Event, until: InstantUs) -> None:
        """Sleeps until the wall clock says `until` or somebody sets `nudge`, and a second at most: then look again."""
        sleep_us = min(until - self.now(), LONGEST_SLEEP_US)
        if sleep_us <= 0:
            return
        try:
            async with asyncio.timeout(sleep_us / SECOND_US):
                await nudge.wait()
        except TimeoutError:
            pass

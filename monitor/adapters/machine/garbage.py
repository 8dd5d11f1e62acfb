"""When Python looks for cycles of objects that nobody uses any more.

Ten thousand matters at hand are some millions of objects, and looking through all of them takes three tenths of a second
in which nothing is decided; left to itself Python did so every three seconds under load. Hardly anything here is a
cycle: what is dropped goes at once. So the young are looked through as always, in portions of a few milliseconds, and
everything only once an hour.
"""

from __future__ import annotations

import asyncio
import gc
from typing import Final

from monitor.domain.hours.instant import HOUR_US, DurationUs
from monitor.service.ports.machine import Clock

THRESHOLDS: Final = (50_000, 5, 10_000)
"""New objects before the youngest are looked at, how often that is before those are that survived it, and so on: the last
means never."""
ALL_EVERY_US: Final[DurationUs] = HOUR_US


def settle_garbage() -> None:
    """What is loaded stays, and need not be looked through again; called when everything is in place."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


async def collect_hourly(clock: Clock) -> None:
    """Looks through everything once an hour, for ever; cancelled from outside."""
    while True:
        until = clock.now() + ALL_EVERY_US
        while clock.now() < until:
            await clock.wait(asyncio.Event(), until)
        gc.collect()

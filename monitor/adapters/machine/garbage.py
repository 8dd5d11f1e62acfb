"""When Python looks for cycles of objects that nobody uses any more.

Theory of operation. Hardly anything here is a cycle: what is dropped goes at once. But Python looks at all that was made
since it looked last and is still there, when so many more objects were made than went; under steady load, when for each
matter that comes to hand another one goes, that is seldom, and everything at hand is young then: some millions of objects,
and three tenths of a second or more in which nothing is decided. So the young are looked through by the clock, a fifth of
a second's work at a time, those that survived this once more a second later, and everything only once an hour.
"""

from __future__ import annotations

import asyncio
import gc
from itertools import count
from typing import Final

from monitor.domain.hours.instant import HOUR_US, SECOND_US, DurationUs
from monitor.service.ports.machine import Clock

THRESHOLDS: Final = (50_000, 5, 10_000)
"""New objects before the youngest are looked at without the clock, how often that is before those are that survived it, and so
on: the last means never."""
EVERY_US: Final[DurationUs] = SECOND_US // 5
LOOKS_A_SECOND: Final = SECOND_US // EVERY_US
LOOKS_AN_HOUR: Final = HOUR_US // EVERY_US


def settle_garbage() -> None:
    """What is loaded stays, and need not be looked through again; called when everything is in place."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


def generation_at(look: int) -> int:
    """The oldest generation to look through at a look, counted from 1: 0 the youngest, 2 everything."""
    if look % LOOKS_AN_HOUR == 0:
        return 2
    return 1 if look % LOOKS_A_SECOND == 0 else 0


async def look_for_garbage(clock: Clock) -> None:
    """Looks for ever; cancelled from outside."""
    for look in count(1):
        await clock.wait(asyncio.Event(), clock.now() + EVERY_US)
        gc.collect(generation_at(look))

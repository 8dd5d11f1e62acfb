"""When Python looks for cycles of objects that nobody uses any more.

Theory of operation. Hardly anything here is a cycle: what is dropped goes at once. But Python looks at all that was made
since it looked last and is still there, when so many more objects were made than went; under steady load, when for each
matter that comes to hand another one goes, that is seldom, and everything at hand is young then: some millions of objects,
and three tenths of a second or more in which nothing is decided. So the young are looked through by the clock, a fifth of
a second's work at a time, those that survived this once more a second later, and everything only once an hour.

A commit in the making is no garbage, and all of it is young: a look in the middle of one goes through rows that are dropped
a moment later. So a look waits until the commit is done.
"""

from __future__ import annotations

import asyncio
import gc
from functools import partial
from itertools import count
from typing import Final

from monitor.domain.hours.instant import HOUR_US, SECOND_US, DurationUs
from monitor.service.ports.machine import Clock, Worker

THRESHOLDS: Final = (1_000_000, 5, 10_000)
"""New objects before the youngest are looked at without the clock, how often that is before those are that survived it, and so
on: the last means never. The first is more than a commit of thousands of events makes."""
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


async def look_for_garbage(clock: Clock, worker: Worker) -> None:
    """Looks for ever, between the pieces of work of whoever commits; cancelled from outside."""
    for look in count(1):
        await clock.wait(asyncio.Event(), clock.now() + EVERY_US)
        await worker.run(partial(gc.collect, generation_at(look)))

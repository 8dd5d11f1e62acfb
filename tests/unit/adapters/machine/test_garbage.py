"""How often which generation is looked through; the numbers are those of the module's first lines, counted by hand."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter

import pytest

from monitor.adapters.machine.garbage import generation_at, look_for_garbage
from monitor.domain.hours.instant import SECOND_US, InstantUs
from monitor.testing import MONDAY, InlineWorker, ManualClock


def test_everything_is_looked_through_once_an_hour_and_survivors_once_a_second() -> None:
    # Five looks a second for 3,600 seconds: the last of them at everything, the last of each other second at survivors.
    looks = Counter(generation_at(look) for look in range(1, 18_001))
    assert looks == {0: 14_400, 1: 3_599, 2: 1}
    assert [generation_at(look) for look in (4, 5, 6, 17_999, 18_000, 18_001)] == [0, 1, 0, 0, 2, 0]


async def test_the_young_are_looked_through_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[tuple[InstantUs, int]] = []

    class Hurried(ManualClock):
        async def wait(self, nudge: asyncio.Event, until: InstantUs) -> None:
            if until > MONDAY + SECOND_US:
                raise asyncio.CancelledError
            self.set(until)

    clock = Hurried(MONDAY)
    monkeypatch.setattr(gc, "collect", lambda generation: looks.append((clock.now() - MONDAY, generation)))
    with pytest.raises(asyncio.CancelledError):
        await look_for_garbage(clock, InlineWorker())
    assert looks == [(200_000, 0), (400_000, 0), (600_000, 0), (800_000, 0), (1_000_000, 1)]

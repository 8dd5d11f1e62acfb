"""The machine's clock, as far as it can be tried without waiting."""

from __future__ import annotations

import asyncio
import time

from monitor.adapters.machine.clock import LONGEST_SLEEP_US, SystemClock
from monitor.domain.hours.instant import HOUR_US, SECOND_US


def test_it_says_what_the_machine_says() -> None:
    before = time.time_ns() // 1_000
    now = SystemClock().now()
    assert before <= now <= time.time_ns() // 1_000


async def test_it_does_not_wait_for_what_has_passed() -> None:
    clock = SystemClock()
    await asyncio.wait_for(clock.wait(asyncio.Event(), clock.now() - SECOND_US), 0.5)


async def test_a_nudge_ends_the_wait() -> None:
    clock, nudge = SystemClock(), asyncio.Event()
    asyncio.get_running_loop().call_soon(nudge.set)
    await asyncio.wait_for(clock.wait(nudge, clock.now() + HOUR_US), 0.5)


async def test_it_waits_until_the_instant() -> None:
    clock = SystemClock()
    until = clock.now() + 20_000
    while clock.now() < until:
        await clock.wait(asyncio.Event(), until)


async def test_nobody_sleeps_for_an_hour_without_looking_at_the_clock() -> None:
    clock = SystemClock()
    began = time.monotonic()
    await asyncio.wait_for(clock.wait(asyncio.Event(), clock.now() + HOUR_US), 5)
    assert time.monotonic() - began >= LONGEST_SLEEP_US / SECOND_US * 0.9

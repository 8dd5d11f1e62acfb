"""Asking often whether the store takes writes does not make it write often."""

from __future__ import annotations

from monitor.domain.hours.instant import SECOND_US
from monitor.service.processes.probe import Probe
from monitor.testing import ManualClock


async def test_it_tries_once_a_second_at_most_and_says_what_it_found() -> None:
    answers = [True, False]
    clock = ManualClock()

    async def can_write() -> bool:
        return answers.pop(0)

    probe = Probe(can_write, clock)
    assert [await probe.is_well() for _ in range(3)] == [True, True, True]
    clock.set(clock.now() + SECOND_US)
    assert [await probe.is_well() for _ in range(3)] == [False, False, False]

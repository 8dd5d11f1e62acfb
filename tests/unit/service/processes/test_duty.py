"""One of several processes is on duty: while its session lasts, and never beside another one."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from random import Random
from typing import Any

import pytest

from monitor.domain.hours.instant import SECOND_US
from monitor.errors import InvariantError, TransientError
from monitor.service.processes.duty import Duty
from monitor.testing import InlineWorker, ManualClock


class Lock:
    """What one process has at a time; a broken session is gone at once, as the server sees it."""

    def __init__(self) -> None:
        self.holder: Session | None = None
        self.is_away = False

    def take(self) -> Session | None:
        if self.is_away:
            raise TransientError("the database does not work")
        if self.holder is not None:
            return None
        self.holder = Session(self)
        return self.holder

    def break_session(self) -> None:
        self.holder = None


class Session:
    def __init__(self, lock: Lock) -> None:
        self._lock = lock

    def write(self) -> None:
        if self._lock.holder is not self:
            raise TransientError("the session broke")

    def renew(self) -> None:
        self.write()

    def end(self) -> None:
        if self._lock.holder is self:
            self._lock.holder = None


class Process:
    """One that counts for as long as it is on duty, in a number that each of its terms begins anew."""

    def __init__(self, lock: Lock, clock: ManualClock) -> None:
        self.terms: list[int] = []
        self.fault: Exception | None = None
        self.duty = Duty(lock.take, self._works, clock, InlineWorker())
        self.running = asyncio.create_task(self.duty.run())

    def _works(self, term: Session) -> Mapping[str, Coroutine[Any, Any, None]]:
        self.terms.append(0)
        return {"counting": self._count(term)}

    async def _count(self, term: Session) -> None:
        while True:
            if self.fault is not None:
                raise self.fault
            term.write()
            self.terms[-1] += 1
            await asyncio.sleep(0)

    async def stop(self) -> None:
        self.running.cancel()
        with suppress(asyncio.CancelledError):
            await self.running


async def _settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def _second(clock: ManualClock) -> None:
    await _settled()
    clock.set(clock.now() + SECOND_US)
    await _settled()


async def test_one_is_on_duty_and_the_other_goes_on_when_it_stops() -> None:
    lock, clock = Lock(), ManualClock()
    first, second = Process(lock, clock), Process(lock, clock)
    await _second(clock)
    assert (first.duty.is_on_duty, second.duty.is_on_duty) == (True, False)
    await first.stop()
    assert not first.duty.is_on_duty
    await _second(clock)
    assert second.duty.is_on_duty
    await second.stop()
    assert lock.holder is None


async def test_nothing_of_a_term_goes_on_when_its_session_is_lost() -> None:
    lock, clock = Lock(), ManualClock()
    process = Process(lock, clock)
    await _settled()
    lock.break_session()
    lock.is_away = True
    await _settled()
    counted = process.terms[0]
    assert not process.duty.is_on_duty
    await _second(clock)
    assert (process.terms, process.duty.is_well) == ([counted], False)
    lock.is_away = False
    await _second(clock)
    assert (process.terms[0], len(process.terms), process.duty.is_well) == (counted, 2, True)
    await process.stop()


async def test_a_session_that_is_lost_while_there_is_nothing_to_write_is_noticed_within_a_second() -> None:
    lock, clock = Lock(), ManualClock()
    idle = Duty(lock.take, lambda _: {"nothing": asyncio.Event().wait()}, clock, InlineWorker())  # type: ignore[dict-item]
    running = asyncio.create_task(idle.run())
    await _settled()
    assert idle.is_on_duty
    lock.break_session()
    await _second(clock)
    assert not idle.is_on_duty
    running.cancel()


async def test_a_work_that_never_works_ends_the_process_and_lets_others_have_the_term() -> None:
    lock, clock = Lock(), ManualClock()
    process = Process(lock, clock)
    await _settled()
    process.fault = InvariantError("the database refuses a statement")
    with pytest.raises(InvariantError, match="refuses"):
        await process.running
    assert lock.holder is None


@pytest.mark.parametrize("seed", range(50))
async def test_over_any_losses_only_the_holder_ever_counts(seed: int) -> None:
    random, lock, clock = Random(seed), Lock(), ManualClock()
    processes = [Process(lock, clock) for _ in range(3)]
    for _ in range(40):
        await _second(clock)
        # `Session.write` raises for whoever counts without the lock; here nobody must even believe to be on duty.
        assert sum(process.duty.is_on_duty for process in processes) <= 1
        if random.random() < 0.5:
            lock.break_session()
            await _settled()
        lock.is_away = random.random() < 0.2
    lock.is_away = False
    await _second(clock)
    assert sum(process.duty.is_on_duty for process in processes) == 1
    for process in processes:
        await process.stop()

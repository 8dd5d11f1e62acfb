"""Every decision goes out, in order, over failures between any two steps; a repeat is all that may come of them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from random import Random

import pytest

from monitor.domain.hours.instant import SECOND_US
from monitor.errors import TransientError
from monitor.service.ports.records import DecisionRecord
from monitor.service.processes.duty import Duty
from monitor.service.publishing import publisher
from monitor.service.publishing.publisher import LOOK_EVERY_US, Publisher
from monitor.testing import InlineWorker, ManualClock


def _decision(position: int) -> DecisionRecord:
    empty = dict.fromkeys(DecisionRecord._fields)
    return DecisionRecord(**{**empty, "position": position, "id": str(position)})  # type: ignore[arg-type]


class History:
    """Decisions on record, how far they are published, and whose term it is; `faults` says at which call a session breaks."""

    def __init__(self, positions: range, faults: Random | None = None) -> None:
        self.decisions = [_decision(position) for position in positions]
        self.noted = 0
        self.term: Box | None = None
        self.faults = faults

    def take(self) -> Box | None:
        if self.faults is not None and self.faults.random() < 0.1:
            raise TransientError("the database does not work")
        if self.term is not None:
            return None
        self.term = Box(self)
        return self.term


class Box:
    """The outbox in one term."""

    def __init__(self, history: History) -> None:
        self._history = history

    def renew(self) -> None:
        self._may_fail()

    def end(self) -> None:
        if self._history.term is self:
            self._history.term = None

    def position(self) -> int:
        self._may_fail()
        return self._history.noted

    def decisions_after(self, position: int, limit: int) -> list[DecisionRecord]:
        self._may_fail()
        return [each for each in self._history.decisions if each.position > position][:limit]

    def move_to(self, position: int) -> None:
        self._may_fail()
        self._history.noted = position

    def _may_fail(self) -> None:
        faults = self._history.faults
        if faults is not None and faults.random() < 0.2:
            self.end()
        if self._history.term is not self or (faults is not None and faults.random() < 0.1):
            raise TransientError("the session broke")


class Topic:
    """What is in the topic; `faults` says when a send fails in the middle. Others have their turn between two messages."""

    def __init__(self, faults: Random | None = None) -> None:
        self._faults = faults
        self.positions: list[int] = []

    async def send(self, decisions: list[DecisionRecord]) -> None:
        for each in decisions:
            if self._faults is not None and self._faults.random() < 0.1:
                raise TransientError("no acknowledgement")
            await asyncio.sleep(0)
            self.positions.append(each.position)


class Process:
    """One of those who may publish."""

    def __init__(self, history: History, topic: Topic, clock: ManualClock) -> None:
        self.publisher = Publisher(topic.send, clock, InlineWorker())
        self.duty = Duty(history.take, lambda box: {"publisher": self.publisher.run(box)}, clock, InlineWorker())
        self.running = asyncio.create_task(self.duty.run())

    async def stop(self) -> None:
        self.running.cancel()
        with suppress(asyncio.CancelledError):
            await self.running


async def _second(clock: ManualClock) -> None:
    clock.set(clock.now() + SECOND_US)
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "DECISIONS_A_STEP", 3)


def _at_work(history: History, topic: Topic) -> tuple[Publisher, Box]:
    """One on duty whose turns are taken by hand."""
    box = history.take()
    assert box is not None
    return Publisher(topic.send, ManualClock(), InlineWorker()), box


async def test_portions_follow_each_other_without_a_rest_until_all_is_out() -> None:
    history, topic = History(range(2, 12, 2)), Topic()
    publishes, box = _at_work(history, topic)
    assert [await publishes.turn(box) for _ in range(3)] == [0, LOOK_EVERY_US, LOOK_EVERY_US]
    assert (topic.positions, history.noted, publishes.sent) == ([2, 4, 6, 8, 10], 10, 5)


async def test_what_is_decided_later_goes_out_later() -> None:
    history, topic = History(range(1, 3)), Topic()
    publishes, box = _at_work(history, topic)
    await publishes.turn(box)
    history.decisions.append(_decision(7))
    await publishes.turn(box)
    assert topic.positions == [1, 2, 7]


async def test_another_one_stands_by_and_goes_on_where_the_first_one_ended() -> None:
    history, topic, clock = History(range(1, 4)), Topic(), ManualClock()
    one, other = Process(history, topic, clock), Process(history, topic, clock)
    await _second(clock)
    assert (one.publisher.is_active, other.publisher.is_active) == (True, False)
    await one.stop()
    assert not one.publisher.is_active
    history.decisions += [_decision(position) for position in range(4, 7)]
    await _second(clock)
    assert other.publisher.is_active
    assert topic.positions == [1, 2, 3, 4, 5, 6]
    await other.stop()


@pytest.mark.parametrize("seed", range(200))
async def test_over_any_failures_nothing_is_missing_and_first_times_are_in_order(seed: int) -> None:
    random, clock = Random(seed), ManualClock()
    history, topic = History(range(1, 20), random), Topic(random)
    both = [Process(history, topic, clock) for _ in range(2)]
    for _ in range(2_000):
        await _second(clock)
        if history.noted == 19:
            break
    assert list(dict.fromkeys(topic.positions)) == list(range(1, 20))
    assert history.noted == 19
    for process in both:
        await process.stop()

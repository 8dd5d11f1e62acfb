"""Every decision goes out, in order, over failures between any two steps; a repeat is all that may come of them."""

from __future__ import annotations

from random import Random

import pytest

from monitor.errors import TransientError
from monitor.service import publisher
from monitor.service.publisher import LOOK_EVERY_US, STAND_BY_US, Publisher
from monitor.service.records import DecisionRecord
from monitor.testing import InlineWorker, ManualClock


def _decision(position: int) -> DecisionRecord:
    empty = dict.fromkeys(DecisionRecord._fields)
    return DecisionRecord(**{**empty, "position": position, "id": str(position)})  # type: ignore[arg-type]


class History:
    """Decisions on record, and who has the outbox."""

    def __init__(self, positions: range) -> None:
        self.decisions = [_decision(position) for position in positions]
        self.noted = 0
        self.holder: Box | None = None


class Box:
    """The outbox as one process sees it; `faults` says at which of its calls the session breaks."""

    def __init__(self, history: History, faults: Random | None = None) -> None:
        self._history = history
        self._faults = faults

    def take(self) -> bool:
        self._may_fail()
        self._history.holder = self._history.holder or self
        return self._history.holder is self

    def give_up(self) -> None:
        if self._history.holder is self:
            self._history.holder = None

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
        if self._faults is not None and self._faults.random() < 0.2:
            self.give_up()
        if self._history.holder not in {None, self} or (self._faults is not None and self._faults.random() < 0.1):
            raise TransientError("the session broke")


class Topic:
    """What is in the topic; `faults` says when a send fails in the middle."""

    def __init__(self, faults: Random | None = None) -> None:
        self._faults = faults
        self.positions: list[int] = []

    async def send(self, decisions: list[DecisionRecord]) -> None:
        positions = [each.position for each in decisions]
        if self._faults is not None and self._faults.random() < 0.2:
            self.positions += positions[: self._faults.randrange(len(positions))]
            raise TransientError("no acknowledgement")
        self.positions += positions


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "DECISIONS_A_STEP", 3)


def _publisher(box: Box, topic: Topic) -> Publisher:
    return Publisher(box, topic.send, ManualClock(), InlineWorker())


async def test_portions_follow_each_other_without_a_rest_until_all_is_out() -> None:
    history, topic = History(range(2, 12, 2)), Topic()
    publishes = _publisher(Box(history), topic)
    assert [await publishes.turn() for _ in range(3)] == [0, LOOK_EVERY_US, LOOK_EVERY_US]
    assert (topic.positions, history.noted, publishes.sent) == ([2, 4, 6, 8, 10], 10, 5)


async def test_what_is_decided_later_goes_out_later() -> None:
    history, topic = History(range(1, 3)), Topic()
    publishes = _publisher(Box(history), topic)
    await publishes.turn()
    history.decisions.append(_decision(7))
    await publishes.turn()
    assert topic.positions == [1, 2, 7]


async def test_another_one_stands_by_and_goes_on_where_the_first_one_ended() -> None:
    history, topic = History(range(1, 7)), Topic()
    first, second = Box(history), Box(history)
    one, other = _publisher(first, topic), _publisher(second, topic)
    await one.turn()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(second, "take", lambda: False)
        assert await other.turn() == STAND_BY_US
    assert not other.is_active
    first.give_up()
    await other.turn()
    assert topic.positions == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("seed", range(200))
async def test_over_any_failures_nothing_is_missing_and_first_times_are_in_order(seed: int) -> None:
    random = Random(seed)
    history, topic = History(range(1, 20)), Topic(random)
    both = [_publisher(Box(history, random), topic) for _ in range(2)]
    for _ in range(2_000):
        await random.choice(both).turn()
        if history.noted == 19:
            break
    assert list(dict.fromkeys(topic.positions)) == list(range(1, 20))
    assert history.noted == 19

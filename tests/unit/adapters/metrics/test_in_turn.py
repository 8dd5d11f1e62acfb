"""Many questions, each in its turn: every one is asked as often as the others, and none again while nothing is new."""

from __future__ import annotations

from typing import Final

import pytest

from monitor.adapters.metrics.in_turn import LOOK_US, InTurn
from monitor.errors import TransientError
from monitor.testing import ManualClock

KEYS: Final = "abcde"


class Asked:
    """Questions that take a part of a look each, and the order in which they were asked."""

    def __init__(self, *, takes: int) -> None:
        self.clock = ManualClock()
        self.in_turn: InTurn[str, str] = InTurn(self.clock)
        self.order = ""
        self._takes = takes

    def answer(self, key: str) -> str:
        self.clock.set(self.clock.now() + self._takes)
        self.order += key
        return key.upper()

    def look(self, on_record: object, keys: str = KEYS) -> str:
        """Which were asked at one look."""
        self.order = ""
        self.in_turn.ask(keys, on_record, self.answer)
        return self.order


def test_a_look_asks_as_many_as_it_may_take_and_the_next_goes_on() -> None:
    asked = Asked(takes=LOOK_US // 2)
    assert [asked.look(1) for _ in range(4)] == ["ab", "cd", "e", ""]
    assert asked.in_turn.answers(KEYS) == {"a": "A", "b": "B", "c": "C", "d": "D", "e": "E"}


def test_a_question_that_takes_longer_than_a_look_is_asked_all_the_same() -> None:
    asked = Asked(takes=3 * LOOK_US)
    assert [asked.look(1) for _ in range(3)] == ["a", "b", "c"]


def test_once_something_is_new_those_asked_longest_ago_come_first_and_new_keys_before_them() -> None:
    asked = Asked(takes=LOOK_US // 2)
    for _ in range(3):
        asked.look(1)
    assert asked.look(2) == "ab"
    assert asked.look(3, "abcdef") == "fc"
    assert asked.look(3, "abcdef") == "de"
    assert asked.look(3, "abcdef") == "ab"
    assert asked.look(3, "abcdef") == ""


def test_what_is_no_key_any_more_is_forgotten() -> None:
    asked = Asked(takes=0)
    asked.look(1)
    assert asked.look(1, "ac") == ""
    assert asked.look(1, "abc") == "b"
    asked.in_turn.clear()
    assert asked.in_turn.answers(KEYS) == {}


def test_what_was_answered_before_a_failure_stands() -> None:
    asked = Asked(takes=0)

    def fails_at_c(key: str) -> str:
        if key == "c":
            raise TransientError("away")
        return asked.answer(key)

    with pytest.raises(TransientError):
        asked.in_turn.ask(KEYS, 1, fails_at_c)
    assert asked.in_turn.answers(KEYS) == {"a": "A", "b": "B"}
    assert asked.look(1) == "cde"

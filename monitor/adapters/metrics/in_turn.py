"""Questions to the history that are too many to be asked at one look: each has its turn, and its last answer stands until then."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Final, Generic, TypeVar

from monitor.domain.hours.instant import SECOND_US, DurationUs
from monitor.service.ports.machine import Clock

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")

LOOK_US: Final[DurationUs] = SECOND_US // 2
"""For how long one look goes on to the next question: those that people ask have their turn in between."""


class InTurn(Generic[Key, Found]):
    """The last answer to each of many questions, each asked again once something else is on record."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answers: dict[Key, tuple[object, Found]] = {}
        """Those asked longest ago first, with what was on record then."""

    def ask(self, keys: Iterable[Key], on_record: object, question: Callable[[Key], Found]) -> None:
        """Asks those that were never asked, in order, then those asked longest ago, as many as one look may take, at least one.

        An answer by the same `on_record` is up to date. What is none of the keys any more is forgotten. What `question`
        raises goes through; the answers until then stand.
        """
        wanted = list(keys)
        known = set(wanted)
        self._answers = {key: answer for key, answer in self._answers.items() if key in known}
        unasked = [key for key in wanted if key not in self._answers]
        stale = [key for key, (told, _) in self._answers.items() if told != on_record]
        until = self._clock.now() + LOOK_US
        for key in (*unasked, *stale):
            found = question(key)
            self._answers.pop(key, None)
            self._answers[key] = (on_record, found)
            if self._clock.now() >= until:
                break

    def answers(self, keys: Iterable[Key]) -> dict[Key, Found]:
        """The last answers, in the order of the keys; none of those that were not asked yet."""
        return {key: self._answers[key][1] for key in keys if key in self._answers}

    def clear(self) -> None:
        """Knows nothing any more."""
        self._answers = {}

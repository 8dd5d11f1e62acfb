"""A journal that grows as a test goes on, and is asked any question on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from monitor.adapters.answers.answering import Asked, ask_for_all
from monitor.adapters.journal.location import Location
from monitor.domain.hours.instant import InstantUs
from monitor.testing import commit_point, store_at
from monitor.wire.questions import Question


class GrowingJournal:
    """A store with its commit point, and the instant it has come to."""

    def __init__(self, database: Location, book: str, now: InstantUs) -> None:
        self.store = store_at(database)
        self.point = commit_point(self.store, book)
        self.now = now
        self._number = 0

    def next_number(self) -> int:
        """A number of its own for each case."""
        self._number += 1
        return self._number

    def pass_until(self, at: InstantUs) -> None:
        """Time passes, and what is due until then is decided."""
        self.now = max(self.now, at)
        while self.point.wake(self.now):
            pass

    def rows(self, question: Question, **parameters: Any) -> list[dict[str, Any]]:
        """The whole answer to a question asked now."""
        asked = Asked(question, question.parameters.model_validate(parameters), self.now)
        return [row for answer in ask_for_all(self.store._engine.connect, asked) for row in answer.rows]


def on_each_database(make: Callable[[Location], Any]) -> Any:
    """A fixture: a journal made so, on one database after the other."""

    @pytest.fixture
    def opened(any_database: Location) -> Iterator[Any]:
        journal = make(any_database)
        yield journal
        journal.store.close()

    return opened


def cells(row: dict[str, Any], *columns: str) -> tuple[Any, ...]:
    """What a row has in these columns."""
    return tuple(row[column] for column in columns)


def cut(rows: list[dict[str, Any]], *columns: str) -> list[tuple[Any, ...]]:
    """What each row has in these columns."""
    return [cells(row, *columns) for row in rows]

"""Pages of answers: where one ends, the next begins behind its last row, by the values rows are ordered by.

A cursor holds those values, the instant the answer stands as of and what was asked: rows that are added meanwhile move no
page, and the next page is of the same answer.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import ColumnElement, Connection, Integer, Select, tuple_

from monitor.domain.hours.instant import InstantUs
from monitor.wire.questions import Question
from monitor.wire.questions.parameters import Paged
from monitor.wire.questions.values import Position, Text, WholeNumber

Row: TypeAlias = dict[str, Any]


class UnreadableCursor(ValueError):
    """A cursor that no answer to this question gave."""


class Cursor(BaseModel):
    """Where a page ended: in which stage of the order, and behind which values; `at` is when the answer was told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    asked: str
    as_of: Position
    at: Position
    stage: Position
    values: tuple[WholeNumber | Text, ...]

    def moved(self, stage: int, values: tuple[Any, ...]) -> Cursor:
        """The same answer, further on."""
        return self.model_copy(update={"stage": stage, "values": values})

    def written(self) -> str:
        """As an answer has it."""
        return base64.urlsafe_b64encode(self.model_dump_json().encode()).decode().rstrip("=")


def read_cursor(text: str, asked: str) -> Cursor:
    """What a cursor says; raises UnreadableCursor where it is none, or belongs to another question."""
    try:
        cursor = Cursor.model_validate_json(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValidationError, binascii.Error, ValueError):
        raise UnreadableCursor("a text that is no cursor") from None
    if cursor.asked != asked:
        raise UnreadableCursor("the cursor of an answer to something else")
    return cursor


def digest_of(question: Question, parameters: Paged, subject: str | None) -> str:
    """Names what was asked, however many rows were wanted at once."""
    said = parameters.model_dump_json(exclude={"limit", "cursor"}, exclude_defaults=True)
    return sha256(f"{question.name} {subject or ''} {said}".encode()).hexdigest()[:16]


class Stage(NamedTuple):
    """A part of an order: the rows for which `when` holds, by `keys`, all of which they have."""

    keys: tuple[ColumnElement[Any], ...]
    when: ColumnElement[bool] | None = None


class Plan(NamedTuple):
    """How a question is answered: rows from `statement`, stage after stage, each shown by `shown`.

    The columns behind the others in each row are the keys.
    """

    statement: Select[Any]
    stages: Sequence[Stage]
    shown: Callable[[Sequence[Any]], list[Row]]


class Told(NamedTuple):
    """The rows of an answer that is reckoned, all of them, in order: a page begins behind so many."""

    rows: Sequence[Row]


class Answer(NamedTuple):
    """One page: its rows, the instant it stands as of, and where the next begins; None at the end. Matters that were over
    before `gone_before` may be gone; 0 where none were taken out.

    What is reckoned hangs on what time it is, too, and stands as of when it was told; rows as of what was last recorded.
    """

    rows: list[Row]
    as_of: InstantUs
    next: Cursor | None
    gone_before: InstantUs = 0


def slice_of(told: Told, start: Cursor, *, limit: int) -> Answer:
    """The rows behind a cursor, `limit` at most; raises UnreadableCursor where it does not fit the order."""
    first = start.values[0] if start.values else 0
    if not isinstance(first, int) or len(start.values) > 1 or not 0 <= first <= len(told.rows):
        raise UnreadableCursor("a cursor with other values than rows are ordered by")
    behind = first + limit
    following = start.moved(0, (behind,)) if behind < len(told.rows) else None
    return Answer(list(told.rows[first:behind]), start.at, following)


def page(connection: Connection, plan: Plan, start: Cursor, *, limit: int) -> Answer:
    """The rows behind a cursor, `limit` at most; raises UnreadableCursor where it does not fit the order."""
    found: list[Any] = []
    for number in range(start.stage, len(plan.stages)):
        values = start.values if number == start.stage else ()
        wanted = limit - len(found)
        rows = connection.execute(_portion(plan, plan.stages[number], behind=values, limit=wanted + 1)).all()
        found += rows[:wanted]
        if len(rows) > wanted:
            keys = len(plan.stages[number].keys)
            reached = tuple(rows[wanted - 1][-keys:]) if wanted else values
            return Answer(plan.shown(found), start.as_of, start.moved(number, reached))
    return Answer(plan.shown(found), start.as_of, None)


def _portion(plan: Plan, stage: Stage, *, behind: tuple[Any, ...], limit: int) -> Select[Any]:
    keys, when = stage
    statement = plan.statement.add_columns(*keys)
    if when is not None:
        statement = statement.where(when)
    if behind:
        _check(keys, behind)
        statement = statement.where(tuple_(*keys) > tuple_(*behind, types=[key.type for key in keys]))
    return statement.order_by(*keys).limit(limit)


def _check(keys: tuple[ColumnElement[Any], ...], values: tuple[Any, ...]) -> None:
    """A forged cursor compares nothing with what it can't be compared with."""
    is_number = [isinstance(key.type, Integer) for key in keys]
    if is_number != [isinstance(value, int) for value in values]:
        raise UnreadableCursor("a cursor with other values than rows are ordered by")

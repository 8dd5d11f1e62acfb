"""Rows by the values of one column, however many values are asked for.

SQLite is given a list of the values. PostgreSQL is given one array and told to look each of its values up: its planner
would, as long as it has no statistics of a table (a minute or so after the first rows), rather read a large part of an
index than look three hundred values up in it, which made an import three times as slow.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Dialect,
    Integer,
    Select,
    Text,
    bindparam,
    func,
    literal_column,
    select,
    true,
)

from monitor.adapters.journal.arrays import TextArray

VALUES: Final = "values"
"""The name of the parameter with the values."""


PORTION: Final = 500
"""Values in one question where each is a parameter: far below every database's limit, and enough that more would not be faster."""
PORTION_IN_AN_ARRAY: Final = 2_000
"""Where all of them are one: as many as a commit of a worker has events, so that it asks once."""


class Lookup:
    """`columns` of the rows whose `column` has one of the values, each of them asked for once."""

    def __init__(
        self, column: ColumnElement[Any], columns: Iterable[Any], where: ColumnElement[bool] | None = None
    ) -> None:
        listed = list(columns)
        condition = true() if where is None else where
        self._listed = select(*listed).where(condition, column.in_(bindparam(VALUES, expanding=True)))
        self._one_by_one = _one_by_one(select(*listed).where(condition), column)

    def select_for(self, dialect: Dialect) -> Select[Any]:
        """The question as this database answers it fast."""
        return self._one_by_one if dialect.name == "postgresql" else self._listed

    def portion_for(self, dialect: Dialect) -> int:
        """How many values are asked for at once."""
        return PORTION_IN_AN_ARRAY if dialect.name == "postgresql" else PORTION


def _one_by_one(asked: Select[Any], column: ColumnElement[Any]) -> Select[Any]:
    listed = func.unnest(bindparam(VALUES, type_=TextArray()))
    values = listed.table_valued(Column("value", Text)).render_derived("asked")
    # OFFSET 0 leaves nothing out; it keeps the planner from turning the two around.
    found = (
        asked.where(column == values.c.value).correlate(values).offset(literal_column("0", Integer)).lateral("found")
    )
    return select(*found.c).select_from(values, found)

"""SQL that is compiled once and then fed rows as plain tuples: the one place that knows how dialects spell it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

from monitor.errors import InvariantError


class RowStatement:
    """An insert that takes rows as tuples, in the order of the table's columns, without work per row in Python."""

    def __init__(self, table: Table, statement: Insert, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self._sql = str(compiled)
        names = [column.name for column in table.columns]
        self._names = None if compiled.positional else names
        if compiled.positional and compiled.positiontup != names:
            raise InvariantError(f"found columns {compiled.positiontup}, expected {names}")

    def execute(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Inserts the rows."""
        if not rows:
            return
        names = self._names
        if names is None:
            connection.exec_driver_sql(self._sql, list(rows))
        else:
            connection.exec_driver_sql(self._sql, [dict(zip(names, row, strict=True)) for row in rows])


def insert_into(table: Table, dialect: Dialect) -> RowStatement:
    """Inserts rows that are not there yet."""
    return RowStatement(table, table.insert(), dialect)


def put_into(table: Table, dialect: Dialect) -> RowStatement:
    """Inserts rows, each in the place of the one with the same primary key."""
    return _upsert(table, dialect, lambda column, _old, new: (column, new))


def add_to(table: Table, dialect: Dialect) -> RowStatement:
    """Inserts counts, adding each to the one with the same primary key."""
    return _upsert(table, dialect, lambda column, old, new: (column, old + new))


def _upsert(table: Table, dialect: Dialect, merge: Any) -> RowStatement:
    insert: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[dialect.name](table)
    values = [column for column in table.columns if not column.primary_key]
    changed = dict(merge(column.name, column, insert.excluded[column.name]) for column in values)
    statement = insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)
    return RowStatement(table, statement, dialect)

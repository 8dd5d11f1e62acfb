"""Rows written in bulk: SQL that is made once and then fed rows as plain tuples, in the order of the table's columns.

This is the one place that knows how the databases spell it. SQLite takes a prepared statement for many rows. PostgreSQL
takes rows that are only added by its binary COPY, and rows that replace or add to others as one array a column: one
statement and one answer for a whole batch, however many rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Protocol, TypeAlias, cast

import psycopg
from sqlalchemy import Connection, Dialect, Insert, Table, func
from sqlalchemy.dialects import postgresql, sqlite

from monitor.adapters.journal.arrays import array_text
from monitor.errors import InvariantError

Rows: TypeAlias = Sequence[tuple[Any, ...]]
Merge: TypeAlias = Callable[[Any, Any], Any]
"""What becomes of a value: of the column and the new value, in SQL."""

_BYTES: Final = "bytea"
_ARRAY_TYPES: Final = {"BIGINT": "int8", "INTEGER": "int4", "BOOLEAN": "bool", "BYTEA": _BYTES, "TEXT": "text"}


class RowStatement(Protocol):
    """Writes rows."""

    def execute(self, connection: Connection, rows: Rows) -> None:
        """Writes the rows, in this transaction."""
        ...


def insert_into(table: Table, dialect: Dialect) -> RowStatement:
    """Inserts rows that are not there yet."""
    return _Copy(table) if dialect.name == "postgresql" else _Prepared(table, table.insert(), dialect)


def put_into(table: Table, dialect: Dialect) -> RowStatement:
    """Inserts rows, each in the place of the one with the same primary key."""
    return _upsert(table, dialect, lambda _old, new: new)


def add_to(table: Table, dialect: Dialect) -> RowStatement:
    """Inserts counts, adding each to the one with the same primary key. No key may come twice."""
    return _upsert(table, dialect, lambda old, new: old + new)


def raise_in(table: Table, dialect: Dialect) -> RowStatement:
    """Inserts rows, each in the place of the one with the same primary key where its value is greater."""
    greatest = func.greatest if dialect.name == "postgresql" else func.max
    return _upsert(table, dialect, greatest)


def _upsert(table: Table, dialect: Dialect, merge: Merge) -> RowStatement:
    if dialect.name == "postgresql":
        return _Unnested(table, _merging(postgresql.insert(table), table, merge), dialect)
    return _Prepared(table, _merging(sqlite.insert(table), table, merge), dialect)


def _merging(insert: Any, table: Table, merge: Merge) -> Insert:
    values = [column for column in table.columns if not column.primary_key]
    changed = {column.name: merge(column, insert.excluded[column.name]) for column in values}
    return cast("Insert", insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed))


class _Prepared:
    """One statement with a parameter for each column, executed for each row by the driver."""

    def __init__(self, table: Table, statement: Insert, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        names = [column.name for column in table.columns]
        if compiled.positiontup != names:
            raise InvariantError(f"found columns {compiled.positiontup}, expected {names}")
        self._sql = str(compiled)

    def execute(self, connection: Connection, rows: Rows) -> None:
        if rows:
            connection.exec_driver_sql(self._sql, list(rows))


class _Copy:
    """PostgreSQL's COPY in its binary form, which takes the values as they are."""

    def __init__(self, table: Table) -> None:
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        self._sql = f'COPY "{table.name}" ({names}) FROM STDIN (FORMAT BINARY)'
        self._types = _types(table)

    def execute(self, connection: Connection, rows: Rows) -> None:
        if not rows:
            return
        with _driver(connection).cursor() as cursor, cursor.copy(self._sql) as copy:
            copy.set_types(self._types)
            for row in rows:
                copy.write_row(row)


class _Unnested:
    """One statement for all rows: `unnest` makes rows of an array for each column."""

    def __init__(self, table: Table, statement: Insert, dialect: Dialect) -> None:
        self._keys = len(list(table.primary_key))
        if list(table.columns)[: self._keys] != list(table.primary_key):
            raise InvariantError(f"found a key of {table.name} that is not its first columns, expected it there")
        self._types = _types(table)
        arrays = ", ".join(f"%s::{name}[]" for name in self._types)
        before, values, after = str(statement.compile(dialect=dialect)).partition(" VALUES ")
        _, _, conflict = after.partition(" ON CONFLICT ")
        if not values or not conflict:
            raise InvariantError(f"found {before}{values}{after}, expected INSERT, VALUES and ON CONFLICT")
        self._sql = f"{before} SELECT * FROM unnest({arrays}) ON CONFLICT {conflict}"  # noqa: S608  nothing in it is from outside

    def execute(self, connection: Connection, rows: Rows) -> None:
        if rows:
            with _driver(connection).cursor() as cursor:
                columns = zip(self._types, zip(*self._latest(rows), strict=True), strict=True)
                cursor.execute(self._sql, [_as_array(type_, values) for type_, values in columns])

    def _latest(self, rows: Rows) -> Iterable[tuple[Any, ...]]:
        """The last row of each key: one statement may not change a row twice."""
        keys = self._keys
        return {row[:keys]: row for row in rows}.values()


def _as_array(type_: str, values: tuple[Any, ...]) -> Any:
    """The values of a column as one parameter."""
    return list(values) if type_ == _BYTES else array_text(values)


def _types(table: Table) -> list[str]:
    """PostgreSQL's names of the types of a table's columns."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    return [_ARRAY_TYPES[column.type.compile(dialect).partition(" ")[0]] for column in table.columns]


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    """The driver's own connection, in the transaction that SQLAlchemy began."""
    return cast("psycopg.Connection[Any]", connection.connection.dbapi_connection)

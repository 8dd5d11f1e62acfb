"""The canary's rows: left out of whatever counts or lists, asked for by themselves, and forgotten after an hour."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, delete, select

from monitor.adapters.journal import tables as t
from monitor.domain.facts.canary import CASE_PREFIX, CASES_END, case_at
from monitor.domain.facts.events import CANARY
from monitor.domain.hours.instant import InstantUs

_CASE_ROWS: Final[tuple[tuple[Table, str], ...]] = (
    (t.EVENTS, "case_id"),
    (t.DECISIONS, "case_id"),
    (t.OBLIGATIONS, "case_id"),
    (t.NOTICES, "case_id"),
    (t.DELIVERIES, "case_id"),
    (t.CASES, "id"),
    (t.MATTERS, "id"),
)
"""The tables that have rows of the canary's cases, and the column that has the case's name; its matter has the same."""


def without_canary(client: ColumnElement[Any], asked: str | None = None) -> list[ColumnElement[bool]]:
    """The condition that a row is not the canary's by its client; none where one client is asked about, be it the canary."""
    return [client.is_distinct_from(CANARY)] if asked is None else []


def is_case_of_canary(name: ColumnElement[Any]) -> ColumnElement[bool]:
    """That a case, or whatever has a name that begins with a case's, is the canary's."""
    return (name >= CASE_PREFIX) & (name < CASES_END)


def forget_canary(connection: Connection, until: InstantUs) -> None:
    """Removes the canary's cases that opened before an instant: all of it, for nothing of it is counted anywhere."""
    for table, name in _CASE_ROWS:
        column = table.c[name]
        connection.execute(delete(table).where(column >= CASE_PREFIX, column < case_at(until)))


def open_canaries(connection: Connection) -> list[str]:
    """The canary's cases in which a promise stands open."""
    row = t.OBLIGATIONS.c
    return list(connection.scalars(select(row.case_id).where(is_case_of_canary(row.case_id), row.is_open)))

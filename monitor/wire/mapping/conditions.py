"""Which rows a rule is for: `when` compiled into checks of a row and the row before it in the same case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from monitor.wire.mapping.model import Cells, When

CellsOfRow: TypeAlias = dict[str, str | None]
"""The cells of the columns a mapping names; None where nothing is known."""

Check: TypeAlias = Callable[[CellsOfRow, CellsOfRow | None], bool]
"""Of a row and the one before it, None at the case's first row."""


def checks_of(when: When) -> tuple[Check, ...]:
    """The checks that must all hold; compiled because most rules have one and an export asks a million times."""
    return tuple(_checks(when))


def _checks(when: When) -> Iterator[Check]:
    if when.row == "first":
        yield lambda _, before: before is None
    if when.row == "later":
        yield lambda _, before: before is not None
    if when.changed is not None:
        yield _changed(when.changed)
    if when.becomes is not None:
        yield _becomes(when.becomes)
    if when.leaves is not None:
        yield _leaves(when.leaves)
    if when.equals is not None:
        yield _equals(when.equals)
    for column, values in (when.differs or {}).items():
        yield _differs(column, values)
    for column in when.given or ():
        yield _given(column)
    for column in when.empty or ():
        yield _empty(column)


def _matches(wanted: Cells, cells: CellsOfRow) -> bool:
    return all(cells[column] in values for column, values in wanted.items())


def _changed(columns: tuple[str, ...]) -> Check:
    return lambda now, before: before is not None and any(now[column] != before[column] for column in columns)


def _becomes(wanted: Cells) -> Check:
    return lambda now, before: _matches(wanted, now) and not (before is not None and _matches(wanted, before))


def _leaves(wanted: Cells) -> Check:
    return lambda now, before: before is not None and _matches(wanted, before) and not _matches(wanted, now)


def _equals(wanted: Cells) -> Check:
    if len(wanted) == 1:  # as most are
        ((column, values),) = wanted.items()
        return lambda now, _: now[column] in values
    return lambda now, _: _matches(wanted, now)


def _differs(column: str, values: tuple[str, ...]) -> Check:
    return lambda now, _: now[column] not in values


def _given(column: str) -> Check:
    return lambda now, _: now[column] is not None


def _empty(column: str) -> Check:
    return lambda now, _: now[column] is None

"""The recorded instants of a journal: which one an answer stands as of, and which rows were there by then.

In every table that only grows, `recorded` grows with `position`: the last row of an instant is found by halving, along
the primary key, and no index on `recorded` has to be kept at each commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    select,
    type_coerce,
)

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.canary_rows import without_canary
from monitor.domain.hours.instant import InstantUs
from monitor.service.ports.records import DecisionRecord

_JOURNALS: Final = (t.EVENTS, t.DECISIONS, t.DEAD_LETTERS)
_SHORT: Final = (t.EDITIONS, t.RETIREMENTS)
"""Tables of few rows, each of which was recorded at an instant of its own."""

Conditions: TypeAlias = tuple[ColumnElement[bool], ...]


def standing(connection: Connection, as_of: InstantUs | None) -> InstantUs:
    """The last recorded instant, of those up to `as_of`; 0 where nothing was recorded by then."""
    last = last_recorded(connection)
    if as_of is None or as_of >= last:
        return last
    return _latest(connection.execute(_LAST_BY, {"as_of": as_of}).one())


def _latest(found: Sequence[Any]) -> InstantUs:
    return max(int(recorded or 0) for recorded in found)


def last_recorded(connection: Connection) -> InstantUs:
    """When the journal was last added to; 0 where it never was."""
    return _latest(connection.execute(_LAST).one())


def last_retirement(connection: Connection) -> InstantUs:
    """When retention last took something out; 0 where it never did."""
    return int(connection.scalar(_LAST_RETIREMENT) or 0)


def gone_before(connection: Connection) -> InstantUs:
    """Of matters that were over before this, whatever instant is asked about, retention took out what there was; 0 if none."""
    return int(connection.scalar(select(func.max(t.RETIREMENTS.c.before))) or 0)


def first_position_from(connection: Connection, recorded: InstantUs) -> int:
    """The position of the first decision recorded at this instant or later; where there is none, the one behind the last."""
    return int(connection.scalar(_END_OF_DECISIONS, {"as_of": recorded - 1}) or 0)


def decisions_after(
    connection: Connection, position: int, limit: int, *, with_canary: bool = True
) -> list[DecisionRecord]:
    """The decisions behind a position, at most so many, in their order."""
    columns = t.DECISIONS.c
    wanted = [columns.position > position, *([] if with_canary else without_canary(columns.client))]
    asked = select(t.DECISIONS).where(*wanted).order_by(columns.position).limit(limit)
    return [DecisionRecord._make(row) for row in connection.execute(asked)]


def broken_at(row: Any) -> ColumnElement[int]:
    """Of a row whose obligation is broken or excused: since when it is, its due instant, or the deed where it has none."""
    return type_coerce(func.coalesce(row.due, row.ended), BigInteger)


BROKEN_AT: Final = broken_at(t.DECISIONS.c)
"""The same of decisions."""


def held_before(end: int, decisions: FromClause = t.DECISIONS) -> Conditions:
    """The conditions of a decision that held before a position: it stands before it, and none that does replaces it.

    Of what replaces a row no more is read than one index has.
    """
    is_replaced = exists().where(_NEWER.c.replaces == decisions.c.position, _NEWER.c.position < end)
    return decisions.c.position < end, ~is_replaced


_NEWER: Final = t.DECISIONS.alias("newer")


def _last_of(table: Table) -> Any:
    return select(table.c.recorded).order_by(table.c.position.desc()).limit(1).scalar_subquery()


def _last_by(table: Table) -> Any:
    position, recorded = table.c.position, table.c.recorded
    before = select(recorded).where(position < _end(table).scalar_subquery())
    return before.order_by(position.desc()).limit(1).scalar_subquery()


def _end(table: Table) -> Select[Any]:
    """Behind the last row that was recorded by `as_of`.

    Halves [low, high) until it is empty: every row below `low` was recorded by then, none from `high` on.
    """
    position, recorded = table.c.position, table.c.recorded
    behind = func.coalesce(select(func.max(position)).scalar_subquery(), 0) + 1
    whole = select(cast(literal(0), BigInteger).label("low"), cast(behind, BigInteger).label("high"))
    spans = whole.cte(f"spans_of_{table.name}", recursive=True)
    low, high = spans.c.low, spans.c.high
    middle = (low + high) // 2
    at_middle = select(recorded).where(position >= middle).order_by(position).limit(1).scalar_subquery()
    is_known = at_middle <= bindparam("as_of")
    halved = select(case((is_known, middle + 1), else_=low), case((is_known, high), else_=middle)).where(low < high)
    return select(func.max(spans.union_all(halved).c.low))


def _latest_of(table: Table) -> Any:
    return select(func.max(table.c.recorded)).scalar_subquery()


def _latest_by(table: Table) -> Any:
    recorded = table.c.recorded
    return select(func.max(recorded)).where(recorded <= bindparam("as_of")).scalar_subquery()


_LAST_RETIREMENT: Final = select(func.max(t.RETIREMENTS.c.recorded))
_LAST: Final = select(*map(_last_of, _JOURNALS), *map(_latest_of, _SHORT))
_LAST_BY: Final = select(*map(_last_by, _JOURNALS), *map(_latest_by, _SHORT))
_END_OF_DECISIONS: Final = _end(t.DECISIONS)

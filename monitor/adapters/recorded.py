"""The recorded instants of a journal: which one an answer stands as of, and which rows were there by then.

In every table that only grows, `recorded` grows with `position`: the last row of an instant is found by halving, along
the primary key, and no index on `recorded` has to be kept at each commit.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Connection, Select, Table, bindparam, case, cast, func, literal, select

from monitor.adapters import tables as t
from monitor.domain.instant import InstantUs

_JOURNALS: Final = (t.EVENTS, t.DECISIONS, t.DEAD_LETTERS)


def standing(connection: Connection, as_of: InstantUs | None) -> InstantUs:
    """The last recorded instant, of those up to `as_of`; 0 where nothing was recorded by then."""
    last = max(int(recorded or 0) for recorded in connection.execute(_LAST).one())
    if as_of is None or as_of >= last:
        return last
    applied = connection.scalar(_APPLIED, {"as_of": as_of}) or 0
    return max(applied, *(_recorded_by(connection, table, as_of) for table in _JOURNALS))


def first_position_from(connection: Connection, recorded: InstantUs) -> int:
    """The position of the first decision recorded at this instant or later; where there is none, the one behind the last."""
    return _end_position(connection, t.DECISIONS, recorded - 1)


def _recorded_by(connection: Connection, table: Table, as_of: InstantUs) -> InstantUs:
    end = _end_position(connection, table, as_of)
    position, recorded = table.c.position, table.c.recorded
    before = select(recorded).where(position < end).order_by(position.desc()).limit(1)
    return int(connection.scalar(before) or 0)


def _end_position(connection: Connection, table: Table, as_of: InstantUs) -> int:
    """Behind the last row of a table that was recorded by then."""
    return int(connection.scalar(_ENDS[table.name], {"as_of": as_of}) or 0)


def _last_of(table: Table) -> Any:
    return select(table.c.recorded).order_by(table.c.position.desc()).limit(1).scalar_subquery()


def _halving(table: Table) -> Select[Any]:
    """Halves [low, high) until it is empty: every row below `low` was recorded by `as_of`, none from `high` on."""
    position, recorded = table.c.position, table.c.recorded
    behind = func.coalesce(select(func.max(position)).scalar_subquery(), 0) + 1
    spans = select(cast(literal(0), BigInteger).label("low"), cast(behind, BigInteger).label("high")).cte(
        "spans", recursive=True
    )
    low, high = spans.c.low, spans.c.high
    middle = (low + high) // 2
    at_middle = select(recorded).where(position >= middle).order_by(position).limit(1).scalar_subquery()
    is_known = at_middle <= bindparam("as_of")
    halved = select(case((is_known, middle + 1), else_=low), case((is_known, high), else_=middle)).where(low < high)
    spans = spans.union_all(halved)
    return select(func.max(spans.c.low))


_LAST: Final = select(*map(_last_of, _JOURNALS), select(func.max(t.EDITIONS.c.recorded)).scalar_subquery())
_APPLIED: Final = select(func.max(t.EDITIONS.c.recorded)).where(t.EDITIONS.c.recorded <= bindparam("as_of"))
_ENDS: Final = {table.name: _halving(table) for table in _JOURNALS}

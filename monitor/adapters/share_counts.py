"""How many obligations of each verdict opened in the periods that shares are reckoned over, counted by the database.

One statement for each zone and kind of period: it reads the history of those periods along an index and groups it, so that
what comes back is a number for each client, promise and period, however many obligations there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import BigInteger, ColumnElement, Connection, case, func, literal_column, select

from monitor.adapters import tables as t
from monitor.adapters.recorded import held_as_of
from monitor.domain.instant import InstantUs
from monitor.domain.period import Period, PeriodKind, periods_between
from monitor.domain.shares import COUNTED_AS, Occasions
from monitor.service.shared_promises import SharedPromise, SharedPromises, ShareKey

Counts: TypeAlias = Mapping[ShareKey, Occasions]


class Wanted(NamedTuple):
    """Which shares: those of these promises, over the periods that lie in [since, until) at least in part."""

    promises: Sequence[SharedPromise]
    since: InstantUs
    until: InstantUs
    client: str | None = None


def counted(
    connection: Connection, shared: SharedPromises, wanted: Wanted, as_of: InstantUs
) -> dict[ShareKey, Occasions]:
    """The occasions of each share of which there are any, as held true as of a recorded instant."""
    found: dict[ShareKey, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for chosen, periods, versions in _groups(shared, wanted):
        for client, promise, version, starts_at, verdict, count in connection.execute(
            _statement(chosen, periods, {promise for promise, _ in versions}, as_of)
        ):
            if (promise, version) in versions:
                found[ShareKey(client, promise, version, int(starts_at))][COUNTED_AS[verdict]] += count
    return {key: Occasions(**counts) for key, counts in found.items()}


_Group: TypeAlias = tuple[list[ColumnElement[bool]], list[Period], set[tuple[str, int]]]


def _groups(shared: SharedPromises, wanted: Wanted) -> Iterator[_Group]:
    """What can be counted by one statement: the clients of one zone, their periods of one kind, the promises of these."""
    by_kind: dict[PeriodKind, set[tuple[str, int]]] = {}
    for promise in wanted.promises:
        by_kind.setdefault(promise.terms.each, set()).add((promise.id, promise.version))
    for zone, chosen in _clients(shared, wanted):
        for kind, versions in by_kind.items():
            periods = list(periods_between(kind, wanted.since, wanted.until, zone))
            if periods:
                yield chosen, periods, versions


def _clients(shared: SharedPromises, wanted: Wanted) -> Iterator[tuple[str, list[ColumnElement[bool]]]]:
    client = t.DECISIONS.c.client
    if wanted.client is not None:
        yield shared.zone_of(wanted.client), [client == wanted.client]
        return
    zones = shared.zones()
    yield shared.book_zone, [client.not_in([name for names in zones.values() for name in names])]
    for zone, names in zones.items():
        yield zone, [client.in_(names)]


def _statement(
    chosen: Sequence[ColumnElement[bool]], periods: Sequence[Period], promises: set[str], as_of: InstantUs
) -> Any:
    row = t.DECISIONS.c
    starts_at = _start_of(row.opened, periods).label("starts_at")
    found = select(row.client, row.promise, row.version, starts_at, row.verdict)
    found = found.where(
        *held_as_of(as_of),
        *chosen,
        row.promise.in_(sorted(promises)),
        row.opened >= periods[0].starts_at,
        row.opened < periods[-1].ends_at,
    )
    columns = tuple(found.subquery("held").c)
    return select(*columns, func.count()).group_by(*columns)


def _start_of(opened: ColumnElement[Any], periods: Sequence[Period]) -> ColumnElement[Any]:
    """The beginning of the period an instant lies in, found by halving."""
    if len(periods) == 1:
        return _number(periods[0].starts_at)
    middle = len(periods) // 2
    is_before = opened < _number(periods[middle].starts_at)
    return case((is_before, _start_of(opened, periods[:middle])), else_=_start_of(opened, periods[middle:]))


def _number(instant: InstantUs) -> ColumnElement[int]:
    # Spelled out: a year of days would be too many parameters.
    return literal_column(str(instant), BigInteger)

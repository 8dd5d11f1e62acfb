"""How many obligations of each verdict opened in the periods that shares are reckoned over, counted by the database.

One statement for each zone and kind of period: it reads the history of those periods along an index and groups it, so that
what comes back is a number for each client, promise and period, however many obligations there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, func, or_, select

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.stretches import stretch_of
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.recorded import Conditions
from monitor.domain.figures.shares import COUNTED_AS, Occasions
from monitor.domain.hours.instant import InstantUs
from monitor.domain.hours.period import Period, PeriodKind, periods_between
from monitor.domain.promises.promise import Book
from monitor.domain.promises.shared_promises import ClientZones, SharedPromise, SharedPromises, ShareKey

Counts: TypeAlias = Mapping[ShareKey, Occasions]


class Wanted(NamedTuple):
    """Which shares: those of these promises, over the periods that lie in [since, until) at least in part."""

    promises: Sequence[SharedPromise]
    since: InstantUs
    until: InstantUs
    client: str | None = None


@lru_cache(maxsize=4)
def shared_by(book: Book) -> SharedPromises:
    """The shares that a book promises, gathered once for each book."""
    return SharedPromises(book)


def counted(known: Known, shared: SharedPromises, wanted: Wanted) -> dict[ShareKey, Occasions]:
    """The occasions of each share of which there are any, as they were held true."""
    found: dict[ShareKey, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    held = known.held()
    for group in _groups(shared, wanted):
        statement = _statement(held, group)
        for client, promise, version, stretch, verdict, count in known.connection.execute(statement):
            if (promise, version) in group.versions:
                found[ShareKey(client, promise, version, group.periods[stretch].starts_at)][COUNTED_AS[verdict]] += (
                    count
                )
    return {key: Occasions(**counts) for key, counts in found.items()}


class _Group(NamedTuple):
    """What can be counted by one statement: the clients of one zone, their periods of one kind, the promises of these."""

    chosen: list[ColumnElement[bool]]
    periods: list[Period]
    versions: set[tuple[str, int]]


def _groups(shared: SharedPromises, wanted: Wanted) -> Iterator[_Group]:
    by_kind: dict[PeriodKind, set[tuple[str, int]]] = {}
    for promise in wanted.promises:
        by_kind.setdefault(promise.terms.each, set()).add((promise.id, promise.version))
    for zone, chosen in clients_by_zone(shared, wanted.client):
        for kind, versions in by_kind.items():
            periods = list(periods_between(kind, wanted.since, wanted.until, zone))
            if periods:
                yield _Group(chosen, periods, versions)


def clients_by_zone(zones: ClientZones, client: str | None) -> Iterator[tuple[str, list[ColumnElement[bool]]]]:
    """The conditions of the decisions about one client, or all, with the zone of their periods."""
    column = t.DECISIONS.c.client
    if client is not None:
        yield zones.zone_of(client), [column == client]
        return
    elsewhere = zones.zones()
    yield zones.book_zone, [column.not_in([name for names in elsewhere.values() for name in names])]
    for zone, names in elsewhere.items():
        yield zone, [column.in_(names)]


def _statement(held: Conditions, group: _Group) -> Any:
    row, periods = t.DECISIONS.c, group.periods
    cuts = [*(period.starts_at for period in periods), periods[-1].ends_at]
    stretch = stretch_of(row.opened, cuts).label("stretch")
    found = select(row.client, row.promise, row.version, stretch, row.verdict)
    found = found.where(
        *held,
        *group.chosen,
        row.promise.in_(sorted({promise for promise, _ in group.versions})),
        row.opened >= periods[0].starts_at,
        row.opened < periods[-1].ends_at,
    )
    columns = tuple(found.subquery("held").c)
    return select(*columns, func.count()).group_by(*columns)


ROWS_A_READ: Final = 20_000
"""Decisions read at once."""
_OLD: Final = t.DECISIONS.alias("old")
_TOLD: Final = ("client", "promise", "version", "opened", "verdict")
"""What of a decision says which share it belongs to, and as what it counts there."""


def counted_otherwise(position: int) -> Any:
    """The next decisions behind a position that count otherwise than those they replace: (position, whose share and verdict, the
    same of the one replaced, its position)."""
    new, old = t.DECISIONS.c, _OLD.c
    is_different = or_(old.position.is_(None), *(new[name] != old[name] for name in _TOLD))
    told = [new[name] for name in _TOLD], [old[name].label(f"old_{name}") for name in _TOLD]
    rows = select(new.position, *told[0], *told[1], new.replaces)
    joined = rows.select_from(t.DECISIONS.outerjoin(_OLD, old.position == new.replaces))
    return joined.where(new.position > position, is_different).order_by(new.position).limit(ROWS_A_READ)

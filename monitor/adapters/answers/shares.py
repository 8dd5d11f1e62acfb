"""The question about shares: each client's share of each promise in each period, as of a recorded instant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeAlias

from sqlalchemy import Column, select

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.pages import Row, Told
from monitor.adapters.answers.share_counts import Wanted, counted, shared_by
from monitor.adapters.answers.work_counts import work_counted
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.canary_rows import without_canary
from monitor.domain.figures.period_work import WorkDone
from monitor.domain.figures.shares import Occasions, ShareAccount, as_ratio
from monitor.domain.hours.instant import MINUTE_US, InstantUs, format_instant
from monitor.domain.hours.period import periods_between
from monitor.domain.promises.promised_people import MILLION, Measure
from monitor.domain.promises.shared_promises import SharedPromise, SharedPromises, ShareKey
from monitor.wire.questions.parameters import ShareParameters

_OF_CASES: Final = ("kept", "broken", "unknown", "waiting", "excused", "void")
_OF_WORK: Final = ("fit", "below", "in_doubt")
"""The columns that only one sort of share has."""


Counting: TypeAlias = Callable[[Known, SharedPromises, Wanted], dict[ShareKey, Occasions]]


def shares(known: Known, asked: ShareParameters, counting: Counting = counted, *, with_work: bool = True) -> Told:
    """The shares of the periods asked for; those that a client was promised and nothing happened in are there, too.

    `counting` is another way than `counted` for whoever has counted already. Without `with_work` shares of the work, for
    which events are read again, are left out.
    """
    if known.book is None:
        return Told([])
    shared = shared_by(known.book)
    rows = [*_shares_of_cases(known, shared, asked, counting=counting)]
    if with_work:
        rows += _shares_of_work(known, shared, asked)
    rows.sort(key=lambda row: (row["client"], row["promise"], row["version"], row["starts"]))
    return Told([row for row in rows if asked.state in (None, row["state"])])


def _shares_of_cases(
    known: Known, shared: SharedPromises, asked: ShareParameters, *, counting: Counting
) -> Iterator[Row]:
    span = _span(known, asked, t.DECISIONS.c.opened)
    wanted = Wanted(_chosen(shared.promises.values(), asked), *span, asked.client)
    found = dict.fromkeys(_promised(shared, wanted), Occasions()) | counting(known, shared, wanted)
    for key, occasions in found.items():
        promise = shared.promises[key.promise, key.version]
        account = ShareAccount(promise.terms, occasions, shared.period(promise, key), known.at)
        yield _row(key, account, _verdicts(account), promise=promise, zone=shared.zone_of(key.client))


def _shares_of_work(known: Known, shared: SharedPromises, asked: ShareParameters) -> Iterator[Row]:
    chosen = _chosen(shared.of_work.values(), asked)
    if not chosen:
        return
    wanted = Wanted(chosen, *_span(known, asked, t.EVENTS.c.time), asked.client)
    found = dict.fromkeys(_promised(shared, wanted), WorkDone()) | work_counted(known, shared, wanted)
    for key, done in found.items():
        promise = shared.of_work[key.promise, key.version]
        account = ShareAccount(promise.terms, done.as_occasions, shared.period(promise, key), known.at)
        yield _row(key, account, _amounts(promise, done), promise=promise, zone=shared.zone_of(key.client))


def _chosen(promises: Iterable[SharedPromise], asked: ShareParameters) -> list[SharedPromise]:
    return [
        promise for promise in promises if asked.promise in (None, promise.id) and asked.kind in (None, promise.kind)
    ]


def _span(known: Known, asked: ShareParameters, instant: Column[Any]) -> tuple[InstantUs, InstantUs]:
    """[since, until) as it was asked for, without what lies before all that the table of `instant` knew then, or after what
    was known."""
    behind = known.at + 1
    until = behind if asked.until is None else min(asked.until, behind)
    if asked.since is None:
        return until - 1, until
    # In the order of an index, whose first rows are those known longest: a minimum would read them all.
    row = instant.table.c
    there = select(instant).where(row.recorded <= known.as_of, *without_canary(row.client))
    first = known.connection.scalar(there.order_by(instant).limit(1))
    return max(asked.since, until if first is None else first), until


def _promised(shared: SharedPromises, wanted: Wanted) -> list[ShareKey]:
    """What the book promises to clients that it knows."""
    clients = {client for promise in wanted.promises for client in promise.made_to if wanted.client in (None, client)}
    places = {(promise.terms.each, shared.zone_of(client)) for promise in wanted.promises for client in clients}
    periods = {place: list(periods_between(place[0], wanted.since, wanted.until, place[1])) for place in places}
    return [
        ShareKey(client, promise.id, promise.version, period.starts_at)
        for promise in wanted.promises
        for client in promise.made_to & clients
        for period in periods[promise.terms.each, shared.zone_of(client)]
        if promise.governs_in(period)
    ]


def _row(key: ShareKey, account: ShareAccount, figures: Row, *, promise: SharedPromise, zone: str) -> Row:
    period, in_a_row = account.period, account.in_a_row
    return {
        "client": key.client,
        "kind": promise.kind.value,
        "promise": key.promise,
        "version": key.version,
        "period": period.name,
        "state": account.state.value,
        "promised": promise.terms.millionths / MILLION,
        "measure": "cases" if promise.measure is None else promise.measure.value,
        "share": as_ratio(account.share_millionths),
        "lower": as_ratio(account.lower_millionths),
        "upper": as_ratio(account.upper_millionths),
        **figures,
        "allowed": _measured(promise, account.allowed),
        "left": _measured(promise, account.left),
        "allowed_by_end": _measured(promise, account.allowed_by_end),
        "left_by_end": _measured(promise, account.left_by_end),
        "pace": as_ratio(account.pace_millionths),
        "in_a_row": None if in_a_row is None else _measured(promise, in_a_row),
        "starts": format_instant(period.starts_at),
        "ends": format_instant(period.ends_at),
        "zone": zone,
    }


def _verdicts(account: ShareAccount) -> Row:
    """What there is to say of cases only."""
    occasions = account.occasions
    return {name: getattr(occasions, name) for name in _OF_CASES} | dict.fromkeys(_OF_WORK)


def _amounts(promise: SharedPromise, done: WorkDone) -> Row:
    """What there is to say of work only."""
    amounts = [_measured(promise, amount) for amount in done]
    return dict.fromkeys(_OF_CASES) | dict(zip(_OF_WORK, amounts, strict=True))


def _measured(promise: SharedPromise, amount: int) -> int | float:
    """How many cases or touches, or how long in minutes."""
    return amount / MINUTE_US if promise.measure is Measure.MINUTES else amount

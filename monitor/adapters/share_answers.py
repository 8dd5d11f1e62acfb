"""The question about shares: each client's share of each promise in each period, as of a recorded instant."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from sqlalchemy import Connection, func, select

from monitor.adapters import tables as t
from monitor.adapters.pages import Row, Told
from monitor.adapters.share_counts import Wanted, counted
from monitor.adapters.testimony import editions_by
from monitor.domain.instant import InstantUs, format_instant
from monitor.domain.period import periods_between
from monitor.domain.promised_people import MILLION
from monitor.domain.shares import Occasions, ShareAccount
from monitor.service.records import EditionRecord
from monitor.service.shared_promises import SharedPromise, SharedPromises, ShareKey
from monitor.service.shelf import Shelf
from monitor.wire.book import read_book
from monitor.wire.questions.parameters import ShareParameters

_NOTHING: Final = Occasions()


def shares(connection: Connection, asked: ShareParameters, as_of: InstantUs) -> Told:
    """The shares of the periods asked for; those that a client was promised and nothing happened in are there, too."""
    editions = editions_by(connection, as_of)
    if not editions:
        return Told([])
    shared = _shared(tuple(editions))
    wanted = Wanted(_promises(shared, asked), *_span(connection, asked, as_of), asked.client)
    found = dict.fromkeys(_promised(shared, wanted), _NOTHING) | counted(connection, shared, wanted, as_of)
    accounts = {
        key: ShareAccount(shared.promises[key.promise, key.version].terms, occasions, shared.period(key), as_of)
        for key, occasions in found.items()
    }
    chosen = sorted(key for key, account in accounts.items() if asked.state in (None, account.state))
    return Told([_row(shared, key, accounts[key]) for key in chosen])


@lru_cache(maxsize=4)
def _shared(editions: tuple[EditionRecord, ...]) -> SharedPromises:
    """Read once: editions never change."""
    return SharedPromises(Shelf(editions, read_book).book())


def _promises(shared: SharedPromises, asked: ShareParameters) -> list[SharedPromise]:
    return [
        promise
        for promise in shared.promises.values()
        if asked.promise in (None, promise.id) and asked.kind in (None, promise.kind)
    ]


def _span(connection: Connection, asked: ShareParameters, as_of: InstantUs) -> tuple[InstantUs, InstantUs]:
    """[since, until) as it was asked for, without what lies before all obligations or after what is known."""
    until = as_of + 1 if asked.until is None else min(asked.until, as_of + 1)
    if asked.since is None:
        return until - 1, until
    first = connection.scalar(select(func.min(t.DECISIONS.c.opened)))
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


def _row(shared: SharedPromises, key: ShareKey, account: ShareAccount) -> Row:
    promise, occasions, period = shared.promises[key.promise, key.version], account.occasions, account.period
    return {
        "client": key.client,
        "kind": promise.kind.value,
        "promise": key.promise,
        "version": key.version,
        "period": period.name,
        "state": account.state.value,
        "promised": promise.terms.millionths / MILLION,
        "share": _ratio(account.share_millionths),
        "lower": _ratio(account.lower_millionths),
        "upper": _ratio(account.upper_millionths),
        "kept": occasions.kept,
        "broken": occasions.broken,
        "unknown": occasions.unknown,
        "waiting": occasions.waiting,
        "excused": occasions.excused,
        "void": occasions.void,
        "allowed": account.allowed,
        "left": account.left,
        "allowed_by_end": account.allowed_by_end,
        "left_by_end": account.left_by_end,
        "pace": _ratio(account.pace_millionths),
        "in_a_row": account.in_a_row,
        "starts": format_instant(period.starts_at),
        "ends": format_instant(period.ends_at),
        "zone": shared.zone_of(key.client),
    }


def _ratio(millionths: int | None) -> float | None:
    return None if millionths is None else millionths / MILLION

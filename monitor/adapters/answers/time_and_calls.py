"""Whose time it was, and how calls were served, answered from the events."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Final, NamedTuple

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.pages import Row, Told
from monitor.adapters.answers.retelling import Retelling, Scope
from monitor.domain.cases.case import Case
from monitor.domain.cases.conduct import Conduct
from monitor.domain.cases.matter import Matter
from monitor.domain.figures.call_service import CallService, Limit
from monitor.domain.figures.ledger import CLOSED_HOURS, Account, charges
from monitor.domain.hours.instant import FOREVER_US, SECOND_US, DurationUs, InstantUs, format_instant, seconds
from monitor.domain.hours.intervals import start_of
from monitor.domain.hours.span import Span
from monitor.domain.promises.promise import Promise
from monitor.domain.promises.promised_calls import Formula
from monitor.domain.promises.shared_promises import ClientZones
from monitor.domain.work.calls import CallFacts, CallOutcome
from monitor.wire.questions import parameters as p
from monitor.wire.shown.optional import seconds_or_none

# The ledger


class _Book(NamedTuple):
    """Whose ledger it is: a client's, or that of one of their cases."""

    client: str
    case: str | None


class _Spent:
    """Time on one account: how long, and in how many stretches."""

    __slots__ = ("length", "spells")

    def __init__(self) -> None:
        self.length: DurationUs = 0
        self.spells = 0


_Ledger = dict[Account, _Spent]


def ledger(known: Known, asked: p.LedgerParameters) -> Told:
    """The time of cases by account, of each client, or of each case; up to the instant at which it is told."""
    ledgers: dict[_Book, _Ledger] = {}
    scope = Scope(case=asked.case, client=asked.client, until=asked.until)
    is_by_case = asked.by == "case" or asked.case is not None
    with closing(Retelling(known).matters(scope)) as matters:
        for matter in matters:
            for case in matter.cases.values():
                if asked.client in (None, case.client) and asked.case in (None, case.id):
                    book = _Book(case.client, case.id if is_by_case else None)
                    _charge(ledgers.setdefault(book, {}), charges(case, known.at, matter.directory, _period(asked)))
    return Told([row for book in sorted(ledgers, key=_place_of_ledger) for row in _ledger_rows(book, ledgers[book])])


def _period(asked: p.InPeriod) -> Span:
    since = -FOREVER_US if asked.since is None else asked.since
    return since, FOREVER_US if asked.until is None else asked.until


def _charge(accounts: _Ledger, charged: Iterator[tuple[Account, DurationUs]]) -> None:
    """Adds the time of a case; a night in between ends nobody's stretch."""
    last: Account | None = None
    for account, length in charged:
        spent = accounts.setdefault(account, _Spent())
        spent.length += length
        spent.spells += account != last
        last = last if account.name == CLOSED_HOURS and not account.is_firms else account


def _place_of_ledger(book: _Book) -> tuple[str, str]:
    return book.client, book.case or ""


def _ledger_rows(book: _Book, accounts: _Ledger) -> Iterator[Row]:
    wall = sum(spent.length for spent in accounts.values())
    firms = sum(spent.length for account, spent in accounts.items() if account.is_firms)
    for account in sorted(accounts, key=_place_of_account):
        spent = accounts[account]
        yield {
            "client": book.client,
            "case": book.case,
            "account": _kind_of(account),
            "holder": account.name if account.is_person or account.is_team else None,
            "grade": account.grade,
            "seconds": seconds(spent.length),
            "share": round(spent.length / wall, 6),
            "spells": spent.spells,
            "client_clock_seconds": seconds(firms),
            "wall_seconds": seconds(wall),
        }


def _kind_of(account: Account) -> str:
    return "person" if account.is_person else "team" if account.is_team else account.name


def _place_of_account(account: Account) -> tuple[bool, bool, str, str]:
    """The firm's own accounts first, people before teams."""
    return not account.is_firms, not account.is_person, account.name, account.grade or ""


# Calls


class _Counted(NamedTuple):
    """Calls that are counted together."""

    client: str
    queue: str | None
    starts_at: InstantUs


def calls(known: Known, asked: p.CallParameters) -> Told:
    """How calls were served, by client, queue and interval."""
    retelling = Retelling(known)
    if retelling.book is None:
        return Told([])
    zones = ClientZones(retelling.book)
    services: dict[_Counted, CallService] = {}
    scope = Scope(client=asked.client, since=asked.since, until=asked.until, of_calls=True)
    with closing(retelling.matters(scope)) as matters:
        for case, conduct, name, call in (found for matter in matters for found in _calls_in(matter)):
            at = call.offered_at
            if at is None or not _is_wanted(call, asked, client=case.client, at=at):
                continue
            queue = call.queue if asked.by == "queue" else None
            counted = _Counted(case.client, queue, start_of(asked.each, at, zones.zone_of(case.client)))
            limit = _limit_of(call, conduct.promise_of_call(name), asked)
            services.setdefault(counted, CallService()).add(call, limit)
    ordered = sorted(services, key=lambda each: (each.client, each.starts_at, each.queue is None, each.queue or ""))
    return Told([_call_row(counted, services[counted], asked) for counted in ordered])


def _calls_in(matter: Matter) -> Iterator[tuple[Case, Conduct, tuple[str, str], CallFacts]]:
    """The calls of clients; those that the firm made are nobody's to answer."""
    for case in matter.cases.values():
        if case.conduct is not None:
            for name, call in case.conduct.calls.items():
                if call.inbound:
                    yield case, case.conduct, name, call


def _is_wanted(call: CallFacts, asked: p.CallParameters, *, client: str, at: InstantUs) -> bool:
    return asked.client in (None, client) and asked.queue in (None, call.queue) and asked.has(at)


def _limit_of(call: CallFacts, promise: Promise | None, asked: p.CallParameters) -> Limit | None:
    """What is asked about, failing that what was promised."""
    assert call.offered_at is not None
    terms = None if promise is None else promise.calls
    short_abandon, neither = (0, None) if terms is None else (terms.short_abandon, terms.neither)
    if asked.short_abandon is not None:
        short_abandon = asked.short_abandon
    if asked.within is not None:
        return Limit(call.offered_at + asked.within, short_abandon, neither)
    if promise is None or promise.target is None:
        return None
    return Limit(promise.target.due(call.offered_at, promise.hours), short_abandon, neither)


_SHARES: Final = {formula: f"share_{formula.value}" for formula in Formula}


def _call_row(counted: _Counted, service: CallService, asked: p.CallParameters) -> Row:
    outcomes, average = service.outcomes, service.average_wait
    return {
        "client": counted.client,
        "queue": counted.queue,
        "each": asked.each.value,
        "starts": format_instant(counted.starts_at),
        "offered": service.offered,
        "answered": outcomes[CallOutcome.ANSWERED],
        "within": service.within,
        "abandoned": outcomes[CallOutcome.ABANDONED],
        "short_abandons": service.short_abandons,
        "voicemail": outcomes[CallOutcome.VOICEMAIL],
        "cut_off": outcomes[CallOutcome.CUT_OFF],
        "waiting": service.waiting,
        "left_menu": service.left_menu,
        "unpromised": service.unpromised,
        "transfers": service.transfers,
        "queued": service.queued,
        "average_wait_seconds": None if average is None else round(average / SECOND_US, 6),
        "longest_wait_seconds": seconds_or_none(service.longest_wait),
        **{name: _rounded(service.share(formula)) for formula, name in _SHARES.items()},
    }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 6)

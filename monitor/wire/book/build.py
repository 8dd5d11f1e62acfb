"""From a book without faults to the domain's `Book`: names folded, defaults filled in, calendars compiled, dates as instants."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from monitor.domain.hours.working_hours import WorkingHours, always
from monitor.domain.promises.knowledge import Client, Person, SourceRule, StatusRule, normal_address
from monitor.domain.promises.promise import Book, Promise, Said
from monitor.domain.promises.references import References
from monitor.domain.promises.tenure_bands import USUAL_BOUNDS, TenureBands
from monitor.wire.book.breach_rules import breach_rule
from monitor.wire.book.draft import Draft
from monitor.wire.book.model import ALWAYS, BookEntry, StaffEntry, StatusEntry
from monitor.wire.book.promise_base import Answered, Clocked, Contacts, Running, SaidEntry, Targeted
from monitor.wire.book.promises import (
    AnswerCall,
    AnyPromise,
    By,
    Callback,
    EndsAt,
    NextResponse,
    Own,
    Resolve,
    UpdateEvery,
)
from monitor.wire.book.promises_of_people import Attend, Handoffs, Seniority
from monitor.wire.book.scopes import Scope, midnight


def build(
    draft: Draft, calendars: dict[str, WorkingHours], scopes: Sequence[Scope], owed: Sequence[Scope] = ()
) -> Book:
    """The book of a draft that has no faults; `scopes` are those of its promises, `owed` those of what breaches cost, in order."""
    book = draft.book
    known = calendars | {ALWAYS: always(book.zone)}
    statuses = {name.casefold(): _status(name, status) for name, status in book.statuses.items()}
    return Book(
        name=book.book,
        zone=book.zone,
        version=book.version,
        hours=known[book.hours],
        promises=tuple(
            _promise(
                promise, scope, hours_name=draft.calendar_of(promise), known=known, statuses=statuses, zone=book.zone
            )
            for (_, promise), scope in zip(draft.promises, scopes, strict=True)
        ),
        calendars=known,
        clients=_clients(draft),
        contacts={normal_address(text): name for name, client in book.clients.items() for text in client.contacts},
        statuses=statuses,
        tier_names=draft.tiers,
        grades=book.grades,
        tenure_bands=TenureBands(book.tenure_bands or USUAL_BOUNDS, book.zone),
        staff={name: _person(name, person, book.zone) for name, person in book.staff.items()},
        # Both spellings: systems differ in how they write an address, and a robot that slips through counts as an answer.
        robots=frozenset(spelling for name in book.robots for spelling in (name, name.casefold())),
        sources=_sources(book),
        references=References(tuple(map(re.compile, book.references))),
        risk=None if book.risk is None else book.risk.limits,
        breach_rules=tuple(
            breach_rule(draft.book, entry, scope, known[draft.calendar_of(entry)], draft.calendar_of(entry))
            for (_, entry), scope in zip(draft.owed, owed, strict=True)
        ),
    )


def _promise(
    promise: AnyPromise,
    scope: Scope,
    *,
    hours_name: str,
    known: dict[str, WorkingHours],
    statuses: Iterable[str],
    zone: str,
) -> Promise:
    said = promise.said
    return Promise(
        id=promise.id,
        version=promise.version,
        kind=promise.kind,
        starts_at=scope.starts_at,
        ends_at=scope.ends_at,
        hours=known[hours_name],
        hours_name=hours_name,
        target=promise.target(),
        client=scope.client,
        tier=scope.tier,
        when=scope.when,
        expected=promise.expected_target(),
        said=None if said is None else _said(said),
        pauses_in=_pauses_in(promise.pausing if isinstance(promise, Running) else False, statuses),
        calls=promise.terms() if isinstance(promise, AnswerCall) else None,
        callback=promise.terms() if isinstance(promise, Callback) else None,
        attend=promise.terms() if isinstance(promise, Attend) else None,
        seniority=promise.terms(zone) if isinstance(promise, Seniority) else None,
        share=promise.share_terms(),
        handoffs=promise.limits() if isinstance(promise, Handoffs) else None,
        **_options(promise),
    )


def _options(promise: AnyPromise) -> dict[str, Any]:
    """What only some kinds may say; of a kind that doesn't, the domain's default stands."""
    said: dict[str, Any] = {}
    if isinstance(promise, Targeted | By):
        said["warn"] = promise.warn or ()
    if isinstance(promise, Clocked):
        said["reopen"] = promise.reopen
    if isinstance(promise, Running):
        said |= {"pause_count": promise.pause_counts, "on_change": promise.on_change}
    if isinstance(promise, Answered | Own):
        said["answered_by"] = frozenset(promise.answered_by)
    if isinstance(promise, Contacts):
        said |= {"channels": _set_or_none(promise.channels), "authors": _set_or_none(promise.authors)}
    if isinstance(promise, Callback):
        said["channels"] = _set_or_none(promise.channels)
    if isinstance(promise, NextResponse):
        said |= {"each_message": promise.each_message, "before_first_reply": promise.before_first_reply}
    if isinstance(promise, UpdateEvery):
        said["measured_from"] = promise.measured_from
    if isinstance(promise, Resolve):
        said["until_closed"] = promise.ends_at is EndsAt.CLOSED
    return said


def _set_or_none(names: Iterable[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)


def _pauses_in(pausing: bool | tuple[str, ...], statuses: Iterable[str]) -> frozenset[str]:
    if isinstance(pausing, tuple):
        return frozenset(status.strip().casefold() for status in pausing)
    return frozenset(statuses) if pausing else frozenset()


def _said(said: SaidEntry) -> Said:
    return Said(by=said.by, on=said.on.isoformat() if said.on else None, where=said.where, words=said.words)


def _status(name: str, status: StatusEntry) -> StatusRule:
    return StatusRule(party=status.pauses, reason=status.reason or name)


def _clients(draft: Draft) -> dict[str, Client]:
    return {
        name: Client(
            id=name,
            name=client.name or name,
            tier=draft.tiers[client.tier.casefold()] if client.tier else None,
            zone=client.zone or draft.book.zone,
        )
        for name, client in draft.book.clients.items()
    }


def _person(name: str, person: StaffEntry, zone: str) -> Person:
    return Person(
        name=name,
        grade=person.grade,
        team=person.team,
        joined_at=None if person.joined is None else midnight(person.joined, zone, otherwise=0),
        left_at=None if person.left is None else midnight(person.left, zone, otherwise=0),
        absences=tuple(
            (midnight(absence.since, zone, otherwise=0), midnight(absence.until, zone, otherwise=0))
            for absence in person.absent
        ),
    )


def _sources(book: BookEntry) -> dict[str, SourceRule]:
    return {
        name: SourceRule(
            silent_after=source.silent_after,
            sequenced=source.sequenced,
            channels=None if source.channels is None else frozenset(source.channels),
        )
        for name, source in book.sources.items()
    }

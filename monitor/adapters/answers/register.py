"""The question of the register: every promise the firm made, in the book or in a case, and what gives cause for doubt about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import Connection, Select, and_, func, or_, select

from monitor.adapters.answers.attainability import tier_of
from monitor.adapters.answers.known import Known
from monitor.adapters.answers.pages import Row, Told
from monitor.adapters.answers.proposals import found_of
from monitor.adapters.answers.reader import keep_to_the_limit
from monitor.adapters.answers.register_events import CasePromise, case_promises
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.recorded import Conditions
from monitor.domain.cases.decisions import DecisionType
from monitor.domain.facts.events import UNIDENTIFIED
from monitor.domain.figures.evidence import Finding
from monitor.domain.figures.register import (
    RegisterFinding,
    RegisterState,
    Wording,
    contradictions,
    has_source,
    wordings,
)
from monitor.domain.hours.instant import FOREVER_US, InstantUs, format_instant
from monitor.domain.number import number_of
from monitor.domain.promises.promise import Book, Kind, Said
from monitor.domain.promises.promised_people import MILLION
from monitor.service.editions.shelf import Shelf
from monitor.wire.events.event_data import PromiseProposed
from monitor.wire.questions.parameters import RegisterParameters
from monitor.wire.questions.table import REGISTER

_D: Final = t.DECISIONS.c
Doubts = list[tuple[RegisterFinding, str]]


class _Bound(NamedTuple):
    """How many obligations a promise has, and of how many somebody had the case when Kept last decided on them."""

    obligations: int = 0
    held: int = 0


Recording: TypeAlias = Callable[[Connection, CasePromise], Iterable[tuple[RegisterFinding, str]]]


def register(known: Known, asked: RegisterParameters) -> Told:
    """Those asked for, with what is found of each; what the record said of dates only where one client is asked about."""
    recording = _unasked if asked.client is None else against_the_record
    return Told(register_rows(known, asked, recording))


def register_rows(known: Known, asked: RegisterParameters, recording: Recording) -> list[Row]:
    """The same; `recording` says of each promise that was said in a case what the record said of it."""
    rows = [*_of_book(known, asked), *_of_cases(known, asked, recording)]
    return [row for row in rows if _is_wanted(row, asked)]


def _unasked(_: Connection, __: CasePromise) -> Iterable[tuple[RegisterFinding, str]]:
    return ()


def _is_wanted(row: Row, asked: RegisterParameters) -> bool:
    return (
        asked.kind in (None, row["kind"])
        and asked.promise in (None, row["promise"])
        and asked.state in (None, row["state"])
        and (asked.finding is None or asked.finding in row["findings"].split(", "))
    )


def _row(state: RegisterState, doubts: Doubts, **columns: Any) -> Row:
    """What is not named is null."""
    doubts.sort(key=lambda doubt: list(RegisterFinding).index(doubt[0]))
    return {
        **dict.fromkeys(REGISTER.columns),
        **columns,
        "state": state.value,
        "findings": ", ".join(name.value for name, _ in doubts),
        "rests_on": "; ".join(f"{name.value}: {words}" for name, words in doubts),
    }


def _instant(instant: InstantUs | None) -> str | None:
    return None if instant is None or abs(instant) >= FOREVER_US else format_instant(instant)


# The book


def _of_book(known: Known, asked: RegisterParameters) -> Iterator[Row]:
    shelf, book = known.shelf, known.book
    if shelf is None or book is None or asked.case is not None:
        return
    found = _wordings(shelf)
    tier = None if asked.client is None else tier_of(known, asked.client, book)
    chosen = [
        each
        for each in found
        if asked.client is None or (each.promise.client in (None, asked.client) and each.promise.tier in (None, tier))
    ]
    contradicted = _contradicted(chosen, book)
    counts = _bound(known, chosen, asked.client)
    for each, bound in zip(chosen, counts, strict=True):
        state = each.state(known.at)
        doubts = [*_doubts(each, bound, state), *contradicted.get(id(each), [])]
        yield _row(state, doubts, obligations=bound.obligations, **_wording_columns(each))


def _wording_columns(wording: Wording) -> Row:
    promise, said = wording.promise, wording.promise.said or Said()
    spans = wording.spans or [(promise.starts_at, promise.ends_at)]
    return {
        "promise": promise.id,
        "version": promise.version,
        "made_in": "book",
        "kind": promise.kind.value,
        "client": promise.client,
        "tier": promise.tier,
        "conditions": wording.conditions,
        "target": wording.target,
        "share": None if promise.share is None else promise.share.millionths / MILLION,
        "hours": promise.hours_name,
        "expected": None if promise.expected is None else promise.expected.describe(),
        "since": _instant(spans[0][0]),
        "until": _instant(spans[-1][1]),
        "said_by": said.by,
        "said_on": said.on,
        "said_where": said.where,
        "said_words": said.words,
        "first_edition": wording.first_edition,
        "last_edition": wording.last_edition,
    }


@lru_cache(maxsize=4)
def _wordings(shelf: Shelf) -> list[Wording]:
    """All wordings of these editions, gathered once."""
    numbers = (record.number for record in shelf.editions)
    return wordings(list(zip(numbers, shelf.bindable(), strict=True)))


def _doubts(wording: Wording, bound: _Bound, state: RegisterState) -> Doubts:
    promise, doubts = wording.promise, Doubts()
    has_governed = state in (RegisterState.IN_FORCE, RegisterState.ENDED)
    if has_governed and (promise.is_judged or wording.rule is not None) and not bound.obligations:
        doubts.append((RegisterFinding.NEVER_EXERCISED, "no obligation in the journal was bound by it"))
    if wording.rule is not None:
        return doubts  # the book has no place for who said it
    if not has_source(promise.said):
        doubts.append((RegisterFinding.NO_SOURCE, "the book does not say who said it, when, where or in which words"))
    if (promise.said is None or promise.said.by is None) and not bound.held:
        doubts.append((RegisterFinding.NOBODY_ANSWERABLE, _nobody(bound.obligations)))
    return doubts


def _nobody(obligations: int) -> str:
    return f"nobody is named who said it, and of {number_of(obligations, 'obligation')} by it none has a holder"


def _contradicted(found: Sequence[Wording], book: Book) -> dict[int, Doubts]:
    doubts: dict[int, Doubts] = {}
    by_wording: dict[int, list[str]] = {}
    for each in contradictions(found, book.tier_of):
        for wording in (each.wider, each.narrower):
            by_wording.setdefault(id(wording), []).append(each.words)
    for key, words in by_wording.items():
        doubts[key] = [(RegisterFinding.CONTRADICTED, ", ".join(words))]
    return doubts


def _bound(known: Known, found: Sequence[Wording], client: str | None) -> list[_Bound]:
    """Of each wording; those that share a version with another one count what opened while they were in force."""
    connection, counting = known.connection, _counting(client, known.held())
    by_version = {tuple(row[:3]): _Bound(row[3], row[4]) for row in connection.execute(counting)}
    keys = [(each.promise.id, each.promise.version, each.promise.kind.value) for each in found]
    return [
        by_version.get(key, _Bound()) if keys.count(key) == 1 else _bound_in(connection, counting, each)
        for key, each in zip(keys, found, strict=True)
    ]


def _bound_in(connection: Connection, counting: Select[Any], wording: Wording) -> _Bound:
    if not wording.spans:
        return _Bound()
    opened = or_(*(and_(_D.opened >= since, _D.opened < until) for since, until in wording.spans))
    promise = wording.promise
    named = (_D.promise == promise.id, _D.version == promise.version, _D.kind == promise.kind.value)
    of_it = connection.execute(counting.where(*named, opened))
    return next((_Bound(count, held) for _, _, _, count, held in of_it), _Bound())


def _counting(client: str | None, held: Conditions) -> Select[Any]:
    wanted = [*held, _D.type != DecisionType.WITHDRAWN.value]
    wanted += [] if client is None else [_D.client == client]
    by = (_D.promise, _D.version, _D.kind)
    return select(*by, func.count(), func.count(_D.holder)).where(*wanted).group_by(*by)


# Cases


def _of_cases(known: Known, asked: RegisterParameters, recording: Recording) -> Iterator[Row]:
    for each in case_promises(known, client=asked.client, case=asked.case):
        doubts = [*_doubts_of(each), *recording(known.connection, each)]
        keep_to_the_limit(known.connection)
        yield _row(each.given.state, doubts, **_case_columns(each))


def _case_columns(each: CasePromise) -> Row:
    given, source, date = each.given, each.given.source, each.date
    columns: Row = {
        "promise": each.name,
        "made_in": "case",
        "case": each.case,
        "kind": None if given.made is None else each.kind.value,
        "client": each.client,
        "since": _instant(source.at),
        "until": _instant(given.ended),
        "due": _instant(source.by if given.made is None else given.due),
        "said_by": source.speaker,
        "said_on": _instant(source.at),
        "said_words": source.words,
        "obligations": 0 if date is None else 1,
    }
    if date is not None:
        columns |= {"verdict": date.verdict.value, "due": _instant(date.due) or columns["due"]}
    if given.made is None and each.proposal is not None:
        proposed = each.proposal
        kind = Kind.BY.value if _is_date(proposed) else proposed.kind
        columns |= {"kind": kind, "target": proposed.within, "hours": proposed.hours}
    return columns


def _is_date(proposed: PromiseProposed) -> bool:
    return proposed.kind is None and proposed.within is None and proposed.by is not None


def _doubts_of(each: CasePromise) -> Iterable[tuple[RegisterFinding, str]]:
    source, contradiction = each.given.source, each.given.contradiction()
    if source.speaker is None and source.words is None:
        yield RegisterFinding.NO_SOURCE, "the event says neither who said it nor in which words"
    if source.speaker is None and (each.date is None or each.date.holder is None):
        yield RegisterFinding.NOBODY_ANSWERABLE, _nobody(0 if each.date is None else 1)
    if contradiction is not None:
        yield RegisterFinding.CONTRADICTED, contradiction


def against_the_record(connection: Connection, each: CasePromise) -> Iterable[tuple[RegisterFinding, str]]:
    """Whether the record said, when Kept learned of it, that a date could not be kept."""
    made = each.given.made
    if each.kind is not Kind.BY or made is None or made.by is None or each.client == UNIDENTIFIED:
        return
    said = PromiseProposed.model_validate({"promise": each.name, "by": format_instant(made.by)})
    found = found_of(Known(connection, each.recorded), said, client=each.client, at=made.at)
    if found["finding"] == Finding.NOT_ATTAINABLE.value:
        yield RegisterFinding.MADE_AGAINST_THE_RECORD, str(found["reason"])

"""What was said of promises in cases, read from the events recorded by then, and the dates that are owed by it.

A callback promised in words is one, too: it is found by its obligation, for all that is said of it is the event that opened it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import select

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.merges import EVENT_ORDER, Named, merges_told
from monitor.adapters.answers.proposals import CLIENT_THEN
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.canary_rows import without_canary
from monitor.domain.cases.decisions import DecisionType
from monitor.domain.cases.obligation import Verdict
from monitor.domain.facts.events import UNIDENTIFIED
from monitor.domain.figures.register import GivenPromise, RegisterState, Saying, given_by
from monitor.domain.hours.instant import InstantUs, format_instant, from_datetime
from monitor.domain.promises.promise import Kind
from monitor.errors import UnreadableEvent
from monitor.wire.events.cloud_events import validate_event
from monitor.wire.events.event_data import PromiseProposed
from monitor.wire.events.exchange_data import CallbackPromisedData

_EVENT: Final = t.EVENTS.c
_D: Final = t.DECISIONS.c
_PREFIX: Final = "promise."


class Date(NamedTuple):
    """The obligation of a date that was given, as of then."""

    due: InstantUs | None
    verdict: Verdict
    holder: str | None


class CasePromise(NamedTuple):
    """A promise that was said in a case; `recorded` is when Kept learned of what it rests on.

    One of the kind `callback` has the name by which its obligation is told from others of the case; one of the kind `by` that of
    its events.
    """

    case: str
    name: str
    client: str
    given: GivenPromise
    proposal: PromiseProposed | None
    recorded: InstantUs
    date: Date | None
    kind: Kind = Kind.BY


class _Read(NamedTuple):
    name: str
    client: str
    saying: Saying
    proposal: PromiseProposed | None
    recorded: InstantUs


def case_promises(known: Known, *, client: str | None = None, case: str | None = None) -> Iterator[CasePromise]:
    """Every promise of which anything was said in a case, by case and name; of one client, of one case."""
    said = [*_dates_said(known, client, case), *_callbacks(known, client, case)]
    return iter(sorted(said, key=lambda each: (each.case, each.name)))


def _dates_said(known: Known, client: str | None, case: str | None) -> Iterator[CasePromise]:
    merges = merges_told(known)
    among = None if case is None else merges.merged_with(case)
    dates = _dates(known, among)
    columns = (_EVENT.case_id, CLIENT_THEN, _EVENT.type, *EVENT_ORDER, _EVENT.recorded, _EVENT.content)
    told = select(*columns).where(
        t.OF_PROMISES,
        t.STILL_THERE,
        _EVENT.recorded <= known.as_of,
        *without_canary(_EVENT.client, client),
        *([] if among is None else [_EVENT.case_id.in_(among)]),
    )
    promises: dict[Named, list[_Read]] = {}
    for row in known.connection.execute(told.order_by(*EVENT_ORDER)):
        read = _read(row)
        meant = merges.meant(Named(row.case_id, read.name), read.saying.step, tuple(row[3:7]), among=promises)
        promises.setdefault(meant, []).append(read)
    for meant, reads in promises.items():
        found = _case_promise(meant, reads, dates.get(meant))
        if client in (None, found.client) and case in (None, found.case):
            yield found


def _read(row: Any) -> _Read:
    """What an event says; one that an earlier Kept took and that is not read any more is a promise by itself, named by it."""
    _, client, event_type, time, _, _, event_id, recorded, content = row
    step = RegisterState(event_type.removeprefix(_PREFIX))
    try:
        data = validate_event(bytes(content)).data
    except UnreadableEvent as error:
        return _Read(event_id, client, Saying(int(time), step, words=_unread(error)), None, int(recorded))
    by = getattr(data, "by", None)
    saying = Saying(
        int(time),
        step,
        None if by is None else from_datetime(by),
        getattr(data, "agreed", False),
        getattr(data, "speaker", None),
        getattr(data, "words", None),
    )
    return _Read(data.promise, client, saying, data if isinstance(data, PromiseProposed) else None, int(recorded))


def _case_promise(named: Named, reads: list[_Read], date: Date | None) -> CasePromise:
    given = given_by(read.saying for read in reads)
    clients = [read.client for read in reads if read.client != UNIDENTIFIED]
    proposals = [read.proposal for read in reads if read.proposal is not None]
    recorded = next(read.recorded for read in reads if read.saying is given.source)
    proposal = proposals[-1] if proposals else None
    return CasePromise(*named, clients[-1] if clients else UNIDENTIFIED, given, proposal, recorded, date)


def _dates(known: Known, among: Collection[str] | None) -> dict[Named, Date]:
    """The dates that are owed, by the case and the name they were given by."""
    held = select(_D.case_id, _D.occasion, _D.due, _D.verdict, _D.holder).where(
        *known.held(),
        _D.kind == Kind.BY.value,
        _D.type != DecisionType.WITHDRAWN.value,
        *([] if among is None else [_D.case_id.in_(among)]),
    )
    return {
        Named(of_case, occasion): Date(due, Verdict(verdict), holder)
        for of_case, occasion, due, verdict, holder in known.connection.execute(held)
    }


def _callbacks(known: Known, client: str | None, case: str | None) -> Iterator[CasePromise]:
    """The callbacks that were promised in words and are, or were, owed; each with the event that opened its obligation."""
    opening = t.DECISIONS.alias("opening")
    is_opening = (opening.c.case_id == _D.case_id) & (opening.c.obligation == _D.obligation)
    is_event = (_EVENT.source == opening.c.cause_source) & (_EVENT.id == opening.c.cause_id)
    columns = (_D.case_id, _D.occasion, _D.client, _D.due, _D.verdict, _D.holder)
    told = select(*columns, _EVENT.time, _EVENT.recorded, _EVENT.content).select_from(
        t.DECISIONS.join(opening, is_opening).join(t.EVENTS, is_event)
    )
    wanted = [
        *known.held(client),
        _D.kind == Kind.CALLBACK.value,
        _D.type != DecisionType.WITHDRAWN.value,
        opening.c.type == DecisionType.OPENED.value,
        opening.c.recorded <= known.as_of,
        _EVENT.type == CALLBACK_PROMISED,
        t.STILL_THERE,
        *([] if client is None else [_D.client == client]),
        *([] if case is None else [_D.case_id == case]),
    ]
    found: dict[tuple[str, str], CasePromise] = {}
    for of_case, occasion, whose, due, verdict, holder, time, recorded, content in known.connection.execute(
        told.where(*wanted).order_by(opening.c.position)
    ):
        saying = _called_back(int(time), bytes(content))
        date, name = Date(due, Verdict(verdict), holder), occasion or format_instant(int(time))
        promise = CasePromise(of_case, name, whose, given_by([saying]), None, int(recorded), date, Kind.CALLBACK)
        found[of_case, name] = promise
    yield from found.values()


CALLBACK_PROMISED: Final = "callback.promised"


def _called_back(time: InstantUs, content: bytes) -> Saying:
    try:
        data = validate_event(content).data
    except UnreadableEvent as error:
        return Saying(time, RegisterState.MADE, words=_unread(error))
    assert isinstance(data, CallbackPromisedData)
    return Saying(time, RegisterState.MADE, from_datetime(data.by), speaker=data.speaker, words=data.words)


def _unread(error: UnreadableEvent) -> str:
    return f"not read any more: found {error.found}, expected {error.expected}"

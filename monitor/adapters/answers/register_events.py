"""What was said of promises in cases, read from the events recorded by then, and the dates that are owed by it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, select

from monitor.adapters.answers.proposals import CLIENT_THEN
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.canary_rows import without_canary
from monitor.adapters.journal.recorded import held_as_of
from monitor.domain.cases.decisions import DecisionType
from monitor.domain.cases.obligation import Verdict
from monitor.domain.facts.events import UNIDENTIFIED
from monitor.domain.figures.register import GivenPromise, RegisterState, Saying, given_by
from monitor.domain.hours.instant import InstantUs, from_datetime
from monitor.domain.promises.promise import Kind
from monitor.errors import UnreadableEvent
from monitor.wire.event_data import PromiseProposed
from monitor.wire.events import validate_event

_EVENT: Final = t.EVENTS.c
_D: Final = t.DECISIONS.c
_PREFIX: Final = "promise."


class Date(NamedTuple):
    """The obligation of a date that was given, as of then."""

    due: InstantUs | None
    verdict: Verdict
    holder: str | None


class CasePromise(NamedTuple):
    """A promise that was said in a case; `recorded` is when Kept learned of what it rests on."""

    case: str
    name: str
    client: str
    given: GivenPromise
    proposal: PromiseProposed | None
    recorded: InstantUs
    date: Date | None


class _Read(NamedTuple):
    name: str
    client: str
    saying: Saying
    proposal: PromiseProposed | None
    recorded: InstantUs


def case_promises(
    connection: Connection, as_of: InstantUs, *, client: str | None = None, case: str | None = None
) -> Iterator[CasePromise]:
    """Every promise of which anything was said in a case, by case and name; of one client, of one case."""
    dates = _dates(connection, as_of, case)
    columns = (_EVENT.case_id, CLIENT_THEN, _EVENT.type, _EVENT.time, _EVENT.recorded, _EVENT.content, _EVENT.id)
    told = select(*columns).where(
        t.OF_PROMISES,
        t.STILL_THERE,
        _EVENT.recorded <= as_of,
        *without_canary(_EVENT.client, client),
        *([] if case is None else [_EVENT.case_id == case]),
    )
    in_order = told.order_by(_EVENT.case_id, _EVENT.time, _EVENT.source, _EVENT.sequence, _EVENT.id)
    for of_case, rows in groupby(connection.execute(in_order), key=lambda row: str(row[0])):
        by_name: dict[str, list[_Read]] = {}
        for row in rows:
            read = _read(row)
            by_name.setdefault(read.name, []).append(read)
        for name in sorted(by_name):
            found = _case_promise(of_case, name, by_name[name], dates.get((of_case, name)))
            if client in (None, found.client):
                yield found


def _read(row: Any) -> _Read:
    """What an event says; one that an earlier Kept took and that is not read any more is a promise by itself, named by it."""
    _, client, event_type, time, recorded, content, event_id = row
    step = RegisterState(event_type.removeprefix(_PREFIX))
    try:
        data = validate_event(bytes(content)).data
    except UnreadableEvent as error:
        words = f"not read any more: found {error.found}, expected {error.expected}"
        return _Read(event_id, client, Saying(int(time), step, words=words), None, int(recorded))
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


def _case_promise(case: str, name: str, reads: list[_Read], date: Date | None) -> CasePromise:
    given = given_by(read.saying for read in reads)
    known = [read.client for read in reads if read.client != UNIDENTIFIED]
    proposals = [read.proposal for read in reads if read.proposal is not None]
    recorded = next(read.recorded for read in reads if read.saying is given.source)
    proposal = proposals[-1] if proposals else None
    return CasePromise(case, name, known[-1] if known else UNIDENTIFIED, given, proposal, recorded, date)


def _dates(connection: Connection, as_of: InstantUs, case: str | None) -> dict[tuple[str, str], Date]:
    """The dates that are owed, by the case and the name they were given by."""
    held = select(_D.case_id, _D.occasion, _D.due, _D.verdict, _D.holder).where(
        *held_as_of(connection, as_of),
        _D.kind == Kind.BY.value,
        _D.type != DecisionType.WITHDRAWN.value,
        *([] if case is None else [_D.case_id == case]),
    )
    return {
        (of_case, occasion): Date(due, Verdict(verdict), holder)
        for of_case, occasion, due, verdict, holder in connection.execute(held)
    }

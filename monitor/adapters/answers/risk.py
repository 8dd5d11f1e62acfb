"""Which clients are at risk, by which facts: read from the history and the events by the limits of the book of then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Connection, func, literal_column, select

from monitor.adapters.answers.client_reading import CaseRead, cases_read
from monitor.adapters.answers.known import Known
from monitor.adapters.answers.pages import Row, Told
from monitor.adapters.answers.retelling import Retelling, Scope
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.recorded import broken_at
from monitor.domain.cases.obligation import Verdict
from monitor.domain.facts.events import UNIDENTIFIED, RiskCleared
from monitor.domain.figures.risk import Clearing, RiskFact, RiskFound, clearing_of, is_persons, run_around
from monitor.domain.hours.instant import DurationUs, describe_duration, format_instant
from monitor.domain.promises.promise import Book, Kind
from monitor.domain.promises.promised_amends import STEPS
from monitor.domain.promises.risk_limits import RiskLimits
from monitor.wire.acts.risk_acts import RISK_CLEARED
from monitor.wire.events.cloud_events import recall_event
from monitor.wire.questions.parameters import RiskParameters

_D: Final = t.DECISIONS.c
_Held: TypeAlias = Sequence[ColumnElement[bool]]
"""The conditions of what was held true of those asked about."""
_STEPS: Final = [step.value for step in STEPS]


class Rows(NamedTuple):
    """Where obligations are told: the columns of a table, the conditions of steps that are still to be taken, and those of
    whatever was broken."""

    columns: Any
    open_steps: _Held
    broken: _Held


def _held(known: Known, client: str | None) -> Rows:
    """The history as of a recorded instant."""
    held = [*known.held(), *([] if client is None else [_D.client == client])]
    return Rows(_D, [*held, _D.kind.in_(_STEPS), _D.is_open, _D.type != "withdrawn"], held)


_NOW: Final = t.OBLIGATIONS.c
PRESENT: Final = Rows(_NOW, [t.OPEN_STEP], [t.LATE, _NOW.due.is_(None)])
"""Obligations as they stand, each condition that of an index; what is broken by a deed has no due instant."""


def risk(known: Known, asked: RiskParameters) -> Told:
    """The facts that stand, were cleared, or all, by client and instant."""
    retelling = Retelling(known)
    book = retelling.book
    limits = None if book is None else book.risk
    if book is None or limits is None:
        return Told([])
    clearings = clearings_in(known, book)
    found = sorted(
        each
        for each in _facts(retelling, limits, asked)
        if each.at <= known.as_of
        and each.client != UNIDENTIFIED
        and asked.client in (None, each.client)
        and asked.fact in (None, each.fact)
    )
    rows = [_row(each, clearing_of(each, clearings.get(each.client, ()))) for each in found]
    chosen = [row for row in rows if asked.state == "all" or (row["cleared"] is None) == (asked.state == "standing")]
    return Told(sorted(chosen, key=lambda row: row["client"]))


def _row(found: RiskFound, clearing: Clearing | None) -> Row:
    return {
        "client": found.client,
        "fact": found.fact.value,
        "at": format_instant(found.at),
        "case": found.case,
        "says": found.says,
        "cleared": None if clearing is None else format_instant(clearing.at),
        "cleared_by": None if clearing is None else clearing.by,
        "reason": None if clearing is None else clearing.reason,
    }


def clearings_in(known: Known, book: Book) -> dict[str, list[Clearing]]:
    """What people decided and was recorded, by client; found by the partial index of its type."""
    event = t.EVENTS.c
    told = select(event.client, event.content).where(
        event.type == literal_column(f"'{RISK_CLEARED}'"), event.recorded <= known.as_of
    )
    found: dict[str, list[Clearing]] = {}
    for client, content in known.connection.execute(told):
        said = recall_event(bytes(content))
        if isinstance(said.fact, RiskCleared) and is_persons(said.fact.by, said.fact.reason, book):
            found.setdefault(client, []).append(Clearing(said.time, said.fact.by, said.fact.reason))
    return found


def _facts(retelling: Retelling, limits: RiskLimits, asked: RiskParameters) -> Iterator[RiskFound]:
    known = retelling.known
    yield from facts_of_obligations(known.connection, limits, _held(known, asked.client))
    if limits.takes_work or limits.score_below is not None:
        for read in cases_read(retelling, Scope(client=asked.client, of_words=not limits.takes_work)):
            yield from facts_of_case(read, limits)


def facts_of_obligations(connection: Connection, limits: RiskLimits, rows: Rows) -> Iterator[RiskFound]:
    """The facts that obligations alone tell."""
    if limits.unowned_after is not None:
        yield from _unowned(connection, limits.unowned_after, rows)
    if limits.below_grade:
        yield from _below_grade(connection, rows)


def _unowned(connection: Connection, after: DurationUs, rows: Rows) -> Iterator[RiskFound]:
    """One fact for each breach with a step that is still to be taken; a step opens when the promise was broken."""
    row = rows.columns
    owed = (
        select(row.client, row.case_id, row.occasion, func.min(row.opened), func.count())
        .where(*rows.open_steps)
        .group_by(row.client, row.case_id, row.occasion)
    )
    for client, case, occasion, opened, steps in connection.execute(owed):
        says = (
            f"{occasion} was broken, and {steps} of what is owed for it was not done within {describe_duration(after)}"
        )
        yield RiskFound(int(opened) + after, client, RiskFact.UNOWNED, case, says)


def _below_grade(connection: Connection, rows: Rows) -> Iterator[RiskFound]:
    row = rows.columns
    broken = select(row.client, row.case_id, broken_at(row), row.reason).where(
        *rows.broken, row.kind == Kind.SENIORITY.value, row.verdict == Verdict.BROKEN.value
    )
    for client, case, at, reason in connection.execute(broken):
        yield RiskFound(int(at), client, RiskFact.BELOW_GRADE, case, reason)


def facts_of_case(read: CaseRead, limits: RiskLimits) -> Iterator[RiskFound]:
    """The facts that what happened in a case tells; one may lie ahead, if nothing happens until then."""
    handed_on = run_around(limits, read.moves)
    if handed_on is not None:
        yield RiskFound(handed_on[0], read.client, RiskFact.RUN_AROUND, read.case, handed_on[1])
    if limits.silent_after is not None and read.silent_since is not None:
        says = f"nothing heard since {format_instant(read.silent_since)} in an open case"
        at = read.silent_since + limits.silent_after
        yield RiskFound(at, read.client, RiskFact.SILENCE, read.case, says)
    if limits.score_below is None:
        return
    for said in read.said:
        if isinstance(said.place, float) and said.place < limits.score_below:
            says = f"a score of {said.rated.score:g} on the scale {said.rated.scale}"
            yield RiskFound(said.at, read.client, RiskFact.BAD_WORD, read.case, says)

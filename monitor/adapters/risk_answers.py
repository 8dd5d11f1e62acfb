"""Which clients are at risk, by which facts: read from the history and the events by the limits of the book of then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from sqlalchemy import ColumnElement, Connection, func, literal_column, select

from monitor.adapters import tables as t
from monitor.adapters.client_reading import CaseRead, cases_read
from monitor.adapters.pages import Row, Told
from monitor.adapters.recorded import BROKEN_AT, held_as_of
from monitor.adapters.retelling import Retelling, Scope
from monitor.domain.events import UNIDENTIFIED, RiskCleared
from monitor.domain.instant import DurationUs, InstantUs, describe_duration, format_instant
from monitor.domain.obligation import Verdict
from monitor.domain.promise import Kind
from monitor.domain.promised_amends import STEPS
from monitor.domain.risk import Clearing, RiskFact, RiskFound, clearing_of, run_around
from monitor.domain.risk_limits import RiskLimits
from monitor.wire.events import recall_event
from monitor.wire.questions.parameters import RiskParameters
from monitor.wire.risk_acts import RISK_CLEARED

_D: Final = t.DECISIONS.c
_Held: TypeAlias = Sequence[ColumnElement[bool]]
"""The conditions of what was held true of those asked about."""
_STEPS: Final = [step.value for step in STEPS]


def risk(connection: Connection, asked: RiskParameters, as_of: InstantUs) -> Told:
    """The facts that stand, were cleared, or all, by client and instant."""
    retelling = Retelling(connection, as_of)
    limits = None if retelling.book is None else retelling.book.risk
    if limits is None:
        return Told([])
    clearings = _clearings(connection, as_of)
    found = sorted(
        each
        for each in _facts(connection, retelling, limits, asked, as_of)
        if each.at <= as_of
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


def _clearings(connection: Connection, as_of: InstantUs) -> dict[str, list[Clearing]]:
    """What was recorded by then, by client; found by the partial index of its type."""
    event = t.EVENTS.c
    told = select(event.client, event.content).where(
        event.type == literal_column(f"'{RISK_CLEARED}'"), event.recorded <= as_of
    )
    found: dict[str, list[Clearing]] = {}
    for client, content in connection.execute(told):
        said = recall_event(bytes(content))
        if isinstance(said.fact, RiskCleared):
            found.setdefault(client, []).append(Clearing(said.time, said.fact.by, said.fact.reason))
    return found


def _facts(
    connection: Connection, retelling: Retelling, limits: RiskLimits, asked: RiskParameters, as_of: InstantUs
) -> Iterator[RiskFound]:
    held = [*held_as_of(connection, as_of), *([] if asked.client is None else [_D.client == asked.client])]
    if limits.unowned_after is not None:
        yield from _unowned(connection, limits.unowned_after, held)
    if limits.below_grade:
        yield from _below_grade(connection, held)
    if (limits.handoffs, limits.returns, limits.silent_after, limits.score_below) != (None, None, None, None):
        for read in cases_read(retelling, Scope(client=asked.client)):
            yield from _of_case(read, limits)


def _unowned(connection: Connection, after: DurationUs, held: _Held) -> Iterator[RiskFound]:
    """One fact for each breach with a step that is still to be taken; a step opens when the promise was broken."""
    owed = (
        select(_D.client, _D.case_id, _D.occasion, func.min(_D.opened), func.count())
        .where(*held, _D.kind.in_(_STEPS), _D.is_open, _D.type != "withdrawn")
        .group_by(_D.client, _D.case_id, _D.occasion)
    )
    for client, case, occasion, opened, steps in connection.execute(owed):
        says = (
            f"{occasion} was broken, and {steps} of what is owed for it was not done within {describe_duration(after)}"
        )
        yield RiskFound(int(opened) + after, client, RiskFact.UNOWNED, case, says)


def _below_grade(connection: Connection, held: _Held) -> Iterator[RiskFound]:
    broken = select(_D.client, _D.case_id, BROKEN_AT, _D.reason).where(
        *held, _D.kind == Kind.SENIORITY.value, _D.verdict == Verdict.BROKEN.value
    )
    for client, case, at, reason in connection.execute(broken):
        yield RiskFound(int(at), client, RiskFact.BELOW_GRADE, case, reason)


def _of_case(read: CaseRead, limits: RiskLimits) -> Iterator[RiskFound]:
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

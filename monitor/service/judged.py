"""One step of one matter, and the rows that say what it decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from monitor.domain.case import Case, Phase
from monitor.domain.coverage import Coverage
from monitor.domain.decisions import CHANGES_OF_VERDICT, Decision, DecisionType
from monitor.domain.engine import next_wake, step
from monitor.domain.events import UNIDENTIFIED, Event
from monitor.domain.hand_downs import HAND_DOWN
from monitor.domain.instant import FOREVER_US, InstantUs
from monitor.domain.obligation import Obligation, Verdict
from monitor.domain.promise import Kind, Promise
from monitor.domain.working_hours import ALWAYS
from monitor.errors import InvariantError
from monitor.service.matters import Held, name_of
from monitor.service.records import CaseRecord, DecisionKey, DecisionRecord, ObligationName, ObligationRecord

_GIVEN: Final = frozenset({Verdict.KEPT, Verdict.BROKEN, Verdict.EXCUSED, Verdict.VOID})
_GIVING: Final = CHANGES_OF_VERDICT | {DecisionType.RESTATED, DecisionType.WITHDRAWN}


class Place(NamedTuple):
    """Where a decision was made: what the case was like, and the obligation as it is now; None once it is none."""

    channel: str | None
    tier: str | None
    obligation: Obligation | None


def judge(
    held: Held, events: list[Event], now: InstantUs, coverage: Coverage, *, again: bool
) -> list[tuple[Decision, Place]]:
    """Takes events into a matter and decides; `again` looks at every obligation, whether something changed or not."""
    matter = held.matter
    if again:
        matter.wakes_at = min(matter.wakes_at, now)
    matter, decisions = step(matter, events, now, coverage)
    decisions += _take_back_orphans(held, now)
    if decisions or matter.wakes_at <= now:
        # The engine only says that nothing falls due earlier; deadlines in the journal are exact.
        matter.wakes_at = next_wake(matter)
        if matter.wakes_at <= now:
            raise InvariantError(f"matter {held.id} would wake at {matter.wakes_at}, which has passed at {now}")
    for decision in decisions:
        held.raise_floor(decision.verdict, decision.due, decision.ended)
    return [(decision, _place_of(held, decision)) for decision in decisions]


def _take_back_orphans(held: Held, now: InstantUs) -> Iterator[Decision]:
    """What was announced and is no obligation by the present book: withdrawn, so that nobody waits for its end."""
    orphans, held.orphans = held.orphans, []
    for row in orphans:
        kind = Kind(row.kind)
        promise = Promise(
            id=row.promise,
            version=row.version,
            kind=kind,
            starts_at=0,
            ends_at=FOREVER_US,
            hours=ALWAYS,
            hours_name="always",
        )
        yield Decision(
            DecisionType.WITHDRAWN,
            row.case_id,
            row.client,
            promise,
            row.opened,
            row.occasion,
            now,
            Verdict.VOID,
            Verdict(row.verdict),
            row.due,
            None,
            None,
            "the promise book in force does not make this promise",
        )


def _place_of(held: Held, decision: Decision) -> Place:
    """Looks for the obligation a decision is about; a date given may have gone on in another case of the matter."""
    cases = held.matter.cases
    own = cases.get(decision.case)
    if decision.promise is HAND_DOWN:
        return Place(None, None, None) if own is None else Place(own.channel, own.subject.tier, None)
    for case in [own, *cases.values()] if own is not None else cases.values():
        for obligation in reversed(case.obligations):
            if obligation.opened == decision.opened and _is_about(decision, obligation):
                return Place(case.channel, case.subject.tier, obligation)
    known = held.obligations.get(decided_on(decision))
    return Place(None, None, None) if known is None else Place(known.channel, known.tier, None)


def decided_on(decision: Decision) -> ObligationName:
    """What the row of the obligation that a decision is about is found by."""
    return (decision.case, decision.promise.kind, decision.occasion or decision.opened)


def _is_about(decision: Decision, obligation: Obligation) -> bool:
    return (
        obligation.kind is decision.promise.kind
        and obligation.occasion == decision.occasion
        and obligation.case == decision.case
    )


def obligation_row(name: str, decision: Decision, place: Place, before: ObligationRecord | None) -> ObligationRecord:
    """The obligation of this id as this decision, the last one about it, leaves it; `before` is as it was."""
    promise, obligation = decision.promise, place.obligation
    said = None if obligation is None else obligation.said
    return ObligationRecord(
        name,
        decision.case,
        decision.client,
        promise.id,
        promise.version,
        promise.kind.value,
        decision.occasion,
        place.channel,
        place.tier,
        decision.opened,
        decision.due,
        decision.verdict.value,
        decision.ended,
        0 if said is None else said.warnings,
        obligation is not None and obligation.is_open,
        decision.verdict in _GIVEN or (before is not None and before.is_given),
        decision.reason,
    )


def refreshed_rows(held: Held) -> Iterator[ObligationRecord]:
    """Rows of obligations that stand in another light, though nothing was decided: another client, tier, channel or promise,
    or another due instant of one that was kept or broken either way."""
    for case, obligation in held.obligations_made():
        row = held.obligations.get(name_of(obligation))
        if row is None:
            continue
        promise, subject = obligation.promise, case.subject
        fresh = row._replace(
            client=case.client,
            channel=case.channel,
            tier=subject.tier,
            promise=promise.id,
            version=promise.version,
            due=obligation.due,
        )
        if fresh != row:
            yield fresh


def decision_row(
    decision: Decision, place: Place, before: ObligationRecord | None, recorded: InstantUs
) -> DecisionRecord:
    """A decision as the journal keeps it, but for its position; `before` is the obligation as it was."""
    promise, cause = decision.promise, decision.cause
    return DecisionRecord(
        0,
        decision.id,
        recorded,
        decision.type.value,
        decision.obligation,
        decision.case,
        decision.client,
        promise.id,
        promise.version,
        promise.kind.value,
        place.channel,
        place.tier,
        decision.opened,
        decision.at,
        decision.verdict.value,
        None if decision.previous is None else decision.previous.value,
        before is not None and before.is_given and decision.type in _GIVING,
        decision.due,
        decision.ended,
        None if cause is None else cause[0],
        None if cause is None else cause[1],
        decision.reason,
    )


def count_key(row: DecisionRecord) -> DecisionKey:
    """What a decision is counted by."""
    return DecisionKey(row.type, row.verdict, row.restated, row.kind, row.client, row.channel or "", row.tier or "")


def case_rows(held: Held) -> Iterator[CaseRecord]:
    """A row for each case of a matter as it stands, also for those that are only a name for another one."""
    cases = held.matter.cases
    for case in cases.values():
        yield _case_row(held.id, case)
    for name in held.cases.keys() - cases.keys():
        phase = Phase.MERGED if name in held.matter.links else Phase.UNOPENED
        yield CaseRecord(name, held.id, UNIDENTIFIED, phase.value, None, None, None, None, None, None)


def _case_row(matter: str, case: Case) -> CaseRecord:
    return CaseRecord(
        case.id,
        matter,
        case.client,
        case.phase.value,
        case.holder,
        case.team,
        case.channel,
        case.priority,
        case.subject.tier,
        case.opened_at,
    )

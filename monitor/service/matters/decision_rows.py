"""The rows that say what a step of a matter decided, and what is counted of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from monitor.domain.cases.case import Case, Phase
from monitor.domain.cases.decisions import GIVES_VERDICT, Decision, DecisionType
from monitor.domain.cases.joining import THREAD
from monitor.domain.cases.obligation import Obligation, Verdict
from monitor.domain.facts.events import UNIDENTIFIED
from monitor.domain.hours.instant import DurationUs, InstantUs
from monitor.domain.promises.promised_amends import STEPS
from monitor.service.matters.at_hand import Held
from monitor.service.matters.judged import Place
from monitor.service.ports.counts import OWNING_EDGES, RATIO_EDGES, Counts, DecisionKey, OwningKey, RatioKey
from monitor.service.ports.records import CaseRecord, DecisionRecord, ObligationRecord

_GIVEN: Final = frozenset({Verdict.KEPT, Verdict.BROKEN, Verdict.EXCUSED, Verdict.VOID})
_ENDING: Final = (DecisionType.KEPT, DecisionType.DONE_LATE)


def decision_row(
    position: int,
    decision: Decision,
    place: Place,
    *,
    recorded: InstantUs,
    latest: ObligationRecord | None,
    is_restated: bool,
) -> DecisionRecord:
    """A decision as the journal keeps it; `latest` is its obligation as the decision before it left it."""
    promise, cause, obligation = decision.promise, decision.cause, place.obligation
    name, revision = (decision.obligation, 1) if latest is None else (latest.id, latest.revision + 1)
    return DecisionRecord(
        position,
        decision.identity(name, revision),
        recorded,
        revision,
        None if latest is None else latest.decision,
        decision.type.value,
        name,
        decision.case,
        decision.client,
        promise.id,
        promise.version,
        promise.kind.value,
        decision.occasion,
        place.channel,
        place.tier,
        place.holder,
        place.grade,
        decision.opened,
        decision.at,
        decision.verdict.value,
        None if decision.previous is None else decision.previous.value,
        is_restated and decision.type in GIVES_VERDICT,
        decision.due,
        decision.ended,
        obligation is not None and obligation.is_open,
        0 if obligation is None else obligation.said_warnings,
        *_figures(decision, obligation),
        None if cause is None else cause[0],
        None if cause is None else cause[1],
        decision.reason,
    )


MILLION: Final = 1_000_000
_NO_FIGURES: Final = (None, None, None)


def _figures(
    decision: Decision, obligation: Obligation | None
) -> tuple[DurationUs | None, DurationUs | None, int | None]:
    """(elapsed, margin, ratio) of an obligation that has ended; see `DecisionRecord`. Nothing was promised in no time: no ratio."""
    ended, due = decision.ended, decision.due
    if ended is None or due is None or obligation is None or decision.verdict is Verdict.VOID:
        return _NO_FIGURES
    elapsed = obligation.elapsed_until(ended)
    if obligation.was_done_late:
        margin = -obligation.promise.hours.between(due, ended)
        promised = obligation.promised_time
        # Late by an hour in which nobody works is late all the same.
        ratio = max(elapsed * MILLION // promised, MILLION + 1) if promised > 0 else None
        return elapsed, margin, ratio
    margin = obligation.remaining_until(ended) or 0
    promised = elapsed + margin
    return elapsed, margin, elapsed * MILLION // promised if promised > 0 else None


def obligation_row(decision: DecisionRecord, latest: ObligationRecord | None) -> ObligationRecord:
    """The obligation as this decision leaves it; `latest` is as it was."""
    return ObligationRecord(
        decision.obligation,
        decision.case_id,
        decision.client,
        decision.promise,
        decision.version,
        decision.kind,
        decision.occasion,
        decision.channel,
        decision.tier,
        decision.opened,
        decision.due,
        decision.verdict,
        decision.ended,
        decision.warnings,
        decision.is_open,
        decision.verdict in _GIVEN or (latest is not None and latest.is_given),
        decision.reason,
        decision.revision,
        decision.position,
    )


def count_key(row: DecisionRecord, home: int = 0) -> DecisionKey:
    """What a decision is counted by in a partition."""
    light = (row.channel or "", row.tier or "")
    return DecisionKey(row.type, row.verdict, row.restated, row.kind, row.client, *light, home)


def count_decision(counts: Counts, row: DecisionRecord, home: int = 0) -> None:
    """Counts a decision, and what it says of an ending; the canary's are in no count."""
    if row.is_counted:
        counts.decisions[count_key(row, home)] += 1
        count_ending(counts, row, home)


def is_ending(row: DecisionRecord) -> bool:
    """Whether this decision says that its obligation was done, in time or late, and corrects nothing said before."""
    return row.type in _ENDING and not row.restated


def ratio_key(row: DecisionRecord, home: int = 0) -> RatioKey:
    """What an ending is counted by in a partition."""
    assert row.ratio is not None
    return RatioKey(row.kind, row.tier or "", RATIO_EDGES[bisect_left(RATIO_EDGES, row.ratio)], home)


def count_ending(counts: Counts, row: DecisionRecord, home: int = 0) -> None:
    """Counts a decision that says that something was done: how much of its time it took, and how soon a step was taken."""
    if not is_ending(row):
        return
    if row.ratio is not None:
        counts.observe(ratio_key(row, home), row.ratio)
    if row.kind in STEPS and row.ended is not None and row.occasion is not None:
        took = row.ended - row.opened
        kind, _, _ = row.occasion.partition("/")
        edge = OWNING_EDGES[bisect_left(OWNING_EDGES, took)]
        counts.observe_step(OwningKey(row.kind, kind, row.tier or "", edge, home), took)


def case_rows(held: Held) -> Iterator[CaseRecord]:
    """A row for each case of a matter as it stands, also for those that are only a name for another one."""
    cases = held.matter.cases
    for case in cases.values():
        yield _case_row(held.id, case)
    for name in held.cases.keys() - cases.keys():
        phase = Phase.MERGED if name in held.matter.links else Phase.UNOPENED
        phase = Phase.MESSAGE if name.startswith(THREAD) else phase
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
        case.tier,
        case.opened_at,
    )

"""The rows that say what a step of a matter decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from monitor.domain.cases.case import Case
from monitor.domain.cases.case_state import Phase
from monitor.domain.cases.decisions import GIVES_VERDICT, Decision, DecisionType
from monitor.domain.cases.joining import THREAD
from monitor.domain.cases.obligation import Obligation, Verdict
from monitor.domain.facts.events import UNIDENTIFIED
from monitor.domain.hours.instant import DurationUs, InstantUs
from monitor.domain.promises.promise import Kind
from monitor.service.matters.at_hand import Held
from monitor.service.matters.judged import Judged, grade_of
from monitor.service.ports.records import CaseRecord, DecisionRecord, ObligationRecord

_GIVEN: Final = frozenset({Verdict.KEPT, Verdict.BROKEN, Verdict.EXCUSED, Verdict.VOID})
_WRITTEN: Final = {member: member.value for names in (DecisionType, Verdict, Kind, Phase) for member in names}
"""As rows have it. A member asked for its value calls a function each time."""
# `DecisionRecord(...)` would take these as arguments and make the same tuple of them, in three times the time.
_new_tuple = tuple.__new__


def decision_rows(
    next_position: Callable[[], int],
    held: Held,
    judged: Judged,
    *,
    recorded: InstantUs,
    latest: ObligationRecord | None,
    is_restated: bool,
) -> list[DecisionRecord]:
    """Decisions as the journal keeps them; `latest` is their obligation as the decision before left it."""
    decisions, channel, tier, holder, person, obligation = judged
    decision = decisions[0]
    promise = decision.promise
    name, revision, replaces = (
        (decision.obligation, 0, None) if latest is None else (latest.id, latest.revision, latest.decision)
    )
    verdict, previous = _WRITTEN[decision.verdict], decision.previous
    written_before = None if previous is None else _WRITTEN[previous]
    kind, is_open = _WRITTEN[promise.kind], obligation is not None and obligation.is_open
    warnings = 0 if obligation is None else obligation.said_warnings
    elapsed, margin, ratio = _figures(decision, obligation)
    rows = []
    for each in decisions:
        position = next_position()
        revision += 1
        cause_source, cause_id = each.cause or _NO_CAUSE
        row = (
            position,
            each.identity(name, revision),
            recorded,
            revision,
            replaces,
            _WRITTEN[each.type],
            name,
            each.case,
            each.client,
            promise.id,
            promise.version,
            kind,
            each.occasion,
            channel,
            tier,
            holder,
            grade_of(held, person, each.at),
            each.opened,
            each.at,
            verdict,
            written_before,
            is_restated and each.type in GIVES_VERDICT,
            each.due,
            each.ended,
            is_open,
            warnings,
            elapsed,
            margin,
            ratio,
            cause_source,
            cause_id,
            each.reason,
        )
        rows.append(_new_tuple(DecisionRecord, row))
        replaces = position
    return rows


_NO_CAUSE: Final = (None, None)
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
    row = (
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
    return _new_tuple(ObligationRecord, row)


def case_rows(held: Held) -> Iterator[CaseRecord]:
    """A row for each case of a matter as it stands, also for those that are only a name for another one."""
    cases = held.matter.cases
    for case in cases.values():
        yield _case_row(held.id, case)
    for name in [name for name in held.cases if name not in cases]:
        phase = Phase.MERGED if name in held.matter.links else Phase.UNOPENED
        phase = Phase.MESSAGE if name.startswith(THREAD) else phase
        yield CaseRecord(name, held.id, UNIDENTIFIED, phase.value, None, None, None, None, None, None)


def _case_row(matter: str, case: Case) -> CaseRecord:
    row = (
        case.id,
        matter,
        case.client,
        _WRITTEN[case.phase],
        case.holder,
        case.team,
        case.channel,
        case.priority,
        case.tier,
        case.opened_at,
    )
    return _new_tuple(CaseRecord, row)

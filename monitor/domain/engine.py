"""The door to the domain: `step(matter, events, now) -> (matter, decisions)`.

Pure: no clock, no input or output. The state of a matter is a function of the set of its events; verdicts are
a function of that, of `now` and of what was heard. Decisions are what is different from what was announced
before, so a repeat of the same step decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from monitor.domain.case import Case
from monitor.domain.coverage import FULL, Coverage
from monitor.domain.decisions import (
    CHANGES_OF_VERDICT,
    Announced,
    Decision,
    DecisionType,
    decision_types,
    next_wake,
    valid_from,
    warnings_passed,
)
from monitor.domain.events import Event
from monitor.domain.instant import FOREVER_US, InstantUs
from monitor.domain.matter import Matter
from monitor.domain.obligation import Obligation, Verdict

Memory: TypeAlias = Mapping[str, tuple[Case, Obligation]]
"""Obligations of which something was announced, with their cases, by identifier."""

_FINAL = frozenset({Verdict.KEPT, Verdict.BROKEN, Verdict.EXCUSED, Verdict.VOID})
_BY_TIME = frozenset({DecisionType.BROKEN, DecisionType.WARNED, DecisionType.UNKNOWN})


def step(
    matter: Matter, events: Iterable[Event], now: InstantUs, coverage: Coverage = FULL
) -> tuple[Matter, list[Decision]]:
    """Takes events into a matter and decides what is different at `now`.

    The matter passed in is used up: go on with the one returned. (It is the same object, changed in place, for copying
    a case at each event costs more than judging it; whoever must step back makes the matter anew from its events.)
    """
    before = matter.cases
    is_restating = matter.take(events)
    judging = _Judging(now, coverage, matter.taken_last, is_restating=is_restating)
    if is_restating:
        judging.restate(matter, _announced(before))
    elif now >= matter.wakes_at or coverage.gaps:
        for case in matter.cases.values():
            judging.judge(case, case.obligations)
    else:
        for case in matter.cases.values():
            if case.clocks.changed:
                judging.judge(case, case.clocks.changed)
    if judging.decisions:
        matter.wakes_at = _next_wake(matter)
    return matter, judging.decisions


def _announced(cases: Mapping[str, Case]) -> Memory:
    return {
        obligation.id: (case, obligation)
        for case in cases.values()
        for obligation in case.obligations
        if obligation.said is not None
    }


def _next_wake(matter: Matter) -> InstantUs:
    """The next instant at which time alone decides something in the matter."""
    wakes_at = FOREVER_US
    for case in matter.cases.values():
        for obligation in case.clocks.live():
            said = obligation.said
            if said is not None and said.verdict is Verdict.RUNNING:
                wakes_at = min(wakes_at, next_wake(obligation, said.warnings))
    return wakes_at


class _Judging:
    """The decisions of one step, as they are made."""

    __slots__ = ("cause", "coverage", "decisions", "is_restating", "now")

    def __init__(self, now: InstantUs, coverage: Coverage, cause: Event | None, *, is_restating: bool) -> None:
        self.now = now
        self.coverage = coverage
        self.cause = cause
        self.is_restating = is_restating
        self.decisions: list[Decision] = []

    def judge(self, case: Case, obligations: Iterable[Obligation]) -> None:
        """Decides what is different about these obligations of a case."""
        for obligation in obligations:
            before = obligation.said
            verdict = obligation.verdict(self.now, self.coverage)
            given = before.warnings if before is not None else 0
            if verdict is Verdict.RUNNING and obligation.promise.warn:
                given = max(given, warnings_passed(obligation, self.now))
            types = decision_types(verdict, obligation, before, given)
            if types:
                obligation.said = Announced(verdict, obligation.due, obligation.ended, given)
                if self.is_restating and before is not None and before.verdict in _FINAL:
                    types = [DecisionType.RESTATED if kind in CHANGES_OF_VERDICT else kind for kind in types]
                self.decisions += [self._decide(kind, case, obligation, before) for kind in types]
        case.clocks.changed = []

    def _decide(self, kind: DecisionType, case: Case, obligation: Obligation, before: Announced | None) -> Decision:
        cause = None if kind in _BY_TIME else obligation.ended_by or self.cause
        said = obligation.said
        assert said is not None
        return Decision(
            kind,
            obligation.case,
            case.client,
            obligation.promise,
            obligation.opened,
            obligation.occasion,
            valid_from(kind, obligation, self.now if cause is None else cause.time),
            said.verdict,
            None if before is None else before.verdict,
            said.due,
            said.ended,
            None if cause is None else cause.identity,
            obligation.void_reason or "",
        )

    def restate(self, matter: Matter, memory: Memory) -> None:
        """The cases were made anew: what was announced of each obligation is held against what is true of it now."""
        left = dict(memory)
        for case in matter.cases.values():
            for obligation in case.obligations:
                _, known = left.pop(obligation.id, (None, None))
                obligation.said = None if known is None else known.said
            self.judge(case, case.obligations)
        for case, obligation in left.values():
            self._withdraw(case, obligation)

    def _withdraw(self, case: Case, obligation: Obligation) -> None:
        """A late event shows that an obligation never was: what was said of it is taken back."""
        before = obligation.said
        assert before is not None
        if before.verdict is not Verdict.VOID:
            obligation.void_reason = "a late event shows that it was never owed"
            obligation.said = Announced(Verdict.VOID, before.due, None, before.warnings)
            self.decisions.append(self._decide(DecisionType.WITHDRAWN, case, obligation, before))

"""The door to the domain: `step(matter, events, now) -> (matter, decisions)`.

Pure: no clock, no input or output. The state of a matter is a function of the set of its events; verdicts are
a function of that, of `now` and of what was heard. Decisions are what is different from what was announced
before, so a repeat of the same step decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from monitor.domain.cases.case import Case
from monitor.domain.cases.coverage import FULL, Coverage
from monitor.domain.cases.decisions import (
    CHANGES_OF_VERDICT,
    FIRST,
    Decision,
    DecisionType,
    decide,
    decision_types,
    wake_of,
    warnings_passed,
)
from monitor.domain.cases.hand_downs import HandDown, HandDownName, withdraw
from monitor.domain.cases.matter import Matter
from monitor.domain.cases.obligation import BROKEN, RUNNING, Obligation, Verdict
from monitor.domain.cases.owning import owe_steps
from monitor.domain.facts.events import Event
from monitor.domain.hours.instant import FOREVER_US, InstantUs
from monitor.domain.promises.promised_amends import STEPS

Memory: TypeAlias = Mapping[str, tuple[Case, Obligation]]
"""Obligations of which something was announced, with their cases, by identifier."""

_PASSED = frozenset({Verdict.BROKEN, Verdict.EXCUSED, Verdict.UNKNOWN})
_NEVER_OWED = "a late event shows that it was never owed"
_NO_BREACH = "what it is about is no breach"
_FINAL = frozenset({Verdict.KEPT, Verdict.BROKEN, Verdict.EXCUSED, Verdict.VOID})


def step(
    matter: Matter, events: Sequence[Event], now: InstantUs, coverage: Coverage = FULL, *, again: bool = False
) -> tuple[Matter, list[Decision]]:
    """Takes events into a matter and decides what is different at `now`; `again` looks at every obligation, whether something
    changed or not.

    The matter passed in is used up: go on with the one returned. (It is the same object, changed in place, for copying
    a case at each event costs more than judging it; whoever must step back makes the matter anew from its events.)
    """
    cases = matter.cases  # as they were announced: if the past is made anew, the matter has others from then on
    decisions: list[Decision] = []
    is_anew = looks_at_all = matter.take(events)
    if is_anew:
        _restate(matter, _announced(cases), now, coverage, decisions)
        matter.wakes_at = next_wake(matter)
    elif again or _is_time(matter, now) or (coverage is not matter.coverage and coverage != matter.coverage):
        looks_at_all = True
        for case in cases.values():
            _judge(case, case.clocks.obligations, matter, now, coverage, decisions)
        matter.wakes_at = next_wake(matter)
    else:
        for case in cases.values():
            if case.clocks.changed:
                changed = case.clocks.changed
                # What is opened and ended by one batch was changed twice, and is looked at once.
                once = changed if len(changed) == 1 else dict.fromkeys(changed)
                _judge(case, once, matter, now, coverage, decisions)
    if matter.book.breach_rules and (looks_at_all or decisions or matter.taken_last is not None):
        decisions += _owe(matter, cases, now, coverage, is_anew=is_anew)
    matter.coverage = coverage
    if matter.book.watches_people and (matter.handed_down or _has_hand_downs(matter.cases)):
        decisions += _different_hand_downs(matter, now)
    return matter, decisions


def _is_time(matter: Matter, now: InstantUs) -> bool:
    """Whether time alone decides something of what was announced. What the matter was to be looked at for may have ended
    since: that is found out only now, for most matters are told more before."""
    if now < matter.wakes_at:
        return False
    matter.wakes_at = next_wake(matter)
    return now >= matter.wakes_at


def _judge(
    case: Case,
    obligations: Iterable[Obligation],
    matter: Matter,
    now: InstantUs,
    coverage: Coverage,
    decisions: list[Decision],
) -> None:
    """Decides what is different about these obligations of a case."""
    client, cause = case.client, matter.taken_last
    for obligation in obligations:
        before, warnings = obligation.said_verdict, obligation.said_warnings
        verdict, due = obligation.judge(now, coverage)
        if verdict is RUNNING and before in _PASSED and obligation.said_due == due:
            # What was said to have passed has passed, also where `now` is held back while the past is caught up with.
            verdict, due = obligation.judge(max(now, (due or now) + 1), coverage)
        if verdict is RUNNING:
            if obligation.promise.warn:
                passed = warnings_passed(obligation, now)
                # What was warned of is warned of again where it is due later now; by a clock that steps back nothing is.
                warnings = passed if due != obligation.said_due else max(warnings, passed)
            wakes_at = wake_of(obligation, warnings)
            matter.wakes_at = min(matter.wakes_at, wakes_at)
        ended = obligation.ended
        if before is None and verdict is not BROKEN and not warnings:
            types = FIRST[verdict]  # so it is with most
        else:
            types = decision_types(obligation, verdict, due, ended, warnings)
        if types:
            obligation.said_verdict, obligation.said_warnings = verdict, warnings
            obligation.said_due, obligation.said_ended = due, ended
            decide(decisions, types, client, obligation, before, cause, now)
    case.clocks.changed.clear()


def next_wake(matter: Matter) -> InstantUs:
    """The next instant at which time alone decides something in the matter: a warning, or the first one after a due one."""
    wakes_at = FOREVER_US
    for case in matter.cases.values():
        steps = case.clocks.steps
        for obligation in [*case.clocks.live(), *steps] if steps else case.clocks.live():
            if obligation.said_verdict is RUNNING:
                wakes_at = min(wakes_at, wake_of(obligation, obligation.said_warnings))
    return wakes_at


def _owe(
    matter: Matter, before: Mapping[str, Case], now: InstantUs, coverage: Coverage, *, is_anew: bool
) -> list[Decision]:
    """What is different about what is owed for breaches; `before` are the cases as they were announced."""
    known = {step.id: (case, step) for case in before.values() for step in case.clocks.steps}
    owe_steps(matter.cases, matter.book, announced_verdict)
    decisions: list[Decision] = []
    for case in matter.cases.values():
        for step in case.clocks.steps:
            _, announced = known.pop(step.id, (None, None))
            step.recall(announced)
        if case.clocks.steps:
            _judge(case, case.clocks.steps, matter, now, coverage, decisions)
    if is_anew:
        decisions = [as_restatement(decision) for decision in decisions]
    for case, step in known.values():
        _withdraw(case, step, now, matter.taken_last, decisions)
    return decisions


def announced_verdict(obligation: Obligation) -> Verdict | None:
    """What was last said of an obligation; None where nothing was."""
    return obligation.said_verdict


def _different_hand_downs(matter: Matter, now: InstantUs) -> Iterator[Decision]:
    """What is different about the work that was handed down from what was announced of it."""
    found, before = hand_downs_of(matter), matter.handed_down
    matter.handed_down = {name: (client, handed_down.at) for name, (client, handed_down) in found.items()}
    for name, (client, handed_down) in found.items():
        if name not in before:
            yield handed_down.decide(name.case, client)
    for name, (client, opened) in before.items():
        if name not in found:
            yield withdraw(name, client, opened, matter.taken_last, now)


def _has_hand_downs(cases: Mapping[str, Case]) -> bool:
    for case in cases.values():  # noqa: SIM110  asked at each step: a generator takes three times as long
        if case.conduct is not None and case.conduct.hand_downs:
            return True
    return False


def hand_downs_of(matter: Matter) -> dict[HandDownName, tuple[str, HandDown]]:
    """Every time work was handed down in a matter, with the client of the case."""
    return {
        HandDownName(case.id, handed_down.occasion): (case.client, handed_down)
        for case in matter.cases.values()
        if case.conduct is not None
        for handed_down in case.conduct.hand_downs
    }


def _announced(cases: Mapping[str, Case]) -> Memory:
    return {
        obligation.id: (case, obligation)
        for case in cases.values()
        for obligation in case.clocks.obligations
        if obligation.said_verdict is not None
    }


def _restate(matter: Matter, memory: Memory, now: InstantUs, coverage: Coverage, decisions: list[Decision]) -> None:
    """The cases were made anew: what was announced of each obligation is held against what is true of it now."""
    left = dict(memory)
    for case in matter.cases.values():
        for obligation in case.clocks.obligations:
            _, known = left.pop(obligation.id, (None, None))
            obligation.recall(known)
        _judge(case, case.clocks.obligations, matter, now, coverage, decisions)
    decisions[:] = [as_restatement(decision) for decision in decisions]
    for case, obligation in left.values():
        _withdraw(case, obligation, now, matter.taken_last, decisions)


def as_restatement(decision: Decision) -> Decision:
    """What is known only now, a late event or another book, restates a final verdict that it changes."""
    is_restated = decision.previous in _FINAL and decision.type in CHANGES_OF_VERDICT
    return decision._replace(type=DecisionType.RESTATED) if is_restated else decision


def _withdraw(
    case: Case, obligation: Obligation, now: InstantUs, cause: Event | None, decisions: list[Decision]
) -> None:
    """A late event shows that an obligation never was: what was said of it is taken back."""
    before = obligation.said_verdict
    assert before is not None
    if before is not Verdict.VOID:
        obligation.void_reason = _NEVER_OWED if obligation.kind not in STEPS else _NO_BREACH
        obligation.announce(Verdict.VOID, obligation.said_due, None, obligation.said_warnings)
        decide(decisions, (DecisionType.WITHDRAWN,), case.client, obligation, before, cause, now)

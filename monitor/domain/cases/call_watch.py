"""The calls of one case, each with its own promise to be answered.

A call is owed an answer from the instant at which it joins a queue; one that is answered without ever queueing did not have
to wait. What ends its wait is the first of: a person answers, the caller hangs up, leaves a message or is cut off. Later
steps of the same call change nothing.
"""

from __future__ import annotations

from typing import TypeAlias

from monitor.domain.cases.case_state import CaseState, Phase
from monitor.domain.cases.case_watch import put, settle
from monitor.domain.cases.obligation import KEPT, Conclusion, Obligation
from monitor.domain.facts.events import Call, CallStep, Event
from monitor.domain.hours.instant import FOREVER_US, InstantUs, describe_duration
from monitor.domain.promises.promise import Kind, Promise
from monitor.domain.promises.promised_calls import CallTerms, Credit
from monitor.domain.work.calls import CallFacts

_OFFERED, _ANSWERED, _ABANDONED, _TRANSFERRED = (
    CallStep.OFFERED,
    CallStep.ANSWERED,
    CallStep.ABANDONED,
    CallStep.TRANSFERRED,
)
_DELETED = Phase.DELETED
_ANSWER_CALL = Kind.ANSWER_CALL


class FollowedCall(CallFacts):
    """What happened to one call, and what is owed for it."""

    __slots__ = ("is_owed", "obligation")

    def __init__(self, *, inbound: bool) -> None:
        CallFacts.__init__(self, inbound)
        self.is_owed = False
        """Whether it was to be answered, promised or not."""
        self.obligation: Obligation | None = None
        """None where an answer was promised to nobody."""


FollowedCalls: TypeAlias = dict[tuple[str, str], FollowedCall]
"""The calls of one case, by source and their own names. What they owe stays with the case, whatever that is merged into."""


def take_step(
    calls: FollowedCalls, call: FollowedCall, case: CaseState, event: Event, fact: Call, *, is_answer: bool
) -> None:
    """Takes in a step of one of the calls of a case, which the case has just applied and which is an answer by a person or not."""
    obligation = call.obligation
    if obligation is not None and not obligation.is_open:
        return  # what comes after its end changes nothing
    step = fact.step
    joins = (is_answer or (step is _OFFERED and fact.queue is not None)) and fact.inbound
    if joins and not call.is_owed and case.phase is not _DELETED:
        obligation = call.obligation = _open(calls, case, event, fact)
        call.is_owed = True
    if obligation is None:
        return
    if is_answer:
        obligation.promise_until(_due(obligation))
        obligation.end(event)
    elif step not in (_OFFERED, _ANSWERED, _TRANSFERRED):
        _end_unanswered(obligation, event, abandoned=step is _ABANDONED)
    if not obligation.is_open:
        settle(case, obligation)


def _open(calls: FollowedCalls, case: CaseState, event: Event, fact: Call) -> Obligation | None:
    promise = case.terms(event.time).answer_call
    if promise is None:
        case.unpromised |= {_ANSWER_CALL}
        return None
    is_taken = len(calls) > 1 and any(each.is_owed and name == fact.call for (_, name), each in calls.items())
    occasion = f"{event.source} {fact.call}" if is_taken else fact.call
    due = FOREVER_US if _terms(promise).leaves_out_abandons else None
    obligation = Obligation(case.id, promise, event.time, event, occasion, due)
    put(case, obligation)
    return obligation


def _terms(promise: Promise) -> CallTerms:
    assert promise.calls is not None
    return promise.calls


def _due(obligation: Obligation) -> InstantUs:
    """The last instant at which an answer is in time."""
    promise = obligation.promise
    assert promise.target is not None
    return promise.target.due(obligation.opened, promise.hours)


def _end_unanswered(obligation: Obligation, event: Event, *, abandoned: bool) -> None:
    """The caller hung up, left a message or was cut off: the formula says what that counts as, also where it was late."""
    terms, wait, is_late = _terms(obligation.promise), event.time - obligation.opened, obligation.is_late_at(event.time)
    credit = terms.of_abandon(wait, is_late=is_late) if abandoned else terms.of_neither()
    how = f"{'the caller hung up' if abandoned else 'the call ended unanswered'} after {describe_duration(wait)}"
    if credit is Credit.EXCLUDED:
        obligation.expect_nothing()
        obligation.void(event, f"{how}, which the formula {terms.formula} leaves out")
    elif credit is Credit.MET:
        obligation.conclude(event, Conclusion(KEPT, how))
    elif is_late:
        obligation.end(event)
    else:
        obligation.break_by(event, event.time, how)

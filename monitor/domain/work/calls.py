"""What happened to telephone calls: how long they waited in a queue, whether somebody answered, who hung up.

Facts only: whether a promise on calls was kept is judged elsewhere. The wait is counted from joining the queue; a
call that never joined one has no wait. What ends it is the first of: a person answers, the caller hangs up, leaves a
message or is cut off. Counts are pooled, never percentages averaged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import mean, median
from typing import Final

from monitor.domain.facts.events import OWN_SOURCE, Call, CallStep, Event
from monitor.domain.hours.instant import DurationUs, InstantUs
from monitor.domain.promises.promise import Book


class CallOutcome(StrEnum):
    """What became of a call."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    VOICEMAIL = "voicemail"
    CUT_OFF = "cut_off"
    """It ended without anybody answering or hanging up."""


_OFFERED, _ANSWERED, _TRANSFERRED = CallStep.OFFERED, CallStep.ANSWERED, CallStep.TRANSFERRED
_BY_PERSON = CallOutcome.ANSWERED
_ENDINGS: Final = {
    CallStep.ABANDONED: CallOutcome.ABANDONED,
    CallStep.VOICEMAIL: CallOutcome.VOICEMAIL,
    CallStep.ENDED: CallOutcome.CUT_OFF,
}
_BY_SOMEBODY: Final = frozenset({CallOutcome.ANSWERED, CallOutcome.ABANDONED})


def is_answered(event: Event, step: Call, book: Book) -> bool:
    """Whether this step is an answer by a person: no robot, and no word of Kept's own."""
    return step.step is _ANSWERED and step.genuine and event.source != OWN_SOURCE and not book.is_robot(step.agent)


@dataclass(slots=True)
class CallFacts:
    """One call, told step by step in canonical order. Instants are None where the step never happened."""

    inbound: bool
    queue: str | None = None
    """The queue it joined first; failing one, that in which it was answered."""
    queued_at: InstantUs | None = None
    ended_at: InstantUs | None = None
    """When its wait came to an end, or it was over without one."""
    outcome: CallOutcome | None = None
    """How that was; None while it still waits."""
    transfers: int = 0
    is_settled: bool = False
    """Whether no later step changes what became of it, or how long it waited: it is over, and was not over in the menu."""

    def take(self, event: Event, step: Call, *, is_answer: bool) -> None:
        """Takes note of a step, and whether it is an answer by a person (`is_answered`). Once a call was answered, or is
        over, only being put through makes a difference."""
        kind = step.step
        if kind is _TRANSFERRED:
            self.transfers += 1
        elif is_answer:
            if self.outcome is None or not self.is_offered:
                self._end(event, _BY_PERSON)
                self.queue = self.queue if self.queued_at is not None else step.queue
        elif kind is _OFFERED:
            self._join(event, step)
        elif self.outcome is None and kind in _ENDINGS:
            self._end(event, _ENDINGS[kind])

    def _join(self, event: Event, step: Call) -> None:
        if step.queue is not None and not self.is_offered:
            self.queue, self.queued_at = step.queue, event.time
            self.ended_at = self.outcome = None

    def _end(self, event: Event, outcome: CallOutcome) -> None:
        self.ended_at, self.outcome = event.time, outcome
        self.is_settled = outcome is _BY_PERSON or self.queued_at is not None

    @property
    def is_offered(self) -> bool:
        """Whether an answer was owed: it joined a queue, or was answered straight away. Others were over in the menu."""
        return self.queued_at is not None or self.outcome is _BY_PERSON

    @property
    def offered_at(self) -> InstantUs | None:
        """Since when an answer was owed; of one that never was, when it was over."""
        return self.ended_at if self.queued_at is None else self.queued_at

    @property
    def wait(self) -> DurationUs | None:
        """From joining the queue to the end of the wait; None where it never queued, or still waits."""
        if self.queued_at is None or self.ended_at is None:
            return None
        return self.ended_at - self.queued_at


def calls_in(events: Iterable[Event], book: Book) -> dict[tuple[str, str], CallFacts]:
    """The calls in some events, given in canonical order, by source and their own names."""
    known: dict[tuple[str, str], CallFacts] = {}
    for event in events:
        if type(event.fact) is Call:
            call = (event.source, event.fact.call)
            is_answer = is_answered(event, event.fact, book)
            known.setdefault(call, CallFacts(event.fact.inbound)).take(event, event.fact, is_answer=is_answer)
    return known


@dataclass(slots=True)
class CallTally:
    """The facts of many calls, pooled."""

    calls: list[CallFacts] = field(default_factory=list)

    def add(self, events: Iterable[Event], book: Book) -> None:
        """Adds the calls in the events of one matter, given in canonical order."""
        self.calls.extend(calls_in(events, book).values())

    @property
    def answered(self) -> list[CallFacts]:
        return [call for call in self.calls if call.outcome is CallOutcome.ANSWERED]

    @property
    def abandoned(self) -> list[CallFacts]:
        return [call for call in self.calls if call.outcome is CallOutcome.ABANDONED]

    @property
    def neither(self) -> list[CallFacts]:
        """Calls that ended without anybody answering or hanging up (what exchanges call phantoms), or still wait."""
        return [call for call in self.calls if call.outcome not in _BY_SOMEBODY]

    @property
    def waits(self) -> list[DurationUs]:
        """The waits of all calls that queued, in microseconds."""
        return [call.wait for call in self.calls if call.wait is not None]

    @property
    def mean_wait(self) -> float | None:
        return mean(self.waits) if self.waits else None

    @property
    def median_wait(self) -> float | None:
        return median(self.waits) if self.waits else None

    def answered_within(self, limit: DurationUs) -> int:
        """How many calls were answered at most `limit` after they joined a queue; one that never had to queue is."""
        return sum(1 for call in self.answered if (call.wait or 0) <= limit)

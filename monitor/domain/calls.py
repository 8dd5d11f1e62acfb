"""What happened to telephone calls: how long they waited in a queue, whether somebody answered, who hung up.

Facts only: whether a promise on calls was kept is judged elsewhere. The wait is counted from joining the queue; a
call that never joined one has no wait. Counts are pooled, never percentages averaged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import mean, median

from monitor.domain.events import Call, CallStep, Event
from monitor.domain.instant import DurationUs, InstantUs


@dataclass(slots=True)
class CallFacts:
    """One call. Instants are None where the step never happened."""

    queued_at: InstantUs | None = None
    answered_at: InstantUs | None = None
    abandoned_at: InstantUs | None = None
    ended_at: InstantUs | None = None

    def take(self, event: Event, step: Call) -> None:
        """Takes note of a step; the first of each kind counts."""
        if step.step is CallStep.OFFERED and step.queue is not None and self.queued_at is None:
            self.queued_at = event.time
        elif step.step is CallStep.ANSWERED and step.genuine and self.answered_at is None:
            self.answered_at = event.time
        elif step.step is CallStep.ABANDONED and self.abandoned_at is None:
            self.abandoned_at = event.time
        elif step.step is CallStep.ENDED and self.ended_at is None:
            self.ended_at = event.time

    @property
    def wait(self) -> DurationUs | None:
        """From joining the queue to being answered or hanging up; None where it never queued, or still waits."""
        left_at = self.answered_at if self.answered_at is not None else self.abandoned_at
        left_at = left_at if left_at is not None else self.ended_at
        if self.queued_at is None or left_at is None:
            return None
        return left_at - self.queued_at


@dataclass(slots=True)
class CallTally:
    """The facts of many calls, pooled."""

    calls: list[CallFacts] = field(default_factory=list)

    def add(self, events: Iterable[Event]) -> None:
        """Adds the calls in the events of one matter, given in canonical order."""
        known: dict[tuple[str, str], CallFacts] = {}
        for event in events:
            if type(event.fact) is Call:
                known.setdefault((event.source, event.fact.call), CallFacts()).take(event, event.fact)
        self.calls.extend(known.values())

    @property
    def answered(self) -> list[CallFacts]:
        return [call for call in self.calls if call.answered_at is not None]

    @property
    def abandoned(self) -> list[CallFacts]:
        return [call for call in self.calls if call.abandoned_at is not None]

    @property
    def neither(self) -> list[CallFacts]:
        """Calls that ended without anybody answering or hanging up: what exchanges call phantoms."""
        return [call for call in self.calls if call.answered_at is None and call.abandoned_at is None]

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

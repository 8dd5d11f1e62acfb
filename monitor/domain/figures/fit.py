"""Whether a firm and a client fit: by when the client wants things done, and whether this firm could have done them by then.

Theory of operation. A wish says from when on and until when something is wanted; what lies between is its lead time, in working
time. Whether a wish could have been met is asked of the firm's own comparable occasions, as whether a promise is attainable is
(`evidence.py`): of the client's for the same service and priority, failing enough of them of everybody's for these, then of
everybody's of that priority, then of all.
What meeting them goes with is looked for in the hours of the wishes: how much of what was due to others in them was late, beside
what was due to others outside them. That is never worded as a cause.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from monitor.domain.figures.evidence import Finding, Lengths, finding_of
from monitor.domain.figures.proportion import Estimate, estimate
from monitor.domain.hours.instant import DurationUs, InstantUs
from monitor.domain.hours.span import Span, merge
from monitor.domain.promises.promise import Kind


class Way(StrEnum):
    """What says until when something is wanted."""

    GIVEN = "given"
    """A date that was given to the client."""
    ASKED = "asked"
    """A date, or a time, that somebody proposed."""
    URGENCY = "urgency"
    """The priority of a case, by the time that the promise for it leaves to resolve it."""


class Wish(NamedTuple):
    """Something wanted in [since, wanted), by its kind of promise, `lead` in working time; `became` is how it ended, as shares
    count it (kept, broken, unknown, waiting, excused, void), None of what nobody promised."""

    case: str | None
    service: str | None
    priority: str | None
    way: Way
    kind: Kind
    since: InstantUs
    wanted: InstantUs
    lead: DurationUs
    became: str | None
    speaker: str | None = None
    words: str | None = None


class Compared(StrEnum):
    """Whose occasions a wish is held against, the narrowest first."""

    CLIENT = "client"
    """The client's own, for the same service and priority."""
    SERVICE = "service"
    """Everybody's for the same service and priority."""
    PRIORITY = "priority"
    """Everybody's of the same priority."""
    EVERYBODY = "everybody"


class Ladder(NamedTuple):
    """What took how long, circle by circle, the narrowest first, and how often a promise is to be kept at least."""

    circles: Sequence[tuple[Compared, Lengths]]
    share: float

    def judged(self, lead: DurationUs) -> Judged:
        """What the first circle says that says something of a lead time, else the last."""
        for circle, lengths in self.circles:
            kept, of = lengths.within(lead)
            found = Judged(circle, kept, of, finding_of(kept, of, self.share), lengths)
            if found.finding is not Finding.TOO_FEW:
                break
        return found


class Judged(NamedTuple):
    """What comparable occasions say of a lead time: kept so many of how many, of whom."""

    circle: Compared
    kept: int
    of: int
    finding: Finding
    lengths: Lengths


class Answered(NamedTuple):
    """A wish, and whether it could have been met."""

    wish: Wish
    judged: Judged

    @property
    def is_too_tight(self) -> bool:
        """Whether the record says that it could not have been met."""
        return self.judged.finding is Finding.NOT_ATTAINABLE


class Fitness(NamedTuple):
    """Of so many wishes, how many could have been met, could not, and of how many too few occasions say anything."""

    could: int
    could_not: int
    too_few: int
    became: Counter[str]

    @property
    def share(self) -> Estimate:
        """Those that could, of those of which anything can be said."""
        return estimate(self.could, self.could + self.could_not)

    @property
    def delivered(self) -> Estimate:
        """Those that were kept, of those kept and broken."""
        return estimate(self.became["kept"], self.became["kept"] + self.became["broken"])


def fitness(answered: Iterable[Answered]) -> Fitness:
    """What comes of several wishes together."""
    findings: Counter[Finding] = Counter()
    became: Counter[str] = Counter()
    for wish, judged in answered:
        findings[judged.finding] += 1
        if wish.became is not None:
            became[wish.became] += 1
    return Fitness(findings[Finding.ATTAINABLE], findings[Finding.NOT_ATTAINABLE], findings[Finding.TOO_FEW], became)


def middle(lengths: Iterable[DurationUs]) -> DurationUs | None:
    """The least length that at least half of them do not exceed; None of none."""
    ordered = sorted(lengths)
    return ordered[(len(ordered) - 1) // 2] if ordered else None


def spans_of(wishes: Iterable[Wish]) -> list[Span]:
    """The time in which any of some wishes was to be met, each instant once."""
    return merge((wish.since, wish.wanted) for wish in wishes)


def is_within(at: InstantUs, spans: Sequence[Span]) -> bool:
    """Whether an instant lies in spans that are apart."""
    place = bisect_right(spans, at, key=lambda span: span[0]) - 1
    return place >= 0 and at < spans[place][1]


class Cost(NamedTuple):
    """Of what was due to others, how much was late: in the hours of some wishes, and outside them."""

    due: int
    late: int
    due_outside: int
    late_outside: int

    @property
    def during(self) -> Estimate:
        return estimate(self.late, self.due)

    @property
    def outside(self) -> Estimate:
        return estimate(self.late_outside, self.due_outside)


class Dues:
    """When something was due to others, and whether it was late then."""

    def __init__(self, in_time: Iterable[InstantUs], late: Iterable[InstantUs]) -> None:
        # Instants of one machine word each: there may be millions.
        self._in_time, self._late = (array("q", sorted(each)) for each in (in_time, late))

    def cost(self, spans: Sequence[Span]) -> Cost:
        """What was due in spans that are apart, and outside them."""
        in_time, late = (_number_in(each, spans) for each in (self._in_time, self._late))
        outside = len(self._in_time) - in_time, len(self._late) - late
        return Cost(in_time + late, late, sum(outside), outside[1])


def _number_in(instants: Sequence[InstantUs], spans: Sequence[Span]) -> int:
    return sum(bisect_left(instants, closes) - bisect_left(instants, opens) for opens, closes in spans)

"""Four numbers of a promise in a period: promised, expected, attainable, delivered. This is what was delivered.

A promise may be kept and the client disappointed all the same, because they believed they were promised more: that is a
state of its own. Delivered is told of those that ended in time or late, and of those that are open and late. The latter
take longer than any that have ended, as far as anybody knows: a median or percentile that falls among them has no value yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from monitor.domain.figures.shares import Occasions, pooled_occasions
from monitor.domain.hours.instant import DurationUs
from monitor.domain.hours.target import CalendarDuration, Target, WorkingDuration
from monitor.domain.promises.promise import Kind, Promise
from monitor.domain.promises.promised_people import MILLION

LASTING_KINDS: Final = frozenset(
    {
        Kind.FIRST_RESPONSE,
        Kind.NEXT_RESPONSE,
        Kind.UPDATE_EVERY,
        Kind.OWN,
        Kind.RESOLVE,
        Kind.ANSWER_CALL,
        Kind.CALLBACK,
    }
)
"""The kinds that promise a length of time, the same for each occasion. A given date is another one each time."""


class NumbersState(StrEnum):
    """How a promise stands in a period."""

    NOTHING = "nothing"
    """Nothing was decided: no number at all, which is not the same as kept."""
    KEPT = "kept"
    """The promised share of them was kept, and what the client expected, too, as far as that is known."""
    EXPECTATION_MISSED = "expectation_missed"
    """The promise was kept; what the client believed they were promised was not."""
    MISSED = "missed"
    """Less than the promised share was kept."""
    UNKNOWN = "unknown"
    """What can't be known decides it."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of the obligations of one promise in a period.

    `open_late` of the broken ones have not ended. `lengths` are how many of the kept and broken ones that ended took how long.
    `within_expected` are those that also were what the client expected; None where that can't be told.
    """

    occasions: Occasions
    open_late: int = 0
    lengths: Mapping[DurationUs, int] = field(default_factory=dict)
    within_expected: int | None = None

    @property
    def kept_unexpected(self) -> int | None:
        """Kept, and not what the client expected; None where that can't be told."""
        return None if self.within_expected is None else max(0, self.occasions.kept - self.within_expected)

    def quantile(self, hundredths: int) -> DurationUs | None:
        """The least length that so many in a hundred took at most; None where there are none or it is not known yet."""
        measured = sum(self.lengths.values())
        rank = -(-(measured + self.open_late) * hundredths // 100)
        if not 0 < rank <= measured:
            return None
        for length in sorted(self.lengths):
            rank -= self.lengths[length]
            if rank <= 0:
                return length
        return None

    def state(self, millionths: int) -> NumbersState:
        """How it stands where so many in a million are to be kept."""
        kept, counted, unknown = self.occasions.kept, self.occasions.counted, self.occasions.unknown
        if not counted + unknown:
            return NumbersState.NOTHING
        if (kept + unknown) * MILLION < millionths * (counted + unknown):
            return NumbersState.MISSED
        if kept * MILLION < millionths * (counted + unknown):
            return NumbersState.UNKNOWN
        if self.within_expected is not None and self.within_expected * MILLION < millionths * counted:
            return NumbersState.EXPECTATION_MISSED
        return NumbersState.KEPT


def pooled(parts: Sequence[Delivered]) -> Delivered:
    """What became of the obligations of one promise in several stretches of time, one at least."""
    if len(parts) == 1:
        return parts[0]
    lengths: Counter[DurationUs] = Counter()
    for part in parts:
        lengths.update(part.lengths)
    within = [part.within_expected for part in parts]
    return Delivered(
        pooled_occasions([part.occasions for part in parts]),
        sum(part.open_late for part in parts),
        lengths,
        None if None in within else sum(each or 0 for each in within),
    )


def lasts(promise: Promise) -> bool:
    """Whether a promise is of a length of time."""
    return promise.kind in LASTING_KINDS and promise.target is not None


def length_of(target: Target | None) -> DurationUs | None:
    """The length of a target in its own time; None for days, whose length depends on where they lie."""
    return target.length if isinstance(target, WorkingDuration | CalendarDuration) else None


def comparable_expectation(promises: Sequence[Promise]) -> DurationUs | None:
    """What the client expects, as a length of the time the promise counts; None where it says nothing of the kind.

    `promises` are one version of a promise in all editions, the newest last, whose word counts. An expectation in other time
    than the promise's own (calendar beside working time, days beside hours) can't be held against the time on record.
    """
    newest = promises[-1]
    expected, target = newest.expected, newest.target
    if not lasts(newest) or expected is None or target is None:
        return None
    return length_of(expected) if expected.counts_working_time == target.counts_working_time else None

"""Whether those who do a client's work of a period are as senior as was promised: all their cases together.

The share is one of minutes or of touches, in whole numbers (microseconds, or how many), so that what is short by a
millionth is short. Whoever is not known makes a lower and an upper share.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from monitor.domain.cases.matter import Matter
from monitor.domain.cases.seniority import Fitness
from monitor.domain.figures.delivered import Work, followed_in, work_for_periods
from monitor.domain.figures.shares import ShareState, millionths_of
from monitor.domain.hours.instant import InstantUs
from monitor.domain.hours.period import Period
from monitor.domain.promises.promised_people import MILLION, Measure
from monitor.domain.promises.promised_shares import ShareTerms


class WorkDone(NamedTuple):
    """How much work there is, by whether whoever did it is who was promised; in microseconds, or touches."""

    fit: int = 0
    below: int = 0
    unknown: int = 0

    @property
    def counted(self) -> int:
        """That of which it is known whose it is."""
        return self.fit + self.below

    @property
    def whole(self) -> int:
        """All of it."""
        return self.counted + self.unknown

    def with_more(self, fitness: Fitness, amount: int) -> WorkDone:
        """The same and more."""
        amounts = [*self]
        amounts[fitness] += amount
        return WorkDone(*amounts)


def promised_work_in(matter: Matter) -> Iterator[Work]:
    """The work in every case of a matter of which a share is promised over periods."""
    for case, conduct in followed_in(matter):
        for done in work_for_periods(case, conduct, matter.directory):
            if done.promise is not None:
                yield done


def amount_of(done: Work, measure: Measure) -> int:
    """What a touch counts for: its length, or one; how long somebody talked is no touch of its own."""
    return (done.touch.length or 0) if measure is Measure.MINUTES else int(done.is_touch)


@dataclass(frozen=True, slots=True)
class WorkAccount:
    """The share of one period as of an instant `now`, which is not before the period's beginning."""

    terms: ShareTerms
    done: WorkDone
    period: Period
    now: InstantUs

    @property
    def share_millionths(self) -> int | None:
        """That of the fit in what is known, rounded down; None where nothing is."""
        return millionths_of(self.done.fit, self.done.counted)

    @property
    def lower_millionths(self) -> int | None:
        """The share if none of the unknown were who was promised, rounded down."""
        return millionths_of(self.done.fit, self.done.whole)

    @property
    def upper_millionths(self) -> int | None:
        """The share if all of them were, rounded up."""
        below = millionths_of(self.done.below, self.done.whole)
        return None if below is None else MILLION - below

    @property
    def state(self) -> ShareState:
        """How the period stands. While it runs, work that is still to come can make up for anything: nothing is spent."""
        fit, _, unknown = self.done
        if self.now < self.period.ends_at:
            if not self.done.counted:
                return ShareState.NO_VALUE
            return ShareState.ON_COURSE if self._is_enough(fit, self.done.counted) else ShareState.AT_RISK
        if not self.done.whole:
            return ShareState.NO_VALUE
        if self._is_enough(fit, self.done.whole):
            return ShareState.KEPT
        return ShareState.UNKNOWN if self._is_enough(fit + unknown, self.done.whole) else ShareState.MISSED

    def _is_enough(self, part: int, whole: int) -> bool:
        return part * MILLION >= self.terms.millionths * whole

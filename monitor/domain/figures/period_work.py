"""Whether those who do a client's work of a period are as senior as was promised: all their cases together.

The share is one of minutes or of touches, in whole numbers (microseconds, or how many), so that what is short by a
millionth is short. It is reckoned as that of cases is (`shares.py`), its budget included: so much as others may do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from monitor.domain.cases.matter import Matter
from monitor.domain.cases.seniority import Fitness
from monitor.domain.figures.delivered import Work, followed_in, work_for_periods
from monitor.domain.figures.shares import Occasions
from monitor.domain.promises.promised_people import Measure


class WorkDone(NamedTuple):
    """How much work there is, by whether whoever did it is who was promised; in microseconds, or touches."""

    fit: int = 0
    below: int = 0
    unknown: int = 0

    @property
    def as_occasions(self) -> Occasions:
        """The same as a share reckons it: kept by the fit, broken by the others, so much each; nothing of it waits."""
        return Occasions(kept=self.fit, broken=self.below, unknown=self.unknown)

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

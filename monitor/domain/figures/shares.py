"""Promises kept in a share of cases: how much of the period's share is kept, and what its error budget still allows.

A share is reckoned over the obligations that opened in a period. Kept and broken ones count; of the others it is said how
many there are. What is unknown could be either: it makes a lower and an upper share. The error budget are the breaches
that the promise allows: 95 % of 40 allow 2. Everything is reckoned in whole numbers, so that a share that is short by one
in a million is short. A share of the work (`period_work.py`) is reckoned by the same account, in microseconds or touches.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from monitor.domain.cases.obligation import Verdict
from monitor.domain.hours.instant import InstantUs
from monitor.domain.hours.period import Period
from monitor.domain.promises.promised_people import MILLION
from monitor.domain.promises.promised_shares import ShareTerms


def as_ratio(millionths: int | None) -> float | None:
    """A share as it is shown, from what it is reckoned in; None stays None."""
    return None if millionths is None else millionths / MILLION


class ShareState(StrEnum):
    """How the share of a period stands."""

    NO_VALUE = "no_value"
    """Nothing was decided: no share at all, which is not the same as all of it."""
    ON_COURSE = "on_course"
    """What was decided until now keeps the promise."""
    AT_RISK = "at_risk"
    """It does not; the rest of the period can still make up for it."""
    SPENT = "spent"
    """More was broken than the whole period allows, if things go on coming as they do."""
    KEPT = "kept"
    """The period is over, and whatever is still open or unknown changes nothing."""
    MISSED = "missed"
    """The same."""
    UNKNOWN = "unknown"
    """The period is over, and what can't be known decides it."""


class Occasions(NamedTuple):
    """How many obligations of a period there are of each verdict; `waiting` are those still running or paused."""

    kept: int = 0
    broken: int = 0
    excused: int = 0
    void: int = 0
    unknown: int = 0
    waiting: int = 0

    @property
    def counted(self) -> int:
        """Those the share is a share of."""
        return self.kept + self.broken


def pooled_occasions(parts: Iterable[Occasions]) -> Occasions:
    """How many there are in several stretches of time."""
    return Occasions(*map(sum, zip(*parts, strict=True)))


COUNTED_AS = {
    Verdict.KEPT.value: "kept",
    Verdict.BROKEN.value: "broken",
    Verdict.EXCUSED.value: "excused",
    Verdict.VOID.value: "void",
    Verdict.UNKNOWN.value: "unknown",
    Verdict.RUNNING.value: "waiting",
    Verdict.PAUSED.value: "waiting",
}
"""As which of the occasions each verdict is counted."""


@dataclass(frozen=True, slots=True)
class ShareAccount:
    """The share of one period as of an instant `now`, which is not before the period's beginning."""

    terms: ShareTerms
    occasions: Occasions
    period: Period
    now: InstantUs

    @property
    def share_millionths(self) -> int | None:
        """Kept among kept and broken, rounded down; None where there are none."""
        return millionths_of(self.occasions.kept, self.occasions.counted)

    @property
    def lower_millionths(self) -> int | None:
        """The share if all that is unknown was broken, rounded down."""
        return millionths_of(self.occasions.kept, self.occasions.counted + self.occasions.unknown)

    @property
    def upper_millionths(self) -> int | None:
        """The share if all that is unknown was kept, rounded up."""
        known = millionths_of(
            -self.occasions.kept - self.occasions.unknown, self.occasions.counted + self.occasions.unknown
        )
        return None if known is None else -known

    @property
    def allowed(self) -> int:
        """How many of those decided until now may be broken."""
        return self._budget(self.occasions.counted)

    @property
    def left(self) -> int:
        """How many more of those may have been; negative: how many too many were."""
        return self.allowed - self.occasions.broken

    @property
    def is_over(self) -> bool:
        """Whether nothing opens in the period any more."""
        return self.now >= self.period.ends_at

    @property
    def expected(self) -> int:
        """How many will be decided in all: as many more as came in the time until now; of a period that is over, those there are."""
        occasions = self.occasions
        there = occasions.counted + occasions.waiting
        elapsed = self.now - self.period.starts_at
        if self.is_over or elapsed <= 0:
            return there
        return max(there, occasions.counted * (self.period.ends_at - self.period.starts_at) // elapsed)

    @property
    def allowed_by_end(self) -> int:
        """How many of those may be broken, what is unknown taken as kept."""
        return self._budget(self.expected + self.occasions.unknown)

    @property
    def left_by_end(self) -> int:
        """How many more may be broken until the end; negative: the promise of this period can't be kept any more, unless
        more comes than until now."""
        return self.allowed_by_end - self.occasions.broken

    @property
    def pace_millionths(self) -> int | None:
        """How many times as many were broken as the promise allows, in millionths: two million are twice as many.

        None where nothing was decided, or the promise allows none at all.
        """
        return millionths_of(
            self.occasions.broken * MILLION, (MILLION - self.terms.millionths) * self.occasions.counted
        )

    @property
    def in_a_row(self) -> int | None:
        """How many must be kept one after another until the promise is kept again; 0 where it is, None where no number is enough."""
        short = self.terms.millionths * self.occasions.counted - MILLION * self.occasions.kept
        if short <= 0:
            return 0
        spare = MILLION - self.terms.millionths
        return -(-short // spare) if spare else None

    @property
    def state(self) -> ShareState:
        """How the period stands."""
        occasions = self.occasions
        if not occasions.counted and not (self.is_over and occasions.unknown):
            return ShareState.NO_VALUE
        if self.is_over:
            undecided = occasions.unknown + occasions.waiting
            if occasions.broken + undecided <= self._budget(occasions.counted + undecided):
                return ShareState.KEPT
            if self.left_by_end < 0:
                return ShareState.MISSED
            if not occasions.waiting:
                return ShareState.UNKNOWN
        elif self.left_by_end < 0:
            return ShareState.SPENT
        return ShareState.ON_COURSE if self.left >= 0 else ShareState.AT_RISK

    def _budget(self, occasions: int) -> int:
        """How many of so many may be broken."""
        return (MILLION - self.terms.millionths) * occasions // MILLION


def millionths_of(part: int, whole: int) -> int | None:
    """The share of a part in millionths, rounded down; None of nothing."""
    return part * MILLION // whole if whole else None

"""What the firm's own past says of a promise before it is made: kept so many of how many, at least which share, how it went
month by month, and how tight the promise could have been.

What counts. Of the comparable occasions those are counted that were done (in time or late), that can't be done any more, and
that are open and late: the last two were not kept. Left out, each with its number, are those that are open and not due, void,
unknown, and excused where they would have been late.

The tightest target kept at a share is the smallest length at which the lower bound of those counted reaches the share. Its
confidence is that of the bound, though it is chosen by the same occasions: it is the upper tolerance limit of Wilks (Annals of
Mathematical Statistics 12, 1941), which assumes nothing of how lengths are distributed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from monitor.domain.figures.binomial import Drift, drift, fewest, lower_bound, refutes, shows
from monitor.domain.figures.occasion import Ending, Measured, Outcome
from monitor.domain.hours.instant import DurationUs, InstantUs
from monitor.domain.hours.local_time import local_us_of
from monitor.domain.hours.working_hours import WorkingHours


class Month(NamedTuple):
    """Of what opened in a month, e.g. `2026-03`: how many were kept, of how many."""

    name: str
    kept: int
    of: int


class Finding(StrEnum):
    """What the past says of a promise that one thinks of making."""

    ATTAINABLE = "attainable"
    """The lower bound reaches the share that is to be kept."""
    NOT_ATTAINABLE = "not_attainable"
    """It does not, although there are cases enough; or so few were kept that fewer cases say it, too."""
    TOO_FEW = "too_few"
    """Too few cases to say anything, even had all of them been kept."""


class CircleKind(StrEnum):
    """Whose cases are compared."""

    CLIENT = "client"
    TIER = "tier"
    EVERYBODY = "everybody"


class Circle(NamedTuple):
    """Whose cases are compared: those of one client, of one tier, of everybody; the last has no name."""

    kind: CircleKind
    name: str | None

    def describe(self) -> str:
        """For sentences."""
        return "everybody" if self.name is None else f"{self.kind} {self.name}"


def circles_of(client: str | None, tier: str | None) -> list[Circle]:
    """Whose cases are looked at, the narrowest first; a wider circle is for where a narrower one has too few."""
    named = (Circle(CircleKind.CLIENT, client), Circle(CircleKind.TIER, tier))
    return [*(circle for circle in named if circle.name is not None), Circle(CircleKind.EVERYBODY, None)]


class Evidence(NamedTuple):
    """What was counted. `lower` is the lower bound of the share that is kept; `tightest` is None where no target would do."""

    kept: int
    of: int
    lower: float
    counts: Mapping[Outcome, int]
    approximated: int
    months: tuple[Month, ...]
    drift: Drift | None
    tightest: DurationUs | None
    finding: Finding


def weigh(occasions: Sequence[Measured], share: float, hours: WorkingHours) -> Evidence:
    """The evidence in occasions for keeping a share (above 0, below 1) of a promise; months are those of the hours' zone."""
    counts = Counter(occasion.outcome for occasion in occasions)
    kept = counts[Outcome.KEPT]
    of = kept + counts[Outcome.LATE] + counts[Outcome.OPEN_LATE]
    months = _months(occasions, hours)
    return Evidence(
        kept,
        of,
        lower_bound(kept, of),
        counts,
        sum(occasion.is_approximated for occasion in occasions if occasion.outcome in _COUNTED),
        months,
        drift([month.kept for month in months], [month.of for month in months]),
        Lengths(occasions).tightest(share),
        finding_of(kept, of, share),
    )


_COUNTED = frozenset({Outcome.KEPT, Outcome.LATE, Outcome.OPEN_LATE})


def finding_of(kept: int, of: int, share: float) -> Finding:
    """What `kept` of `of` say of keeping a share."""
    if shows(kept, of, share):
        return Finding.ATTAINABLE
    if of >= fewest(share) or refutes(kept, of, share):
        return Finding.NOT_ATTAINABLE
    return Finding.TOO_FEW


class Lengths:
    """The lengths that occasions took, in one time, for whoever asks of many targets."""

    def __init__(self, occasions: Iterable[Measured]) -> None:
        done, counted, missed = [], [], 0
        for occasion in occasions:
            if occasion.ending is Ending.DONE:
                done.append(occasion.taken)
            if occasion.is_excused:
                continue
            if occasion.ending is Ending.MISSED:
                missed += 1
            elif occasion.ending in _MEASURED:
                counted.append(occasion.taken)
        self._done, self._counted, self._missed = sorted(done), sorted(counted), missed

    def within(self, length: DurationUs) -> tuple[int, int]:
        """(kept, of how many) by a target of this length. Longer ones keep more, and leave more of what is open undecided."""
        kept = bisect_right(self._done, length)
        return kept, kept + self._missed + len(self._counted) - bisect_right(self._counted, length)

    def tightest(self, share: float) -> DurationUs | None:
        """The smallest length that was kept at a share, by the lower bound; None where there is none."""
        # Where one length is kept, all longer ones are. Also where something undone or open is late no longer one may begin to be.
        lengths = sorted({*self._done, *self._counted})
        low, high = 0, len(lengths)
        while low < high:
            middle = (low + high) // 2
            if shows(*self.within(lengths[middle]), share):
                high = middle
            else:
                low = middle + 1
        return lengths[low] if low < len(lengths) else None

    @property
    def half(self) -> DurationUs | None:
        """The smallest length within which at least half of what can be told of it was done; None where there is none."""
        lengths = sorted({*self._done, *self._counted})
        place = bisect_left(lengths, True, key=self._is_half_done)
        return lengths[place] if place < len(lengths) else None

    def _is_half_done(self, length: DurationUs) -> bool:
        kept, of = self.within(length)
        return of > 0 and 2 * kept >= of


_MEASURED = frozenset({Ending.DONE, Ending.UNDONE, Ending.OPEN})
"""Endings that are late at any length shorter than the time taken."""


def _months(occasions: Sequence[Measured], hours: WorkingHours) -> tuple[Month, ...]:
    """Every month from the first opening to the last of those counted."""
    counted = [occasion for occasion in occasions if occasion.outcome in _COUNTED]
    if not counted:
        return ()
    openings = [occasion.opened for occasion in counted]
    starts, names = _month_starts(min(openings), max(openings), hours)
    kept, of = [0] * len(names), [0] * len(names)
    for occasion in counted:
        place = bisect_right(starts, occasion.opened) - 1
        of[place] += 1
        kept[place] += occasion.outcome is Outcome.KEPT
    return tuple(map(Month, names, kept, of))


def _month_starts(first: InstantUs, last: InstantUs, hours: WorkingHours) -> tuple[list[InstantUs], list[str]]:
    """The local months that lie in [first, last]: the instant at which each begins, and its name."""
    start, end = hours.to_local_datetime(first), hours.to_local_datetime(last)
    starts, names = [], []
    for number in range(start.year * 12 + start.month - 1, end.year * 12 + end.month):
        year, month = divmod(number, 12)
        starts.append(hours.instant_of(local_us_of(datetime(year, month + 1, 1))))  # noqa: DTZ001  local time
        names.append(f"{year}-{month + 1:02}")
    return starts, names

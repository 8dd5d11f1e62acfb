"""Open time prepared for binary search: every window of some years, with the open time up to its end.

The fast half of `working_hours`, whose theory of operation explains it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import NamedTuple

from monitor.domain.hours.instant import DAY_US, DurationUs, InstantUs
from monitor.domain.hours.local_time import DayNumber, instant_of, weekday
from monitor.domain.hours.span import Span, clip, merge, subtract
from monitor.domain.hours.timetable import REACH_DAYS, DayRange, Timetable, Windows

WEEK_US: DurationUs = 7 * DAY_US


class Pattern(NamedTuple):
    """Open time inside `[0, period)`, after which it repeats; the spans are sorted and apart."""

    period: DurationUs
    spans: list[Span]

    @classmethod
    def of(cls, spans: list[Span], period: DurationUs) -> Pattern:
        """The pattern of spans of which only what lies in `[0, period)` counts."""
        return cls(period, clip(spans, 0, period))


class Stretch(NamedTuple):
    """In `[start, end)` the pattern holds, laid out from `anchor` (not after the start)."""

    start: InstantUs
    end: InstantUs
    anchor: InstantUs
    pattern: Pattern

    def windows(self) -> list[Span]:
        """The open spans of the stretch; where a round of the pattern ends open, the next may go on from there."""
        laid_out = [
            (round_start + opens, round_start + closes)
            for round_start in range(self.anchor, self.end, self.pattern.period)
            for opens, closes in self.pattern.spans
        ]
        return clip(laid_out, self.start, self.end)


@dataclass(frozen=True, slots=True)
class Table:
    """Open time in `[first, last)`.

    `closes[i]` and `totals[i]`, the open time up to it, belong to `opens[i - 1]`, as `bisect_right` counts; their first
    entries stand for the time before any opening. `total` is the open time up to `last`.
    """

    first: InstantUs
    last: InstantUs
    opens: list[InstantUs]
    closes: list[InstantUs]
    totals: list[DurationUs]
    total: DurationUs

    @classmethod
    def of(cls, windows: Iterable[Span], first: InstantUs, last: InstantUs) -> Table:
        """The table of the windows, which may touch and reach beyond both ends."""
        inside = clip(merge(windows), first, last)
        totals = list(accumulate((closes - opens for opens, closes in inside), initial=0))
        return cls(
            first,
            last,
            opens=[opens for opens, _ in inside],
            closes=[first, *(closes for _, closes in inside)],
            totals=totals,
            total=totals[-1],
        )

    def between(self, start: InstantUs, end: InstantUs) -> DurationUs:
        """The open time in `[start, end)`, where the end is after the start."""
        first = bisect_right(self.opens, start)
        closing = self.closes[first]
        if end <= closing:
            return end - start
        last = bisect_right(self.opens, end, lo=first)
        work = self.totals[last] - self.totals[first]
        return work + max(closing - start, 0) - max(self.closes[last] - end, 0)

    def after(self, start: InstantUs, work: DurationUs) -> InstantUs | None:
        """The first instant at which `work`, more than none, has been worked since `start`; None if that is not before `last`."""
        index = bisect_right(self.opens, start)
        left = self.closes[index] - start
        if work <= left:
            return start + work
        wanted = self.totals[index] + work - max(left, 0)
        if wanted > self.total:
            return None
        index = bisect_left(self.totals, wanted, index)
        return self.closes[index] - self.totals[index] + wanted


def build_table(timetable: Timetable, days: DayRange, first: InstantUs, last: InstantUs) -> Table:
    """Compiles local dates, which have to begin before `first` and end after `last`, both in UTC."""
    stretches = _Builder(timetable).stretches(*days)
    return Table.of(chain.from_iterable(stretch.windows() for stretch in stretches), first, last)


class _Builder:
    """Lays out the stretches of a timetable; patterns that look alike are one object."""

    def __init__(self, timetable: Timetable) -> None:
        self._timetable = timetable
        self._zone = timetable.zone
        # The Sunday before as well: its night shift reaches into Monday.
        self._week = _pattern_of_days([timetable.week[day % 7] for day in range(-1, 7)])
        self._known: dict[tuple[Windows, ...], Pattern] = {}

    def stretches(self, first_day: DayNumber, last_day: DayNumber) -> Iterator[Stretch]:
        """In order and without gaps: ordinary weeks, exceptional dates, and dates around a disturbance."""
        exceptions = self._timetable.exceptions(first_day, last_day)
        disturbances = self._timetable.disturbances(first_day, last_day)
        irregular = merge(chain(exceptions, disturbances))
        ordinary = set(subtract([(first_day, last_day)], irregular))
        for days in sorted(chain(irregular, ordinary)):
            start, end = (instant_of(day * DAY_US, self._zone) for day in days)
            if days in ordinary:
                yield Stretch(start, end, start - weekday(days[0]) * DAY_US, self._week)
            elif clip(disturbances, *days):
                yield Stretch(start, end, start, self._disturbed(days, start, end))
            else:
                yield Stretch(start, end, start, self._exceptional(days))

    def _exceptional(self, days: DayRange) -> Pattern:
        """The pattern of dates with windows of their own, from the midnight they begin with."""
        windows = tuple(self._timetable.windows_of(day) for day in range(days[0] - 1, days[1]))
        known = self._known.get(windows)
        if known is None:
            known = self._known[windows] = _pattern_of_days(windows)
        return known

    def _disturbed(self, days: DayRange, start: InstantUs, end: InstantUs) -> Pattern:
        """The pattern of dates whose hours have to be converted one by one."""
        spans = self._timetable.opened_between(days[0] - REACH_DAYS, days[1])
        return Pattern.of([(opens - start, closes - start) for opens, closes in spans], end - start)


def _pattern_of_days(windows_by_day: Iterable[Windows]) -> Pattern:
    """The pattern of days of 24 hours; the first of them comes before time 0 and is there for what it leads over."""
    days = list(windows_by_day)
    spans = [
        (index * DAY_US + opens, index * DAY_US + closes)
        for index, windows in enumerate(days, start=-1)
        for opens, closes in windows
    ]
    return Pattern.of(merge(spans), (len(days) - 1) * DAY_US)

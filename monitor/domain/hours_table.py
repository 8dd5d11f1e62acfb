"""Open time prepared for binary search: stretches of time, each with a pattern that repeats.

The fast half of `working_hours`, whose theory of operation explains it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate, chain, pairwise
from typing import NamedTuple

from monitor.domain.instant import DAY_US, DurationUs, InstantUs
from monitor.domain.local_time import DayNumber, instant_of, weekday
from monitor.domain.span import Span, clip, merge, subtract
from monitor.domain.timetable import REACH_DAYS, DayRange, Timetable, Windows

WEEK_US: DurationUs = 7 * DAY_US


class Pattern(NamedTuple):
    """Open time inside `[0, period)`, after which it repeats.

    `closes[i]` and `totals[i]`, the open time up to it, belong to `opens[i - 1]`, as `bisect_right` counts; their first
    entries stand for the time before any opening.
    """

    period: DurationUs
    opens: tuple[DurationUs, ...]
    closes: tuple[DurationUs, ...]
    totals: tuple[DurationUs, ...]

    @classmethod
    def of(cls, spans: list[Span], period: DurationUs) -> Pattern:
        """The pattern of spans that are sorted and apart, of which only what lies in `[0, period)` counts."""
        inside = clip(spans, 0, period)
        return cls(
            period,
            opens=tuple(opens for opens, _ in inside),
            closes=(0, *(closes for _, closes in inside)),
            totals=tuple(accumulate((closes - opens for opens, closes in inside), initial=0)),
        )

    def worked(self, at: DurationUs) -> DurationUs:
        """The open time in `[0, at)`."""
        rounds, rest = divmod(at, self.period)
        index = bisect_right(self.opens, rest)
        to_come = self.closes[index] - rest
        return rounds * self.totals[-1] + self.totals[index] - max(to_come, 0)

    def reached(self, work: DurationUs) -> DurationUs:
        """The first instant at which `work`, more than none, has been worked since 0."""
        rounds, rest = divmod(work - 1, self.totals[-1])
        index = bisect_left(self.totals, rest + 1)
        return rounds * self.period + self.closes[index] - (self.totals[index] - rest - 1)


class Stretch(NamedTuple):
    """From `start` on the pattern holds, laid out from `anchor` (not after the start)."""

    start: InstantUs
    anchor: InstantUs
    pattern: Pattern


class Table(NamedTuple):
    """Open time in `[first, last)`; its stretches may reach further.

    `before` is the open time up to the start of each stretch, `bases` the same at its anchor, had its pattern held
    since then. `total` is the open time up to `last`.
    """

    first: InstantUs
    last: InstantUs
    total: DurationUs
    starts: list[InstantUs]
    anchors: list[InstantUs]
    patterns: list[Pattern]
    before: list[DurationUs]
    bases: list[DurationUs]

    @classmethod
    def of(cls, stretches: list[Stretch], first: InstantUs, last: InstantUs) -> Table:
        """The table of stretches in order, the first of which starts at or before `first`."""
        before = [0]
        for here, following in pairwise(stretches):
            lead, end = here.start - here.anchor, following.start - here.anchor
            before.append(before[-1] + here.pattern.worked(end) - here.pattern.worked(lead))
        bases = [work - it.pattern.worked(it.start - it.anchor) for work, it in zip(before, stretches, strict=True)]
        starts, anchors, patterns = (list(column) for column in zip(*stretches, strict=True))
        table = cls(first, last, 0, starts, anchors, patterns, before, bases)
        return table._replace(total=table.worked(last))

    def worked(self, at: InstantUs) -> DurationUs:
        """The open time from the first stretch's start to `at`."""
        index = bisect_right(self.starts, at) - 1
        # Pattern.worked written out: this is the hot path, and a call costs as much as its arithmetic.
        period, opens, closes, totals = self.patterns[index]
        rounds, rest = divmod(at - self.anchors[index], period)
        inside = bisect_right(opens, rest)
        to_come = closes[inside] - rest
        work = self.bases[index] + rounds * totals[-1] + totals[inside]
        return work - to_come if to_come > 0 else work

    def reached(self, work: DurationUs) -> InstantUs:
        """The first instant at which `work`, more than none and at most `total`, has been worked."""
        index = bisect_left(self.before, work) - 1
        return self.anchors[index] + self.patterns[index].reached(work - self.bases[index])


def build_table(timetable: Timetable, days: DayRange, first: InstantUs, last: InstantUs) -> Table:
    """Compiles local dates, which have to begin before `first` and end after `last`, both in UTC."""
    return Table.of(list(_Builder(timetable).stretches(*days)), first, last)


class _Builder:
    """Lays out the stretches of a timetable; patterns that look alike are one object."""

    def __init__(self, timetable: Timetable) -> None:
        self._timetable = timetable
        self._zone = timetable.zone
        # The Sunday before as well: its night shift reaches into Monday.
        self._week = _pattern_of_days([timetable.week[day % 7] for day in range(-1, 7)])
        self._known: dict[tuple[Windows, ...], Pattern] = {}

    def stretches(self, first_day: DayNumber, last_day: DayNumber) -> Iterable[Stretch]:
        """In order and without gaps: ordinary weeks, exceptional dates, and dates around a disturbance."""
        exceptions = self._timetable.exceptions(first_day, last_day)
        disturbances = self._timetable.disturbances(first_day, last_day)
        irregular = merge(chain(exceptions, disturbances))
        ordinary = set(subtract([(first_day, last_day)], irregular))
        for days in sorted(chain(irregular, ordinary)):
            start = instant_of(days[0] * DAY_US, self._zone)
            if days in ordinary:
                yield Stretch(start, start - weekday(days[0]) * DAY_US, self._week)
            elif clip(disturbances, *days):
                yield Stretch(start, start, self._disturbed(days, start))
            else:
                yield Stretch(start, start, self._exceptional(days))

    def _exceptional(self, days: DayRange) -> Pattern:
        """The pattern of dates with windows of their own, from the midnight they begin with."""
        windows = tuple(self._timetable.windows_of(day) for day in range(days[0] - 1, days[1]))
        known = self._known.get(windows)
        if known is None:
            known = self._known[windows] = _pattern_of_days(windows)
        return known

    def _disturbed(self, days: DayRange, start: InstantUs) -> Pattern:
        """The pattern of dates whose hours have to be converted one by one."""
        spans = self._timetable.opened_between(days[0] - REACH_DAYS, days[1])
        end = instant_of(days[1] * DAY_US, self._zone)
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

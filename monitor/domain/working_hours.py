"""Weekly hours, breaks, holidays and a zone, compiled: how much working time lies between two instants, and when
a length of working time is used up.

Theory of operation
-------------------
A calendar is written in local time, by weekday and date (`HoursSpec`). Judging needs it in UTC, as elapsed time. The
way from one to the other has four stages, each a plain list:

1. *Windows of a date* (this stage and the next two: `timetable`). Hours belong to the local date on which a window opens: `dates` if it names the date, else
   nothing on a holiday, else the windows of the weekday. So a night shift that opened on the eve of a holiday runs to
   its end, and the one of the holiday itself falls away whole.
2. *Spans in UTC.* Both ends of a window are converted by themselves (`local_time` says how gaps and repeated hours are
   read), so a window across a clock change is as long as the time that really passes. Almost all days lie far
   from a clock change; for them the conversion is one subtraction.
3. *Open time.* The spans of all days are merged, which joins windows that touch or overlap, and the closed
   spans are taken out. What is left is sorted and apart.
4. *Table.* Beside the spans stands the open time up to each closing (`totals`). Then

       worked(t)       = totals up to the span that t is in, less what of that span is still to come
       between(s, e)   = worked(e) - worked(s)
       after(s, work)  = the t where worked(t) reaches worked(s) + work

   Each is one or two binary searches, whatever the distance.

The table covers only the days that were asked about. A question beyond its edge compiles it anew for at least twice
as many days, so that the cost of growing stays in proportion to the days ever asked about, and nothing is ever
compiled beyond 1990 to 2100. At the edges spans are cut off; an answer that depends on what lies behind makes it grow
first, which is why answers don't depend on what was asked before. A table is replaced as a whole and never changed, so
threads may share a calendar.

A calendar without hours is refused: nothing promised in it would ever be due.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date, datetime
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from monitor.domain.instant import DAY_US, DurationUs, InstantUs, format_instant, to_datetime
from monitor.domain.local_time import DayNumber, LocalUs, day_of_date, instant_of, local_of
from monitor.domain.span import Span, clip
from monitor.domain.timetable import ALL_DAY, HoursSpec, Timetable, Weekly, Windows

__all__ = ["ALL_DAY", "ALWAYS", "BeyondCalendarError", "HoursSpec", "Weekly", "Windows", "WorkingHours", "always"]

FIRST_DAY: DayNumber = day_of_date(date(1990, 1, 1))
LAST_DAY: DayNumber = day_of_date(date(2101, 1, 1))
FIRST_US: InstantUs = FIRST_DAY * DAY_US
"""1990-01-01T00:00Z, the first instant a calendar answers for."""
LAST_US: InstantUs = LAST_DAY * DAY_US
"""2101-01-01T00:00Z, the end (itself outside) of what a calendar answers for."""

_REACH_DAYS = 4
"""Days compiled beyond each edge of a table and then cut off: a window reaches at most two days past the midnight it
belongs to, and local dates lie up to one day beside UTC ones."""
_MARGIN_DAYS = 32
"""Days a first table covers behind what was asked: a target of a few weeks needs no second one."""


class BeyondCalendarError(ValueError):
    """An instant outside 1990 to 2100, or an answer that would lie there."""


class _Table(NamedTuple):
    """Open time inside `[first, last)`, ready for binary search.

    `closes[i]` and `totals[i]` belong to `opens[i - 1]`, as `bisect_right` counts; their first entries stand for the
    time before any opening.
    """

    first: InstantUs
    last: InstantUs
    opens: list[InstantUs]
    closes: list[InstantUs]
    totals: list[DurationUs]

    def worked(self, at: InstantUs) -> DurationUs:
        """The open time in `[first, at)`."""
        index = bisect_right(self.opens, at)
        to_come = self.closes[index] - at
        return self.totals[index] - to_come if to_come > 0 else self.totals[index]


def _table(first: InstantUs, last: InstantUs, spans: list[Span]) -> _Table:
    """The table of spans that are sorted and apart, cut off at both edges."""
    inside = clip(spans, first, last)
    return _Table(
        first=first,
        last=last,
        opens=[opens for opens, _ in inside],
        closes=[first, *(closes for _, closes in inside)],
        totals=list(accumulate([closes - opens for opens, closes in inside], initial=0)),
    )


_NOTHING_COMPILED = _table(LAST_US, FIRST_US, [])
"""Covers no instant, so that the first question compiles."""
_ALWAYS_OPEN = _table(FIRST_US, LAST_US, [(FIRST_US, LAST_US)])


class WorkingHours:
    """A compiled calendar. Instants and durations are whole microseconds; spans are half-open.

    Raises ValueError for what `Timetable` refuses: an unknown zone, hours that never open. Every question raises
    BeyondCalendarError (a ValueError) where it or its answer lies outside 1990 to 2100.
    """

    __slots__ = ("_table", "_timetable", "zone")

    def __init__(self, spec: HoursSpec) -> None:
        self.zone = spec.zone
        self._timetable = Timetable(spec)
        self._table = _ALWAYS_OPEN if spec.never_closes else _NOTHING_COMPILED

    @staticmethod
    def always(zone: str = "UTC") -> WorkingHours:
        """The calendar that never closes; its dates are those of `zone`."""
        return always(zone)

    # Questions about time

    def between(self, start: InstantUs, end: InstantUs) -> DurationUs:
        """The open time in `[start, end)`; 0 where the end is not after the start."""
        if end <= start:
            return 0
        table = self._table
        if start < table.first or end > table.last:
            table = self._cover(start, end)
        return table.worked(end) - table.worked(start)

    def after(self, start: InstantUs, work: DurationUs, *, roll_to_opening: bool = False) -> InstantUs:
        """The instant at which `work` of open time has passed since `start`.

        Work used up exactly at closing time ends at that closing, or with `roll_to_opening` at the next opening. No
        work at all ends at the next opening, at once while open. Raises ValueError for negative work.
        """
        if work <= 0:
            if work < 0:
                raise ValueError(f"found {work} microseconds of work, expected none or more")
            return self.next_opening(start)
        table = self._table
        if not table.first <= start < table.last:
            table = self._cover(start, start + 1)
        while (wanted := table.worked(start) + work) > table.totals[-1]:
            table = self._cover_later(table)
        index = bisect_left(table.totals, wanted)
        to_spare = table.totals[index] - wanted
        end = table.closes[index] - to_spare
        return end if to_spare or not roll_to_opening else self.next_opening(end)

    def is_open(self, at: InstantUs) -> bool:
        """Whether the instant lies inside a window; at the closing instant it does not."""
        table = self._table
        if not table.first <= at < table.last:
            table = self._cover(at, at + 1)
        return table.closes[bisect_right(table.opens, at)] > at

    def next_opening(self, at: InstantUs) -> InstantUs:
        """The first open instant from `at` on: `at` itself while open."""
        table = self._table
        if not table.first <= at < table.last:
            table = self._cover(at, at + 1)
        if table.closes[bisect_right(table.opens, at)] > at:
            return at
        while not table.opens or table.opens[-1] <= at:
            table = self._cover_later(table)
        return table.opens[bisect_right(table.opens, at)]

    def spans(self, start: InstantUs, end: InstantUs) -> list[Span]:
        """The open spans inside `[start, end)`, cut off at both ends."""
        if end <= start:
            return []
        table = self._cover(start, end)
        first, last = bisect_right(table.opens, start), bisect_left(table.opens, end)
        # Entry `first` of `closes` belongs to the last span that opens at or before `start`.
        near = list(zip(table.opens[max(first - 1, 0) : last], table.closes[max(first, 1) : last + 1], strict=True))
        return clip(near, start, end)

    # Questions about local dates

    def local_of(self, at: InstantUs) -> LocalUs:
        """What the wall clock shows: `divmod` by a day gives the local date's number and the time of day."""
        return local_of(at, self._timetable.zone)

    def instant_of(self, local: LocalUs) -> InstantUs:
        """The instant of a local time: after a gap, at the first of two occurrences."""
        return instant_of(local, self._timetable.zone)

    def to_local_datetime(self, at: InstantUs) -> datetime:
        """The instant as an aware `datetime` in the calendar's zone, for people to read."""
        return to_datetime(at).astimezone(self._timetable.zone)

    def opened_on(self, day: DayNumber) -> list[Span]:
        """The open spans that belong to a local date; a night shift's runs into the next date."""
        return self._timetable.opened_on(day)

    def is_working_day(self, day: DayNumber) -> bool:
        """Whether open time belongs to this local date."""
        return bool(self._timetable.opened_on(day))

    def working_day_after(self, day: DayNumber, count: int) -> DayNumber:
        """The `count`-th working date after a local date, which itself does not count."""
        for _ in range(count):
            day += 1
            while not self.is_working_day(day):
                day += 1
                self._refuse_later_than_last(day)
            self._refuse_later_than_last(day)
        return day

    def opening_of(self, day: DayNumber) -> InstantUs:
        """The first opening of a working date."""
        return self.opened_on(day)[0][0]

    def closing_of(self, day: DayNumber) -> InstantUs:
        """The last closing of a working date; a night shift's lies on the date after."""
        return self.opened_on(day)[-1][1]

    # Growing

    def _cover(self, start: InstantUs, end: InstantUs) -> _Table:
        """A table that covers `[start, end)`, the present one if it does."""
        for instant in (start, end - 1):
            if not FIRST_US <= instant < LAST_US:
                raise BeyondCalendarError(
                    f"found the instant {_shown(instant)}, expected one in the years 1990 to 2100"
                )
        table = self._table
        if table.first <= start and end <= table.last:
            return table
        if table.first >= table.last:
            return self._compile(start // DAY_US, end // DAY_US + _MARGIN_DAYS)
        length = (table.last - table.first) // DAY_US
        first_day, last_day = table.first // DAY_US, table.last // DAY_US
        if start < table.first:
            first_day = min(first_day - length, start // DAY_US)
        if end > table.last:
            last_day = max(last_day + length, end // DAY_US + 1)
        return self._compile(first_day, last_day)

    def _cover_later(self, table: _Table) -> _Table:
        """A table that reaches further; raises BeyondCalendarError where this one ends with the year 2100."""
        if table.last >= LAST_US:
            raise self._no_answer()
        return self._cover(table.first, table.last + 1)

    def _compile(self, first_day: DayNumber, last_day: DayNumber) -> _Table:
        first_day, last_day = max(first_day, FIRST_DAY), min(last_day, LAST_DAY)
        spans = self._timetable.opened_between(first_day - _REACH_DAYS, last_day + _REACH_DAYS)
        self._table = _table(first_day * DAY_US, last_day * DAY_US, spans)
        return self._table

    def _refuse_later_than_last(self, day: DayNumber) -> None:
        if day >= LAST_DAY:
            raise self._no_answer()

    def _no_answer(self) -> BeyondCalendarError:
        return BeyondCalendarError(f"the hours in {self.zone} give no answer before the end of the year 2100")


def _shown(instant: InstantUs) -> str:
    try:
        return format_instant(instant)
    except OverflowError:
        return f"{instant} microseconds"


@lru_cache(maxsize=1024)
def always(zone: str = "UTC") -> WorkingHours:
    """The calendar that never closes; its dates are those of `zone`."""
    return WorkingHours(HoursSpec(zone=zone, weekly=(ALL_DAY,) * 7))


ALWAYS = always()

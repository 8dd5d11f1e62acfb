"""Weekly hours, breaks, holidays and a zone, compiled: how much working time lies between two instants, and when
a length of working time is used up.

Theory of operation
-------------------
A calendar is written in local time, by weekday and date (`HoursSpec`). Judging needs it in UTC, as elapsed time. Two
modules stand between, a plain one and a fast one.

`timetable` knows the rules, and goes date by date:

1. *Windows of a date.* Hours belong to the local date on which a window opens: `dates` if it names the date, else
   nothing on a holiday, else the windows of the weekday. So a night shift that opened on the eve of a holiday runs to
   its end, and the one of the holiday itself falls away whole.
2. *Spans in UTC.* Both ends of a window are converted by themselves (`local_time` says how gaps and repeated hours are
   read), so a window across a clock change is as long as the time that really passes.
3. *Open time.* The spans are merged, which joins windows that touch or overlap, and the closed spans are taken out.

`hours_table` makes that fast: it holds every window in order with the open time up to its end, so that

    worked(t)       = open time up to the end of the last window that opened by t, less what of it is still to come
    between(s, e)   = worked(e) - worked(s)
    after(s, work)  = the first t where worked(t) = worked(s) + work
    next_opening(t) = after one microsecond of work, less that microsecond: open time comes in whole microseconds

Each is one or two binary searches, whatever the distance; one where start and answer lie in one window. Compiling goes by *stretches*, not by dates: almost every week
is like every other, so time is cut into ordinary weeks under one offset from UTC, all sharing one pattern; a few days
around each holiday; a few around each clock change and each closed span. A year has about twenty.

A table covers only the dates that were asked about. A question beyond its edge compiles it anew for at least twice as
many days, so that the cost of growing stays in proportion to the days ever asked about, and nothing beyond 1990 to
2100 is ever compiled. A question whose answer depends on what lies behind the edge makes the table grow first, which is why
answers don't depend on what was asked before. A table is replaced as a whole and never changed, so threads may share a
calendar.

A calendar without hours is refused: nothing promised in it would ever be due.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from monitor.domain.hours.hours_table import Table, build_table
from monitor.domain.hours.instant import DAY_US, DurationUs, InstantUs, format_instant, to_datetime
from monitor.domain.hours.local_time import DayNumber, LocalUs, day_of_date, instant_of, local_of
from monitor.domain.hours.span import Span, clip
from monitor.domain.hours.timetable import ALL_DAY, REACH_DAYS, HoursSpec, Timetable, Weekly, Windows

__all__ = ["ALL_DAY", "ALWAYS", "BeyondCalendarError", "HoursSpec", "Weekly", "Windows", "WorkingHours", "always"]

FIRST_DAY: DayNumber = day_of_date(date(1990, 1, 1))
LAST_DAY: DayNumber = day_of_date(date(2101, 1, 1))
FIRST_US: InstantUs = FIRST_DAY * DAY_US
"""1990-01-01T00:00Z, the first instant a calendar answers for."""
LAST_US: InstantUs = LAST_DAY * DAY_US
"""2101-01-01T00:00Z, the end (itself outside) of what a calendar answers for."""

_EDGE_DAYS = 2
"""Local dates compiled beyond both ends of a table: they lie up to a day beside UTC ones."""
_MARGIN_DAYS = 92
"""Days a first table covers behind what was asked: a target of some weeks needs no second one."""


class BeyondCalendarError(ValueError):
    """An instant outside 1990 to 2100, or an answer that would lie there."""


class WorkingHours:
    """A compiled calendar. Instants and durations are whole microseconds; spans are half-open.

    Raises ValueError for what `Timetable` refuses: an unknown zone, hours that never open. Every question raises
    BeyondCalendarError (a ValueError) where it or its answer lies outside 1990 to 2100.
    """

    __slots__ = ("_opened_on", "_table", "_timetable", "zone")

    def __init__(self, spec: HoursSpec) -> None:
        self.zone = spec.zone
        self._timetable = Timetable(spec)
        self._table = _ALWAYS_OPEN if spec.never_closes else _NOTHING_COMPILED
        self._opened_on: dict[DayNumber, list[Span]] = {}

    # Questions about time

    def between(self, start: InstantUs, end: InstantUs) -> DurationUs:
        """The open time in `[start, end)`; 0 where the end is not after the start."""
        if end <= start:
            return 0
        table = self._table
        if start < table.first or end > table.last:
            table = self._cover(start, end)
        return table.between(start, end)

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
        while (end := table.after(start, work)) is None:
            table = self._cover_later(table)
        return self.next_opening(end) if roll_to_opening else end

    def is_open(self, at: InstantUs) -> bool:
        """Whether the instant lies inside a window; at the closing instant it does not."""
        return self.between(at, at + 1) > 0

    def next_opening(self, at: InstantUs) -> InstantUs:
        """The first open instant from `at` on: `at` itself while open."""
        return self.after(at, 1) - 1

    def spans(self, start: InstantUs, end: InstantUs) -> list[Span]:
        """The open spans inside `[start, end)`, cut off at both ends. Takes time in proportion to the days."""
        if end <= start:
            return []
        _refuse_outside(start, end)
        first_day, last_day = start // DAY_US - _EDGE_DAYS - REACH_DAYS, end // DAY_US + _EDGE_DAYS
        return clip(self._timetable.opened_between(first_day, last_day), start, end)

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
        known = self._opened_on.get(day)
        if known is None:
            known = self._opened_on[day] = self._timetable.opened_on(day)
        return known

    def is_working_day(self, day: DayNumber) -> bool:
        """Whether open time belongs to this local date."""
        return bool(self.opened_on(day))

    def working_day_after(self, day: DayNumber, count: int) -> DayNumber:
        """The `count`-th working date after a local date, which itself does not count."""
        for _ in range(count):
            day += 1
            while not self.is_working_day(day):
                day += 1
                if day >= LAST_DAY:
                    raise self._no_answer()
        return day

    def opening_of(self, day: DayNumber) -> InstantUs:
        """The first opening of a working date."""
        return self.opened_on(day)[0][0]

    def closing_of(self, day: DayNumber) -> InstantUs:
        """The last closing of a working date; a night shift's lies on the date after."""
        return self.opened_on(day)[-1][1]

    # Growing

    def _cover(self, start: InstantUs, end: InstantUs) -> Table:
        """A table that covers `[start, end)`, the present one if it does."""
        _refuse_outside(start, end)
        table = self._table
        if table.first <= start and end <= table.last:
            return table
        if table is _NOTHING_COMPILED:
            return self._compile(start // DAY_US, end // DAY_US + _MARGIN_DAYS)
        first_day, last_day = table.first // DAY_US, table.last // DAY_US
        days = last_day - first_day
        if start < table.first:
            first_day = min(first_day - days, start // DAY_US)
        if end > table.last:
            last_day = max(last_day + days, end // DAY_US + 1)
        return self._compile(first_day, last_day)

    def _cover_later(self, table: Table) -> Table:
        """A table that reaches further; raises BeyondCalendarError where this one ends with the year 2100."""
        if table.last >= LAST_US:
            raise self._no_answer()
        return self._cover(table.first, table.last + 1)

    def _compile(self, first_day: DayNumber, last_day: DayNumber) -> Table:
        first_day, last_day = max(first_day, FIRST_DAY), min(last_day, LAST_DAY)
        days = (first_day - _EDGE_DAYS, last_day + _EDGE_DAYS)
        self._table = build_table(self._timetable, days, first_day * DAY_US, last_day * DAY_US)
        return self._table

    def _no_answer(self) -> BeyondCalendarError:
        return BeyondCalendarError(f"the hours in {self.zone} give no answer before the end of the year 2100")


def _refuse_outside(start: InstantUs, end: InstantUs) -> None:
    for instant in (start, end - 1):
        if not FIRST_US <= instant < LAST_US:
            raise BeyondCalendarError(f"found the instant {_shown(instant)}, expected one in the years 1990 to 2100")


def _shown(instant: InstantUs) -> str:
    try:
        return format_instant(instant)
    except OverflowError:
        return f"{instant} microseconds"


_NOTHING_COMPILED = Table.of([], LAST_US, FIRST_US)
"""Covers no instant, so that the first question compiles."""
_ALWAYS_OPEN = Table.of([(FIRST_US, LAST_US)], FIRST_US, LAST_US)


@lru_cache(maxsize=1024)
def always(zone: str = "UTC") -> WorkingHours:
    """The calendar that never closes; its dates are those of `zone`."""
    return WorkingHours(HoursSpec(zone=zone, weekly=(ALL_DAY,) * 7))


ALWAYS = always()

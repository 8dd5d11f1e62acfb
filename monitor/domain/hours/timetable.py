"""Opening hours as somebody wrote them, by weekday and date in local time, and the spans of UTC time they stand for.

The slow and plain half of `working_hours`: it goes through dates one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias

from monitor.domain.hours.instant import DAY_US, DurationUs
from monitor.domain.hours.local_time import (
    DayNumber,
    date_of_day,
    day_of_date,
    instant_of,
    local_us_of,
    offset_steps,
    weekday,
    zone_named,
)
from monitor.domain.hours.span import Span, clip, merge, subtract

Windows: TypeAlias = tuple[tuple[DurationUs, DurationUs], ...]
"""`(opens, closes)` in local microseconds from midnight; `closes` lies beyond 24 h where a window runs over midnight."""
Weekly: TypeAlias = tuple[Windows, Windows, Windows, Windows, Windows, Windows, Windows]
"""Monday to Sunday."""
DayRange: TypeAlias = tuple[DayNumber, DayNumber]
"""Local dates `[first, last)`."""

ALL_DAY: Windows = ((0, DAY_US),)

REACH_DAYS = 3
"""Dates before a local date whose windows may reach into it: the last one's by running over midnight, the others' only
where a zone leaves out a whole date (Apia, 30 December 2011)."""


def _no_holidays(_year: int) -> frozenset[date]:
    return frozenset()


@dataclass(frozen=True, kw_only=True)
class HoursSpec:
    """Opening hours in the local time of `zone` (an IANA name), not yet checked.

    `holidays` gives the holidays of a year, `dates` the windows of single dates (also of holidays), `closed` spans of
    naive local time that are taken out of everything else. A window opens within its date and closes at most 24 h later.
    """

    zone: str
    weekly: Weekly
    holidays: Callable[[int], frozenset[date]] = _no_holidays
    dates: Mapping[date, Windows] = field(default_factory=dict)
    closed: tuple[tuple[datetime, datetime], ...] = ()

    @property
    def never_closes(self) -> bool:
        """Whether it is plainly 24/7, without any exception."""
        plain = self.holidays is _no_holidays and not self.dates and not self.closed
        return plain and all(windows == ALL_DAY for windows in self.weekly)


class Timetable:
    """The windows and open spans of local dates.

    A date's own windows win over a holiday, a holiday over the weekday's windows. Raises ValueError for an unknown zone, a
    window that is not one, hours that never open, and a closed span that ends before it starts.
    """

    __slots__ = ("_closed", "_closed_days", "_exceptions_by_year", "_spec", "zone")

    def __init__(self, spec: HoursSpec) -> None:
        self.zone = zone_named(spec.zone)
        self._spec = spec
        self._closed = merge(self._closed_span(start, end) for start, end in spec.closed)
        self._closed_days = merge((day_of_date(start) - 1, day_of_date(end) + 2) for start, end in spec.closed)
        self._exceptions_by_year: dict[int, dict[DayNumber, Windows]] = {}
        self._refuse_impossible_windows()
        self._refuse_empty()

    @property
    def week(self) -> Weekly:
        """The windows of an ordinary week, Monday first."""
        return self._spec.weekly

    def windows_of(self, day: DayNumber) -> Windows:
        """The windows that open on a local date, in local time."""
        exceptions = self._exceptions_of_year(date_of_day(day).year)
        return exceptions.get(day, self._spec.weekly[weekday(day)])

    def opened_on(self, day: DayNumber) -> list[Span]:
        """The open spans that belong to a local date; a night shift's runs into the next date."""
        return self.opened_between(day, day + 1)

    def opened_between(self, first_day: DayNumber, last_day: DayNumber) -> list[Span]:
        """The open time that belongs to the local dates `[first_day, last_day)`: sorted, and apart also over midnight."""
        # Each end is converted by itself, so a window across a clock change has its real length. One inside a gap may
        # come out empty or reversed, and around a gap a later window may open first: `merge` deals with both.
        zone = self.zone
        spans = [
            (instant_of(day * DAY_US + opens, zone), instant_of(day * DAY_US + closes, zone))
            for day in range(first_day, last_day)
            for opens, closes in self.windows_of(day)
        ]
        return subtract(merge(spans), self._closed)

    def exceptions(self, first_day: DayNumber, last_day: DayNumber) -> list[DayRange]:
        """Ranges of dates in whose local day holidays or dates of their own replace the weekday's windows."""
        days: list[DayNumber] = []
        for year in range(date_of_day(first_day - 1).year, date_of_day(last_day).year + 1):
            days += self._exceptions_of_year(year)
        # The date after as well: a night shift may reach into it, or be missing there.
        return clip(merge((day, day + 2) for day in days), first_day, last_day)

    def disturbances(self, first_day: DayNumber, last_day: DayNumber) -> list[DayRange]:
        """Ranges of dates around steps of the zone's offset and closed spans: outside, a local day is 24 plain hours."""
        steps = offset_steps(self.zone, (first_day - 3) * DAY_US, (last_day + 3) * DAY_US)
        ranges = [
            (
                (step.at + min(step.before, step.after)) // DAY_US - 1,
                (step.at + max(step.before, step.after)) // DAY_US + 2,
            )
            for step in steps
        ]
        return clip(merge(ranges + self._closed_days), first_day, last_day)

    def _exceptions_of_year(self, year: int) -> dict[DayNumber, Windows]:
        """The windows of a year's holidays (none) and single dates, by day; a single date wins over a holiday."""
        known = self._exceptions_by_year.get(year)
        if known is None:
            known = dict.fromkeys(map(day_of_date, self._spec.holidays(year)), ())
            known |= {day_of_date(day): windows for day, windows in self._spec.dates.items() if day.year == year}
            self._exceptions_by_year[year] = known
        return known

    def _closed_span(self, start: datetime, end: datetime) -> Span:
        if end <= start:
            raise ValueError(f"found closed from {start} to {end}, expected an end after the start")
        return instant_of(local_us_of(start), self.zone), instant_of(local_us_of(end), self.zone)

    def _refuse_impossible_windows(self) -> None:
        for windows in (*self._spec.weekly, *self._spec.dates.values()):
            for opens, closes in windows:
                if not (0 <= opens < DAY_US and opens < closes <= opens + DAY_US):
                    raise ValueError(
                        f"found a window from {opens} to {closes} microseconds after midnight, "
                        "expected it to open within the day and to close at most 24 h later"
                    )

    def _refuse_empty(self) -> None:
        if any(self._spec.weekly):
            return
        if not any(self.opened_on(day_of_date(day)) for day in self._spec.dates):
            raise ValueError("found a calendar that never opens, expected hours on at least one day")

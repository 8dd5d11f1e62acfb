"""Opening hours as somebody wrote them, by weekday and date in local time, and as the spans of UTC time they stand for.

The first three stages of `working_hours`, whose theory of operation explains them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias

from monitor.domain.instant import DAY_US, DurationUs
from monitor.domain.local_time import (
    DayNumber,
    date_of_day,
    day_of_date,
    instant_of,
    local_us_of,
    offset_runs,
    weekday,
    zone_named,
)
from monitor.domain.span import Span, merge, subtract

Windows: TypeAlias = tuple[tuple[DurationUs, DurationUs], ...]
"""`(opens, closes)` in local microseconds from midnight; `closes` lies beyond 24 h where a window runs over midnight."""
Weekly: TypeAlias = tuple[Windows, Windows, Windows, Windows, Windows, Windows, Windows]
"""Monday to Sunday."""

ALL_DAY: Windows = ((0, DAY_US),)


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
    """The open spans of local dates. A date's own windows win over a holiday, a holiday over the weekday's windows.

    Raises ValueError for an unknown zone, a window that is not one, hours that never open, and a closed span that ends
    before it starts.
    """

    __slots__ = ("_closed", "_exceptions_by_year", "_opened_on", "_spec", "zone")

    def __init__(self, spec: HoursSpec) -> None:
        self.zone = zone_named(spec.zone)
        self._spec = spec
        self._closed = merge(self._closed_span(start, end) for start, end in spec.closed)
        self._exceptions_by_year: dict[int, dict[DayNumber, Windows]] = {}
        self._opened_on: dict[DayNumber, list[Span]] = {}
        self._refuse_impossible_windows()
        self._refuse_empty()

    def opened_on(self, day: DayNumber) -> list[Span]:
        """The open spans that belong to a local date; a night shift's runs into the next date."""
        known = self._opened_on.get(day)
        if known is None:
            exceptions = self._exceptions_of_year(date_of_day(day).year)
            windows = exceptions.get(day, self._spec.weekly[weekday(day)])
            known = subtract(merge(self._converted(day, windows)), self._closed)
            self._opened_on[day] = known
        return known

    def opened_between(self, first_day: DayNumber, last_day: DayNumber) -> list[Span]:
        """The open time of all local dates `[first_day, last_day)`: sorted, and apart also across midnight."""
        return subtract(merge(self._windows_between(first_day, last_day)), self._closed)

    def _windows_between(self, first_day: DayNumber, last_day: DayNumber) -> list[Span]:
        """Every window as a span, in no certain order: around a clock change later windows may open first."""
        week = [self._spec.weekly[weekday(day)] for day in range(7)]
        exceptions = self._exceptions_between(first_day, last_day)
        spans: list[Span] = []
        for run in offset_runs(self.zone, first_day, last_day):
            for day in range(run.first, run.last):
                windows = exceptions.get(day, week[day % 7])
                if run.offset is None:
                    spans += self._converted(day, windows)
                else:
                    midnight = day * DAY_US - run.offset
                    spans += [(midnight + opens, midnight + closes) for opens, closes in windows]
        return spans

    def _converted(self, day: DayNumber, windows: Windows) -> list[Span]:
        """Windows of a local date as spans, each end by itself; one inside a gap may come out empty or reversed."""
        midnight, zone = day * DAY_US, self.zone
        return [(instant_of(midnight + opens, zone), instant_of(midnight + closes, zone)) for opens, closes in windows]

    def _exceptions_between(self, first_day: DayNumber, last_day: DayNumber) -> dict[DayNumber, Windows]:
        exceptions: dict[DayNumber, Windows] = {}
        for year in range(date_of_day(first_day).year, date_of_day(last_day).year + 1):
            exceptions |= self._exceptions_of_year(year)
        return exceptions

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

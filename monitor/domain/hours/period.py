"""Calendar periods on somebody's wall clock: the day, week, month, quarter or year that an instant lies in.

A period begins at the first local midnight of its first day and ends where the next one begins, so that periods follow
each other without a gap however the clocks are set: the day on which they go forward has 23 hours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from monitor.domain.hours.instant import DAY_US, InstantUs
from monitor.domain.hours.local_time import date_of_day, day_of_date, instant_of, local_of, zone_named


class PeriodKind(StrEnum):
    """Over which stretch of time a share is reckoned. A week begins on Monday (ISO 8601)."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Period(NamedTuple):
    """[starts_at, ends_at), and how people call it: `2026-10-30`, `2026-W44`, `2026-10`, `2026-Q4`, `2026`."""

    starts_at: InstantUs
    ends_at: InstantUs
    name: str


def period_of(kind: PeriodKind, at: InstantUs, zone: str) -> Period:
    """The period that contains an instant, on the wall clocks of an IANA zone; raises ValueError for an unknown zone."""
    place = zone_named(zone)
    first = _first_day(kind, date_of_day(local_of(at, place) // DAY_US))
    starts_at, ends_at = (instant_of(day_of_date(day) * DAY_US, place) for day in (first, _day_after(kind, first)))
    return Period(starts_at, ends_at, _name(kind, first))


def period_named(name: str, zone: str) -> Period:
    """The period that people call so, on the wall clocks of an IANA zone: `period_of` the other way round.

    Raises ValueError, saying what was found and expected.
    """
    for kind, form in _FORMS.items():
        match = form.fullmatch(name)
        if match:
            try:
                day = _day_named(kind, [int(number) for number in match.groups()])
            except (ValueError, OverflowError):
                break
            return period_of(kind, instant_of(day_of_date(day) * DAY_US, zone_named(zone)), zone)
    raise ValueError(f"found {name!r}, expected a period such as 2026-Q3, 2026-07, 2026-W31, 2026-07-14 or 2026")


_FORMS = {
    PeriodKind.DAY: re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII),
    PeriodKind.WEEK: re.compile(r"(\d{4})-W(\d\d)", re.ASCII),
    PeriodKind.MONTH: re.compile(r"(\d{4})-(\d\d)", re.ASCII),
    PeriodKind.QUARTER: re.compile(r"(\d{4})-Q([1-4])", re.ASCII),
    PeriodKind.YEAR: re.compile(r"(\d{4})", re.ASCII),
}


def _day_named(kind: PeriodKind, numbers: list[int]) -> date:
    """The first day of a period; raises ValueError for one that no calendar of the years 1900 to 2099 has."""
    year, *rest = numbers
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError
    match kind, rest:
        case PeriodKind.WEEK, [week]:
            return date.fromisocalendar(year, week, 1)
        case PeriodKind.QUARTER, [quarter]:
            return date(year, 3 * quarter - 2, 1)
        case _, [month, day]:
            return date(year, month, day)
        case _, [month]:
            return date(year, month, 1)
        case _:
            return date(year, 1, 1)


_FIRST_YEAR, _LAST_YEAR = 1900, 2099
"""Years of which working hours are known, and instants have a place in any database."""


def periods_between(kind: PeriodKind, since: InstantUs, until: InstantUs, zone: str) -> Iterator[Period]:
    """The periods that lie in [since, until) at least in part, in order."""
    at = since
    while at < until:
        period = period_of(kind, at, zone)
        yield period
        at = period.ends_at


def _first_day(kind: PeriodKind, day: date) -> date:
    match kind:
        case PeriodKind.DAY:
            return day
        case PeriodKind.WEEK:
            return day - timedelta(days=day.weekday())
        case PeriodKind.MONTH:
            return day.replace(day=1)
        case PeriodKind.QUARTER:
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case PeriodKind.YEAR:
            return day.replace(month=1, day=1)


_MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.YEAR: 12}


def _day_after(kind: PeriodKind, first: date) -> date:
    """The first day of the next period."""
    if kind not in _MONTHS:
        return first + timedelta(days=7 if kind is PeriodKind.WEEK else 1)
    months = first.month - 1 + _MONTHS[kind]
    return date(first.year + months // 12, months % 12 + 1, 1)


def _name(kind: PeriodKind, first: date) -> str:
    match kind:
        case PeriodKind.DAY:
            return first.isoformat()
        case PeriodKind.WEEK:
            year, week, _ = first.isocalendar()
            return f"{year}-W{week:02}"
        case PeriodKind.MONTH:
            return f"{first.year}-{first.month:02}"
        case PeriodKind.QUARTER:
            return f"{first.year}-Q{(first.month + 2) // 3}"
        case PeriodKind.YEAR:
            return f"{first.year}"

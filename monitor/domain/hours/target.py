"""How long a promise allows, and when that is used up: working time, business days, plain time or calendar days.

"3 days" means four different things to four people (semantics.md, "business day" in a target), so each meaning is a
type of its own, and a text that could mean two of them is refused with both spelled out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from monitor.domain.hours.instant import (
    DAY_US,
    HOUR_US,
    MINUTE_US,
    SECOND_US,
    DurationUs,
    InstantUs,
    describe_duration,
)
from monitor.domain.hours.local_time import LocalUs
from monitor.domain.hours.working_hours import WorkingHours
from monitor.domain.number import plain_number_of


class DayRule(StrEnum):
    """When the n-th business day is over."""

    SAME_TIME = "same_time"
    """On the n-th next working date at the same local time, then rolled into opening hours."""
    END_OF_DAY = "end_of_day"
    """At the last closing of the n-th next working date."""
    FROM_OPENING = "from_opening"
    """As same_time, but what starts on a closed date counts from the opening of the next working date."""
    SNAP_THEN_ADD = "snap_then_add"
    """As same_time, but a start on a closed date first moves to the same clock time on the next working date, and a
    start out of hours to the next opening."""


@dataclass(frozen=True, slots=True)
class WorkingDuration:
    """A length of open time. Used up exactly at closing it is due at that closing, or at the next opening."""

    length: DurationUs
    roll_to_opening: bool = False

    @property
    def counts_working_time(self) -> bool:
        """Whether its length is one of open time."""
        return True

    def due(self, start: InstantUs, hours: WorkingHours, paused: DurationUs = 0) -> InstantUs:
        """The last instant that is still in time, after `paused` of open time that did not count."""
        return hours.after(start, self.length + paused, roll_to_opening=self.roll_to_opening)

    def elapsed_in(self, start: InstantUs, end: InstantUs, hours: WorkingHours) -> DurationUs:
        """The time in `[start, end)` that counts for this target: open time."""
        return hours.between(start, end)

    def describe(self) -> str:
        return f"{describe_length(self.length)} of working time"


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """The n-th next working date; the local date of the start does not count. `count` is at least 1."""

    count: int
    rule: DayRule = DayRule.SAME_TIME

    @property
    def counts_working_time(self) -> bool:
        """Whether its length is one of open time."""
        return True

    def __post_init__(self) -> None:
        _refuse_no_days(self.count)

    def due(self, start: InstantUs, hours: WorkingHours, paused: DurationUs = 0) -> InstantUs:
        """The last instant that is still in time, after `paused` of open time that did not count."""
        due = self._unpaused_due(start, hours)
        return hours.after(due, paused) if paused else due

    def _unpaused_due(self, start: InstantUs, hours: WorkingHours) -> InstantUs:
        day, clock = divmod(self._counted_from(start, hours), DAY_US)
        target_day = hours.working_day_after(day, self.count)
        if self.rule is DayRule.END_OF_DAY:
            return hours.closing_of(target_day)
        return hours.next_opening(hours.instant_of(target_day * DAY_US + clock))

    def elapsed_in(self, start: InstantUs, end: InstantUs, hours: WorkingHours) -> DurationUs:
        """The time in `[start, end)` that counts for this target: open time."""
        return hours.between(start, end)

    def describe(self) -> str:
        days = plain_number_of(self.count, "business day")
        return days if self.rule is DayRule.SAME_TIME else f"{days} ({self.rule.value})"

    def _counted_from(self, start: InstantUs, hours: WorkingHours) -> LocalUs:
        """The local time from which the days are counted."""
        match self.rule:
            case DayRule.FROM_OPENING:
                return hours.local_of(_opening_after_closed_date(start, hours))
            case DayRule.SNAP_THEN_ADD:
                return hours.local_of(hours.next_opening(_same_clock_on_working_date(start, hours)))
            case _:
                return hours.local_of(start)


@dataclass(frozen=True, slots=True)
class CalendarDuration:
    """A length of time by the clock, open or not."""

    length: DurationUs

    @property
    def counts_working_time(self) -> bool:
        """Whether its length is one of open time."""
        return False

    def due(self, start: InstantUs, hours: WorkingHours, paused: DurationUs = 0) -> InstantUs:  # noqa: ARG002  all targets are asked alike
        """The last instant that is still in time, after `paused` that did not count."""
        return start + self.length + paused

    def elapsed_in(self, start: InstantUs, end: InstantUs, hours: WorkingHours) -> DurationUs:  # noqa: ARG002  as due
        """The time in `[start, end)` that counts for this target: all of it; 0 where the end is not after the start."""
        return max(end - start, 0)

    def describe(self) -> str:
        return f"{describe_length(self.length)} of calendar time"


@dataclass(frozen=True, slots=True)
class CalendarDays:
    """The same local time n calendar days later, in the zone of the hours, open or not. `count` is at least 1."""

    count: int

    @property
    def counts_working_time(self) -> bool:
        """Whether its length is one of open time."""
        return False

    def __post_init__(self) -> None:
        _refuse_no_days(self.count)

    def due(self, start: InstantUs, hours: WorkingHours, paused: DurationUs = 0) -> InstantUs:
        """The last instant that is still in time, after `paused` that did not count."""
        return hours.instant_of(hours.local_of(start) + self.count * DAY_US) + paused

    def elapsed_in(self, start: InstantUs, end: InstantUs, hours: WorkingHours) -> DurationUs:  # noqa: ARG002  as above
        """The time in `[start, end)` that counts for this target: all of it; 0 where the end is not after the start."""
        return max(end - start, 0)

    def describe(self) -> str:
        return plain_number_of(self.count, "calendar day")


Target: TypeAlias = WorkingDuration | BusinessDays | CalendarDuration | CalendarDays


def _opening_after_closed_date(start: InstantUs, hours: WorkingHours) -> InstantUs:
    """`start` itself while open or on a working date, else the opening of the next working date."""
    day = hours.local_of(start) // DAY_US
    if hours.is_working_day(day) or hours.is_open(start):
        return start
    return hours.opening_of(hours.working_day_after(day, 1))


def _same_clock_on_working_date(start: InstantUs, hours: WorkingHours) -> InstantUs:
    """`start` itself while open or on a working date, else the same clock time on the next working date."""
    day, clock = divmod(hours.local_of(start), DAY_US)
    # A night shift's small hours may lie on a date that has no hours of its own: open is open.
    if hours.is_working_day(day) or hours.is_open(start):
        return start
    return hours.instant_of(hours.working_day_after(day, 1) * DAY_US + clock)


def _refuse_no_days(count: int) -> None:
    if count < 1:
        raise ValueError(f"found {count} days, expected at least 1")


# Reading and writing

_UNITS: dict[str, DurationUs] = (
    dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), HOUR_US)
    | dict.fromkeys(("m", "min", "mins", "minute", "minutes"), MINUTE_US)
    | dict.fromkeys(("s", "sec", "secs", "second", "seconds"), SECOND_US)
)

_PART = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]+)", re.IGNORECASE)
_DAYS = re.compile(r"([0-9]+)\s+(?:(business|working|calendar)\s+)?days?", re.IGNORECASE)
_QUALIFIED = re.compile(r"([0-9.]+)\s+(calendar|working|business)\s+([a-z]+)", re.IGNORECASE)
_LONG_UNIT = re.compile(r"(?<![0-9.])([0-9]+)\s*(d|days?|w|wks?|weeks?)\b", re.IGNORECASE)

_DURATION_EXPECTED = "a length such as 4h, 1h 30m, 15 min or 20s"
_TARGET_EXPECTED = _DURATION_EXPECTED + ", 3 business days, 3 days or 72 calendar hours"


def parse_target(text: str, *, rule: DayRule = DayRule.SAME_TIME, roll_to_opening: bool = False) -> Target:
    """Reads a target; `rule` is used by business days, `roll_to_opening` by working time.

    - `4h`, `1h 30m`, `20s`, `30 min`, `1.5h`: working time, also spelled `4 working hours`
    - `3 business days`, `3 working days`: working dates
    - `3 days`, `3 calendar days`: calendar days
    - `72 calendar hours`: time by the clock

    Raises ValueError saying what was found and expected; `3d` and `2w` are refused, since nobody knows which days.
    """
    stripped = text.strip()
    if days := _DAYS.fullmatch(stripped):
        count, which = int(days[1]), (days[2] or "calendar").lower()
        return CalendarDays(count) if which == "calendar" else BusinessDays(count, rule)
    if qualified := _QUALIFIED.fullmatch(stripped):
        length = _length(f"{qualified[1]} {qualified[3]}", text, _TARGET_EXPECTED)
        if qualified[2].lower() == "calendar":
            return CalendarDuration(length)
        return WorkingDuration(length, roll_to_opening)
    _refuse_bare_days(text)
    return WorkingDuration(_length(stripped, text, _TARGET_EXPECTED), roll_to_opening)


def parse_duration(text: str) -> DurationUs:
    """Reads a plain length such as `2h`, `1h 30m` or `20s`; raises ValueError saying what was found and expected."""
    return _length(text.strip(), text, _DURATION_EXPECTED)


def _length(stripped: str, text: str, expected: str) -> DurationUs:
    """The sum of the parts of a length. Units come from large to small, each once; only a single part has decimals."""
    refusal = ValueError(f"found {text!r}, expected {expected}")
    total, position, last_unit = Decimal(0), 0, DAY_US
    while part := _PART.match(stripped, position):
        unit = _UNITS.get(part[2].lower())
        whole_text = position == 0 and part.end() == len(stripped)
        if unit is None or unit >= last_unit or ("." in part[1] and not whole_text):
            raise refusal
        total, position, last_unit = total + Decimal(part[1]) * unit, part.end(), unit
    if position == 0 or position < len(stripped) or total % 1:
        raise refusal
    return int(total)


def _refuse_bare_days(text: str) -> None:
    """Days and weeks without a word that says which are refused with both readings spelled out."""
    if bare := _LONG_UNIT.search(text):
        number, weeks = int(bare[1]), bare[2].lower().startswith("w")
        business, calendar = (5 * number, 7 * number) if weeks else (number, number)
        raise ValueError(
            f"found {text!r}, expected either {plain_number_of(business, 'business day')!r} (working dates) "
            f"or {plain_number_of(calendar, 'day')!r} (calendar days)"
        )


def describe_length(length: DurationUs) -> str:
    """`90 min` reads `1 h 30 min`; hours are not folded into days, which would be working days to some."""
    hours, rest = divmod(length, HOUR_US)
    if not hours:
        return describe_duration(length)
    return f"{hours} h {describe_duration(rest)}" if rest else f"{hours} h"

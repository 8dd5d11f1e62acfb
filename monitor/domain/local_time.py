"""What the clocks on the wall show: between instants, local times and local dates, in whole microseconds.

Single conversions ask `zoneinfo`. Compiling a calendar needs thousands, so `offset_runs` cuts a stretch of days
into runs with one offset, inside which a conversion is a subtraction.

A local time that does not exist is shifted forward by the gap, one that exists twice means the first occurrence
(semantics.md): both are what `zoneinfo` does with `fold=0`, the offset from before the step.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from monitor.domain.instant import DAY_US, SECOND_US, DurationUs, InstantUs

LocalUs: TypeAlias = int
"""Microseconds from 1970-01-01T00:00 on the wall clock of some zone."""
DayNumber: TypeAlias = int
"""Days from 1970-01-01; a local date as a number."""

_LOCAL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  the wall clock's own zero, of no zone
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_EPOCH_WEEKDAY = date(1970, 1, 1).weekday()

_SCAN_SECONDS = 6 * 86_400
"""Step of the search for offset steps. The closest two of any zone from 1990 to 2100 are 6.96 days apart (Boa Vista
in October 2000, tzdata 2026), so that no pair hides between two looks."""


class OffsetStep(NamedTuple):
    """The zone's offset from UTC changes at `at` from `before` to `after`."""

    at: InstantUs
    before: DurationUs
    after: DurationUs


class OffsetRun(NamedTuple):
    """Days `[first, last)` with one `offset`; None where each local time has to be converted by itself."""

    first: DayNumber
    last: DayNumber
    offset: DurationUs | None


def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name; raises ValueError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # OSError: the name of a folder of zones, e.g. "Europe".
        raise ValueError(f"found zone {name!r}, expected an IANA zone such as Europe/London") from None


def day_of_date(day: date) -> DayNumber:
    return day.toordinal() - _EPOCH_ORDINAL


def date_of_day(day: DayNumber) -> date:
    return date.fromordinal(day + _EPOCH_ORDINAL)


def weekday(day: DayNumber) -> int:
    """0 for Monday to 6 for Sunday."""
    return (day + _EPOCH_WEEKDAY) % 7


def local_us_of(moment: datetime) -> LocalUs:
    """A naive local `datetime` as a number; raises ValueError on one with an offset."""
    if moment.tzinfo is not None:
        raise ValueError(f"found {moment.isoformat()}, expected a local time without an offset")
    return (moment - _LOCAL_EPOCH) // timedelta(microseconds=1)


def offset_at(instant: InstantUs, zone: ZoneInfo) -> DurationUs:
    """What has to be added to UTC at this instant to get local time."""
    return _offset_at_second(instant // SECOND_US, zone) * SECOND_US


def local_of(instant: InstantUs, zone: ZoneInfo) -> LocalUs:
    """What the wall clock shows at an instant."""
    return instant + offset_at(instant, zone)


def instant_of(local: LocalUs, zone: ZoneInfo) -> InstantUs:
    """The instant of a local time: after a gap, and at the first occurrence, as the module says."""
    moment = (_LOCAL_EPOCH + timedelta(microseconds=local)).replace(tzinfo=zone)
    return local - _whole_seconds(moment.utcoffset()) * SECOND_US


def offset_runs(zone: ZoneInfo, first: DayNumber, last: DayNumber) -> Iterator[OffsetRun]:
    """Cuts the days `[first, last)` into runs, in order and without gaps.

    A window may reach into the day after the one it opens on, so the runs keep that distance from every step.
    """
    offset = offset_at(first * DAY_US - DAY_US, zone)
    day = first
    for step in _steps_around(zone, first, last):
        near_first = min((step.at + min(step.before, step.after)) // DAY_US - 1, last)
        near_last = min((step.at + max(step.before, step.after)) // DAY_US + 1, last)
        if near_last <= day:
            offset = step.after
            continue
        if near_first > day:
            yield OffsetRun(day, near_first, step.before)
        yield OffsetRun(max(day, near_first), near_last, None)
        day, offset = near_last, step.after
    if day < last:
        yield OffsetRun(day, last, offset)


def _steps_around(zone: ZoneInfo, first: DayNumber, last: DayNumber) -> list[OffsetStep]:
    """The offset steps that may touch a window opened on the days `[first, last)`."""
    years = range(date_of_day(first - 2).year, date_of_day(last + 2).year + 1)
    start, end = (first - 2) * DAY_US, (last + 3) * DAY_US
    return [step for year in years for step in _steps_in_year(zone, year) if start <= step.at < end]


@lru_cache(maxsize=70_000)  # every year of every zone; an entry is a few hundred bytes at most
def _steps_in_year(zone: ZoneInfo, year: int) -> tuple[OffsetStep, ...]:
    """The offset steps of a UTC year, in order."""
    steps = []
    end = int(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp())
    second = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    # From the last second of the year before, or a step at midnight of New Year would belong to no year.
    second -= 1
    while second < end - 1:
        later = min(second + _SCAN_SECONDS, end - 1)
        if _offset_at_second(second, zone) != _offset_at_second(later, zone):
            steps.append(_step_between(second, later, zone))
        second = later
    return tuple(steps)


def _step_between(early: int, late: int, zone: ZoneInfo) -> OffsetStep:
    """The one step in the seconds `(early, late]`, by halving."""
    before, after = _offset_at_second(early, zone), _offset_at_second(late, zone)
    while late - early > 1:
        middle = (early + late) // 2
        if _offset_at_second(middle, zone) == before:
            early = middle
        else:
            late = middle
    return OffsetStep(late * SECOND_US, before * SECOND_US, after * SECOND_US)


def _offset_at_second(second: int, zone: ZoneInfo) -> int:
    return _whole_seconds(datetime.fromtimestamp(second, zone).utcoffset())


def _whole_seconds(offset: timedelta | None) -> int:
    """Offsets are whole seconds in the time zone database."""
    assert offset is not None
    return offset.days * 86_400 + offset.seconds

"""What the clocks on the wall show: between instants, local times and local dates, in whole microseconds.

`zoneinfo` is asked once for each block of some months of a zone, where it steps from one offset to another; after that a
conversion is a binary search among the steps and an addition.

A local time that does not exist is shifted forward by the gap, one that exists twice means the first occurrence
(semantics.md). Both come from one rule: a local time takes the offset from before the step until it has
passed what the clocks show on either side of it. It is what `zoneinfo` does with `fold=0`.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from monitor.domain.hours.instant import SECOND_US, DurationUs, InstantUs

LocalUs: TypeAlias = int
"""Microseconds from 1970-01-01T00:00 on the wall clock of some zone."""
DayNumber: TypeAlias = int
"""Days from 1970-01-01; a local date as a number."""

_LOCAL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  the wall clock's own zero, of no zone
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_EPOCH_WEEKDAY = date(1970, 1, 1).weekday()

_LOOK_SECONDS = 6 * 86_400
"""Distance between looks for offset steps. The closest two of any zone from 1990 to 2100 are 6.96 days apart (Boa Vista
in October 2000, tzdata 2026), so that no pair hides between two looks."""
_BLOCK_LOOKS = 64
_BLOCK_US = _BLOCK_LOOKS * _LOOK_SECONDS * SECOND_US
"""384 days; a conversion touches one block, so that a calendar used for a year never looks at the others."""
_FIRST_LOOK = -62_135_424_000
_LAST_LOOK = 253_402_128_000
"""0001-01-03 and 9999-12-30, in seconds since the epoch: beyond, local time has no `datetime`."""


class OffsetStep(NamedTuple):
    """The zone's offset from UTC changes at `at` from `before` to `after`."""

    at: InstantUs
    before: DurationUs
    after: DurationUs


class _Block(NamedTuple):
    """The offset steps in and a look around a block of time; `offsets` has one more entry, for before the first."""

    steps: tuple[OffsetStep, ...]
    instants: tuple[InstantUs, ...]
    locals: tuple[LocalUs, ...]
    offsets: tuple[DurationUs, ...]


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


def local_of(instant: InstantUs, zone: ZoneInfo) -> LocalUs:
    """What the wall clock shows at an instant."""
    block = _block(zone, instant // _BLOCK_US)
    return instant + block.offsets[bisect_right(block.instants, instant)]


def instant_of(local: LocalUs, zone: ZoneInfo) -> InstantUs:
    """The instant of a local time: after a gap, and at the first occurrence, as the module says."""
    block = _block(zone, local // _BLOCK_US)
    return local - block.offsets[bisect_right(block.locals, local)]


def offset_steps(zone: ZoneInfo, start: InstantUs, end: InstantUs) -> list[OffsetStep]:
    """The zone's offset steps in `[start, end)`, in order."""
    numbers = range(start // _BLOCK_US, end // _BLOCK_US + 1)
    # Neighbouring blocks share the steps around their border.
    steps = {step for number in numbers for step in _block(zone, number).steps}
    return sorted(step for step in steps if start <= step.at < end)


@lru_cache(maxsize=20_000)  # the years 1990 to 2100 of 180 zones, some 10 MB
def _block(zone: ZoneInfo, number: int) -> _Block:
    # A look more on both sides: local and UTC times that name the same block lie up to a day apart.
    start = number * _BLOCK_US // SECOND_US - _LOOK_SECONDS
    looks = [min(max(start + index * _LOOK_SECONDS, _FIRST_LOOK), _LAST_LOOK) for index in range(_BLOCK_LOOKS + 3)]
    offsets = [_offset_at(look, zone) for look in looks]
    steps = tuple(
        _step_between(looks[index], looks[index + 1], zone)
        for index in range(len(looks) - 1)
        if offsets[index] != offsets[index + 1]
    )
    return _Block(
        steps=steps,
        instants=tuple(step.at for step in steps),
        locals=tuple(step.at + max(step.before, step.after) for step in steps),
        offsets=(offsets[0] * SECOND_US, *(step.after for step in steps)),
    )


def _step_between(early: int, late: int, zone: ZoneInfo) -> OffsetStep:
    """The one step in the seconds `(early, late]`, by halving."""
    before, after = _offset_at(early, zone), _offset_at(late, zone)
    while late - early > 1:
        middle = (early + late) // 2
        if _offset_at(middle, zone) == before:
            early = middle
        else:
            late = middle
    return OffsetStep(late * SECOND_US, before * SECOND_US, after * SECOND_US)


def _offset_at(second: int, zone: ZoneInfo) -> int:
    """The offset in seconds (they are whole in the time zone database) at a second since the epoch."""
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    assert offset is not None
    return offset.days * 86_400 + offset.seconds

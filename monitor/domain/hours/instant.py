"""Instants and durations as whole microseconds, and the one place where they meet text and `datetime`.

Inside the domain an instant is an `int`: microseconds since 1970-01-01T00:00Z. Integers compare, add
and sort exactly and fast; a zone enters only in `working_hours`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeAlias

InstantUs: TypeAlias = int
"""Microseconds since the Unix epoch, UTC."""
DurationUs: TypeAlias = int
"""A length of time in microseconds."""

SECOND_US: DurationUs = 1_000_000
MINUTE_US: DurationUs = 60 * SECOND_US
HOUR_US: DurationUs = 60 * MINUTE_US
DAY_US: DurationUs = 24 * HOUR_US

FOREVER_US: InstantUs = 253_370_764_800 * SECOND_US
"""9999-01-01T00:00Z: later than any instant Kept accepts."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_WITHOUT_ZONE = datetime(1970, 1, 1)  # noqa: DTZ001  text is made of it, and the zone's is always Z
_MICROSECOND = timedelta(microseconds=1)


def from_datetime(moment: datetime) -> InstantUs:
    """The instant of an aware `datetime`, exact to the microsecond; raises ValueError on a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"found {moment.isoformat()} without an offset, expected e.g. 2026-07-01T10:00:00+01:00")
    return (moment - _EPOCH) // _MICROSECOND


def to_datetime(instant: InstantUs) -> datetime:
    """The aware UTC `datetime` of an instant."""
    return _EPOCH + timedelta(microseconds=instant)


def parse_instant(text: str) -> InstantUs:
    """Reads ISO 8601 with an offset (`Z` or `+01:00`), of the years 1 to 9999 in UTC; raises ValueError saying what was found."""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"found {text!r}, expected an ISO 8601 instant such as 2026-07-01T10:00:00+01:00") from None
    return from_datetime(moment)


def format_instant(instant: InstantUs) -> str:
    """ISO 8601 in UTC with a `Z`; microseconds appear only where there are some."""
    return (_EPOCH_WITHOUT_ZONE + timedelta(microseconds=instant)).isoformat() + "Z"


def seconds(duration: DurationUs) -> int | float:
    """A duration in seconds: an `int` where it is whole, else a float rounded to the microsecond."""
    whole, rest = divmod(duration, SECOND_US)
    return whole if rest == 0 else round(duration / SECOND_US, 6)


def describe_duration(duration: DurationUs) -> str:
    """A duration for people: `2 d 4 h`, `1 h 30 min`, `20 s`; at most two units, rounded down."""
    if duration < 0:
        return "-" + describe_duration(-duration)
    parts = []
    rest = duration
    for size, unit in ((DAY_US, "d"), (HOUR_US, "h"), (MINUTE_US, "min"), (SECOND_US, "s")):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"

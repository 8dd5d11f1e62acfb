"""Hours, days, weeks and months as a zone has them: in which of them an instant lies."""

from __future__ import annotations

from enum import StrEnum

from monitor.domain.instant import DAY_US, HOUR_US, InstantUs
from monitor.domain.local_time import date_of_day, day_of_date, instant_of, local_of, weekday, zone_named


class Interval(StrEnum):
    """How long a stretch of time is that is counted together."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    """From Monday on (ISO 8601)."""
    MONTH = "month"


def start_of(interval: Interval, instant: InstantUs, zone: str) -> InstantUs:
    """The beginning of the interval that an instant lies in.

    An hour is a sixty-minute one also where clocks are set back: the hour that the clocks show twice is two.
    """
    place = zone_named(zone)
    local = local_of(instant, place)
    if interval is Interval.HOUR:
        return instant - local % HOUR_US
    day = local // DAY_US
    if interval is Interval.WEEK:
        day -= weekday(day)
    elif interval is Interval.MONTH:
        day = day_of_date(date_of_day(day).replace(day=1))
    return instant_of(day * DAY_US, place)

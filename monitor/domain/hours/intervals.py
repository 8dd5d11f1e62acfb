"""Hours, days, weeks and months as a zone has them: in which of them an instant lies."""

from __future__ import annotations

from enum import StrEnum

from monitor.domain.hours.instant import HOUR_US, InstantUs
from monitor.domain.hours.local_time import local_of, zone_named
from monitor.domain.hours.period import PeriodKind, period_of


class Interval(StrEnum):
    """How long a stretch of time is that is counted together."""

    HOUR = "hour"
    DAY = PeriodKind.DAY.value
    WEEK = PeriodKind.WEEK.value
    MONTH = PeriodKind.MONTH.value


def start_of(interval: Interval, instant: InstantUs, zone: str) -> InstantUs:
    """The beginning of the interval that an instant lies in.

    An hour is a sixty-minute one also where clocks are set back: the hour that the clocks show twice is two.
    """
    if interval is Interval.HOUR:
        return instant - local_of(instant, zone_named(zone)) % HOUR_US
    return period_of(PeriodKind(interval.value), instant, zone).starts_at

"""Hours, days, weeks and months of a zone. London's clocks went forward on 29 March 2026 and back on 25 October 2026."""

from __future__ import annotations

from datetime import datetime

import pytest

from monitor.domain.hours.instant import format_instant, from_datetime
from monitor.domain.hours.intervals import Interval, start_of


@pytest.mark.parametrize(
    ("interval", "at", "starts"),
    [
        (Interval.HOUR, "2026-07-01T10:59:59+00:00", "2026-07-01T10:00:00Z"),
        (Interval.DAY, "2026-07-01T22:59:59+00:00", "2026-06-30T23:00:00Z"),
        (Interval.DAY, "2026-07-01T23:00:00+00:00", "2026-07-01T23:00:00Z"),
        (Interval.WEEK, "2026-07-05T22:00:00+00:00", "2026-06-28T23:00:00Z"),  # a Sunday: the week of Monday the 29th
        (Interval.MONTH, "2026-06-30T23:30:00+00:00", "2026-06-30T23:00:00Z"),
        (Interval.MONTH, "2026-03-31T12:00:00+00:00", "2026-03-01T00:00:00Z"),  # it began in winter
        # The hour from one to two comes twice: half past one of summer and of winter are in two hours.
        (Interval.HOUR, "2026-10-25T00:30:00+00:00", "2026-10-25T00:00:00Z"),
        (Interval.HOUR, "2026-10-25T01:30:00+00:00", "2026-10-25T01:00:00Z"),
    ],
)
def test_an_interval_begins_as_the_clocks_of_its_zone_have_it(interval: Interval, at: str, starts: str) -> None:
    instant = from_datetime(datetime.fromisoformat(at))
    assert format_instant(start_of(interval, instant, "Europe/London")) == starts


def test_an_hour_of_a_zone_half_an_hour_off_begins_there() -> None:
    instant = from_datetime(datetime.fromisoformat("2026-07-01T10:20:00+00:00"))
    assert format_instant(start_of(Interval.HOUR, instant, "Asia/Kolkata")) == "2026-07-01T09:30:00Z"

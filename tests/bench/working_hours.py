"""How fast the working time between two instants is found, beside `businesstimedelta`, and whether five years cost more
than a month.

Both calendars are London's office hours with a lunch break and bank holidays. Both are first held to the same
answers; then they are timed in turns, so that a busy machine slows both, and the best of each counts. Our time includes
turning the two `datetime`s that the peer is given into instants.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from timeit import Timer
from typing import Any

import businesstimedelta
import pytz  # type: ignore[import-untyped]  # the peer wants its zones, and stubs for one line are not worth a dependency

from monitor.domain.hours.instant import from_datetime
from monitor.domain.hours.working_hours import WorkingHours
from monitor.wire.written.calendars import CalendarModel
from monitor.wire.written.public_holidays import public_holidays

START = datetime(2026, 1, 5, 11, tzinfo=UTC)
MONTH = START + timedelta(days=30)
FIVE_YEARS = START + timedelta(days=5 * 365)

LEAST_SPEEDUP = 500
LEAST_EVENNESS = 0.8
"""Five years are to cost no more than a month; the rest to 1 is what a shared machine's clock lets through."""

ROUNDS = 15
OUR_CALLS = 20_000
PEER_CALLS = 3


def run() -> list[dict[str, Any]]:
    """Two entries: our speed beside the peer's over 30 days, and over 30 days beside five years."""
    ours, peer = our_calendar(), peer_calendar()
    for end in (MONTH, FIVE_YEARS):
        refuse_difference(ours, peer, end)
    month, peer_month = best_seconds(
        (partial(ask, ours, START, MONTH), OUR_CALLS),
        (partial(peer.difference, START, MONTH), PEER_CALLS),
    )
    first, last = from_datetime(START), (from_datetime(MONTH), from_datetime(FIVE_YEARS))
    near, far = best_seconds(
        (partial(ours.between, first, last[0]), OUR_CALLS),
        (partial(ours.between, first, last[1]), OUR_CALLS),
    )
    return [
        entry("working time over 30 days", month, "businesstimedelta", peer_month / month, LEAST_SPEEDUP),
        entry("working time over 5 years", far, "the same over 30 days", near / far, LEAST_EVENNESS),
    ]


def our_calendar() -> WorkingHours:
    weekly = {"mon-fri": ["09:00-12:30", "13:30-17:30"]}
    holidays = {"country": "GB", "subdivision": "ENG"}
    return CalendarModel.model_validate({"zone": "Europe/London", "weekly": weekly, "holidays": holidays}).compile()


def peer_calendar() -> Any:
    zone = pytz.timezone("Europe/London")
    holidays: set[date] = set().union(*(public_holidays("GB", "ENG", year) for year in range(2025, 2033)))
    return businesstimedelta.Rules(
        [
            businesstimedelta.WorkDayRule(start_time=time(9), end_time=time(17, 30), tz=zone),
            businesstimedelta.LunchTimeRule(start_time=time(12, 30), end_time=time(13, 30), tz=zone),
            businesstimedelta.HolidayRule(holidays, tz=zone),
        ]
    )


def ask(hours: WorkingHours, start: datetime, end: datetime) -> int:
    return hours.between(from_datetime(start), from_datetime(end))


def refuse_difference(ours: WorkingHours, peer: Any, end: datetime) -> None:
    """Raises ValueError where the two calendars do not agree: then there is nothing to compare."""
    found, expected = timedelta(microseconds=ask(ours, START, end)), peer.difference(START, end).timedelta
    if found != expected:
        raise ValueError(f"until {end}: found {found}, expected {expected} as businesstimedelta says")


def best_seconds(*candidates: tuple[Callable[[], object], int]) -> list[float]:
    """The least time of one call of each candidate, each given with its calls per round; timed in turns."""
    best = [float("inf")] * len(candidates)
    for _ in range(ROUNDS):
        for index, (call, count) in enumerate(candidates):
            best[index] = min(best[index], Timer(call).timeit(count) / count)
    return best


def entry(bench: str, seconds: float, peer: str, ratio: float, target: float) -> dict[str, Any]:
    value = round(seconds * 1e6, 3)
    return {"bench": bench, "value": value, "unit": "us", "peer": peer, "ratio": round(ratio, 2), "target": target}


if __name__ == "__main__":
    for line in run():
        sys.stdout.write(json.dumps(line) + "\n")

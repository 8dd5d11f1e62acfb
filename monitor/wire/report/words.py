"""Figures, lengths and instants as a report tells them to people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from monitor.domain.hours.instant import SECOND_US, parse_instant
from monitor.domain.hours.target import DayRule, describe_length

NONE: Final = "\u2013"
"""What stands where there is no value."""

DAY_RULES: Final[Mapping[str, str]] = {
    DayRule.END_OF_DAY: "until closing time of the last day",
    DayRule.FROM_OPENING: "from the next opening where it begins on a closed day",
    DayRule.SNAP_THEN_ADD: "from the next working time where it begins out of hours",
}
"""When so many business days are over, by the book's name for it."""
STATES: Final = {
    "kept": ("✓", "Kept"),
    "expectation_missed": ("◐", "Kept, expectation missed"),
    "missed": ("✕", "Not kept"),
    "unknown": ("?", "Unknown"),
    "nothing": (NONE, "Not called upon"),
}
"""A sign and words for each state of a promise: colour is never the only sign."""

KINDS: Final = {
    "first_response": "First response",
    "next_response": "Further responses",
    "update_every": "Regular updates",
    "own": "A named person takes it on",
    "resolve": "Resolution",
    "by": "Dates given",
    "answer_call": "Calls answered",
    "callback": "Callbacks",
    "attend": "Who comes to meetings",
    "seniority": "Who does the work",
    "handoffs": "No run-around",
    "acknowledge": "A breach acknowledged",
    "explain": "A breach explained",
    "tell": "The client told of a breach",
    "apologise": "An apology for a breach",
    "remedy": "A breach made good",
}

_MONTHS: Final = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_FULL_MONTHS: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_QUARTERS: Final = ("First", "Second", "Third", "Fourth")


def length(seconds: float | None) -> str:
    """A length of time; a dash for none."""
    return NONE if seconds is None else describe_length(round(seconds * SECOND_US))


def percent(share: float | None) -> str:
    """A share, rounded down to a tenth of a percent, so that nothing short of all reads as all."""
    return NONE if share is None else f"{round(share * 1_000_000) // 1000 / 10:g} %"


def moment(instant: str | None, zone: str) -> str:
    """An instant of an answer on the clocks of a zone: `14 Jul 2026, 09:04`."""
    if instant is None:
        return NONE
    at = _local(instant, zone)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}, {at.hour:02}:{at.minute:02}"


def day(instant: str, zone: str, *, is_end: bool = False) -> str:
    """A date of a zone: `14 July 2026`; of an end, the last date before it."""
    at = _local(instant, zone, -1 if is_end else 0)
    return f"{at.day} {_FULL_MONTHS[at.month - 1]} {at.year}"


def _local(instant: str, zone: str, seconds: int = 0) -> datetime:
    us = parse_instant(instant) + seconds * SECOND_US
    return datetime.fromtimestamp(us // SECOND_US, ZoneInfo(zone))


def period(name: str) -> str:
    """A period as people say it: `Third quarter 2026`, `July 2026`, `Week 31 of 2026`."""
    year, _, rest = name.partition("-")
    if rest.startswith("Q"):
        return f"{_QUARTERS[int(rest[1:]) - 1]} quarter {year}"
    if rest.startswith("W"):
        return f"Week {int(rest[1:])} of {year}"
    month, _, of_month = rest.partition("-")
    if not month:
        return year
    named = f"{_FULL_MONTHS[int(month) - 1]} {year}"
    return f"{int(of_month)} {named}" if of_month else named


def kind(row: dict[str, Any]) -> str:
    """What was promised, in words."""
    return KINDS.get(row["kind"], str(row["kind"]))

"""A calendar as people write it, in the promise book and in `kept hours --jsonl`, and its way into `WorkingHours`.

Every reader raises ValueError in the form `found ..., expected ...`. Equal calendars compile once, whatever the order
of their keys; the public holidays of a country come from the `holidays` library, a year at a time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, NamedTuple, Self, TypeAlias
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, model_validator

from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US, DurationUs
from monitor.domain.hours.local_time import zone_named
from monitor.domain.hours.working_hours import HoursSpec, Windows, WorkingHours
from monitor.wire.written.public_holidays import public_holidays, refuse_unknown_place

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

ALWAYS: Final = "always"
"""What `weekly` says instead of hours where the calendar never closes."""

COMPILED_CALENDARS: Final = 512
"""Compiled calendars kept in memory: a year of one takes about 60 kB, the whole of 1990 to 2100 about 7 MB."""

_WINDOW = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2}))? ?- ?([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")
_WINDOW_EXPECTED = "hours such as 09:00-17:30, from 00:00 to 24:00"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LOCAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")
_YEARS = range(1900, 2200)
"""Years a date may have: a calendar answers for 1990 to 2100, and a date far from them is a slip of the pen."""


def read_window(value: object) -> tuple[DurationUs, DurationUs]:
    """`09:00-17:30` as local microseconds from midnight; a window whose end is not after its start runs over midnight."""
    match = _WINDOW.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match:
        raise ValueError(f"found {value!r}, expected {_WINDOW_EXPECTED}")
    opens, closes = _clock(match[1], match[2], match[3]), _clock(match[4], match[5], match[6])
    if opens is None or opens == DAY_US or closes is None:
        raise ValueError(f"found {value!r}, expected {_WINDOW_EXPECTED}")
    return opens, closes if closes > opens else closes + DAY_US


def _clock(hours: str, minutes: str, seconds: str | None) -> DurationUs | None:
    """A time of day; None where no clock shows it. 24:00 is the end of the day."""
    time = int(hours) * HOUR_US + int(minutes) * MINUTE_US + int(seconds or 0) * SECOND_US
    valid = int(minutes) < 60 and int(seconds or 0) < 60 and time <= DAY_US
    return time if valid else None


def read_date(value: object) -> date:
    """`2026-12-25`."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
        if day is not None and day.year in _YEARS:
            return day
    raise ValueError(f"found {value!r}, expected a date such as 2026-12-25")


def read_local_time(value: object) -> datetime:
    """`2026-07-01T10:00`, in the calendar's zone and therefore without an offset."""
    if isinstance(value, str) and _LOCAL_TIME.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is not None and moment.year in _YEARS:
            return moment
    raise ValueError(f"found {value!r}, expected a local time without an offset such as 2026-07-01T10:00")


def days_of(key: str) -> list[int]:
    """`mon-fri`, `sat` or `mon,wed` as weekdays, 0 for Monday; a range may run over the weekend (`sat-mon`)."""
    days: list[int] = []
    for part in key.casefold().split(","):
        first, dash, last = (text.strip() for text in part.partition("-"))
        if first not in DAYS or (dash and last not in DAYS):
            raise ValueError(f"found {key!r}, expected days such as mon, mon-fri or mon,wed out of {', '.join(DAYS)}")
        start, end = DAYS.index(first), DAYS.index(last or first)
        days += [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]
    return days


def _readable_zone(name: str) -> str:
    try:
        zone_named(name)
    except ValueError as error:
        close = get_close_matches(name, available_timezones(), n=2)
        hint = f" (did you mean {' or '.join(close)}?)" if close else ""
        raise ValueError(f"{error}{hint}") from None
    return name


def _each_day_once(weekly: Mapping[str, Windows]) -> Mapping[str, Windows]:
    seen: set[int] = set()
    for key in weekly:
        for day in days_of(key):
            if day in seen:
                raise ValueError(f"found {DAYS[day]} a second time (in {key!r}), expected each day of the week once")
            seen.add(day)
    return weekly


def _always_spelled_out(value: object) -> object:
    return {"mon-sun": ["00:00-24:00"]} if value == ALWAYS else value


def _list_as_added(value: object) -> object:
    return {"add": value} if isinstance(value, list | tuple) else value


def _end_after_start(span: tuple[datetime, datetime]) -> tuple[datetime, datetime]:
    if span[1] <= span[0]:
        raise ValueError(f"found closed from {span[0]} to {span[1]}, expected an end after the start")
    return span


WindowText: TypeAlias = Annotated[str, Field(pattern=r"^\d{2}:\d{2}(:\d{2})? ?- ?\d{2}:\d{2}(:\d{2})?$")]
Window: TypeAlias = Annotated[
    tuple[DurationUs, DurationUs], PlainValidator(read_window, json_schema_input_type=WindowText)
]
Day: TypeAlias = Annotated[date, PlainValidator(read_date, json_schema_input_type=date)]
DateKey: TypeAlias = Annotated[date, PlainValidator(read_date, json_schema_input_type=str)]
LocalText: TypeAlias = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?$")]
LocalTime: TypeAlias = Annotated[datetime, PlainValidator(read_local_time, json_schema_input_type=LocalText)]
Weekly: TypeAlias = Annotated[
    dict[str, tuple[Window, ...]],
    BeforeValidator(_always_spelled_out, json_schema_input_type=Literal["always"] | dict[str, tuple[WindowText, ...]]),
    AfterValidator(_each_day_once),
]


class HolidaysModel(BaseModel):
    """The public holidays of a country or a part of it, with days of one's own added and removed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    country: str | None = Field(None, description="ISO 3166 code of the country, e.g. GB.", examples=["GB"])
    subdivision: str | None = Field(None, description="Code of a part of the country, e.g. ENG.", examples=["ENG"])
    add: tuple[Day, ...] = Field((), description="Further holidays.", examples=[["2026-07-01"]])
    remove: tuple[Day, ...] = Field(
        (), description="Public holidays on which the firm works.", examples=[["2026-04-03"]]
    )

    @model_validator(mode="after")
    def _known_place(self) -> Self:
        if self.country is not None:
            refuse_unknown_place(self.country, self.subdivision)
        elif self.subdivision is not None or self.remove:
            raise ValueError("found `subdivision` or `remove` alone, expected them beside a `country`")
        return self


Holidays: TypeAlias = Annotated[
    HolidaysModel, BeforeValidator(_list_as_added, json_schema_input_type=tuple[Day, ...] | HolidaysModel)
]


class CalendarModel(BaseModel):
    """Opening hours in local time.

    Hours belong to the date on which they open: its own (`dates`), else none on a holiday, else those of the weekday.
    What is `closed` is taken out of all of them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    zone: Annotated[str, AfterValidator(_readable_zone)] = Field(
        description="IANA time zone the hours are written in.", examples=["Europe/London"]
    )
    weekly: Weekly = Field(
        {},
        description=(
            "Hours of the weekdays: `mon`, a range `mon-fri` or a list `mon,wed`, each with windows `HH:MM-HH:MM`. A "
            "window whose end is not after its start runs over midnight; `24:00` is the end of the day. `always`: 24/7."
        ),
        examples=[{"mon-fri": ["09:00-12:00", "13:00-17:30"]}],
    )
    holidays: Holidays = Field(
        HolidaysModel(),
        description="Days without hours: a list of dates, or a country's public holidays with days added and removed.",
    )
    dates: dict[DateKey, tuple[Window, ...]] = Field(
        {},
        description="Hours of single dates instead of the weekday's, also on a holiday; an empty list closes the date.",
        examples=[{"2026-12-24": ["09:00-12:00"]}],
    )
    closed: tuple[Annotated[tuple[LocalTime, LocalTime], AfterValidator(_end_after_start)], ...] = Field(
        (),
        description="Spans of local time, from and to, taken out of all hours.",
        examples=[[["2026-07-01T10:00", "2026-07-01T11:00"]]],
    )

    @model_validator(mode="after")
    def _opens_sometime(self) -> Self:
        if not any(self.weekly.values()) and not any(self.dates.values()):
            raise ValueError("found a calendar that never opens, expected hours on at least one day")
        return self

    def compile(self) -> WorkingHours:
        """The calendar ready to be asked; the same object for equal calendars. Raises ValueError as WorkingHours does."""
        return _compile(self._content())

    def _content(self) -> _Content:
        week: list[Windows] = [()] * 7
        for key, windows in self.weekly.items():
            for day in days_of(key):
                week[day] = tuple(sorted(set(windows)))
        return _Content(
            zone=self.zone,
            week=tuple(week),
            country=self.holidays.country,
            subdivision=self.holidays.subdivision,
            added=frozenset(self.holidays.add),
            removed=frozenset(self.holidays.remove),
            dates=tuple(sorted(self.dates.items())),
            closed=tuple(sorted(self.closed)),
        )


class _Content(NamedTuple):
    """What a calendar says, in one order and hashable."""

    zone: str
    week: tuple[Windows, ...]
    country: str | None
    subdivision: str | None
    added: frozenset[date]
    removed: frozenset[date]
    dates: tuple[tuple[date, Windows], ...]
    closed: tuple[tuple[datetime, datetime], ...]

    def holidays_in(self, year: int) -> frozenset[date]:
        """The holidays of a year: the country's without those removed, and those added."""
        public = public_holidays(self.country, self.subdivision, year) if self.country else frozenset()
        return (public - self.removed) | {day for day in self.added if day.year == year}


@lru_cache(maxsize=COMPILED_CALENDARS)
def _compile(content: _Content) -> WorkingHours:
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = content.week
    # Left out where there are none, so that a calendar that never closes is recognised as such.
    some_holidays: dict[str, Any] = {"holidays": content.holidays_in} if content.country or content.added else {}
    return WorkingHours(
        HoursSpec(
            zone=content.zone,
            weekly=(monday, tuesday, wednesday, thursday, friday, saturday, sunday),
            dates=dict(content.dates),
            closed=content.closed,
            **some_holidays,
        )
    )

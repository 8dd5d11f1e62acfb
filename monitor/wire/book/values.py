"""The small values of the promise book: dates, percentages, durations, names and lists of them.

The book's YAML arrives as the texts that were written (`yaml_reader`), so each type here reads a text. A reader raises
ValueError in the one form `found ..., expected ...`, which `faults` takes apart again.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Final, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic.functional_validators import PlainValidator

from monitor.domain.hours.instant import DurationUs
from monitor.domain.hours.local_time import zone_named
from monitor.domain.hours.target import parse_duration
from monitor.domain.promises import promise as domain
from monitor.domain.promises.promise import Answer
from monitor.domain.promises.promised_people import Tenure
from monitor.wire.events.event_data import Channel
from monitor.wire.events.event_texts import LONGEST_KEY_BYTES
from monitor.wire.written.amounts import LONGEST_US, read_percent, refuse_many_digits, text_schema

CHANNELS: Final[tuple[str, ...]] = get_args(Channel)
"""The channels Kept knows; a book that names another one is refused."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TENURE = re.compile(r"(\d{1,4}) ?(day|week|month|year)s?")
_MONEY = re.compile(r"\d{1,9}(\.\d{1,2})?")
_CURRENCY = re.compile(r"[A-Z]{3}")

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 9998
"""Years a date may have: instants end with 9998, and somebody may have joined long ago."""


class Entry(BaseModel):
    """Any group of keys in the book: keys it does not name are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def as_list(value: object) -> object:
    """A single text stands for a list of one: `priority: high`."""
    return [value] if isinstance(value, str) else value


def folded_text(value: object) -> object:
    """A text case-folded: for the fixed words of the book."""
    return value.casefold() if isinstance(value, str) else value


def folded(value: object) -> object:
    """`as_list`, each text case-folded."""
    listed = as_list(value)
    return [folded_text(item) for item in listed] if isinstance(listed, list) else listed


def read_date(value: object) -> date:
    """`2026-01-31`; nothing shorter, longer or numeric."""
    expected = "a date such as 2026-01-31"
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError(f"expected {expected}")
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"found {value} ({error}), expected {expected}") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"expected a date between {FIRST_YEAR} and {LAST_YEAR}")
    return day


def read_warning(value: object) -> domain.WarningRule:
    """`80%` of the target, or `30m` of working time before the due instant."""
    if not isinstance(value, str):
        raise ValueError("expected a percentage of the target such as 80%, or a time before it such as 30m")
    if "%" in value:
        return domain.WarningRule(share=read_percent(value))
    return domain.WarningRule(before=read_duration(value))


def read_duration(value: object) -> DurationUs:
    """`90s`, `15m`, `2h`: elapsed time in microseconds, more than zero."""
    if not isinstance(value, str):
        raise ValueError("expected a duration such as 15m")
    refuse_many_digits(value)
    duration = parse_duration(value)
    if not 0 < duration <= LONGEST_US:
        raise ValueError("expected a duration of more than zero and at most ten years")
    return duration


def read_tenure(value: object) -> Tenure:
    """`6 months`, `90 days`, `1 year`; more than zero."""
    match = _TENURE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match or int(match[1]) == 0:
        raise ValueError("expected a time with the firm such as 6 months, 90 days or 1 year")
    return Tenure(int(match[1]), match[2])


def read_tenure_bounds(value: object) -> tuple[Tenure, ...]:
    """`[6 months, 24 months]`: each surely longer than the one before."""
    listed = as_list(value)
    if not isinstance(listed, list) or not listed:
        raise ValueError("expected times with the firm such as [6 months, 24 months]")
    bounds = tuple(map(read_tenure, listed))
    for one, other in pairwise(bounds):
        if not one.is_shorter_than(other):
            raise ValueError(f"found {other} after {one}, expected each to be longer than the one before")
    return bounds


def read_money(value: object) -> Decimal:
    """`50` or `1200.50`; more than zero, to the cent, and below a thousand million."""
    if not isinstance(value, str) or not _MONEY.fullmatch(value.strip()):
        raise ValueError("expected a sum such as 50 or 1200.50")
    amount = Decimal(value.strip())
    if amount == 0:
        raise ValueError("expected a sum of more than zero")
    return amount


def read_currency(value: object) -> str:
    """`GBP`: three capital letters, as ISO 4217 has them."""
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value.strip()):
        raise ValueError("expected a currency of three capital letters such as GBP")
    return value.strip()


def read_switch(value: object) -> bool:
    """`true` or `false`, and no other word for them."""
    known = {"true": True, "false": False}
    if not isinstance(value, str) or value.casefold() not in known:
        raise ValueError("expected true or false")
    return known[value.casefold()]


def read_pauses(value: object) -> bool | tuple[str, ...]:
    """`true`, `false`, or statuses."""
    if isinstance(value, str) and value.casefold() in {"true", "false"}:
        return read_switch(value)
    items = as_list(value)
    if not isinstance(items, list) or not items or not all(isinstance(item, str) for item in items):
        raise ValueError("expected true, false or a list of statuses")
    return tuple(items)


def _known_zone(name: str) -> str:
    zone_named(name)
    return name


def _fits_an_index(name: str) -> str:
    size = len(name.encode("utf-8", "surrogatepass"))
    if size > LONGEST_KEY_BYTES:
        raise ValueError(f"expected at most {LONGEST_KEY_BYTES} bytes in UTF-8, not {size}")
    return name


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=512),
    AfterValidator(_fits_an_index),
    # A name may look like a number (`priority: 1`); it is still a name.
    WithJsonSchema({"type": ["string", "number", "boolean"]}),
]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
NameList = Annotated[tuple[Name, ...], Field(min_length=1)]
Names = Annotated[NameList, BeforeValidator(as_list, json_schema_input_type=Name | NameList)]
ChannelList = Annotated[tuple[Channel, ...], Field(min_length=1)]
Channels = Annotated[ChannelList, BeforeValidator(folded, json_schema_input_type=Channel | ChannelList)]
AnswerList = Annotated[tuple[Answer, ...], Field(min_length=1)]
Answers = Annotated[AnswerList, BeforeValidator(folded, json_schema_input_type=Answer | AnswerList)]
Day = Annotated[date, BeforeValidator(read_date)]
Duration = Annotated[DurationUs, PlainValidator(read_duration), text_schema("15m")]
WarningAt = Annotated[domain.WarningRule, PlainValidator(read_warning), text_schema("80%")]
WarningList = Annotated[tuple[WarningAt, ...], Field(min_length=1)]
Warnings = Annotated[WarningList, BeforeValidator(as_list, json_schema_input_type=WarningAt | WarningList)]
TenureText = Annotated[Tenure, PlainValidator(read_tenure), text_schema("6 months")]
TenureBounds = Annotated[
    tuple[Tenure, ...],
    PlainValidator(read_tenure_bounds),
    WithJsonSchema({"type": "array", "items": {"type": "string", "examples": ["6 months"]}, "minItems": 1}),
]
Money = Annotated[
    Decimal, PlainValidator(read_money), WithJsonSchema({"type": ["number", "string"], "examples": [50, 1200.5]})
]
Currency = Annotated[str, PlainValidator(read_currency), text_schema("GBP", r"^[A-Z]{3}$")]
Switch = Annotated[bool, BeforeValidator(read_switch)]
Pauses = Annotated[
    bool | tuple[str, ...],
    PlainValidator(read_pauses),
    WithJsonSchema(
        {"anyOf": [{"type": "boolean"}, {"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    ),
]
Zone = Annotated[str, AfterValidator(_known_zone)]
Count = Annotated[int, Field(ge=0, le=10_000)]

"""The values that questions are asked with and answered in: how each is written, and which are refused."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from monitor.domain.hours.instant import DurationUs, InstantUs, parse_instant
from monitor.domain.hours.period import period_named
from monitor.domain.hours.target import parse_duration

LARGEST: Final = 2**63 - 1
"""What a database takes for a whole number."""

INSTANT_OR_DATE: Final = "an instant in RFC 3339, e.g. 2026-07-01T10:00:00+01:00, or a date, e.g. 2026-07-01"
"""How an instant may be written in a question, for whoever wrote it otherwise."""
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_SPACED_OFFSET: Final = re.compile(r"(\d\d:\d\d(?::\d\d(?:\.\d+)?)?) (\d\d:\d\d)")


def read_instant(value: Any) -> InstantUs:
    """The instant in a text: RFC 3339 with an offset, or a date, which stands for its beginning in UTC.

    Raises PydanticCustomError. A `+` that came through an address as a space is read as what it was.
    """
    text = value if isinstance(value, str) else ""
    try:
        if _DATE.fullmatch(text):
            return parse_instant(f"{date.fromisoformat(text)}T00:00:00Z")
        return parse_instant(_SPACED_OFFSET.sub(r"\1+\2", text))
    except (ValueError, OverflowError):
        raise PydanticCustomError("instant_parsing", INSTANT_OR_DATE) from None


Instant: TypeAlias = Annotated[
    InstantUs,
    BeforeValidator(read_instant),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]}),
]
"""RFC 3339 with an offset, or a date."""


def read_length(value: Any) -> DurationUs:
    """The length of time in a text, as the promise book has them: `20s`, `5m`. Raises PydanticCustomError."""
    try:
        length = parse_duration(value if isinstance(value, str) else "")
    except ValueError:
        length = 0
    if not 0 < length <= LARGEST:
        raise PydanticCustomError("length_parsing", "a length of time such as 20s or 5m")
    return length


Length: TypeAlias = Annotated[DurationUs, BeforeValidator(read_length), WithJsonSchema({"type": "string"})]
"""A length of time, longer than none."""


def read_period(value: Any) -> str:
    """The name of a period of the calendar; raises PydanticCustomError."""
    text = value if isinstance(value, str) else ""
    try:
        return period_named(text, "UTC").name
    except ValueError:
        raise PydanticCustomError("period_parsing", "a period such as 2026-Q3, 2026-07, 2026-W31 or 2026") from None


PeriodName: TypeAlias = Annotated[str, BeforeValidator(read_period), WithJsonSchema({"type": "string"})]
"""A period of the calendar by its name, in whosever zone."""

Text: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=2_048, pattern=r"^[^\x00]+$")]
"""A name or identifier. No database takes a NUL."""

Position: TypeAlias = Annotated[int, Field(ge=0, le=LARGEST)]
"""Where in the journal a row stands."""

WholeNumber: TypeAlias = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]

ShownInstant: TypeAlias = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""An instant as answers have it: RFC 3339 in UTC."""

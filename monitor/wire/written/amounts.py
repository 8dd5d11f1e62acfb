"""Shares, and how long a promise allows, as people write them in a book, in an event and in a question.

A reader raises ValueError in the one form `found ..., expected ...`, or only with what was expected.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, StringConstraints, WithJsonSchema
from pydantic.functional_validators import PlainValidator

from monitor.domain.hours.instant import DAY_US, DurationUs
from monitor.domain.hours.target import BusinessDays, CalendarDays, parse_target
from monitor.domain.promises.promised_people import MILLION

_PERCENT = re.compile(r"(-?\d+(?:\.\d+)?) ?%")
_MANY_DIGITS = re.compile(r"\d{10}")

LONGEST_US: Final[DurationUs] = 3_653 * DAY_US
"""Ten years, the longest target or duration: working hours are compiled day by day, and stop at 2100."""


def read_percent(value: object) -> float:
    """`90%` as 0.9; raises ValueError outside 0 to 100 %."""
    match = _PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match:
        raise ValueError("expected a percentage such as 90%")
    percent = float(match[1])
    if not 0 <= percent <= 100:
        raise ValueError("expected a percentage from 0% to 100%")
    return percent / 100


def read_share(value: object) -> float:
    """A percentage above zero, for a share of nothing promises nothing, and not finer than a share is reckoned in."""
    share = read_percent(value)
    if share == 0:
        raise ValueError("expected a percentage above 0%, up to 100%")
    if round(share * MILLION) != round(share * MILLION, 6):
        raise ValueError("expected a percentage of at most four decimals")
    return share


def _readable_target(text: str) -> str:
    """Refuses what is no target, none at all, or longer than any promise; the rule for days comes later."""
    refuse_many_digits(text)
    target = parse_target(text)
    length = target.count * DAY_US if isinstance(target, (BusinessDays, CalendarDays)) else target.length
    if length <= 0:
        raise ValueError("expected a target of more than zero")
    if length > LONGEST_US:
        raise ValueError("expected a target of at most ten years")
    return text


def refuse_many_digits(text: str) -> None:
    """Numbers so long that reading them would take its time."""
    if _MANY_DIGITS.search(text):
        raise ValueError("expected a number of at most nine digits")


def text_schema(example: str, pattern: str | None = None) -> Any:
    """The JSON Schema of a text that is read into something else."""
    schema: dict[str, Any] = {"type": "string", "examples": [example]}
    return WithJsonSchema(schema | ({"pattern": pattern} if pattern else {}))


Share = Annotated[float, PlainValidator(read_share), text_schema("90%", r"^\d+(\.\d+)? ?%$")]
TargetText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_readable_target)]

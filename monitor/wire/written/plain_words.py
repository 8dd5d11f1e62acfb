"""What pydantic says of bad input, in the words of whoever wrote the input: what was found, what was expected, where."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

LONGEST_SHOWN: Final = 80
"""Characters of the found value that an error repeats: enough to recognise it, too few to flood a log."""

ONE_OBJECT: Final = "one JSON object"
"""What was expected instead of what is no JSON."""

EXPECTED: Final[Mapping[str, str]] = {
    "timezone_aware": "an instant with an offset, e.g. 2026-07-01T10:00:00+01:00",
    "datetime_type": "an instant in RFC 3339, e.g. 2026-07-01T10:00:00+01:00",
    "datetime_parsing": "an instant in RFC 3339, e.g. 2026-07-01T10:00:00+01:00",
    "datetime_from_date_parsing": "an instant in RFC 3339, e.g. 2026-07-01T10:00:00+01:00",
    "string_type": "a text",
    "string_too_short": "a text that is not empty",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}
"""What was expected, by the kind of error as pydantic names it."""


def describe_error(detail: Mapping[str, Any]) -> tuple[str, str, str]:
    """(found, expected, dotted key) of one entry of `ValidationError.errors()`."""
    kind, context = detail["type"], detail.get("ctx", {})
    key = dotted(detail["loc"])
    if kind == "missing":
        return "nothing", f"`{detail['loc'][-1]}`", key
    if kind == "json_invalid":
        return f"no JSON ({context.get('error', detail['msg'])})", ONE_OBJECT, ""
    if kind == "union_tag_not_found":
        return "no `type`", "the type of the event, e.g. `ticket.opened`", "type"
    if kind == "union_tag_invalid":
        return f"type {shown(context.get('tag'))}", f"one of {context.get('expected_tags')}".replace("'", ""), "type"
    if kind == "extra_forbidden":
        return f"`{detail['loc'][-1]}`", "no such key", key
    expected = _expectation(detail)
    if (said := _FOUND.fullmatch(expected)) and len(said[1]) <= LONGEST_SHOWN:
        return said[1], said[2], key
    return shown(detail["input"]), expected.rpartition("expected ")[2], key


_FOUND: Final = re.compile(r"found (.*?), expected (.*)", re.DOTALL)
"""How readers of texts say what is wrong with one."""


def dotted(location: tuple[int | str, ...]) -> str:
    """`("data", "tags", 2)` as `data.tags[2]`; the tag of a union (the event's type) is left out."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        elif "." not in part:
            text += f".{part}" if text else part
    return text


def shown(value: object) -> str:
    """A found value, short enough for a log line."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}... ({len(text)} characters)"


def _expectation(detail: Mapping[str, Any]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in {"literal_error", "enum"}:
        return str(context["expected"])
    if kind == "string_too_long":
        return f"at most {context['max_length']} characters"
    message: str = detail["msg"]
    lowered = message[:1].lower() + message[1:]
    return EXPECTED.get(kind, lowered.removeprefix("input should be ").removeprefix("value error, "))

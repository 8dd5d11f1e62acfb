"""What pydantic says of a book, as faults in plain words: where in the file, what was found, what was expected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, Final

from pydantic import ValidationError

from monitor.errors import Fault
from monitor.wire.book.model import book_json_schema
from monitor.wire.written.yaml_source import Place, Source

LONGEST_SHOWN: Final = 60
"""Characters of a found text that a fault repeats."""

MOST_LISTED: Final = 15
"""Known names that a fault repeats: a book may have a thousand clients."""

_LONGEST_COMPARED: Final = 60
"""Characters up to which a misspelt word is compared with the known ones; beyond it nobody has mistyped a key."""

_VALUE_ERROR = re.compile(r"(?:found (?P<found>.*), )?expected (?P<expected>.*)", re.DOTALL)

_EXPECTED: Final[Mapping[str, str]] = {
    "string_type": "a text",
    "string_too_short": "a text that is not empty",
    "string_too_long": "a text of at most {max_length} characters",
    "string_pattern_mismatch": "a text of the form {pattern}",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of a sensible size",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "date_type": "a date such as 2026-01-31",
    "date_parsing": "a date such as 2026-01-31",
    "date_from_datetime_parsing": "a date such as 2026-01-31",
    "date_from_datetime_inexact": "a date such as 2026-01-31",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a group of `name: ...` lines",
    "model_type": "a group of `key: value` lines",
    "model_attributes_type": "a group of `key: value` lines",
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "less than {lt}",
    "less_than_equal": "{le} or less",
}


def shown(value: object) -> str:
    """A found value as the reader of a fault recognises it."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a group of keys" if value else "an empty group"
    if isinstance(value, (list, tuple)):
        return "a list" if value else "an empty list"
    text = " ".join(str(value).split())
    return f'"{text}"' if len(text) <= LONGEST_SHOWN else f'"{text[:LONGEST_SHOWN]}..." ({len(text)} characters)'


def one_of(known: Iterable[str], meant: str) -> str:
    """`one of a, b, c`, with a guess where `meant` is a slip of the pen for one of them."""
    names = list(known)
    if not names:
        return "a name that the book defines: it defines none"
    if len(names) == 1:
        return names[0]
    guess = closest(meant, names)
    more = f", ... ({len(names)} in all)" if len(names) > MOST_LISTED else ""
    listed = f"one of {', '.join(names[:MOST_LISTED])}{more}"
    return f"{listed} (did you mean {guess}?)" if guess else listed


def closest(meant: str, known: Iterable[str]) -> str | None:
    """The known name that `meant` most resembles, None where none is close."""
    if len(meant) > _LONGEST_COMPARED:
        return None
    by_folded = {name.casefold(): name for name in known}
    matches = get_close_matches(meant.casefold(), by_folded, n=1, cutoff=0.7)
    return by_folded[matches[0]] if matches else None


def faults_of(error: ValidationError, source: Source) -> Iterator[tuple[Place, Fault]]:
    """Each error of pydantic as (the place it concerns, the fault)."""
    details = error.errors(include_url=False)
    for detail in details:
        if detail["type"] == "too_short" and _has_faults_inside(detail, details):
            continue  # pydantic counts only the items it takes
        place = _place_of(detail["loc"], source.root)
        if detail["type"] == "missing":
            place = (*place, detail["loc"][-1])
        elif detail["type"].startswith("union_tag"):
            place = (*place, "kind")
        yield place, _fault(detail, place, source)


def _has_faults_inside(outer: Any, details: Iterable[Any]) -> bool:
    location = outer["loc"]
    return any(detail is not outer and detail["loc"][: len(location)] == location for detail in details)


def _place_of(location: tuple[int | str, ...], root: Any) -> Place:
    """The keys and positions of the file in pydantic's location, which also names tags of unions and the like."""
    place: Place = ()
    here = root
    for step, part in enumerate(location):
        is_kind = step == 2 and place[:1] == ("promises",)
        if is_kind or not _leads_on(here, part):
            continue
        place = (*place, part)
        here = here[part]
    return place


def _leads_on(here: Any, part: int | str) -> bool:
    if isinstance(here, list):
        return isinstance(part, int) and part < len(here)
    return isinstance(here, dict) and part in here


def _fault(detail: Any, place: Place, source: Source) -> Fault:
    sort, context = detail["type"], detail.get("ctx", {})
    name = str(detail["loc"][-1]) if detail["loc"] else ""
    if sort == "missing":
        return source.fault(place, "nothing", _description(place, source.root))
    if sort == "extra_forbidden":
        return source.fault(place, f"the unknown key `{name}`", _known_keys(place, source.root), at_key=True)
    if sort == "union_tag_not_found":
        return source.fault(place, "nothing", f"the kind of promise: {one_of(_kinds(), '')}")
    if sort == "union_tag_invalid":
        tag = str(context["tag"])
        return source.fault(place, shown(tag), one_of(_kinds(), tag))
    if name == "[key]":
        expected = _own_words(detail)[1] if sort == "value_error" else _expectation(detail)
        return source.fault(place, f"the name {shown(detail['input'])}", expected, at_key=True)
    if sort == "value_error":
        return source.fault(place, *_own_words(detail))
    return source.fault(place, shown(detail["input"]), _expectation(detail, _properties_at(place, source.root)))


def _own_words(detail: Any) -> tuple[str, str]:
    """(found, expected) of a ValueError raised by Kept's own readers, which say both."""
    message = str(detail["ctx"]["error"])
    match = _VALUE_ERROR.fullmatch(message)
    if not match:
        return shown(detail["input"]), message
    repeats_input = match["found"] in {None, repr(detail["input"])}
    return shown(detail["input"]) if repeats_input else match["found"], match["expected"]


def _expectation(detail: Any, keys: Iterable[str] = ()) -> str:
    sort, context = detail["type"], detail.get("ctx", {})
    if sort in {"enum", "literal_error"}:
        choices = re.findall(r"'([^']*)'", str(context["expected"]))
        return one_of(choices, str(detail["input"]))
    if sort.startswith("model_") and keys:
        return f"a group with such keys as {', '.join(keys)}"
    if sort in _EXPECTED:
        return _EXPECTED[sort].format(**context)
    message = str(detail["msg"]).removeprefix("Input should be ")
    return message[:1].lower() + message[1:]


# What the schema knows of a place


@cache
def _schema() -> dict[str, Any]:
    return book_json_schema()


def _kinds() -> tuple[str, ...]:
    return tuple(_promise_models())


def _promise_models() -> dict[str, Any]:
    """The schema of each kind of promise, by its name."""
    mapping = _schema()["properties"]["promises"]["items"]["discriminator"]["mapping"]
    return {kind: _resolved({"$ref": reference}) for kind, reference in mapping.items()}


def _resolved(node: Any) -> dict[str, Any]:
    while isinstance(node, dict) and "$ref" in node:
        node = _schema()["$defs"][node["$ref"].rpartition("/")[2]]
    return node if isinstance(node, dict) else {}


def _properties(node: Any, here: Any) -> dict[str, Any]:
    """The keys that may stand at a node of the schema; where it offers a choice, those of every choice that fits."""
    node = _resolved(node)
    if "discriminator" in node:
        kind = here.get("kind") if isinstance(here, dict) else None
        return _properties(_promise_models().get(str(kind), {}), here)
    found = dict(node.get("properties", {}))
    for choice in (*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())):
        found |= _properties(choice, here)
    return found


def _beneath(node: Any, part: int | str, here: Any) -> Any:
    """The node of the schema one key or position further down."""
    known = _properties(node, here)
    if part in known:
        return known[str(part)]
    node = _resolved(node)
    for choice in (node, *map(_resolved, node.get("anyOf", ()))):
        further = choice.get("items" if isinstance(part, int) else "additionalProperties")
        if isinstance(further, dict):
            return further
    return {}


def _properties_at(place: Place, root: Any) -> dict[str, Any]:
    node: Any = _schema()
    here = root
    for part in place:
        node = _beneath(node, part, here)
        here = here[part] if _leads_on(here, part) else None
    return _properties(node, here)


def _description(place: Place, root: Any) -> str:
    key = str(place[-1])
    said = _properties_at(place[:-1], root).get(key, {}).get("description", "")
    return f"`{key}`: {said[:1].lower() + said[1:].rstrip('.')}" if said else f"`{key}`"


def _known_keys(place: Place, root: Any) -> str:
    """What to write instead of an unknown key."""
    key = str(place[-1])
    known = _properties_at(place[:-1], root)
    if guess := closest(key, known):
        return f"a known key (did you mean `{guess}`?)"
    kinds = [kind for kind, model in _promise_models().items() if key in model.get("properties", {})]
    elsewhere = (
        f"; `{key}` belongs to {', '.join(kinds)}" if len(place) == 3 and place[0] == "promises" and kinds else ""
    )
    return f"one of {', '.join(known)}{elsewhere}"

"""What is wrong in a mapping file, in plain words and all at once: what pydantic refuses, and what only makes sense together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

from pydantic import BaseModel, ValidationError

from monitor.errors import Fault
from monitor.wire.book.faults import one_of, shown
from monitor.wire.book.values import Entry
from monitor.wire.events.cloud_events import EVENT_TYPES
from monitor.wire.mapping.model import Dialect, ExportMapping, Moment, Rule, Times, Value, When, placeholders
from monitor.wire.written.plain_words import describe_error
from monitor.wire.written.yaml_source import Place, Source

_OWN_WORDS: Final = re.compile(r"(?:found (?P<found>.*), )?expected (?P<expected>.*)", re.DOTALL)

ModelAt: TypeAlias = Callable[[Place], type[BaseModel]]
"""The model of the group of keys at a place of a file."""

# What pydantic refuses


def model_faults(error: ValidationError, source: Source, model_at: ModelAt | None = None) -> Iterator[Fault]:
    """Each error of pydantic as a fault; `model_at` knows the models of a file that is no mapping."""
    for detail in error.errors(include_url=False):
        # A list whose only item is refused is also "too short" to pydantic; whoever wrote the item knows better.
        if detail["type"] != "too_short" or not detail["input"]:
            yield _model_fault(detail, source, model_at or _model_at)


def _model_fault(detail: Any, source: Source, model_at: ModelAt) -> Fault:
    place = _place_of(detail["loc"], source.root)
    name = str(detail["loc"][-1]) if detail["loc"] else ""
    if detail["type"] == "missing":
        said = model_at(place).model_fields[name].description or ""
        return source.fault((*place, name), "nothing", f"`{name}`: {said[:1].lower()}{said[1:].rstrip('.')}")
    if detail["type"] == "extra_forbidden":
        expected = one_of(model_at(place[:-1]).model_fields, name)
        return source.fault(place, f"the unknown key `{name}`", expected, at_key=True)
    if detail["type"] == "value_error":
        match = _OWN_WORDS.fullmatch(str(detail["ctx"]["error"]))
        assert match is not None, "Kept's own validators say found and expected"
        return source.fault(place, match["found"] or shown(detail["input"]), match["expected"])
    return source.fault(place, shown(detail["input"]), _expectation(detail))


def _expectation(detail: Any) -> str:
    if detail["type"] == "too_short":
        return "at least one"
    _, expected, _ = describe_error(detail)
    return "a group of `key: value` lines" if expected == "an object" else expected


def _place_of(location: tuple[int | str, ...], root: Any) -> Place:
    """The part of pydantic's location that is in the file: a plain word has no `column` under it."""
    place: Place = ()
    here = root
    for part in location:
        leads_on = part in here if isinstance(here, dict) else isinstance(here, list) and isinstance(part, int)
        if not leads_on:
            break
        place, here = (*place, part), here[part]
    return place


def _model_at(place: Place) -> type[Entry]:
    """The model of the group of keys at a place."""
    fixed: dict[Place, type[Entry]] = {(): ExportMapping, ("file",): Dialect, ("times",): Times}
    if place in fixed:
        return fixed[place]
    if place[-1] == "when":
        return When
    if place[-1] == "time":
        return Moment
    return Rule if len(place) == 2 and place[0] == "events" else Value


# What only makes sense together


def check_faults(mapping: ExportMapping, source: Source) -> Iterator[Fault]:
    """Faults of a mapping that reads well: unknown fields and tables, values an event of that type refuses."""
    for key, value in (("case", mapping.case), ("client", mapping.client), ("id", mapping.id)):
        if value is not None:
            yield from _table_faults((key,), value, mapping, source)
    for number, rule in enumerate(mapping.events):
        yield from _rule_faults(("events", number), rule, mapping, source)


def _rule_faults(place: Place, rule: Rule, mapping: ExportMapping, source: Source) -> Iterator[Fault]:
    fields = EVENT_TYPES[rule.type].model_fields
    for name, field in fields.items():
        if field.is_required() and name not in rule.data:
            yield source.fault((*place, "data"), "nothing", f"`{name}`, which {rule.type} cannot do without")
    for name, value in rule.data.items():
        here = (*place, "data", name)
        if name not in fields:
            yield source.fault(
                here, f"the unknown field `{name}`", f"for {rule.type} {one_of(fields, name)}", at_key=True
            )
            continue
        yield from _table_faults(here, value, mapping, source)
        yield from _refused_values(here, (rule.type, name), value, mapping, source)


def _table_faults(place: Place, value: Value, mapping: ExportMapping, source: Source) -> Iterator[Fault]:
    if value.table is not None and value.table not in mapping.tables:
        yield source.fault((*place, "table"), f"the table {shown(value.table)}", _known_tables(mapping, value.table))


def _known_tables(mapping: ExportMapping, meant: str) -> str:
    return one_of(mapping.tables, meant) if mapping.tables else "a table that `tables` defines"


def _refused_values(
    place: Place, field: tuple[str, str], value: Value, mapping: ExportMapping, source: Source
) -> Iterator[Fault]:
    """Fixed texts and entries of tables that the field refuses, whatever the export will say."""
    if value.split is not None:
        return
    for key, text in (("text", value.text), ("otherwise", value.otherwise)):
        if text is not None and not placeholders(text):
            yield from _refusals((*place, key), field, text, source)
    for word, text in mapping.tables.get(value.table or "", {}).items():
        yield from _refusals(("tables", value.table or "", word), field, text, source)


def _refusals(place: Place, field: tuple[str, str], text: str, source: Source) -> Iterator[Fault]:
    event_type, name = field
    model = EVENT_TYPES[event_type]
    try:
        model.__pydantic_validator__.validate_assignment(model.model_construct(), name, text)
    except ValidationError as error:
        _, expected, _ = describe_error(error.errors(include_url=False)[0])
        yield source.fault(place, shown(text), f"for `{name}` of {event_type} {expected}")

"""What the value of a record says: CloudEvents as they are, or objects that a mapping makes events of.

Nothing is remembered from one record to the next: which of a case's records is its first, or what has changed since the
one before, is not known here, and a mapping that asks is refused at the start.
"""

from __future__ import annotations

from math import isfinite
from typing import Any, Final, NamedTuple, Protocol

import orjson

from monitor.domain.facts.events import Event
from monitor.errors import UnreadableEvent
from monitor.wire.edge.records import Origin
from monitor.wire.events.cloud_events import decode_event
from monitor.wire.mapping.model import ExportMapping
from monitor.wire.mapping.row_rules import RowRules
from monitor.wire.written.json_text import BYTE_ORDER_MARK, read_json, with_members
from monitor.wire.written.plain_words import EXPECTED, shown


class Understood(NamedTuple):
    """An event, and the JSON that says it."""

    event: Event
    said: bytes


class Reader(Protocol):
    """Reads the records of one topic."""

    def events(self, value: bytes, origin: Origin) -> list[Understood]:
        """The CloudEvents in a value, each with an id; raises UnreadableEvent."""
        ...


class EventReader:
    """Reads canonical CloudEvents, one a record, in structured JSON: as they come, but for the id of one that has none."""

    def events(self, value: bytes, origin: Origin) -> list[Understood]:
        said = value.removeprefix(BYTE_ORDER_MARK)
        try:
            return [Understood(decode_event(said), said)]
        except UnreadableEvent as error:
            if error.key != "id" or parsed_object(said).get("id") is not None:
                raise
        said = with_members(said, {"id": str(origin)})
        return [Understood(decode_event(said), said)]


class MappedReader:
    """Reads the objects of a help desk, a telephone system or a mail server, by a mapping: an object is a row."""

    def __init__(self, mapping: ExportMapping) -> None:
        self._rules = RowRules(mapping)
        self._paths = [(column, column.split(".")) for column in self._rules.columns]

    def events(self, value: bytes, origin: Origin) -> list[Understood]:
        rules = self._rules
        record = parsed_object(value)
        row = {column: cell_of(record, column, path) for column, path in self._paths}
        cells = rules.reader.cells(row, rules.columns)
        stem = rules.own_id(cells) or str(origin)
        # A later record has later numbers: what happened in one instant keeps the order of its partition.
        made = rules.events(cells, None, stem=stem, first_sequence=origin.offset * len(rules))
        return [Understood(decode_event(said), said) for said in map(orjson.dumps, made)]


_LARGEST: Final = 1.7976931348623157e308


def parsed_object(value: bytes) -> dict[str, Any]:
    """The JSON object in a value; raises UnreadableEvent."""
    found = read_json(value.removeprefix(BYTE_ORDER_MARK))
    if not isinstance(found, dict):
        raise UnreadableEvent(shown(found), EXPECTED["model_type"])
    return found


def cell_of(record: dict[str, Any], column: str, path: list[str]) -> str:
    """The text of a field; `a.b` is b inside a, a field that is not there says nothing. Raises UnreadableEvent.

    A list of plain values is its items with commas between them, for a mapping to split.
    """
    value = record.get(column)
    if value is None and len(path) > 1:
        value = record
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
    if type(value) is str:
        return value
    if isinstance(value, list):
        return ",".join(_plain(item, column) for item in value)
    return _plain(value, column)


def _plain(value: Any, column: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not isfinite(value):
        raise UnreadableEvent("a number out of range", f"one up to {_LARGEST:.1e}", column)
    if isinstance(value, str | int | float):
        return str(value)
    raise UnreadableEvent(shown(value), f"a plain value; `{column}.` and a name reaches what is inside", column)

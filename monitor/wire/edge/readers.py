"""What the value of a record says: CloudEvents as they are, or objects that a mapping makes events of.

Nothing is remembered from one record to the next: which of a case's records is its first, or what has changed since the
one before, is not known here, and a mapping that asks is refused at the start.
"""

from __future__ import annotations

from typing import Any, Protocol

import orjson

from monitor.errors import UnreadableEvent
from monitor.wire.edge.records import Origin
from monitor.wire.mapping.model import ExportMapping
from monitor.wire.mapping.row_rules import RowRules
from monitor.wire.written.plain_words import shown


class Reader(Protocol):
    """Reads the records of one topic."""

    def events(self, value: bytes, origin: Origin) -> list[dict[str, Any]]:
        """The CloudEvents in a value, each with an id; raises UnreadableEvent."""
        ...


class EventReader:
    """Reads canonical CloudEvents, one a record, in structured JSON."""

    def events(self, value: bytes, origin: Origin) -> list[dict[str, Any]]:
        event = parsed_object(value)
        if event.get("id") is None:
            event["id"] = str(origin)
        return [event]


class MappedReader:
    """Reads the objects of a help desk, a telephone system or a mail server, by a mapping: an object is a row."""

    def __init__(self, mapping: ExportMapping) -> None:
        self._rules = RowRules(mapping)
        self._paths = [(column, column.split(".")) for column in self._rules.columns]

    def events(self, value: bytes, origin: Origin) -> list[dict[str, Any]]:
        rules = self._rules
        record = parsed_object(value)
        row = {column: cell_of(record, column, path) for column, path in self._paths}
        cells = rules.reader.cells(row, rules.columns)
        stem = rules.own_id(cells) or str(origin)
        # A later record has later numbers: what happened in one instant keeps the order of its partition.
        return rules.events(cells, None, stem=stem, first_sequence=origin.offset * len(rules))


def parsed_object(value: bytes) -> dict[str, Any]:
    """The JSON object in a value; raises UnreadableEvent."""
    try:
        found = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise UnreadableEvent(f"no JSON ({error})", "a JSON object") from None
    if not isinstance(found, dict):
        raise UnreadableEvent(shown(found), "a JSON object")
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
    if isinstance(value, str | int | float):
        return str(value)
    raise UnreadableEvent(shown(value), f"a plain value; `{column}.` and a name reaches what is inside", column)

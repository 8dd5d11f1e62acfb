"""Rows of an export to CloudEvents, as a mapping says.

Of each case the conversion remembers how many rows it had and what its last one said in the columns that rules compare,
so rows of many cases may come interleaved. Whatever is wrong with a row refuses the whole row, which is
then as if it had not been in the export: half a row's events would be a story that nobody told.

An event's id is made of the case, the number of the row within it (where the mapping names no id of the row), and the
rule's type (numbered where several rules have the same), so converting twice gives the same ids. `sequence` counts rules over the rows of a case: it orders the
events that happened in the same instant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

from monitor.errors import UnreadableEvent
from monitor.wire.events.cloud_events import decode_event
from monitor.wire.mapping.conditions import CellsOfRow
from monitor.wire.mapping.model import ExportMapping
from monitor.wire.mapping.row_rules import RowRules
from monitor.wire.mapping.values import Place


class _Past(NamedTuple):
    """What is remembered of a case: its rows so far, and the last one's cells in the columns rules compare."""

    rows: int
    cells: CellsOfRow | None


_NO_PAST: Final = _Past(0, None)


class Conversion:
    """One mapping at work on one export, whose rows come in the order in which they became true."""

    def __init__(self, mapping: ExportMapping) -> None:
        self._rules = RowRules(mapping)
        self._watched = tuple(dict.fromkeys(column for rule in mapping.events for column in rule.when.watched))
        self._pasts: dict[str, _Past] = {}

    def place(self, row: Mapping[str, str]) -> Place:
        """What to sort a row by where the mapping has an order; raises UnreadableEvent."""
        return self._rules.reader.place(row)

    def events(self, rows: Iterable[Mapping[str, str]]) -> Iterator[dict[str, Any]]:
        """The events of rows whose keys are columns; raises UnreadableEvent at the first row that can't be converted."""
        for row in rows:
            yield from self.row_events(row)

    def row_events(self, row: Mapping[str, str]) -> list[dict[str, Any]]:
        """The events of the next row of its case.

        Raises UnreadableEvent, whose key is the column or the field, and then remembers nothing of the row.
        """
        rules = self._rules
        cells = rules.reader.cells(row, rules.columns)
        case = rules.case_of(cells)
        rows, before = self._pasts.get(case, _NO_PAST)
        stem = rules.own_id(cells) or f"{case}/{rows + 1}"
        events = rules.events(cells, before, stem=stem, first_sequence=rows * len(rules))
        for event in events:
            _check(event)
        self._pasts[case] = _Past(rows + 1, {column: cells[column] for column in self._watched})
        return events


def _check(event: dict[str, Any]) -> None:
    """Raises UnreadableEvent where Kept would refuse the event."""
    try:
        decode_event(orjson.dumps(event))
    except UnreadableEvent as error:
        raise UnreadableEvent(error.found, error.expected, f"{event['type']} {error.key}".strip()) from None

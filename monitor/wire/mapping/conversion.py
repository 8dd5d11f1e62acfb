"""Rows of an export to CloudEvents, as a mapping says.

Of each case the conversion remembers how many rows it had and what its last one said in the columns that rules compare,
so rows of many cases may come interleaved. Whatever is wrong with a row refuses the whole row, which is
then as if it had not been in the export: half a row's events would be a story that nobody told.

An event's id is made of the case, the number of the row within it, and the rule's type (numbered where several rules
have the same), so converting twice gives the same ids. `sequence` counts rules over the rows of a case: it orders the
events that happened in the same instant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

from monitor.domain.instant import InstantUs, format_instant
from monitor.errors import UnreadableEvent
from monitor.wire.events import decode_event
from monitor.wire.mapping.conditions import CellsOfRow, Check, checks_of
from monitor.wire.mapping.model import ExportMapping, Rule
from monitor.wire.mapping.values import Place, RowReader

WITHOUT_CASE: Final = frozenset({"staff.changed", "client.changed", "source.heartbeat"})
"""Types that are about nobody's case: their events carry no subject."""


class _Past(NamedTuple):
    """What is remembered of a case: its rows so far, and the last one's cells in the columns rules compare."""

    rows: int
    cells: CellsOfRow | None


_NO_PAST: Final = _Past(0, None)


class _ReadyRule(NamedTuple):
    """A rule with what is worked out once."""

    rule: Rule
    checks: tuple[Check, ...]
    id_suffix: str


class Conversion:
    """One mapping at work on one export, whose rows come in the order in which they became true."""

    def __init__(self, mapping: ExportMapping) -> None:
        self._mapping = mapping
        self._reader = RowReader(mapping)
        self._columns = tuple(dict.fromkeys(column for _, column in mapping.named_columns()))
        self._watched = tuple(dict.fromkeys(column for rule in mapping.events for column in rule.when.watched))
        suffixes = _id_suffixes(mapping)
        self._rules = [_ReadyRule(rule, checks_of(rule.when), next(suffixes)) for rule in mapping.events]
        self._pasts: dict[str, _Past] = {}

    def place(self, row: Mapping[str, str]) -> Place:
        """What to sort a row by where the mapping has an order; raises UnreadableEvent."""
        return self._reader.place(row)

    def events(self, rows: Iterable[Mapping[str, str]]) -> Iterator[dict[str, Any]]:
        """The events of rows whose keys are columns; raises UnreadableEvent at the first row that can't be converted."""
        for row in rows:
            yield from self.row_events(row)

    def row_events(self, row: Mapping[str, str]) -> list[dict[str, Any]]:
        """The events of the next row of its case.

        Raises UnreadableEvent, whose key is the column or the field, and then remembers nothing of the row.
        """
        cells = self._reader.cells(row, self._columns)
        case = self._reader.required(self._mapping.case, cells)
        row_time = self._reader.moment(self._mapping.time, cells)
        past = self._pasts.get(case, _NO_PAST)
        events = [
            self._event(number, cells, case, row_time=row_time)
            for number, ready in enumerate(self._rules)
            if all(check(cells, past.cells) for check in ready.checks)
        ]
        self._pasts[case] = _Past(past.rows + 1, {column: cells[column] for column in self._watched})
        return events

    def _event(self, number: int, cells: CellsOfRow, case: str, *, row_time: InstantUs) -> dict[str, Any]:
        """The event a rule makes of the row that comes next in its case."""
        rule, _, id_suffix = self._rules[number]
        reader, rows_before = self._reader, self._pasts.get(case, _NO_PAST).rows
        time = row_time if rule.time is None else reader.moment(rule.time, cells)
        event: dict[str, Any] = {
            "specversion": "1.0",
            "id": f"{case}/{rows_before + 1}/{id_suffix}",
            "source": self._mapping.source,
            "type": rule.type,
            "time": format_instant(time),
            "sequence": rows_before * len(self._rules) + number,
        }
        if rule.type not in WITHOUT_CASE:
            event["subject"] = case
        client = self._mapping.client and reader.text(self._mapping.client, cells)
        if client is not None:
            event["client"] = client
        said = {name: reader.field(value, cells) for name, value in rule.data.items()}
        event["data"] = {name: value for name, value in said.items() if value is not None}
        _check(event)
        return event


def _id_suffixes(mapping: ExportMapping) -> Iterator[str]:
    """What tells the rules apart in ids: the type, numbered from its second rule on."""
    seen: Counter[str] = Counter()
    for rule in mapping.events:
        seen[rule.type] += 1
        yield rule.type if seen[rule.type] == 1 else f"{rule.type}.{seen[rule.type]}"


def _check(event: dict[str, Any]) -> None:
    """Raises UnreadableEvent where Kept would refuse the event."""
    try:
        decode_event(orjson.dumps(event))
    except UnreadableEvent as error:
        raise UnreadableEvent(error.found, error.expected, f"{event['type']} {error.key}".strip()) from None

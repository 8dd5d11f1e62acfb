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
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

from monitor.domain.instant import InstantUs, format_instant
from monitor.errors import UnreadableEvent
from monitor.wire.book_faults import one_of
from monitor.wire.events import decode_event
from monitor.wire.mapping_conditions import CellsOfRow, Test, tests_of
from monitor.wire.mapping_model import ExportMapping, Moment, Rule, Value, fill, placeholders
from monitor.wire.mapping_times import WrittenTimes
from monitor.wire.plain_words import shown

WITHOUT_CASE: Final = frozenset({"staff.changed", "client.changed", "source.heartbeat"})
"""Types that are about nobody's case: their events carry no subject."""

class _Past(NamedTuple):
    """What is remembered of a case: its rows so far, and the last one's cells in the columns rules compare."""

    rows: int
    cells: CellsOfRow | None


_NO_PAST: Final = _Past(0, None)


class _Compiled(NamedTuple):
    """A rule with what its events have in common."""

    rule: Rule
    tests: tuple[Test, ...]
    id_suffix: str


class Conversion:
    """One mapping at work on one export, whose rows come in the order in which they became true."""

    def __init__(self, mapping: ExportMapping) -> None:
        self._mapping = mapping
        self._columns = tuple(dict.fromkeys(column for _, column in mapping.named_columns()))
        self._watched = tuple(dict.fromkeys(column for rule in mapping.events for column in rule.when.watched))
        self._missing = frozenset(("", *mapping.missing))
        self._times = WrittenTimes(mapping.times.format, mapping.times.zone, mapping.times.date)
        self._rules = [
            self._compile(rule, suffix) for rule, suffix in zip(mapping.events, _suffixes(mapping), strict=True)
        ]
        self._pasts: dict[str, _Past] = {}

    def events(self, rows: Iterable[Mapping[str, str]]) -> Iterator[dict[str, Any]]:
        """The events of rows whose keys are columns; raises UnreadableEvent at the first row that can't be converted."""
        for row in rows:
            yield from self.row_events(row)

    def row_events(self, row: Mapping[str, str]) -> list[dict[str, Any]]:
        """The events of the next row of its case.

        Raises UnreadableEvent, whose key is the column or the field, and then remembers nothing of the row.
        """
        cells = self._cells(row)
        case = self._required(self._mapping.case, cells, "case")
        past = self._pasts.get(case, _NO_PAST)
        client = None if self._mapping.client is None else self._value(self._mapping.client, cells)
        row_time = self._moment(self._mapping.time, cells)
        events = []
        for number, compiled in enumerate(self._rules):
            if not holds(compiled.rule.when, cells, past.cells):
                continue
            time = row_time if compiled.read_time is None else compiled.read_time(cells)
            event = self._event(compiled, cells, time)
            event["id"] = f"{case}/{past.rows + 1}/{compiled.id_suffix}"
            event["sequence"] = past.rows * len(self._rules) + number
            if compiled.rule.type not in WITHOUT_CASE:
                event["subject"] = case
            if client is not None:
                event["client"] = client
            _check(event)
            events.append(event)
        self._pasts[case] = _Past(past.rows + 1, {column: cells[column] for column in self._watched})
        return events

    def place_in_order(self, row: Mapping[str, str]) -> tuple[tuple[int, float, str], ...]:
        """What to sort a row by: the mapping's `order`, times as times, numbers as numbers, nothing before something.

        Raises UnreadableEvent where a time can't be read.
        """
        cells = self._cells(row)
        return tuple(self._rank(column, cells[column]) for column in self._mapping.order or ())

    def _rank(self, column: str, cell: str | None) -> tuple[int, float, str]:
        if cell is None:
            return (0, 0, "")
        if column in self._mapping.time.columns:
            return (1, self._read_time(column, cell), "")
        return (1, int(cell), "") if cell.isdecimal() else (2, 0, cell)

    def _cells(self, row: Mapping[str, str]) -> CellsOfRow:
        missing = self._missing
        cells: CellsOfRow = {}
        for column in self._columns:
            text = row[column].strip()
            cells[column] = None if text in missing else text
        return cells

    def _event(self, compiled: _Compiled, cells: CellsOfRow, time: InstantUs) -> dict[str, Any]:
        """The event as far as the row's case does not matter."""
        data = {}
        for field, value in compiled.rule.data.items():
            said = self._field(value, cells)
            if said is not None:
                data[field] = said
        return {
            "specversion": "1.0",
            "id": "",
            "source": self._mapping.source,
            "type": compiled.rule.type,
            "time": format_instant(time),
            "data": data,
        }

    # Values

    def _required(self, value: Value, cells: CellsOfRow, what: str) -> str:
        found = self._value(value, cells)
        if found is None:
            raise UnreadableEvent("nothing", f"the {what}", ", ".join(value.columns))
        return found

    def _field(self, value: Value, cells: CellsOfRow) -> str | list[str] | None:
        """What goes into a field: a list where a cell is split."""
        if value.split is None:
            return self._value(value, cells)
        cell = cells[value.column or ""]
        words = [word.strip() for word in (cell or "").split(value.split)]
        translated = [self._translated(value, word, cells) for word in words if word]
        return [word for word in translated if word is not None]

    def _value(self, value: Value, cells: CellsOfRow) -> str | None:
        if value.text is not None:
            return _filled(value.text, cells)
        if value.time is not None:
            known = any(cells[column] is not None for column in value.time.columns)
            return format_instant(self._moment(value.time, cells)) if known else None
        cell = cells[value.column or ""]
        return None if cell is None else self._translated(value, cell, cells)

    def _translated(self, value: Value, cell: str, cells: CellsOfRow) -> str | None:
        if value.table is None:
            return cell
        table = self._mapping.tables[value.table]
        if cell in table:
            return table[cell]
        if value.otherwise is not None:
            return _filled(value.otherwise, cells)
        raise UnreadableEvent(shown(cell), f"in the table `{value.table}` {one_of(table, cell)}", value.column or "")

    # Times

    def _moment(self, moment: Moment, cells: CellsOfRow) -> InstantUs:
        written = [(column, cell) for column in moment.columns if (cell := cells[column]) is not None]
        if not written:
            raise UnreadableEvent("nothing", "a time", ", ".join(moment.columns))
        if moment.earliest_of is not None:
            return min(self._read_time(column, cell) for column, cell in written)
        if moment.latest_of is not None:
            return max(self._read_time(column, cell) for column, cell in written)
        return self._read_time(*written[0])

    def _read_time(self, column: str, cell: str) -> InstantUs:
        try:
            return self._times.read(cell)
        except UnreadableEvent as error:
            raise UnreadableEvent(error.found, error.expected, column) from None


def _filled(text: str, cells: CellsOfRow) -> str | None:
    """A fixed text with its columns filled in; None where one of them says nothing."""
    if any(cells[column] is None for column in placeholders(text)):
        return None
    return fill(text, cells)


def _suffixes(mapping: ExportMapping) -> Iterator[str]:
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

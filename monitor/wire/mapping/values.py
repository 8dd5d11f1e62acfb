"""What a row says, as a mapping reads it: cells, fixed texts, translations and times."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from monitor.domain.hours.instant import InstantUs, format_instant
from monitor.errors import UnreadableEvent
from monitor.wire.book.faults import one_of
from monitor.wire.mapping.conditions import CellsOfRow
from monitor.wire.mapping.model import ExportMapping, Moment, Value, fill, placeholders
from monitor.wire.mapping.times import WrittenTimes
from monitor.wire.written.plain_words import shown

Place: TypeAlias = tuple[tuple[int, int, str], ...]
"""Where a row belongs in the order of an export; places compare."""

_LONGEST_NUMBER = 18
"""Digits of a cell that is sorted as a number; a longer one is some identifier."""


class RowReader:
    """Reads the rows of one export. Whatever it can't read raises UnreadableEvent, whose key is the column."""

    def __init__(self, mapping: ExportMapping) -> None:
        self._mapping = mapping
        self._missing = frozenset(("", *mapping.missing))
        self._times = WrittenTimes(mapping.times.format, mapping.times.zone, mapping.times.date)

    def cells(self, row: Mapping[str, str], columns: Iterable[str]) -> CellsOfRow:
        """These columns' cells without surrounding blanks, None for those that say nothing."""
        missing = self._missing
        cells: CellsOfRow = {}
        for column in columns:
            text = row[column].strip()
            cells[column] = None if text in missing else text
        return cells

    def place(self, row: Mapping[str, str]) -> Place:
        """What to sort a row by: times as times, numbers as numbers, before both whatever says nothing."""
        cells = self.cells(row, self._mapping.order or ())
        return tuple(self._rank(column, cell) for column, cell in cells.items())

    def _rank(self, column: str, cell: str | None) -> tuple[int, int, str]:
        if cell is None:
            return (0, 0, "")
        if column in self._mapping.time.columns:
            return (1, self._read_time(column, cell), "")
        is_number = cell.isdecimal() and len(cell) <= _LONGEST_NUMBER
        return (1, int(cell), "") if is_number else (2, 0, cell)

    def required(self, value: Value, cells: CellsOfRow) -> str:
        """As `text`, and unreadable where the row says nothing."""
        found = self.text(value, cells)
        if found is None:
            raise UnreadableEvent("nothing", "a value", ", ".join(value.columns))
        return found

    def field(self, value: Value, cells: CellsOfRow, *, takes_several: bool) -> str | list[str] | None:
        """What goes into an event's field: a list where the cell is split, or searched for a field that takes several values, of
        which another one takes the first; None where the row says nothing."""
        if value.split is None and value.find is None:
            return self.text(value, cells)
        cell = cells[value.column or ""] or ""
        found = cell.split(value.split) if value.find is None else re.findall(value.find, cell)
        words = [word.strip() for word in found]
        translated = [self._translated(value, word, cells) for word in words if word]
        known = [word for word in translated if word is not None]
        return known if takes_several or value.find is None else next(iter(known), None)

    def text(self, value: Value, cells: CellsOfRow) -> str | None:
        """A column's cell, a fixed text or an instant in RFC 3339; None where the row says nothing."""
        if value.text is not None:
            return _filled(value.text, cells)
        if value.time is not None:
            is_known = any(cells[column] is not None for column in value.time.columns)
            return format_instant(self.moment(value.time, cells)) if is_known else None
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

    def moment(self, moment: Moment, cells: CellsOfRow) -> InstantUs:
        """The instant of a time column, or of the one chosen among several."""
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

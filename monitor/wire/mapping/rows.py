"""The rows of an export: csv bytes to cells by column, with the line each row starts on.

A row that can't be read is a value too, so that whoever reads on decides what becomes of it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple, TypeAlias

from monitor.domain.number import number_of
from monitor.errors import ConfigError, Fault, UnreadableEvent
from monitor.wire.mapping.model import Dialect
from monitor.wire.written.plain_words import shown

LONGEST_CELL: Final = 131_072
"""Characters in one cell: a quote that is never closed stops here instead of swallowing the file."""

_ESCAPED_BYTES: Final = range(0xDC80, 0xDD00)
"""Where Python puts bytes that the encoding does not know (PEP 383): the byte is the code point minus 0xDC00."""


class Row(NamedTuple):
    """A row that could be read."""

    line: int
    cells: dict[str, str]


class BadRow(NamedTuple):
    """A row that could not be read or converted, and why; `cells` as far as they were told apart."""

    line: int
    cells: list[str]
    reason: UnreadableEvent


AnyRow: TypeAlias = Row | BadRow


class Export:
    """One csv file: its header, then its rows."""

    def __init__(self, stream: BinaryIO, dialect: Dialect, name: str) -> None:
        """Reads the header; raises ConfigError where there is none that can be used."""
        encoding = "utf-8-sig" if dialect.encoding.casefold() in {"utf-8", "utf8"} else dialect.encoding
        text = io.TextIOWrapper(stream, encoding=encoding, errors="surrogateescape", newline="")
        csv.field_size_limit(LONGEST_CELL)
        self._reader = csv.reader(text, delimiter=dialect.delimiter, quotechar=dialect.quote)
        self._encoding = dialect.encoding
        self.name = name
        self.columns = self._read_header()

    def _read_header(self) -> tuple[str, ...]:
        try:
            columns = tuple(next(self._reader))
        except StopIteration:
            raise ConfigError.of(self.name, "an empty file", "a line with the names of the columns") from None
        except (csv.Error, UnicodeError) as error:
            raise ConfigError([Fault(self.name, 1, "", str(error), "a line with the names of the columns")]) from error
        faults = [Fault(self.name, 1, "", *said) for said in self._header_faults(columns)]
        if faults:
            raise ConfigError(faults)
        return columns

    def _header_faults(self, columns: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        undecoded = _undecoded("".join(columns))
        if undecoded is not None:
            yield f"{undecoded} in the header", f"text in {self._encoding}"
        for column in sorted({column for column in columns if columns.count(column) > 1}):
            yield f"the column {shown(column)} twice", "each column once"

    def rows(self) -> Iterator[AnyRow]:
        """The rows in the order of the file; empty lines are passed over."""
        while True:
            line = self._reader.line_num + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except (csv.Error, UnicodeError) as error:
                yield BadRow(line, [], UnreadableEvent(f"a row that is no csv ({error})", "cells between delimiters"))
                if isinstance(error, UnicodeError):
                    # A decoder of wide characters (UTF-16) has lost its place: what follows is noise.
                    return
                continue
            if cells:
                yield self._row(line, cells)

    def _row(self, line: int, cells: list[str]) -> AnyRow:
        columns = self.columns
        if len(cells) != len(columns):
            return BadRow(
                line, cells, UnreadableEvent(self._describe_count(line, cells), number_of(len(columns), "column"))
            )
        row = dict(zip(columns, cells, strict=True))
        undecoded = _undecoded("".join(cells))
        if undecoded is not None:
            return BadRow(line, cells, UnreadableEvent(undecoded, f"text in {self._encoding}"))
        return Row(line, row)

    def _describe_count(self, line: int, cells: list[str]) -> str:
        last = self._reader.line_num
        over = f" over lines {line} to {last} (a quote that is never closed?)" if last > line else ""
        return f"{number_of(len(cells), 'column')}{over}"


def _undecoded(text: str) -> str | None:
    """The first thing in a text that is no character of the file's encoding, None where all is."""
    if text.isascii():
        return None
    surrogate = next((ord(letter) for letter in text if "\ud800" <= letter <= "\udfff"), None)
    if surrogate is None:
        return None
    return f"byte 0x{surrogate - 0xDC00:02x}" if surrogate in _ESCAPED_BYTES else "half a character"

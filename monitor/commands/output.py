"""Rows for people and for programs: a table on a terminal, JSON Lines or CSV elsewhere; one way for every command."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, TextIO, TypeAlias

import orjson
import typer

from monitor.wire.shown.csv_lines import csv_line
from monitor.wire.shown.printable import printable


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


FormatOption: TypeAlias = Annotated[
    Format | None, typer.Option("--format", help="Default: a table on a terminal, JSON Lines elsewhere.")
]

Row = Mapping[str, Any]


def chosen_format(asked: Format | None) -> Format:
    """What was asked for; else a table on a terminal and JSON Lines elsewhere."""
    if asked is not None:
        return asked
    return Format.TABLE if sys.stdout.isatty() else Format.JSONL


def write_rows(rows: Iterable[Row], columns: Sequence[str], format_: Format) -> None:
    """Writes rows to standard output as they come (a table: when all are there)."""
    if format_ is Format.TABLE:
        print_table(rows, columns, file=sys.stdout)
        return
    out = sys.stdout.buffer
    for chunk in _encode(rows, columns, format_):
        out.write(chunk)
    out.flush()


def _encode(rows: Iterable[Row], columns: Sequence[str], format_: Format) -> Iterator[bytes]:
    if format_ is Format.JSONL:
        dumps, newline = orjson.dumps, orjson.OPT_APPEND_NEWLINE
        for row in rows:
            yield dumps(row, None, newline)
        return
    yield csv_line(columns)
    for row in rows:
        yield csv_line([row[column] for column in columns])


_BETWEEN: Final = 2
"""Spaces between two columns."""


def print_table(rows: Iterable[Row], columns: Sequence[str], *, file: TextIO, title: str | None = None) -> None:
    """Prints rows as a table; columns that are empty in every row are left out.

    A terminal gets one that fits its width, or a line for each cell where no word may be broken. Elsewhere, where a table
    may have thousands of rows, it is plain text.
    """
    listed = list(rows)
    shown = [column for column in columns if any(row[column] not in (None, "") for row in listed)] or list(columns)
    cells = [["" if row[column] is None else printable(str(row[column])) for column in shown] for row in listed]
    numeric = [all(isinstance(row[column], int | float | None) for row in listed) for column in shown]
    if file.isatty():
        _print_fitted(cells, shown, numeric, file=file, title=title)
        return
    if title is not None:
        print(title, file=file)
    widths = [max(map(len, column)) for column in zip(shown, *cells, strict=True)]
    for line in (shown, *cells):
        aligned = (
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(line, widths, numeric, strict=True)
        )
        print("  ".join(aligned).rstrip(), file=file)


def _print_fitted(
    cells: list[list[str]], columns: Sequence[str], numeric: list[bool], *, file: TextIO, title: str | None
) -> None:
    # rich takes longer to import than a small file takes to judge, and is for terminals only.
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(file=file, markup=False, highlight=False)
    widths = _widths(cells, columns, console.width - _BETWEEN * (len(columns) - 1))
    if widths is None:
        _print_one_by_one(cells, columns, file=file, title=title)
        return
    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column, is_number, width in zip(columns, numeric, widths, strict=True):
        justify: Literal["right", "left"] = "right" if is_number else "left"
        table.add_column(column, justify=justify, overflow="fold", width=width)
    for line in cells:
        table.add_row(*map(Text, line))
    console.print(table)


def _widths(cells: list[list[str]], columns: Sequence[str], room: int) -> list[int] | None:
    """How wide each column is, so that all of them fit; None where a word of a cell would have to be broken.

    A heading may be broken, but no name or instant, which people copy.
    """
    listed = list(zip(*cells, strict=True)) or [()] * len(columns)
    widths = [max(map(len, (name, *column))) for name, column in zip(columns, listed, strict=True)]
    least = [max(map(_longest_word, ("-", *column))) for column in listed]
    if sum(least) > room:
        return None
    for _ in range(sum(widths) - room):
        most = max(range(len(widths)), key=lambda number: widths[number] - least[number])
        widths[most] -= 1
    return widths


def _longest_word(text: str) -> int:
    return max(map(len, text.split()), default=0)


def _print_one_by_one(cells: list[list[str]], columns: Sequence[str], *, file: TextIO, title: str | None) -> None:
    """A row below the other, a line for each column: on a narrow terminal a table would break the names that people copy."""
    if title is not None:
        print(title, file=file)
    width = max(map(len, columns))
    for number, line in enumerate(cells):
        if number:
            print(file=file)
        for column, cell in zip(columns, line, strict=True):
            if cell:
                print(f"{column.ljust(width)}  {cell}", file=file)

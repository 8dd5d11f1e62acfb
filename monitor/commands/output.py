"""Rows for people and for programs: a table on a terminal, JSON Lines or CSV elsewhere; one way for every command."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, TextIO, TypeAlias

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


def print_table(rows: Iterable[Row], columns: Sequence[str], *, file: TextIO, title: str | None = None) -> None:
    """Prints rows as a table; columns that are empty in every row are left out.

    A terminal gets one that fits its width. Elsewhere, where a table may have thousands of rows, it is plain text.
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

    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column, is_number in zip(columns, numeric, strict=True):
        table.add_column(column, justify="right" if is_number else "left", overflow="fold")
    for line in cells:
        table.add_row(*map(Text, line))
    Console(file=file, markup=False, highlight=False).print(table)

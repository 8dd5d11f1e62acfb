"""Rows as lines of CSV (RFC 4180, lines end with a line feed), so that no cell is run as a formula by a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any, Final

_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the beginning of a formula, where it reads East Asian text the full-width signs, too."""


def csv_line(cells: Sequence[Any]) -> bytes:
    """One line; None is an empty cell."""
    text = io.StringIO()
    # What ends a line is quoted inside a cell: with \r\n that is both, and a bare \r would break a row.
    csv.writer(text, lineterminator="\r\n").writerow(map(_cell, cells))
    return text.getvalue().removesuffix("\r\n").encode() + b"\n"


def _cell(value: Any) -> Any:
    """A cell of CSV; texts that a spreadsheet would run as a formula are marked as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_FORMULAS):
        return "'" + value
    return value

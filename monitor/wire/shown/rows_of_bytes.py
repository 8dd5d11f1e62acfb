"""Rows as CSV or JSON Lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from monitor.wire.shown.csv_lines import csv_line


def encoded(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, is_csv: bool, has_head: bool = True) -> bytes:
    """The lines of some rows; of CSV with the line of the columns' names before them, unless `has_head` is false."""
    if not is_csv:
        return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
    head = csv_line(columns) if has_head else b""
    return head + b"".join(csv_line([row[column] for column in columns]) for row in rows)

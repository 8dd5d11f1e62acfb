"""Files of events: JSON Lines, plain or compressed, line by line, whatever is in them."""

from __future__ import annotations

import gzip
import lzma
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, NamedTuple, cast

from monitor.wire.written.json_text import BYTE_ORDER_MARK

STANDARD_INPUT: Final = Path("-")
LONGEST_LINE_BYTES: Final = 16_777_216
"""A line is read whole up to here: far more than an event may measure, so that a rejected one can be kept as it was."""


class Line(NamedTuple):
    """One line of a file; `number` counts from 1. A line longer than 16 MiB is cut there."""

    number: int
    text: bytes


def read_lines(path: Path) -> Iterator[Line]:
    """The lines of a file that are not blank; `-` is the standard input, `.gz` and `.xz` are unpacked.

    Raises OSError where the file can't be read, and EOFError, `lzma.LZMAError` or `gzip.BadGzipFile` where it is not
    what its name says or was cut off.
    """
    with _open(path) as stream:
        try:
            yield from _lines_of(stream)
        except zlib.error as error:
            raise gzip.BadGzipFile(str(error)) from error


def _lines_of(stream: IO[bytes]) -> Iterator[Line]:
    number = 0
    while text := stream.readline(LONGEST_LINE_BYTES):
        number += 1
        if number == 1:
            text = text.removeprefix(BYTE_ORDER_MARK)
        if len(text) == LONGEST_LINE_BYTES and not text.endswith(b"\n"):
            _skip_line(stream)
        if not text.isspace():
            yield Line(number, text)


def size_of(path: Path) -> int | None:
    """The bytes of a file as it lies there, None for the standard input."""
    return None if path == STANDARD_INPUT else path.stat().st_size


def _open(path: Path) -> IO[bytes]:
    if path == STANDARD_INPUT:
        return sys.stdin.buffer
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if path.suffix == ".xz":
        return lzma.open(path, "rb")
    return path.open("rb")


def _skip_line(stream: IO[bytes]) -> None:
    """Reads on to the end of the line without keeping it."""
    while piece := stream.readline(LONGEST_LINE_BYTES):
        if piece.endswith(b"\n"):
            return

"""`kept convert`: an export's rows, as a mapping says, to CloudEvents in JSON Lines.

What can't be converted is reported with its line and stops nothing; `--rejects` keeps it. Where the mapping sorts, the whole
file is held in memory; otherwise rows pass through one by one.
"""

from __future__ import annotations

import gzip
import lzma
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NamedTuple, cast

import orjson
import typer

from monitor.commands.progress import STEPS_A_REPORT, bars
from monitor.commands.rejects import Rejects
from monitor.domain.number import number_of
from monitor.errors import ConfigError, Fault, UnreadableEvent
from monitor.wire.mapping.conversion import Conversion
from monitor.wire.mapping.loading import MappingFile, load_mapping
from monitor.wire.mapping.rows import AnyRow, BadRow, Export
from monitor.wire.mapping.values import Place


class Tally(NamedTuple):
    """What a conversion came to."""

    rows: int
    rejected: int
    events: int


def convert(
    file: Annotated[str, typer.Argument(help="The export: csv, also .gz or .xz; - reads standard input.")],
    mapping: Annotated[Path, typer.Option("--mapping", "-m", help="The mapping file that says what a row means.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where events go; standard output if left out.")
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option("--rejects", help="Where rows go that can't be converted, with the reason.")
    ] = None,
) -> None:
    """Turn the rows of an export into events, one CloudEvent a line."""
    mapping_file = load_mapping(mapping)
    with ExitStack() as stack:
        stream = stack.enter_context(open_export(file))
        export = open_rows(mapping_file, stream, file)
        out = stack.enter_context(_created(output)) if output else sys.stdout.buffer
        rejected = stack.enter_context(Rejects("row", rejects))
        # A bar and events on one terminal would spoil each other.
        watched = output is not None or not sys.stdout.isatty()
        convert_rows(mapping_file, export, out, rejects=rejected, watched=watched)
        out.flush()


def open_export(file: str) -> BinaryIO:
    """The bytes of an export, unpacked; raises ConfigError where it can't be opened."""
    if file == "-":
        return sys.stdin.buffer
    opener: Any = {".gz": gzip.open, ".xz": lzma.open}.get(Path(file).suffix.casefold(), open)
    try:
        return cast("BinaryIO", opener(file, "rb"))
    except OSError as error:
        raise ConfigError.of(file, error.strerror or str(error), "a file that can be read") from error


def open_rows(mapping_file: MappingFile, stream: BinaryIO, file: str) -> Export:
    """The export's rows; raises ConfigError where its header lacks what the mapping names."""
    name = "standard input" if file == "-" else file
    with _unpacking(name):
        export = Export(stream, mapping_file.mapping.file, name)
    faults = mapping_file.header_faults(export.columns, name)
    if faults:
        raise ConfigError(faults)
    return export


def convert_rows(
    mapping_file: MappingFile, export: Export, out: BinaryIO, *, rejects: Rejects, watched: bool = False
) -> Tally:
    """Writes the events of every row that can be converted, with a progress bar if `watched`; says what it came to."""
    conversion = Conversion(mapping_file.mapping)
    ordered = _in_order(conversion, mapping_file, _whole_rows(export))
    total = len(ordered) if isinstance(ordered, list) else None
    rows = events = 0
    with bars(are_wanted=watched) as report:
        for row in ordered:
            if rows % STEPS_A_REPORT == 0:
                report(export.name, rows, total, said=number_of(rows, "row"))
            rows += 1
            made = _events_of(conversion, row)
            if isinstance(made, BadRow):
                _reject(rejects, export.name, made)
                continue
            events += len(made)
            out.write(b"".join(orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE) for event in made))
    rejects.total = rows
    return Tally(rows, rejects.count, events)


def _reject(rejects: Rejects, export: str, row: BadRow) -> None:
    reason = row.reason
    # What was no text is escaped: JSON has to be Unicode.
    cells = [cell.encode(errors="backslashreplace").decode() for cell in row.cells]
    rejects.add(Fault(export, row.line, reason.key, reason.found, reason.expected), {"cells": cells})


def _events_of(conversion: Conversion, row: AnyRow) -> list[dict[str, Any]] | BadRow:
    if isinstance(row, BadRow):
        return row
    try:
        return conversion.row_events(row.cells)
    except UnreadableEvent as reason:
        return BadRow(row.line, list(row.cells.values()), reason)


def _whole_rows(export: Export) -> Iterator[AnyRow]:
    """The rows; an archive that ends in the middle is a fault of the file, not of a row."""
    with _unpacking(export.name):
        yield from export.rows()


def _in_order(conversion: Conversion, mapping_file: MappingFile, rows: Iterator[AnyRow]) -> Iterable[AnyRow]:
    """The rows as the mapping orders them, what can't be ordered first; rows equal in all of it stay as they were."""
    if mapping_file.mapping.order is None:
        return rows
    bad: list[AnyRow] = []
    ordered = []
    for row in rows:
        place = _place_of(conversion, row)
        if isinstance(place, BadRow):
            bad.append(place)
        else:
            ordered.append((place, row.line, row))
    ordered.sort()
    return [*bad, *(row for _, _, row in ordered)]


def _place_of(conversion: Conversion, row: AnyRow) -> Place | BadRow:
    if isinstance(row, BadRow):
        return row
    try:
        return conversion.place(row.cells)
    except UnreadableEvent as reason:
        return BadRow(row.line, list(row.cells.values()), reason)


@contextmanager
def _unpacking(name: str) -> Iterator[None]:
    try:
        yield
    except (EOFError, lzma.LZMAError, gzip.BadGzipFile, zlib.error) as error:
        raise ConfigError.of(name, f"a damaged archive ({error})", "a whole one") from error


def _created(path: Path) -> BinaryIO:
    try:
        return path.open("wb")
    except OSError as error:
        raise ConfigError.of(path, error.strerror or str(error), "a file that can be written") from error

"""Reading files of events for a command: progress on a terminal, bad lines reported and set aside, nothing stopped."""

from __future__ import annotations

import base64
import lzma
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any, Final, NamedTuple, Self, TypeAlias

import orjson
import typer

from monitor.domain.cases.case_openings import opens_case
from monitor.domain.facts.events import Event
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Book
from monitor.errors import ConfigError, Fault, UnreadableEvent
from monitor.service.arrivals import refuse_far_future
from monitor.wire.event_files import Line, read_lines, size_of
from monitor.wire.events import decode_event

EventsArgument: TypeAlias = Annotated[
    list[Path], typer.Argument(help="Files of events, JSON Lines, also .gz and .xz; - reads standard input.")
]
RejectsOption: TypeAlias = Annotated[
    Path | None, typer.Option("--rejects", help="Where to keep the lines that can't be used.")
]

SHOWN_FAULTS: Final = 20
"""Bad lines printed one by one; the rest is counted, and kept whole in the rejects file."""
_LINES_A_REPORT: Final = 2_000
"""Lines between two movements of the progress bar: drawing costs more than reading."""


Report: TypeAlias = Callable[[Path, int, int, int | None], None]
"""Told now and then how far a file has been read: the file, lines, bytes, and its bytes in all where that is known."""


class Place(NamedTuple):
    """Where a line was read, with what it said."""

    file: Path
    line: Line


class Rejects:
    """Bad lines: the first ones printed, all counted, all written to a file if one is asked for."""

    def __init__(self, path: Path | None) -> None:
        self.count = 0
        self._path = path
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        if self._path is not None:
            try:
                self._file = self._path.open("wb")
            except OSError as error:
                raise ConfigError([Fault(str(self._path), 0, "", str(error), "a file that can be written")]) from error
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
        if self.count > SHOWN_FAULTS:
            print(f"... and {self.count - SHOWN_FAULTS} more", file=sys.stderr)
        if self.count:
            kept = f", kept in {self._path}" if self._path is not None else ""
            print(f"{self.count} lines rejected{kept}", file=sys.stderr)

    def add(self, place: Place, error: UnreadableEvent) -> None:
        """Sets one line aside."""
        self.count += 1
        fault = Fault(str(place.file), place.line.number, error.key, error.found, error.expected)
        if self.count <= SHOWN_FAULTS:
            print(fault, file=sys.stderr)
        if self._file is not None:
            self._file.write(orjson.dumps(_reject_row(fault, place.line.text), option=orjson.OPT_APPEND_NEWLINE))


def _reject_row(fault: Fault, text: bytes) -> dict[str, Any]:
    row: dict[str, Any] = {
        "file": fault.file,
        "line": fault.line,
        "key": fault.key,
        "found": fault.found,
        "expected": fault.expected,
    }
    try:
        row["text"] = text.decode().rstrip("\n")
    except UnicodeDecodeError:
        row["base64"] = base64.b64encode(text).decode()
    return row


class EventReader:
    """The events in some files, with what is wrong with them told to `rejects`.

    `now` bounds event times (`refuse_far_future`); `until` leaves out what had not happened by then.
    """

    def __init__(self, files: list[Path], rejects: Rejects, book: Book, *, now: InstantUs, until: InstantUs) -> None:
        self._files = files
        self._book = book
        self._rejects = rejects
        self._now = max(now, until)
        self._until = until
        self._unopened: dict[str, list[Place]] = {}
        self._opened: set[str] = set()
        self.left_out = 0
        """Events after `until`."""

    def events(self) -> Iterator[Event]:
        """Every readable event that had happened by `until`, in the order of the files."""
        for place in read_places(self._files):
            try:
                event = decode_event(place.line.text)
                refuse_far_future(event, self._now)
            except UnreadableEvent as error:
                self._rejects.add(place, error)
                continue
            if event.case not in self._opened:
                self._watch_opening(event, place)
            if event.time > self._until:
                self.left_out += 1
            else:
                yield event

    def reject_unopened(self, together_with: Callable[[str], set[str]]) -> None:
        """After the last event: sets aside the lines of cases that nothing ever opened, nor a case they make one matter with."""
        for case, places in self._unopened.items():
            if not self._opened.isdisjoint(together_with(case)):
                continue
            for place in places:
                expected = "an event that opens it, e.g. ticket.opened or a message"
                self._rejects.add(place, UnreadableEvent(f"case {case!r}, which is never opened", expected, "subject"))

    def _watch_opening(self, event: Event, place: Place) -> None:
        case = event.case
        if case is None:
            return
        if opens_case(event, self._book):
            self._opened.add(case)
            self._unopened.pop(case, None)
        else:
            self._unopened.setdefault(case, []).append(place)


def read_places(files: list[Path]) -> Iterator[Place]:
    """The lines of all files, with a bar for whoever watches; raises ConfigError for a file that can't be read."""
    with _progress() as report:
        for file in files:
            try:
                yield from _places_of(file, report)
            except (OSError, EOFError, lzma.LZMAError) as error:
                raise ConfigError([Fault(str(file), 0, "", str(error), "a file of events")]) from error


def _places_of(file: Path, report: Report) -> Iterator[Place]:
    read, total = 0, _plain_size(file)
    for line in read_lines(file):
        read += len(line.text)
        if line.number % _LINES_A_REPORT == 0:
            report(file, line.number, read, total)
        yield Place(file, line)


def _plain_size(file: Path) -> int | None:
    """The bytes that will be read; None where that is not known, for they are packed or come by a pipe."""
    return None if file.suffix in {".gz", ".xz"} else size_of(file)


@contextmanager
def _progress() -> Iterator[Report]:
    """A bar for each file on the terminal's error stream; nothing where there is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _file, _lines, _read, _total: None
        return
    # rich takes longer to import than a small file takes to judge, and is for terminals only.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    told = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[lines]} lines"),
        TimeElapsedColumn(),
    )
    with Progress(*told, console=Console(stderr=True), transient=True) as progress:
        tasks = {}

        def report(file: Path, lines: int, read: int, total: int | None) -> None:
            if file not in tasks:
                tasks[file] = progress.add_task(str(file), lines=0, total=total)
            progress.update(tasks[file], completed=read, lines=lines)

        yield report

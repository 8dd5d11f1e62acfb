"""Reading files of events for a command: progress on a terminal, bad lines reported and set aside, nothing stopped."""

from __future__ import annotations

import base64
import lzma
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Final, NamedTuple, TypeAlias

import typer

from monitor.commands.progress import STEPS_A_REPORT, Bars, bars
from monitor.commands.rejects import Rejects
from monitor.domain.cases.case_openings import opens_case
from monitor.domain.facts.events import Event
from monitor.domain.hours.instant import InstantUs
from monitor.domain.number import number_of
from monitor.domain.promises.promise import Book
from monitor.errors import ConfigError, Fault, UnreadableEvent
from monitor.service.doors.arrivals import refuse_far_future
from monitor.wire.events.cloud_events import decode_event
from monitor.wire.events.event_files import Line, read_lines, size_of

EventsArgument: TypeAlias = Annotated[
    list[Path], typer.Argument(help="Files of events, JSON Lines, also .gz and .xz; - reads standard input.")
]
RejectsOption: TypeAlias = Annotated[
    Path | None, typer.Option("--rejects", help="Where to keep the lines that can't be used.")
]


LINE_END: Final = b"\r\n"
"""What ends a line is no part of its event, nor of what is wrong with one."""


class Place(NamedTuple):
    """Where a line was read, with what it said."""

    file: Path
    line: Line


def reject(rejects: Rejects, place: Place, error: UnreadableEvent) -> None:
    """Sets one line aside."""
    fault = Fault(str(place.file), place.line.number, error.key, error.found, error.expected)
    rejects.add(fault, _said(place.line.text))


def _said(line: bytes) -> dict[str, str]:
    try:
        return {"text": line.decode().rstrip("\n")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(line).decode()}


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
                event = decode_event(place.line.text.rstrip(LINE_END))
                refuse_far_future(event, self._now)
            except UnreadableEvent as error:
                reject(self._rejects, place, error)
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
                reject(
                    self._rejects, place, UnreadableEvent(f"case {case!r}, which is never opened", expected, "subject")
                )

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
    with bars() as report:
        for file in files:
            try:
                yield from _places_of(file, report)
            except (OSError, EOFError, lzma.LZMAError) as error:
                raise ConfigError.of(file, str(error), "a file of events") from error


def _places_of(file: Path, report: Bars) -> Iterator[Place]:
    read, total = 0, _plain_size(file)
    for line in read_lines(file):
        read += len(line.text)
        if line.number % STEPS_A_REPORT == 0:
            report(str(file), read, total, said=number_of(line.number, "line"))
        yield Place(file, line)


def _plain_size(file: Path) -> int | None:
    """The bytes that will be read; None where that is not known, for they are packed or come by a pipe."""
    return None if file.suffix in {".gz", ".xz"} else size_of(file)

"""The promise book, from a file or a text to the domain's `Book`, or to every fault in it at once.

The way: YAML with line numbers (`yaml_reader`), entries checked one by one (`model`, `promises`), whatever parsed
checked against each other (`checks`, `conflicts`), and only a book without faults compiled (`build`).
"""

from __future__ import annotations

from pathlib import Path

from monitor.domain.hours.working_hours import WorkingHours, always
from monitor.domain.promises.promise import Book
from monitor.errors import ConfigError, Fault
from monitor.wire.book.build import build
from monitor.wire.book.checks import reference_faults
from monitor.wire.book.conflicts import conflicts
from monitor.wire.book.draft import Draft, draft_of
from monitor.wire.book.faults import shown
from monitor.wire.book.model import ALWAYS, BookEntry, book_json_schema
from monitor.wire.book.scopes import Scope, scopes_of, scopes_of_owed
from monitor.wire.written.yaml_reader import read_text, read_yaml, refused
from monitor.wire.written.yaml_source import Source

__all__ = ["book_json_schema", "load_book", "read_book", "read_entries"]


def load_book(path: Path) -> Book:
    """The book in a file; raises ConfigError with every fault found."""
    return read_book(read_text(path), str(path))


def read_book(text: str, file: str) -> Book:
    """The book in a text; `file` is the name that faults give. Raises ConfigError with every fault found."""
    draft, calendars, scopes = _checked(text, file)
    return build(draft, calendars, scopes, scopes_of_owed(draft, calendars))


def read_entries(text: str, file: str) -> BookEntry:
    """The book as it is written, with the details of kinds the domain does not judge yet. Raises as `read_book` does."""
    draft, _, _ = _checked(text, file)
    return draft.book


def _checked(text: str, file: str) -> tuple[Draft, dict[str, WorkingHours], list[Scope]]:
    """A draft without faults, its calendars and the scopes of its promises."""
    draft = _read(text, file)
    calendars = _compile(draft)
    scopes = scopes_of(draft, calendars)
    owed = scopes_of_owed(draft, calendars)
    draft.faults += [*reference_faults(draft), *conflicts(draft, scopes), *conflicts(draft, owed)]
    if draft.faults:
        raise refused(draft.faults)
    return draft, calendars, scopes


def _read(text: str, file: str) -> Draft:
    source = read_yaml(text, file)
    if not isinstance(source.root, dict):
        raise ConfigError([*source.faults, _no_book(source)])
    draft = draft_of(source)
    if draft is None:
        raise refused(source.faults)
    return draft


def _no_book(source: Source) -> Fault:
    found = "an empty file" if source.root is None else shown(source.root)
    return Fault(source.file, 0, "", found, "a promise book: `book:` with its name, `promises:` and so on")


def _compile(draft: Draft) -> dict[str, WorkingHours]:
    """The calendars that can be compiled; the faults of the others are noted in the draft."""
    calendars = {ALWAYS: always(draft.book.zone)}
    for name, calendar in draft.book.calendars.items():
        try:
            calendars[name] = calendar.compile()
        except ValueError as error:
            found, _, expected = str(error).partition(", expected ")
            place = ("calendars", name)
            draft.faults.append(draft.source.fault(place, found.removeprefix("found "), expected or "opening hours"))
    return calendars

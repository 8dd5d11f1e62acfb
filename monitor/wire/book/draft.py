"""A book on its way from text to promises: what parsed, and which parts did not.

Faults are reported all at once, so a wrong entry must not hide what is wrong elsewhere. Keys that
pydantic refuses are left out, or the whole entry where nothing is left of it, and the rest is read again. The
checks then run over the rest, and ask `knows` for names: a calendar with a fault in it is not unknown as well.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from pydantic import ValidationError

from monitor.errors import Fault
from monitor.wire.book.breaches import OwedEntry
from monitor.wire.book.faults import faults_of
from monitor.wire.book.model import ALWAYS, BookEntry
from monitor.wire.book.promise_base import ScopedEntry
from monitor.wire.book.promises import MODELS, AnyPromise
from monitor.wire.written.yaml_source import Place, Source

SECTIONS: Final = ("calendars", "statuses", "sources", "clients", "staff")
"""The parts of a book whose entries have names, and can be left out one by one."""

_LOOSE_SECTIONS: Final = ("sources", "clients", "staff")
"""Sections whose entries still say something when any one of their keys is left out."""

_FILLERS: Final[dict[str, str]] = {"id": "?", "within": "1h", "every": "1h"}
"""Stand in for refused keys without which a promise is none, so that its other keys can be checked."""


@dataclass
class Draft:
    """A book as far as it could be read.

    `promises` are those that parsed, each with its position in the file; `damaged` names the top-level keys
    that could not be read as a whole, about which nothing can be said; `partial` holds the positions of promises
    that lack a key they should have.
    """

    source: Source
    book: BookEntry
    promises: list[tuple[int, AnyPromise]]
    damaged: frozenset[str] = frozenset()
    partial: frozenset[int] = frozenset()
    faults: list[Fault] = field(default_factory=list)

    def names(self, section: str) -> list[str]:
        """The names a section defines, those of entries with faults included."""
        written = self.source.root.get(section)
        return [str(name).strip() for name in written] if isinstance(written, dict) else []

    def knows(self, section: str, name: str) -> bool:
        """Whether a section defines the name; anything goes where the section itself could not be read."""
        return section in self.damaged or name in self._names[section]

    def calendar_of(self, entry: ScopedEntry) -> str:
        """The name of the calendar a promise is counted in."""
        return entry.hours or self.book.hours

    @cached_property
    def owed(self) -> list[tuple[int, OwedEntry]]:
        """What is owed for breaches, each with its position in the file; nothing where the section could not be read."""
        return [] if self.book.breaches is None else list(enumerate(self.book.breaches.owed))

    @cached_property
    def calendar_names(self) -> list[str]:
        """Every calendar a promise may name."""
        return [*self.names("calendars"), ALWAYS]

    @cached_property
    def tiers(self) -> dict[str, str]:
        """Every tier, case-folded, with its spelling: of `tiers` if the book lists them, else of the clients."""
        used = (client.tier for client in self.book.clients.values() if client.tier)
        spelled: dict[str, str] = {}
        for tier in self.book.tiers or used:
            spelled.setdefault(tier.casefold(), tier)
        return spelled

    @cached_property
    def _names(self) -> dict[str, set[str]]:
        return {section: set(self.names(section)) for section in SECTIONS}


def draft_of(source: Source) -> Draft | None:
    """Reads what can be read, with every fault so far in `Draft.faults`; None where nothing can.

    In that case the faults are in `source.faults`.
    """
    root = source.root
    try:
        book = BookEntry.model_validate(root)
        return Draft(source, book, list(enumerate(book.promises)), faults=source.faults)
    except ValidationError as error:
        found = list(faults_of(error, source))
    source.faults += _new_faults(found, source.faults)
    return _draft_of_rest(source, [place for place, _ in found])


def _new_faults(found: list[tuple[Place, Fault]], known: list[Fault]) -> list[Fault]:
    """Leaves out what was reported already: a key without a value is both empty and of the wrong type."""
    keys = {fault.key for fault in known}
    return [fault for _, fault in found if fault.key not in keys]


def _draft_of_rest(source: Source, refused: list[Place]) -> Draft | None:
    """The draft of a book without its refused parts."""
    if not isinstance(source.root, dict):
        return None
    rest = _Rest(source.root)
    for place in refused:
        rest.leave_out(place)
    try:
        book = BookEntry.model_validate(rest.data())
    except ValidationError:
        return None
    promises = list(zip(rest.promises, book.promises, strict=True))
    return Draft(source, book, promises, frozenset(rest.damaged), frozenset(rest.partial), source.faults)


class _Rest:
    """A book from which refused parts are left out, as little as possible of it."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = {key: dict(value) if isinstance(value, dict) else value for key, value in root.items()}
        promises = root.get("promises")
        self.promises: dict[int, Any] = dict(enumerate(promises)) if isinstance(promises, list) else {}
        self.damaged: set[str] = set()
        self.partial: set[int] = set()

    def leave_out(self, place: Place) -> None:
        section = str(place[0]) if place else ""
        if section == "promises" and len(place) > 1:
            self._leave_out_of_promise(int(place[1]), place[2:])
        elif section in SECTIONS and len(place) > 1:
            self._leave_out_of_entry(section, str(place[1]), place[2:])
        else:
            self.damaged.add(section)
            self._root.pop(section, None)

    def data(self) -> dict[str, Any]:
        promises = {"promises": list(self.promises.values())} if "promises" in self._root else {}
        return {"book": "?"} | self._root | promises

    def _leave_out_of_entry(self, section: str, name: str, within: Place) -> None:
        entries = self._root.get(section)
        if not isinstance(entries, dict) or name not in entries:
            return
        if within and section in _LOOSE_SECTIONS:
            entries[name] = {key: value for key, value in entries[name].items() if key != within[0]}
        else:
            del entries[name]

    def _leave_out_of_promise(self, position: int, within: Place) -> None:
        promise = self.promises.get(position)
        if not within or within[0] == "kind":
            self.promises.pop(position, None)
        elif isinstance(promise, dict):
            rest = {key: value for key, value in promise.items() if key != within[0]}
            self.promises[position] = rest | _filler(str(promise.get("kind")), str(within[0]))
            self.partial.add(position)


def _filler(kind: str, key: str) -> dict[str, str]:
    """What stands in for a refused key; nothing where promises of the kind can do without it."""
    needed = kind in MODELS and key in MODELS[kind].model_fields and key in _FILLERS
    return {key: _FILLERS[key]} if needed else {}

"""A book on its way from text to promises: what parsed, and which parts did not.

Faults are reported all at once, so a wrong entry must not hide what is wrong elsewhere. Entries that
pydantic refuses are left out and the rest is read again; the checks then run over what is left, and
ask `knows` for names, so that a calendar with a fault in it is not reported as unknown as well.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from pydantic import ValidationError

from monitor.errors import Fault
from monitor.wire.book_faults import faults_of
from monitor.wire.book_model import ALWAYS, BookEntry
from monitor.wire.promises import AnyPromise
from monitor.wire.yaml_source import Place, Source

SECTIONS: Final = ("calendars", "statuses", "sources", "clients", "staff")
"""The parts of a book whose entries have names, and can be left out one by one."""


@dataclass
class Draft:
    """A book as far as it could be read.

    `promises` are those that parsed, each with its position in the file; `damaged` names the top-level keys
    that could not be read as a whole, about which nothing can be said.
    """

    source: Source
    book: BookEntry
    promises: list[tuple[int, AnyPromise]]
    damaged: frozenset[str] = frozenset()
    faults: list[Fault] = field(default_factory=list)

    def names(self, section: str) -> list[str]:
        """The names a section defines, those of entries with faults included."""
        written = self.source.root.get(section)
        return [str(name).strip() for name in written] if isinstance(written, dict) else []

    def knows(self, section: str, name: str) -> bool:
        """Whether a section defines the name; anything goes where the section itself could not be read."""
        return section in self.damaged or name in self._names[section]

    def calendar_of(self, promise: AnyPromise) -> str:
        """The name of the calendar a promise is counted in."""
        return promise.hours or self.book.hours

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
    """The draft of a book without its refused entries."""
    if not isinstance(source.root, dict):
        return None
    positions = _positions_without(source.root.get("promises"), refused)
    rest, damaged = _rest_without(source.root, refused, positions)
    try:
        book = BookEntry.model_validate({"book": "?"} | rest)
    except ValidationError:
        return None
    return Draft(source, book, list(zip(positions, book.promises, strict=True)), frozenset(damaged), source.faults)


def _positions_without(promises: Any, refused: list[Place]) -> list[int]:
    if not isinstance(promises, list):
        return []
    bad = {place[1] for place in refused if len(place) > 1 and place[0] == "promises"}
    return [position for position in range(len(promises)) if position not in bad]


def _rest_without(root: dict[str, Any], refused: list[Place], positions: list[int]) -> tuple[dict[str, Any], set[str]]:
    """The book without its refused parts, and the top-level keys that fell away whole."""
    rest = {key: dict(value) if key in SECTIONS and isinstance(value, dict) else value for key, value in root.items()}
    damaged = set()
    for place in refused:
        section = str(place[0]) if place else ""
        if section in SECTIONS and len(place) > 1:
            rest.get(section, {}).pop(place[1], None)
        elif section != "promises" or len(place) == 1:
            damaged.add(section)
            rest.pop(section, None)
    if "promises" in rest:
        rest["promises"] = [root["promises"][position] for position in positions]
    return rest, damaged

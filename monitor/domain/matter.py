"""The cases that are judged together: one case, or several that were merged or linked.

A matter holds the set of its events in canonical order and the cases they make. In order, an event is one
step; an event from before the last one makes the cases anew from all of them. Either way the cases are the
same function of the set of events.
"""

from __future__ import annotations

from collections.abc import Iterable

from monitor.domain.case import Case
from monitor.domain.events import Event, Linked, Merged
from monitor.domain.instant import FOREVER_US, InstantUs
from monitor.domain.promise import Book


class Matter:
    """One or more cases and all their events."""

    __slots__ = ("book", "cases", "events", "identities", "links", "taken_last", "wakes_at")

    def __init__(self, book: Book) -> None:
        self.book = book
        self.events: list[Event] = []
        """In canonical order, without duplicates."""
        self.identities: set[tuple[str, str]] = set()
        self.cases: dict[str, Case] = {}
        self.links: dict[str, str] = {}
        """Case identifiers that stand for another case."""
        self.taken_last: Event | None = None
        """The last new event of the latest `take`; None where it brought nothing new."""
        self.wakes_at: InstantUs = FOREVER_US
        """The next instant at which time alone decides something here."""

    def take(self, events: Iterable[Event]) -> bool:
        """Adds events in any order; duplicates are ignored. Says whether the past had to be made anew."""
        fresh = self._fresh(events)
        if not fresh:
            self.taken_last = None
            return False
        self.taken_last = fresh[-1]
        known = self.events
        if len(fresh) > 1:
            fresh.sort()
        is_late = bool(known) and fresh[0] < known[-1]
        known += fresh
        if is_late:
            known.sort()
        if is_late or any(type(event.fact) is Linked for event in fresh):
            self._make_anew()
            return True
        for event in fresh:
            self._apply(event)
        return False

    def _fresh(self, events: Iterable[Event]) -> list[Event]:
        fresh = []
        identities = self.identities
        for event in events:
            identity = (event.source, event.id)
            if identity not in identities:
                identities.add(identity)
                fresh.append(event)
        return fresh

    def _make_anew(self) -> None:
        self.cases = {}
        self.links = {event.case: event.fact.to for event in self.events if type(event.fact) is Linked and event.case}
        for event in self.events:
            self._apply(event)

    def _apply(self, event: Event) -> None:
        if event.case is None:
            for case in self.cases.values():
                case.apply(event)
            return
        case = self._case(event.case)
        if type(event.fact) is Merged:
            survivor = self._case(event.fact.into)
            if survivor is not case:
                case.go_on_in(survivor, event)
        else:
            case.apply(event)

    def _case(self, name: str) -> Case:
        """The case an identifier stands for: what it was linked to, or merged into, goes on there."""
        case = self.cases.get(name)
        if case is not None and case.merged_into is None and not self.links:
            return case
        seen = set()
        while name not in seen:
            seen.add(name)
            case = self.cases.get(name)
            merged_into = case.merged_into if case is not None else None
            name = merged_into or self.links.get(name, name)
        if name not in self.cases:
            self.cases[name] = Case(name, self.book)
        return self.cases[name]

"""A whole set of events, in any order, gathered into matters: what is judged together, with what concerns it from outside.

Cases that were merged or linked, or that messages may show to be one, make one matter. A change of a client concerns every case of theirs; staff and
sources concern all.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitor.domain.cases.coverage import Ears
from monitor.domain.cases.joining import joins_of
from monitor.domain.cases.matter import Matter
from monitor.domain.facts.events import ClientChanged, Event, Linked, Merged
from monitor.domain.promises.promise import Book
from monitor.domain.work.directory import Directory


class Gathering:
    """Events as they come, sorted by what they concern."""

    def __init__(self, book: Book, directory: Directory | None = None) -> None:
        """`directory` is one that others share; a gathering that is judged alone has its own, of the book's staff."""
        self.book = book
        self.directory = Directory(book.staff, book.grades) if directory is None else directory
        self.ears = Ears(book.sources)
        self._by_case: dict[str, list[Event]] = {}
        self._of_clients: list[Event] = []
        self._joined: dict[str, str] = {}

    def add(self, event: Event) -> None:
        """Adds one event; duplicates are left to the matter it belongs to."""
        self.ears.hear(event)
        if event.case is not None:
            self._by_case.setdefault(event.case, []).append(event)
            fact = event.fact
            if type(fact) is Merged:
                self._join(event.case, fact.into)
            elif type(fact) is Linked:
                self._join(event.case, fact.to)
            for case, name in joins_of(event, self.book):
                self._join(case, name)
        elif type(event.fact) is ClientChanged:
            self._of_clients.append(event)
        else:
            self.directory.take(event)

    def _join(self, one: str, other: str) -> None:
        self._joined[self._root(one)] = self._root(other)

    def _root(self, case: str) -> str:
        while (parent := self._joined.get(case, case)) != case:
            case = parent
        return case

    def together_with(self, case: str) -> set[str]:
        """The cases that make one matter with this one, itself included."""
        root = self._root(case)
        return {case, root, *(other for other in self._joined if self._root(other) == root)}

    def matters(self) -> Iterator[Matter]:
        """The matters in the order in which their first cases appeared; each is made, handed out and forgotten."""
        by_case = self._by_case
        together: dict[str, list[str]] = {}
        for case in self._joined:
            together.setdefault(self._root(case), []).append(case)
        members = {case: root for root, cases in together.items() for case in (root, *cases)}
        for case in list(by_case):
            if case not in by_case:
                continue
            root = members.get(case)
            cases = [case] if root is None else sorted({root, *together[root]})
            events = [event for each in cases for event in by_case.pop(each, ())]
            yield self._matter(events)

    def _matter(self, events: list[Event]) -> Matter:
        matter = Matter(self.book, self.directory)
        if self._of_clients:
            clients = {event.client or self.book.client_of(event.address) for event in events}
            events = events + [event for event in self._of_clients if event.client in clients]
        matter.take(events)
        return matter

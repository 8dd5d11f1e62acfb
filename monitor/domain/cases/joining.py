"""Which cases are one matter: what was said to be, and what messages show to be.

`case.linked` says so. A message shows it where it names a case ("about", or its title as the book reads it), or answers
another message ("thread"). What is shown may be wrong, and two matters taken for one are worse than one taken for two, so it joins only

- cases of one known client;
- no two tickets: what the firm's own system keeps apart stays apart until it links or merges them;
- nothing to a case that was split off: its messages answer those that it was to be kept apart from.

The answer is a function of the set of events: joins are made in the canonical order of the events that show them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from monitor.domain.facts.events import UNIDENTIFIED, Event, Linked, Opened, Split
from monitor.domain.promises.promise import Book

THREAD: Final = "message-id:"
"""What the name of a message begins with, where it stands among the names of cases."""
_DIGITS: Final = 40
"""Of a digest: a Message-ID may be longer than a name of a case, and nobody reads it here."""


def thread_of(message: str) -> str:
    """The name under which a message joins cases, made of its own name, e.g. an email's Message-ID."""
    return THREAD + sha256(message.strip().encode()).hexdigest()[:_DIGITS]


TELLS_CASES_APART: Final = frozenset({Opened, Split})
"""The facts after which a case is not joined to just any other."""


def links_of(events: Sequence[Event], book: Book) -> dict[str, str]:
    """Which case stands for which; `events` in canonical order. "One matter" goes both ways and over several links."""
    links: dict[str, str] = {}
    for event in events:
        if type(event.fact) is Linked and event.case is not None:
            one, other = _root(links, event.case), _root(links, event.fact.to)
            if one != other:
                links[one] = other
    if any(names_in(event, book) for event in events):
        _Joining(book, links, *_known_of(events, book)).join(events)
    return links


def names_in(event: Event, book: Book) -> tuple[str, ...]:
    """What a message says it belongs to: what it names itself, and where it names no case the one that its title names."""
    names, title = event.references, event.title
    if title is None or not book.references.patterns or not all(name.startswith(THREAD) for name in names):
        return names
    case = book.references.case_in(title)
    return names if case is None else (case, *names)


def joins_of(event: Event, book: Book) -> Iterator[tuple[str, str]]:
    """The names with which the event's case is to be judged together, because of what a message says; as pairs."""
    if event.case is not None:
        for name in names_in(event, book):
            if name != event.case:
                yield event.case, name


def clients_of(events: Sequence[Event], book: Book) -> dict[str, str]:
    """The client of each case: the first one that an event of it names, or whose address the book knows."""
    clients: dict[str, str] = {}
    for event in events:
        if event.case is not None and event.case not in clients:
            client = event.client or book.client_of(event.address)
            if client != UNIDENTIFIED:
                clients[event.case] = client
    return clients


def _root(links: dict[str, str], case: str) -> str:
    while case in links:
        case = links[case]
    return case


def _known_of(events: Sequence[Event], book: Book) -> tuple[dict[str, str], set[str], set[str]]:
    tickets = {event.case for event in events if type(event.fact) is Opened and event.case is not None}
    split_off = {event.case for event in events if type(event.fact) is Split and event.case is not None}
    return clients_of(events, book), tickets, split_off


@dataclass(slots=True)
class _Joining:
    """Joins made so far."""

    book: Book
    links: dict[str, str]
    clients: dict[str, str]
    tickets: set[str]
    split_off: set[str]
    carriers: dict[str, list[str]] = field(default_factory=dict)
    """The cases in which each message was named, in order."""

    def join(self, events: Sequence[Event]) -> None:
        for ticket in list(self.tickets):
            self.tickets.add(_root(self.links, ticket))
        for event in events:
            for case, name in joins_of(event, self.book):
                for other in self._others(case, name):
                    self._unite(case, other)

    def _others(self, case: str, name: str) -> list[str]:
        """The cases that share this name: the one that it is the name of, or those in which the message was named before."""
        if not name.startswith(THREAD):
            return [name]
        earlier = self.carriers.setdefault(name, [])
        others = list(earlier)
        if case not in earlier:
            earlier.append(case)
        return others

    def _unite(self, case: str, other: str) -> None:
        """Joins two cases unless that is doubtful; a ticket gives its name to both, failing one the one named earlier."""
        client = self.clients.get(case)
        if client is None or client != self.clients.get(other) or not self.split_off.isdisjoint((case, other)):
            return
        one, survivor = _root(self.links, case), _root(self.links, other)
        if one == survivor or (one in self.tickets and survivor in self.tickets):
            return
        if one in self.tickets:
            one, survivor = survivor, one
        self.links[one] = survivor

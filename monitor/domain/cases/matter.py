"""The cases that are judged together: one case, or several that were merged or linked.

A matter holds the set of its events in canonical order and the cases they make. In order, an event is one
step; an event from before the last one makes the cases anew from all of them, and so does a change of staff from
before it. Either way the cases are the same function of the set of events.

Changes of staff concern every matter and are kept by none: they are in the directory, which all matters share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from monitor.domain.cases.case import Case
from monitor.domain.cases.coverage import FULL
from monitor.domain.cases.hand_downs import HandDownName
from monitor.domain.cases.joining import TELLS_CASES_APART, clients_of, links_of, names_in
from monitor.domain.facts.events import CallbackPromised, Event, Fact, Linked, Merged, StaffChanged, canonical_order
from monitor.domain.hours.instant import FOREVER_US, InstantUs
from monitor.domain.promises.promise import Book
from monitor.domain.work.directory import Directory

_told_by: Callable[[Event], tuple[InstantUs, str, str, Fact, tuple[str, ...], str | None]] = itemgetter(
    0, 1, 3, 8, 9, 10
)
"""What is asked of every event. All at once, in C: one field of a NamedTuple by its name takes a third of the time of these."""

_NOTHING: Final[Mapping[Any, Any]] = {}
"""What most matters have of most things: one for all, for there are very many matters."""
_NO_NAMESAKES: Final[frozenset[tuple[str, str]]] = frozenset()
_CONCERNS_THE_PAST: Final = frozenset({StaffChanged, Linked, CallbackPromised})
"""The facts that make a difference to what happened before them."""


class Matter:
    """One or more cases and all their events."""

    __slots__ = (
        "_namesakes",
        "_sources",
        "book",
        "cases",
        "clients",
        "coverage",
        "directory",
        "events",
        "handed_down",
        "has_references",
        "links",
        "of_clients",
        "owes_callbacks",
        "taken_last",
        "wakes_at",
    )

    def __init__(self, book: Book, directory: Directory | None = None) -> None:
        """`directory` is shared by all matters; one that is judged alone has its own, of the book's staff."""
        self.book = book
        self.directory = Directory(book.staff, book.grades) if directory is None else directory
        self.events: list[Event] = []
        """In canonical order, without duplicates."""
        self._sources: dict[str, str] = {}
        """Of each event's id the source that used it first: what was taken before is found by these."""
        self._namesakes: frozenset[tuple[str, str]] = _NO_NAMESAKES
        """The identities of further events of the same ids, from other sources. Most matters have none."""
        self.cases: dict[str, Case] = {}
        self.coverage = FULL
        """What could be heard when it was last judged."""
        self.handed_down: Mapping[HandDownName, tuple[str, InstantUs]] = _NOTHING
        """The hand-downs announced and not withdrawn: for which client, and when they happened."""
        self.has_references = False
        """Whether any message says what else it belongs to."""
        self.clients: Mapping[str, str] = _NOTHING
        """Whose each case is as far as its events say, where messages say what else they belong to."""
        self.links: Mapping[str, str] = _NOTHING
        """Case identifiers that stand for another case."""
        self.of_clients: tuple[Event, ...] = ()
        """Changes of clients so far: they hold for cases that begin later, too."""
        self.owes_callbacks = False
        """Whether somebody promised a callback in words: that is judged, whatever the book says."""
        self.taken_last: Event | None = None
        """The last new event of the latest `take`; None where it brought nothing new."""
        self.wakes_at: InstantUs = FOREVER_US
        """No decision falls due by time alone before this instant; `engine.next_wake` says when one does."""

    def take(self, events: Sequence[Event]) -> bool:
        """Adds events in any order; duplicates are ignored. Says whether the past had to be made anew."""
        known, sources = self.events, self._sources
        count, last = len(known), known[-1] if known else None
        ends_at = -FOREVER_US if last is None else last.time
        is_anew = False
        taken: Event | None = None
        for event in events if len(events) == 1 else sorted(events, key=canonical_order):
            at, source, name, fact, references, title = _told_by(event)
            if name not in sources:
                sources[name] = source
            elif sources[name] == source or not self._is_new_namesake(source, name):
                continue
            taken = event
            if type(fact) in _CONCERNS_THE_PAST:
                if type(fact) is StaffChanged:
                    is_anew = self._take_staff_change(event) or is_anew
                    continue
                is_anew = self._makes_past_another(fact) or is_anew
            # Among themselves they are in order: it is the last one taken before that they may precede.
            if at <= ends_at and last is not None and _precedes(event, last):
                is_anew = True
            if (references or title or self.has_references) and not is_anew:
                is_anew = self._joins(event)
            known.append(event)
        self.taken_last = taken
        if is_anew:
            known.sort(key=canonical_order)
            self._make_anew()
        else:
            self._apply(known[count:])
        return is_anew

    def _makes_past_another(self, fact: Fact) -> bool:
        """Whether what was there before is another case by a link, or followed in more because a callback is owed."""
        if type(fact) is not CallbackPromised:
            return type(fact) is Linked
        is_first, self.owes_callbacks = not self.owes_callbacks, True
        return is_first

    def _is_new_namesake(self, source: str, name: str) -> bool:
        """Takes note of an event whose id another source has used before; says whether it is none that was taken."""
        identity = (source, name)
        if identity in self._namesakes:
            return False
        self._namesakes |= {identity}
        return True

    def _take_staff_change(self, event: Event) -> bool:
        """Tells the directory; says whether it concerns what was done in this matter, which lies at or after it."""
        self.directory.take(event)
        return self.book.watches_people and bool(self.events) and self.events[-1].time >= event.time

    def _joins(self, event: Event) -> bool:
        """Whether messages show other cases to be one, now that this event, the latest, is known."""
        names = names_in(event, self.book)
        if not names and not self.has_references:
            return False
        self.has_references = True
        is_known = event.case is None or event.case in self.clients
        if is_known and not names and type(event.fact) not in TELLS_CASES_APART:
            return False
        events = [*self.events, event]
        self.clients = clients_of(events, self.book)
        return links_of(events, self.book) != self.links

    def _make_anew(self) -> None:
        self.cases = {}
        self.of_clients = ()
        self.links = links_of(self.events, self.book)
        self.has_references = any(names_in(event, self.book) for event in self.events)
        self.clients = clients_of(self.events, self.book) if self.has_references else _NOTHING
        self._apply(self.events)

    def _apply(self, events: Sequence[Event]) -> None:
        """Tells the cases what happened next, in canonical order."""
        case: Case | None = None
        named: str | None = None
        for event in events:
            name, fact = event.case, event.fact
            if name is None:
                self.of_clients += (event,)
                for each in self.cases.values():
                    each.apply(event, fact)
                continue
            if case is None or name != named:
                case, named = self.case_named(name), name
            if type(fact) is Merged:
                survivor = self.case_named(fact.into)
                if survivor is not case:
                    case.go_on_in(survivor, event)
                case = None
            else:
                case.apply(event, fact)
        if self.book.reads_touches:
            for each in self.cases.values():
                if each.conduct is not None:
                    each.conduct.read_log()

    def case_named(self, name: str) -> Case:
        """The case an identifier stands for: what it was linked to, or merged into, goes on there."""
        known = self.cases.get(name)
        if known is not None and known.merged_into is None and not self.links:
            return known  # so it is with most
        seen = set()
        while name not in seen:
            seen.add(name)
            known = self.cases.get(name)
            merged_into = None if known is None else known.merged_into
            name = self.links.get(name, name) if merged_into is None else merged_into
        if name not in self.cases:
            self.cases[name] = self._new_case(name)
        return self.cases[name]

    def _new_case(self, name: str) -> Case:
        case = Case(name, self.book, self.directory, owes_callbacks=self.owes_callbacks)
        for event in self.of_clients:
            case.apply(event, event.fact)
        return case


def _precedes(event: Event, last: Event) -> bool:
    return event[:4] < last[:4]

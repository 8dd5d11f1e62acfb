"""The journal told again: matters as they were known at a recorded instant, made from their events, some at a time.

What is asked of people, calls and the ledger is in no table: it is read off the events by the domain's own rules, with the
staff, the clients and the editions of the book that were known then. SQL says which matters may be concerned, and never too
few; the rest is for whoever reads them. One such question at a time, for it takes the processor from the commits.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, select, true

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.reader import keep_to_the_limit
from monitor.adapters.answers.testimony import changes_of_all
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.canary_rows import is_case_of_canary
from monitor.adapters.journal.lookups import VALUES, Lookup
from monitor.adapters.journal.recorded import standing
from monitor.domain.cases.gathering import Gathering
from monitor.domain.cases.matter import Matter
from monitor.domain.facts.events import CANARY, UNIDENTIFIED, ClientChanged, Event
from monitor.domain.hours.instant import InstantUs
from monitor.domain.work.directory import Directory
from monitor.errors import TransientError
from monitor.service.ports.portions import portions
from monitor.wire.events.cloud_events import recall_event

MATTERS_A_PORTION: Final = 200
"""Matters made at once: few enough that their events fit anywhere, and that the limit of time is looked at often."""
PATIENCE_SECONDS: Final = 10
"""How long one such question waits for another to end."""

_EVENT: Final = t.EVENTS.c
_CASES_IN: Final = Lookup(t.CASES.c.matter, [t.CASES.c.id])
_EVENTS_OF: Final = Lookup(_EVENT.case_id, [_EVENT.content, _EVENT.recorded])
_CALLS: Final = ("offered", "answered", "abandoned", "transferred", "voicemail", "ended")
_CALL_TYPES: Final = [f"call.{step}" for step in _CALLS]
_REACHING_BACK: Final = ["ticket.split", "ticket.merged"]
"""Events after which something may have happened before the first of a case's events."""

_one_at_a_time: Final = Lock()


class Scope(NamedTuple):
    """Which matters a question is about: those of a case or client, those in which something happened in [since, until)."""

    case: str | None = None
    client: str | None = None
    since: InstantUs | None = None
    until: InstantUs | None = None
    of_calls: bool = False
    """Only those with calls, which begin in [since, until)."""
    of_words: bool = False
    """Only those of which a client said in [since, until) how satisfied they are."""
    with_meetings: bool = False
    """Also those in which a meeting was held, whenever."""


class Retelling:
    """A journal as it was known at a recorded instant."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self._connection = known.connection
        self._recorded = known.as_of
        self.book = None if known.book is None else known.book.following_people()
        """The book as it was known then, by which people are followed; None where there was none."""

    def matters(self, scope: Scope) -> Generator[Matter, None, None]:
        """Every matter that may be concerned, each made, handed out and forgotten. Raises TransientError."""
        return self.told([] if self.book is None else self._names(scope))

    def told(self, names: Sequence[str]) -> Generator[Matter, None, None]:
        """The matters of these names, in the same way."""
        book = self.book
        if book is None:
            return
        with _alone():
            directory = Directory(book.staff, book.grades)
            of_clients = self._changes(directory)
            for portion in portions(names, MATTERS_A_PORTION):
                keep_to_the_limit(self._connection)
                gathering = Gathering(book, directory)
                for event in (*of_clients, *self._events(portion)):
                    gathering.add(event)
                yield from gathering.matters()

    def _changes(self, directory: Directory) -> list[Event]:
        """Tells the directory what was known of staff, and returns what was of clients."""
        changes = [recall_event(content) for content in changes_of_all(self.known)]
        for event in changes:
            directory.take(event)
        return [event for event in changes if type(event.fact) is ClientChanged]

    def _events(self, names: Sequence[str]) -> Iterator[Event]:
        cases = [row[0] for row in self._rows(_CASES_IN, names)]
        for content, recorded in self._rows(_EVENTS_OF, cases):
            if recorded <= self._recorded:
                yield recall_event(bytes(content))

    def _rows(self, lookup: Lookup, values: Sequence[str]) -> Iterator[Any]:
        asked = lookup.select_for(self._connection.dialect)
        for portion in portions(values, MATTERS_A_PORTION):
            yield from self._connection.execute(asked, {VALUES: portion})

    # Which matters

    def _names(self, scope: Scope) -> list[str]:
        matter = t.CASES.c.matter
        asked = select(matter).distinct().where(*self._conditions(scope)).order_by(matter)
        return list(self._connection.scalars(asked))

    def _conditions(self, scope: Scope) -> Iterator[ColumnElement[bool]]:
        matter = t.CASES.c.matter
        if scope.case is not None:
            yield matter.in_(select(matter).where(t.CASES.c.id == scope.case))
        elif scope.client != CANARY:
            yield ~is_case_of_canary(matter)
        if scope.client not in (None, UNIDENTIFIED) and self._knew_clients():
            yield self._among_few(str(scope.client)) if scope.of_words else self._of_client(str(scope.client))
        if scope.of_calls:
            yield _with_events(_EVENT.type.in_(_CALL_TYPES), *_within(scope))
            return
        if scope.of_words:
            yield _with_events(t.OF_WORDS, *_within(scope))
            return
        happened = and_(true(), *_happened(scope))
        yield happened | _with_events(_EVENT.type == "meeting.held") if scope.with_meetings else happened

    def _knew_clients(self) -> bool:
        """Whether the client an event is kept with is the one its address meant then, by every edition there was."""
        shelf = self.known.shelf
        books = [] if shelf is None else [edition.book for edition in shelf.bindable()]
        return all(book.contacts == books[0].contacts for book in books)

    def _of_client(self, client: str) -> ColumnElement[bool]:
        """The matters with a case that is this client's; as of before, also those that may have been."""
        matter = t.CASES.c.matter
        now_theirs = matter.in_(select(matter).where(t.CASES.c.client == client))
        if self._recorded >= standing(self._connection, None):
            return now_theirs
        return now_theirs | _with_events(_EVENT.client == client)

    def _among_few(self, client: str) -> ColumnElement[bool]:
        """The same where few matters are asked about: each is looked up, and not all that the client ever had."""
        theirs = t.CASES.alias("theirs")
        in_matter = theirs.c.matter == t.CASES.c.matter
        now_theirs = exists().where(in_matter, theirs.c.client == client)
        if self._recorded >= standing(self._connection, None):
            return now_theirs
        named_them = exists().where(in_matter, _EVENT.case_id == theirs.c.id, _EVENT.client == client)
        return now_theirs | named_them


def _happened(scope: Scope) -> Iterator[ColumnElement[bool]]:
    """That something may have been done in [since, until)."""
    if scope.since is not None:
        yield _with_events(_EVENT.time >= scope.since)
    if scope.until is not None:
        yield _with_events(_EVENT.time < scope.until) | _with_events(_EVENT.type.in_(_REACHING_BACK))


def _within(scope: Scope) -> Iterator[ColumnElement[bool]]:
    if scope.since is not None:
        yield _EVENT.time >= scope.since
    if scope.until is not None:
        yield _EVENT.time < scope.until


def _with_events(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """That a matter has an event like this."""
    cases = t.CASES.alias("with_events")
    found = select(cases.c.matter).join(t.EVENTS, _EVENT.case_id == cases.c.id).where(*conditions)
    return t.CASES.c.matter.in_(found)


@contextmanager
def _alone() -> Iterator[None]:
    """Keeps other questions of this sort out. Raises TransientError where one takes too long."""
    if not _one_at_a_time.acquire(timeout=PATIENCE_SECONDS):
        raise TransientError("another question that is answered from all events is under way")
    try:
        yield
    finally:
        _one_at_a_time.release()

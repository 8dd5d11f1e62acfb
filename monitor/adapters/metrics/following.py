"""What matters tell, for whoever watches: read once off their events, then followed event by event.

Theory of operation. At the start the matters that may tell anything are read, some at a time; after that each look reads only
those again that something was recorded of since the last one. A change of staff concerns those in which something happened
since the instant from which it holds, mostly none. What retention took out is forgotten. Another edition of the book is a reason
to read all again. A failure loses nothing: what was still to be read is read at the next look.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, func, select

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.reader import Connect
from monitor.adapters.answers.retelling import Retelling
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.recorded import last_retirement
from monitor.adapters.metrics.looking import JournalWatch
from monitor.domain.cases.matter import Matter
from monitor.domain.facts.events import StaffChanged
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Book
from monitor.service.ports.machine import Clock
from monitor.wire.events.cloud_events import recall_event

MATTERS_A_READ: Final = 1_000
"""Matters read again in one transaction: a second's work at most."""

MATTERS: Final[Select[Any]] = select(t.CASES.c.matter).distinct()
_RETIRED: Final = select(t.RETIRED_CASES.c.id).join(
    t.RETIREMENTS, t.RETIREMENTS.c.number == t.RETIRED_CASES.c.retirement
)

Told = TypeVar("Told")


class MatterWatch(JournalWatch, Generic[Told]):
    """Keeps what each case tells."""

    def __init__(self, connect: Connect, clock: Clock) -> None:
        super().__init__(connect, clock)
        self._book: Book | None = None
        """That of the last edition in the journal."""
        self._cases: dict[str, Told] = {}
        self._edition: int | None = None
        """None where nothing is known."""
        self._retired_until: InstantUs = 0
        """Up to when it is known what retention took out; a run of it has one number, however many commits it takes."""
        self._position = 0
        self._unread: dict[str, None] = {}
        """Matters that are to be read, in order."""

    def look(self) -> None:
        """Brings what is told up to the present. Raises TransientError; then it stays as it was."""
        with self._connect() as connection:
            self._find(connection)
        while self._unread:
            names = list(islice(self._unread, MATTERS_A_READ))
            with self._connect() as connection:
                self._read(connection, names)
            for name in names:
                del self._unread[name]
        with self._connect() as connection:
            self._show(connection, self._clock.now())

    def forget(self) -> None:
        """Knows nothing any more."""
        self._edition = None
        self._unread = {}
        self._clear()

    def _find(self, connection: Connection) -> None:
        """Which matters are to be read since the last time, all where what is known of each may be different."""
        last = connection.scalar(select(func.max(t.EVENTS.c.position))) or 0
        edition = connection.scalar(select(func.max(t.EDITIONS.c.number))) or 0
        retired_until = last_retirement(connection)
        if edition != self._edition:
            self._book = Known.by(connection).book
            self._unread = {}
            self._clear()
            self._begin()
            found = self._telling(connection)
        else:
            found = self._changed(connection)
            if retired_until != self._retired_until:
                for case in connection.scalars(_RETIRED.where(t.RETIREMENTS.c.recorded > self._retired_until)):
                    self._drop(case)
        self._unread |= dict.fromkeys(found)
        self._edition, self._retired_until, self._position = edition, retired_until, last

    def _changed(self, connection: Connection) -> Iterator[str]:
        """The matters of which something else may be told since the last look."""
        event = t.EVENTS.c
        yield from connection.scalars(self._with_events(event.position > self._position))
        staff = connection.scalars(select(event.content).where(event.position > self._position, t.OF_STAFF))
        told = [recall_event(bytes(content)) for content in staff]
        since = [each.time for each in told if isinstance(each.fact, StaffChanged) and self._hangs_on(each.fact)]
        if since:
            yield from connection.scalars(self._with_events(event.time >= min(since)))

    def _read(self, connection: Connection, names: Sequence[str]) -> None:
        for case in connection.scalars(select(t.CASES.c.id).where(t.CASES.c.matter.in_(names))):
            self._drop(case)
        telling = self._worth_reading(connection, names)
        if telling:
            for case, told in self._told_by(Retelling(Known.by(connection)).told(telling)):
                self._put(case, told)

    # What is told of cases

    def _put(self, case: str, told: Told) -> None:
        self._cases[case] = told

    def _drop(self, case: str) -> Told | None:
        """Forgets what a case told, if anything, and returns it."""
        return self._cases.pop(case, None)

    def _clear(self) -> None:
        """Forgets all that was told, and shows nothing."""
        self._cases = {}

    # What is for each sort of watch to say

    @abstractmethod
    def _begin(self) -> None:
        """The book is another one."""

    @abstractmethod
    def _telling(self, connection: Connection) -> Iterable[str]:
        """The matters that may tell anything."""

    @abstractmethod
    def _with_events(self, condition: ColumnElement[bool]) -> Select[Any]:
        """The matters with events like this that may tell anything, or told something before them."""

    @abstractmethod
    def _hangs_on(self, fact: StaffChanged) -> bool:
        """Whether what is told hangs on what somebody said of a person."""

    @abstractmethod
    def _told_by(self, matters: Generator[Matter, None, None]) -> Iterator[tuple[str, Told]]:
        """What each case of these matters tells, where it tells anything."""

    @abstractmethod
    def _show(self, connection: Connection, now: InstantUs) -> None:
        """Shows what is known."""

    def _worth_reading(self, _: Connection, names: Sequence[str]) -> Sequence[str]:
        """Those of these matters that may tell anything."""
        return names


def with_events(condition: ColumnElement[bool]) -> Select[Any]:
    """The matters with events like this. The events are found first, for they are few: it does not grow with the journal."""
    return MATTERS.where(t.CASES.c.id.in_(select(t.EVENTS.c.case_id).where(condition)))

"""Who did something for the client: replied, spoke, met, logged work, took the case on; with how long where that is known.

A robot is nobody, and so is whoever an event does not name. The time of a call is known when it ends or goes on with
somebody else: it is told then, of the instant at which they answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from monitor.domain.events import OWN_SOURCE, Call, CallStep, Contact, Event, Side, Worked
from monitor.domain.instant import DurationUs, InstantUs
from monitor.domain.promise import Book
from monitor.domain.trail import Holding


class Way(StrEnum):
    """What somebody did."""

    REPLIED = "replied"
    SPOKE = "spoke"
    MET = "met"
    LOGGED = "logged work"
    HELD = "took it on"
    TALKED = "talked"
    """How long they spoke, beside the touch that says that they did: no touch of its own."""


class Touch(NamedTuple):
    """One thing that one person did, at an instant; `length` is None where it is not known."""

    at: InstantUs
    person: str
    way: Way
    length: DurationUs | None
    event: Event


class _Talk(NamedTuple):
    """Who is on the line, and since when."""

    agent: str
    since: InstantUs


_CLIENT = Side.CLIENT
# `Touch(...)` would take these as arguments and make the same tuple of them, in twice the time.
_new_tuple = tuple.__new__
_MEETINGS = frozenset({"visit", "remote"})
_REPLIED, _SPOKE, _MET, _LOGGED, _HELD, _TALKED = Way
_ANSWERED, _CALL_ENDED = CallStep.ANSWERED, CallStep.ENDED


def touches_in(work: Iterable[Event], holdings: Sequence[Holding], book: Book) -> list[Touch]:
    """Everything that was done in a case, in order; `work` are its events since the opening in canonical order."""
    reading = Touches(book)
    found = [touch for event in work for touch in reading.take(event)]
    befores = [None, *holdings]
    taken = [
        touch
        for before, holding in zip(befores, holdings, strict=False)
        if (touch := taking(before, holding)) is not None
    ]
    return sorted([*taken, *found], key=lambda touch: touch.at)


def taking(before: Holding | None, holding: Holding) -> Touch | None:
    """The touch of a person who has the case and did not just before."""
    at, person, _, event, _ = holding
    if person is None or (before is not None and before.person == person):
        return None
    return _new_tuple(Touch, (at, person, _HELD, None, event))


class Touches:
    """Reads the touches off the events of one case, as they come in canonical order."""

    __slots__ = ("_book", "_talks")

    def __init__(self, book: Book) -> None:
        self._book = book
        self._talks: dict[tuple[str, str], _Talk] = {}

    def take(self, event: Event) -> Sequence[Touch]:
        """The touches that this event shows."""
        fact = event.fact
        if type(fact) is Contact:
            return self.of_contact(event, fact)
        if type(fact) is Call:
            return list(self._of_call(event, fact))
        return self._of_work(event, fact) if isinstance(fact, Worked) else ()

    def of_contact(self, event: Event, fact: Contact) -> Sequence[Touch]:
        """The same where the event is a contact, as most are in which somebody does something."""
        side, channel, author, genuine, others, length = fact[:6]
        if side is _CLIENT or author is None or not genuine or event.source == OWN_SOURCE:
            return ()
        is_robot = self._book.is_robot
        if channel in _MEETINGS:
            people = dict.fromkeys((author, *others))
            return [Touch(event.time, person, _MET, length, event) for person in people if not is_robot(person)]
        if is_robot(author):
            return ()
        way = _SPOKE if channel == "call" else _REPLIED
        return (_new_tuple(Touch, (event.time, author, way, length, event)),)

    def _of_call(self, event: Event, fact: Call) -> Iterator[Touch]:
        call = (event.source, fact.call)
        if fact.step not in (_ANSWERED, _CALL_ENDED):
            return
        talk = self._talks.pop(call, None)
        if talk is not None:
            yield Touch(talk.since, talk.agent, _TALKED, event.time - talk.since, event)
        is_spoken = fact.step is _ANSWERED and fact.genuine and event.source != OWN_SOURCE
        if is_spoken and fact.agent is not None and not self._book.is_robot(fact.agent):
            self._talks[call] = _Talk(fact.agent, event.time)
            yield Touch(event.time, fact.agent, _SPOKE, None, event)

    def _of_work(self, event: Event, fact: Worked) -> Sequence[Touch]:
        if self._book.is_robot(fact.person):
            return ()
        return (Touch(event.time, fact.person, _LOGGED, fact.length, event),)

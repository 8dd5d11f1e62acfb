"""Who did something for the client: replied, spoke, met, logged work, took the case on; with how long where that is known.

A robot is nobody, and so is whoever an event does not name. The time of a call is known when it ends or goes on with
somebody else: it is told then, of the instant at which they answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from monitor.domain.facts.events import OWN_SOURCE, Call, CallStep, Contact, Event, Side, Worked
from monitor.domain.hours.instant import DurationUs, InstantUs
from monitor.domain.promises.promise import Book
from monitor.domain.work.trail import Holding


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


Talks: TypeAlias = dict[tuple[str, str], _Talk]
"""Who is on the line in the calls of one case, by source and the call's own name."""


_CLIENT = Side.CLIENT
# `Touch(...)` would take these as arguments and make the same tuple of them, in twice the time.
_new_tuple = tuple.__new__
_MEETINGS = frozenset({"visit", "remote"})
_REPLIED, _SPOKE, _MET, _LOGGED, _HELD, _TALKED = Way
_ANSWERED, _CALL_ENDED = CallStep.ANSWERED, CallStep.ENDED


def touches_in(work: Iterable[Event], holdings: Sequence[Holding], book: Book) -> list[Touch]:
    """Everything that was done in a case, in order; `work` are its events since the opening in canonical order."""
    talks: Talks = {}
    found = [touch for event in work for touch in touches_of(event, book, talks)]
    befores = [None, *(holding.person for holding in holdings)]
    taken = [
        taking(holding.at, holding.person, holding.event)
        for before, holding in zip(befores, holdings, strict=False)
        if holding.person is not None and holding.person != before
    ]
    return sorted([*taken, *found], key=lambda touch: touch.at)


def taking(at: InstantUs, person: str, event: Event) -> Touch:
    """The touch of a person who has the case and did not just before."""
    return _new_tuple(Touch, (at, person, _HELD, None, event))


def touches_of(event: Event, book: Book, talks: Talks) -> Sequence[Touch]:
    """The touches that an event of a case shows, the next in canonical order; `talks` are the case's up to it, and are kept up."""
    fact = event.fact
    if type(fact) is Contact:
        return touches_of_contact(event, fact, book)
    if type(fact) is Call:
        return list(_touches_of_call(event, fact, book, talks))
    return _touches_of_work(event, fact, book) if isinstance(fact, Worked) else ()


def touches_of_contact(event: Event, fact: Contact, book: Book) -> Sequence[Touch]:
    """The same where the event is a contact, as most are in which somebody does something."""
    side, channel, author, genuine, others, length = fact[:6]
    if side is _CLIENT or author is None or not genuine or event.source == OWN_SOURCE:
        return ()
    if channel in _MEETINGS:
        people = dict.fromkeys((author, *others))
        return [Touch(event.time, person, _MET, length, event) for person in people if not book.is_robot(person)]
    if book.robots and book.is_robot(author):
        return ()
    way = _SPOKE if channel == "call" else _REPLIED
    return (_new_tuple(Touch, (event.time, author, way, length, event)),)


def _touches_of_call(event: Event, fact: Call, book: Book, talks: Talks) -> Iterator[Touch]:
    call = (event.source, fact.call)
    if fact.step not in (_ANSWERED, _CALL_ENDED):
        return
    talk = talks.pop(call, None)
    if talk is not None:
        yield Touch(talk.since, talk.agent, _TALKED, event.time - talk.since, event)
    is_spoken = fact.step is _ANSWERED and fact.genuine and event.source != OWN_SOURCE
    if is_spoken and fact.agent is not None and not book.is_robot(fact.agent):
        talks[call] = _Talk(fact.agent, event.time)
        yield Touch(event.time, fact.agent, _SPOKE, None, event)


def _touches_of_work(event: Event, fact: Worked, book: Book) -> Sequence[Touch]:
    if book.is_robot(fact.person):
        return ()
    return (Touch(event.time, fact.person, _LOGGED, fact.length, event),)

"""Who did something for the client: replied, spoke, met, logged work, took the case on; with how long where that is known.

A robot is nobody. Whom an event does not name is somebody all the same, of whom nothing is known. The time of a call is known when it ends or goes on with
somebody else: it is told then, of the instant at which they answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from monitor.domain.facts.events import OWN_SOURCE, Call, CallStep, Contact, Event, Fact, Worked
from monitor.domain.hours.instant import DurationUs, InstantUs
from monitor.domain.promises.promise import Book
from monitor.domain.work.directory import UNNAMED
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
    """One thing that one person did, at an instant; `length` is None where it is not known. The person is UNNAMED where
    nobody says who it was."""

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


# In C, and all at once: one field of a NamedTuple by its name takes as long as these three.
_time_source_fact: Callable[[Event], tuple[InstantUs, str, Fact]] = itemgetter(0, 1, 8)
_MEETINGS = frozenset({"visit", "remote"})
_REPLIED, _SPOKE, _MET, _LOGGED, _HELD, _TALKED = Way
_ANSWERED, _CALL_ENDED = CallStep.ANSWERED, CallStep.ENDED


Entry: TypeAlias = Holding | Event
"""What the log of a case has of its opening and since: who has it, and events in which somebody of the firm may have done
something."""

Done: TypeAlias = tuple[InstantUs, str, Way, DurationUs | None, Event]
"""A touch before it has names: whoever reads many of them at once takes them as they are."""


def touches_in(log: Iterable[Entry], book: Book, talks: Talks | None = None) -> list[Touch]:
    """Everything that was done in a case by its log or a part of it, in order; `talks` are the case's up to that, and are kept up."""
    return [Touch(*done) for done in done_in(log, book, {} if talks is None else talks)]


def done_in(log: Iterable[Entry], book: Book, talks: Talks) -> list[Done]:
    """The same without names, for whoever reads all of it anyway."""
    found: list[Done] = []
    for entry in log:
        if isinstance(entry, Holding):
            at, person, _, event, _, is_taken = entry[:]
            if is_taken and person is not None:
                found.append((at, person, _HELD, None, event))
            continue
        at, source, fact = _time_source_fact(entry)
        if type(fact) is Contact:
            _, channel, author, genuine, others, length = fact[:6]
            if not genuine or source == OWN_SOURCE:
                continue
            author = author or UNNAMED
            if channel in _MEETINGS:
                people = [person for person in dict.fromkeys((author, *others)) if not book.is_robot(person)]
                found += [(at, person, _MET, length, entry) for person in people]
            elif not (book.robots and book.is_robot(author)):
                found.append((at, author, _SPOKE if channel == "call" else _REPLIED, length, entry))
        elif type(fact) is Call:
            found += _done_in_call(entry, fact, book, talks)
        elif type(fact) is Worked and not book.is_robot(fact.person):
            found.append((at, fact.person, _LOGGED, fact.length, entry))
    return found


def _done_in_call(event: Event, fact: Call, book: Book, talks: Talks) -> Iterator[Done]:
    call = (event.source, fact.call)
    if fact.step not in (_ANSWERED, _CALL_ENDED):
        return
    talk = talks.pop(call, None)
    if talk is not None:
        yield talk.since, talk.agent, _TALKED, event.time - talk.since, event
    is_spoken = fact.step is _ANSWERED and fact.genuine and event.source != OWN_SOURCE
    if is_spoken and not book.is_robot(fact.agent):
        agent = fact.agent or UNNAMED
        talks[call] = _Talk(agent, event.time)
        yield event.time, agent, _SPOKE, None, event

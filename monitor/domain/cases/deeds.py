"""What is done in a case while it is open, as promises about people judge it.

A case's log has what may matter of it as it happened; deeds are read off it when something hangs on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, TypeAlias

from monitor.domain.facts.events import Call, CallStep, ClientTold, Contact, Event, Worked
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Book, Kind
from monitor.domain.work.touches import Entry, Talks, Touch, touches_in
from monitor.domain.work.trail import Holding

WORK: Final = frozenset({Contact, Call, Worked, ClientTold})
"""The facts in which somebody may have done something for the client, or told them who will."""


class Transfer(NamedTuple):
    """A call was put through to somebody else."""

    at: InstantUs
    call: str
    event: Event


class Told(NamedTuple):
    """The client was told beforehand of what will not be as promised; `kind` is None where the event names none."""

    at: InstantUs
    kind: str | None
    event: Event


class Stopped(NamedTuple):
    """The case was resolved or closed: until it is reopened nothing that is done counts."""

    at: InstantUs
    event: Event


Deed: TypeAlias = Touch | Holding | Transfer | Told | Stopped


def deeds_in(log: Iterable[Entry], book: Book, talks: Talks) -> Iterator[Deed]:
    """What was done in a case while it was open, and what the client was told also while it was not, in order, by its log or a
    later part of it in which it is open at first; `talks` are the case's up to that, and are kept up. An event that is no
    work ended the case, until somebody or nobody has it again."""
    is_open = True
    for entry in log:
        if type(entry) is Holding:
            is_open = True
            yield entry
        touches = touches_in((entry,), book, talks) if book.reads_touches else ()
        if is_open:
            yield from touches
        if type(entry) is Event:
            if type(entry.fact) not in WORK:
                is_open = False
                yield Stopped(entry.time, entry)
            elif is_open or type(entry.fact) is ClientTold:
                yield from _others_of(entry)


def _others_of(event: Event) -> Iterator[Deed]:
    """What was done by an event that is no touch."""
    fact = event.fact
    if type(fact) is Call and fact.step is CallStep.TRANSFERRED:
        yield Transfer(event.time, fact.call, event)
    elif type(fact) is ClientTold:
        yield Told(event.time, kind_told(fact), event)


def kind_told(fact: ClientTold) -> str | None:
    """The kind of promise the client was told about; an obligation's name has it in its middle."""
    if fact.obligation is None:
        return fact.kind
    return next((kind.value for kind in Kind if f"/{kind.value}/" in fact.obligation), "")

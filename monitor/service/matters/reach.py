"""What an event concerns beyond its own case, and whether it puts a matter into another light."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from monitor.domain.cases.joining import joins_of
from monitor.domain.facts.events import Changed, ClientChanged, Event, Linked, Merged, Opened
from monitor.domain.promises.promise import Book

_RECASTING: Final = frozenset({Opened, ClientChanged, Merged, Linked})


def late_among(events: Sequence[Event], latest: Event | None) -> list[Event]:
    """Those that come before the last one known of their matter: the past is made anew by them."""
    if latest is None:
        return []
    return [event for event in events if event.time <= latest.time and event[:4] < latest[:4]]


def recasts(event: Event) -> bool:
    """Whether after this event another promise may govern, or the case be another client's, without a decision saying so."""
    fact = event.fact
    if type(fact) is Changed:
        return (fact.priority, fact.service, fact.tags) != (None, None, None)
    return type(fact) in _RECASTING


def pairs_in(events: Sequence[Event], book: Book) -> list[tuple[str, str]]:
    """The cases that are judged together, and the names that stand for cases, by what these events say; pair by pair."""
    said = [(event.case, case) for event in events if event.case and (case := joined_case(event)) is not None]
    # Most messages name nothing, and need not be asked.
    naming = (event for event in events if event.references or event.title is not None)
    return said + [pair for event in naming for pair in joins_of(event, book)]


def named_cases(event: Event) -> tuple[str, ...]:
    """The cases an event names: its own, and the one it is joined to."""
    return tuple(case for case in (event.case, joined_case(event)) if case is not None)


def joined_case(event: Event) -> str | None:
    """The case that this event says is one matter with its own."""
    fact = event.fact
    if type(fact) is Merged:
        return fact.into
    if type(fact) is Linked:
        return fact.to
    return None

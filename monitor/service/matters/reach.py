"""What an event concerns beyond its own case, and whether it puts a matter into another light."""

from __future__ import annotations

from typing import Final

from monitor.domain.facts.events import Changed, ClientChanged, Event, Linked, Merged, Opened

_RECASTING: Final = frozenset({Opened, ClientChanged, Merged, Linked})


def recasts(event: Event, latest: Event | None) -> bool:
    """Whether after this event another promise may govern, or the case be another client's, without a decision saying so.

    `latest` was the last event known before; what comes before it makes the past anew.
    """
    fact = event.fact
    if latest is not None and event[:4] < latest[:4]:
        return True
    if type(fact) is Changed:
        return (fact.priority, fact.service, fact.tags) != (None, None, None)
    return type(fact) in _RECASTING


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

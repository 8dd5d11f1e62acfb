"""What one case owes beside its clocks, each by itself: calls that wait (`call_watch.py`), callbacks, meetings.

A watch looks at the facts that matter to it, after the case has applied them. What it watches for stands whatever becomes
of the case's clocks: a resolution or a reopening changes nothing, a deletion makes it void, and in a merge it goes on in
the survivor, where the watch says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from monitor.domain.cases.case_state import CaseState
from monitor.domain.cases.obligation import Obligation
from monitor.domain.facts.events import OWN_SOURCE, Event
from monitor.domain.hours.instant import InstantUs, format_instant


class Watch:
    """Follows one case, event by event, from its opening on."""

    __slots__ = ()

    heeds: ClassVar[frozenset[type]]
    """The facts that matter to it."""

    def take(self, case: CaseState, event: Event, fact: Any) -> None:
        """Takes in a fact that the case has just applied."""
        raise NotImplementedError

    def owed(self) -> Iterable[Obligation]:
        """What is open and goes on in another case, if this one is merged into it."""
        return ()

    def join(self, other: Any) -> None:
        """Takes over what the watch of a case merged into this one knows; what that one owes is handed over to the case."""


def put(case: CaseState, obligation: Obligation) -> None:
    """A new obligation of the case, or one that came with a case merged into it; those that are over are forgotten."""
    before = case.clocks.watched
    case.clocks.watched = (*(each for each in before if each.is_open), obligation) if before else (obligation,)
    case.clocks.obligations.append(obligation)
    case.clocks.changed.append(obligation)


def settle(case: CaseState, obligation: Obligation) -> None:
    """Something happened to an obligation."""
    case.clocks.changed.append(obligation)


def take_away(case: CaseState, obligation: Obligation) -> None:
    """The obligation goes on in another case."""
    case.clocks.watched = tuple(each for each in case.clocks.watched if each is not obligation)
    case.clocks.obligations.remove(obligation)


def is_by_person(case: CaseState, event: Event, person: str | None) -> bool:
    """Whether it was neither a robot of the book nor Kept itself."""
    return event.source != OWN_SOURCE and not case.book.is_robot(person)


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """A name for another occasion: the one wanted, with a number behind it where that is taken."""
    names = set(taken)
    number, name = 1, wanted
    while name in names:
        number += 1
        name = f"{wanted}+{number}"
    return name


def occasion_of(obligation: Obligation) -> str:
    """What keeps it apart from others of its kind: the name of its occasion, or the instant of its opening."""
    return obligation.occasion or format_instant(obligation.opened)


def occasion_at(opened: InstantUs, taken: Iterable[str]) -> str | None:
    """The occasion of one that has no name: None where the instant of its opening says it."""
    instant = format_instant(opened)
    name = free_name(instant, taken)
    return None if name == instant else name

"""Which promise is meant where something is said of one in cases that were merged, as of a recorded instant.

It is the rule by which dates are judged: what is given in a case that was merged is given in the one it goes on in; what is said
of a date by its name means that of the event's own case, failing that of the case this goes on in, failing that of any case that
goes on there.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import exists, select

from monitor.adapters.answers.known import Known
from monitor.adapters.journal import tables as t
from monitor.domain.facts.events import Merged
from monitor.domain.figures.register import RegisterState
from monitor.wire.events.cloud_events import recall_event

_EVENT: Final = t.EVENTS.c
EVENT_ORDER: Final = (_EVENT.time, _EVENT.source, _EVENT.sequence, _EVENT.id)
"""The canonical order of events."""
Place: TypeAlias = tuple[Any, ...]
"""Where an event stands in it."""


class Named(NamedTuple):
    """A promise by the case it was given in and the name it has there."""

    case: str
    name: str


class Merges:
    """Cases that go on in others."""

    def __init__(self, told: Iterable[tuple[str, Place, str]]) -> None:
        """`told` in the canonical order: the case, the place of the event that says so, and the other one."""
        self._into: dict[str, tuple[Place, str]] = {}
        for case, place, into in told:
            # What is merged already goes on elsewhere, and it is this that is merged now.
            home, end = self._end(case), self._end(into)
            if home != end:
                self._into[home] = (place, end)

    def merged_with(self, case: str) -> set[str]:
        """The case with all those that go on in the same one in the end, itself included."""
        end = self._end(case)
        return {case, end} | {other for other in self._into if self._end(other) == end}

    def meant(self, said: Named, step: RegisterState, place: Place, *, among: Container[Named]) -> Named:
        """The promise that an event at a place of the order means; `among` are those of which something was said before."""
        home = self._end(said.case, place)
        there = Named(home, said.name)
        if step in (RegisterState.MADE, RegisterState.PROPOSED):
            return there
        others = (Named(case, said.name) for case in self._into if self._end(case, place) == home)
        return next((each for each in (said, there, *others) if each in among), there)

    def _end(self, case: str, place: Place | None = None) -> str:
        """Where a case goes on in the end, as of a place of the order."""
        while case in self._into:
            merged, into = self._into[case]
            if place is not None and place < merged:
                break
            case = into
        return case


def merges_told(known: Known) -> Merges:
    """Those told of cases in whose matters anything was said of a promise."""
    of_matter, sibling = t.CASES.alias("of_matter"), t.CASES.alias("sibling")
    matters = (
        select(of_matter.c.matter)
        .join(t.EVENTS, _EVENT.case_id == of_matter.c.id)
        .where(t.OF_PROMISES, exists().where(sibling.c.matter == of_matter.c.matter, sibling.c.id != of_matter.c.id))
        .correlate(None)
    )
    cases = select(t.CASES.c.id).where(t.CASES.c.matter.in_(matters))
    told = select(_EVENT.case_id, *EVENT_ORDER, _EVENT.content).where(
        _EVENT.type == "ticket.merged", t.STILL_THERE, _EVENT.recorded <= known.as_of, _EVENT.case_id.in_(cases)
    )
    found = []
    for case, *place, content in known.connection.execute(told.order_by(*EVENT_ORDER)):
        fact = recall_event(bytes(content)).fact
        if isinstance(fact, Merged):
            found.append((case, tuple(place), fact.into))
    return Merges(found)

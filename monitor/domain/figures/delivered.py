"""What was done for clients, in the light of what was promised of it: each touch with the grade and tenure of whoever did it
and, where seniority is promised, whether they are who was promised.

Grades and tenure are those of the instant. Whoever is not known is a column of their own, never junior and never senior.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from monitor.domain.cases.case import Case
from monitor.domain.cases.conduct import Conduct
from monitor.domain.cases.deeds import Told, kind_told
from monitor.domain.cases.matter import Matter
from monitor.domain.cases.seniority import Fitness, fitness
from monitor.domain.facts.events import Call, ClientTold, Event
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Kind, Promise
from monitor.domain.work.directory import Directory
from monitor.domain.work.touches import Touch, Way, touches_in


class Work(NamedTuple):
    """A touch, or how long one took; `promise` is what is promised of who does it, `fitness` whether this is so."""

    case: str
    client: str
    touch: Touch
    grade: str
    tenure: str
    promise: Promise | None
    fitness: Fitness | None

    @property
    def is_touch(self) -> bool:
        """Whether something was done, and not only told how long it took."""
        return self.touch.way is not Way.TALKED


def work_in(matter: Matter) -> Iterator[Work]:
    """The work in every case of a matter whose people are followed, in order."""
    for case, conduct in followed_in(matter):
        yield from work_of(case, conduct, matter.directory)


def followed_in(matter: Matter) -> Iterator[tuple[Case, Conduct]]:
    """The open or ended cases of a matter whose people are followed."""
    for case in matter.cases.values():
        if case.conduct is not None and case.opened_at is not None:
            yield case, case.conduct


def work_of(case: Case, conduct: Conduct, directory: Directory) -> Iterator[Work]:
    """The work in one case, in order; how long a conversation took stands behind it, as of the instant it began.

    Where the case has no obligation that says who does it, what counts is the share promised of the client's work.
    """
    promise = seniority_of(case)
    if promise is None:
        return work_for_periods(case, conduct, directory)
    told = [deed.event for deed in conduct.deeds if type(deed) is Told and deed.kind in _OF_SENIORITY]
    return _work(case, conduct, directory, lambda _: promise, told)


def work_for_periods(case: Case, conduct: Conduct, directory: Directory) -> Iterator[Work]:
    """The same by the share of the client's work over periods that is promised at each instant for the case as it is."""
    told = [
        event for event in conduct.work if type(event.fact) is ClientTold and kind_told(event.fact) in _OF_SENIORITY
    ]
    return _work(case, conduct, directory, lambda at: case.terms(at).work, told)


_OF_SENIORITY: Final = (None, Kind.SENIORITY.value)
"""What a client may have been told of for somebody else to stand in."""


def _work(
    case: Case,
    conduct: Conduct,
    directory: Directory,
    promise_at: Callable[[InstantUs], Promise | None],
    told: list[Event],
) -> Iterator[Work]:
    for touch in sorted(touches_in(conduct.log, case.book), key=_at):
        promise = promise_at(touch.at)
        grade, band, *_ = directory.seniority_of(touch.person, touch.at, case.book.tenure_bands)
        found = None if promise is None else _fitness(promise, touch, told, directory)
        yield Work(case.id, case.client, touch, grade, band, promise, found)


def _at(touch: Touch) -> InstantUs:
    return touch.at


def seniority_of(case: Case) -> Promise | None:
    """The promise that governs who works on a case; None where none does."""
    obligation = case.clocks.conduct_of(Kind.SENIORITY)
    if obligation is None or obligation.void_reason is not None:
        return None
    return obligation.promise


def _fitness(promise: Promise, touch: Touch, told: list[Event], directory: Directory) -> Fitness:
    assert promise.seniority is not None
    is_told = any(event[:4] < touch.event[:4] for event in told)
    return fitness(promise.seniority, touch.person, touch.at, directory, is_told=is_told)


def with_lengths(work: Iterator[Work]) -> list[Work]:
    """The touches of one case, each conversation with its length where that became known."""
    touches: list[Work] = []
    spoken: dict[tuple[int, str, str, str], int] = {}
    for done in work:
        touch = done.touch
        fact = touch.event.fact
        if isinstance(fact, Call):
            talk = (touch.at, touch.person, touch.event.source, fact.call)
            if not done.is_touch:
                index = spoken[talk]
                known = touches[index]
                touches[index] = known._replace(touch=known.touch._replace(length=touch.length))
                continue
            if touch.way is Way.SPOKE:
                spoken[talk] = len(touches)
        touches.append(done)
    return touches

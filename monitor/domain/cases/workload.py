"""What people did in a case, in numbers that commits can add up: touches, hand-offs, work handed down, calls, who has it.

Theory of operation. The figures of a case are a function of its events and of the staff as of each of them. In order
events add to them; a late one has the case made anew, and with it its figures. Whoever counts over many matters keeps
the figures a matter had before and adds the difference (`monitor.service.matters.figures`).

Grades that nobody has told, or that are not on the book's scale, are counted as unknown.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from monitor.domain.cases.call_watch import FollowedCall, FollowedCalls
from monitor.domain.cases.hand_downs import HandDown
from monitor.domain.facts.events import Call, Event
from monitor.domain.hours.instant import FOREVER_US, SECOND_US, DurationUs
from monitor.domain.promises.promise import Book
from monitor.domain.work.calls import CallFacts, CallOutcome
from monitor.domain.work.directory import Directory
from monitor.domain.work.touches import Done, Way
from monitor.domain.work.trail import Holding, Move, Trail


class Figure(StrEnum):
    """What is counted. Behind each: what its subject and its detail are."""

    TOUCHES = "touches"  # grade, tenure band
    UNMEASURED = "unmeasured_touches"  # the same, of touches whose length is not known
    TOUCH_TIME = "touch_time"  # the same, in microseconds
    HANDOFFS = "handoffs"  # TEAMS or PEOPLE, ONWARD or BACK
    HAND_DOWNS = "hand_downs"  # grade of the giver, grade of the taker
    HELD_CASES = "held_cases"  # team, grade of the person; empty where there is none
    CALLS = "calls"  # queue, outcome
    CALL_WAITS = "call_waits"  # queue, upper edge in microseconds
    CALL_WAIT_TIME = "call_wait_time"  # queue, empty; in microseconds


TEAMS: Final = "teams"
PEOPLE: Final = "people"
"""Between whom a case was handed on."""
ONWARD: Final = "false"
BACK: Final = "true"
"""Whether it came back to somebody who had it before."""
LEFT_MENU: Final = "left_menu"
"""The outcome of a call that was over before an answer was owed."""

WAIT_EDGES: Final = (
    *(SECOND_US * each for each in (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1_200)),
    FOREVER_US,
)
"""Upper ends, included, by which waits are counted: those that calls are promised in, and on to those nobody promises."""

FigureName: TypeAlias = tuple[str, str, str]
"""(figure, subject, detail), the figure by its value: a text is hashed many times faster than an Enum."""


class FigureKey(NamedTuple):
    """What is counted of many cases; an empty text where there is no tier."""

    figure: str
    tier: str
    subject: str
    detail: str


HIGHEST_RANK: Final = 1_000_000
"""Above every grade of a scale: nobody did anything."""
UNKNOWN_RANK: Final = -1
"""Below every grade of a scale."""
_NO_CALLS: Final[FollowedCalls] = {}
"""What most cases have: one for all, for there are very many cases. Nothing is put into it."""


class Workload(Trail):
    """The figures of one case, which is followed from hand to hand.

    It is a layer of `Conduct`, for each of very many cases has one, and an object more costs as much as all it does here.
    """

    __slots__ = ("_book", "calls", "counts")

    def __init__(self, book: Book, directory: Directory) -> None:
        Trail.__init__(self, directory)
        self._book = book
        self.calls = _NO_CALLS
        """Every call since the opening, by source and its own name."""
        self.counts: dict[FigureName, int] = {}
        """The figures, 0 where something was taken back."""

    def _count(self, work: Iterable[Done]) -> int:
        """Adds what somebody did, or for how long it became known that they spoke. Returns the lowest rank among whoever did
        it, below all others where that is not known of somebody.

        What one person did in a row, of one grade and band, is added at once: so it is with most cases.
        """
        bands, starts_at, ends_at = self._book.tenure_bands, 0, 0
        known: str | None = None
        grade = band = ""
        lowest = HIGHEST_RANK
        number = unmeasured = time = 0
        for at, person, way, length, _ in work:
            if person != known or not starts_at <= at < ends_at:
                if known is not None:
                    self._add_touches(grade, band, number, unmeasured, time)
                known, number, unmeasured, time = person, 0, 0, 0
                grade, band, starts_at, ends_at, rank = self._directory.seniority_of(person, at, bands)
                if rank is None or rank < lowest:
                    lowest = UNKNOWN_RANK if rank is None else rank
            if way is not _TALKED:
                number += 1
                if length is None:
                    unmeasured += 1
                else:
                    time += length
            elif length is not None:
                unmeasured -= 1
                time += length
        if known is not None:
            self._add_touches(grade, band, number, unmeasured, time)
        return lowest

    def _add_touches(self, grade: str, band: str, number: int, unmeasured: int, time: DurationUs) -> None:
        counts = self.counts
        touches, without_length, lengths = _of_touches(grade, band)
        if number:
            counts[touches] = counts.get(touches, 0) + number
        if unmeasured:
            counts[without_length] = counts.get(without_length, 0) + unmeasured
        if time:
            counts[lengths] = counts.get(lengths, 0) + time

    def _count_move(self, move: Move) -> None:
        """The case was handed on."""
        between = TEAMS if move.is_between_teams else PEOPLE
        self._add((_HANDOFFS, between, BACK if move.is_return else ONWARD), 1)

    def _count_hand_down(self, found: HandDown) -> None:
        """It went to somebody more junior."""
        self._add((_HAND_DOWNS, found.giver.grade, found.taker.grade), 1)

    def _call_named(self, name: tuple[str, str], step: Call) -> FollowedCall:
        """The call that this is a step of, by its source and own name."""
        call = self.calls.get(name)
        if call is None:
            if not self.calls:
                self.calls = {}
            call = self.calls[name] = FollowedCall(inbound=step.inbound)
        return call

    def _count_call(self, facts: CallFacts, event: Event, step: Call, *, is_answer: bool) -> None:
        """A call has come to another step, which is an answer by a person or not."""
        before = () if facts.outcome is None else _of_call(facts)
        facts.take(event, step, is_answer=is_answer)
        after = () if facts.outcome is None else _of_call(facts)
        if after != before:
            counts = self.counts
            for figure, amount in before:
                counts[figure] -= amount
            for figure, amount in after:
                counts[figure] = counts.get(figure, 0) + amount

    def _add(self, figure: FigureName, amount: int) -> None:
        self.counts[figure] = self.counts.get(figure, 0) + amount

    def held(self, holding: Holding | None) -> FigureName:
        """What counts of an open case as it is held now: by whom, as they were when they got it; None for nobody."""
        if holding is None:
            return _HELD_CASES, "", ""
        person, team = holding.person, holding.team
        if person is None:
            return _HELD_CASES, team or "", ""
        if team is None:
            team = self._directory.team_of(person, holding.at)
        seniority = self._directory.seniority_of(person, holding.at, self._book.tenure_bands)
        return _HELD_CASES, team or "", seniority.grade


@lru_cache(maxsize=1_000)
def _of_touches(grade: str, band: str) -> tuple[FigureName, FigureName, FigureName]:
    """What touches by people of a grade and band count as: how many, how many without a length, their time."""
    return (_TOUCHES, grade, band), (_UNMEASURED, grade, band), (_TOUCH_TIME, grade, band)


def _of_call(facts: CallFacts) -> tuple[tuple[FigureName, int], ...]:
    """What a call counts as once it is over, or answered; calls that the firm made do not."""
    outcome, queue = facts.outcome, facts.queue or ""
    if outcome is None or not facts.inbound:
        return ()
    if not facts.is_settled:
        return (((_CALLS, "", LEFT_MENU), 1),)
    wait = facts.wait
    calls, waits, time = _of_calls(queue, outcome, None if wait is None else wait_edge(wait))
    return ((calls, 1),) if wait is None else ((calls, 1), (waits, 1), (time, wait))


@lru_cache(maxsize=1_000)
def _of_calls(queue: str, outcome: CallOutcome, edge: DurationUs | None) -> tuple[FigureName, FigureName, FigureName]:
    """What calls of a queue count as that became this, after a wait under this edge: how many, by their wait, their waits."""
    return (_CALLS, queue, outcome.value), (_CALL_WAITS, queue, str(edge)), (_CALL_WAIT_TIME, queue, "")


def wait_edge(wait: DurationUs) -> DurationUs:
    """The upper end that a wait is counted under."""
    return WAIT_EDGES[bisect_left(WAIT_EDGES, wait)]


# Names of the module are found many times faster than those of an Enum, and every touch asks for some.
_TALKED = Way.TALKED
(
    _TOUCHES,
    _UNMEASURED,
    _TOUCH_TIME,
    _HANDOFFS,
    _HAND_DOWNS,
    _HELD_CASES,
    _CALLS,
    _CALL_WAITS,
    _CALL_WAIT_TIME,
) = (figure.value for figure in Figure)

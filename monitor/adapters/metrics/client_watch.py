"""Which clients are at risk and what clients say of late, for whoever watches: read once, then followed event by event.

Theory of operation. What a case tells (hand-offs, silence, scores) is read off its events. At the start the matters that may
tell anything are read, some at a time; after that each look reads only those again that something was recorded of since the
last one, and what obligations alone tell, from the indexes of what is broken. A fact that lies ahead, such as silence, is
kept until its time comes. Another edition of the book, a change of somebody's team or the end of a retention is a reason to
read all again. A failure loses nothing: what was still to be read is read at the next look.

It goes up to the present instant, where a question goes up to the last recorded one: silence needs no event to be seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, func, select

from monitor.adapters.answers.client_reading import CaseRead, cases_told
from monitor.adapters.answers.known import Known
from monitor.adapters.answers.retelling import Retelling
from monitor.adapters.answers.risk import PRESENT, clearings_in, facts_of_case, facts_of_obligations
from monitor.adapters.journal import tables as t
from monitor.domain.cases.case_state import Phase
from monitor.domain.facts.events import UNIDENTIFIED, StaffChanged
from monitor.domain.figures.risk import RiskFact, RiskFound, clearing_of
from monitor.domain.hours.instant import DAY_US, SECOND_US, DurationUs, InstantUs
from monitor.domain.promises.promise import Book
from monitor.domain.promises.risk_limits import RiskLimits
from monitor.service.ports.machine import Clock
from monitor.wire.events.cloud_events import recall_event

LOOK_EVERY_US: Final[DurationUs] = 10 * SECOND_US
"""How often the history is looked at: more often than it is scraped."""
OF_LATE_US: Final[DurationUs] = 90 * DAY_US
"""How far back scores are shown: a quarter, for clients are asked a few times a year."""
MATTERS_A_READ: Final = 1_000
"""Matters read again in one transaction: a second's work at most."""


class Standing(NamedTuple):
    """How many facts of a sort stand about a client."""

    client: str
    fact: RiskFact
    number: int


class Satisfaction(NamedTuple):
    """How many scores a client gave of late, and the mean of their places between the worst, 0, and the best, 1."""

    client: str
    scores: int
    mean: float


class ClientReadings(NamedTuple):
    """How clients stand as of the last look, by client; `looked_at` is when, 0 before the first. `facts` are the sorts of
    facts that the book looks at: none where it has no section `risk`."""

    risks: tuple[Standing, ...] = ()
    words: tuple[Satisfaction, ...] = ()
    facts: tuple[RiskFact, ...] = ()
    looked_at: InstantUs = 0


class _Told(NamedTuple):
    """What a case tells: facts, and when which client gave scores, each by its place."""

    facts: tuple[RiskFound, ...]
    scores: tuple[tuple[InstantUs, str, float], ...]


class ClientWatch:
    """Keeps what cases tell. One look at a time."""

    def __init__(self, connect: Callable[[], AbstractContextManager[Connection]], clock: Clock) -> None:
        self._connect = connect
        self._clock = clock
        self._read_from: tuple[Any, ...] | None = None
        self._book: Book | None = None
        self._limits = RiskLimits()
        self._position = 0
        self._unread: dict[str, None] = {}
        """Matters that are to be read, in order."""
        self._cases: dict[str, _Told] = {}
        self.readings = ClientReadings()

    def look(self) -> None:
        """Brings the readings up to the present. Raises TransientError; then they stay as they were."""
        with self._connect() as connection:
            self._find_changes(connection)
        while self._unread:
            names = list(islice(self._unread, MATTERS_A_READ))
            with self._connect() as connection:
                self._read(connection, names)
            for name in names:
                del self._unread[name]
        with self._connect() as connection:
            self.readings = self._told(connection, self._clock.now())

    def forget(self) -> None:
        """Knows nothing any more."""
        self._read_from = None
        self._unread, self._cases = {}, {}
        self.readings = ClientReadings()

    def _find_changes(self, connection: Connection) -> None:
        """Which matters are to be read since the last time, all where what is known of each may be different."""
        event = t.EVENTS.c
        last = connection.scalar(select(func.max(event.position))) or 0
        read_from = (
            connection.scalar(select(func.max(t.EDITIONS.c.number))),
            connection.scalar(select(func.max(t.RETIREMENTS.c.number))),
        )
        if read_from != self._read_from or self._teams_changed(connection):
            self._book = Known.by(connection).book
            self._limits = (None if self._book is None else self._book.risk) or RiskLimits()
            self._unread, self._cases = {}, {}
            changed = _telling(self._limits)
        else:
            changed = _changed(self._limits, self._position)
        self._unread |= dict.fromkeys(connection.scalars(changed))
        self._read_from, self._position = read_from, last

    def _teams_changed(self, connection: Connection) -> bool:
        """Whether somebody's team was told since: what is a hand-off hangs on it."""
        event = t.EVENTS.c
        told = connection.scalars(select(event.content).where(event.position > self._position, t.OF_STAFF))
        facts = (recall_event(bytes(content)).fact for content in told)
        return any(isinstance(fact, StaffChanged) and fact.team is not None for fact in facts)

    def _read(self, connection: Connection, names: list[str]) -> None:
        for case in connection.scalars(select(t.CASES.c.id).where(t.CASES.c.matter.in_(names))):
            self._cases.pop(case, None)
        retelling = Retelling(Known.by(connection))
        for read in cases_told(retelling.told(names)):
            told = _Told(tuple(facts_of_case(read, self._limits)), tuple(_scores(read)))
            if told.facts or told.scores:
                self._cases[read.case] = told

    def _told(self, connection: Connection, now: InstantUs) -> ClientReadings:
        found = [*facts_of_obligations(connection, self._limits, PRESENT)]
        found += [fact for told in self._cases.values() for fact in told.facts]
        clearings = {} if self._book is None else clearings_in(Known.by(connection), self._book)
        counts = Counter(
            (each.client, each.fact)
            for each in found
            if each.at <= now
            and each.client != UNIDENTIFIED
            and clearing_of(each, clearings.get(each.client, ())) is None
        )
        risks = tuple(Standing(client, fact, number) for (client, fact), number in sorted(counts.items()))
        scores = (score for told in self._cases.values() for score in told.scores)
        return ClientReadings(risks, _of_late(scores, now), _looked_at(self._limits), now)


_MATTERS: Final[Select[Any]] = select(t.CASES.c.matter).distinct()
_SCORED: Final = t.CASES.alias("scored")
_WITH_WORDS: Final = t.CASES.c.matter.in_(
    select(_SCORED.c.matter).join(t.EVENTS, t.EVENTS.c.case_id == _SCORED.c.id).where(t.OF_WORDS)
)
"""That a client said something of a case of the matter."""


def _telling(limits: RiskLimits) -> Select[Any]:
    """The matters that may tell anything: all where hand-offs are counted, else those that are open or were scored."""
    if limits.counts_moves:
        return _MATTERS
    is_open = t.CASES.c.phase == Phase.OPEN.value
    return _MATTERS.where(_WITH_WORDS if limits.silent_after is None else _WITH_WORDS | is_open)


def _changed(limits: RiskLimits, position: int) -> Select[Any]:
    """The matters of which something was recorded behind a position; where only scores count, of those that have some."""
    event = t.EVENTS.c
    changed = _MATTERS.join(t.EVENTS, event.case_id == t.CASES.c.id).where(event.position > position)
    return changed if limits.takes_work else changed.where(_WITH_WORDS)


def _scores(read: CaseRead) -> Iterator[tuple[InstantUs, str, float]]:
    if read.client != UNIDENTIFIED:
        yield from ((said.at, read.client, said.place) for said in read.said if isinstance(said.place, float))


def _of_late(scores: Iterable[tuple[InstantUs, str, float]], now: InstantUs) -> tuple[Satisfaction, ...]:
    counts: Counter[str] = Counter()
    totals: dict[str, float] = {}
    for at, client, place in scores:
        if now - OF_LATE_US < at <= now:
            counts[client] += 1
            totals[client] = totals.get(client, 0.0) + place
    return tuple(Satisfaction(client, counts[client], totals[client] / counts[client]) for client in sorted(counts))


def _looked_at(limits: RiskLimits) -> tuple[RiskFact, ...]:
    said: Mapping[RiskFact, bool] = {
        RiskFact.UNOWNED: limits.unowned_after is not None,
        RiskFact.BELOW_GRADE: limits.below_grade,
        RiskFact.RUN_AROUND: limits.counts_moves,
        RiskFact.SILENCE: limits.silent_after is not None,
        RiskFact.BAD_WORD: limits.score_below is not None,
    }
    return tuple(fact for fact, is_said in said.items() if is_said)

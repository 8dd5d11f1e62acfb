"""Which clients are at risk and what clients say of late, for whoever watches: read once, then followed event by event.

What a case tells (hand-offs, silence, scores) is read off its events (`following.py`); what obligations alone tell, at each look
from the indexes of what is broken. A fact that lies ahead, such as silence, is kept until its time comes.

It goes up to the present instant, where a question goes up to the last recorded one: silence needs no event to be seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, select

from monitor.adapters.answers.client_reading import CaseRead, cases_told
from monitor.adapters.answers.known import Known
from monitor.adapters.answers.reader import Connect
from monitor.adapters.answers.risk import PRESENT, clearings_in, facts_of_case, facts_of_obligations
from monitor.adapters.journal import tables as t
from monitor.adapters.metrics.following import MATTERS, MatterWatch, with_events
from monitor.adapters.metrics.told_tiers import ToldTiers
from monitor.domain.cases.case_state import Phase
from monitor.domain.cases.matter import Matter
from monitor.domain.facts.events import UNIDENTIFIED, StaffChanged
from monitor.domain.figures.risk import RiskFact, RiskFound, clearing_of
from monitor.domain.hours.instant import DAY_US, SECOND_US, DurationUs, InstantUs
from monitor.domain.promises.risk_limits import RiskLimits
from monitor.service.ports.machine import Clock

OF_LATE_US: Final[DurationUs] = 90 * DAY_US
"""How far back scores are shown: a quarter, for clients are asked a few times a year."""


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
    tiers: Mapping[str, str] = MappingProxyType({})
    """Those that events gave clients; the others have the book's."""


class _Told(NamedTuple):
    """What a case tells: facts, and when which client gave scores, each by its place."""

    facts: tuple[RiskFound, ...]
    scores: tuple[tuple[InstantUs, str, float], ...]


class ClientWatch(MatterWatch[_Told]):
    """Keeps what cases tell of their clients."""

    every = 10 * SECOND_US
    """More often than it is scraped."""
    what = "clients at risk"

    def __init__(self, connect: Connect, clock: Clock) -> None:
        super().__init__(connect, clock)
        self._limits = RiskLimits()
        self._tiers = ToldTiers()
        self.readings = ClientReadings()

    def forget(self) -> None:
        """Knows nothing any more."""
        super().forget()
        self._tiers = ToldTiers()
        self.readings = ClientReadings()

    def _begin(self) -> None:
        self._limits = (None if self._book is None else self._book.risk) or RiskLimits()

    def _telling(self, connection: Connection) -> Iterable[str]:
        """All where hand-offs are counted, else those that are open or were scored."""
        if self._limits.counts_moves:
            return connection.scalars(MATTERS)
        is_open = t.CASES.c.phase == Phase.OPEN.value
        is_silent = self._limits.silent_after is not None
        return connection.scalars(MATTERS.where(_WITH_WORDS | is_open if is_silent else _WITH_WORDS))

    def _with_events(self, condition: ColumnElement[bool]) -> Select[Any]:
        """Where only scores count, of those that have some."""
        found = with_events(condition)
        return found if self._limits.takes_work else found.where(_WITH_WORDS)

    def _hangs_on(self, fact: StaffChanged) -> bool:
        """What is a hand-off hangs on teams."""
        return fact.team is not None

    def _told_by(self, matters: Generator[Matter, None, None]) -> Iterator[tuple[str, _Told]]:
        for read in cases_told(matters):
            told = _Told(tuple(facts_of_case(read, self._limits)), tuple(_scores(read)))
            if told.facts or told.scores:
                yield read.case, told

    def _show(self, connection: Connection, now: InstantUs) -> None:
        found = [*facts_of_obligations(connection, self._limits, PRESENT)]
        found += [fact for told in self._cases.values() for fact in told.facts]
        known, book = Known.by(connection), self._book
        clearings = {} if book is None else clearings_in(known, book)
        counts = Counter(
            (each.client, each.fact)
            for each in found
            if each.at <= now
            and each.client != UNIDENTIFIED
            and clearing_of(each, clearings.get(each.client, ())) is None
        )
        risks = tuple(Standing(client, fact, number) for (client, fact), number in sorted(counts.items()))
        scores = (score for told in self._cases.values() for score in told.scores)
        self._tiers.follow(connection)
        tiers = {} if book is None else self._tiers.at(now, book)
        self.readings = ClientReadings(risks, _of_late(scores, now), _looked_at(self._limits), now, tiers)


_SCORED: Final = t.CASES.alias("scored")
_WITH_WORDS: Final = t.CASES.c.matter.in_(
    select(_SCORED.c.matter).join(t.EVENTS, t.EVENTS.c.case_id == _SCORED.c.id).where(t.OF_WORDS)
)
"""That a client said something of a case of the matter."""


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

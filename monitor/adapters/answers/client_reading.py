"""What is read for questions about clients: what they said, and beside it what the history and the events record.

Verdicts are counted by SQL as they were held true; hand-offs, hand-downs and touches are read off the events
(`retelling.py`). Nothing that happened at or after the end of the period is counted, nor what was recorded later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, func, select

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.retelling import Retelling, Scope
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.recorded import BROKEN_AT
from monitor.domain.cases.case import Case
from monitor.domain.cases.case_state import Phase
from monitor.domain.cases.matter import Matter
from monitor.domain.cases.obligation import Verdict
from monitor.domain.facts.events import OWN_SOURCE, Call, CallStep, Contact, Event, Rated, Side
from monitor.domain.figures.delivered import Work, with_lengths, work_of
from monitor.domain.figures.satisfaction import LeftOut, placed
from monitor.domain.figures.shares import COUNTED_AS
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import JUDGED_KINDS
from monitor.domain.work.directory import Directory
from monitor.domain.work.trail import Move
from monitor.service.ports.portions import portions
from monitor.wire.questions.parameters import InPeriod

_D: Final = t.DECISIONS.c
_JUDGED: Final = [kind.value for kind in JUDGED_KINDS]
_CASES_AT_ONCE: Final = 300


class Said(NamedTuple):
    """One response: what was said, when, and where on its scale it stands."""

    at: InstantUs
    rated: Rated
    place: float | LeftOut | None


@dataclass(slots=True)
class CaseRead:
    """One case: what its client said of it and what people did in it, each in its order."""

    case: str
    client: str
    directory: Directory
    said: list[Said] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    hand_downs: list[InstantUs] = field(default_factory=list)
    touches: list[Work] = field(default_factory=list)
    silent_since: InstantUs | None = None
    """Of a case that is open: when the client last heard from the firm, failing that when it was opened."""


def cases_read(retelling: Retelling, scope: Scope) -> Iterator[CaseRead]:
    """Every case that was opened, or of which a client said anything, of the matters concerned."""
    yield from cases_told(retelling.matters(scope))


def cases_told(matters: Generator[Matter, None, None]) -> Iterator[CaseRead]:
    """The same of matters that are told; whoever stops before the last one ends the telling."""
    with closing(matters):
        for matter in matters:
            yield from _cases_of(matter)


def _cases_of(matter: Matter) -> Iterator[CaseRead]:
    found = {case.id: _read(case, matter.directory) for case in matter.cases.values()}
    for event in matter.events:
        if isinstance(event.fact, Rated) and event.case is not None:
            case = matter.case_named(event.case)
            place = placed(event.fact, event.time, case.opened_at)
            found[case.id].said.append(Said(event.time, event.fact, place))
    yield from found.values()


def _read(case: Case, directory: Directory) -> CaseRead:
    read = CaseRead(case.id, case.client, directory)
    conduct = case.conduct
    if conduct is not None and case.opened_at is not None:
        read.moves = [holding.move for holding in conduct.holdings if holding.move is not None]
        read.hand_downs = [found.at for found in conduct.hand_downs]
        read.touches = with_lengths(work_of(case, conduct, directory))
        if case.phase is Phase.OPEN:
            heard = [event.time for event in conduct.work if _is_heard(event, case)]
            read.silent_since = max((case.opened_at, *heard))
    return read


def _is_heard(event: Event, case: Case) -> bool:
    """Whether the client heard from a person of the firm."""
    fact = event.fact
    if event.source == OWN_SOURCE:
        return False
    if isinstance(fact, Contact):
        return fact.side is not Side.CLIENT and fact.genuine and not case.book.is_by_robots(fact)
    return isinstance(fact, Call) and fact.step is CallStep.ANSWERED and fact.genuine


# Verdicts


class Verdicts(NamedTuple):
    """How many obligations have come to what."""

    kept: int = 0
    broken: int = 0
    unknown: int = 0
    excused: int = 0

    @property
    def counted(self) -> int:
        """Those that a share is of."""
        return self.kept + self.broken


def verdicts_by_client(known: Known, asked: InPeriod) -> dict[str, Verdicts]:
    """The verdicts on what opened in the period, by client."""
    bounds = [] if asked.since is None else [_D.opened >= asked.since]
    bounds += [] if asked.until is None else [_D.opened < asked.until]
    return _counted(known.connection, _D.client, [*known.held(), *bounds])


def verdicts_by_case(known: Known, cases: Sequence[str]) -> dict[str, Verdicts]:
    """The verdicts on everything in these cases, by case."""
    found: dict[str, Verdicts] = {}
    held = known.held()
    for portion in portions(cases, _CASES_AT_ONCE):
        found |= _counted(known.connection, _D.case_id, [*held, _D.case_id.in_(portion)])
    return found


def _counted(connection: Connection, by: Any, conditions: Sequence[Any]) -> dict[str, Verdicts]:
    held = select(by.label("name"), _D.verdict).where(_D.kind.in_(_JUDGED), *conditions).subquery()
    asked = select(held.c.name, held.c.verdict, func.count()).group_by(held.c.name, held.c.verdict)
    counts: dict[str, Counter[str]] = {}
    for name, verdict, count in connection.execute(asked):
        counts.setdefault(name, Counter())[COUNTED_AS[verdict]] += count
    return {name: Verdicts(*(each[field_] for field_ in Verdicts._fields)) for name, each in counts.items()}


def broken_in(known: Known, cases: Sequence[str]) -> dict[str, list[InstantUs]]:
    """When promises were broken in these cases, by case."""
    found: dict[str, list[InstantUs]] = {}
    held = known.held()
    for portion in portions(cases, _CASES_AT_ONCE):
        broken = select(_D.case_id, BROKEN_AT).where(
            *held, _D.kind.in_(_JUDGED), _D.case_id.in_(portion), _D.verdict == Verdict.BROKEN.value
        )
        for case, at in known.connection.execute(broken):
            found.setdefault(case, []).append(int(at))
    return found

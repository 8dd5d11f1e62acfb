"""The engine and the oracle, written apart from the same rules, say the same of random streams and random books."""

from __future__ import annotations

from monitor.domain.coverage import FULL, Coverage
from monitor.domain.engine import step
from monitor.domain.events import Event
from monitor.domain.matter import Matter
from monitor.domain.obligation import Obligation
from monitor.domain.promise import Book
from tests.unit.domain.oracle import Judged


def judged_by_engine(matter: Matter, now: int, coverage: Coverage = FULL) -> list[Judged]:
    found = [
        _judged(name, obligation, now, coverage)
        for name, case in matter.cases.items()
        for obligation in case.obligations
    ]
    return sorted(found, key=repr)


def _judged(name: str, obligation: Obligation, now: int, coverage: Coverage) -> Judged:
    verdict = obligation.verdict(now, coverage)
    is_void = verdict.value == "void"
    return Judged(
        case=name,
        kind=obligation.kind.value,
        opened=obligation.opened,
        occasion=obligation.occasion,
        promise=obligation.promise.id,
        version=obligation.promise.version,
        start=obligation.start,
        due=None if is_void else obligation.due,
        verdict=verdict.value,
        ended=None if is_void else obligation.ended,
        elapsed=None if is_void else obligation.elapsed_until(now),
        paused=None if is_void else obligation.paused_until(now),
    )


def run(book: Book, events: list[Event], now: int) -> Matter:
    matter, _ = step(Matter(book), events, now)
    return matter

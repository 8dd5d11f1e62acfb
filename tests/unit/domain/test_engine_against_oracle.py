"""The engine and the oracle, written apart from the same rules, say the same of random streams and random books.

`KEPT_EXAMPLES=20000 pytest tests/unit/domain/test_engine_against_oracle.py` searches longer than usual.
"""

from __future__ import annotations

import os
from collections import Counter

from hypothesis import event as note
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.domain.cases.coverage import FULL, Coverage
from monitor.domain.cases.engine import step
from monitor.domain.cases.matter import Matter
from monitor.domain.cases.obligation import Obligation
from monitor.domain.facts.events import Event
from monitor.domain.figures.ledger import ledger as ledger_of
from monitor.domain.hours.instant import MINUTE_US
from monitor.domain.promises.promise import Book, Kind
from monitor.domain.promises.promised_amends import STEPS
from monitor.domain.work.directory import Directory
from tests.unit.domain import oracle
from tests.unit.domain.builders import SPECS, books, books_of, coverages, streams, streams_of_calls_and_meetings
from tests.unit.domain.oracle import Judged

EXAMPLES = int(os.environ.get("KEPT_EXAMPLES") or 150)


def judged_by_engine(matter: Matter, now: int, coverage: Coverage = FULL) -> list[Judged]:
    """What the engine holds true, as the oracle says it."""
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


def ledgers_by_engine(matter: Matter, now: int) -> dict[str, Counter[str]]:
    """The time of every case that was opened, by account, without grades."""
    ledgers = {}
    for name, case in matter.cases.items():
        accounts: Counter[str] = Counter()
        for account, time in ledger_of(case, now, Directory({})).items():
            accounts[account.name] += time
        ledgers[name] = +accounts
    return ledgers


def hand_downs_by_engine(matter: Matter) -> dict[str, list[tuple[int, str, str]]]:
    """When each case passed from whom to whom more junior."""
    return {
        name: [(each.at, each.giver.person, each.taker.person) for each in case.conduct.hand_downs]
        for name, case in matter.cases.items()
        if case.conduct is not None
    }


def run(book: Book, events: list[Event], now: int, coverage: Coverage = FULL) -> Matter:
    """All events in one step."""
    matter, _ = step(Matter(book), events, now, coverage)
    return matter


def after(events: list[Event], half_hours: int) -> int:
    """An instant at or after the last event."""
    return max(event.time for event in events) + half_hours * 30 * MINUTE_US


@settings(max_examples=EXAMPLES)
@given(books(), streams(), st.integers(0, 40), coverages())
def test_the_engine_judges_every_obligation_as_the_oracle_does(
    book: Book, events: list[Event], later: int, coverage: Coverage
) -> None:
    now = after(events, later)
    world = oracle.world_of(book, SPECS, events)
    expected = oracle.judge(world, now, coverage)
    for verdict in {judged.verdict for judged in expected}:
        note(f"some {verdict}")
    for verdict in {judged.verdict for judged in expected if judged.kind in STEPS}:
        note(f"some step {verdict}")
    assert judged_by_engine(run(book, events, now, coverage), now, coverage) == expected


@settings(max_examples=EXAMPLES)
@given(books_of(Kind.CALLBACK, Kind.ATTEND), streams_of_calls_and_meetings(), st.integers(0, 40))
def test_the_engine_judges_callbacks_and_meetings_as_the_oracle_does(
    book: Book, events: list[Event], later: int
) -> None:
    now = after(events, later)
    expected = oracle.judge(oracle.world_of(book, SPECS, events), now)
    for kind, verdict in {(judged.kind, judged.verdict) for judged in expected}:
        note(f"some {kind} {verdict}")
    assert judged_by_engine(run(book, events, now), now) == expected


@settings(max_examples=EXAMPLES)
@given(books(), streams())
def test_the_engine_finds_every_hand_down_that_the_oracle_finds(book: Book, events: list[Event]) -> None:
    # A book without a scale of grades knows no hand-downs.
    world = oracle.world_of(book, SPECS, events)
    expected = {name: oracle.hand_downs(world, name) for name in world.stories if book.grades}
    found = hand_downs_by_engine(run(book, events, after(events, 0)))
    note(f"{min(2, sum(map(len, expected.values())))} hand-downs or more")
    assert {name: each for name, each in found.items() if each} == {
        name: each for name, each in expected.items() if each
    }


@settings(max_examples=EXAMPLES)
@given(books("lunch"), streams(), st.integers(0, 40))
def test_the_engine_charges_every_moment_as_the_oracle_does(book: Book, events: list[Event], later: int) -> None:
    now = after(events, later)
    world = oracle.world_of(book, SPECS, events)
    expected = {name: Counter(oracle.ledger(world, name, now)) for name in world.stories}
    found = ledgers_by_engine(run(book, events, now), now)
    assert {name: accounts for name, accounts in found.items() if accounts} == {
        name: +accounts for name, accounts in expected.items() if +accounts
    }

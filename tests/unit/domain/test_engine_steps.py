"""Whatever way events come to `step` (any order, doubled, in batches, late), the end is the same, and every decision is made once."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.domain.cases.coverage import FULL, Coverage
from monitor.domain.cases.decisions import CHANGES_OF_VERDICT, Decision, DecisionType
from monitor.domain.cases.engine import hand_downs_of, step
from monitor.domain.cases.hand_downs import HAND_DOWN
from monitor.domain.cases.matter import Matter
from monitor.domain.cases.obligation import Obligation, Verdict
from monitor.domain.facts.events import Event
from monitor.domain.hours.instant import MINUTE_US
from monitor.domain.promises.promise import Book
from tests.unit.domain.builders import books, coverages, streams
from tests.unit.domain.test_engine_against_oracle import after, judged_by_engine, ledgers_by_engine, run

EXAMPLES = int(os.environ.get("KEPT_EXAMPLES") or 60)
HALF_HOUR_US = 30 * MINUTE_US


def in_order(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event[:4])


def obligations_of(matter: Matter) -> list[Obligation]:
    return [obligation for case in matter.cases.values() for obligation in case.obligations]


def assert_everything_is_said(matter: Matter, now: int, coverage: Coverage = FULL) -> None:
    """What was announced last of each obligation is what is true of it."""
    for obligation in obligations_of(matter):
        assert obligation.said_verdict is obligation.verdict(now, coverage), obligation.id
        if obligation.said_verdict is Verdict.RUNNING:
            assert obligation.said_due == obligation.due


@st.composite
def deliveries(draw: st.DrawFn, events: Sequence[Event]) -> list[list[Event]]:
    """The events in any order, some twice or more often, in batches of any size."""
    again = draw(st.lists(st.sampled_from(events), max_size=4))
    shuffled = draw(st.permutations([*events, *again]))
    cuts = sorted(draw(st.lists(st.integers(0, len(shuffled)), max_size=5)))
    return [shuffled[start:end] for start, end in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]


@settings(max_examples=EXAMPLES)
@given(books(), streams(), st.integers(0, 20), st.data())
def test_order_duplicates_and_batches_change_nothing(
    book: Book, events: list[Event], later: int, data: st.DataObject
) -> None:
    now = after(events, later)
    matter = Matter(book)
    for batch in data.draw(deliveries(events)):
        matter, _ = step(matter, batch, now)
        assert_everything_is_said(matter, now)
    sorted_run = run(book, in_order(events), now)
    assert judged_by_engine(matter, now) == judged_by_engine(sorted_run, now)
    assert ledgers_by_engine(matter, now) == ledgers_by_engine(sorted_run, now)


@settings(max_examples=EXAMPLES)
@given(books(), streams(), st.integers(0, 20), st.data())
def test_one_event_at_a_time_and_late_ones_come_to_the_same(
    book: Book, events: list[Event], later: int, data: st.DataObject
) -> None:
    late = data.draw(st.sets(st.sampled_from(events)))
    matter, now = Matter(book), 0
    for event in [*(event for event in in_order(events) if event not in late), *late]:
        now = max(now, event.time)
        matter, _ = step(matter, [event], now)
        assert_everything_is_said(matter, now)
    now = after(events, later)
    matter, _ = step(matter, [], now)
    assert_everything_is_said(matter, now)
    assert judged_by_engine(matter, now) == judged_by_engine(run(book, in_order(events), now), now)


@settings(max_examples=EXAMPLES)
@given(books(), streams(), st.integers(0, 20))
def test_a_step_that_brings_nothing_new_decides_nothing(book: Book, events: list[Event], later: int) -> None:
    now = after(events, later)
    matter = run(book, events, now)
    _, decisions = step(matter, [], now)
    _, again = step(matter, events, now)
    assert (decisions, again) == ([], [])


def woken(book: Book, events: Sequence[Event], now: int) -> list[Decision]:
    """The decisions where the engine is asked at events, and at the instants it asked to be woken."""
    matter, decisions = Matter(book), []
    for event in [*in_order(events), None]:
        until = now if event is None else event.time
        for _ in range(1000):
            if matter.wakes_at > until:
                break
            matter, made = step(matter, [], matter.wakes_at)
            decisions += made
        else:
            raise AssertionError(f"never sleeps again after {matter.wakes_at}")
        matter, made = step(matter, [] if event is None else [event], until)
        decisions += made
        assert_everything_is_said(matter, until)
    return decisions


def watched(book: Book, events: Sequence[Event], now: int) -> list[Decision]:
    """The decisions where the engine is asked every minute, and at events."""
    matter, decisions = Matter(book), []
    left = in_order(events)
    moment = left[0].time
    while moment <= now:
        matter, made = step(matter, [], moment)
        decisions += made
        while left and left[0].time == moment:
            matter, made = step(matter, [left.pop(0)], moment)
            decisions += made
        moment += MINUTE_US
    return decisions


def known(decisions: Iterable[Decision]) -> list[str]:
    return sorted(
        f"{decision.obligation} {decision.type} {decision.verdict} {decision.at} {decision.due}"
        for decision in decisions
    )


@settings(max_examples=EXAMPLES)
@given(books(), streams(most=8), st.integers(1, 8))
def test_waking_when_asked_decides_as_much_as_looking_every_minute(book: Book, events: list[Event], later: int) -> None:
    now = after(events, later)
    # The last minute may have passed a due instant that only its next look would see.
    decided_by = now - MINUTE_US
    awake = [decision for decision in woken(book, events, now) if decision.at <= decided_by]
    looking = [decision for decision in watched(book, events, now) if decision.at <= decided_by]
    assert known(awake) == known(looking)


@settings(max_examples=EXAMPLES)
@given(books(), streams(), st.integers(0, 20))
def test_an_obligation_is_decided_once(book: Book, events: list[Event], later: int) -> None:
    said: dict[str, list[Decision]] = defaultdict(list)
    for decision in woken(book, events, after(events, later)):
        if decision.promise is not HAND_DOWN:
            said[decision.obligation].append(decision)
    for decisions in said.values():
        types = [decision.type for decision in decisions]
        assert types[0] is DecisionType.OPENED
        assert types.count(DecisionType.OPENED) == 1
        verdicts = [decision.verdict for decision in decisions if decision.type in CHANGES_OF_VERDICT]
        changes = [(one, other) for one, other in pairwise(verdicts) if one is other]
        assert changes in ([], [(Verdict.KEPT, Verdict.KEPT)]), types


@settings(max_examples=EXAMPLES)
@given(books(), streams(), st.integers(0, 20))
def test_no_two_decisions_have_one_id(book: Book, events: list[Event], later: int) -> None:
    revisions: dict[str, int] = defaultdict(int)
    ids = []
    for decision in woken(book, events, after(events, later)):
        name = decision.obligation
        revisions[name] += 1
        ids.append(decision.identity(name, revisions[name]))
    assert len(ids) == len(set(ids))


@settings(max_examples=EXAMPLES)
@given(books(), streams(), st.integers(0, 20))
def test_decisions_folded_up_are_the_verdicts(book: Book, events: list[Event], later: int) -> None:
    now = after(events, later)
    folded = {decision.obligation: decision.verdict for decision in woken(book, events, now)}
    matter = run(book, events, now)
    true = {obligation.id: obligation.verdict(now) for obligation in obligations_of(matter)}
    assert {name: folded[name] for name in true} == true


@settings(max_examples=EXAMPLES)
@given(books(), streams(), st.lists(coverages(), min_size=1, max_size=4))
def test_what_was_said_follows_what_could_be_heard(book: Book, events: list[Event], heard: list[Coverage]) -> None:
    now = after(events, 20)
    matter = run(book, events, now)
    for coverage in [*heard, FULL]:
        matter, _ = step(matter, [], now, coverage)
        assert_everything_is_said(matter, now, coverage)


@settings(max_examples=EXAMPLES)
@given(st.data())
def test_in_whatever_order_events_come_what_was_said_of_hand_downs_is_true_in_the_end(data: st.DataObject) -> None:
    book, events = data.draw(books()), data.draw(streams())
    matter = Matter(book)
    last: dict[str, DecisionType] = {}
    for batch in data.draw(deliveries(events)):
        matter, decisions = step(matter, batch, after(events, 0))
        last |= {decision.obligation: decision.type for decision in decisions if decision.promise is HAND_DOWN}
    told = {name for name, kind in last.items() if kind is DecisionType.HANDED_DOWN}
    found = hand_downs_of(run(book, events, after(events, 0)))
    assert told == {f"{name.case}/hand_down/{name.occasion}" for name in found}

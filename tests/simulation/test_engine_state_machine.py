"""The engine lived through: things happen, arrive late or twice, time passes; after each step it says what the oracle says."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from monitor.domain.cases.engine import step
from monitor.domain.cases.matter import Matter
from monitor.domain.facts.events import Event
from monitor.domain.figures.ledger import closing_of, ledger, opening_of
from monitor.domain.hours.instant import FOREVER_US, MINUTE_US
from monitor.domain.promises.promise import Book
from monitor.domain.work.directory import Directory
from tests.unit.domain import oracle
from tests.unit.domain.builders import (
    SPECS,
    assigned,
    at,
    books,
    changed,
    closed,
    events_at,
    opened,
    received,
    reopened,
    resolved,
    sent,
)
from tests.unit.domain.test_engine_against_oracle import judged_by_engine

EXAMPLES = int(os.environ.get("KEPT_EXAMPLES") or 60)
CASES = st.sampled_from(("K1", "K1", "K2"))


class Firm(RuleBasedStateMachine):
    """Two cases of one matter, events of all kinds, and a clock that only goes forward."""

    def __init__(self) -> None:
        super().__init__()
        self.now = at("09:00")
        self.events: list[Event] = []

    @initialize(book=books())
    def sign(self, book: Book) -> None:
        """The promises are made."""
        self.book = book
        self.matter = Matter(book)

    # What happens now

    @rule(case=CASES, holder=st.sampled_from((None, "anna", "robot")), priority=st.sampled_from((None, "low", "high")))
    def open(self, case: str, holder: str | None, priority: str | None) -> None:
        self.hear(opened(self.now, case=case, holder=holder, priority=priority))

    @rule(case=CASES)
    def write(self, case: str) -> None:
        self.hear(received(self.now, case=case))

    @rule(case=CASES, genuine=st.booleans(), channel=st.sampled_from(("email", "call")))
    def reply(self, case: str, genuine: bool, channel: str) -> None:
        self.hear(sent(self.now, case=case, genuine=genuine, channel=channel))

    @rule(case=CASES, holder=st.sampled_from((None, "anna", "ben")))
    def assign(self, case: str, holder: str | None) -> None:
        self.hear(assigned(self.now, holder, case=case))

    @rule(case=CASES, status=st.sampled_from(("waiting", "supplier")))
    def pause(self, case: str, status: str) -> None:
        self.hear(changed(self.now, status=status, case=case))

    @rule(case=CASES)
    def resume(self, case: str) -> None:
        self.hear(changed(self.now, status="working", case=case))

    @rule(case=CASES, priority=st.sampled_from(("low", "high")))
    def prioritise(self, case: str, priority: str) -> None:
        self.hear(changed(self.now, priority=priority, case=case))

    @rule(case=CASES)
    def resolve(self, case: str) -> None:
        self.hear(resolved(self.now, case=case))

    @rule(case=CASES)
    def reopen(self, case: str) -> None:
        self.hear(reopened(self.now, case=case))

    @rule(case=CASES)
    def close(self, case: str) -> None:
        self.hear(closed(self.now, case=case))

    @rule(data=st.data())
    def something_else(self, data: st.DataObject) -> None:
        self.hear(data.draw(events_at(self.now)))

    # What happened before, and what happened already

    @rule(data=st.data(), half_hours=st.integers(1, 12))
    def hear_late(self, data: st.DataObject, half_hours: int) -> None:
        self.hear(data.draw(events_at(self.now - half_hours * 30 * MINUTE_US)))

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def hear_again(self, data: st.DataObject) -> None:
        event = data.draw(st.sampled_from(self.events))
        _, decisions = step(self.matter, [event], self.now)
        assert decisions == []

    # Time

    @rule(half_hours=st.integers(1, 40))
    def let_time_pass(self, half_hours: int) -> None:
        self.now += half_hours * 30 * MINUTE_US
        step(self.matter, [], self.now)

    @precondition(lambda self: self.matter.wakes_at < FOREVER_US)
    @rule()
    def wake(self) -> None:
        """To the half hour after the instant the engine asked for: the grid keeps coincidences likely."""
        half_hour = 30 * MINUTE_US
        self.now = max(self.now, -(-self.matter.wakes_at // half_hour) * half_hour)
        step(self.matter, [], self.now)

    def hear(self, event: Event) -> None:
        if event.identity not in {known.identity for known in self.events}:
            self.events.append(event)
        step(self.matter, [event], self.now)

    # What always holds

    @invariant()
    def the_oracle_agrees(self) -> None:
        world = oracle.world_of(self.book, SPECS, self.events)
        assert judged_by_engine(self.matter, self.now) == oracle.judge(world, self.now)

    @invariant()
    def all_is_said_that_is_true(self) -> None:
        for case in self.matter.cases.values():
            for obligation in case.obligations:
                assert obligation.said_verdict is obligation.verdict(self.now)

    @invariant()
    def every_moment_is_on_one_account(self) -> None:
        for case in self.matter.cases.values():
            wall = closing_of(case, self.now) - opening_of(case, self.now)
            assert sum(ledger(case, self.now, Directory({})).values()) == wall

    @invariant()
    def nothing_sleeps_through_a_due_instant(self) -> None:
        for case in self.matter.cases.values():
            for obligation in case.obligations:
                if obligation.is_open and obligation.due is not None and not obligation.is_late_at(self.now):
                    assert self.matter.wakes_at <= obligation.due + 1


TestFirm = Firm.TestCase
TestFirm.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

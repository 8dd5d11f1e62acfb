"""The canary's whole path by a clock moved by hand: sent, committed, broken by time, told, over, and forgotten after an hour.

Rounds begin at whole five minutes; what was promised then breaks a minute later (ARCHITECTURE, "The canary").
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import pytest
from sqlalchemy import func, select

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.canary_rows import open_canaries
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.notice_table import NoticeTable
from monitor.adapters.metrics.canary_status import CanaryStatus, canary_status
from monitor.domain.hours.instant import HOUR_US, MINUTE_US, SECOND_US, InstantUs
from monitor.errors import TransientError
from monitor.service.doors.arrivals import Arrival, Outcome
from monitor.service.intake.agenda import Agenda
from monitor.service.intake.canary_source import CanarySource
from monitor.service.notices.content import Links, content_of
from monitor.service.notices.courier import Courier, Message
from monitor.service.notices.notice import NoticeRecord, NoticeRules, Receiver
from monitor.service.notices.notifier import Notifier
from monitor.service.ports.counts import Intake
from monitor.service.ports.machine import Machine
from monitor.testing import BOOK, MONDAY, InlineWorker, ManualClock, arrivals, cloud_event, commit_point, store_at

SILENT_BOOK: Final = BOOK + "sources:\n  /test: {silent_after: 30m}\n"
"""A source that is never heard again puts every breach by time in doubt, but the canary's."""
STEP_US: Final = 15 * SECOND_US


class Desk:
    """A receiver that writes down when it heard what; it may be away."""

    messages_a_round = 20

    def __init__(self) -> None:
        self.receiver = Receiver("desk", frozenset({"broken", "unknown", "canary"}), hears_standing_only=True)
        self.is_away = False
        self.heard: list[tuple[InstantUs, str, str, str]] = []
        """(when, phase, alert, case)."""

    def send(self, messages: Sequence[Message], now: InstantUs) -> list[str]:
        if self.is_away:
            return ["away"] * len(messages)
        for delivery, notice in messages:
            labels = content_of(notice, Links(), now).labels
            self.heard.append((now, delivery.phase, labels["alertname"], labels["case"]))
        return [""] * len(messages)

    def resend(self, notices: Sequence[NoticeRecord], now: InstantUs) -> None:
        """Hears every message."""


class World:
    """A Kept with a canary that tells a desk, step by step."""

    def __init__(self, database: Location) -> None:
        self.clock = ManualClock()
        self.desk = Desk()
        self.outcomes: list[Outcome] = []
        self._database = database
        self.start()

    def start(self) -> None:
        self.store = store_at(self._database)
        self.point = commit_point(self.store, SILENT_BOOK, self.clock.now())
        worker = InlineWorker()
        machine = Machine(self.clock, worker)
        self.agenda = Agenda(self.point, self.clock, worker)
        table = NoticeTable(self.store._engine, self.store._lock)
        rules = NoticeRules((self.desk.receiver,), storm_above=1)
        self.notifier = Notifier(table, rules, machine, lambda: self.point.last_recorded, asyncio.Lock())
        self.courier = Courier(self.desk, table, machine, worker, HOUR_US)
        self.canary = CanarySource(self, self._open_cases, self.clock)

    async def submit(self, events: Sequence[Arrival]) -> list[Outcome]:
        """The door."""
        self.outcomes += self.point.take(events, self.clock.now())
        return self.outcomes[-len(events) :]

    async def _open_cases(self) -> list[str]:
        with self.store._engine.connect() as connection:
            return open_canaries(connection)

    async def pass_time(self, until: InstantUs, *, sends: bool = True) -> None:
        """Everything takes its turn every quarter of a minute."""
        while self.clock.now() < until:
            if sends and self.clock.now() % (5 * MINUTE_US) == 0:
                await self.canary.turn()
            self.clock.set(self.clock.now() + STEP_US)
            await self.agenda.turn()
            await self.notifier.look()
            while await self.courier.turn():
                pass

    def status(self) -> CanaryStatus:
        return canary_status(self.store._engine, ["desk"])

    def count(self, table: Any) -> int:
        with self.store._engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def world(tmp_path: Any) -> Any:
    opened = World(Location(tmp_path / "kept.db"))
    yield opened
    opened.store.close()


def _name(minute: int) -> str:
    """The case of a round of Monday's first hour; MONDAY is 2026-03-02T09:00:00Z."""
    return f"kept-canary/2026-03-02T09:{minute:02d}:00Z"


async def test_each_breach_is_told_in_its_minute_and_over_with_the_next_round(world: World) -> None:
    world.point.take(arrivals([cloud_event("ticket.opened", "A", MONDAY, "1", client="acme", by="client")]), MONDAY)
    await world.pass_time(MONDAY + 56 * MINUTE_US)
    # Due a minute after the round began, broken just after: the next look is a quarter of a minute later.
    opened = [(at, case) for at, phase, alert, case in world.desk.heard if (phase, alert) == ("opened", "KeptCanary")]
    rounds = range(0, 55, 5)
    assert opened[:11] == [(MONDAY + (minute + 1) * MINUTE_US + STEP_US, _name(minute)) for minute in rounds]
    over = [(at, case) for at, phase, alert, case in world.desk.heard if (phase, alert) == ("resolved", "KeptCanary")]
    assert over[:10] == [(MONDAY + (minute + 5) * MINUTE_US + STEP_US, _name(minute)) for minute in rounds[:10]]


async def test_it_says_when_it_was_last_seen_and_by_whom(world: World) -> None:
    assert world.status() == CanaryStatus(0, {"desk": 0})
    await world.pass_time(MONDAY + 2 * MINUTE_US)
    seen = MONDAY + MINUTE_US + STEP_US
    assert world.status() == CanaryStatus(seen, {"desk": seen})
    # A desk that hears nothing is not told, and a canary that is not sent is not seen.
    world.desk.is_away = True
    await world.pass_time(MONDAY + 7 * MINUTE_US)
    assert world.status() == CanaryStatus(seen + 5 * MINUTE_US, {"desk": seen})
    await world.pass_time(MONDAY + 30 * MINUTE_US, sends=False)
    assert world.status().broken_at == seen + 5 * MINUTE_US


async def test_a_restart_and_a_second_sender_say_the_same_again(world: World) -> None:
    await world.pass_time(MONDAY + 2 * MINUTE_US)
    world.store.close()
    world.start()
    await world.canary.turn()
    assert world.outcomes == [Intake.ACCEPTED, Intake.DUPLICATE]
    await world.pass_time(MONDAY + 7 * MINUTE_US)
    await world.canary.turn()
    # The second round puts the first case away; asked again there is nothing left to put away.
    assert world.outcomes[2:] == [Intake.ACCEPTED, Intake.ACCEPTED, Intake.DUPLICATE]
    assert [case for _, phase, _, case in world.desk.heard if phase == "opened"] == [_name(0), _name(5)]


async def test_it_is_kept_for_an_hour_and_then_forgotten(world: World) -> None:
    await world.pass_time(MONDAY + HOUR_US)
    tables = (t.EVENTS, t.DECISIONS, t.OBLIGATIONS, t.CASES, t.MATTERS, t.NOTICES, t.DELIVERIES)
    before = [world.count(table) for table in tables]
    await world.pass_time(MONDAY + 4 * HOUR_US)
    # Thirteen rounds lie within an hour, both ends included: one more than after the first twelve.
    assert [world.count(table) for table in tables[3:5]] == [13, 13]
    assert all(after <= known + known // 12 + 1 for known, after in zip(before, map(world.count, tables), strict=True))
    assert world.count(t.DEAD_LETTERS) == 0


async def test_where_nobody_takes_events_it_is_told(world: World) -> None:
    class Away:
        async def submit(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
            raise TransientError("away")

    with pytest.raises(TransientError):
        await CanarySource(Away(), world._open_cases, world.clock).turn()

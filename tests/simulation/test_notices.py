"""Notices in a Kept that is killed between any two steps, with a receiver that is away now and then.

Whatever happens on the way: each breach in the history was told at least once, under one key only, and in the end what a
receiver takes for standing is exactly what the history says is broken and open. KEPT_SEEDS says how many stories are told.
"""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from random import Random
from typing import Any, Final

import pytest
from sqlalchemy import select

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.notice_table import NoticeTable
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs
from monitor.errors import TransientError
from monitor.service.intake.agenda import Agenda
from monitor.service.intake.pipeline import Pipeline
from monitor.service.notices.courier import Courier, Message
from monitor.service.notices.notice import NoticeRecord, NoticeRules, Receiver
from monitor.service.notices.notifier import Notifier
from monitor.service.ports.machine import Machine
from monitor.testing import (
    BOOK,
    Crash,
    InlineWorker,
    ManualClock,
    arrivals,
    cloud_event,
    commit_point,
    no_space,
    store_at,
)
from tests.simulation.restating import restate

SEEDS: Final = list(range(int(os.environ.get("KEPT_SEEDS", "12"))))
STORIES: Final = [("sqlite", seed) for seed in SEEDS] + [("postgresql", seed) for seed in SEEDS[::6]]
KINDS: Final = frozenset({"due_soon", "broken", "unknown"})
STEPS: Final = 120

Identity = tuple[str, str]


class Desk:
    """A receiver that writes down what it hears, is away now and then, and may be the last that a process speaks to."""

    messages_a_round = 5

    def __init__(self, dice: Random, kinds: frozenset[str] = KINDS) -> None:
        self.receiver = Receiver("desk", kinds, hears_standing_only=False)
        self._dice = dice
        self.is_calm = False
        self.heard: list[tuple[str, NoticeRecord]] = []

    def send(self, messages: Sequence[Message], now: InstantUs) -> list[str]:
        return [self._hear(message) for message in messages]

    def _hear(self, message: Message) -> str:
        if not self.is_calm and self._dice.random() < 0.2:
            return "away"
        self.heard.append((message.delivery.phase, message.notice))
        if not self.is_calm and self._dice.random() < 0.05:
            raise Crash
        return ""

    def resend(self, notices: Sequence[NoticeRecord], now: InstantUs) -> None:
        """Hears every message."""


class FaultyTable:
    """A table whose writes crash before or after they come true, or find the disk full."""

    def __init__(self, table: NoticeTable, is_unlucky: Callable[[], bool], dice: Random) -> None:
        self._table = table
        self._is_unlucky = is_unlucky
        self._dice = dice

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def write(self, *changes: Any) -> None:
        self._around(lambda: self._table.write(*changes))

    def record(self, *changes: Any, **how: Any) -> None:
        self._around(lambda: self._table.record(*changes, **how))

    def _around(self, work: Callable[[], None]) -> None:
        if not self._is_unlucky():
            return work()
        if self._dice.random() < 0.3:
            raise no_space()
        if self._dice.random() < 0.5:
            work()
        raise Crash


class World:
    """A Kept that tells of breaches, and may be killed."""

    def __init__(self, database: Location, dice: Random) -> None:
        self.dice = dice
        self.clock = ManualClock()
        self.desk = Desk(dice)
        self.rules = NoticeRules((self.desk.receiver,), storm_above=dice.choice([2, 100]), remind_every=4 * HOUR_US)
        self._database = database
        self.start()

    def start(self) -> None:
        self.store = store_at(self._database)
        point = commit_point(self.store, now=self.clock.now())
        worker = InlineWorker()
        machine = Machine(self.clock, worker)
        self.pipeline = Pipeline(point, self.clock, worker)
        self.point, self.agenda = point, Agenda(point, self.clock, worker)
        real = NoticeTable(self.store._engine, self.store._lock)
        table: Any = FaultyTable(real, self._is_unlucky, self.dice)
        self.notifier = Notifier(table, self.rules, machine, lambda: point.last_recorded, asyncio.Lock())
        self.courier = Courier(self.desk, table, machine, worker, 100 * DAY_US)

    def _is_unlucky(self) -> bool:
        return not self.desk.is_calm and self.dice.random() < 0.15

    async def step(self) -> None:
        """One turn of everything; what fails is tried in a later step, what crashes is started again."""
        try:
            await self.agenda.turn()
            await self.notifier.look()
            await self.courier.turn()
        except Crash:
            self.store.close()
            self.start()
        except TransientError:
            self.notifier.position = None

    async def calm_down(self) -> None:
        """Enough time passes for all that waits."""
        self.desk.is_calm = True
        for _ in range(60):
            self.clock.set(self.clock.now() + 10 * MINUTE_US)
            await self.step()
            while await self.courier.turn():
                pass

    def rows(self, table: Any) -> list[Any]:
        with self.store._engine.connect() as connection:
            return list(connection.execute(select(table)))


def _event(dice: Random, number: int, now: InstantUs) -> bytes:
    case = f"C{dice.randrange(8)}"
    at = now - dice.choice([0, 0, dice.randrange(3 * HOUR_US)])
    kind, more = dice.choice(
        [
            ("ticket.opened", {"client": dice.choice(["acme", "umbra"]), "by": "client"}),
            ("email.received", {"author": "Bo", "client": "umbra"}),
            ("email.sent", {"author": "Ann"}),
            ("ticket.resolved", {}),
            ("ticket.reopened", {}),
            ("ticket.changed", {"status": "waiting"}),
            ("ticket.changed", {"status": "open"}),
        ]
    )
    return cloud_event(kind, case, at, f"e{number}", **more)


def _breaches(decisions: Collection[Any]) -> set[Identity]:
    """Each run of decisions about an obligation in which it is broken, by the obligation and the first of them."""
    found: set[Identity] = set()
    was: dict[str, str] = {}
    for row in sorted(decisions, key=lambda each: each.position):
        if row.verdict == "broken" and was.get(row.obligation) != "broken":
            found.add((row.obligation, row.id))
        was[row.obligation] = row.verdict
    return found


@pytest.mark.parametrize(("kind", "seed"), STORIES, ids=[f"{kind}-{seed}" for kind, seed in STORIES])
async def test_each_breach_is_told_under_one_key_and_ends_when_it_is_over(
    kind: str, seed: int, tmp_path: Any, request: pytest.FixtureRequest
) -> None:
    address = request.getfixturevalue("postgres_url") if kind == "postgresql" else None
    dice = Random(seed)
    world = World(Location(tmp_path / "kept.db") if address is None else Location.parse(address), dice)
    # From here on nothing fails: nobody begins anew, and thereby comes to know what it had missed.
    calm_at = dice.randrange(STEPS + 1)
    for number in range(STEPS):
        world.desk.is_calm = number >= calm_at
        world.clock.set(world.clock.now() + dice.randrange(40 * MINUTE_US))
        if dice.random() < 0.02:
            restate(world.point, BOOK, dice, world.clock.now())
        world.point.take(arrivals([_event(dice, number, world.clock.now())]), world.clock.now())
        await world.step()
    await world.calm_down()

    notices = world.rows(t.NOTICES)
    told = {notice.key for phase, notice in world.desk.heard if phase == "opened"}
    keys = defaultdict(list)
    for row in notices:
        if row.kind == "broken" and row.obligation is not None:
            keys[row.obligation].append(row)
    breaches = _breaches(world.rows(t.DECISIONS))
    assert breaches
    assert {obligation: len(rows) for obligation, rows in keys.items()} == _numbers(breaches)
    for rows in keys.values():
        assert all((row.storm or row.key) in told for row in rows)

    broken = {
        row.id for row in world.rows(t.OBLIGATIONS) if row.verdict == "broken" and row.ended is None and row.is_open
    }
    assert {
        row.obligation for row in notices if row.kind == "broken" and row.obligation and row.resolved is None
    } == broken
    assert standing(world.desk.heard) == {row.key for row in notices if row.resolved is None and row.storm is None}
    world.store.close()


def _numbers(breaches: Collection[Identity]) -> dict[str, int]:
    numbers: dict[str, int] = defaultdict(int)
    for obligation, _ in breaches:
        numbers[obligation] += 1
    return dict(numbers)


def standing(heard: Sequence[tuple[str, NoticeRecord]]) -> set[str]:
    """What somebody takes for standing who goes by the messages alone."""
    found: dict[str, bool] = {}
    for phase, notice in heard:
        if phase.startswith(("opened", "reopened", "resolved")):
            found[notice.key] = not phase.startswith("resolved")
    return {key for key, stands in found.items() if stands}

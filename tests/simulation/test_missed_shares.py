"""Missed shares in a Kept that is killed between any two steps, with a receiver that is away now and then.

Whatever happens on the way: in the end the shares with a notice that was not taken back are exactly those that the question
about shares calls missed, each under one key only, and what a receiver takes for standing is what is on record as standing.
"""

from __future__ import annotations

import asyncio
import os
from random import Random
from typing import Any, Final

import pytest
from sqlalchemy import select

from monitor.adapters.answers.answering import Asked, ask_for_all
from monitor.adapters.answers.ended_shares import EndedSharesOfCases
from monitor.adapters.answers.ended_work import EndedSharesOfWork
from monitor.adapters.answers.reader import Reader
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.notice_table import NoticeTable
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs, format_instant
from monitor.errors import TransientError
from monitor.service.intake.agenda import Agenda
from monitor.service.notices.courier import Courier
from monitor.service.notices.notice import NoticeRules
from monitor.service.notices.notifier import Notifier
from monitor.service.notices.share_notifier import ShareNotifier
from monitor.service.ports.machine import Machine
from monitor.testing import (
    MONDAY,
    Crash,
    InlineWorker,
    ManualClock,
    arrivals,
    cloud_event,
    commit_point,
    store_at,
)
from monitor.wire.questions import table
from tests.simulation.restating import restate
from tests.simulation.test_notices import Desk, FaultyTable, standing

SEEDS: Final = list(range(int(os.environ.get("KEPT_SEEDS", "8"))))
STORIES: Final = [("sqlite", seed) for seed in SEEDS] + [("postgresql", seed) for seed in SEEDS[::8]]
STEPS: Final = 60
BOOK: Final = """book: Test & Sons
from: 2020-01-01
zone: UTC
hours: always
grades: [trainee, senior]
staff:
  Ann: {grade: senior, joined: 2020-01-01}
  Bea: {grade: trainee, joined: 2020-01-01}
tiers: [gold, silver]
clients:
  acme: {zone: America/New_York}
  umbra: {tier: gold}
promises:
  - {id: first, kind: first_response, within: 1h, share: 60%, each: day}
  - {id: next, kind: next_response, within: 2h, share: 50%, each: week}
  - {id: urgent, kind: seniority, when: {priority: [urgent]}, at_least: senior, share: 90%, over: week}
  - {id: seniors, kind: seniority, at_least: senior, share: 60%, over: week}
  - {id: gold, kind: seniority, for: {tier: gold}, at_least: senior, share: 75%, over: week}
"""


class World:
    """A Kept that tells of missed shares, and may be killed."""

    def __init__(self, database: Location, dice: Random) -> None:
        self.dice = dice
        self.clock = ManualClock()
        self.desk = Desk(dice, frozenset({"missed"}))
        self.rules = NoticeRules((self.desk.receiver,), storm_above=dice.choice([1, 100]))
        self._database = database
        self.start()

    def start(self) -> None:
        self.store = store_at(self._database)
        self.point = commit_point(self.store, BOOK, now=self.clock.now())
        worker, turn = InlineWorker(), asyncio.Lock()
        machine = Machine(self.clock, worker)
        self.agenda = Agenda(self.point, self.clock, worker)
        self.reader = Reader(self.store._engine, readers=1)
        real = NoticeTable(self.store._engine, self.store._lock)
        store: Any = FaultyTable(real, self._is_unlucky, self.dice)
        self.notifier = Notifier(store, self.rules, machine, lambda: self.point.last_recorded, turn)
        self.shares = [
            ShareNotifier(sort(self.reader), store, self.rules, machine, turn)
            for sort in (EndedSharesOfCases, EndedSharesOfWork)
        ]
        self.courier = Courier(self.desk, store, machine, worker, 100 * DAY_US)

    def stop(self) -> None:
        self.reader.close()
        self.store.close()

    def _is_unlucky(self) -> bool:
        return not self.desk.is_calm and self.dice.random() < 0.15

    async def step(self) -> None:
        """One turn of everything; what crashes is started again."""
        try:
            await self.agenda.turn()
            await self.notifier.look()
            for shares in self.shares:
                await shares.look()
            await self.courier.turn()
        except Crash:
            self.stop()
            self.start()
        except TransientError:
            self.notifier.position = None
            for shares in self.shares:
                shares.forget()

    async def calm_down(self) -> None:
        """Something is recorded once all that waits is over, and the end is forty minutes past an hour: periods, which end at
        hours, are looked at five minutes later, and asked about one."""
        self.desk.is_calm = True
        now = self.clock.now()
        self.clock.set(now - now % HOUR_US + 4 * HOUR_US + 10 * MINUTE_US)
        self.point.take(arrivals([cloud_event("source.heartbeat", "", self.clock.now(), "last")]), self.clock.now())
        for _ in range(3):
            self.clock.set(self.clock.now() + 10 * MINUTE_US)
            await self.step()
            while await self.courier.turn():
                pass

    def notices(self) -> list[Any]:
        with self.store._engine.connect() as connection:
            return list(connection.execute(select(t.NOTICES).where(t.NOTICES.c.version.is_not(None))))

    def missed(self) -> set[tuple[str, str, int, str]]:
        """What the question about shares says of the periods that are over."""
        said = {"state": "missed", "since": format_instant(MONDAY - 4 * DAY_US)}
        asked = Asked(table.SHARES, table.SHARES.parameters.model_validate(said), self.clock.now())
        rows = [row for answer in ask_for_all(self.store._engine.connect, asked) for row in answer.rows]
        return {(row["client"], row["promise"], row["version"], row["period"]) for row in rows}


def _event(dice: Random, number: int, now: InstantUs) -> bytes:
    case: str | None = f"C{dice.randrange(20)}"
    at = now - dice.choice([0, 0, dice.randrange(3 * HOUR_US), dice.randrange(3 * DAY_US)])
    happenings: list[tuple[str, dict[str, Any]]] = [
        ("ticket.opened", {"client": dice.choice(["acme", "umbra"]), "by": "client"}),
        ("ticket.opened", {"client": dice.choice(["acme", "umbra"]), "by": "client"}),
        ("email.received", {"author": "Bo", "client": "umbra"}),
        ("email.sent", {"author": "Ann"}),
        ("breach.excused", {"kind": "first_response", "reason": "flood", "approved_by": "Ann"}),
        ("work.logged", {"person": dice.choice(["Ann", "Bea", "Cy"]), "seconds": 60 * dice.randrange(1, 60)}),
        ("work.logged", {"person": dice.choice(["Ann", "Bea", "Cy"]), "seconds": 60 * dice.randrange(1, 60)}),
        ("ticket.changed", {"priority": dice.choice(["urgent", "low"])}),
        ("case.linked", {"to": f"C{dice.randrange(20)}"}),
        ("staff.changed", {"person": dice.choice(["Bea", "Cy"]), "grade": dice.choice(["senior", "trainee"])}),
        ("client.changed", {"client": dice.choice(["acme", "umbra"]), "tier": dice.choice(["gold", "silver"])}),
    ]
    kind, more = dice.choice(happenings)
    if kind in ("staff.changed", "client.changed"):
        case = None
    return cloud_event(kind, case, at, f"e{number}", **more)


@pytest.mark.parametrize(("kind", "seed"), STORIES, ids=[f"{kind}-{seed}" for kind, seed in STORIES])
async def test_the_shares_that_are_told_are_those_that_are_missed(
    kind: str, seed: int, tmp_path: Any, request: pytest.FixtureRequest
) -> None:
    address = request.getfixturevalue("postgres_url") if kind == "postgresql" else None
    dice = Random(seed)
    world = World(Location(tmp_path / "kept.db") if address is None else Location.parse(address), dice)
    await world.step()
    # From here on nothing fails: nobody begins anew, and thereby comes to know what it had missed.
    calm_at = dice.randrange(STEPS + 1)
    for number in range(STEPS):
        world.desk.is_calm = number >= calm_at
        if dice.random() < 0.03:
            restate(world.point, BOOK, dice, world.clock.now())
        world.clock.set(world.clock.now() + dice.randrange(9 * HOUR_US))
        world.point.take(arrivals([_event(dice, number, world.clock.now())]), world.clock.now())
        await world.step()
    await world.calm_down()

    notices = world.notices()
    told = {(row.client, row.promise, row.version, row.period) for row in notices if not row.is_settled}
    assert told == world.missed()
    assert told
    assert len(notices) == len({(row.client, row.promise, row.version, row.period) for row in notices})
    with world.store._engine.connect() as connection:
        stands = set(connection.scalars(select(t.NOTICES.c.key).where(t.STANDING, t.NOTICES.c.kind == "missed")))
    assert standing(world.desk.heard) == stands
    assert {notice.key for phase, notice in world.desk.heard if phase == "opened"} >= {
        row.storm or row.key for row in notices
    }
    world.stop()

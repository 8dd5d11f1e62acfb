"""Tokens made and revoked elsewhere come into force, and a database that does not answer opens nothing."""

from __future__ import annotations

import asyncio

from monitor.domain.hours.instant import SECOND_US
from monitor.service.doors.token_watch import TokenWatch
from monitor.service.doors.tokens import Scope, TokenRecord, new_token
from monitor.testing import MONDAY, ManualClock, no_space

TOKEN = new_token("desk", [Scope.READ], MONDAY)


class Table:
    """Tokens in memory."""

    def __init__(self) -> None:
        self.records: list[TokenRecord] = []
        self.works = True

    def read(self) -> list[TokenRecord]:
        if not self.works:
            raise no_space()
        return list(self.records)


async def test_a_token_made_meanwhile_is_known_a_second_later() -> None:
    table, clock = Table(), ManualClock()
    watch = TokenWatch(table.read, clock)
    watching = asyncio.ensure_future(watch.run())
    table.records.append(TOKEN.record)
    while watch.ring.is_empty:
        await asyncio.sleep(0)
        clock.set(clock.now() + SECOND_US)
    assert watch.ring.find(TOKEN.text, MONDAY) == TOKEN.record
    watching.cancel()


async def test_while_they_can_not_be_read_those_known_last_stay_in_force() -> None:
    table = Table()
    table.records.append(TOKEN.record)
    watch = TokenWatch(table.read, ManualClock())
    table.works = False
    table.records.clear()
    await watch.look()
    assert watch.ring.find(TOKEN.text, MONDAY) == TOKEN.record
    table.works = True
    await watch.look()
    assert watch.ring.is_empty

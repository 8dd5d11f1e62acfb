"""Whoever keeps notices of shares in step goes on where the database says, whatever failed."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final

import pytest

from monitor.domain.hours.instant import MINUTE_US, SECOND_US, InstantUs
from monitor.errors import ConfigError, Fault, TransientError
from monitor.service.notices.announcing import Known
from monitor.service.notices.missed_shares import SharesLook
from monitor.service.notices.notice import NoticeChanges, NoticeRecord, NoticeRules, Receiver, ShareMark
from monitor.service.notices.share_notifier import ShareNotifier
from monitor.service.ports.machine import Machine
from monitor.testing import MONDAY, InlineWorker, ManualClock
from tests.unit.service.notices.test_missed_shares import MISSED

RULES: Final = NoticeRules((Receiver("desk", frozenset({"missed"}), hears_standing_only=False),))


class Shares:
    """Of which one is missed; each look may fail."""

    note = "shares"
    every = 10 * SECOND_US

    def __init__(self) -> None:
        self.marks: list[ShareMark | None] = []
        self.fault: Exception | None = None
        self.looked = asyncio.Event()

    async def since(self, mark: ShareMark | None, now: InstantUs) -> SharesLook:
        self.marks.append(mark)
        self.looked.set()
        if self.fault is not None:
            raise self.fault
        return SharesLook([MISSED], ShareMark(len(self.marks), now, 1))


class Table:
    """What is on record."""

    def __init__(self) -> None:
        self.notices: dict[str, NoticeRecord] = {}
        self.mark: ShareMark | None = None
        self.writes = 0
        self.messages = 0
        self.is_away = False

    def share_mark(self, note: str) -> ShareMark | None:
        assert note == "shares"
        return self.mark

    def known_as(self, keys: Collection[str], now: InstantUs) -> Known:
        return Known([self.notices[key] for key in keys if key in self.notices])

    def write(self, changes: NoticeChanges) -> None:
        if self.is_away:
            raise TransientError("away")
        self.writes += 1
        self.notices |= changes.notices
        self.messages += len(changes.deliveries)
        self.mark = changes.marks["shares"]


def _notifier(shares: Shares, table: Table, clock: ManualClock) -> ShareNotifier:
    return ShareNotifier(shares, table, RULES, Machine(clock, InlineWorker()), asyncio.Lock())


async def test_each_look_goes_on_where_the_one_before_ended_and_that_is_noted_every_ten_minutes() -> None:
    shares, table, clock = Shares(), Table(), ManualClock()
    notifier = _notifier(shares, table, clock)
    for after in (0, 5, 9, 10):
        clock.set(MONDAY + after * MINUTE_US)
        await notifier.look()
    assert shares.marks == [
        None,
        *(ShareMark(number, MONDAY + after * MINUTE_US, 1) for number, after in ((1, 0), (2, 5), (3, 9))),
    ]
    assert (table.writes, table.messages) == (2, 1)
    assert table.mark == ShareMark(4, MONDAY + 10 * MINUTE_US, 1)


async def test_what_could_not_be_written_is_looked_at_again() -> None:
    shares, table, clock = Shares(), Table(), ManualClock()
    notifier = _notifier(shares, table, clock)
    table.is_away = True
    with pytest.raises(TransientError):
        await notifier.look()
    table.is_away = False
    notifier.forget()
    await notifier.look()
    assert shares.marks == [None, None]
    assert table.messages == 1
    again = _notifier(shares, table, clock)
    await again.look()
    assert (shares.marks[-1], table.messages) == (ShareMark(2, MONDAY, 1), 1)


@pytest.mark.parametrize(
    "fault",
    [TransientError("away"), ConfigError([Fault("edition 1", 0, "", "a mess", "a book")])],
    ids=["away", "book"],
)
async def test_a_look_that_fails_is_followed_by_another_one_in_a_while(fault: Exception) -> None:
    shares, table, clock = Shares(), Table(), ManualClock()
    shares.fault = fault
    running = asyncio.create_task(_notifier(shares, table, clock).run())
    await shares.looked.wait()
    shares.fault = None
    shares.looked.clear()
    clock.set(clock.now() + 10 * SECOND_US)
    await shares.looked.wait()
    running.cancel()
    assert shares.marks == [None, None]

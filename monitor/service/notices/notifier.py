"""Makes notices of decisions, as they are committed, and lets those end and remind that the clock is for.

It follows the history by position and remembers in the database how far it has come, in the same transaction as the
notices it made: killed at any point it goes on where it was and makes the same ones, with the same keys. It sends nothing;
that is the couriers' work, who find in the database what is to be sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from monitor.domain.hours.instant import SECOND_US, DurationUs, InstantUs
from monitor.errors import TransientError
from monitor.service.notices.announcing import Known
from monitor.service.notices.notice import NoticeChanges, NoticeRecord, NoticeRules
from monitor.service.notices.rules import NoticeStep
from monitor.service.ports.machine import Machine
from monitor.service.ports.records import DecisionRecord

LOOK_EVERY_US: Final[DurationUs] = SECOND_US // 4
DECISIONS_A_STEP: Final = 2_000
"""Decisions looked at together: a storm should be seen as one, and a transaction should be short."""
NOTICES_A_STEP: Final = 500
NOTED_EVERY: Final = 10_000
"""Positions after which it is written how far one has come, though no notice came of them."""

_log = logging.getLogger(__name__)


class NoticeStore(Protocol):
    """Notices on record; every method raises TransientError where the database does not work."""

    def position(self) -> int | None:
        """Up to where decisions have been looked at; None where nobody ever has."""
        ...

    def decisions_after(self, position: int, limit: int) -> list[DecisionRecord]:
        """The next decisions, in their order."""
        ...

    def standing_decisions(self) -> tuple[list[DecisionRecord], int]:
        """The latest decisions about what is late, doubtful or due soon now, and the last position of all."""
        ...

    def known_of(self, decisions: list[DecisionRecord], now: InstantUs) -> Known:
        """What is on record that these decisions may concern."""
        ...

    def to_close(self, now: InstantUs, limit: int) -> list[NoticeRecord]:
        """Notices that the clock resolves by now."""
        ...

    def to_remind(self, now: InstantUs, limit: int) -> list[NoticeRecord]:
        """Notices to be reminded of by now."""
        ...

    def storms_of(self, notices: list[NoticeRecord]) -> Known:
        """The storms that these notices are, or are folded into."""
        ...

    def write(self, changes: NoticeChanges) -> None:
        """Writes all of it in one transaction."""
        ...


class Notifier:
    """Keeps the notices in step with the history; `last_recorded` says when that was last added to."""

    def __init__(
        self,
        store: NoticeStore,
        rules: NoticeRules,
        machine: Machine,
        last_recorded: Callable[[], InstantUs],
        turn: asyncio.Lock,
    ) -> None:
        """`turn` is had while notices are read and written, of all who do so in this process."""
        self._clock, self._worker = machine
        self._turn = turn
        self._store = store
        self._rules = rules
        self._last_recorded = last_recorded
        self._seen: InstantUs | None = None
        self._noted = 0
        self.position: int | None = None
        """Up to where decisions have been looked at; None before the first look."""

    async def run(self) -> None:
        """Looks for ever; cancelled from outside."""
        while True:
            pause_us = LOOK_EVERY_US
            try:
                await self.look()
            except TransientError as error:
                _log.error("notices can't be kept in step: %s", error)
                self.position, pause_us = None, SECOND_US
            await self._clock.wait(asyncio.Event(), self._clock.now() + pause_us)

    async def look(self) -> None:
        """Follows what was decided meanwhile, all of it, and does what the clock asks for."""
        if self.position is None:
            await self._take_up()
        recorded = self._last_recorded()
        while recorded != self._seen:
            if await self._follow():
                self._seen = recorded
        await self._let_time_pass()

    async def _take_up(self) -> None:
        """Goes on where the database says; for the first time with what stands now."""
        self._seen = None
        position = await asyncio.to_thread(self._store.position)
        if position is not None:
            self.position = self._noted = position
            return
        decisions, last = await asyncio.to_thread(self._store.standing_decisions)
        await self._write_step(decisions, last)

    async def _follow(self) -> bool:
        """Looks at a portion of decisions; says whether these were all."""
        assert self.position is not None
        decisions = await asyncio.to_thread(self._store.decisions_after, self.position, DECISIONS_A_STEP)
        if decisions:
            await self._write_step(decisions, decisions[-1].position)
        return len(decisions) < DECISIONS_A_STEP

    async def _write_step(self, decisions: list[DecisionRecord], position: int) -> None:
        now = self._clock.now()
        async with self._turn:
            known = await asyncio.to_thread(self._store.known_of, decisions, now)
            changes = NoticeStep(known, self._rules, now).follow(decisions)
            changes.position = position
            if not changes.is_empty or self.position is None or position - self._noted >= NOTED_EVERY:
                await self._write(changes)
                self._noted = position
        self.position = position

    async def _let_time_pass(self) -> None:
        now = self._clock.now()
        while await self._step(self._store.to_close, now, NoticeStep.close):
            pass
        while await self._step(self._store.to_remind, now, NoticeStep.remind):
            pass

    async def _step(
        self,
        find: Callable[[InstantUs, int], list[NoticeRecord]],
        now: InstantUs,
        take: Callable[[NoticeStep, list[NoticeRecord]], NoticeChanges],
    ) -> bool:
        """Does what the clock asks of a portion of notices; says whether there were any."""
        async with self._turn:
            notices = await asyncio.to_thread(find, now, NOTICES_A_STEP)
            if notices:
                known = await asyncio.to_thread(self._store.storms_of, notices)
                await self._write(take(NoticeStep(known, self._rules, now), notices))
        return bool(notices)

    async def _write(self, changes: NoticeChanges) -> None:
        await self._worker.run(partial(self._store.write, changes))

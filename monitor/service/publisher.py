"""Tells Kafka what was decided: every decision, in the order of positions, at least once.

It follows the history by position, as a notifier does, and writes how far it has come once all before is acknowledged.
Killed in between, it sends some again, under the ids they had. Positions are given in the order of commits, so what is
read up to one misses nothing.

One publishes at a time: whoever has the outbox. It is lost with the session that has it, and another takes over where
the database says that everything before is acknowledged. Whoever lost it may still be sending: what it sends was sent in
order from such a place, too, so the first time that each decision is in a topic keeps the order, and all else is repeats.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from monitor.domain.hours.instant import SECOND_US, DurationUs
from monitor.errors import TransientError
from monitor.service.ports import Clock, Worker
from monitor.service.records import DecisionRecord

DECISIONS_A_STEP: Final = 2_000
"""Decisions sent, and written as sent, together: some two megabytes."""
LOOK_EVERY_US: Final[DurationUs] = SECOND_US // 4
STAND_BY_US: Final[DurationUs] = SECOND_US

_log = logging.getLogger(__name__)


class Outbox(Protocol):
    """The decisions on record, and how far they are published; every method raises TransientError."""

    def take(self) -> bool:
        """Whether this process has it by now, or had it already."""
        ...

    def give_up(self) -> None:
        """Lets others have it."""
        ...

    def position(self) -> int:
        """Up to where everything is acknowledged, as it was last written; 0 where nothing is."""
        ...

    def decisions_after(self, position: int, limit: int) -> list[DecisionRecord]:
        """The next decisions, in their order."""
        ...

    def move_to(self, position: int) -> None:
        """Writes up to where everything is acknowledged; only whoever has the outbox can."""
        ...


class Publisher:
    """Publishes by `send`, which returns once all it was given is acknowledged in order."""

    def __init__(
        self, outbox: Outbox, send: Callable[[list[DecisionRecord]], Awaitable[None]], clock: Clock, worker: Worker
    ) -> None:
        self._outbox = outbox
        self._send = send
        self._clock = clock
        self._worker = worker
        self._fault = ""
        self.position: int | None = None
        """Up to where everything is acknowledged; None where another process publishes, or nobody knows."""
        self.sent = 0
        """Decisions acknowledged since the start."""

    @property
    def is_active(self) -> bool:
        """Whether this is the one that publishes."""
        return self.position is not None

    async def run(self) -> None:
        """Publishes for ever; cancelled from outside."""
        while True:
            pause_us = await self.turn()
            if pause_us:
                await self._clock.wait(asyncio.Event(), self._clock.now() + pause_us)

    async def turn(self) -> DurationUs:
        """Publishes the next portion, if it is this one's to publish; says how long to rest, 0 where more is there."""
        try:
            if self.position is None and not await self._take_over():
                return STAND_BY_US
            is_all = await self._publish()
        except TransientError as error:
            self._tell(str(error))
            self.position = None
            await self._worker.run(self._outbox.give_up)
            return STAND_BY_US
        self._tell("")
        return LOOK_EVERY_US if is_all else 0

    async def _take_over(self) -> bool:
        if not await self._worker.run(self._outbox.take):
            return False
        self.position = await self._worker.run(self._outbox.position)
        _log.info("this process publishes decisions from position %s on", self.position)
        return True

    async def _publish(self) -> bool:
        """Says whether these were all."""
        assert self.position is not None
        position = self.position
        decisions = await self._worker.run(lambda: self._outbox.decisions_after(position, DECISIONS_A_STEP))
        if decisions:
            await self._send(decisions)
            self.sent += len(decisions)
            await self._worker.run(lambda: self._outbox.move_to(decisions[-1].position))
            self.position = decisions[-1].position
        return len(decisions) < DECISIONS_A_STEP

    def _tell(self, fault: str) -> None:
        """Says what is wrong once, not at every try."""
        if fault and not self._fault:
            _log.error("decisions can't be published: %s", fault)
        self._fault = fault

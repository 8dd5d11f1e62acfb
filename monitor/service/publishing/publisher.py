"""Tells Kafka what was decided: every decision, in the order of positions, at least once.

It follows the history by position, as a notifier does, and writes how far it has come once all before is acknowledged.
Killed in between, it sends some again, under the ids they had. Positions are given in the order of commits, so what is
read up to one misses nothing.

One publishes at a time: whoever is on duty (`monitor.service.processes.duty`), in whose session is written how far it has come. The
next one goes on where the database says that everything before is acknowledged. Whoever lost its term may still be sending:
what it sends was sent in order from such a place, too, so the first time that each decision is in a topic keeps the order,
and all else is repeats.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from monitor.domain.hours.instant import SECOND_US, DurationUs
from monitor.service.ports.machine import Clock, Worker
from monitor.service.ports.records import DecisionRecord

DECISIONS_A_STEP: Final = 2_000
"""Decisions sent, and written as sent, together: some two megabytes."""
LOOK_EVERY_US: Final[DurationUs] = SECOND_US // 4

_log = logging.getLogger(__name__)


class Outbox(Protocol):
    """The decisions on record, and how far they are published, in one term; every method raises TransientError, also once
    the term is over."""

    def position(self) -> int:
        """Up to where everything is acknowledged, as it was last written; 0 where nothing is."""
        ...

    def decisions_after(self, position: int, limit: int) -> list[DecisionRecord]:
        """The next decisions, in their order."""
        ...

    def move_to(self, position: int) -> None:
        """Writes up to where everything is acknowledged."""
        ...


class Publisher:
    """Publishes by `send`, which returns once all it was given is acknowledged in order."""

    def __init__(self, send: Callable[[list[DecisionRecord]], Awaitable[None]], clock: Clock, worker: Worker) -> None:
        self._send = send
        self._clock = clock
        self._worker = worker
        self.position: int | None = None
        """Up to where everything is acknowledged; None where another process publishes, or nobody knows."""
        self.sent = 0
        """Decisions acknowledged since the start, over all terms."""

    @property
    def is_active(self) -> bool:
        """Whether this is the one that publishes."""
        return self.position is not None

    async def run(self, outbox: Outbox) -> None:
        """Publishes for as long as a term lasts: cancelled from outside, or ended by a TransientError."""
        try:
            while True:
                pause_us = await self.turn(outbox)
                if pause_us:
                    await self._clock.wait(asyncio.Event(), self._clock.now() + pause_us)
        finally:
            self.position = None

    async def turn(self, outbox: Outbox) -> DurationUs:
        """Publishes the next portion; says how long to rest, 0 where more is there. Raises TransientError."""
        if self.position is None:
            self.position = await self._worker.run(outbox.position)
            _log.info("this process publishes decisions from position %s on", self.position)
        position = self.position
        decisions = await self._worker.run(lambda: outbox.decisions_after(position, DECISIONS_A_STEP))
        if decisions:
            await self._send(decisions)
            self.sent += len(decisions)
            await self._worker.run(lambda: outbox.move_to(decisions[-1].position))
            self.position = decisions[-1].position
        return LOOK_EVERY_US if len(decisions) < DECISIONS_A_STEP else 0

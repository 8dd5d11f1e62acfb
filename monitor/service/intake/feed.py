"""A stream of events fed in as they fall due: its past at once, the rest in real time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Final

from monitor.domain.hours.instant import SECOND_US, InstantUs
from monitor.errors import TransientError
from monitor.service.doors.arrivals import Arrival
from monitor.service.intake.agenda import Agenda
from monitor.service.intake.pipeline import Pipeline
from monitor.service.ports.machine import Clock

PORTION: Final = 500
TRIES: Final = 60
"""How often a portion is offered again, a second apart, before the feed gives up."""

_log = logging.getLogger(__name__)


class Feed:
    """Sends events through the real intake."""

    def __init__(self, pipeline: Pipeline, agenda: Agenda, clock: Clock, origin: str) -> None:
        self._pipeline = pipeline
        self._agenda = agenda
        self._clock = clock
        self._origin = origin

    async def run(self, events: Iterable[tuple[InstantUs, bytes]]) -> None:
        """Sends each event when it is due; those that are due already together, in portions."""
        past: list[Arrival] = []
        is_past = True
        for due, content in events:
            if is_past and due <= self._clock.now():
                past.append(Arrival(content, self._origin, catching_up=True))
                if len(past) == PORTION:
                    await self._send(past)
                    past = []
                continue
            if is_past:
                await self._end_past(past)
                is_past = False
            await self._wait(due)
            await self._send([Arrival(content, self._origin)])
        if is_past:
            await self._end_past(past)

    async def _end_past(self, past: list[Arrival]) -> None:
        await self._send(past)
        await self._agenda.release()

    async def _wait(self, until: InstantUs) -> None:
        while self._clock.now() < until:
            await self._clock.wait(asyncio.Event(), until)

    async def _send(self, arrivals: list[Arrival]) -> None:
        for tries in range(TRIES):
            if any(arrival.catching_up for arrival in arrivals):
                self._agenda.note_catching_up()
            try:
                await self._pipeline.submit(arrivals)
            except TransientError as error:
                _log.warning("the feed waits: %s (try %s)", error, tries + 1)
                await self._wait(self._clock.now() + SECOND_US)
            else:
                return
        raise TransientError(f"the feed gave up after {TRIES} tries")

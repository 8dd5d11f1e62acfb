"""The canary as a source of events: it gives its client a date every few minutes and puts away what stood long enough.

What it sends follows from the clock alone, so that a restart, or a second sender, says the same again, and it is a repeat.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from typing import Final, Protocol

import orjson

from monitor.domain.facts.canary import BREAKS_AFTER_US, CANARY_SOURCE, EVERY_US, case_at
from monitor.domain.facts.events import CANARY
from monitor.domain.hours.instant import SECOND_US, DurationUs, InstantUs, format_instant
from monitor.errors import TransientError
from monitor.service.doors.arrivals import Arrival
from monitor.service.doors.desk import Takes
from monitor.service.ports.machine import Clock

TRIED_AGAIN_AFTER_US: Final[DurationUs] = 5 * SECOND_US

_log = logging.getLogger(__name__)


class OpenCases(Protocol):
    """Asks which cases of the canary stand open; raises TransientError."""

    def __call__(self) -> Awaitable[Sequence[str]]: ...


class CanarySource:
    """Sends the canary's events by the way that all events go."""

    def __init__(self, takes: Takes, open_cases: OpenCases, clock: Clock) -> None:
        self._takes = takes
        self._open_cases = open_cases
        self._clock = clock

    async def run(self) -> None:
        """Sends for ever; cancelled from outside."""
        while True:
            try:
                await self.turn()
                until = _round(self._clock.now()) + EVERY_US
            except TransientError as error:
                _log.error("the canary can't be sent: %s", error)
                until = self._clock.now() + TRIED_AGAIN_AFTER_US
            # A clock that is set back holds nothing up.
            while until - EVERY_US <= self._clock.now() < until:
                await self._clock.wait(asyncio.Event(), until)

    async def turn(self) -> None:
        """Makes the promise of this round, and puts away the cases of those before."""
        now = self._clock.now()
        case = case_at(_round(now))
        earlier = [put_away(name, now) for name in await self._open_cases() if name != case]
        await self._takes.submit([Arrival(content, CANARY_SOURCE) for content in (*earlier, promised(_round(now)))])


def _round(now: InstantUs) -> InstantUs:
    return now - now % EVERY_US


def promised(at: InstantUs) -> bytes:
    """The event by which the canary's case of a round opens: a date that nobody will keep."""
    by = format_instant(at + BREAKS_AFTER_US)
    return _written("promise.made", case_at(at), at, {"promise": "canary", "by": by})


def put_away(case: str, at: InstantUs) -> bytes:
    """The event that ends a case of the canary."""
    return _written("ticket.deleted", case, at, {})


def _written(event_type: str, case: str, at: InstantUs, data: dict[str, str]) -> bytes:
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": f"{case}/{event_type}",
            "source": CANARY_SOURCE,
            "type": event_type,
            "time": format_instant(at),
            "subject": case,
            "client": CANARY,
            "data": data,
        }
    )

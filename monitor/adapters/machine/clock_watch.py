"""Says in the log when the machine's clock was set, and when it is behind what is recorded already.

Verdicts go by the wall clock: nothing else says when a promise is due. Where it goes forward, what is due by then is decided,
and what was done in time after all is restated; where it goes back, what was decided stands, and what is recorded then has
instants just behind the last ones. Whoever looks for the cause of either should find it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from typing import Final

from monitor.domain.hours.instant import SECOND_US, DurationUs, InstantUs, format_instant
from monitor.service.ports.machine import Clock

SET_US: Final[DurationUs] = 2 * SECOND_US
"""A difference from which on the clock was set: what keeps clocks in step slows or hastens them by a thousandth or so."""

_log = logging.getLogger(__name__)


def passed_us() -> DurationUs:
    """The time that passed since some beginning, whatever the wall clock says."""
    return time.monotonic_ns() // 1_000


class ClockWatch:
    """Compares the wall clock with the time that passed, and with the last recorded instant."""

    def __init__(
        self, clock: Clock, last_recorded: Callable[[], InstantUs], passed: Callable[[], DurationUs] = passed_us
    ) -> None:
        self._clock = clock
        self._last_recorded = last_recorded
        self._passed = passed
        self._ahead: DurationUs | None = None
        """How far the wall clock was ahead of the time that passed."""

    def look(self) -> Iterator[str]:
        """What there is to say since the last look."""
        now = self._clock.now()
        ahead = now - self._passed()
        before, self._ahead = self._ahead, ahead
        moved = 0 if before is None else ahead - before
        if moved >= SET_US:
            found = f"the clock went forward by {moved / SECOND_US:.0f} s beside the time that passed"
            yield f"{found}, to {format_instant(now)}: it was set, or this machine stood still; what is due by then is decided"
        if moved <= -SET_US:
            found = f"the clock went back by {-moved / SECOND_US:.0f} s, to {format_instant(now)}"
            yield f"{found}: it was set; what was decided stands, and what is due waits for it"
        if before is None or abs(moved) >= SET_US:
            yield from self._behind(now)

    def _behind(self, now: InstantUs) -> Iterator[str]:
        last = self._last_recorded()
        if last - now >= SET_US:
            found = f"the clock says {format_instant(now)}, and the journal was last added to at {format_instant(last)}"
            yield f"{found}, {(last - now) / SECOND_US:.0f} s later: until then what is recorded has instants just behind that"

    async def run(self) -> None:
        """Looks every second, for ever; cancelled from outside."""
        while True:
            for said in self.look():
                _log.warning("%s", said)
            await self._clock.wait(asyncio.Event(), self._clock.now() + SECOND_US)

"""When a process has taken a tenth of so many events, and when all of them: the start of it is not in the figures."""

from __future__ import annotations

import sys
import time


class Marks:
    """Counts what is taken; says on standard output when the first tenth and when the last one was."""

    def __init__(self, events: int) -> None:
        self._events = events
        self._taken = 0

    def take(self) -> bool:
        """One more; whether it was the last."""
        self._taken += 1
        if self._taken in (self._events // 10, self._events):
            print(self._taken, time.monotonic(), file=sys.__stdout__, flush=True)  # Faust takes the other one
        return self._taken == self._events

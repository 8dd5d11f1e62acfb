"""Processes that are started again whenever they end, as a supervisor does, each watched by a thread of its own."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from typing import Final

from monitor.testing import PATIENCE_SECONDS, eventually
from tests.services.watched import WatchedProcess

PAUSE_SECONDS: Final = 0.5
"""Between the end of a process and the next start."""


class Supervised:
    """One process after the other, each started when the one before has ended."""

    def __init__(self, name: str, start: Callable[[], WatchedProcess]) -> None:
        self.name = name
        self.ended: list[tuple[float, int | None]] = []
        """When each ended, and with which code; None for one that never came to announce itself."""
        self._start = start
        self._current: WatchedProcess | None = None
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=name)
        self._thread.start()

    @property
    def is_up(self) -> bool:
        """Whether there is a process that has announced itself."""
        return self._current is not None

    def process(self) -> WatchedProcess:
        """The process that is there; waits for one."""
        found = eventually(lambda: self._current, f"{self.name} is up")
        assert isinstance(found, WatchedProcess)
        return found

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to the process that is there."""
        self.process().signal(number)

    def metrics(self) -> dict[str, float]:
        """What it shows; nothing where it can't be asked."""
        current = self._current
        if current is None:
            return {}
        with suppress(OSError, HTTPException):
            return current.metrics()
        return {}

    def total(self, name: str) -> float:
        """The sum of the series of one metric; 0 where it can't be asked."""
        return sum(value for key, value in self.metrics().items() if key.partition("{")[0] == name)

    def ended_by_themselves(self) -> list[tuple[float, int | None]]:
        """Of those that ended, whom nobody killed."""
        return [(at, code) for at, code in self.ended if code is None or code >= 0]

    def stop(self) -> int | None:
        """SIGTERM, and no other is started; the exit code of the last one."""
        self._enough.set()
        if self._current is not None:
            self._current.signal(signal.SIGTERM)
        return self._join()

    def end(self) -> None:
        """Sees to it that it is gone, whatever state it is in."""
        self._enough.set()
        current = self._current
        if current is not None:
            current.signal(signal.SIGCONT)
            current.process.kill()
        self._join()

    def _join(self) -> int | None:
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive(), f"{self.name} does not end"
        return self.ended[-1][1] if self.ended else None

    def _watch(self) -> None:
        while not self._enough.is_set():
            self._run_one()
            self._enough.wait(PAUSE_SECONDS)

    def _run_one(self) -> None:
        try:
            started = self._start()
        except AssertionError:  # it ended before it had announced itself
            self.ended.append((time.time(), None))
            return
        self._current = started
        if self._enough.is_set():
            started.signal(signal.SIGTERM)
        started.process.communicate()
        self._current = None
        self.ended.append((time.time(), started.process.returncode))

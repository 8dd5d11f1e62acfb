"""What is shown beside the counts that commits keep, of all partitions together: followed by watches, or asked for at a scrape."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from sqlalchemy import Engine

from monitor.adapters.answers.reader import Connect, Reader
from monitor.adapters.metrics.amends_watch import AmendsWatch
from monitor.adapters.metrics.attainable_watch import AttainableWatch
from monitor.adapters.metrics.breach_status import Unowned, unowned_breaches
from monitor.adapters.metrics.client_watch import ClientWatch
from monitor.adapters.metrics.fit_watch import FitWatch
from monitor.adapters.metrics.looking import JournalWatch, look_again
from monitor.adapters.metrics.register_watch import RegisterWatch
from monitor.adapters.metrics.share_watch import ShareWatch
from monitor.adapters.metrics.time_left import TimeLeft, time_left
from monitor.adapters.metrics.work_watch import WorkWatch
from monitor.domain.promises.promise import Book
from monitor.service.ports.machine import Clock


class Beside:
    """Of one journal. The watches know nothing until they have looked."""

    def __init__(
        self,
        engine: Engine,
        connect: Connect,
        book: Callable[[], Book],
        clock: Clock,
    ) -> None:
        """`connect` is for the looks of watches, which may take longer than a scrape."""
        self._engine = engine
        self._clock = clock
        self.shares = ShareWatch(connect, book, clock)
        self.clients = ClientWatch(connect, clock)
        self.amends = AmendsWatch(connect, book, clock)
        self.attainable = AttainableWatch(connect, book, clock)
        self.register = RegisterWatch(connect, clock)
        self.fit = FitWatch(connect, clock)
        self.work = WorkWatch(connect, clock)

    def works(
        self, reader: Reader, is_wanted: Callable[[], bool] = lambda: True
    ) -> dict[str, Coroutine[Any, Any, None]]:
        """The watches at work while they are wanted, by name; none of it has an end."""
        watches: dict[str, JournalWatch] = {
            "shares": self.shares,
            "clients": self.clients,
            "amends": self.amends,
            "attainable": self.attainable,
            "register": self.register,
            "fit": self.fit,
            "work": self.work,
        }
        return {name: look_again(watch, reader, self._clock, is_wanted=is_wanted) for name, watch in watches.items()}

    def time_left(self, kinds: list[str]) -> TimeLeft:
        """How much time running obligations of these kinds have left. Raises TransientError."""
        return time_left(self._engine, kinds, self._clock.now())

    def unowned_breaches(self) -> dict[Unowned, int]:
        """For how many breaches something is still owed. Raises TransientError."""
        return unowned_breaches(self._engine)

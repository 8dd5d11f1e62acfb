"""Questions beside the daemon's work: on threads of their own, so many at once and each for so long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from time import monotonic
from typing import Any, Final, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine, text

from monitor.adapters.journal.driver_errors import translated
from monitor.errors import TransientError

T = TypeVar("T")

READERS: Final = 4
"""Questions read at once, each on a connection of its own: more would not be faster, and judging needs its time, too."""
WAITING: Final = 64
"""Questions that may wait for their turn."""
QUESTION_SECONDS: Final = 30
"""How long one read of the database may take."""
_CANCELLING_SECONDS: Final = 0.05
"""How often a server is told to stop what it reads."""
_STEPS_A_LOOK: Final = 20_000
"""Steps of SQLite's machine between two looks at the clock: a millisecond or so."""


_CHECK: Final = "kept_limit"


def keep_to_the_limit(connection: Connection) -> None:
    """For whoever works on rows between two reads: raises TransientError where the question has taken too long."""
    check: Callable[[], bool] | None = connection.info.get(_CHECK)
    if check is not None and check():
        raise TransientError("the time is over")


class TooLong(TransientError):
    """A question that takes longer than a question may."""


Connect: TypeAlias = Callable[[], AbstractContextManager[Connection]]
"""Gives a connection that only reads, for as long as it is asked."""


class Reader:
    """Threads and connections that only read."""

    def __init__(self, engine: Engine, *, readers: int = READERS, seconds: float = QUESTION_SECONDS) -> None:
        self.engine = engine
        self._seconds = seconds
        self._most = readers + WAITING
        self._under_way = 0
        self._executor = ThreadPoolExecutor(max_workers=readers, thread_name_prefix="kept-read")
        self._reads: set[Future[Any]] = set()
        self._is_closed = False
        self._servers: set[Any] = set()
        """Connections to servers that read just now: they have to be told to stop."""

    @property
    def under_way(self) -> int:
        """Questions that are read or wait for their turn."""
        return self._under_way

    async def run(self, read: Callable[[], T]) -> T:
        """What `read` returns or raises; it runs on a thread. Raises TransientError where too many wait."""
        if self._under_way >= self._most:
            raise TransientError(f"{self._under_way} questions are waiting already")
        self._under_way += 1
        try:
            reading = self._executor.submit(read)
            self._reads.add(reading)
            reading.add_done_callback(self._reads.discard)
            return await asyncio.wrap_future(reading)
        finally:
            self._under_way -= 1

    async def ask(self, question: Callable[[Connection], T]) -> T:
        """What `question` reads in one transaction. Raises TransientError, TooLong among them."""

        def read() -> T:
            with self.connect() as connection:
                return question(connection)

        return await self.run(read)

    @contextmanager
    def connect(self, seconds: float | None = None) -> Iterator[Connection]:
        """A connection whose reads are ended when they take too long, for Kept's own ones after `seconds`. Raises TransientError."""
        limit = self._seconds if seconds is None else seconds
        began = monotonic()
        try:
            with translated(), self.engine.connect() as connection, self._limited(connection, began, limit):
                yield connection
        except TransientError as error:
            if monotonic() - began < limit:
                raise
            found = f"found a question that takes longer than {limit:g} s"
            raise TooLong(f"{found}, expected one about less: a client, a shorter period, a lower limit") from error

    @contextmanager
    def _limited(self, connection: Connection, began: float, limit: float) -> Iterator[None]:
        """Ends what this connection reads after so long: SQLite is asked to look at the clock, PostgreSQL is told to."""
        driver: Any = connection.connection.driver_connection
        ends_at = began + limit
        connection.info[_CHECK] = lambda: self._is_closed or monotonic() > ends_at
        if connection.dialect.name != "sqlite":
            milliseconds = str(round(limit * 1_000))
            connection.execute(text("SELECT set_config('statement_timeout', :limit, true)"), {"limit": milliseconds})
            self._servers.add(driver)
            try:
                yield
            finally:
                self._servers.discard(driver)
            return
        driver.set_progress_handler(connection.info[_CHECK], _STEPS_A_LOOK)
        try:
            yield
        finally:
            driver.set_progress_handler(None, 0)

    def close(self) -> None:
        """Ends the reads under way and begins no others: whoever is told to stop does not wait for an answer."""
        self._is_closed = True
        self._executor.shutdown(wait=False, cancel_futures=True)
        while wait(list(self._reads), timeout=_CANCELLING_SECONDS).not_done:
            # Again and again: a read that is about to ask its server does not hear the first time.
            for driver in list(self._servers):
                driver.cancel()

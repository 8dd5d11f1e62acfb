"""Doubles: a clock moved by hand, a worker that does it at once, a store that fails where it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, TypeVar, cast

from monitor.domain.hours.instant import InstantUs
from monitor.errors import TransientError
from monitor.service.ports.changes import Changes, Resumption
from monitor.service.ports.journal import Store, Transaction
from monitor.service.ports.records import EditionRecord
from monitor.testing.samples import MONDAY

T = TypeVar("T")


class ManualClock:
    """A clock that stands still until somebody moves it, in either direction."""

    def __init__(self, now: InstantUs = MONDAY) -> None:
        self._now = now
        self._moved: set[asyncio.Future[None]] = set()

    def now(self) -> InstantUs:
        return self._now

    def set(self, now: InstantUs) -> None:
        """It is `now`, and whoever waits looks again."""
        self._now = now
        for waiter in list(self._moved):
            _set(waiter)

    async def wait(self, nudge: asyncio.Event, until: InstantUs) -> None:
        if self._now >= until or nudge.is_set():
            return
        moved: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._moved.add(moved)
        nudged = asyncio.ensure_future(nudge.wait())
        nudged.add_done_callback(lambda _: _set(moved))
        try:
            await moved
        finally:
            self._moved.discard(moved)
            nudged.cancel()


class PassingClock(ManualClock):
    """Whoever waits has waited."""

    async def wait(self, nudge: asyncio.Event, until: InstantUs) -> None:  # noqa: ARG002  the port's signature
        self.set(max(self.now(), until))


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class InlineWorker:
    """Does the work where it is asked for it."""

    async def run(self, work: Callable[[], T]) -> T:
        return work()


class Crash(BaseException):
    """The process ends here."""


STEPS: Final = ("begin", "read", "write", "written", "committed")
"""The labelled steps of a commit at which a `FaultyStore` can fail."""


class FaultyStore:
    """A store that tells a script at each labelled step of a commit; what the script raises happens there."""

    def __init__(self, store: Store, script: Callable[[str], None]) -> None:
        self._store = store
        self._script = script

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        self._script("begin")
        with self._store.begin() as transaction:
            self._script("read")
            yield cast("Transaction", _FaultyTransaction(transaction, self._script))
        self._script("committed")

    def resumption(self) -> Resumption:
        return self._store.resumption()

    def note(self, key: str) -> str | None:
        return self._store.note(key)

    def reading(self) -> AbstractContextManager[Transaction]:
        return self._store.reading()

    def editions(self) -> list[EditionRecord]:
        return self._store.editions()

    def client_changes(self) -> Iterable[bytes]:
        return self._store.client_changes()

    def staff_changes(self) -> Iterable[bytes]:
        return self._store.staff_changes()

    def heard_from(self, source: str, *, numbers: bool) -> Iterable[tuple[InstantUs, int]]:
        return self._store.heard_from(source, numbers=numbers)


class _FaultyTransaction:
    def __init__(self, transaction: Transaction, script: Callable[[str], None]) -> None:
        self._transaction = transaction
        self._script = script

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transaction, name)

    def write(self, changes: Changes) -> None:
        self._script("write")
        self._transaction.write(changes)
        self._script("written")


class Script:
    """Raises at the n-th time a step is reached; steps are counted together."""

    def __init__(self, error: Callable[[], BaseException]) -> None:
        self._error = error
        self._left: int | None = None
        self.seen: list[str] = []

    def fail_in(self, steps: int) -> None:
        """Raises at the step that comes after this many."""
        self._left = steps

    def disarm(self) -> None:
        """Nothing fails any more."""
        self._left = None

    def __call__(self, step: str) -> None:
        self.seen.append(step)
        if self._left is None:
            return
        self._left -= 1
        if self._left < 0:
            self._left = None
            raise self._error()


def no_space() -> TransientError:
    """What a full disk says."""
    return TransientError("the database does not work: database or disk is full")

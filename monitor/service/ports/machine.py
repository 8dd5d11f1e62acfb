"""The machine, as the service sees it: what time it is, and who does work that blocks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeVar

from monitor.domain.hours.instant import InstantUs

T = TypeVar("T")


class Clock(Protocol):
    """When it is, and a way to wait."""

    def now(self) -> InstantUs:
        """The wall clock; it may be set, forwards and backwards."""
        ...

    async def wait(self, nudge: asyncio.Event, until: InstantUs) -> None:
        """Waits until `until`, or less long: until `nudge` is set, or the wall clock deserves another look."""
        ...


class Worker(Protocol):
    """Does one piece of blocking work after the other, in the order in which it was asked to."""

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises; whoever waits may be cancelled, the work is done all the same."""
        ...


class Machine(NamedTuple):
    """The clock, and the worker that writes the database."""

    clock: Clock
    worker: Worker

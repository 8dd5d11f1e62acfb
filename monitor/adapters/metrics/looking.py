"""Looking at the history again and again, for whoever shows how things stand."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, Final

from monitor.adapters.answers.reader import Connect, Reader
from monitor.domain.hours.instant import DurationUs
from monitor.domain.promises.promise import Book
from monitor.errors import TransientError
from monitor.service.ports.machine import Clock

_REST: Final = 9
"""How many times as long as a look took the pause after it is at least."""
_MOST_PAUSES: Final = 30
"""How many times as long as usual a pause is at most, whatever the clock says of how long a look took."""
_log = logging.getLogger(__name__)


class JournalWatch(ABC):
    """Whoever looks at a journal and remembers how things stand. One look at a time."""

    every: ClassVar[DurationUs]
    """How often it looks."""
    what: ClassVar[str]
    """What it remembers, in the plural."""

    def __init__(self, connect: Connect, clock: Clock) -> None:
        self._connect = connect
        self._clock = clock

    @abstractmethod
    def look(self) -> None:
        """Brings what is remembered up to the history. Raises TransientError; then it stays as it was."""

    @abstractmethod
    def forget(self) -> None:
        """Remembers nothing any more: the next look reads all anew."""


class BookWatch(JournalWatch):
    """One that goes by the book of now."""

    def __init__(self, connect: Connect, book: Callable[[], Book], clock: Clock) -> None:
        super().__init__(connect, clock)
        self._book = book


async def look_again(
    watch: JournalWatch, reader: Reader, clock: Clock, *, is_wanted: Callable[[], bool] = lambda: True
) -> None:
    """Looks on the threads of questions, until cancelled. A database that is away is looked at again.

    Where a look takes long the next one waits the longer: looking takes a tenth of the time at most. While it is not wanted,
    nothing is looked at and nothing known.
    """
    while True:
        began = clock.now()
        try:
            await reader.run(lambda: look_or_forget(watch, is_wanted))
        except TransientError as error:
            _log.warning("%s are as they were: %s", watch.what, error)
        pause = min(max(watch.every, _REST * (clock.now() - began)), _MOST_PAUSES * watch.every)
        until = clock.now() + pause
        while until - pause <= clock.now() < until:
            await clock.wait(asyncio.Event(), until)


def look_or_forget(watch: JournalWatch, is_wanted: Callable[[], bool]) -> None:
    """A look where it is wanted, else nothing is known."""
    if is_wanted():
        watch.look()
    else:
        watch.forget()

"""Work that one of several processes does at a time, while the others stand by.

Whoever takes the term is on duty until it ends: until somebody stops the process, or its session with the database is lost.
Then all work of that term is cancelled before the next one can begin, here or elsewhere, and what is written is written in
the term's own session: so nothing that was read in one term is written in another.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, Generic, Protocol, TypeVar

from monitor.domain.hours.instant import SECOND_US, DurationUs
from monitor.errors import TransientError
from monitor.service.ports.machine import Clock, Worker

LOOK_EVERY_US: Final[DurationUs] = SECOND_US
"""How often one that stands by tries to take the term, and one on duty makes sure that it still has it."""

_log = logging.getLogger(__name__)


class Term(Protocol):
    """The time in which a process is on duty."""

    def renew(self) -> None:
        """Raises TransientError where it is over."""
        ...

    def end(self) -> None:
        """Lets others have the next one."""
        ...


T = TypeVar("T", bound=Term)


class Duty(Generic[T]):
    """Does the works of `works`, which have no end of their own, in each term that `take` gives.

    `take` returns None while another process is on duty; it raises TransientError where nobody knows. What a work raises
    ends the term; a TransientError is told in the log, anything else ends `run`.
    """

    def __init__(
        self,
        take: Callable[[], T | None],
        works: Callable[[T], Mapping[str, Coroutine[Any, Any, None]]],
        clock: Clock,
        worker: Worker,
    ) -> None:
        self._take = take
        self._works = works
        self._clock = clock
        self._worker = worker
        self._fault = ""
        self.is_on_duty = False

    @property
    def is_well(self) -> bool:
        """Whether who is on duty was known at the last try, and no term of this process ended with a fault since."""
        return not self._fault

    async def run(self) -> None:
        """Takes terms for ever; cancelled from outside."""
        while True:
            try:
                await self.turn()
            except TransientError as error:
                self._tell(str(error))
            await self._rest()

    async def turn(self) -> None:
        """One term, to its end, if it is to be had. Raises TransientError where it can't be known, or ended like that."""
        term = await self._worker.run(self._take)
        self._tell("")
        if term is None:
            return
        try:
            await self._serve(term)
        finally:
            await self._worker.run(term.end)

    async def _serve(self, term: T) -> None:
        _log.info("this process is on duty")
        self.is_on_duty = True
        tasks = [asyncio.create_task(work, name=name) for name, work in self._works(term).items()]
        tasks.append(asyncio.create_task(self._renew(term), name="term"))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.is_on_duty = False
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        # What never works ends the process, also where the database went away at the same time.
        errors = [result for result in results if isinstance(result, Exception)]
        for error in sorted(errors, key=lambda error: isinstance(error, TransientError)):
            raise error

    async def _renew(self, term: T) -> None:
        while True:
            await self._rest()
            await self._worker.run(term.renew)

    async def _rest(self) -> None:
        await self._clock.wait(asyncio.Event(), self._clock.now() + LOOK_EVERY_US)

    def _tell(self, fault: str) -> None:
        """Says what is wrong once, not at every try."""
        if fault and not self._fault:
            _log.error("this process is not on duty: %s", fault)
        self._fault = fault

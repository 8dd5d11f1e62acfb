"""The way in: many senders, one commit. A sender has its answer only after what it sent is true.

While a transaction is under way, what arrives waits; then all of it that fits goes into the next one. The queue is
bounded in events: whoever finds it full waits at the door, and is turned away after a while.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from monitor.domain.number import number_of
from monitor.errors import Displaced, KeptError, TransientError
from monitor.service.commits.commit_point import CommitPoint
from monitor.service.doors.arrivals import Arrival, Outcome
from monitor.service.ports.machine import Clock, Worker
from monitor.service.ports.portions import portions

EVENTS_A_COMMIT: Final = 1_000
"""Events in one transaction: the cost of a commit is shared, and nobody waits for more than a tenth of a second or so."""
SENDERS_A_COMMIT: Final = 64
"""Nobody is waited for beyond so many."""
QUIET_TURNS: Final = 4
"""Turns of the event loop without another sender after which none is waited for: answering, reading, parsing, and one more."""
EVENTS_WAITING: Final = 20_000
"""Events in the queue at most."""

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Submission:
    arrivals: Sequence[Arrival]
    answer: asyncio.Future[list[Outcome]]


class Pipeline:
    """Takes submissions and commits them, several at a time."""

    def __init__(self, commit_point: CommitPoint, clock: Clock, worker: Worker) -> None:
        self._commit_point = commit_point
        self._clock = clock
        self._worker = worker
        self._queue: deque[_Submission] = deque()
        self._waiting_events = 0
        self._is_closed = False
        self._filled = asyncio.Event()
        self.committed = asyncio.Event()
        """Set after each commit; whoever waits for it clears it."""

    @property
    def waiting_events(self) -> int:
        """Events that have arrived and are not committed."""
        return self._waiting_events

    async def submit(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        """What became of each arrival, in order, once they are committed.

        More than one transaction takes are committed in several. Raises TransientError where the store does not work,
        or the queue is full, or Kept is about to stop: then some of them may be committed; sending all again is safe.
        """
        outcomes: list[Outcome] = []
        for portion in portions(arrivals, EVENTS_A_COMMIT):
            outcomes += await self._submit(portion)
        return outcomes

    async def _submit(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        if self._is_closed:
            raise TransientError("Kept is stopping")
        if self._waiting_events + len(arrivals) > EVENTS_WAITING:
            raise TransientError(f"{number_of(self._waiting_events, 'event is', 'events are')} waiting already")
        answer: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()
        self._queue.append(_Submission(arrivals, answer))
        self._waiting_events += len(arrivals)
        self._filled.set()
        return await answer

    async def run(self) -> None:
        """Commits what arrives until it is closed, and then what is left."""
        while self._queue or not self._is_closed:
            if not self._queue:
                self._filled.clear()
                await self._filled.wait()
                continue
            await self._gather()
            await self.commit_next()

    async def _gather(self) -> None:
        """Lets senders join who are about to: as long as they keep coming, and for no time at all where none do.

        Those who were answered just now send again at once; a commit for the first of them alone would keep the others waiting.
        """
        quiet = size = 0
        while quiet < QUIET_TURNS and len(self._queue) < SENDERS_A_COMMIT:
            await asyncio.sleep(0)  # noqa: TID251  a turn of the event loop, not a time
            quiet = quiet + 1 if len(self._queue) == size else 0
            size = len(self._queue)

    def close(self) -> None:
        """Nothing more is taken; `run` ends when what was taken is committed."""
        self._is_closed = True
        self._filled.set()

    async def commit_next(self) -> None:
        """One transaction with the submissions at the head of the queue."""
        batch = self._next_batch()
        arrivals = [arrival for submission in batch for arrival in submission.arrivals]
        now = self._clock.now()
        try:
            outcomes = await self._worker.run(lambda: self._commit_point.take(arrivals, now))
        except KeptError as error:
            self._refuse(batch, TransientError(str(error)))
            if self._is_closed:
                self._give_up()
            if isinstance(error, Displaced):
                raise
        else:
            self._answer(batch, outcomes)
        finally:
            self._waiting_events -= len(arrivals)
            self.committed.set()

    def _give_up(self) -> None:
        """Refuses all that waits: the store does not work and there is no time left to try each."""
        self._refuse(self._queue, TransientError("Kept is stopping"))
        self._waiting_events -= sum(len(submission.arrivals) for submission in self._queue)
        self._queue.clear()

    def _next_batch(self) -> list[_Submission]:
        batch = [self._queue.popleft()]
        size = len(batch[0].arrivals)
        while self._queue and size + len(self._queue[0].arrivals) <= EVENTS_A_COMMIT:
            size += len(self._queue[0].arrivals)
            batch.append(self._queue.popleft())
        return batch

    @staticmethod
    def _answer(batch: Sequence[_Submission], outcomes: list[Outcome]) -> None:
        start = 0
        for submission in batch:
            end = start + len(submission.arrivals)
            # A sender that has gone away does not hear; what it sent is committed all the same.
            if not submission.answer.done():
                submission.answer.set_result(outcomes[start:end])
            start = end

    @staticmethod
    def _refuse(batch: Iterable[_Submission], error: TransientError) -> None:
        _log.error("a batch was not committed: %s", error)
        for submission in batch:
            if not submission.answer.done():
                submission.answer.set_exception(error)

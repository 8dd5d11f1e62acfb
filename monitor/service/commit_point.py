"""The commit point: what arrives is judged, and all that follows from it becomes true in one transaction.

Theory of operation. Work comes one piece at a time (one worker): a batch of arrivals, or the deadlines that passed. Each
is one transaction: the matters concerned are at hand or made again from the journal, `step` changes them, and their
rows, decisions and counts are written. Memory follows the commit. `step` changes matters in place, so after a failure
nothing in memory can be trusted: all of it is dropped and made again from the store, also where the driver could not say
whether the commit happened. Sending the same events again is always safe: `(source, id)` tells duplicates.

While a source catches up (`Arrival.catching_up`) its events are judged, but time alone breaks nothing: the answer may
be among what is still to come. `release` ends that.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Final

from monitor.domain.coverage import FULL
from monitor.domain.events import Event
from monitor.domain.instant import FOREVER_US, InstantUs
from monitor.domain.promise import Book
from monitor.errors import Displaced, TransientError, UnreadableEvent
from monitor.service.arrivals import Arrival, Outcome, refuse_far_future, rejection_of
from monitor.service.commit import Commit
from monitor.service.memory import Memory
from monitor.service.ports import Decoder, Store
from monitor.service.records import Counts

WAKES_A_COMMIT: Final = 500
"""Matters judged in one transaction: enough to pay for the commit, few enough that arrivals don't wait for long."""

_log = logging.getLogger(__name__)


class CommitPoint:
    """Takes events and lets deadlines pass, one transaction at a time. Not for two threads at once."""

    def __init__(self, store: Store, book: Book, decode: Decoder) -> None:
        self.book = book
        self._store = store
        self._decode = decode
        self._memory: Memory | None = None
        self._lock = Lock()
        self._published = Counts()
        self.earliest_wake: InstantUs = 0
        """When the next deadline passes, or something earlier: then nothing is found due, and this is corrected."""
        self.was_catching_up = False
        """Whether somebody was still sending the past when this journal was last written."""

    # For whoever watches

    def counts(self) -> Counts:
        """A copy of the counts as of the last commit; may be asked for by any thread."""
        with self._lock:
            return self._published.copy()

    # What it does

    def start(self, digest: str, now: InstantUs) -> bool:
        """Takes up the journal with a book of this digest; says whether the journal was written with another one."""
        known = self._store.note("book")
        with self._committing(now) as commit:
            commit.enrol(self.book.clients)
            commit.transaction.remember("book", digest)
            self.was_catching_up = commit.transaction.has_held()
            commit.asks_earliest = True
        return known is not None and known != digest

    def take(self, arrivals: Sequence[Arrival], now: InstantUs) -> list[Outcome]:
        """Commits a batch and says what became of each arrival, in order.

        Raises TransientError where the store does not work; nothing of the batch is true then, or all of it.
        """
        try:
            with self._committing(now) as commit:
                return self._take(commit, arrivals)
        except (TransientError, Displaced):
            raise
        except Exception as error:  # noqa: BLE001  one event must not stop the others
            if len(arrivals) > 1:
                middle = len(arrivals) // 2
                return [*self.take(arrivals[:middle], now), *self.take(arrivals[middle:], now)]
            _log.exception("an event can't be judged and goes to the dead letters")
            return self._bury(arrivals[0], error, now)

    def wake(self, now: InstantUs) -> int:
        """Lets deadlines up to `now` pass, a portion of them; says how many matters it looked at."""
        with self._committing(now) as commit:
            names = commit.transaction.matters_due(now, WAKES_A_COMMIT)
            commit.judge_again(names)
            commit.asks_earliest = True
        return len(names)

    def listen(self, now: InstantUs) -> int:
        """Judges again what hangs on sources that fell silent or were heard again; says how many matters it looked at."""
        memory = self._remembered()
        coverage = memory.ears.coverage(now)
        before, memory.coverage = memory.coverage, coverage
        if coverage == before:
            return 0
        gaps = set(coverage.gaps) ^ set((before or FULL).gaps)
        since = min((gap.starts_at for gap in gaps), default=FOREVER_US)
        names = self._doubtful(since, with_unknown=before is None)
        return self._judge_portions(names, now)

    def release(self, now: InstantUs) -> None:
        """Whoever was catching up is done: what looked broken by time alone may be judged."""
        with self._committing(now) as commit:
            commit.transaction.release_held()
            commit.asks_earliest = True

    def probe(self, now: InstantUs) -> None:
        """Commits that it was asked for; raises TransientError where nothing can be committed."""
        with self._committing(now) as commit:
            commit.transaction.remember("probe", str(now))

    def judge_all_open(self, now: InstantUs) -> int:
        """Judges every matter with an open obligation again, as after a change of the book; says how many there were."""
        count, after = 0, ""
        while True:
            with self._store.begin() as transaction:
                names = transaction.matters_open(after, WAKES_A_COMMIT)
            if not names:
                return count
            self._judge_portions(names, now, by_another_book=True)
            count, after = count + len(names), names[-1]

    # How

    def _take(self, commit: Commit, arrivals: Sequence[Arrival]) -> list[Outcome]:
        read: list[Event | UnreadableEvent] = [self._read(arrival, commit.now) for arrival in arrivals]
        return commit.take(arrivals, read)

    def _read(self, arrival: Arrival, now: InstantUs) -> Event | UnreadableEvent:
        if arrival.fault is not None:
            return UnreadableEvent(*arrival.fault)
        try:
            event = self._decode(arrival.content)
            refuse_far_future(event, now)
        except UnreadableEvent as error:
            return error
        return event

    def _bury(self, arrival: Arrival, error: Exception, now: InstantUs) -> list[Outcome]:
        found = f"an event that the engine can't judge ({type(error).__name__}: {error})"
        reason = UnreadableEvent(found, "an event that fits with those before it; this is a fault of Kept")
        with self._committing(now) as commit:
            commit.reject(arrival, reason)
        return [rejection_of(reason)]

    def _doubtful(self, since: InstantUs, *, with_unknown: bool) -> list[str]:
        with self._store.begin() as transaction:
            names = transaction.matters_due_since(since, ["broken", "unknown"]) if since < FOREVER_US else []
            unknown = transaction.matters_due_since(0, ["unknown"]) if with_unknown else []
        return list(dict.fromkeys([*names, *unknown]))

    def _judge_portions(self, names: Sequence[str], now: InstantUs, *, by_another_book: bool = False) -> int:
        for start in range(0, len(names), WAKES_A_COMMIT):
            with self._committing(now) as commit:
                commit.judge_again(names[start : start + WAKES_A_COMMIT], by_another_book=by_another_book)
        return len(names)

    def _remembered(self) -> Memory:
        if self._memory is None:
            self._memory = Memory(self._store, self.book, self._decode)
            self._publish(self._memory)
        return self._memory

    @contextmanager
    def _committing(self, now: InstantUs) -> Iterator[Commit]:
        memory = self._remembered()
        try:
            with self._store.begin() as transaction:
                commit = Commit(self.book, self._decode, memory, transaction, now)
                yield commit
                commit.write()
        except BaseException:
            self._memory = None
            raise
        with self._lock:
            commit.follow()
        self._publish(memory)

    def _publish(self, memory: Memory) -> None:
        self._published = memory.counts
        self.earliest_wake = memory.earliest_wake

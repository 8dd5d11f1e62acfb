"""The commit point: what arrives is judged, and all that follows from it becomes true in one transaction.

Theory of operation. Work comes one piece at a time (one worker): a batch of arrivals, or the deadlines that passed. Each
is one transaction: the matters concerned are at hand or made again from the journal, `step` changes them, and their
rows, decisions and counts are written. Memory follows the commit. `step` changes matters in place, so after a failure
nothing in memory can be trusted: all of it is dropped and made again from the store, also where the driver could not say
whether the commit happened. Sending the same events again is always safe: `(source, id)` tells duplicates.

The book is what all its editions make together (`shelf`). A new one governs what opens from then on; what must be judged
again because of it, all of it for a restatement, is judged in portions (`rejudging`), and any matter that something else
concerns before its turn is judged by it first. Where it has come to is in the journal: a restart goes on there.

While a source catches up (`Arrival.catching_up`) its events are judged, but time alone breaks nothing: the answer may
be among what is still to come. `release` ends that.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from time import perf_counter
from typing import Final

from monitor.domain.cases.coverage import FULL, Coverage
from monitor.domain.facts.events import Event
from monitor.domain.hours.instant import FOREVER_US, InstantUs
from monitor.domain.promises.editions import FROM_THE_BEGINNING
from monitor.domain.promises.promise import Book
from monitor.errors import Displaced, InvariantError, Outdated, Superseded, TransientError, UnreadableEvent
from monitor.service.commits.commit import Basis, Commit
from monitor.service.commits.durations import Durations
from monitor.service.commits.memory import Memory
from monitor.service.commits.retention import MATTERS_A_PORTION, Progress
from monitor.service.commits.totals import Totals
from monitor.service.doors.arrivals import Arrival, Outcome, event_in, rejection_of
from monitor.service.doors.desk import end_letter
from monitor.service.editions.rejudging import NOTE, Rejudging, read_rejudging
from monitor.service.editions.shelf import BookText, Offer, Shelf
from monitor.service.ports.journal import Store, Transaction
from monitor.service.ports.portions import portions
from monitor.service.ports.readers import BookReader, Decoder
from monitor.service.ports.records import EditionRecord, LetterEnding

WAKES_A_COMMIT: Final = 500
"""Matters judged in one transaction: enough to pay for the commit, few enough that arrivals don't wait for long."""
_LAST_FILE: Final = "book"
"""The note with the digest of the book file that was read last: only a file that was changed is a new edition."""

_log = logging.getLogger(__name__)


class CommitPoint:
    """Takes events and lets deadlines pass, one transaction at a time. Not for two threads at once."""

    def __init__(self, store: Store, read_book: BookReader, decode: Decoder, recall: Decoder) -> None:
        """`decode` reads what arrives, `recall` what is in the journal."""
        self._store = store
        self._read_book = read_book
        self._decode = decode
        self._recall = recall
        self._shelf: Shelf | None = None
        self._book: Book | None = None
        self._rejudging: Rejudging | None = None
        self._memory: Memory | None = None
        self._lock = Lock()
        self._published = Totals()
        self.durations = Durations()
        self.failed_commits = 0
        """Transactions that the database did not take, since the start."""
        self.last_recorded: InstantUs = 0
        """When the journal was last added to."""
        self.earliest_wake: InstantUs = 0
        """When the next deadline passes, or something earlier: then nothing is found due, and this is corrected."""
        self.has_held = False
        """Whether matters are held back for somebody who catches up, until `release`."""

    # For whoever watches; these may be asked for by any thread

    @property
    def book(self) -> Book:
        """The book in force, all its editions bound together."""
        if self._book is None:
            raise InvariantError("found a commit point that was not started, expected start() before anything else")
        return self._book

    @property
    def shelf(self) -> Shelf:
        """The editions of the book."""
        if self._shelf is None:
            raise InvariantError("found a commit point that was not started, expected start() before anything else")
        return self._shelf

    @property
    def is_rejudging(self) -> bool:
        """Whether something is still to be judged by the newest edition."""
        return self._rejudging is not None

    def totals(self) -> Totals:
        """A copy of the totals as of the last commit."""
        with self._lock:
            return self._published.copy()

    # The book

    def start(self, offered: BookText | None, now: InstantUs) -> bool:
        """Takes up the journal; says whether `offered`, the book file, became a new edition because it was changed.

        Raises ConfigError where a book can't be read, or there is none at all.
        """
        self._shelf = Shelf(self._store.editions(), self._read_book)
        self._rejudging = read_rejudging(self._store.note(NOTE))
        if self.shelf.editions:
            # What a changed file is compared with, and what stands if it is refused.
            self._book = self.shelf.book()
        is_new = offered is not None and self._take_file(offered, now)
        self._book = self.shelf.book()
        with self._committing(now) as commit:
            commit.rows.enrol(self.book.clients)
            commit.asks_earliest = True
        return is_new

    def reread(self, offered: BookText, now: InstantUs) -> bool:
        """Reads the book file again; says whether it was changed and became a new edition. Raises ConfigError."""
        return self._take_file(offered, now)

    def apply(self, offer: Offer, now: InstantUs, *, notes: Sequence[tuple[str, str]] = ()) -> EditionRecord:
        """Makes a new edition of the book; what must be judged again is judged by `rejudge`.

        Raises ConfigError with every fault of the text; then nothing has changed.
        """
        if self.shelf.editions:
            self._remembered()
        text, restates = offer.book, offer.since is not None
        since = self._governs_since(now if offer.since is None else offer.since)
        book = self.shelf.book_with(text, since)
        number = len(self.shelf.editions) + 1
        unfinished = self._rejudging is not None and self._rejudging.everything
        # Where a restatement was not done yet, all of it is left to do by the edition that is the newest now.
        rejudging = Rejudging(number, everything=restates or unfinished) if number > 1 else None
        self._book = book
        try:
            with self._committing(now) as commit:
                edition = EditionRecord(
                    number,
                    commit.take_place(),
                    since,
                    restates,
                    text.digest,
                    offer.author,
                    offer.reason,
                    text.text,
                )
                commit.put_edition(edition)
                for key, value in notes:
                    commit.transaction.remember(key, value)
                if rejudging is not None:
                    commit.transaction.remember(NOTE, rejudging.written())
                commit.rows.enrol(book.clients)
        except BaseException:
            self._book = self.shelf.book() if self.shelf.editions else None
            raise
        self.shelf.put(edition)
        self._rejudging = rejudging
        # Matters at hand were made by the book as it was.
        self._memory = None
        return edition

    def _governs_since(self, since: InstantUs) -> InstantUs:
        """The first edition governs the past too: there was no other."""
        return since if self.shelf.editions else FROM_THE_BEGINNING

    def _take_file(self, offered: BookText, now: InstantUs) -> bool:
        if self._store.note(_LAST_FILE) == offered.digest:
            return False
        editions = self.shelf.editions
        notes = [(_LAST_FILE, offered.digest)]
        if editions and editions[-1].digest == offered.digest:
            with self._store.begin() as transaction:
                transaction.remember(*notes[0])
            return False
        is_first = not editions
        reason = f"{offered.file} came with the first start" if is_first else f"{offered.file} was changed"
        # Where others make editions, too, all of this is done again and not only the last of it.
        CommitPoint.apply(self, Offer(offered, "kept run", reason), now, notes=notes)
        return not is_first

    def rejudge(self, now: InstantUs) -> int:
        """Judges the next portion of what a new edition concerns; says how many matters there were, 0 at the end."""
        if self._rejudging is None:
            return 0
        with self._committing(now) as commit:
            # Only now: memory that was made anew may have brought a newer edition, or an end that another has come to.
            rejudging = self._rejudging
            if rejudging is None:
                return 0
            names = rejudging.next_names(commit.transaction)
            commit.touch(names)
            commit.take_place()
            left = Rejudging(rejudging.edition, rejudging.everything, names[-1]) if names else None
            commit.transaction.remember(NOTE, left.written() if left is not None else "")
            commit.asks_earliest = True
        self._rejudging = left
        return len(names)

    # Retention

    def retire(self, progress: Progress, now: InstantUs) -> Progress | None:
        """Takes the next portion of matters out that are over; says how far the run has come, None at its end.

        While a new edition of the book is still to judge what there is, nothing goes.
        """
        with self._store.reading() as transaction:
            names = transaction.matters_after(progress.after, MATTERS_A_PORTION)
            is_any_over = bool(transaction.over_among(names, progress.record.before))
        if not names or self.is_rejudging:
            return None
        record = progress.record
        if is_any_over:
            with self._committing(now) as commit:
                record = commit.retire(names, record)
        return Progress(record, names[-1])

    # Events and deadlines

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

    def listen(self, now: InstantUs, until: InstantUs | None = None) -> int:
        """Judges again what hangs on sources that fell silent or were heard again; says how many matters it looked at.

        Somebody who has said nothing up to `until` is silent, up to `now` where that is not said.
        """
        memory = self._remembered()
        coverage = self._coverage_at(memory, now if until is None else until)
        before = memory.coverage
        if coverage == before:
            return 0
        gaps = set(coverage.gaps) ^ set((before or FULL).gaps)
        since = min((gap.starts_at for gap in gaps), default=FOREVER_US)
        names = self._doubtful(since, with_unknown=before is None)
        looked_at = self._judge_portions(names, now)
        # Only now: where this fails in the middle, all of it is looked at again.
        memory.coverage = coverage
        return looked_at

    def _coverage_at(self, memory: Memory, until: InstantUs) -> Coverage:
        """What could not be heard up to an instant."""
        return memory.ears.coverage(until)

    def release(self, now: InstantUs) -> None:
        """Whoever was catching up is done: what looked broken by time alone may be judged."""
        with self._committing(now) as commit:
            commit.transaction.release_held()
            commit.releases_held = commit.asks_earliest = True

    # Dead letters

    def end_letter(self, ending: LetterEnding) -> bool:
        """Writes what became of a dead letter; says whether nobody had put an end to it before."""
        return end_letter(self._store, ending)

    # How

    def _take(self, commit: Commit, arrivals: Sequence[Arrival]) -> list[Outcome]:
        read: list[Event | UnreadableEvent] = [self._read(arrival, commit.now) for arrival in arrivals]
        return commit.take(arrivals, read)

    def _read(self, arrival: Arrival, now: InstantUs) -> Event | UnreadableEvent:
        try:
            return event_in(arrival, self._decode, now)
        except UnreadableEvent as error:
            return error

    def _bury(self, arrival: Arrival, error: Exception, now: InstantUs) -> list[Outcome]:
        found = f"an event that the engine can't judge ({type(error).__name__}: {error})"
        reason = UnreadableEvent(found, "an event that fits with those before it; this is a fault of Kept")
        with self._committing(now) as commit:
            commit.reject(arrival, reason)
        return [rejection_of(reason)]

    def _doubtful(self, since: InstantUs, *, with_unknown: bool) -> list[str]:
        names: list[str] = []
        with self._store.begin() as transaction:
            if since < FOREVER_US:
                names += transaction.matters_due_since(since, ["broken", "unknown"])
                # What nothing spoke against is as doubtful as what nothing answered.
                names += transaction.matters_concluded_since(since, ["kept", "unknown"])
            if with_unknown:
                names += transaction.matters_due_since(0, ["unknown"])
                names += transaction.matters_concluded_since(0, ["unknown"])
        return list(dict.fromkeys(names))

    def _judge_portions(self, names: Sequence[str], now: InstantUs) -> int:
        for portion in portions(names, WAKES_A_COMMIT):
            with self._committing(now) as commit:
                commit.judge_again(portion)
        return len(names)

    def _remembered(self) -> Memory:
        if self._memory is None:
            self._renew()
            self._memory = self._new_memory()
            self._publish(self._memory)
        return self._memory

    def _new_memory(self) -> Memory:
        return Memory(self._store, self.book, self._recall)

    def _new_commit(self, memory: Memory, transaction: Transaction, now: InstantUs) -> Commit:
        return Commit(self._basis(), memory, transaction, now)

    def _basis(self) -> Basis:
        return Basis(self.book, len(self.shelf.editions), self._rejudging, self._recall)

    def _renew(self) -> None:
        """The editions, and what is left to judge by them, as the journal has them: a commit whose end is unknown may have
        brought one, and a journal that was put back to an earlier state may have others."""
        editions = self._store.editions()
        if editions != self.shelf.editions:
            self._shelf = Shelf(editions, self._read_book)
            self._book = self.shelf.book()
        self._rejudging = read_rejudging(self._store.note(NOTE))

    @contextmanager
    def _committing(self, now: InstantUs) -> Iterator[Commit]:
        began = perf_counter()
        commit: Commit | None = None
        try:
            memory = self._remembered()
            with self._store.begin() as transaction:
                commit = self._new_commit(memory, transaction, now)
                commit.look_around()
                yield commit
                commit.write()
        except BaseException as error:
            if isinstance(error, TransientError) and not isinstance(error, (Outdated, Superseded)):
                self.failed_commits += 1
            self._forget(commit, error)
            raise
        assert commit is not None
        with self._lock:
            commit.follow()
        self._publish(memory)
        self.durations.add(perf_counter() - began)

    def _forget(self, _commit: Commit | None, _error: BaseException) -> None:
        """A commit did not happen, as far as is known: what it has changed in memory is not true. Should it have happened all
        the same, the next deadline may be one that it brought: it is asked for at once."""
        self._memory = None
        self.earliest_wake = 0

    def _publish(self, memory: Memory) -> None:
        self._published = memory.totals
        self.earliest_wake = memory.earliest_wake
        self.has_held = memory.has_held
        self.last_recorded = memory.recorded

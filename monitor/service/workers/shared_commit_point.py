"""The commit point of one of several workers: whose the partitions are, and one commit after the other, in turn."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, TypeVar, cast

from monitor.domain.cases.coverage import Coverage
from monitor.domain.hours.instant import FOREVER_US, InstantUs
from monitor.errors import Outdated, OutdatedBook, Superseded, TransientError
from monitor.service.commits.commit import Commit
from monitor.service.commits.commit_point import WAKES_A_COMMIT, CommitPoint
from monitor.service.commits.memory import Memory
from monitor.service.commits.retention import Progress
from monitor.service.doors.arrivals import Arrival, Outcome
from monitor.service.editions.rejudging import NOTE, read_rejudging
from monitor.service.editions.shelf import BookText, Offer
from monitor.service.ports.journal import Transaction
from monitor.service.ports.readers import BookReader, Decoder
from monitor.service.ports.records import Advance, EditionRecord, PartitionRecord
from monitor.service.ports.shared_journal import SharedStore, SharedTransaction
from monitor.service.workers.share import SPANNING, Share
from monitor.service.workers.shared_commit import SharedCommit
from monitor.service.workers.shared_memory import SharedMemory

TRIES: Final = 20
"""How often something is done again because of what others wrote; each time at least one of them has got on."""

T = TypeVar("T")

_log = logging.getLogger(__name__)


class SharedCommitPoint(CommitPoint):
    """Takes what is in its partitions, and lets time pass there. Not for two threads at once."""

    _store: SharedStore
    _memory: SharedMemory | None

    def __init__(self, store: SharedStore, read_book: BookReader, decode: Decoder, recall: Decoder, owner: str) -> None:
        super().__init__(store, read_book, decode, recall)
        self.share = Share(owner)
        self._passed: InstantUs = 0
        self._batch: Sequence[Arrival] = ()
        self._next_offsets: Mapping[int, int] = {}
        self._is_written = False
        """Whether the offsets are in the commit that was made last."""

    # Partitions

    def claim(self, numbers: Collection[int]) -> dict[int, PartitionRecord]:
        """Takes partitions: from now on nothing is written by whoever had them. Says how far each is read.

        Where there are more workers than partitions some have none, and stand by.
        """
        if not numbers:
            return {}
        with self._store.begin() as transaction:
            found = transaction.claim(numbers, self.share.owner, transaction.take_turn())
            # Held back by a daemon that had the journal alone: here time passes only as far as everything is read.
            transaction.release_held()
            known = transaction.partitions()
        # Less than what was seen before only where the journal was put back to an earlier state.
        self.share.all_read_until = min(self.share.all_read_until, *(row.read_until for row in known))
        for row in found:
            self.share.epochs[row.number] = row.epoch
            self.share.read_until[row.number] = row.read_until
            self.share.written[row.number] = row.next_offset or 0
        self._share_changed()
        return {row.number: row for row in found}

    def give_up(self, numbers: Collection[int]) -> None:
        """They are another worker's, or nobody's."""
        for number in numbers:
            self.share.epochs.pop(number, None)
            self.share.read_until.pop(number, None)
            self.share.written.pop(number, None)
        self._share_changed()

    def _share_changed(self) -> None:
        self._store.homes = self.share.homes
        self._memory = None

    def look(self, read_until: Mapping[int, InstantUs], now: InstantUs) -> None:
        """Tells the others up to when everything in these partitions was read, and takes note of how far they are.

        Raises Superseded where another worker has some of this one's, and Displaced where the journal was put back to an earlier
        state.
        """
        share = self.share
        share.read_until |= read_until
        with self._store.begin() as transaction:
            # In turn, as everything is written: whoever stands still in the middle of it is ended by those who wait.
            transaction.take_turn()
            lost = transaction.lost(share.epochs, share.written)
            transaction.move_on(Advance(share.epochs, read_until=read_until))
            known = transaction.partitions()
        if lost:
            self.give_up(lost)
            raise Superseded(frozenset(lost))
        memory = self._remembered()
        with self._store.begin() as transaction:
            # Only now: what was read up to those instants is there to be heard.
            head = transaction.head()
            memory.hear_others(transaction, head.position)
            memory.forget_visited(transaction)
            is_news = bool(transaction.events_for_all(memory.followed))
            if share.is_keeper:
                memory.earliest |= transaction.earliest_wakes([SPANNING])
        share.see(known)
        self._rejudging = read_rejudging(self._store.note(NOTE))
        if head.edition != len(self.shelf.editions):
            self._memory = None
        if is_news:
            self._again(lambda: self._follow(now))

    def _follow(self, now: InstantUs) -> None:
        """A commit that does what each does first: it brings what concerns everybody to the matters at home."""
        with self._committing(now):
            pass

    # Commits

    def start(self, offered: BookText | None, now: InstantUs) -> bool:
        """As the commit point's; where several start with the same changed book, one of them makes the edition."""
        start = super().start
        return self._again(lambda: start(offered, now))

    def reread(self, offered: BookText, now: InstantUs) -> bool:
        reread = super().reread
        return self._again(lambda: reread(offered, now))

    def apply(self, offer: Offer, now: InstantUs, *, notes: Sequence[tuple[str, str]] = ()) -> EditionRecord:
        """As the commit point's, by whoever shares the journal, with partitions or without; the keeper judges again by it."""
        apply = super().apply
        return self._again(lambda: apply(offer, now, notes=notes))

    def take_records(
        self, arrivals: Sequence[Arrival], next_offsets: Mapping[int, int], now: InstantUs
    ) -> list[Outcome]:
        """Commits what was read of partitions, up to these offsets; says what became of each arrival, in order.

        Raises Superseded where another worker has some of the partitions: they are given up then, and nothing is true.
        Raises Displaced where the journal was put back to an earlier state: what lay between would be passed over.
        """
        self._batch, self._next_offsets, self._is_written = arrivals, next_offsets, False
        outcomes = self._again(lambda: self.take(arrivals, now))
        if not self._is_written:
            # What could not be taken together was taken in parts, and they are behind it only now.
            self._batch = nothing = ()
            self._again(lambda: self.take(nothing, now))
        self.share.written |= next_offsets
        return outcomes

    def _take(self, commit: Commit, arrivals: Sequence[Arrival]) -> list[Outcome]:
        outcomes = super()._take(commit, arrivals)
        self._is_written = arrivals is self._batch
        if self._is_written:
            assert isinstance(commit, SharedCommit)
            commit.next_offsets.update(self._next_offsets)
        return outcomes

    def _bury(self, arrival: Arrival, error: Exception, now: InstantUs) -> list[Outcome]:
        self._is_written = False
        return super()._bury(arrival, error, now)

    def earliest_in(self, homes: Collection[int]) -> InstantUs:
        """When the next deadline passes in these homes, or something earlier. Any thread may ask."""
        memory = self._memory
        earliest = {} if memory is None else memory.earliest
        return min((earliest.get(home, 0) for home in homes), default=FOREVER_US)

    def let_pass(self, homes: Collection[int], until: InstantUs, now: InstantUs) -> int:
        """Lets deadlines up to `until` pass in these homes, a portion of them; says how many matters it looked at."""
        return self._again(lambda: self._let_pass(homes, until, now), passed=until)

    def _let_pass(self, homes: Collection[int], until: InstantUs, now: InstantUs) -> int:
        with self._committing(now) as commit:
            assert isinstance(commit, SharedCommit)
            if SPANNING in homes:
                commit.take_turn()
            names = commit.transaction.due_in(homes, until, WAKES_A_COMMIT)
            commit.judge_again(names)
            commit.wakes_in = homes
        return len(names)

    def listen(self, now: InstantUs, until: InstantUs | None = None) -> int:
        passed = self.share.all_read_until if until is None else until
        listen = super().listen
        return self._again(lambda: listen(now, passed), passed=passed)

    @property
    def is_listening(self) -> bool:
        """Whether verdicts may hang on what could not be heard."""
        return bool(self.book.sources) or self.share.has_doubted

    def _coverage_at(self, memory: Memory, until: InstantUs) -> Coverage:
        return super()._coverage_at(memory, until).with_gaps(self.share.gaps)

    def rejudge(self, now: InstantUs) -> int:
        """The keeper's work: in turn, whose matters ever they are."""
        passed = self.share.all_read_until
        rejudge = super().rejudge
        return self._again(lambda: rejudge(now), passed=passed)

    def retire(self, progress: Progress, now: InstantUs) -> Progress | None:
        """The keeper's work: in turn, wherever the matters are at home."""
        retire = super().retire

        def follow_and_retire() -> Progress | None:
            self._follow(now)
            return retire(progress, now)

        return self._again(follow_and_retire)

    # How

    def _again(self, work: Callable[[], T], *, passed: InstantUs = 0) -> T:
        """Does something, and does it again where others wrote what it hangs on."""
        self._passed = passed
        try:
            for tried in range(TRIES):
                try:
                    return work()
                except Outdated as error:
                    _log.info("%s: it is done again", error)
                    if tried >= TRIES // 2:
                        self._memory = None  # in case it hangs on something that was not forgotten
        except Superseded as error:
            self.give_up(error.partitions)
            raise
        finally:
            self._passed = 0
        raise TransientError(f"the database does not work: {TRIES} times others wrote what this worker was to write")

    def _remembered(self) -> SharedMemory:
        memory = super()._remembered()
        assert isinstance(memory, SharedMemory)
        return memory

    def _new_memory(self) -> SharedMemory:
        return SharedMemory(self._store, self.book, self._recall, self.share)

    def _new_commit(self, memory: Memory, transaction: Transaction, now: InstantUs) -> SharedCommit:
        assert isinstance(memory, SharedMemory)
        shared = cast("SharedTransaction", transaction)
        return SharedCommit(self._basis(), memory, shared, now, passed=self._passed)

    def _forget(self, commit: Commit | None, error: BaseException) -> None:
        """Where others wrote meanwhile, only what this commit had in hand is forgotten; any other failure leaves in doubt what
        is in the journal, and by another book everything at hand is made anew."""
        if isinstance(commit, SharedCommit) and isinstance(error, Outdated) and not isinstance(error, OutdatedBook):
            commit.take_back()
        else:
            super()._forget(commit, error)

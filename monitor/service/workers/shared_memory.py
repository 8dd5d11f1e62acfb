"""What a worker knows without asking the store, where others write it, too."""

from __future__ import annotations

from monitor.domain.facts.events import Event, Heard
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Book
from monitor.service.commits.memory import Memory
from monitor.service.ports.counts import Counts
from monitor.service.ports.readers import Decoder
from monitor.service.ports.shared_journal import SharedStore, SharedTransaction
from monitor.service.workers.share import Share


class SharedMemory(Memory):
    """True of the worker's own matters as of its last commit, and of what concerns everybody up to `followed`."""

    def __init__(self, store: SharedStore, book: Book, decode: Decoder, share: Share) -> None:
        self.share = share
        # How far others have come is asked first: what comes in between is looked for again.
        with store.begin() as transaction:
            self.last_visit = transaction.last_visit()
            """The last visit whose matter is not remembered any more."""
            known = transaction.partitions()
        self.earliest: dict[int, InstantUs] = dict.fromkeys(share.homes, 0)
        """When the next deadline passes in each home, or something earlier."""
        super().__init__(store, book, decode)
        mine = [row.followed for row in known if row.number in share.epochs]
        self.followed = min(mine, default=self.last_position)
        """The position up to which the matters at home were brought what concerns everybody; without a home nobody waits for
        what came before."""
        self.heard_to = self.last_position
        self._rules = book.sources

    def count(self, counts: Counts) -> None:
        """No more of it than this process asks: what all workers together have counted is asked of the database."""
        self.totals.move(counts.figures)
        self.totals.hear(counts.heard)

    def forget_visited(self, transaction: SharedTransaction) -> set[str]:
        """What is remembered of the matters that others have written is forgotten, and asked anew is when the first one wakes:
        it may wake earlier now. Gives the matters."""
        visits = transaction.visits_since(self.last_visit)
        if not visits:
            return set()
        for visit in visits:
            self.at_hand.drop(visit.matter)
        self.last_visit = visits[-1].number
        self.has_retired = self.has_retired or transaction.last_retirement() > 0
        self.earliest |= transaction.earliest_wakes(self.share.homes)
        return {visit.matter for visit in visits}

    def hear_others(self, transaction: SharedTransaction, last_position: int) -> None:
        """Takes note of what is missing of the firm's own topics, and of what the sources that the book expects to hear said to
        other workers; `last_position` is where the journal ended before: nothing up to there has to be looked through again,
        however long nobody is heard."""
        self.share.take_note_of(transaction.origins(), transaction.lost_origins())
        if not self._rules:
            return
        for position, source, time, sequence in transaction.heard_since(self._rules, self.heard_to):
            self.ears.hear(Event(time, source, sequence, "", "", None, None, None, Heard()))
            self.heard_to = position
        self.heard_to = max(self.heard_to, last_position)

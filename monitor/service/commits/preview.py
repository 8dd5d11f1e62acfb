"""What another book would change, before anybody changes it: every matter judged by it, and nothing written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from monitor.domain.cases.obligation import Verdict
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Book
from monitor.service.commits.commit import Basis, Commit
from monitor.service.commits.memory import Memory
from monitor.service.editions.rejudging import Rejudging
from monitor.service.ports.journal import Store, Transaction
from monitor.service.ports.readers import Decoder
from monitor.service.ports.records import ObligationRecord


class Change(NamedTuple):
    """An obligation as it is and as it would be; `before` is None for one that would be new."""

    before: ObligationRecord | None
    after: ObligationRecord

    @property
    def outcomes(self) -> tuple[str, str]:
        """What it is counted as, and what it would be."""
        return (NO_OBLIGATION if self.before is None else self.before.outcome, self.after.outcome)


NO_OBLIGATION = "none"


def preview(store: Store, book: Book, decode: Decoder, now: InstantUs) -> Iterator[Change]:
    """Each obligation that would be different by `book`, matter after matter by name. Reads beside whoever writes."""
    memory = Memory(store, book, decode)
    left = Rejudging(0, everything=True)
    while True:
        with store.reading() as transaction:
            names = left.next_names(transaction)
            basis = Basis(book, left.edition, left, decode)
            yield from _changes(Commit(basis, memory, transaction, now), transaction, names)
        if not names:
            return
        memory.at_hand.clear()
        left = Rejudging(0, everything=True, after=names[-1])


def _changes(commit: Commit, transaction: Transaction, names: Sequence[str]) -> Iterator[Change]:
    cases = [case.id for case in transaction.cases_in(names)]
    before = {row.id: _by_the_clock(row, commit.now) for row in transaction.obligations_of(cases)}
    commit.touch(names)
    after = {row.id: row for row in commit.changes.obligations}
    for name, row in after.items():
        known = before.get(name)
        if known is None or _shown(known) != _shown(row):
            yield Change(known, row)


def _by_the_clock(row: ObligationRecord, now: InstantUs) -> ObligationRecord:
    """What is recorded, and what time alone has done since: that is not the other book's doing."""
    is_late = row.verdict == Verdict.RUNNING and row.due is not None and row.due < now
    return row._replace(verdict=Verdict.BROKEN.value) if is_late else row


def _shown(row: ObligationRecord) -> tuple[object, ...]:
    """What one relies on: whose it is, what governs it, when it is due and what is held true of it."""
    return (row.client, row.promise, row.version, row.tier, row.due, row.verdict, row.ended)

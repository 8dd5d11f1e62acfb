"""The shares of the work of running and last periods, client by client, for whoever watches.

Minutes and touches are in no table: a client's matters of two periods are told again, each client in its turn, as often as there
is something new. How the shares stand by what is known is reckoned at each look, for that goes on with time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final, TypeAlias

from sqlalchemy import Connection, select

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.share_counts import Wanted
from monitor.adapters.answers.work_counts import work_counted
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.recorded import standing
from monitor.adapters.metrics.in_turn import InTurn
from monitor.adapters.metrics.looking import JournalWatch
from monitor.adapters.metrics.share_watch import ShareReading, ShareReadings, Windows, share_reading
from monitor.conventions import limits
from monitor.domain.figures.period_work import WorkDone
from monitor.domain.figures.shares import ShareAccount
from monitor.domain.hours.instant import SECOND_US, DurationUs, InstantUs
from monitor.domain.promises.promise import Book
from monitor.domain.promises.shared_promises import SharedPromises, ShareKey
from monitor.service.ports.machine import Clock

LOOK_EVERY_US: Final[DurationUs] = 10 * SECOND_US
"""How often the history is looked at: more often than it is scraped."""

Counts: TypeAlias = Mapping[ShareKey, WorkDone]


class WorkWatch(JournalWatch):
    """Keeps the work of running and last periods. One look at a time."""

    def __init__(
        self, connect: Callable[[], AbstractContextManager[Connection]], book: Callable[[], Book], clock: Clock
    ) -> None:
        super().__init__(connect, book, clock)
        self._counts: InTurn[str, Counts] = InTurn(clock)
        self.readings = ShareReadings()

    def look(self) -> None:
        """Counts the work of the next clients. Raises TransientError; then the readings stay as they were."""
        now, book = self._clock.now(), self._book()
        shared = SharedPromises(book)
        clients: Sequence[str] = ()
        if shared.of_work:
            windows = Windows(shared, now)
            with self._connect() as connection:
                as_of, clients = standing(connection, None), _concerned(connection, book, shared)

            def count(client: str) -> Counts:
                since = min(windows.of(promise, client)[0][1].starts_at for promise in shared.of_work.values())
                wanted = Wanted([*shared.of_work.values()], since, now + 1, client)
                with self._connect() as connection:
                    return work_counted(Known(connection, as_of), shared, wanted)

            self._counts.ask(clients, (as_of, book.version), count)
        found = self._counts.answers(clients)
        self.readings = ShareReadings([each for name in found for each in _read(shared, name, found[name], now)], now)

    def forget(self) -> None:
        """Knows nothing any more."""
        self._counts.clear()
        self.readings = ShareReadings()


def _concerned(connection: Connection, book: Book, shared: SharedPromises) -> list[str]:
    """The clients, of those with series of their own, that are or may be promised a share of their work: to whom the book makes
    such a promise, whom it does not know, and who were given another tier."""
    client = t.CLIENTS.c
    made_to = frozenset[str]().union(*(promise.made_to for promise in shared.of_work.values()))
    changed = frozenset(connection.scalars(select(t.EVENTS.c.client).distinct().where(t.OF_CLIENTS)))
    known = connection.scalars(select(client.id).order_by(client.place).limit(limits.CLIENTS_WITH_SERIES))
    return [name for name in known if name in made_to | changed or name not in book.clients]


def _read(shared: SharedPromises, client: str, counts: Counts, now: InstantUs) -> Iterator[ShareReading]:
    windows = Windows(shared, now)
    for (name, version), promise in sorted(shared.of_work.items()):
        for which, period in windows.of(promise, client):
            key = ShareKey(client, name, version, period.starts_at)
            if key in counts or (client in promise.made_to and promise.governs_in(period)):
                done = counts.get(key, WorkDone())
                account = ShareAccount(promise.terms, done.as_occasions, period, now)
                yield share_reading(key, which, account, promise.measure)

"""The shares of the work of running and last periods, for whoever watches: read once, then followed event by event.

Minutes and touches are in no table: what each case counts for is read off its events (`following.py`) and added up, and what a
case counted for is taken off again before it is read anew. So a look costs what was recorded since the last one. How the shares
stand by what is known is reckoned at each look, for that goes on with time.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Select, select

from monitor.adapters.answers.reader import Connect
from monitor.adapters.answers.work_counts import NOTHING_DONE, shared_work_in
from monitor.adapters.journal import tables as t
from monitor.adapters.metrics.following import MATTERS, MatterWatch, with_events
from monitor.adapters.metrics.share_watch import ShareReading, ShareReadings, Windows, share_reading
from monitor.conventions import limits
from monitor.domain.cases.matter import Matter
from monitor.domain.facts.events import StaffChanged
from monitor.domain.figures.period_work import WorkDone
from monitor.domain.figures.shares import ShareAccount
from monitor.domain.hours.instant import SECOND_US, InstantUs
from monitor.domain.promises.promise import Book
from monitor.domain.promises.shared_promises import SharedPromises, ShareKey
from monitor.service.ports.machine import Clock

Counted: TypeAlias = tuple[tuple[ShareKey, WorkDone], ...]
"""What one case counts for."""


class WorkWatch(MatterWatch[Counted]):
    """Keeps the work of running and last periods."""

    every = 10 * SECOND_US
    """More often than it is scraped."""
    what = "shares of the work"

    def __init__(self, connect: Connect, clock: Clock) -> None:
        super().__init__(connect, clock)
        self._shared: SharedPromises | None = None
        self._clients: tuple[str, ...] = ()
        """Whose work is counted, in the order in which they have series."""
        self._since: InstantUs = 0
        """When the earliest of the last periods began."""
        self._totals: dict[ShareKey, WorkDone] = {}
        self.readings = ShareReadings()

    def forget(self) -> None:
        """Knows nothing any more."""
        super().forget()
        self.readings = ShareReadings()

    def _begin(self) -> None:
        self._shared = None if self._book is None else SharedPromises(self._book)
        self._clients, self._since = (), 0

    # Which matters

    def _telling(self, connection: Connection) -> Iterable[str]:
        return self._of_others(connection)

    def _with_events(self, condition: ColumnElement[bool]) -> Select[Any]:
        """Whosever they are: the work of a case that is another client's now is taken off."""
        return with_events(condition)

    def _changed(self, connection: Connection) -> Iterator[str]:
        """Those of clients whose tier was told, and of clients whose work was not counted until now, too."""
        if self._shared is None or not self._shared.of_work:
            return
        yield from super()._changed(connection)
        event = t.EVENTS.c
        told = connection.scalars(select(event.client).distinct().where(event.position > self._position, t.OF_CLIENTS))
        yield from self._of_clients(connection, set(told))
        yield from self._of_others(connection)

    def _of_others(self, connection: Connection) -> Iterator[str]:
        """Brings up to date whose work is counted; the matters of those whose work was not."""
        book, shared = self._book, self._shared
        if book is None or shared is None or not shared.of_work:
            return
        known, self._clients = self._clients, tuple(_concerned(connection, book, shared))
        self._move_on()
        yield from self._of_clients(connection, set(self._clients).difference(known))

    def _of_clients(self, connection: Connection, clients: set[str]) -> Iterator[str]:
        """The matters of these clients in which something happened in the periods that are shown."""
        theirs = t.CASES.alias("theirs")
        is_theirs = t.CASES.c.matter.in_(select(theirs.c.matter).where(theirs.c.client.in_(sorted(clients))))
        of_late = MATTERS.join(t.EVENTS, t.EVENTS.c.case_id == t.CASES.c.id).where(t.EVENTS.c.time >= self._since)
        if clients:
            yield from connection.scalars(of_late.where(is_theirs))

    def _worth_reading(self, connection: Connection, names: Sequence[str]) -> Sequence[str]:
        row = t.CASES.c
        return connection.scalars(MATTERS.where(row.matter.in_(names), row.client.in_(self._clients))).all()

    def _hangs_on(self, _: StaffChanged) -> bool:
        """Who is fit hangs on grades, on tenure and on who was away."""
        return True

    # What they count for

    def _told_by(self, matters: Generator[Matter, None, None]) -> Iterator[tuple[str, Counted]]:
        assert self._shared is not None
        clients = frozenset(self._clients)
        keys: dict[ShareKey, ShareKey] = {}  # many cases count for one share: its key is kept once
        with closing(matters):
            for matter in matters:
                cases: dict[str, dict[ShareKey, WorkDone]] = {}
                for done in shared_work_in(matter, self._shared):
                    if done.key.client in clients and done.key.starts_at >= self._since:
                        counts, key = cases.setdefault(done.case, {}), keys.setdefault(done.key, done.key)
                        counts[key] = counts.get(key, NOTHING_DONE).with_more(done.fitness, done.amount)
                yield from ((case, tuple(counts.items())) for case, counts in cases.items())

    def _put(self, case: str, told: Counted) -> None:
        super()._put(case, told)
        self._add(told, 1)

    def _drop(self, case: str) -> Counted | None:
        told = super()._drop(case)
        if told is not None:
            self._add(told, -1)
        return told

    def _add(self, told: Counted, sign: int) -> None:
        for key, done in told:
            before = self._totals.pop(key, NOTHING_DONE)
            after = WorkDone(*(number + sign * more for number, more in zip(before, done, strict=True)))
            if any(after):
                self._totals[key] = after

    def _clear(self) -> None:
        super()._clear()
        self._totals = {}

    def _move_on(self) -> None:
        """Periods that are not shown any more are forgotten, once others have begun."""
        assert self._shared is not None
        windows = Windows(self._shared, self._clock.now())
        since = min(
            windows.of(promise, client)[0][1].starts_at
            for promise in self._shared.of_work.values()
            for client in (*self._clients, "")
        )
        if since > self._since:
            self._since = since
            for case, told in [*self._cases.items()]:
                if any(key.starts_at < since for key, _ in told):
                    self._drop(case)
                    self._put(case, tuple(each for each in told if each[0].starts_at >= since))

    # What is shown

    def _show(self, _: Connection, now: InstantUs) -> None:
        shared = self._shared
        self.readings = ShareReadings([] if shared is None else list(self._readings(shared, now)), now)

    def _readings(self, shared: SharedPromises, now: InstantUs) -> Iterator[ShareReading]:
        windows = Windows(shared, now)
        for client in self._clients:
            for (name, version), promise in sorted(shared.of_work.items()):
                for which, period in windows.of(promise, client):
                    key = ShareKey(client, name, version, period.starts_at)
                    if key in self._totals or (client in promise.made_to and promise.governs_in(period)):
                        done = self._totals.get(key, NOTHING_DONE)
                        account = ShareAccount(promise.terms, done.as_occasions, period, now)
                        yield share_reading(key, which, account, promise.measure)


def _concerned(connection: Connection, book: Book, shared: SharedPromises) -> list[str]:
    """The clients, of those with series of their own, that are or may be promised a share of their work: to whom the book makes
    such a promise, whom it does not know, and who were given another tier."""
    client = t.CLIENTS.c
    made_to = frozenset[str]().union(*(promise.made_to for promise in shared.of_work.values()))
    changed = frozenset(connection.scalars(select(t.EVENTS.c.client).distinct().where(t.OF_CLIENTS)))
    known = connection.scalars(select(client.id).order_by(client.place).limit(limits.CLIENTS_WITH_SERIES))
    return [name for name in known if name in made_to | changed or name not in book.clients]

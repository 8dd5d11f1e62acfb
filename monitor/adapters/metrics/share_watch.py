"""The shares of running and last periods, for whoever watches: counted once, then followed decision by decision.

Theory of operation. The history is counted as of its last decision, by the statements that answer questions about shares.
After that each look reads only the decisions behind it: a decision takes what it replaces out of one share and puts what it
says into another, perhaps the same. So a look costs what was decided since, however long the period is, and shows to the
unit what a new count would. A book that has changed, a failure in the middle, and retention that takes out what may be counted
are reasons to count again.

It reads on the threads of questions, never on the way of a commit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, select

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.reader import Connect
from monitor.adapters.answers.share_counts import ROWS_A_READ, Wanted, counted, counted_otherwise
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.recorded import gone_before, last_retirement
from monitor.adapters.metrics.looking import BookWatch
from monitor.domain.figures.shares import COUNTED_AS, Occasions, ShareAccount, as_ratio
from monitor.domain.hours.instant import SECOND_US, InstantUs
from monitor.domain.hours.period import Period, PeriodKind, period_of
from monitor.domain.promises.promise import Book
from monitor.domain.promises.promised_people import MILLION, Measure
from monitor.domain.promises.shared_promises import SharedPromise, SharedPromises, ShareKey
from monitor.service.doors.arrivals import AHEAD_US
from monitor.service.ports.machine import Clock

COUNTING_SECONDS: Final = 600
"""How long one look may take: the first one reads up to two years of history."""

RUNNING: Final = "running"
LAST: Final = "last"


class ShareReading(NamedTuple):
    """One share as of the last look, in the figures of its account; `which` is `running` or `last`.

    `measure` says of which work it is a share, None of one of cases: amounts are in microseconds of minutes, else so many.
    """

    client: str
    promise: str
    version: int
    which: str
    starts_at: InstantUs
    promised: float
    ratio: float | None
    broken: int
    left: int
    left_by_end: int
    pace: float | None
    measure: Measure | None = None


class ShareReadings(NamedTuple):
    """All shares as of the last look, by client; `looked_at` is when, 0 before the first."""

    shares: Sequence[ShareReading] = ()
    looked_at: InstantUs = 0


class ShareWatch(BookWatch):
    """Keeps the counts of running and last periods."""

    every = 10 * SECOND_US
    """More often than it is scraped."""
    what = "shares"

    def __init__(self, connect: Connect, book: Callable[[], Book], clock: Clock) -> None:
        super().__init__(connect, book, clock)
        self._read_from: Book | None = None
        self._shared: SharedPromises | None = None
        self._position = 0
        self._retired_until: InstantUs = 0
        """Up to when it is known what retention took out."""
        self._since: InstantUs = 0
        """When the earliest of the periods that are counted began."""
        self._counts: dict[ShareKey, Counter[str]] = {}
        self.readings = ShareReadings()

    def look(self) -> None:
        """Brings the readings up to the history. Raises TransientError; then they stay as they were."""
        now, book = self._clock.now(), self._book()
        shared, self._shared = self._shared, None
        with self._connect() as connection:
            if shared is None or book is not self._read_from or self._is_partly_gone(connection):
                shared = self._count(connection, book, now)
            else:
                self._follow(connection, shared, now)
        self._shared, self._read_from = shared, book
        self.readings = ShareReadings(list(self._read(shared, now)), now)

    def forget(self) -> None:
        """Knows nothing any more."""
        self._shared, self._counts, self.readings = None, {}, ShareReadings()

    def _is_partly_gone(self, connection: Connection) -> bool:
        """Whether retention took out, since that was last asked, what may be counted."""
        before, self._retired_until = self._retired_until, last_retirement(connection)
        return before != self._retired_until and gone_before(connection) > self._since

    def _count(self, connection: Connection, book: Book, now: InstantUs) -> SharedPromises:
        """Counts from the beginning, as of the last decision there is."""
        shared = SharedPromises(book)
        row = t.DECISIONS.c
        last = connection.execute(select(row.position, row.recorded).order_by(row.position.desc()).limit(1)).first()
        self._position, as_of = (0, 0) if last is None else (last.position, last.recorded)
        self._counts, self._since, self._retired_until = {}, now, last_retirement(connection)
        for kind in PeriodKind:
            promises = [promise for promise in shared.promises.values() if promise.terms.each is kind]
            if not promises:
                continue
            # Zones lie up to a day apart: what is a little too early is left out afterwards.
            since = _before(kind, period_of(kind, now, shared.book_zone), shared.book_zone).starts_at
            # What opened ahead of the clock counts once its period has begun.
            found = counted(Known(connection, as_of), shared, Wanted(promises, since, now + AHEAD_US + 1))
            self._counts |= {key: Counter(occasions._asdict()) for key, occasions in found.items()}
            self._since = min(self._since, since)
        return shared

    def _follow(self, connection: Connection, shared: SharedPromises, now: InstantUs) -> None:
        """Takes the decisions behind the last one known into the counts."""
        windows = Windows(shared, now)
        while True:
            rows = connection.execute(counted_otherwise(self._position)).all()
            for row in rows:
                if row.replaces is not None and row.old_promise is not None:
                    self._add(shared, windows, row[6:11], -1)
                self._add(shared, windows, row[1:6], 1)
            if rows:
                self._position = rows[-1].position
            if len(rows) < ROWS_A_READ:
                return

    def _add(self, shared: SharedPromises, windows: Windows, row: Sequence[Any], number: int) -> None:
        client, promise, version, opened, verdict = row
        key = shared.key_of(client, promise, version, opened)
        if key is not None and _is_of_late(key, shared, windows):
            self._counts.setdefault(key, Counter())[COUNTED_AS[verdict]] += number

    def _read(self, shared: SharedPromises, now: InstantUs) -> Iterator[ShareReading]:
        windows = Windows(shared, now)
        self._counts = {
            key: counts
            for key, counts in self._counts.items()
            if any(counts.values()) and _is_of_late(key, shared, windows)
        }
        promised = {(client, *name) for name, each in shared.promises.items() for client in each.made_to}
        for client, promise, version in sorted(promised | {key[:3] for key in self._counts}):
            shared_promise = shared.promises[promise, version]
            for which, period in windows.of(shared_promise, client):
                key = ShareKey(client, promise, version, period.starts_at)
                if key in self._counts or shared_promise.governs_in(period):
                    occasions = Occasions(**self._counts.get(key, _NO_COUNTS))
                    yield share_reading(key, which, ShareAccount(shared_promise.terms, occasions, period, now))


def _is_of_late(key: ShareKey, shared: SharedPromises, windows: Windows) -> bool:
    (_, last), _ = windows.of(shared.promises[key.promise, key.version], key.client)
    return key.starts_at >= last.starts_at


def share_reading(key: ShareKey, which: str, account: ShareAccount, measure: Measure | None = None) -> ShareReading:
    """What is shown of an account."""
    return ShareReading(
        key.client,
        key.promise,
        key.version,
        which,
        key.starts_at,
        account.terms.millionths / MILLION,
        as_ratio(account.share_millionths),
        account.occasions.broken,
        account.left,
        account.left_by_end,
        as_ratio(account.pace_millionths),
        measure,
    )


class Windows:
    """The last and the running period of each share as of an instant."""

    def __init__(self, shared: SharedPromises, now: InstantUs) -> None:
        self._shared = shared
        self._now = now
        self._known: dict[tuple[PeriodKind, str], tuple[tuple[str, Period], tuple[str, Period]]] = {}

    def of(self, promise: SharedPromise, client: str) -> tuple[tuple[str, Period], tuple[str, Period]]:
        """Those of a promise to a client, by which they are."""
        kind, zone = promise.terms.each, self._shared.zone_of(client)
        if (kind, zone) not in self._known:
            running = period_of(kind, self._now, zone)
            self._known[kind, zone] = ((LAST, _before(kind, running, zone)), (RUNNING, running))
        return self._known[kind, zone]


def _before(kind: PeriodKind, period: Period, zone: str) -> Period:
    return period_of(kind, period.starts_at - 1, zone)


_NO_COUNTS: Final[Counter[str]] = Counter()

"""How promised shares stand whose period is over, for whoever tells of those that were missed.

Theory of operation. Each look counts the shares anew that may stand otherwise than at the one before: those of periods that
have ended since, those that something recorded since counts for, and, where the book has another edition, those of the last
periods and all of which there is a notice. So nothing is remembered but the mark up to which was looked, and a look costs
what happened since the last one.

A period is looked at five minutes after its end: what happened in its last moments has come by then. What retention has
taken cases from is not looked at again, for a part of it is gone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Final

from sqlalchemy import func, select

from monitor.adapters.answers.attainability import tier_of
from monitor.adapters.answers.known import Known
from monitor.adapters.answers.reader import Reader
from monitor.adapters.answers.share_counts import ROWS_A_READ, Wanted, counted, counted_otherwise, shared_by
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.recorded import gone_before
from monitor.domain.figures.shares import Occasions, ShareAccount, ShareState
from monitor.domain.hours.instant import MINUTE_US, SECOND_US, DurationUs, InstantUs
from monitor.domain.hours.period import PeriodKind, period_named, period_of, periods_between
from monitor.domain.promises.promise import Book
from monitor.domain.promises.shared_promises import SharedPromise, SharedPromises, ShareKey
from monitor.service.notices.missed_shares import OF_CASES, STANDS_US, EndedShare, SharesLook
from monitor.service.notices.notice import ShareMark

SETTLES_US: Final[DurationUs] = 5 * MINUTE_US
"""How long after its end a period is looked at."""
LOOKING_SECONDS: Final = 600
"""How long one look may take: one at a year's shares reads two years of history."""


@dataclass(frozen=True)
class Scene:
    """What one look goes by: what is known, what the book promises, from where to where it looks."""

    known: Known
    book: Book
    shared: SharedPromises
    since: ShareMark
    until: ShareMark

    @cached_property
    def gone_before(self) -> InstantUs:
        """Up to when cases may be gone; 0 where none are."""
        return gone_before(self.known.connection)

    @property
    def has_other_book(self) -> bool:
        """Whether there is an edition of the book that there was not at the look before."""
        return self.until.edition != self.since.edition

    def ended_since(self, kind: PeriodKind, zone: str) -> InstantUs:
        """Behind which instant periods must have ended to be looked at by the clock: the last one at least, by another book."""
        if not self.has_other_book:
            return self.since.until
        return min(self.since.until, period_of(kind, self.until.until, zone).starts_at - 1)

    def noted(self, promises: Mapping[tuple[str, int], SharedPromise]) -> Iterator[ShareKey]:
        """The shares that there are notices of, of these promises."""
        for notice in self.notices:
            if (notice.promise, notice.version) in promises:
                zone = self.shared.zone_of(notice.client)
                starts_at = period_named(notice.period, zone).starts_at
                yield ShareKey(notice.client, notice.promise, notice.version, starts_at)

    def withdrawn(self) -> Iterator[EndedShare]:
        """Those of which there is a notice, and that no edition of the book promises any more."""
        for notice in self.notices:
            name = (notice.promise, notice.version)
            if name not in self.shared.promises and name not in self.shared.of_work:
                yield EndedShare(
                    notice.client,
                    notice.tier,
                    *name,
                    notice.promise_kind,
                    notice.period,
                    notice.due,
                    ShareState.NO_VALUE,
                    notice.measure,
                    notice.promised,
                    kept=0,
                    counted=0,
                    unknown=0,
                )

    @cached_property
    def notices(self) -> list[Any]:
        """The notices of missed shares, which alone have a version; by the index of these."""
        of_shares = select(t.NOTICES).where(t.NOTICES.c.version.is_not(None))
        return list(self.known.connection.execute(of_shares))


class EndedShares(ABC):
    """One sort of shares."""

    note: ClassVar[str]
    """The name under which it is noted down up to where they were looked at."""
    every: ClassVar[DurationUs]
    """How often to look."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def since(self, mark: ShareMark | None, now: InstantUs) -> SharesLook:
        """How those stand that may stand otherwise than at the mark, without one those of the last three days. Raises
        TransientError."""
        return await self._reader.run(lambda: self._look(mark, now))

    def _look(self, mark: ShareMark | None, now: InstantUs) -> SharesLook:
        with self._reader.connect(LOOKING_SECONDS) as connection:
            known = Known.by(connection)
            edition = connection.scalar(select(func.max(t.EDITIONS.c.number))) or 0
            reached = ShareMark(self._last(known), now - SETTLES_US, edition)
            since = reached._replace(until=reached.until - STANDS_US) if mark is None else mark
            reached = reached._replace(until=max(reached.until, since.until))
            if known.book is None:
                return SharesLook([], reached)
            scene = Scene(known, known.book, shared_by(known.book), since, reached)
            return SharesLook(list(self._standing(scene, now)), reached)

    def _standing(self, scene: Scene, now: InstantUs) -> Iterator[EndedShare]:
        promises = self._promises(scene.shared)
        if not promises:
            return
        ended = self._ended(scene)
        again = {key: occasions for key, occasions in self._again(scene).items() if key.starts_at >= scene.gone_before}
        for key, occasions in sorted((again | ended).items()):
            promise = promises[key.promise, key.version]
            account = ShareAccount(promise.terms, occasions, scene.shared.period(promise, key), now)
            if account.period.ends_at <= scene.until.until:
                yield _shown(scene, promise, key, account)

    def _ended(self, scene: Scene) -> dict[ShareKey, Occasions]:
        """Those of periods that have ended since the last look."""
        promises = self._promises(scene.shared)
        zones = {scene.shared.book_zone, *scene.shared.zones()}
        found: dict[ShareKey, Occasions] = {}
        for kind in {promise.terms.each for promise in promises.values()}:
            since = {zone: scene.ended_since(kind, zone) for zone in zones}
            periods = [
                period
                for zone in zones
                for period in periods_between(kind, since[zone], scene.until.until + 1, zone)
                if period.ends_at <= scene.until.until
            ]
            if not periods:
                continue
            starts_at, ends_at = min(each.starts_at for each in periods), max(each.ends_at for each in periods)
            of_kind = [promise for promise in promises.values() if promise.terms.each is kind]
            for key, occasions in self._count(scene, Wanted(of_kind, starts_at, ends_at)).items():
                period = scene.shared.period(promises[key.promise, key.version], key)
                if since[scene.shared.zone_of(key.client)] < period.ends_at <= scene.until.until:
                    found[key] = occasions
        return found

    @abstractmethod
    def _promises(self, shared: SharedPromises) -> Mapping[tuple[str, int], SharedPromise]:
        """Those of this sort, by identifier and version."""

    @abstractmethod
    def _last(self, known: Known) -> int:
        """The position of the last row by which they are counted."""

    @abstractmethod
    def _count(self, scene: Scene, wanted: Wanted) -> dict[ShareKey, Occasions]:
        """The occasions of each share wanted of which there are any."""

    @abstractmethod
    def _again(self, scene: Scene) -> dict[ShareKey, Occasions]:
        """Those that what was recorded since the last look counts for, or another book."""


class EndedSharesOfCases(EndedShares):
    """Shares of cases: found by the decisions that count for them."""

    note = "notices of shares"
    every = 10 * SECOND_US

    def _standing(self, scene: Scene, now: InstantUs) -> Iterator[EndedShare]:
        yield from super()._standing(scene, now)
        if scene.has_other_book:
            yield from scene.withdrawn()

    def _promises(self, shared: SharedPromises) -> Mapping[tuple[str, int], SharedPromise]:
        return shared.promises

    def _last(self, known: Known) -> int:
        return known.end - 1

    def _count(self, scene: Scene, wanted: Wanted) -> dict[ShareKey, Occasions]:
        return counted(scene.known, scene.shared, wanted)

    def _again(self, scene: Scene) -> dict[ShareKey, Occasions]:
        touched = set(self._touched(scene))
        if scene.has_other_book:
            touched |= set(scene.noted(scene.shared.promises))
        found: dict[ShareKey, Occasions] = {}
        for name, clients in _by_period(touched).items():
            promise, starts_at = scene.shared.promises[name[:2]], name[2]
            only = clients[0] if len(clients) == 1 else None
            counts = self._count(scene, Wanted([promise], starts_at, starts_at + 1, only))
            keys = (ShareKey(client, *name) for client in clients)
            found |= {key: counts.get(key, Occasions()) for key in keys}
        return found

    def _touched(self, scene: Scene) -> Iterator[ShareKey]:
        """The shares that decisions since the last look count for, or those that they replaced did."""
        position = scene.since.position
        while True:
            rows = scene.known.connection.execute(counted_otherwise(position)).all()
            for row in rows:
                for told in (row[1:5], row[6:10]):
                    key = None if told[0] is None else scene.shared.key_of(*told)
                    if key is not None and self._has_ended(scene, key):
                        yield key
            if len(rows) < ROWS_A_READ:
                return
            position = rows[-1].position

    def _has_ended(self, scene: Scene, key: ShareKey) -> bool:
        promise = scene.shared.promises[key.promise, key.version]
        return scene.shared.period(promise, key).ends_at <= scene.until.until


def _by_period(keys: Iterable[ShareKey]) -> dict[tuple[str, int, InstantUs], list[str]]:
    """The clients of each promise, version and period."""
    found: dict[tuple[str, int, InstantUs], list[str]] = {}
    for key in sorted(keys):
        found.setdefault((key.promise, key.version, key.starts_at), []).append(key.client)
    return found


def _shown(scene: Scene, promise: SharedPromise, key: ShareKey, account: ShareAccount) -> EndedShare:
    state, occasions = account.state, account.occasions
    tier = tier_of(scene.known, key.client, scene.book) if state is ShareState.MISSED else None
    return EndedShare(
        key.client,
        tier or "",
        key.promise,
        key.version,
        promise.kind.value,
        account.period.name,
        account.period.ends_at,
        state,
        OF_CASES if promise.measure is None else promise.measure.value,
        promise.terms.millionths,
        occasions.kept,
        occasions.counted,
        occasions.unknown,
    )

"""Which shares a book promises to whom, and over which periods on whose clocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from monitor.domain.hours.instant import InstantUs
from monitor.domain.hours.period import Period, period_of
from monitor.domain.promises.knowledge import Client
from monitor.domain.promises.promise import Book, Conditions, Kind, Promise
from monitor.domain.promises.promised_people import Measure
from monitor.domain.promises.promised_shares import ShareTerms


class ShareKey(NamedTuple):
    """One share: whose, of which promise in which version, in the period that begins at an instant. Answers have this order."""

    client: str
    promise: str
    version: int
    starts_at: InstantUs


@dataclass(frozen=True, slots=True)
class SharedPromise:
    """A version of a promise that is kept in a share, as all editions of the book together have it.

    `starts_at`/`ends_at` bound, half-open, the openings it governs; `made_to` are those of the book's clients it was made to,
    without those who were always promised something more specific instead.
    """

    id: str
    version: int
    kind: Kind
    terms: ShareTerms
    starts_at: InstantUs
    ends_at: InstantUs
    made_to: frozenset[str]
    measure: Measure | None = None
    """Of which work of a period it is a share; None where it is one of cases."""

    def governs_in(self, period: Period) -> bool:
        """Whether it governs what opens in some part of a period."""
        return self.starts_at < period.ends_at and period.starts_at < self.ends_at


class ClientZones:
    """On whose clocks the periods of each client of a book begin."""

    def __init__(self, book: Book) -> None:
        self.book_zone = book.zone
        self._zones = {name: client.zone or book.zone for name, client in book.clients.items()}

    def zone_of(self, client: str) -> str:
        """The zone in which a client's periods begin: the client's, else the book's."""
        return self._zones.get(client, self.book_zone)

    def zones(self) -> dict[str, list[str]]:
        """Clients by the zone of their periods; those of the book's zone, to whom all others belong, are left out."""
        zones: dict[str, list[str]] = {}
        for client, zone in self._zones.items():
            if zone != self.book_zone:
                zones.setdefault(zone, []).append(client)
        return zones


class SharedPromises(ClientZones):
    """Those of a book, by identifier and version.

    Where editions of the book give one version different shares, the newest one's counts: a version says what was promised.
    """

    def __init__(self, book: Book) -> None:
        super().__init__(book)
        self.promises: dict[tuple[str, int], SharedPromise] = {}
        """Those kept in a share of cases."""
        self.of_work: dict[tuple[str, int], SharedPromise] = {}
        """Those of a share of the work."""
        for promise in sorted(book.promises, key=lambda promise: promise.starts_at):
            people = promise.seniority
            if people is not None and people.over is not None:
                terms = ShareTerms(people.share_millionths, people.over)
                self._put(self.of_work, promise, terms, frozenset(made_to(book, promise)), people.measure)
            elif promise.share is not None:
                self._put(self.promises, promise, promise.share, frozenset(made_to(book, promise)))

    def _put(
        self,
        shared: dict[tuple[str, int], SharedPromise],
        promise: Promise,
        terms: ShareTerms,
        made_to: frozenset[str],
        measure: Measure | None = None,
    ) -> None:
        known = shared.get((promise.id, promise.version))
        shared[promise.id, promise.version] = SharedPromise(
            promise.id,
            promise.version,
            promise.kind,
            terms,
            promise.starts_at if known is None else min(known.starts_at, promise.starts_at),
            promise.ends_at if known is None else max(known.ends_at, promise.ends_at),
            made_to if known is None else known.made_to | made_to,
            measure,
        )

    def period(self, promise: SharedPromise, key: ShareKey) -> Period:
        """The period of one share of a promise."""
        return period_of(promise.terms.each, key.starts_at, self.zone_of(key.client))

    def key_of(self, client: str, promise: str, version: int, opened: InstantUs) -> ShareKey | None:
        """The share an obligation belongs to, by the instant at which it opened; None where every case is to be kept."""
        shared = self.promises.get((promise, version))
        return None if shared is None else self._key(client, shared, opened)

    def key_of_work(self, client: str, promise: Promise, at: InstantUs) -> ShareKey:
        """The share that work belongs to which was done at an instant under a promise of it."""
        return self._key(client, self.of_work[promise.id, promise.version], at)

    def _key(self, client: str, shared: SharedPromise, at: InstantUs) -> ShareKey:
        starts_at = period_of(shared.terms.each, at, self.zone_of(client)).starts_at
        return ShareKey(client, shared.id, shared.version, starts_at)


def made_to(book: Book, promise: Promise) -> Iterator[str]:
    """The book's clients a promise is made to, without those who are always promised something more specific instead."""
    rivals = [other for other in book.promises if _always_wins(other, promise)]
    for client in book.clients.values():
        if _is_to(promise, client) and not any(_is_to(rival, client) for rival in rivals):
            yield client.id


def _is_to(promise: Promise, client: Client) -> bool:
    return promise.client in (None, client.id) and promise.tier in (None, client.tier)


def _always_wins(other: Promise, promise: Promise) -> bool:
    """Whether it governs in the place of a promise wherever it is made to a client, whatever their cases are like."""
    return (
        other.kind is promise.kind
        and other.specificity > promise.specificity
        and other.when == Conditions()
        and other.starts_at <= promise.starts_at
        and other.ends_at >= promise.ends_at
    )

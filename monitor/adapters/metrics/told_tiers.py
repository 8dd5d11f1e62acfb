"""The tiers that events gave clients, for whoever watches: read once, then followed event by event."""

from __future__ import annotations

from bisect import insort
from typing import NamedTuple

from sqlalchemy import Connection, select

from monitor.adapters.journal import tables as t
from monitor.domain.facts.events import ClientChanged, canonical_order
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Book
from monitor.wire.events.cloud_events import recall_event


class _Given(NamedTuple):
    """The event that gave a client a tier, by its place in canonical order."""

    time: InstantUs
    source: str
    sequence: int
    id: str
    tier: str


class ToldTiers:
    """Those of all clients of which a tier was ever told. A change may lie ahead, or be read after a later one."""

    def __init__(self) -> None:
        self._position = 0
        self._given: dict[str, list[_Given]] = {}

    def follow(self, connection: Connection) -> None:
        """Reads what was recorded since the last time."""
        event = t.EVENTS.c
        told = select(event.position, event.content).where(t.OF_CLIENTS, event.position > self._position)
        for position, content in connection.execute(told.order_by(t.IN_ORDER)):
            self._take(bytes(content))
            self._position = int(position)

    def _take(self, content: bytes) -> None:
        event = recall_event(content)
        fact = event.fact
        if event.client is not None and isinstance(fact, ClientChanged) and fact.tier is not None:
            insort(self._given.setdefault(event.client, []), _Given(*canonical_order(event), fact.tier))

    def at(self, now: InstantUs, book: Book) -> dict[str, str]:
        """The tier each of them is of at `now`, as the book names it; by the book is who is not in it."""
        found: dict[str, str] = {}
        for client, given in self._given.items():
            tier = next((each.tier for each in reversed(given) if each.time <= now), None)
            if tier is not None:
                found[client] = book.tier_named(tier)
        return found

"""Whether anything is known of a client as of a recorded instant, for whatever is told of one client by name."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select

from monitor.adapters.answers.known import Known
from monitor.adapters.journal import tables as t
from monitor.domain.hours.period import Period
from monitor.domain.promises.promise import Book


class ClientPeriod(NamedTuple):
    """What is told of one client in one period, which is of the client's zone."""

    client: str
    period: Period


class NothingKnown(ValueError):
    """A client of whom nothing was recorded by then, or no book."""


def known_client(known: Known, client: str) -> tuple[Book, str]:
    """The book of then, and the client's name in it, failing one the client's own; raises NothingKnown."""
    book = known.book
    if book is None:
        raise NothingKnown("found no promise book recorded by then, expected one")
    entry = book.clients.get(client)
    if entry is None and not _has_history(known, client):
        raise NothingKnown(f"found no client {client!r} by then, expected one that `kept clients` shows")
    return book, client if entry is None else entry.name


def _has_history(known: Known, client: str) -> bool:
    row = t.DECISIONS.c
    there = select(row.position).where(row.client == client, row.recorded <= known.as_of).limit(1)
    return known.connection.execute(there).first() is not None

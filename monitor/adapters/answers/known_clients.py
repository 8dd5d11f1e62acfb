"""Whether anything is known of a client as of a recorded instant, for whatever is told of one client by name."""

from __future__ import annotations

from sqlalchemy import Connection, select

from monitor.adapters.answers.books import book_as_of
from monitor.adapters.journal import tables as t
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Book


class NothingKnown(ValueError):
    """A client of whom nothing was recorded by then, or no book."""


def known_client(connection: Connection, client: str, as_of: InstantUs) -> tuple[Book, str]:
    """The book of then, and the client's name in it, failing one the client's own; raises NothingKnown."""
    book = book_as_of(connection, as_of)
    if book is None:
        raise NothingKnown("found no promise book recorded by then, expected one")
    known = book.clients.get(client)
    if known is None and not _has_history(connection, client, as_of):
        raise NothingKnown(f"found no client {client!r} by then, expected one that `kept clients` shows")
    return book, client if known is None else known.name


def _has_history(connection: Connection, client: str, as_of: InstantUs) -> bool:
    row = t.DECISIONS.c
    there = select(row.position).where(row.client == client, row.recorded <= as_of).limit(1)
    return connection.execute(there).first() is not None

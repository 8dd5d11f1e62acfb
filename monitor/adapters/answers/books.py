"""The promise book as it was as of a recorded instant, for whoever reads the journal."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Connection, select

from monitor.adapters.journal import tables as t
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Book
from monitor.service.editions.shelf import Shelf
from monitor.service.ports.records import EditionRecord
from monitor.wire.book import read_book


def shelf_as_of(connection: Connection, recorded: InstantUs) -> Shelf | None:
    """The editions recorded by then, the same shelf each time; None where there are none. Raises ConfigError."""
    row = t.EDITIONS.c
    found = connection.execute(select(t.EDITIONS).where(row.recorded <= recorded).order_by(row.number))
    editions = [EditionRecord._make(edition) for edition in found]
    return _read(tuple(editions)) if editions else None


# The first so many editions of a journal never change, and reading them takes a while.
_REMEMBERED = 8


@lru_cache(maxsize=_REMEMBERED)
def _read(editions: tuple[EditionRecord, ...]) -> Shelf:
    return Shelf(editions, read_book)


@lru_cache(maxsize=_REMEMBERED)
def book_of(shelf: Shelf) -> Book:
    """The book that the editions of a shelf from here make, the same one each time."""
    return shelf.book()

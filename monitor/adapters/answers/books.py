"""The promise book as it was as of a recorded instant, for whoever reads the journal."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Connection

from monitor.adapters.answers.testimony import editions_by
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Book
from monitor.service.editions.shelf import Shelf
from monitor.service.ports.records import EditionRecord
from monitor.wire.book import read_book


def book_as_of(connection: Connection, recorded: InstantUs) -> Book | None:
    """The book that the editions recorded by then make, the same one each time; None where there are none.

    Raises ConfigError where one can't be read any more.
    """
    shelf = shelf_as_of(connection, recorded)
    return None if shelf is None else book_of(shelf)


def shelf_as_of(connection: Connection, recorded: InstantUs) -> Shelf | None:
    """The editions recorded by then, the same shelf each time; None where there are none. Raises ConfigError."""
    editions = editions_by(connection, recorded)
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

"""The promise book as it was as of a recorded instant, for whoever reads the journal."""

from __future__ import annotations

from sqlalchemy import Connection

from monitor.adapters.testimony import editions_by
from monitor.domain.instant import InstantUs
from monitor.domain.promise import Book
from monitor.service.ports import BookReader
from monitor.service.shelf import Shelf


class Books:
    """The books of one journal, each read once: the first so many editions never change."""

    def __init__(self, read_book: BookReader) -> None:
        self._read_book = read_book
        self._books: dict[int, Book] = {}

    def as_of(self, connection: Connection, recorded: InstantUs) -> Book | None:
        """The book that the editions recorded by then make; None where there are none. Raises ConfigError."""
        editions = editions_by(connection, recorded)
        count = len(editions)
        if count and count not in self._books:
            self._books[count] = Shelf(editions, self._read_book).book()
        return self._books.get(count)

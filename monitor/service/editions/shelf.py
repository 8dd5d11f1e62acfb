"""The editions of the promise book that a journal was judged by, and the book they make together."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.editions import Edition, bind
from monitor.domain.promises.promise import Book
from monitor.errors import ConfigError, Fault
from monitor.service.ports.readers import BookReader
from monitor.service.ports.records import EditionRecord


class BookText(NamedTuple):
    """A promise book as somebody wrote it; `file` is what faults call it."""

    text: str
    file: str

    @property
    def digest(self) -> str:
        """Names the text: 64 hexadecimal digits."""
        return sha256(self.text.encode()).hexdigest()


class Offer(NamedTuple):
    """A book that is to be a new edition, by whom and why.

    With `since` it restates: it also governs what had opened since that instant; without it, what opens from now on.
    """

    book: BookText
    author: str
    reason: str
    since: InstantUs | None = None


class Shelf:
    """Editions in the order in which they were applied, each read once."""

    def __init__(self, editions: Sequence[EditionRecord], read_book: BookReader) -> None:
        """Raises ConfigError where an edition can't be read any more."""
        self._read_book = read_book
        self._books: dict[str, Book] = {}
        self.editions = list(editions)
        for edition in self.editions:
            self._read(BookText(edition.text, f"edition {edition.number} of the book"))

    def put(self, edition: EditionRecord) -> None:
        """Adds an edition that was committed."""
        self.editions.append(edition)

    def book(self) -> Book:
        """The book that the editions make; raises ConfigError where there are none."""
        if not self.editions:
            raise ConfigError.of("the database", "no promise book", "one in it, or --book BOOK")
        return bind(self.bindable())

    def bindable(self) -> list[Edition]:
        """Each edition by itself, in order."""
        return [Edition(self._read(BookText(record.text, "")), record.since) for record in self.editions]

    def book_with(self, offered: BookText, since: InstantUs) -> Book:
        """The book there would be with one more edition; raises ConfigError with every fault of it."""
        editions = self.bindable()
        book = self._read(offered)
        if editions:
            self._refuse_other_references(editions[-1].book, book, offered.file)
        return bind([*editions, Edition(book, since)])

    @staticmethod
    def _refuse_other_references(known: Book, book: Book, file: str) -> None:
        """Messages that are in the journal were put together by the references of its first book, and stay so."""
        if book.references.texts != known.references.texts:
            found, expected = (", ".join(each.references.texts) or "none" for each in (book, known))
            raise ConfigError([Fault(file, 0, "references", found, f"{expected}, as when the database was made")])

    def _read(self, offered: BookText) -> Book:
        book = self._books.get(offered.text)
        if book is None:
            book = self._books[offered.text] = self._read_book(offered.text, offered.file)
        return book

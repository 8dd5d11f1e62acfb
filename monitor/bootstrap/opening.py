"""How commands and processes come by a database, and by the book it is judged by."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from monitor.adapters.journal.database import check_schema, engine_for, is_current
from monitor.adapters.journal.database_lock import locked_database
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.store import SqlStore
from monitor.adapters.journal.token_table import TokenTable
from monitor.adapters.machine.clock import SystemClock
from monitor.config import check_place
from monitor.domain.hours.instant import InstantUs
from monitor.errors import ConfigError, KeptError, TransientError
from monitor.service.commits.commit_point import CommitPoint
from monitor.service.editions.shelf import BookText
from monitor.wire.book import read_book
from monitor.wire.events.cloud_events import decode_event, recall_event
from monitor.wire.written.yaml_reader import read_text

_CHANGED: Final = "the promise book was changed: what opens from now on is governed by the new edition"

_log = logging.getLogger(__name__)


class BookFile:
    """The file that a promise book is read from: at the start, and again where somebody asks for it."""

    def __init__(self, file: Path | None) -> None:
        """Raises ConfigError with every fault of the book."""
        self._file = file
        self.offered = None if file is None else read_offered(file)

    def reread(self, take: Callable[[BookText, InstantUs], bool], now: InstantUs) -> None:
        """Offers what is in it by now to `take`, which says whether that is a new edition. What is wrong is told in the log;
        then nothing has changed."""
        if self._file is None:
            _log.warning("there is no book file to read again: the book was taken from the database")
            return
        try:
            is_new = take(read_offered(self._file), now)
        except KeptError as error:
            _log.error("the promise book stays as it is: %s", error)
        else:
            _log.warning(_CHANGED if is_new else "the promise book was read again: it is the one that was read last")


class Journal:
    """A database that nobody else writes, with its commit point."""

    def __init__(self, database: Location, book: Path | None) -> None:
        """Raises ConfigError where the book has faults or the database can't be had."""
        self._book = BookFile(book)
        self.engine, self.lock = locked_database(database)
        self.store = SqlStore(self.engine, self.lock)
        try:
            self._try_writing(database)
        except BaseException:
            self.close()
            raise
        self.commit_point = CommitPoint(self.store, read_book, decode_event, recall_event)

    def _try_writing(self, database: Location) -> None:
        """Raises ConfigError where nothing can be written: what can only be read opens like anything else."""
        try:
            with self.store.begin() as transaction:
                transaction.remember("probe", "start")
        except TransientError as error:
            raise ConfigError.of(database, str(error), "a database that can be written") from error

    def start(self, now: int) -> None:
        """Takes up the journal. A book file that was changed since it was last read is a new edition of the book."""
        if self.commit_point.start(self._book.offered, now):
            _log.warning(_CHANGED)

    def reread(self) -> None:
        """Reads the book file again. What is wrong with it is told in the log; then nothing has changed."""
        self._book.reread(self.commit_point.reread, SystemClock().now())

    def close(self) -> None:
        """Closes the database and lets others have it."""
        self.engine.dispose()
        self.lock.release()


def read_offered(book: Path) -> BookText:
    """The text of a book file; raises ConfigError with every fault of it."""
    offered = BookText(read_text(book), str(book))
    read_book(*offered)
    return offered


@contextmanager
def opened_journal(database: Location, book: Path | None) -> Iterator[Journal]:
    """The journal of a Kept that does not run, for a command."""
    journal = Journal(database, book)
    try:
        now = SystemClock().now()
        journal.start(now)
        while journal.commit_point.rejudge(now):
            pass
        yield journal
    finally:
        journal.close()


@contextmanager
def opened_tokens(database: Location) -> Iterator[TokenTable]:
    """The tokens of a database that is there, in use or not."""
    with opened_for_reading(database) as engine:
        yield TokenTable(engine)


def prepare(database: Location) -> None:
    """Makes a database, or brings its schema up to date. Not beside a Kept that runs: that one has the schema it needs."""
    check_place(database)
    if database.file is None or database.file.is_file():
        engine = engine_for(database)
        try:
            if is_current(engine, database):
                return
        finally:
            engine.dispose()
    engine, lock = locked_database(database)
    engine.dispose()
    lock.release()


@contextmanager
def opened_for_reading(database: Location) -> Iterator[Engine]:
    """A database that may be in use, for questions."""
    if database.file is not None and not database.file.is_file():
        raise ConfigError.of(database, "no such file", "a database of Kept")
    engine = engine_for(database)
    try:
        check_schema(engine, database)
        yield engine
    finally:
        engine.dispose()

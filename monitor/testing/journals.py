"""Stores and commit points on databases of a test's own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event

from monitor.adapters.journal.database_lock import locked_database
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.store import SqlStore
from monitor.domain.hours.instant import InstantUs
from monitor.service.commits.commit_point import CommitPoint
from monitor.service.editions.shelf import BookText
from monitor.service.ports.journal import Store
from monitor.testing.samples import BOOK, MONDAY
from monitor.wire.book import read_book
from monitor.wire.events.cloud_events import decode_event, recall_event


@cache
def _empty_file() -> bytes:
    """A file with Kept's schema and nothing in it: to make one takes four times as long as to copy it."""
    with tempfile.TemporaryDirectory() as folder:
        location = Location(Path(folder) / "kept.db")
        SqlStore(*locked_database(location)).close()
        assert location.file is not None
        return location.file.read_bytes()


def store_at(database: Location) -> SqlStore:
    """A store that has its database to itself, made or brought up to date."""
    if database.file is not None and database.file.parent.is_dir() and not database.file.exists():
        database.file.write_bytes(_empty_file())
    return SqlStore(*locked_database(database))


def sqlite_store(file: Path) -> SqlStore:
    """The store on a file."""
    return store_at(Location(file))


def commit_point(store: Store, book: str = BOOK, now: InstantUs = MONDAY) -> CommitPoint:
    """A commit point that has taken up its journal with the book in a text."""
    point = CommitPoint(store, read_book, decode_event, recall_event)
    point.start(BookText(book, "test-book.yaml"), now)
    return point


def judge_what_is_left(point: CommitPoint, now: InstantUs) -> None:
    """Judges all that a new edition of the book concerns."""
    while point.rejudge(now):
        pass


@contextmanager
def plans_of_questions(connection: Connection) -> Iterator[list[list[str]]]:
    """How SQLite finds what is asked meanwhile, by whatever connection of the engine: the steps of each question, in order."""
    asked: list[tuple[str, Any]] = []
    plans: list[list[str]] = []

    def note(*said: Any) -> None:
        asked.append(said[2:4])

    event.listen(connection.engine, "before_cursor_execute", note)
    try:
        yield plans
    finally:
        event.remove(connection.engine, "before_cursor_execute", note)
    plans += [
        [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        for statement, parameters in asked
        if statement.startswith("SELECT")
    ]

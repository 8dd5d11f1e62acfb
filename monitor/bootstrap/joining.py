"""The promise book of a database that workers write, changed beside them.

Whoever makes an edition is one of those who share the journal, for a moment and without partitions: the edition is made in
turn, the workers find it there, and whoever of them is the keeper judges again what it concerns.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from monitor.adapters.journal.database import engine_for, is_current
from monitor.adapters.journal.database_lock import joined_database
from monitor.adapters.journal.driver_errors import translated
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.partition_table import has_partitions
from monitor.adapters.journal.shared_store import SharedStore
from monitor.domain.hours.instant import InstantUs
from monitor.errors import ConfigError, NotHere, TransientError
from monitor.service.editions.shelf import Offer
from monitor.service.ports.records import EditionRecord
from monitor.service.workers.shared_commit_point import SharedCommitPoint
from monitor.wire.book import read_book
from monitor.wire.events.cloud_events import decode_event, recall_event

_OWNER: Final = "an edition of the book"
_NOT_OF_WORKERS: Final = (
    "found a promise book told to a Kept that only answers, and no workers that judge by it, expected it told to the"
    " `kept run` that has the database, or `kept book apply` and `kept restate` on it where none runs"
)


def is_of_workers(database: Location) -> bool:
    """Whether workers write a database, running or not. Raises ConfigError where it can't be read."""
    if database.file is not None:
        return False
    engine = engine_for(database)
    try:
        if not is_current(engine, database):
            return False
        with translated(), engine.connect() as connection:
            return has_partitions(connection)
    finally:
        engine.dispose()


@contextmanager
def joined_workers(database: Location, now: InstantUs) -> Iterator[SharedCommitPoint]:
    """A commit point beside those of workers, which has no partitions; raises ConfigError where one process has the database
    alone."""
    store = SharedStore(*joined_database(database))
    try:
        point = SharedCommitPoint(store, read_book, decode_event, recall_event, _OWNER)
        point.start(None, now)
        yield point
    finally:
        store.close()


class EditionsBesideWorkers:
    """What a Kept that only answers does with a new book: it is made where workers judge."""

    def __init__(self, database: Location) -> None:
        self._database = database

    def apply(self, offer: Offer, now: InstantUs) -> EditionRecord:
        """Makes a new edition. Raises ConfigError with every fault of it, NotHere where no workers judge, TransientError
        where the database can't be had just now."""
        with self._joined(now) as point:
            return point.apply(offer, now)

    @contextmanager
    def _joined(self, now: InstantUs) -> Iterator[SharedCommitPoint]:
        with ExitStack() as stack:
            try:
                if not is_of_workers(self._database):
                    raise NotHere(_NOT_OF_WORKERS)
                point = stack.enter_context(joined_workers(self._database, now))
            except ConfigError as error:
                raise TransientError(str(error)) from error
            yield point

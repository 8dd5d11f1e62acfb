"""A database that is put back to an earlier copy while a worker stands still: what it had by then, it can't write by any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.location import Location
from monitor.domain.hours.instant import HOUR_US, MINUTE_US
from monitor.errors import Displaced, Superseded, TransientError
from monitor.service.editions.shelf import BookText, Offer
from monitor.testing import BOOK, MONDAY, cloud_event
from tests.services.postgres import PostgresServer
from tests.services.sharing import Worker


class PutBack:
    """A database that a worker has read partition 0 of, and what it is put back to: the copy of it from then."""

    def __init__(self, postgres: PostgresServer, url: str) -> None:
        self._postgres, self._url = postgres, url
        self._workers: list[Worker] = []
        first = self.worker("first", 0)
        first.take(0, opened("A"))
        first.store.close()
        self._copy = postgres.copy_of(url)

    def worker(self, name: str, *partitions: int) -> Worker:
        made = Worker(Location.parse(self._url), name)
        self._workers.append(made)
        made.claim(*partitions)
        return made

    def put_back(self) -> None:
        self._postgres.put_back(self._url, self._copy)

    def close(self) -> None:
        for each in self._workers:
            each.store.close()


@pytest.fixture
def database(postgres: PostgresServer, postgres_url: str) -> Iterator[PutBack]:
    made = PutBack(postgres, postgres_url)
    yield made
    made.close()


def opened(case: str) -> bytes:
    return cloud_event("ticket.opened", case, MONDAY, f"{case}-o", client="acme")


def answered(case: str) -> bytes:
    return cloud_event("email.sent", case, MONDAY + MINUTE_US, f"{case}-a", author="Ann")


def tried(work: Callable[[], Any]) -> Any:
    """What is done again as long as the database is not reached: the broken session is noticed by using it."""
    for _ in range(5):
        try:
            return work()
        except Superseded:
            raise
        except TransientError:
            continue
    raise AssertionError("found a database that does not come back")


def ids(worker: Worker) -> set[str]:
    with worker.store._engine.connect() as connection:
        return set(connection.scalars(select(t.EVENTS.c.id)))


def test_a_worker_from_before_writes_nothing_for_a_partition_that_was_taken_afterwards(database: PutBack) -> None:
    stale = database.worker("stale", 0)
    stale.take(0, opened("B"))
    database.put_back()
    heir = database.worker("heir", 0)
    # As far as the stale one has come, so that the offset does not tell them apart.
    heir.take(0, opened("C"))
    with pytest.raises((Superseded, Displaced)):
        tried(lambda: stale.take(0, opened("D")))
    assert ids(heir) == {"A-o", "C-o"}
    assert heir.take(0, answered("C")) == ["accepted"]


def test_a_worker_from_before_judges_by_the_book_and_the_time_that_are_there(database: PutBack) -> None:
    stale = database.worker("stale", 0)
    stale.point.apply(Offer(BookText(BOOK + "# another\n", "book.yaml"), "Ann", "a trial"), MONDAY)
    stale.read_until(MONDAY + HOUR_US, partitions=1)
    assert stale.point.share.all_read_until == MONDAY + HOUR_US
    database.put_back()
    heir = database.worker("heir", 0)
    later = BookText(BOOK + "# a third\n", "book.yaml")
    edition = heir.point.apply(Offer(later, "Bo", "a trial"), MONDAY + MINUTE_US)
    # Held up while the group gave its partition to the heir, it is given that again: it learns of nothing but this.
    tried(lambda: stale.claim(0))
    assert stale.point.share.all_read_until < MONDAY + HOUR_US
    stale.take(0, opened("D"))
    assert stale.point.shelf.editions[-1] == edition

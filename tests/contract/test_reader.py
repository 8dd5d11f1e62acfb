"""Questions read beside the daemon's work have limits on every database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final

import pytest
from sqlalchemy import Connection

from monitor.adapters.answers.reader import Reader, TooLong
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.store import SqlStore
from monitor.errors import TransientError
from monitor.testing import store_at

ENDLESS: Final = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


@pytest.fixture
def store(any_database: Location) -> Iterator[SqlStore]:
    opened = store_at(any_database)
    yield opened
    opened.close()


def test_a_question_that_takes_too_long_is_ended(store: SqlStore) -> None:
    reader = Reader(store._engine, seconds=0.05)
    with pytest.raises(TooLong, match="longer than"), reader.connect() as connection:
        connection.exec_driver_sql(ENDLESS).all()
    with reader.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    reader.close()


async def test_a_question_under_way_does_not_delay_a_stop(store: SqlStore) -> None:
    reader = Reader(store._engine, seconds=3_600)
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask(connection: Connection) -> None:
        loop.call_soon_threadsafe(begun.set)
        connection.exec_driver_sql(ENDLESS).all()

    asking = asyncio.ensure_future(reader.ask(ask))
    await begun.wait()
    reader.close()
    with pytest.raises(TransientError):
        await asking

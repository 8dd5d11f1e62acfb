"""A connection to PostgreSQL that is lost: nothing is committed without the lock, and nothing is lost with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from monitor.adapters.journal.location import Location
from monitor.adapters.journal.session_lock import SessionLock
from monitor.adapters.journal.store import SqlStore
from monitor.errors import ConfigError, Displaced, TransientError
from monitor.service.ports.changes import Changes
from monitor.service.ports.records import MatterRecord
from monitor.testing import MONDAY, arrivals, cloud_event, commit_point, store_at
from tests.services.postgres import PostgresServer, name_of


@pytest.fixture
def location(postgres_url: str) -> Location:
    return Location.parse(postgres_url)


@pytest.fixture
def store(location: Location) -> Iterator[SqlStore]:
    opened = store_at(location)
    yield opened
    opened.close()


def _lock(store: SqlStore) -> SessionLock:
    assert isinstance(store._lock, SessionLock)
    return store._lock


def _end_sessions(postgres: PostgresServer, url: str) -> None:
    """Ends every session of the database, as an administrator or a restart does."""
    postgres.execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        database=url,
    )


def _put(store: SqlStore, matter: str, before_the_commit: Callable[[], None] = lambda: None) -> None:
    with store.begin() as transaction:
        transaction.write(Changes(100, matters=[MatterRecord(matter, 60, held=False)]))
        before_the_commit()


def _matters(postgres: PostgresServer, url: str) -> list[tuple[Any, ...]]:
    return postgres.execute("SELECT id FROM matters ORDER BY id", database=url)


def test_a_lost_connection_costs_one_transaction(store: SqlStore, postgres: PostgresServer, postgres_url: str) -> None:
    _put(store, "A")
    _end_sessions(postgres, postgres_url)
    with pytest.raises(TransientError, match="the database does not work"):
        _put(store, "B")
    _put(store, "C")
    assert _matters(postgres, postgres_url) == [("A",), ("C",)]


def test_readers_notice_nothing_of_a_lost_connection(
    store: SqlStore, postgres: PostgresServer, postgres_url: str
) -> None:
    assert store.note("anything") is None
    _end_sessions(postgres, postgres_url)
    assert store.note("anything") is None


def test_what_was_written_before_the_connection_was_lost_is_not_committed(
    store: SqlStore, postgres: PostgresServer, postgres_url: str
) -> None:
    with pytest.raises(TransientError):
        _put(store, "A", before_the_commit=lambda: _end_sessions(postgres, postgres_url))
    assert _matters(postgres, postgres_url) == []


def test_a_commit_point_goes_on_where_it_was(store: SqlStore, postgres: PostgresServer, postgres_url: str) -> None:
    point = commit_point(store)
    events = arrivals(cloud_event("ticket.opened", case, MONDAY, case, client="acme") for case in "AB")
    point.take(events[:1], MONDAY)
    _end_sessions(postgres, postgres_url)
    with pytest.raises(TransientError):
        point.take(events[1:], MONDAY)
    assert point.take(events, MONDAY) == ["duplicate", "accepted"]


def test_with_the_lock_gone_to_another_nothing_is_committed(
    store: SqlStore, location: Location, postgres: PostgresServer, postgres_url: str
) -> None:
    _end_sessions(postgres, postgres_url)
    other = store_at(location)
    with pytest.raises(TransientError):
        _put(store, "A")
    with pytest.raises(Displaced, match=r"found another Kept at work \(kept on .*after the connection was lost"):
        _put(store, "A")
    _put(other, "B")
    other.close()
    assert _matters(postgres, postgres_url) == [("B",)]


def test_where_another_came_and_went_meanwhile_nothing_is_committed(
    store: SqlStore, location: Location, postgres: PostgresServer, postgres_url: str
) -> None:
    _end_sessions(postgres, postgres_url)
    store_at(location).close()
    with pytest.raises(TransientError):
        _put(store, "A")
    for _ in range(2):
        with pytest.raises(Displaced, match="another Kept had it meanwhile"):
            _put(store, "A")
    assert _matters(postgres, postgres_url) == []


def test_a_session_that_began_while_nothing_could_be_written_does_not_stay_so(
    store: SqlStore, postgres: PostgresServer, postgres_url: str
) -> None:
    name = name_of(postgres_url)
    # What a session may do by default it is told at its beginning, and keeps.
    postgres.execute("ALTER DATABASE {} SET default_transaction_read_only = on", name)
    _end_sessions(postgres, postgres_url)
    with pytest.raises(TransientError, match=r"the connection is lost|terminating connection"):
        _put(store, "A")
    with pytest.raises(TransientError, match="read-only transaction"):
        _put(store, "A")
    postgres.execute("ALTER DATABASE {} RESET default_transaction_read_only", name)
    _put(store, "B")
    assert _matters(postgres, postgres_url) == [("B",)]


def test_an_own_session_that_the_server_still_holds_is_ended(store: SqlStore) -> None:
    lock = _lock(store)
    # The network was cut: this end knows nothing of the session any more, the server's end goes on.
    cut, lock._connection = lock._connection, None
    assert cut is not None
    with pytest.raises(TransientError, match="still held the broken session"):
        _put(store, "A")
    _put(store, "A")
    cut.invalidate()
    cut.close()


def test_a_server_that_is_not_there_is_named(location: Location) -> None:
    nowhere = Location.parse("postgresql://kept:secret@localhost:1/kept")
    with pytest.raises(ConfigError, match=r"^postgresql://kept@localhost:1/kept: found .*refused") as caught:
        store_at(nowhere)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_database_of_another_encoding_is_refused(postgres: PostgresServer) -> None:
    postgres.execute("CREATE DATABASE {} ENCODING 'LATIN1' TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C'", "latin")
    with pytest.raises(ConfigError, match="found a database with the encoding LATIN1, expected the encoding UTF8"):
        store_at(Location.parse(postgres.url("latin")))

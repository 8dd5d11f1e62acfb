"""What Kept asks of each session of PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, func, select, text

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.database import check_schema, engine_for, migrate
from monitor.adapters.journal.location import Location
from tests.services.postgres import PostgresServer


@pytest.fixture
def opened(postgres_url: str) -> Iterator[Callable[[], Engine]]:
    """Opens engines on the same database."""
    engines: list[Engine] = []

    def open_one() -> Engine:
        engines.append(engine_for(Location.parse(postgres_url)))
        return engines[-1]

    yield open_one
    for engine in engines:
        engine.dispose()


def _shown(engine: Engine, setting: str) -> str:
    with engine.connect() as connection:
        return str(connection.scalar(text(f"SHOW {setting}")))


@pytest.mark.parametrize(
    ("default", "asked_for"),
    [("off", "on"), ("local", "on"), ("remote_write", "on"), ("on", "on"), ("remote_apply", "remote_apply")],
)
def test_a_commit_is_on_disk_whatever_the_database_is_set_to(
    opened: Callable[[], Engine], postgres: PostgresServer, postgres_url: str, default: str, asked_for: str
) -> None:
    name = postgres_url.partition("@/")[2].partition("?")[0]
    postgres.execute(f"ALTER DATABASE {{}} SET synchronous_commit = {default}", name)
    assert _shown(opened(), "synchronous_commit") == asked_for


@pytest.mark.parametrize(
    "setting", ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "client_connection_check_interval"]
)  # fmt: skip
def test_nothing_waits_for_ever(opened: Callable[[], Engine], setting: str) -> None:
    assert _shown(opened(), setting) != "0"


def test_what_is_read_in_a_transaction_is_true_together(opened: Callable[[], Engine]) -> None:
    count = select(func.count()).select_from(t.NOTES)
    with opened().connect() as reader:
        before = reader.scalar(count)
        with opened().begin() as writer:
            writer.execute(t.NOTES.insert().values(key="a", value="b"))
        assert reader.scalar(count) == before == 0


def test_the_server_knows_sessions_by_their_process(opened: Callable[[], Engine]) -> None:
    assert "process" in _shown(opened(), "application_name")


def test_two_that_migrate_at_a_time_take_turns(postgres: PostgresServer) -> None:
    url = postgres.empty_database()
    location = Location.parse(url)
    engines = [engine_for(location) for _ in range(4)]
    with ThreadPoolExecutor(len(engines)) as threads:
        list(threads.map(lambda engine: migrate(engine, location), engines))
    check_schema(engines[0], location)
    for engine in engines:
        engine.dispose()
    postgres.drop(url)

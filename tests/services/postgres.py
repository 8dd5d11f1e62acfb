"""A real PostgreSQL for the tests: one server for each test process, on a socket of its own, a database for each test.

The server sorts texts as people do, not by bytes, so that a question which leaves the order to the database shows.
It does not wait for the disk: the tests kill processes, not machines.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from psycopg import sql

from monitor.adapters.database import engine_for, migrate
from monitor.adapters.location import Location
from tests.services.processes import ServerFolder, await_answer

NEEDED: Final = "PostgreSQL 15 or newer (tests/install-services postgresql installs it)"
_TEMPLATE: Final = "kept_template"
_SETTINGS: Final = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "50",
    "shared_buffers": "64MB",
    "log_min_messages": "error",
}


class PostgresServer:
    """One server with its data in a folder that goes with it."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._folder = ServerFolder("postgres", signal.SIGINT, refuses_root=True)
        self._data = self._folder.path / "data"
        self._names = count(1)
        self._folder.run(
            programs / "initdb", "--pgdata", self._data, "--auth=trust", "--username=kept", "--encoding=UTF8",
            "--locale-provider=icu", "--icu-locale=en-US", "--locale=C.UTF-8", "--no-sync", "--no-instructions",
        )  # fmt: skip
        self.start()

    def start(self) -> None:
        """Starts the server and waits until it answers."""
        settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        self._process = self._folder.start(
            self._programs / "postgres", "-D", self._data, "-k", self._folder.path, *settings
        )
        await_answer(self._process, self._answers, self._folder.log)

    def crash(self) -> None:
        """Ends the server as a kill would, in the middle of whatever it does."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()

    def remove(self) -> None:
        """Ends the server and removes its data."""
        self._folder.stop(self._process)
        self._folder.remove()

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str) -> str:
        """How a database of this server is spelled on a command line."""
        return f"postgresql://kept@/{database}?host={self._folder.path}"

    def execute(self, statement: str, *names: str, database: str = "") -> list[tuple[Any, ...]]:
        """Runs a statement with these identifiers for its `{}`, in the database of this URL; returns its rows."""
        composed = sql.SQL(statement).format(*map(sql.Identifier, names))
        with psycopg.connect(database or self.url("postgres"), autocommit=True) as connection:
            cursor = connection.execute(composed)
            return cursor.fetchall() if cursor.description else []

    def empty_database(self) -> str:
        """The URL of a new database without a table."""
        return self._database("CREATE DATABASE {}")

    def database(self) -> str:
        """The URL of a new database with Kept's schema."""
        if not self.execute(f"SELECT 1 FROM pg_database WHERE datname = '{_TEMPLATE}'"):
            self.execute("CREATE DATABASE {}", _TEMPLATE)
            location = Location.parse(self.url(_TEMPLATE))
            engine = engine_for(location)
            migrate(engine, location)
            engine.dispose()
        return self._database("CREATE DATABASE {} TEMPLATE {}", _TEMPLATE)

    def _database(self, statement: str, *more: str) -> str:
        name = f"test_{next(self._names)}"
        self.execute(statement, name, *more)
        return self.url(name)

    def drop(self, url: str) -> None:
        """Drops a database, whoever is still connected to it."""
        name = url.partition("@/")[2].partition("?")[0]
        self.execute("DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The server; a test that asks for it is skipped where PostgreSQL is not installed."""
    programs = _programs()
    if programs is None:
        pytest.skip(f"found no PostgreSQL server on this machine, expected {NEEDED}")
    server = PostgresServer(programs)
    yield server
    server.remove()


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """A database with Kept's schema, of this test alone."""
    url = postgres.database()
    yield url
    postgres.drop(url)


def _programs() -> Path | None:
    """The folder with the newest server's programs."""
    found = shutil.which("postgres")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_version)
    server = folders[-1] if folders else Path(found) if found else None
    if server is None or _version(server) < 15:
        return None
    return server.parent


def _version(server: Path) -> int:
    """The major version, as `postgres (PostgreSQL) 15.20 (Debian ...)` says it."""
    said = subprocess.run([server, "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.split()[2].partition(".")[0])

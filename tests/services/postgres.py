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

from monitor.adapters.journal.database import engine_for, migrate
from monitor.adapters.journal.location import Location
from tests.services.certificates import make_certificate
from tests.services.network import Way
from tests.services.processes import ServerFolder, await_answer, free_ports

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
        self._settings = dict(_SETTINGS)
        self._data = self._folder.path / "data"
        self._names = count(1)
        self._folder.run(
            programs / "initdb", "--pgdata", self._data, "--auth=trust", "--username=kept", "--encoding=UTF8",
            "--locale-provider=icu", "--icu-locale=en-US", "--locale=C.UTF-8", "--no-sync", "--no-instructions",
        )  # fmt: skip
        self._set_up()
        self.start()

    def _set_up(self) -> None:
        """Nothing more than what initdb did."""

    def start(self) -> None:
        """Starts the server and waits until it answers."""
        settings = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
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

    def copy_of(self, url: str) -> str:
        """The URL of a copy of a database that nobody is connected to, as it is now."""
        return self._database("CREATE DATABASE {} TEMPLATE {}", name_of(url))

    def put_back(self, url: str, copy: str) -> None:
        """An earlier copy takes the place of a database, as where a standby takes over that had not everything: sessions end, and
        the database is there, but older."""
        name, gone = name_of(url), f"{name_of(url)}_gone"
        self.execute("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", name)
        self.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        self.execute("ALTER DATABASE {} RENAME TO {}", name, gone)
        self.execute("ALTER DATABASE {} RENAME TO {}", name_of(copy), name)
        self.execute("DROP DATABASE {}", gone)

    def drop(self, url: str) -> None:
        """Drops a database, whoever is still connected to it."""
        self.execute("DROP DATABASE {} WITH (FORCE)", name_of(url))


class PostgresByWays(PostgresServer):
    """One that is reached on a port, by ways that can be cut."""

    def _set_up(self) -> None:
        (self._port,) = free_ports(1)
        self._settings |= {"listen_addresses": "127.0.0.1", "port": str(self._port)}

    def add(self, way: Way) -> None:
        """One more way to it."""
        way.lead_to(self._port)

    def url(self, database: str) -> str:
        return f"{super().url(database)}&port={self._port}"

    def url_by(self, way: Way, database: str) -> str:
        """How a database is spelled that is reached by a way."""
        return f"postgresql://kept@{way.address}/{name_of(database)}"


class SecurePostgresServer(PostgresServer):
    """One that is reached over TLS, and there asks for a password."""

    password = "only-for-tests"

    def _set_up(self) -> None:
        (self._port,) = free_ports(1)
        self.authority, key = self._folder.path / "certificate.pem", self._folder.path / "key.pem"
        make_certificate(self._folder, self.authority, key)
        (self._data / "pg_hba.conf").write_text("local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n")
        self._settings |= {"listen_addresses": "127.0.0.1", "port": str(self._port), "ssl": "on"}
        self._settings |= {"ssl_cert_file": str(self.authority), "ssl_key_file": str(key)}

    def start(self) -> None:
        super().start()
        self.execute(f"ALTER USER kept PASSWORD '{self.password}'")

    def url(self, database: str) -> str:
        return f"{super().url(database)}&port={self._port}"

    def secure_url(self, database: str, *, host: str = "127.0.0.1", authority: Path | None = None) -> str:
        """How a database is spelled that is reached over TLS, its server's name held against its certificate."""
        name = name_of(database)
        trusted = authority or self.authority
        return f"postgresql://kept@{host}:{self._port}/{name}?sslmode=verify-full&sslrootcert={trusted}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The server; a test that asks for it is skipped where PostgreSQL is not installed."""
    server = PostgresServer(programs_or_skip())
    yield server
    server.remove()


@pytest.fixture
def secure_postgres() -> Iterator[SecurePostgresServer]:
    """A server of one test alone, over TLS."""
    if shutil.which("openssl") is None:
        pytest.skip("found no openssl on this machine, expected it")
    server = SecurePostgresServer(programs_or_skip())
    yield server
    server.remove()


def programs_or_skip() -> Path:
    programs = programs_here()
    if programs is None:
        pytest.skip(f"found no PostgreSQL server on this machine, expected {NEEDED}")
    return programs


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """A database with Kept's schema, of this test alone."""
    url = postgres.database()
    yield url
    postgres.drop(url)


def name_of(url: str) -> str:
    """The name of a database in its URL."""
    return url.partition("@/")[2].partition("?")[0]


def programs_here() -> Path | None:
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

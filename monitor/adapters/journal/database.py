"""Opening a database, a file or a server's: its engine, and the schema it should have.

SQLite is used as a server would be: WAL, so that readers never wait; `synchronous=FULL`, so that what was acknowledged
survives a power cut; write transactions that take their lock at once. For PostgreSQL see `postgres`.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from monitor.adapters.journal.driver_errors import one_line
from monitor.adapters.journal.file_lock import make_file
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.postgres import postgres_engine
from monitor.errors import ConfigError

WRITING: Final = {"kept_writing": True}
"""Execution options of a connection that will write."""

_SQLITE_SETTINGS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # Whoever waits for another process's lock is answered "not now" before long, and Kept can stop in time.
    "PRAGMA busy_timeout = 1000",
    # Where checkpoints are made beside the commits (`checkpoints`), a commit comes to this with little left to copy.
    "PRAGMA wal_autocheckpoint = 16000",
    "PRAGMA cache_size = -65536",
    "PRAGMA journal_size_limit = 67108864",
)

ADVISORY_LOCKS: Final = 0x4B455054
"""The family of Kept's advisory locks in a database of PostgreSQL: `KEPT` in ASCII."""
WRITING_LOCK: Final = 1
_MIGRATING_LOCK: Final = 2


def engine_for(location: Location) -> Engine:
    """An engine on the database; nothing is opened yet."""
    return postgres_engine(location) if location.file is None else _sqlite_engine(location.file)


def _sqlite_engine(file: Path) -> Engine:
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(existing(file), uri=True, check_same_thread=False),
        poolclass=QueuePool,
        pool_reset_on_return="rollback",
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def existing(file: Path) -> str:
    """The address by which SQLite opens a file that is there, and makes none in the place of one that went away."""
    return f"{file.absolute().as_uri()}?mode=rw"


def _set_up(connection: Any, _record: object) -> None:
    # The driver's own idea of when a transaction begins is switched off; `_begin` says it.
    connection.isolation_level = None
    cursor = connection.cursor()
    for setting in _SQLITE_SETTINGS:
        cursor.execute(setting)
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("kept_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def migrate(engine: Engine, location: Location) -> None:
    """Brings the schema up to date in one transaction; a file that is not there is made.

    Raises ConfigError where the database can't be used or was written by a newer Kept.
    """
    script = ScriptDirectory.from_config(_configuration())
    if location.file is not None:
        make_file(location.file)
    try:
        with _migrating(engine).begin() as connection:
            _begin_migrating(connection)
            found = MigrationContext.configure(connection).get_current_revision()
            if found == script.get_current_head():
                return
            if found is not None and not _is_known(script, found):
                raise ConfigError.of(
                    location, f"a database of a newer Kept (schema {found})", f"schema {script.get_current_head()}"
                )
            configuration = _configuration()
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, "head")
    except DBAPIError as error:
        raise unusable(location, error, "that can be written") from error


def _migrating(engine: Engine) -> Engine:
    if engine.dialect.name == "postgresql":
        # Whoever waited for another's migration must see what it did: a snapshot from before the wait would not.
        return engine.execution_options(isolation_level="READ COMMITTED")
    return engine.execution_options(**WRITING)


def _begin_migrating(connection: Connection) -> None:
    """On a server two may migrate at a time: the second one waits, as long as the first one takes."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCKS}, {_MIGRATING_LOCK})"))


def check_schema(engine: Engine, location: Location) -> None:
    """For whoever only reads: raises ConfigError unless the schema is the present one."""
    found, head = revision(engine, location), ScriptDirectory.from_config(_configuration()).get_current_head()
    if found != head:
        raise ConfigError.of(location, f"schema {found}", f"schema {head}; `kept run` brings an older one up to date")


def unusable(location: Location, error: DBAPIError, which: str) -> ConfigError:
    """That a database can't be opened, in one line; `which` says what kind of one was expected."""
    expected = "a PostgreSQL database" if location.file is None else "an SQLite database"
    return ConfigError.of(location, one_line(error.orig), f"{expected} {which}")


def is_current(engine: Engine, location: Location) -> bool:
    """Whether the schema is the present one; raises ConfigError where the database can't be read."""
    return revision(engine, location) == ScriptDirectory.from_config(_configuration()).get_current_head()


def revision(engine: Engine, location: Location) -> str | None:
    """The schema a database has, None where it has none of Kept's; raises ConfigError where it can't be read."""
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        raise unusable(location, error, "of Kept") from error


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    configuration.set_main_option("path_separator", "os")
    return configuration


def _is_known(script: ScriptDirectory, revision: str) -> bool:
    return any(known.revision == revision for known in script.walk_revisions())

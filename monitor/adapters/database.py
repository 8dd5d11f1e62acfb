"""Opening a database: its URL, SQLite's settings, the schema it should have, and the errors drivers raise.

SQLite is used as a server would be: WAL, so that readers never wait; `synchronous=FULL`, so that what was acknowledged
survives a power cut; write transactions that take their lock at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from monitor.errors import ConfigError, Fault, InvariantError, TransientError

WRITING: Final = {"kept_writing": True}
"""Execution options of a connection that will write."""

_SQLITE_SETTINGS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # Whoever waits for another process's lock is answered "not now" before long, and Kept can stop in time.
    "PRAGMA busy_timeout = 1000",
    "PRAGMA wal_autocheckpoint = 8000",
    "PRAGMA cache_size = -65536",
    "PRAGMA journal_size_limit = 67108864",
)


def engine_for(file: Path) -> Engine:
    """An engine on an SQLite file; nothing is opened yet."""
    engine = create_engine(
        f"sqlite:///{file}", connect_args={"check_same_thread": False}, pool_reset_on_return="rollback"
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


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


@contextmanager
def translated() -> Iterator[None]:
    """What the driver raises, as Kept's own errors: what may work next time, and what never will."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise TransientError(f"the database does not work: {error.orig}") from error
    except DBAPIError as error:
        raise InvariantError(f"the database refuses a statement: {error.orig}") from error
    except SQLAlchemyError as error:
        raise TransientError(f"the database does not work: {error}") from error


def migrate(engine: Engine, file: Path) -> None:
    """Brings the schema up to date; raises ConfigError where the file can't be used or was written by a newer Kept."""
    script = ScriptDirectory.from_config(_configuration())
    try:
        with engine.execution_options(**WRITING).begin() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
            if found == script.get_current_head():
                return
            if found is not None and not _is_known(script, found):
                raise _fault(
                    file, f"a database of a newer Kept (schema {found})", f"schema {script.get_current_head()}"
                )
            configuration = _configuration()
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, "head")
    except DBAPIError as error:
        raise _fault(file, str(error.orig), "an SQLite database that can be written") from error


def check_schema(engine: Engine, file: Path) -> None:
    """For whoever only reads: raises ConfigError unless the schema is the present one."""
    found, head = _revision(engine, file), ScriptDirectory.from_config(_configuration()).get_current_head()
    if found != head:
        raise _fault(file, f"schema {found}", f"schema {head}; `kept run` brings an older one up to date")


def is_current(engine: Engine, file: Path) -> bool:
    """Whether the schema is the present one; raises ConfigError where the file can't be read."""
    return _revision(engine, file) == ScriptDirectory.from_config(_configuration()).get_current_head()


def _revision(engine: Engine, file: Path) -> str | None:
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        raise _fault(file, str(error.orig), "an SQLite database of Kept") from error


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    configuration.set_main_option("path_separator", "os")
    return configuration


def _is_known(script: ScriptDirectory, revision: str) -> bool:
    return any(known.revision == revision for known in script.walk_revisions())


def _fault(file: Path, found: str, expected: str) -> ConfigError:
    return ConfigError([Fault(str(file), 0, "", found, expected)])

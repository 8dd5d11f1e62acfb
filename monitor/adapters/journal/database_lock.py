"""One Kept for one database: the right to write it, which one process has at a time.

For a file it is a lock on a file beside it, and any connection may write while that is held. For a server see
`session_lock`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine

from monitor.adapters.journal.database import WRITING, check_schema, engine_for, migrate
from monitor.adapters.journal.file_lock import FileLock
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.session_lock import SessionLock, SharedSessionLock
from monitor.errors import ConfigError, InvariantError


class Writing(Protocol):
    """The right to write, while it lasts."""

    def writing(self) -> AbstractContextManager[Connection]:
        """A connection for one transaction, which commits only while the right is had. Raises TransientError."""
        ...


class DatabaseLock(Writing, Protocol):
    """Held from `take` to `release`."""

    def take(self) -> None:
        """Raises ConfigError where another process has it, or the database can't be had."""
        ...

    def claim(self) -> None:
        """Leaves a mark in the database, by which it shows later whether another process had it. The schema is there."""
        ...

    def writing(self) -> AbstractContextManager[Connection]:
        """A connection for one transaction, which commits only while the lock is held.

        A lock that was lost is taken again. Raises TransientError where that does not work this time, Displaced where
        another process has it, or had it in between: then what this one remembers of the database is out of date.
        """
        ...

    def release(self) -> None:
        """Lets others have it."""
        ...


class SqliteLock:
    """The lock of a file, which the operating system lifts when the process ends, and never before.

    Nobody but a person can take the file itself away, or its lock; that is noticed before the next transaction.
    """

    def __init__(self, file: Path, engine: Engine) -> None:
        self._lock = FileLock(file)
        self._engine = engine.execution_options(**WRITING)

    def take(self) -> None:
        self._lock.take()

    def claim(self) -> None:
        """What the operating system keeps needs no mark in the database; but which file it is is remembered."""
        self._lock.claim()

    def writing(self) -> AbstractContextManager[Connection]:
        self._lock.check()
        return self._engine.connect()

    def release(self) -> None:
        self._lock.release()


class BesideWriters:
    """For rows that no commit touches, written beside whoever commits: what became of dead letters."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(**WRITING)

    def take(self) -> None:
        """There is nothing to take."""

    def claim(self) -> None:
        """There is nothing to mark."""

    def writing(self) -> AbstractContextManager[Connection]:
        return self._engine.connect()

    def release(self) -> None:
        """There is nothing to release."""


class NoLock:
    """For whoever only reads, beside the one who writes."""

    def take(self) -> None:
        """There is nothing to take."""

    def claim(self) -> None:
        """There is nothing to mark."""

    def writing(self) -> AbstractContextManager[Connection]:
        raise InvariantError("found a write to a database that is open for reading, expected none")

    def release(self) -> None:
        """There is nothing to release."""


def lock_of(location: Location, engine: Engine) -> DatabaseLock:
    """The lock of a database, not taken yet."""
    return SessionLock(location) if location.file is None else SqliteLock(location.file, engine)


def shared_database(location: Location) -> tuple[Engine, DatabaseLock]:
    """A database that several processes write together, its schema up to date; raises ConfigError where it can't be had."""
    if location.file is not None:
        expected = "postgresql://USER@HOST/DATABASE: a file has one writer"
        raise ConfigError.of("--database", f"the file {location.file}", expected)
    return _opened(location, SharedSessionLock(location), engine_for(location), migrate)


def joined_database(location: Location) -> tuple[Engine, DatabaseLock]:
    """A database of a server that others write together already, beside them; raises ConfigError where it can't be had, or
    has another schema, which is theirs to change."""
    return _opened(location, SharedSessionLock(location), engine_for(location), check_schema)


def locked_database(location: Location) -> tuple[Engine, DatabaseLock]:
    """A database that this process has to itself, its schema up to date; raises ConfigError where it can't be had."""
    engine = engine_for(location)
    return _opened(location, lock_of(location, engine), engine, migrate)


def _opened(
    location: Location, lock: DatabaseLock, engine: Engine, prepare: Callable[[Engine, Location], None]
) -> tuple[Engine, DatabaseLock]:
    lock.take()
    try:
        prepare(engine, location)
        lock.claim()
    except BaseException:
        engine.dispose()
        lock.release()
        raise
    return engine, lock

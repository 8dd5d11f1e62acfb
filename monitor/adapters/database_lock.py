"""One Kept for one database: the right to write it, which one process has at a time.

For a file it is a lock on a file beside it, and any connection may write while that is held. For a server see
`session_lock`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine

from monitor.adapters.database import WRITING
from monitor.adapters.file_lock import FileLock
from monitor.adapters.location import Location
from monitor.adapters.session_lock import SessionLock


class DatabaseLock(Protocol):
    """Held from `take` to `release`."""

    @property
    def tenure(self) -> int:
        """How often it was taken. While this stays the same, nobody else wrote."""
        ...

    def take(self) -> None:
        """Raises ConfigError where another process has it, or the database can't be had."""
        ...

    def renew(self) -> None:
        """Takes it again where it was lost.

        Raises TransientError where that does not work this time, Displaced where another process has it now.
        """
        ...

    def writing(self) -> AbstractContextManager[Connection]:
        """A connection for one transaction that commits only while the lock is held; raises what `renew` does."""
        ...

    def release(self) -> None:
        """Lets others have it."""
        ...


class SqliteLock:
    """The lock of a file, which the operating system lifts when the process ends, and never before."""

    tenure = 1

    def __init__(self, file: Path, engine: Engine) -> None:
        self._lock = FileLock(file)
        self._engine = engine.execution_options(**WRITING)

    def take(self) -> None:
        self._lock.take()

    def renew(self) -> None:
        """A file's lock is not lost."""

    def writing(self) -> AbstractContextManager[Connection]:
        return self._engine.connect()

    def release(self) -> None:
        self._lock.release()


def lock_of(location: Location, engine: Engine) -> DatabaseLock:
    """The lock of a database, not taken yet."""
    return SessionLock(engine, location) if location.file is None else SqliteLock(location.file, engine)

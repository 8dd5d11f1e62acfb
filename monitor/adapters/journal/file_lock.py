"""One Kept for one database file: a lock that the operating system lifts when the process ends, however it ends.

An open file goes on to be one after it was removed, and whatever is written to it goes with the process. So whoever writes
asks before each transaction whether the database, and the file of the lock, are still in their places.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from monitor.errors import ConfigError, Displaced, TransientError


class FileLock:
    """Held from `take` to `release`."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = database.with_name(database.name + ".lock")
        self._descriptor: int | None = None
        self._opened: os.stat_result | None = None

    def take(self) -> None:
        """Raises ConfigError where another process has it, or the folder can't be written."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 64).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            found = f"a Kept at work on it (process {holder})"
            raise ConfigError.of(self._database, found, "a database that no other Kept uses") from error
        self._descriptor = descriptor
        try:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        except OSError as error:
            self.release()
            raise self._unwritable(error) from error

    def claim(self) -> None:
        """Remembers which file the database is, to notice when it is another one."""
        self._opened = self._database.stat()

    def check(self) -> None:
        """Raises TransientError while the database is not in its place, and Displaced once another file is there, or the
        lock has been taken away: then somebody else may have written it."""
        assert self._descriptor is not None
        lock = _looked_up(self._path)
        if lock is None or not os.path.samestat(lock, os.fstat(self._descriptor)):
            raise Displaced(f"{self._path}: found that it was removed or replaced, expected the file that Kept locks")
        if self._opened is None:
            return
        database = _looked_up(self._database)
        if database is None:
            expected = "the database that Kept has open; put it back, or stop Kept and restore a backup"
            raise TransientError(f"{self._database}: found no file any more, expected {expected}")
        if not os.path.samestat(database, self._opened):
            raise Displaced(f"{self._database}: found another file in its place, expected the one that Kept has open")

    def _unwritable(self, error: OSError) -> ConfigError:
        return ConfigError.of(self._path, error.strerror or str(error), "a file that can be written")

    def release(self) -> None:
        """Lets others have it. The file stays: removing it could take another process's lock away."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def make_file(database: Path) -> None:
    """Makes an empty file where there is none: to SQLite that is a database without tables. Raises ConfigError."""
    try:
        database.touch(0o644, exist_ok=True)
    except OSError as error:
        found = error.strerror or str(error)
        raise ConfigError.of(database, found, "an SQLite database that can be written") from error


def _looked_up(path: Path) -> os.stat_result | None:
    """What the file system says of a file; None where there is none."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise TransientError(
            f"{path}: found {error.strerror or error}, expected a file that can be looked at"
        ) from error

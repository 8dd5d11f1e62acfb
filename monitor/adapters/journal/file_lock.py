"""One Kept for one database file: a lock that the operating system lifts when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from monitor.errors import ConfigError, Fault


class FileLock:
    """Held from `take` to `release`."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = database.with_name(database.name + ".lock")
        self._descriptor: int | None = None

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
            raise ConfigError(
                [Fault(str(self._database), 0, "", found, "a database that no other Kept uses")]
            ) from error
        self._descriptor = descriptor
        try:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        except OSError as error:
            self.release()
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> ConfigError:
        return ConfigError([Fault(str(self._path), 0, "", error.strerror or str(error), "a file that can be written")])

    def release(self) -> None:
        """Lets others have it. The file stays: removing it could take another process's lock away."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

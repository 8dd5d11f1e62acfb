"""A copy of an SQLite database while it is written to: the state of one instant, checked before it has its name.

The copy is read in a transaction of its own. So it is one state and not several; the writer never waits (WAL); and the
copying need not begin again when something is committed, as SQLite's backup does without one. The cost: until it is done
what is committed meanwhile stays in the write-ahead file.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, TypeAlias

from monitor.errors import ConfigError, InvariantError, TransientError

PAGES_A_STEP: Final = 2_000
"""Some 8 MB: often enough for a bar to move."""
PATIENCE_SECONDS: Final = 30
"""How long a writer that takes the whole file for itself is waited for."""

Report: TypeAlias = Callable[[int, int], None]
"""Told now and then how many pages are copied, and how many there are."""

_REVISION: Final = "SELECT version_num FROM alembic_version"


def back_up(database: Path, target: Path, report: Report) -> int:
    """Copies `database` to `target`, which must not be there, and returns its size in bytes.

    Raises ConfigError where either can't be used, TransientError where copying fails, InvariantError where the copy is not
    what it should be; then there is no file `target`.
    """
    if not database.is_file():
        raise ConfigError.of(database, "no such file", "a database of Kept")
    with _made(target) as partial:
        try:
            with closing(_opened(database)) as source:
                revision = _begin(source, database)
                _copy(source, partial, report)
            _check(partial, revision)
        except sqlite3.Error as error:
            raise TransientError(f"{target}: found {error}, expected a copy of {database}") from error
    return target.stat().st_size


@contextmanager
def _made(target: Path) -> Iterator[Path]:
    """A new file beside the target; it gets its name when all is done, and nothing is left of it otherwise."""
    _refuse_existing(target)
    partial = target.with_name(target.name + ".partial")
    try:
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError as error:
        expected = "none: another backup makes it, or one that was killed left it; then remove it"
        raise ConfigError.of(partial, "a file that exists", expected) from error
    except OSError as error:
        raise ConfigError.of(partial, error.strerror or str(error), "a file that can be written") from error
    try:
        yield partial
        _flush(partial)
        _name(partial, target)
        _flush(target.parent)
    finally:
        # SQLite leaves its own files where it ends for want of room.
        for ending in ("", "-journal", "-wal", "-shm"):
            partial.with_name(partial.name + ending).unlink(missing_ok=True)


def _name(partial: Path, target: Path) -> None:
    """Gives the copy its name. A link overwrites nothing, whoever made the file meanwhile; a rename would."""
    try:
        target.hardlink_to(partial)
    except OSError:
        # There is such a file now, or the file system knows no links.
        _refuse_existing(target)
        partial.rename(target)


def _refuse_existing(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise ConfigError.of(target, "a file that exists", "a new one: a backup overwrites nothing")


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=PATIENCE_SECONDS, isolation_level=None)


def _begin(source: sqlite3.Connection, database: Path) -> str:
    """Fixes the state that is copied; says which schema it has."""
    try:
        source.execute("BEGIN")
        (revision,) = source.execute(_REVISION).fetchone() or ("none",)
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        raise ConfigError.of(database, str(error), "a database of Kept") from error
    except sqlite3.DatabaseError as error:
        raise ConfigError.of(database, str(error), "a database of Kept") from error
    return str(revision)


def _copy(source: sqlite3.Connection, partial: Path, report: Report) -> None:
    with closing(_opened(partial)) as copy:
        source.backup(copy, pages=PAGES_A_STEP, progress=lambda _, left, total: report(total - left, total))
        # One file that needs no other beside it, and that can be read where nothing can be written.
        copy.execute("PRAGMA journal_mode = DELETE")


def _check(partial: Path, revision: str) -> None:
    with closing(_opened(partial)) as copy:
        (found,) = copy.execute("PRAGMA integrity_check").fetchone()
        (copied,) = copy.execute(_REVISION).fetchone()
    if (found, copied) != ("ok", revision):
        raise InvariantError(f"{partial}: found {found} and schema {copied}, expected ok and schema {revision}")


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""One Kept for one database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.adapters.journal.file_lock import FileLock, make_file
from monitor.errors import ConfigError, Displaced, TransientError


def test_a_second_one_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "kept.db"), FileLock(tmp_path / "kept.db")
    first.take()
    with pytest.raises(ConfigError, match=f"process {os.getpid()}"):
        second.take()
    first.release()
    second.take()
    second.release()


def test_other_databases_are_free(tmp_path: Path) -> None:
    locks = [FileLock(tmp_path / name) for name in ("a.db", "b.db")]
    for lock in locks:
        lock.take()
    for lock in locks:
        lock.release()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        FileLock(tmp_path / "nowhere" / "kept.db").take()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kept.db"


@pytest.fixture
def lock(file: Path) -> Iterator[FileLock]:
    """The lock of a file that is there."""
    lock = FileLock(file)
    lock.take()
    make_file(file)
    lock.claim()
    yield lock
    lock.release()


def test_a_file_that_stays_where_it_was_may_be_written(lock: FileLock, file: Path) -> None:
    file.write_bytes(b"more")
    lock.check()


def test_a_file_that_went_away_is_waited_for(lock: FileLock, file: Path, tmp_path: Path) -> None:
    file.rename(tmp_path / "elsewhere")
    with pytest.raises(TransientError, match=f"{file}: found no file any more"):
        lock.check()
    (tmp_path / "elsewhere").rename(file)
    lock.check()


def test_another_file_in_its_place_is_never_written(lock: FileLock, file: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"")
    (tmp_path / "other").replace(file)
    with pytest.raises(Displaced, match=f"{file}: found another file in its place"):
        lock.check()


def test_whose_lock_was_removed_writes_no_more(lock: FileLock, file: Path) -> None:
    locked = file.with_name("kept.db.lock")
    locked.unlink()
    with pytest.raises(Displaced, match=f"{locked}: found that it was removed"):
        lock.check()
    # Somebody else may have it by now, and that is who writes.
    other = FileLock(file)
    other.take()
    with pytest.raises(Displaced, match="removed or replaced"):
        lock.check()
    other.release()


def test_a_file_that_is_there_is_not_made_anew(file: Path) -> None:
    file.write_bytes(b"something")
    make_file(file)
    assert file.read_bytes() == b"something"

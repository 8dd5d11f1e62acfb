"""One Kept for one database."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from monitor.adapters.journal.file_lock import FileLock
from monitor.errors import ConfigError


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

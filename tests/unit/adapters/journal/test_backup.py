"""A backup is one state of the database, whole, and never in the place of something else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from monitor.adapters.journal import backup as module
from monitor.adapters.journal.backup import back_up
from monitor.adapters.journal.store import SqlStore
from monitor.errors import ConfigError, InvariantError, TransientError
from monitor.testing import MONDAY, arrivals, cloud_event, commit_point, sqlite_store


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "kept.db"


@pytest.fixture
def store(database: Path) -> Iterator[SqlStore]:
    opened = sqlite_store(database)
    yield opened
    opened.close()


def _quietly(_copied: int, _total: int) -> None:
    """Nobody watches."""


def _events(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM events ORDER BY id")]


def _send(store: SqlStore, *ids: str) -> None:
    commit_point(store).take(arrivals(cloud_event("ticket.opened", name, MONDAY, name) for name in ids), MONDAY)


def test_the_copy_is_a_journal_that_kept_takes_up(store: SqlStore, database: Path, tmp_path: Path) -> None:
    _send(store, "a", "b")
    size = back_up(database, tmp_path / "copy.db", _quietly)
    assert size == (tmp_path / "copy.db").stat().st_size
    copy = sqlite_store(tmp_path / "copy.db")
    _send(copy, "b", "c")
    copy.close()
    assert _events(tmp_path / "copy.db") == ["a", "b", "c"]
    assert _events(database) == ["a", "b"]


def test_what_is_committed_while_it_copies_is_not_in_it_and_waits_for_nothing(
    store: SqlStore, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGES_A_STEP", 1)
    _send(store, "a")
    steps: list[int] = []

    def watch(copied: int, _total: int) -> None:
        steps.append(copied)
        _send(store, f"during {copied}")

    back_up(database, tmp_path / "copy.db", watch)
    assert _events(tmp_path / "copy.db") == ["a"]
    assert len(_events(database)) == len(steps) + 1
    # It went on and did not begin again: no page was copied twice.
    assert steps == sorted(set(steps))


def test_a_file_that_exists_is_not_overwritten(store: SqlStore, database: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_bytes(b"precious")
    with pytest.raises(ConfigError, match=r"copy\.db: found a file that exists"):
        back_up(database, target, _quietly)
    assert target.read_bytes() == b"precious"


def test_a_file_made_while_it_copies_is_not_overwritten(store: SqlStore, database: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"

    def interfere(_copied: int, _total: int) -> None:
        target.write_bytes(b"precious")

    with pytest.raises(ConfigError, match=r"copy\.db: found a file that exists"):
        back_up(database, target, interfere)
    assert target.read_bytes() == b"precious"


def test_what_a_killed_backup_left_is_named(store: SqlStore, database: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db.partial").touch()
    with pytest.raises(ConfigError, match=r"copy\.db\.partial.*remove it"):
        back_up(database, tmp_path / "copy.db", _quietly)


def test_a_folder_that_is_not_there_is_named(store: SqlStore, database: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        back_up(database, tmp_path / "nowhere" / "copy.db", _quietly)


@pytest.mark.parametrize("content", [None, b"This is a letter, not a database. " * 100, b""])
def test_what_is_no_database_of_kept_is_refused(database: Path, tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        database.write_bytes(content)
    with pytest.raises(ConfigError, match=r"kept\.db: found .*, expected a database of Kept"):
        back_up(database, tmp_path / "copy.db", _quietly)
    assert [path.name for path in tmp_path.iterdir()] == ([] if content is None else ["kept.db"])


def test_a_copy_that_fails_leaves_nothing(store: SqlStore, database: Path, tmp_path: Path) -> None:
    def fail(_copied: int, _total: int) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    before = sorted(tmp_path.iterdir())
    with pytest.raises(TransientError, match="disk is full"):
        back_up(database, tmp_path / "copy.db", fail)
    assert sorted(tmp_path.iterdir()) == before


def test_a_copy_that_is_not_whole_is_told_and_thrown_away(
    store: SqlStore, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _send(store, *map(str, range(50)))
    copy: Any = module._copy

    def copy_and_tear(source: sqlite3.Connection, partial: Path, report: Any) -> None:
        copy(source, partial, report)
        with partial.open("r+b") as file:
            file.seek(8 * 4_096)
            file.write(b"\xa5" * 4_096)

    monkeypatch.setattr(module, "_copy", copy_and_tear)
    with pytest.raises((InvariantError, TransientError)):
        back_up(database, tmp_path / "copy.db", _quietly)
    assert not list(tmp_path.glob("copy.db*"))

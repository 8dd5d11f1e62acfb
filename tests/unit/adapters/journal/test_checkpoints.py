"""What SQLite's log holds is moved into the file by somebody else than whoever writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from monitor.adapters.journal.checkpoints import Checkpoints
from monitor.testing import ManualClock

PAGE = 4_096
"""SQLite's default size of a page."""


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that leaves checkpoints to others, with a hundred pages in the log."""
    with closing(sqlite3.connect(tmp_path / "kept.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("CREATE TABLE t (x BLOB)")
        connection.execute("INSERT INTO t VALUES (zeroblob(?))", (100 * PAGE,))
        yield connection


def test_the_log_is_moved_beside_a_writer(writer: sqlite3.Connection, tmp_path: Path) -> None:
    file = tmp_path / "kept.db"
    assert file.stat().st_size <= PAGE
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO t VALUES (1)")
    Checkpoints(file, ManualClock()).turn()
    assert file.stat().st_size > 100 * PAGE
    writer.execute("COMMIT")
    assert writer.execute("SELECT count(*) FROM t").fetchone() == (2,)


def test_a_file_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    Checkpoints(tmp_path / "none.db", ManualClock()).turn()
    assert list(tmp_path.iterdir()) == []

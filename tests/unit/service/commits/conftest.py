"""A journal of its own for each test of commits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.adapters.journal.store import SqlStore
from monitor.service.commits.commit_point import CommitPoint
from monitor.testing import commit_point, sqlite_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = sqlite_store(tmp_path / "kept.db")
    yield opened
    opened.close()


@pytest.fixture
def point(store: SqlStore) -> CommitPoint:
    return commit_point(store)

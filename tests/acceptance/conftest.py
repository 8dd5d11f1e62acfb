"""A book and a place for a database, for tests of whole processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.testing import BOOK


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A small promise book, written down."""
    path = tmp_path / "book.yaml"
    path.write_text(BOOK)
    return path


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where a database may be made."""
    return tmp_path / "kept.db"

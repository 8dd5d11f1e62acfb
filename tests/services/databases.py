"""Every kind of database Kept keeps its journal in, empty and of one test alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.adapters.journal.location import Location


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> Location:
    """A file, and then a database of a server."""
    if request.param == "sqlite":
        return Location(tmp_path / "kept.db")
    return Location.parse(request.getfixturevalue("postgres_url"))

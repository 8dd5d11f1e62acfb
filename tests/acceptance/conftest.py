"""A book, a place for a database, and a history of some weeks, for tests of whole processes."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from monitor.demo.firm import BOOK_PATH
from monitor.demo.simulate import events
from monitor.domain.hours.instant import parse_instant
from monitor.testing import BOOK


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Events of the demonstration firm, some weeks of the past."""
    path = tmp_path_factory.mktemp("history") / "events.jsonl"
    start = parse_instant("2026-03-02T06:00:00+00:00")
    with path.open("wb") as file:
        file.writelines(orjson.dumps(event) + b"\n" for event in events(7, start, cases=1_500))
    return path


@pytest.fixture(scope="session")
def firm_book() -> Path:
    """The book of that firm."""
    return BOOK_PATH


@pytest.fixture
def usual_ports() -> Iterator[None]:
    """For tests of what starts a Prometheus at its usual port where that is free: no other test does so meanwhile."""
    with (Path(tempfile.gettempdir()) / f"kept-usual-ports-{os.geteuid()}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


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

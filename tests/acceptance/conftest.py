"""A history of some weeks that several tests feed to a Kept of their own."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from monitor.demo.firm import BOOK_PATH
from monitor.demo.simulate import events
from monitor.domain.instant import parse_instant


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

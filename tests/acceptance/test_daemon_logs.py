"""The real logs go the way of all events, and the journal says what `kept judge` says of them."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from monitor.domain.hours.instant import parse_instant
from monitor.testing import Daemon, eventually, run_kept

pytestmark = pytest.mark.slow

MAPPINGS = Path(__file__).parents[2] / "deploy" / "mappings"
LOGS = [
    ("incidents", "incident_events.csv.xz", 9_202),
    ("helpdesk", "helpdesk_tickets.csv.xz", 4_580),
    ("bank_calls", "bank_calls_one_day.csv.xz", 2_375),
]
"""The mapping, the export, and how many cases are in it (the data's README)."""


class Log(NamedTuple):
    """A real log."""

    events: Path
    book: Path
    cases: int
    judged: list[tuple[Any, ...]]


def _instant(text: str | None) -> int | None:
    return None if text is None else parse_instant(text)


def _judged(out: str) -> list[tuple[Any, ...]]:
    rows = (json.loads(line) for line in out.splitlines())
    names = ("case", "client", "promise", "version", "kind", "verdict")
    return sorted((*(row[name] for name in names), _instant(row["opened"]), _instant(row["due"]) or 0) for row in rows)


def _recorded(database: Path) -> list[tuple[Any, ...]]:
    question = "SELECT case_id, client, promise, version, kind, verdict, opened, coalesce(due, 0) FROM obligations"
    with closing(sqlite3.connect(database)) as connection:
        return sorted(connection.execute(question))


@pytest.fixture(scope="module", params=LOGS, ids=[mapping for mapping, _, _ in LOGS])
def log(request: pytest.FixtureRequest, data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Log:
    """One of the logs as events, and what `kept judge` says of it."""
    mapping, export, cases = request.param
    events, book = tmp_path_factory.mktemp(mapping) / "events.jsonl", MAPPINGS / f"{mapping}.book.yaml"
    code, _, err = run_kept("convert", "--mapping", MAPPINGS / f"{mapping}.yaml", data_dir / export, "--output", events)
    assert code == 0, err
    code, out, err = run_kept("judge", "--book", book, events, "--format", "jsonl")
    assert code == 0, err
    return Log(events, book, cases, _judged(out))


def _assert_as_judged(database: Path, log: Log) -> None:
    assert _recorded(database) == log.judged
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT count(*) FROM cases").fetchone() == (log.cases,)
        assert connection.execute("SELECT count(*) FROM decisions WHERE restated").fetchone() == (0,)


def test_an_imported_log_is_judged_as_kept_judge_does(log: Log, tmp_path: Path) -> None:
    database = tmp_path / "kept.db"
    code, out, err = run_kept("import", log.events, "--database", database, "--book", log.book)
    assert code == 0, err
    assert out.endswith("0 duplicates, 0 rejected\n")
    _assert_as_judged(database, log)


def test_a_log_replayed_over_http_is_judged_as_kept_judge_does(log: Log, tmp_path: Path) -> None:
    database = tmp_path / "kept.db"
    daemon = Daemon(log.book, database)
    code, out, err = run_kept("import", log.events, "--url", daemon.url)
    assert code == 0, err
    assert out.endswith("0 duplicates, 0 rejected\n")
    eventually(lambda: daemon.metric("kept_agenda_next_timestamp_seconds") > time.time(), "all is judged by the clock")
    assert daemon.stop() == 0
    _assert_as_judged(database, log)

"""The real logs go the way of all events, and the journal says what `kept judge` says of them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from monitor.domain.instant import parse_instant
from monitor.testing import run_kept

pytestmark = pytest.mark.slow

MAPPINGS = Path(__file__).parents[2] / "deploy" / "mappings"
LOGS = [("incidents", "incident_events.csv.xz", 9_202), ("helpdesk", "helpdesk_tickets.csv.xz", 4_580)]
"""The mapping, the export, and how many cases are in it (the data's README)."""


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


@pytest.mark.parametrize(("mapping", "export", "cases"), LOGS, ids=[mapping for mapping, _, _ in LOGS])
def test_an_imported_log_is_judged_as_kept_judge_does(
    data_dir: Path, tmp_path: Path, mapping: str, export: str, cases: int
) -> None:
    events, database, book = tmp_path / "events.jsonl", tmp_path / "kept.db", MAPPINGS / f"{mapping}.book.yaml"
    code, _, err = run_kept("convert", "--mapping", MAPPINGS / f"{mapping}.yaml", data_dir / export, "--output", events)
    assert code == 0, err
    code, out, err = run_kept("import", events, "--database", database, "--book", book)
    assert code == 0, err
    assert out.endswith("0 duplicates, 0 rejected\n")
    code, out, err = run_kept("judge", "--book", book, events, "--format", "jsonl")
    assert code == 0, err
    assert _recorded(database) == _judged(out)
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT count(*) FROM cases").fetchone() == (cases,)
        assert connection.execute("SELECT count(*) FROM decisions WHERE restated").fetchone() == (0,)

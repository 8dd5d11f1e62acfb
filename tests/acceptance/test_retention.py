"""Retention with a real daemon and the real command: what is over goes, and nobody who watches the numbers notices."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitor.conventions.promise_metrics import PAST_METRICS
from monitor.demo.firm import BOOK_PATH
from monitor.demo.simulate import events as simulated_events
from monitor.domain.hours.instant import parse_instant
from monitor.testing import Daemon, eventually, run_kept
from tests.acceptance.journals import DECISIONS, rows

pytestmark = pytest.mark.slow

CASES = 400


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Weeks of the demonstration firm that lie years back."""
    path = tmp_path / "events.jsonl"
    start = parse_instant("2019-03-04T06:00:00+00:00")
    with path.open("w") as file:
        file.writelines(json.dumps(event) + "\n" for event in simulated_events(21, start, cases=CASES))
    return path


@pytest.fixture
def database(history: Path, tmp_path: Path) -> Path:
    path = tmp_path / "kept.db"
    code, _, err = run_kept("import", history, "--database", path, "--book", BOOK_PATH)
    assert (code, err) == (0, "")
    return path


def _durable(daemon: Daemon) -> dict[str, float]:
    # Those that are looked at now and then are there after the first look. What the past says is asked of what is still there.
    eventually(lambda: _promised_shares(daemon) <= daemon.metrics().keys(), "all shares were looked at")
    return {
        name: value
        for name, value in daemon.metrics().items()
        if (("_total" in name and name.startswith("kept_")) or "obligations" in name or "_ratio" in name)
        and name.partition("{")[0] not in _OF_THE_PAST
    }


def _promised_shares(daemon: Daemon) -> set[str]:
    """The series of the promised shares that an answer lists; those of the work are looked at one client after the other."""
    _, body = daemon.ask("/v1/shares")
    shares = json.loads(body)["shares"]
    assert {row["measure"] for row in shares} > {"cases"}
    return {
        f'kept_share_promised_ratio{{client="{row["client"]}",promise="{row["promise"]}",version="{row["version"]}"}}'
        for row in shares
    }


_OF_THE_PAST = {metric.name for metric in PAST_METRICS}


_KEY = "type, verdict, restated, kind, client, channel, tier"
_WITH_RETIRED = f"""SELECT {_KEY}, sum(count) FROM (
    SELECT type, verdict, restated, kind, client, coalesce(channel, '') AS channel, coalesce(tier, '') AS tier, 1 AS count
    FROM decisions UNION ALL SELECT * FROM retired_decision_counts) GROUP BY {_KEY} ORDER BY {_KEY}"""


def test_a_daemon_that_keeps_a_year_shows_the_numbers_of_one_that_keeps_all(database: Path, history: Path) -> None:
    daemon = Daemon(BOOK_PATH, database)
    before = _durable(daemon)
    code, out, _ = run_kept("retention", "--database", database, "--keep", "1y", "--dry-run")
    assert (code, out.split(":")[0]) == (0, "would go")
    assert daemon.stop() == 0
    daemon = Daemon(BOOK_PATH, database, "--keep", "1y")
    eventually(lambda: _finished(database, out), "the policy has been looked at")
    assert _durable(daemon) == before
    code, imported, err = run_kept("import", history, "--url", daemon.url)
    assert (code, err) == (0, "")
    assert imported.startswith("0 accepted, ")
    assert imported.endswith(", 0 rejected\n")
    assert daemon.stop() == 0
    assert rows(database, _WITH_RETIRED) == rows(database, f"SELECT {_KEY}, count FROM decision_counts ORDER BY {_KEY}")


def _finished(database: Path, preview: str) -> bool:
    gone = rows(database, "SELECT matters, cases, events, obligations, decisions FROM retirements")
    return [
        f"would go: {m:,} matters, {c:,} cases, {e:,} events, {o:,} obligations, {d:,} decisions"
        for m, c, e, o, d in gone
    ] == [preview.partition(";")[0]]


def test_the_command_takes_out_what_is_over_and_then_nothing(database: Path) -> None:
    gone = run_kept("retention", "--database", database, "--keep", "7y")
    assert (gone[0], gone[1].startswith("gone: "), gone[2]) == (0, True, "")
    left = rows(database, "SELECT DISTINCT phase FROM cases")
    assert ("closed",) not in left
    decisions = rows(database, DECISIONS)
    again = run_kept("retention", "--database", database, "--keep", "7y")
    assert again[1].startswith("gone: 0 matters, 0 cases, 0 events, 0 obligations, 0 decisions;")
    assert rows(database, DECISIONS) == decisions


def test_the_command_leaves_a_database_in_use_alone(database: Path) -> None:
    daemon = Daemon(BOOK_PATH, database)
    code, _, err = run_kept("retention", "--database", database, "--keep", "7y")
    assert (code, len(err.splitlines())) == (2, 1)
    assert "a Kept at work on it" in err
    assert daemon.stop() == 0


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    code, _, err = run_kept("retention", "--database", tmp_path / "none.db", "--keep", "7y")
    assert (code, len(err.splitlines())) == (2, 1)
    assert not (tmp_path / "none.db").exists()

"""`kept risk` on a database: what is listed, what is cleared, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from monitor.cli import main
from monitor.domain.hours.instant import HOUR_US
from monitor.testing import BOOK, MONDAY, arrivals, cloud_event, commit_point, sqlite_store

Run: TypeAlias = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """Acme said two of five at ten; runs a command of `kept risk` on that."""
    file = tmp_path / "kept.db"
    store = sqlite_store(file)
    events = [
        cloud_event("ticket.opened", "A", MONDAY, "1", client="acme"),
        cloud_event("satisfaction.recorded", "A", MONDAY + HOUR_US, "2", score=2, scale="1-5"),
    ]
    commit_point(store, BOOK + "risk: {score_below: 50%}\n").take(arrivals(events), MONDAY + 3 * HOUR_US)
    store.close()

    def command(*words: str, code: int = 0) -> Any:
        with pytest.raises(SystemExit) as end:
            main(["risk", *words, "--database", str(file), "--format", "jsonl"])
        assert (end.value.code or 0) == code
        out, err = capfd.readouterr()
        return err if code else [json.loads(line) for line in out.splitlines()]

    return command


def test_a_client_at_risk_is_listed_and_cleared(run: Run) -> None:
    (row,) = run("list")
    assert (row["client"], row["fact"], row["at"]) == ("acme", "bad_word", "2026-03-02T10:00:00Z")
    (answer,) = run("clear", "acme", "--by", "R. Finch", "--reason", "We met.")
    assert (answer["cleared"], answer["standing"], answer["repeated"]) == (1, 0, False)
    assert run("list") == []
    (row,) = run("list", "--state", "cleared")
    assert (row["cleared_by"], row["reason"]) == ("R. Finch", "We met.")


def test_clearing_whom_nothing_puts_at_risk_is_refused(run: Run) -> None:
    assert "no fact by then that puts 'umbra' at risk" in run("clear", "umbra", "--reason", "why", code=2)


def test_an_instant_that_is_none_is_refused_by_its_option(run: Run) -> None:
    assert "--at" in run("clear", "acme", "--reason", "why", "--at", "noon", code=2)

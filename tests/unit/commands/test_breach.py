"""`kept breach` on a database: what is listed, what is done, what is refused. Instants as in the contract of breaches."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from monitor.cli import main
from monitor.domain.hours.instant import HOUR_US
from monitor.testing import MONDAY, OWNING_BOOK, arrivals, cloud_event, commit_point, sqlite_store

NAME: Final = "A/first_response/2026-03-02T09:00:00Z"
Run: TypeAlias = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """A was opened at nine and not answered by noon; runs a command of `kept breach` on it."""
    file = tmp_path / "kept.db"
    store = sqlite_store(file)
    point = commit_point(store, OWNING_BOOK)
    point.take(arrivals([cloud_event("ticket.opened", "A", MONDAY, "1", client="acme")]), MONDAY + 3 * HOUR_US)
    store.close()

    def command(*words: str, code: int = 0) -> Any:
        with pytest.raises(SystemExit) as end:
            main(["breach", *words, "--database", str(file), "--format", "jsonl"])
        assert (end.value.code or 0) == code
        out, err = capfd.readouterr()
        return err if code else [json.loads(line) for line in out.splitlines()]

    return command


def test_a_breach_is_listed_and_acknowledged(run: Run) -> None:
    (listed,) = run("list", "--state", "unacknowledged")
    assert (listed["obligation"], listed["since"]) == (NAME, "2026-03-02T10:00:00Z")
    (row,) = run("acknowledge", NAME, "--by", "Ann", "--words", "mine", "--at", "2026-03-02T10:20:00Z")
    assert (row["state"], row["acknowledge_by"]) == ("unexplained", "Ann")
    (listed,) = run("list", "--kind", "first_response")
    assert (listed["acknowledge"], listed["acknowledge_at"], listed["acknowledge_words"]) == (
        "kept",
        "2026-03-02T10:20:00Z",
        "mine",
    )


def test_every_act_has_a_command(run: Run) -> None:
    run("explain", NAME, "--cause", "overlooked", "--words", "nobody saw it", "--by", "Ann")
    run("tell", NAME, "--by", "Ann")
    run("apologise", NAME, "--by", "Ann")
    run("remedy", NAME, "--amount", "50", "--approved-by", "Bo", "--by", "Ann")
    (row,) = run("close", NAME, "--reason", "the client left", "--by", "Ann")
    assert (row["state"], row["cause"], row["credit_given"]) == ("closed", "overlooked", "50.00")
    (row,) = run("excuse", NAME, "--reason", "theirs", "--by", "Ann")
    assert (row["state"], row["excused_by"]) == ("excused", "Ann")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("acknowledge", "B/resolve/x"), "found no broken obligation 'B/resolve/x'"),
        (("explain", NAME, "--cause", "flood", "--words", "it rained"), "found the cause 'flood'"),
        (("remedy", NAME), "found neither a sum nor a reason"),
        (("remedy", NAME, "--amount", "much", "--approved-by", "Bo"), "--amount: found 'much'"),
        (("acknowledge", NAME, "--at", "yesterday"), "--at: found 'yesterday'"),
    ],
)
def test_what_would_count_for_nothing_is_refused_by_name(run: Run, words: tuple[str, ...], found: str) -> None:
    assert found in run(*words, code=2)
    assert [row["state"] for row in run("list")] == ["unacknowledged"]

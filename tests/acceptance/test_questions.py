"""Questions and changes through the command line and a running Kept, as whole processes."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from monitor.domain.hours.instant import MINUTE_US, SECOND_US
from monitor.testing import BOOK, Daemon, cloud_event, eventually, run_kept
from tests.services.serving import ServeProcess

pytestmark = pytest.mark.slow

OPENED: Final = 1_770_000_000 * SECOND_US
"""In February 2026: long over."""
STRICT: Final = BOOK.replace("within: 1h", "within: 20m")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.yaml"
    path.write_text(BOOK)
    return path


@pytest.fixture
def daemon(tmp_path: Path, book: Path) -> Iterator[Daemon]:
    """With one case, answered after half an hour."""
    started = Daemon(book, tmp_path / "kept.db")
    opened = cloud_event("ticket.opened", "A/1", OPENED, "1", client="acme")
    answered = cloud_event("email.sent", "A/1", OPENED + 30 * MINUTE_US, "2", author="Ann")
    assert started.post(opened, answered, b"rubbish")["accepted"] == 2
    yield started
    if started.process.poll() is None:
        assert started.stop() == 0


def _told(*words: str | Path) -> list[dict[str, Any]]:
    code, out, err = run_kept(*words)
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()]


@pytest.fixture(params=["daemon", "serve"])
def url(request: pytest.FixtureRequest, daemon: Daemon, tmp_path: Path) -> Iterator[str]:
    """Where a Kept answers: the one that writes, and one beside it that only answers."""
    if request.param == "daemon":
        yield daemon.url
        return
    served = ServeProcess(tmp_path / "kept.db")
    yield served.url
    assert served.stop() == 0


def test_a_database_and_a_running_kept_answer_alike(url: str, tmp_path: Path) -> None:
    (history,) = {row["obligation"] for row in _told("verdicts", "--kind", "first_response", "--url", url)}
    for words in (
        ["clients"],
        ["cases"],
        ["verdicts", "--client", "acme"],
        ["decisions"],
        ["history", history],
        ["attainable", "--kind", "first_response", "--within", "1h"],
        ["deadletters", "list"],
        ["book", "editions"],
    ):
        there = _told(*words, "--url", url)
        assert there
        assert _told(*words, "--database", tmp_path / "kept.db") == there
    as_of = ("--case", "A/1", "--as-of", "2026-03-01T00:00:00Z")
    assert run_kept("explain", *as_of, "--url", url)[0] == 2  # nothing was recorded by then
    code, out, _ = run_kept("explain", "--case", "A/1", "--url", url)
    assert (code, "first_response: kept" in out) == (0, True)


def test_a_restatement_of_a_running_kept(daemon: Daemon, tmp_path: Path) -> None:
    strict = tmp_path / "strict.yaml"
    strict.write_text(STRICT)
    listed = _told("restate", "--book", strict, "--dry-run", "--url", daemon.url)
    assert [row["outcome_after"] for row in listed] == ["done_late"]
    _told("restate", "--book", strict, "--reason", "a contract", "--url", daemon.url)
    asked = ("verdicts", "--kind", "first_response", "--url", daemon.url)
    eventually(lambda: [row["verdict"] for row in _told(*asked)] == ["broken"], "it is judged again")


def test_a_letter_of_a_running_kept_is_dropped(daemon: Daemon) -> None:
    (letter,) = _told("deadletters", "list", "--url", daemon.url)
    number = str(letter["letter"])
    assert run_kept("deadletters", "show", number, "--url", daemon.url)[1] == "rubbish"
    assert run_kept("deadletters", "retry", number, "--url", daemon.url)[0] == 2
    (dropped,) = _told("deadletters", "drop", number, "--reason", "ours", "--url", daemon.url)
    assert dropped["state"] == "dropped"


def test_a_signal_has_the_book_read_again_and_a_bad_one_changes_nothing(daemon: Daemon, book: Path) -> None:
    def texts() -> list[str]:
        return [row["reason"] for row in _told("book", "editions", "--url", daemon.url)]

    book.write_text(BOOK.replace("within: 1h", "within: soon"))
    daemon.process.send_signal(signal.SIGHUP)
    assert daemon.process.stderr is not None
    told = daemon.process.stderr.readline()
    while "stays as it is" not in told:
        told = daemon.process.stderr.readline()
    assert len(texts()) == 1
    book.write_text(STRICT)
    daemon.process.send_signal(signal.SIGHUP)
    eventually(lambda: len(texts()) == 2, "the book is read again")
    assert texts()[1].endswith("was changed")
    assert run_kept("book", "show", "--url", daemon.url)[1] == STRICT


def test_without_a_book_file_the_book_in_the_database_counts(daemon: Daemon, tmp_path: Path, book: Path) -> None:
    daemon.stop()
    book.unlink()
    events = tmp_path / "events.jsonl"
    events.write_bytes(cloud_event("ticket.opened", "B", OPENED, "3", client="umbra"))
    assert run_kept("import", "--database", tmp_path / "kept.db", events)[:2] == (
        0,
        "1 accepted, 0 duplicates, 0 rejected\n",
    )
    again = Daemon(None, tmp_path / "kept.db")
    assert {row["case"] for row in _told("cases", "--url", again.url)} == {"A/1", "B"}
    assert again.stop() == 0
    code, _, err = run_kept("run", "--database", tmp_path / "new.db", "--port", "0")
    assert (code, "no promise book" in err) == (2, True)

"""Tokens with a real daemon: made and revoked while it runs, asked for at every door, and nowhere to be read."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.testing import Daemon, cloud_event, eventually, kept, run_kept

pytestmark = pytest.mark.slow


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log.txt"


@pytest.fixture
def running(book: Path, database: Path, log: Path) -> Iterator[Daemon]:
    with log.open("w") as errors:
        daemon = Daemon(book, database, errors=errors)
        yield daemon
        assert daemon.stop() == 0


def _token(database: Path, name: str, *scopes: str) -> str:
    asked = [word for scope in scopes for word in ("--scope", scope)]
    code, out, err = run_kept("token", "new", "--database", database, "--name", name, *asked)
    assert code == 0, err
    return out.strip()


def _status(daemon: Daemon, path: str, token: str) -> int:
    return daemon.ask(path, authorization=f"Bearer {token}")[0]


def test_a_token_made_while_it_runs_is_asked_for_and_one_revoked_is_refused(running: Daemon, database: Path) -> None:
    assert running.ask("/metrics")[0] == 200
    token = _token(database, "prometheus", "read")
    eventually(lambda: running.ask("/metrics")[0] == 401, "a token is asked for")
    assert _status(running, "/metrics", token) == 200
    assert _status(running, "/v1/events", token) == 403
    assert [running.ask(path)[0] for path in ("/healthz", "/readyz")] == [200, 200]
    assert run_kept("token", "revoke", "prometheus", "--database", database)[0] == 0
    eventually(lambda: _status(running, "/metrics", token) == 401, "the token is refused")


def test_the_commands_that_talk_to_a_daemon_show_the_token_from_a_file(
    running: Daemon, database: Path, tmp_path: Path
) -> None:
    file, events = tmp_path / "token", tmp_path / "events.jsonl"
    file.write_text(_token(database, "desk", "ingest", "read"))
    eventually(lambda: running.ask("/metrics")[0] == 401, "a token is asked for")
    events.write_bytes(cloud_event("ticket.opened", "A", time.time_ns() // 1_000, "1", client="acme"))
    for words in (("import", events), ("obligations",), ("simulate", "--cases", "1")):
        code, _, err = run_kept(*words, "--url", running.url)
        assert code == 2
        assert "--token-file" in err or "401" in err
        assert run_kept(*words, "--url", running.url, "--token-file", file)[0] == 0


def test_a_token_is_nowhere_to_be_read(running: Daemon, database: Path, log: Path, tmp_path: Path) -> None:
    token = _token(database, "desk", "read")
    eventually(lambda: _status(running, "/v1/obligations", token) == 200, "the token is known")
    _, refused = running.ask("/v1/events", b"{}", authorization=f"Bearer {token}")
    _, listed, _ = run_kept("token", "list", "--database", database)
    secret = token.split("_")[2]
    for text in (log.read_text(), refused.decode(), listed, _everything_in(tmp_path)):
        assert secret not in text


def _everything_in(folder: Path) -> str:
    return "".join(file.read_bytes().decode("latin-1") for file in folder.iterdir() if file.is_file())


def test_where_others_can_reach_it_a_token_must_be_there_before_it_starts(book: Path, database: Path) -> None:
    words = ("run", "--book", book, "--database", database, "--host", "0.0.0.0", "--port", "0")
    code, _, err = run_kept(*words)
    assert (code, err.count("\n")) == (2, 1)
    assert "kept token new" in err
    token = _token(database, "desk", "ingest")
    daemon = Daemon(book, database, "--host", "0.0.0.0")
    event = cloud_event("ticket.opened", "A", time.time_ns() // 1_000, "1", client="acme")
    sent = {"content_type": "application/cloudevents+json"}
    assert daemon.ask("/v1/events", event, **sent)[0] == 401
    status, body = daemon.ask("/v1/events", event, **sent, authorization=f"Bearer {token}")
    assert (status, json.loads(body)["accepted"]) == (200, 1)
    assert daemon.stop() == 0


def test_metrics_may_be_shown_to_whoever_asks(book: Path, database: Path) -> None:
    _token(database, "desk", "ingest")
    daemon = Daemon(book, database, "--open-metrics")
    assert daemon.ask("/metrics")[0] == 200
    assert daemon.ask("/v1/obligations")[0] == 401
    assert daemon.stop() == 0


def test_a_page_from_elsewhere_gets_nothing_from_an_open_daemon(running: Daemon) -> None:
    assert running.ask("/v1/obligations", host="rebound.example")[0] == 403
    assert running.ask("/v1/caught-up", b"", origin="https://elsewhere.example")[0] == 403


def test_a_command_line_has_no_room_for_a_token(running: Daemon) -> None:
    process = kept("obligations", "--url", running.url, "--token", "kept_x")
    _, err = process.communicate()
    assert process.returncode == 2
    assert "No such option" in err

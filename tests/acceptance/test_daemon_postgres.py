"""Kept on PostgreSQL as whole processes: kill -9, a server that dies under load, a database that another took.

Whatever was interrupted is held against the same events taken into a file that nothing interrupted.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from subprocess import Popen

import pytest

from monitor.domain.instant import SECOND_US
from monitor.testing import Daemon, cloud_event, eventually, kept, run_kept
from tests.acceptance.journals import assert_same, count_events, rows
from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def imported(history: Path, firm_book: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal that was made by one import."""
    file = tmp_path_factory.mktemp("imported") / "kept.db"
    code, out, err = run_kept("import", history, "--database", file, "--book", firm_book)
    assert (code, err) == (0, ""), out
    return file


@pytest.fixture(scope="module")
def sent(history: Path, firm_book: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal that a daemon made of what was sent to it, in portions smaller than an import's."""
    file = tmp_path_factory.mktemp("sent") / "kept.db"
    daemon = Daemon(firm_book, file)
    _verdicts_at_the_end(daemon, kept("import", history, "--url", daemon.url))
    assert daemon.stop() == 0
    return file


def _await_count(database: str, goal: int, sender: Popen[str]) -> None:
    eventually(lambda: count_events(database) >= goal or sender.poll() is not None, f"{goal} events have come")


def test_an_import_killed_again_and_again_ends_as_one_that_was_not(
    history: Path, firm_book: Path, imported: Path, postgres_url: str
) -> None:
    dice = Random(11)
    command = ("import", history, "--database", postgres_url, "--book", firm_book)
    for _ in range(6):
        process = kept(*command)
        _await_count(postgres_url, count_events(postgres_url) + dice.randrange(500, 2_500), process)
        process.kill()
        process.communicate()
    code, out, err = run_kept(*command)
    assert code == 0, (out, err)
    assert_same(postgres_url, imported)


@pytest.mark.parametrize("killed", ["daemon", "server"])
def test_what_is_killed_under_load_loses_and_doubles_nothing(
    history: Path, firm_book: Path, sent: Path, postgres: PostgresServer, postgres_url: str, tmp_path: Path, killed: str
) -> None:
    dice = Random(12)
    with (tmp_path / "errors.txt").open("w") as errors:
        daemon = Daemon(firm_book, postgres_url, errors=errors)
        sender = kept("import", history, "--url", daemon.url)
        for _ in range(5):
            _await_count(postgres_url, count_events(postgres_url) + dice.randrange(500, 2_500), sender)
            if killed == "daemon":
                daemon.kill()
                daemon = Daemon(firm_book, postgres_url, port=daemon.port, errors=errors)
            else:
                postgres.crash()
                postgres.start()
        verdicts = _verdicts_at_the_end(daemon, sender)
        assert daemon.stop() == 0
    assert_same(postgres_url, sent)
    _assert_counted(verdicts, sent)
    assert "Traceback" not in (tmp_path / "errors.txt").read_text()


def _verdicts_at_the_end(daemon: Daemon, sender: Popen[str]) -> dict[str, float]:
    """What is counted when everything was sent and judged."""
    out, err = sender.communicate(timeout=180)
    assert sender.returncode == 0, err
    assert "rejected" in out
    eventually(lambda: daemon.metric("kept_agenda_next_timestamp_seconds") * SECOND_US > _now(), "all is judged")
    return {
        verdict: daemon.metric("kept_verdicts_total", kind="resolve", restated="false", verdict=verdict)
        for verdict in ("kept", "broken")
    }


def _assert_counted(verdicts: dict[str, float], database: Path) -> None:
    for verdict, found in verdicts.items():
        ((expected,),) = rows(
            database,
            f"SELECT count(*) FROM decisions WHERE verdict = '{verdict}' AND NOT restated AND kind = 'resolve'"
            f" AND type IN ('kept', 'broken', 'restated')",
        )
        assert found == expected


def _now() -> int:
    return time.time_ns() // 1_000


# While the server is away, and when it was another's


@pytest.fixture
def daemon(firm_book: Path, postgres_url: str) -> Iterator[Daemon]:
    daemon = Daemon(firm_book, postgres_url)
    yield daemon
    if daemon.process.poll() is None:
        daemon.kill()


def _event(number: int) -> bytes:
    return cloud_event("ticket.opened", f"C{number}", _now(), str(number), client="harrier")


def test_while_the_server_is_away_senders_are_told_to_come_back(
    daemon: Daemon, postgres: PostgresServer, postgres_url: str
) -> None:
    assert daemon.post(_event(1))["accepted"] == 1
    postgres.crash()
    try:
        status, _ = daemon.ask("/v1/events", _event(2), content_type="application/cloudevents+json")
        assert status == 503
        assert daemon.ask("/readyz")[0] == 503
        assert daemon.ask("/v1/obligations")[0] == 503
        assert daemon.ask("/healthz")[0] == 200
    finally:
        postgres.start()
    eventually(lambda: daemon.ask("/readyz")[0] == 200, "it is ready by itself")
    assert daemon.post(_event(1), _event(2))["accepted"] == 1
    assert daemon.stop() == 0
    assert postgres.execute("SELECT count(*) FROM events", database=postgres_url) == [(2,)]


def test_a_second_daemon_on_the_same_database_is_refused(daemon: Daemon, firm_book: Path, postgres_url: str) -> None:
    code, out, err = run_kept("run", "--book", firm_book, "--database", postgres_url, "--port", "0")
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1, err
    assert f"process {daemon.process.pid}, session" in err
    assert daemon.stop() == 0


def test_a_daemon_whose_database_another_took_stops(
    daemon: Daemon, history: Path, firm_book: Path, postgres: PostgresServer, postgres_url: str
) -> None:
    postgres.execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        database=postgres_url,
    )
    assert run_kept("import", history, "--database", postgres_url, "--book", firm_book)[0] == 0

    def has_ended() -> bool:
        with suppress(OSError):
            daemon.ask("/v1/events", _event(1), content_type="application/cloudevents+json")
        return daemon.process.poll() is not None

    eventually(has_ended, "it has noticed")
    _, err = daemon.process.communicate()
    assert daemon.process.returncode == 1
    assert err.splitlines()[-1].endswith(
        "found that another Kept had it meanwhile after the connection was lost, expected to be the only one"
    )
    assert postgres.execute("SELECT count(*) FROM events WHERE id = '1'", database=postgres_url) == [(0,)]


def test_open_obligations_are_listed_from_the_server(daemon: Daemon, postgres_url: str) -> None:
    daemon.post(_event(1))
    listed = []
    for place in (("--database", postgres_url), ("--url", daemon.url)):
        code, out, err = run_kept("obligations", *place, "--format", "jsonl")
        assert (code, err) == (0, "")
        listed.append([{**json.loads(line), "left_seconds": None} for line in out.splitlines()])
    assert listed[0] == listed[1]
    assert {row["case"] for row in listed[0]} == {"C1"}
    assert daemon.stop() == 0

"""Kept on PostgreSQL as a whole process: while its server is away, and when its database is or was another's."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from monitor.testing import Daemon, cloud_event, eventually, kept, run_kept
from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.slow


@pytest.fixture
def daemon(firm_book: Path, postgres_url: str) -> Iterator[Daemon]:
    daemon = Daemon(firm_book, postgres_url)
    yield daemon
    if daemon.process.poll() is None:
        daemon.kill()


def _event(number: int) -> bytes:
    return cloud_event("ticket.opened", f"C{number}", time.time_ns() // 1_000, str(number), client="harrier")


def test_while_the_server_is_away_senders_are_told_to_come_back(
    daemon: Daemon, postgres: PostgresServer, postgres_url: str
) -> None:
    assert daemon.post(_event(1))["accepted"] == 1
    postgres.crash()
    try:
        status, _ = daemon.ask("/v1/events", _event(2), content_type="application/cloudevents+json")
        assert status == 503
        # It tries to write once a second at most.
        eventually(lambda: daemon.ask("/readyz")[0] == 503, "it says that it is not ready")
        assert daemon.ask("/v1/obligations")[0] == 503
        assert daemon.ask("/healthz")[0] == 200
    finally:
        postgres.start()
    eventually(lambda: daemon.ask("/readyz")[0] == 200, "it is ready by itself")
    assert daemon.post(_event(1), _event(2))["accepted"] == 1
    assert daemon.stop() == 0
    assert postgres.execute("SELECT count(*) FROM events", database=postgres_url) == [(2,)]


def test_it_stops_in_good_order_while_the_server_is_away(daemon: Daemon, postgres: PostgresServer) -> None:
    postgres.crash()
    try:
        assert daemon.stop() == 0
    finally:
        postgres.start()


def test_no_password_is_announced(firm_book: Path, postgres_url: str) -> None:
    process = kept("run", "--book", firm_book, "--database", postgres_url.replace("@", ":geheim@"), "--port", "0")
    assert process.stdout is not None
    announced = [process.stdout.readline() for _ in range(5)]
    process.terminate()
    out, err = process.communicate()
    assert postgres_url in announced[0]
    assert "geheim" not in "".join([*announced, out, err])


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

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
from typing import Any

import pytest
from sqlalchemy import text

from monitor.adapters.database import engine_for
from monitor.adapters.driver_errors import translated
from monitor.adapters.location import Location
from monitor.domain.instant import SECOND_US
from monitor.errors import KeptError
from monitor.testing import Daemon, cloud_event, eventually, kept, run_kept
from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.slow

_VERDICTS = "SELECT id, client, promise, version, verdict, due, ended, is_open FROM obligations ORDER BY id"
_DECISIONS = "SELECT type, obligation, verdict, restated, due, ended FROM decisions ORDER BY 1, 2, 3, 4, 5, 6"
_COUNTS = "SELECT * FROM decision_counts ORDER BY 1, 2, 3, 4, 5, 6, 7"
_EVENTS = "SELECT source, id FROM events ORDER BY 1, 2"
_RECOUNT = """SELECT type, verdict, restated, kind, client, coalesce(channel, ''), coalesce(tier, ''), count(*)
    FROM decisions GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7"""


@pytest.fixture(scope="module")
def imported(history: Path, firm_book: Path, tmp_path_factory: pytest.TempPathFactory) -> Location:
    """A journal that was made by one import."""
    file = tmp_path_factory.mktemp("imported") / "kept.db"
    code, out, err = run_kept("import", history, "--database", file, "--book", firm_book)
    assert (code, err) == (0, ""), out
    return Location(file)


@pytest.fixture(scope="module")
def sent(history: Path, firm_book: Path, tmp_path_factory: pytest.TempPathFactory) -> Location:
    """A journal that a daemon made of what was sent to it, in portions smaller than an import's."""
    file = tmp_path_factory.mktemp("sent") / "kept.db"
    daemon = Daemon(firm_book, file)
    _verdicts_at_the_end(daemon, kept("import", history, "--url", daemon.url))
    assert daemon.stop() == 0
    return Location(file)


@pytest.fixture
def database(postgres_url: str) -> Location:
    return Location.parse(postgres_url)


def _rows(database: Location, question: str) -> list[tuple[Any, ...]]:
    engine = engine_for(database)
    try:
        with translated(), engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(question))]
    finally:
        engine.dispose()


def _assert_same(database: Location, other: Location) -> None:
    for question in (_EVENTS, _VERDICTS, _DECISIONS, _COUNTS):
        assert _rows(database, question) == _rows(other, question)
    assert _rows(database, _RECOUNT) == _rows(database, _COUNTS)


def _await_count(database: Location, goal: int, sender: Popen[str]) -> None:
    eventually(lambda: _count(database) >= goal or sender.poll() is not None, f"{goal} events have come")


def _count(database: Location) -> int:
    """How many events there are; 0 where there is no table yet, or no server just now."""
    try:
        return int(_rows(database, "SELECT count(*) FROM events")[0][0])
    except KeptError:
        return 0


def test_an_import_killed_again_and_again_ends_as_one_that_was_not(
    history: Path, firm_book: Path, imported: Location, database: Location, postgres_url: str
) -> None:
    dice = Random(11)
    command = ("import", history, "--database", postgres_url, "--book", firm_book)
    for _ in range(6):
        process = kept(*command)
        _await_count(database, _count(database) + dice.randrange(500, 2_500), process)
        process.kill()
        process.communicate()
    code, out, err = run_kept(*command)
    assert code == 0, (out, err)
    _assert_same(database, imported)


def test_a_daemon_killed_under_load_loses_and_doubles_nothing(
    history: Path, firm_book: Path, sent: Location, database: Location, postgres_url: str, tmp_path: Path
) -> None:
    dice = Random(12)
    with (tmp_path / "errors.txt").open("w") as errors:
        daemon = Daemon(firm_book, postgres_url, errors=errors)
        sender = kept("import", history, "--url", daemon.url)
        for _ in range(5):
            _await_count(database, _count(database) + dice.randrange(500, 2_500), sender)
            daemon.kill()
            daemon = Daemon(firm_book, postgres_url, port=daemon.port, errors=errors)
        verdicts = _verdicts_at_the_end(daemon, sender)
        assert daemon.stop() == 0
    _assert_same(database, sent)
    _assert_counted(verdicts, sent)


def test_a_server_killed_under_load_costs_nothing_but_time(
    history: Path, firm_book: Path, sent: Location, postgres: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    database, dice = Location.parse(postgres_url), Random(14)
    with (tmp_path / "errors.txt").open("w") as errors:
        daemon = Daemon(firm_book, postgres_url, errors=errors)
        sender = kept("import", history, "--url", daemon.url)
        for _ in range(4):
            _await_count(database, _count(database) + dice.randrange(500, 2_500), sender)
            postgres.crash()
            postgres.start()
        verdicts = _verdicts_at_the_end(daemon, sender)
        assert daemon.stop() == 0
    _assert_same(database, sent)
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


def _assert_counted(verdicts: dict[str, float], database: Location) -> None:
    for verdict, found in verdicts.items():
        ((expected,),) = _rows(
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

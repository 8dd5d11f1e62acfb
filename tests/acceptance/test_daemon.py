"""`kept run` and `kept import` as whole processes: deadlines without events, kill -9, rubbish, and each way a start can fail."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from monitor.domain.hours.instant import SECOND_US
from monitor.testing import BOOK, SLACK, Daemon, cloud_event, eventually, run_kept
from tests.acceptance.journals import rows

pytestmark = pytest.mark.slow

QUICK_BOOK = BOOK.replace("within: 1h", "within: 2s")
"""A first response is promised within two seconds."""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.yaml"
    path.write_text(QUICK_BOOK)
    return path


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "kept.db"


def _now() -> int:
    return time.time_ns() // 1_000


def test_a_deadline_that_passes_without_an_event_is_a_breach(book: Path, database: Path) -> None:
    daemon = Daemon(book, database)
    opened = _now()
    assert daemon.post(cloud_event("ticket.opened", "A", opened, "1", client="acme"))["accepted"] == 1
    broken = {"kind": "first_response", "verdict": "broken", "restated": "false"}
    eventually(lambda: daemon.metric("kept_verdicts_total", **broken) == 1, "the breach shows")
    assert daemon.metric("kept_client_verdicts_total", client="acme", verdict="broken") == 1
    assert daemon.metric("kept_open_obligations", kind="first_response", outcome="open_late") == 1
    assert daemon.stop() == 0
    ((due, recorded),) = rows(database, "SELECT due, recorded FROM decisions WHERE type = 'broken'")
    assert due == opened + 2 * SECOND_US
    assert 0 < recorded - due < 2 * SLACK * SECOND_US


def test_counters_go_on_after_a_kill(book: Path, database: Path) -> None:
    daemon = Daemon(book, database)
    daemon.post(*(cloud_event("ticket.opened", f"C{n}", _now(), str(n), client="acme") for n in range(20)))
    broken = {"kind": "first_response", "verdict": "broken", "restated": "false"}
    eventually(lambda: daemon.metric("kept_verdicts_total", **broken) == 20, "all are broken")
    before = daemon.metrics()
    daemon.kill()
    daemon = Daemon(book, database)
    after = daemon.metrics()
    durable = [name for name in before if (name.startswith("kept_") and "_total" in name) or "_ratio_" in name]
    assert {name: after[name] for name in durable} == {name: before[name] for name in durable}
    assert daemon.post(cloud_event("ticket.opened", "C1", _now(), "1", client="acme"))["duplicates"] == 1
    assert daemon.stop() == 0


def test_what_fell_due_while_nobody_watched_is_found_at_the_start(book: Path, database: Path) -> None:
    daemon = Daemon(book, database)
    opened = _now()
    daemon.post(cloud_event("ticket.opened", "A", opened, "1", client="acme"))
    daemon.kill()
    eventually(lambda: _now() > opened + 2 * SECOND_US, "it has fallen due")
    daemon = Daemon(book, database)
    broken = {"kind": "first_response", "verdict": "broken", "restated": "false"}
    eventually(lambda: daemon.metric("kept_verdicts_total", **broken) == 1, "the breach shows")
    assert daemon.stop() == 0


# The commands beside it


def test_bad_lines_are_named_kept_and_stop_nothing(book: Path, database: Path, tmp_path: Path) -> None:
    good = [cloud_event("ticket.opened", case, _now(), case, client="acme") for case in "AB"]
    file, rejects = tmp_path / "events.jsonl", tmp_path / "rejects.jsonl"
    file.write_bytes(b"\n".join([good[0], b"rubbish", good[1], b"", b"\xff\xfe", good[0]]))
    command = ("import", file, "--database", database, "--book", book, "--rejects", rejects)
    code, out, err = run_kept(*command)
    assert (code, out) == (0, "2 accepted, 1 duplicate, 2 rejected\n")
    assert f"{file}:2:" in err
    assert f"{file}:5:" in err
    assert [json.loads(line)["line"] for line in rejects.read_text().splitlines()] == [2, 5]
    assert run_kept(*command)[1] == "0 accepted, 3 duplicates, 2 rejected\n"
    assert rows(database, "SELECT count(*) FROM dead_letters") == [(2,)]


def test_open_obligations_are_listed_from_the_file_and_from_the_daemon_alike(book: Path, database: Path) -> None:
    daemon = Daemon(book, database)
    daemon.post(*(cloud_event("ticket.opened", case, _now(), case, client="acme") for case in "BA"))
    listed = []
    for place in (("--database", database), ("--url", daemon.url)):
        code, out, err = run_kept("obligations", *place, "--format", "jsonl")
        assert (code, err) == (0, "")
        rows = [json.loads(line) for line in out.splitlines()]
        listed.append([(row["case"], row["kind"], row["due"], row["promise"]) for row in rows])
        assert [row["due"] for row in rows] == sorted(row["due"] for row in rows)
    assert listed[0] == listed[1]
    assert len(listed[0]) == 4
    code, out, _ = run_kept("obligations", "--database", database, "--format", "table")
    assert "gold-resolve" in out
    assert run_kept("obligations", "--database", database, "--format", "csv")[1].startswith("due,left_seconds,verdict")
    assert daemon.stop() == 0


def test_a_question_to_a_file_that_is_not_there_makes_none(tmp_path: Path) -> None:
    _assert_one_clear_line(run_kept("obligations", "--database", tmp_path / "none.db"), "none.db", "no such file")
    assert not (tmp_path / "none.db").exists()


# Rubbish

_TYPES = (
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "application/x-ndjson",
    "text/plain",
    "",
)


def test_a_thousand_rubbish_requests_do_no_harm(book: Path, database: Path) -> None:
    daemon = Daemon(book, database)
    dice = Random(13)
    good = cloud_event("ticket.opened", "A", _now(), "1", client="acme")
    statuses = set()
    for number in range(1_000):
        body = _rubbish(dice, good, number)
        status, _ = daemon.ask("/v1/events", body, content_type=dice.choice(_TYPES))
        statuses.add(status)
    assert statuses <= {200, 207, 400, 413, 415}
    assert daemon.post(cloud_event("ticket.opened", "B", _now(), "good", client="acme"))["accepted"] == 1
    assert daemon.ask("/readyz")[0] == 200
    letters = daemon.metric("kept_dead_letters_total")
    assert daemon.stop() == 0
    assert letters == rows(database, "SELECT count(*) FROM dead_letters")[0][0] > 0


def _rubbish(dice: Random, good: bytes, number: int) -> bytes:
    shape = dice.randrange(6)
    if shape == 0:
        return dice.randbytes(dice.randrange(200))
    if shape == 1:
        return good[: dice.randrange(1, len(good))]
    if shape == 2:
        return good.replace(b"ticket.opened", b"ticket.%d" % number)
    if shape == 3:
        return b"[" * dice.randrange(1, 5_000)
    if shape == 4:
        return json.dumps({"specversion": "1.0", "id": number, "time": "never"}).encode()
    return re.sub(rb'"time":"\d{4}', b'"time":"%d' % dice.randrange(1, 9_999), good)


def test_one_line_of_ten_megabytes_is_refused_before_it_is_read(book: Path, database: Path) -> None:
    daemon = Daemon(book, database)
    with socket.create_connection(("127.0.0.1", daemon.port)) as connection:
        head = "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/cloudevents+json\r\n"
        connection.sendall(f"{head}Content-Length: {10 * 2**20}\r\n\r\n".encode())
        assert b" 413 " in connection.recv(200)
    assert daemon.stop() == 0


# Stopping


def test_it_stops_within_five_seconds_under_load_and_keeps_what_it_acknowledged(book: Path, database: Path) -> None:
    daemon = Daemon(book, database)
    acknowledged: list[str] = []
    senders = [threading.Thread(target=_send_until_it_fails, args=(daemon, name, acknowledged)) for name in "abcd"]
    for sender in senders:
        sender.start()
    eventually(lambda: len(acknowledged) > 50, "events are acknowledged")
    began = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - began < 5 * SLACK
    for sender in senders:
        sender.join()
    known = {row[0] for row in rows(database, "SELECT id FROM events")}
    assert set(acknowledged) <= known


def _send_until_it_fails(daemon: Daemon, name: str, acknowledged: list[str]) -> None:
    number = 0
    while True:
        number += 1
        event_id = f"{name}{number}"
        try:
            if daemon.post(cloud_event("ticket.opened", event_id, _now(), event_id, client="acme"))["status"] != 200:
                return
        except (OSError, KeyError, ValueError):
            return
        acknowledged.append(event_id)


# Each way a start can fail


@pytest.fixture
def running(book: Path, database: Path) -> Iterator[Daemon]:
    daemon = Daemon(book, database)
    yield daemon
    daemon.kill()


def _assert_one_clear_line(result: tuple[int, str, str], *words: str) -> None:
    code, out, err = result
    assert code != 0
    assert len(err.strip().splitlines()) == 1, err
    for word in words:
        assert word in err, err
    assert out == ""


def test_a_second_daemon_on_the_same_file_is_refused(running: Daemon, book: Path, database: Path) -> None:
    result = run_kept("run", "--book", book, "--database", database, "--port", "0")
    _assert_one_clear_line(result, str(database), "a Kept at work on it")


def test_an_import_into_a_file_in_use_is_refused(running: Daemon, book: Path, database: Path, history: Path) -> None:
    result = run_kept("import", history, "--book", book, "--database", database)
    _assert_one_clear_line(result, str(database), "a Kept at work on it")


def test_a_port_that_is_taken_is_named(running: Daemon, book: Path, tmp_path: Path) -> None:
    result = run_kept("run", "--book", book, "--database", tmp_path / "other.db", "--port", str(running.port))
    _assert_one_clear_line(result, str(running.port), "in use")


def test_a_bad_book_is_explained(book: Path, database: Path) -> None:
    book.write_text(QUICK_BOOK.replace("2h", "two hours"))
    _assert_one_clear_line(run_kept("run", "--book", book, "--database", database), "book.yaml:", "within", "two hours")
    assert not database.exists()


def test_a_folder_that_is_not_there_is_named(book: Path, tmp_path: Path) -> None:
    result = run_kept("run", "--book", book, "--database", tmp_path / "nowhere" / "kept.db")
    _assert_one_clear_line(result, "nowhere")


def test_a_file_that_is_no_database_is_refused(book: Path, database: Path) -> None:
    database.write_bytes(b"This is a letter, not a database. " * 100)
    result = run_kept("run", "--book", book, "--database", database, "--port", "0")
    _assert_one_clear_line(result, str(database), "not a database")


def test_a_newer_schema_is_refused(book: Path, database: Path) -> None:
    daemon = Daemon(book, database)
    assert daemon.stop() == 0
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    result = run_kept("run", "--book", book, "--database", database, "--port", "0")
    _assert_one_clear_line(result, "newer Kept", "9999")


def test_an_open_door_needs_a_flag(book: Path, database: Path) -> None:
    result = run_kept("run", "--book", book, "--database", database, "--host", "0.0.0.0")
    _assert_one_clear_line(result, "0.0.0.0", "--allow-open")

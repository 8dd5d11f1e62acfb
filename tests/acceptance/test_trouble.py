"""Trouble with the file while Kept runs, and each way a start can fail because of it: told in a line, and nothing is lost."""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from monitor.testing import PATIENCE_SECONDS, SLACK, Daemon, cloud_event, eventually, kept, run_kept
from tests.acceptance.disks import KINDS, Disk, LimitedDisk, disk_of, heeding_modes, mounted
from tests.acceptance.journals import assert_whole, rows

pytestmark = pytest.mark.slow

LINES = "application/x-ndjson"


@pytest.fixture(params=KINDS)
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    with disk_of(request.param, folder) as made:
        yield made


class Sender:
    """Sends events one by one and remembers which were acknowledged."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.acknowledged: list[str] = []
        self._number = 0

    def send(self, size: int = 10) -> int:
        """The status of the answer to one event with so many characters in it."""
        self._number += 1
        name = f"e{self._number}"
        event = cloud_event("ticket.opened", name, time.time_ns() // 1_000, name, client="acme", title="x" * size)
        status, body = self.daemon.ask("/v1/events", event, content_type=LINES)
        if status == 200:
            assert json.loads(body)["accepted"] == 1
            self.acknowledged.append(name)
        return status

    def retry_after(self) -> str | None:
        """What the sender of one event is told of when to come back."""
        with closing(self.daemon.connect()) as connection:
            event = cloud_event("ticket.opened", "again", time.time_ns() // 1_000, "again", client="acme")
            connection.request("POST", "/v1/events", event, {"content-type": LINES})
            answer = connection.getresponse()
            return answer.getheader("retry-after") if answer.status == 503 else None


def _assert_nothing_is_lost(database: Path, acknowledged: list[str]) -> None:
    assert set(acknowledged) <= {row[0] for row in rows(database, "SELECT id FROM events")}
    assert_whole(database)


# While it runs


def test_a_full_disk_is_told_to_senders_and_when_there_is_room_it_goes_on(
    disk: Disk, book: Path, tmp_path: Path
) -> None:
    database = disk.folder / "kept.db"
    with (tmp_path / "log.txt").open("w") as errors:
        daemon = Daemon(book, database, errors=errors)
        sender = Sender(daemon)
        assert [sender.send() for _ in range(20)] == [200] * 20
        disk.fill(daemon.process.pid)
        # What is allocated already takes a few more: events of 100 kB find its end.
        eventually(lambda: sender.send(100_000) == 503, "the disk is full")
        assert sender.retry_after() is not None
        eventually(lambda: daemon.ask("/readyz")[0] == 503, "it says that it can't write")
        assert daemon.ask("/healthz")[0] == 200
        disk.free(daemon.process.pid)
        eventually(lambda: sender.send() == 200, "there is room again")
        eventually(lambda: daemon.ask("/readyz")[0] == 200, "it says that it can write")
        assert daemon.stop() == 0
    _assert_nothing_is_lost(database, sender.acknowledged)


@contextmanager
def _unwritable(database: Path, process: int) -> Iterator[None]:
    """The files of a database that nobody may write: marked immutable where that can be done, else limited.

    Not the one in shared memory: it is mapped, not written, and a page of it that can't be had ends a process.
    """
    files = [str(database), f"{database}-wal"]
    try:
        subprocess.run(["chattr", "+i", *files], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        limit = LimitedDisk(database.parent)
        limit.fill(process)
        yield
        limit.free(process)
        return
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", *files], check=True)


def test_a_file_made_read_only_is_told_to_senders_and_when_it_is_not_it_goes_on(book: Path, tmp_path: Path) -> None:
    database = tmp_path / "kept.db"
    daemon = Daemon(book, database)
    sender = Sender(daemon)
    assert sender.send() == 200
    with _unwritable(database, daemon.process.pid):
        assert sender.send() == 503
        assert sender.retry_after() is not None
        assert daemon.ask("/v1/obligations")[0] == 200
    eventually(lambda: sender.send() == 200, "it can be written again")
    assert daemon.stop() == 0
    _assert_nothing_is_lost(database, sender.acknowledged)


@contextmanager
def _locked(database: Path) -> Iterator[sqlite3.Connection]:
    """Another process's transaction that keeps all writers out."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


def test_a_database_that_another_process_locks_is_told_to_senders_and_when_it_is_free_it_goes_on(
    book: Path, tmp_path: Path
) -> None:
    database = tmp_path / "kept.db"
    daemon = Daemon(book, database)
    sender = Sender(daemon)
    assert sender.send() == 200
    with _locked(database):
        assert sender.retry_after() is not None
        assert daemon.ask("/healthz")[0] == 200
        assert daemon.ask("/metrics")[0] == 200
    eventually(lambda: sender.send() == 200, "it is free again")
    assert daemon.stop() == 0
    _assert_nothing_is_lost(database, sender.acknowledged)


def test_it_stops_in_time_also_while_another_process_locks_the_database(book: Path, tmp_path: Path) -> None:
    database = tmp_path / "kept.db"
    with (tmp_path / "log.txt").open("w") as errors:
        daemon = Daemon(book, database, errors=errors)
        sender = Sender(daemon)
        assert sender.send() == 200
        with _locked(database):
            statuses: list[int] = []
            waiting = threading.Thread(target=lambda: statuses.append(sender.send()))
            waiting.start()
            eventually(lambda: daemon.metric("kept_waiting_events") == 1, "an event waits for the lock")
            began = time.monotonic()
            assert daemon.stop() == 0
            took_seconds = time.monotonic() - began
        waiting.join()
    assert took_seconds < 5 * SLACK
    assert statuses == [503]
    _assert_nothing_is_lost(database, sender.acknowledged)


def test_a_file_that_is_moved_away_is_told_to_senders_and_when_it_is_back_it_goes_on(
    book: Path, tmp_path: Path
) -> None:
    database, elsewhere = tmp_path / "kept.db", tmp_path / "elsewhere.db"
    daemon = Daemon(book, database)
    sender = Sender(daemon)
    assert sender.send() == 200
    database.rename(elsewhere)
    # What is written to a file that has no place any more would be gone with the process.
    assert sender.send() == 503
    assert sender.retry_after() is not None
    eventually(lambda: daemon.ask("/readyz")[0] == 503, "it says that it can't write")
    assert not database.exists(), "whoever reads it made an empty one in its place"
    elsewhere.rename(database)
    eventually(lambda: sender.send() == 200, "it is back")
    assert daemon.stop() == 0
    _assert_nothing_is_lost(database, sender.acknowledged)


def test_another_file_in_its_place_ends_it_and_the_next_start_takes_that_one_up(book: Path, tmp_path: Path) -> None:
    database, backup = tmp_path / "kept.db", tmp_path / "backup.db"
    log = tmp_path / "log.txt"
    with log.open("w") as errors:
        daemon = Daemon(book, database, errors=errors)
        sender = Sender(daemon)
        assert sender.send() == 200
        assert run_kept("backup", backup, "--database", database)[0] == 0
        backed_up = list(sender.acknowledged)
        assert sender.send() == 200
        backup.replace(database)
        assert sender.send() == 503
        assert daemon.process.wait(PATIENCE_SECONDS) == 1
    assert log.read_text().splitlines()[-1].startswith(f"{database}: found another file in its place")
    sender.daemon = Daemon(book, database)
    assert sender.send() == 200
    assert sender.daemon.stop() == 0
    _assert_nothing_is_lost(database, backed_up)


# Each way a start can fail because of the file


def _run(book: Path, database: Path, **options: Any) -> tuple[int, str]:
    """Exit code and errors of a start that must not succeed."""
    process = kept("run", "--book", book, "--database", database, "--port", "0", **options)
    _, err = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, err


def _assert_one_line(result: tuple[int, str], *words: str) -> None:
    code, err = result
    assert code != 0
    assert len(err.splitlines()) == 1, err
    for word in words:
        assert word in err, err


def _used(book: Path, folder: Path) -> Path:
    """A database that a Kept has run on."""
    database = folder / "kept.db"
    assert Daemon(book, database).stop() == 0
    return database


@pytest.mark.parametrize("bytes_left", [0, 4_096, 40_000])
def test_a_disk_that_is_full_at_the_first_start_is_told(book: Path, tmp_path: Path, bytes_left: int) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_left, bytes_left))

    _assert_one_line(_run(book, tmp_path / "kept.db", preexec_fn=limit), "kept.db")


@pytest.mark.skipif("mount" not in KINDS, reason="only who may mount can fill a disk; limits stand in for it above")
def test_a_disk_that_is_full_at_a_later_start_is_told(book: Path, tmp_path: Path) -> None:
    with disk_of("mount", tmp_path / "disk") as disk:
        database = _used(book, disk.folder)
        disk.fill(0)
        _assert_one_line(_run(book, database), "full")


def test_a_file_that_may_not_be_written_is_told(book: Path, tmp_path: Path) -> None:
    database = _used(book, tmp_path)
    database.chmod(0o444)
    _assert_one_line(_run(book, database, preexec_fn=heeding_modes()), str(database), "read", "written")


def test_a_folder_that_may_not_be_written_is_told(book: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o555)
    _assert_one_line(_run(book, folder / "kept.db", preexec_fn=heeding_modes()), str(folder), "Permission denied")


def test_a_folder_in_the_place_of_the_file_is_told(book: Path, tmp_path: Path) -> None:
    _assert_one_line(_run(book, tmp_path), str(tmp_path), "found a folder")


@pytest.mark.skipif("mount" not in KINDS, reason="only who may mount has a file system that can only be read")
def test_a_file_system_that_can_only_be_read_is_told(book: Path, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk") as folder:
        database = _used(book, folder)
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        _assert_one_line(_run(book, database), str(folder), "ead-only")

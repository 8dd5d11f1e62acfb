"""`kept backup` beside a daemon under load: one whole state, which a daemon takes up as it took the original."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from monitor.testing import Daemon, cloud_event, eventually, run_kept
from tests.acceptance.disks import KINDS, mounted
from tests.acceptance.journals import EVENTS, assert_whole, count_events, rows

pytestmark = pytest.mark.slow


class Sender(threading.Thread):
    """Sends events until it is told to stop."""

    def __init__(self, daemon: Daemon, name: str) -> None:
        super().__init__()
        self._kept = daemon
        self._prefix = name
        self.stopped = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.stopped.is_set():
            number += 1
            now = time.time_ns() // 1_000
            names = [f"{self._prefix}{number}.{index}" for index in range(20)]
            receipt = self._kept.post(*(cloud_event("ticket.opened", n, now, n, client="acme") for n in names))
            assert receipt["accepted"] == len(names)


def _await_more(database: Path, than: int) -> None:
    eventually(lambda: count_events(database) > than, "events come in")


def test_a_backup_under_load_is_a_whole_state_that_a_daemon_takes_up(
    book: Path, database: Path, tmp_path: Path
) -> None:
    daemon = Daemon(book, database)
    senders = [Sender(daemon, name) for name in "abc"]
    for sender in senders:
        sender.start()
    copies = [tmp_path / f"copy{number}.db" for number in range(3)]
    for copy in copies:
        before = count_events(database)
        _await_more(database, before)
        code, out, err = run_kept("backup", copy, "--database", database)
        assert (code, out, err.endswith(" bytes, checked\n")) == (0, "", True), err
        assert before < count_events(copy) <= count_events(database)
    for sender in senders:
        sender.stopped.set()
        sender.join()
    assert daemon.stop() == 0
    for copy in copies:
        assert_whole(copy)
        assert set(rows(copy, EVENTS)) < set(rows(database, EVENTS))
    restored = Daemon(book, copies[0])
    assert restored.metric("kept_events_total", outcome="accepted") == count_events(copies[0])
    assert restored.stop() == 0


@pytest.mark.skipif("mount" not in KINDS, reason="only who may mount can fill a disk")
def test_a_disk_that_fills_up_under_a_backup_is_told_and_nothing_is_left_there(
    book: Path, database: Path, tmp_path: Path
) -> None:
    daemon = Daemon(book, database)
    # Several times as much as there is room for, so that the copy ends in the middle.
    names = [f"e{number}" for number in range(1_000)]
    daemon.post(*(cloud_event("ticket.opened", n, 1_700_000_000_000_000, n, title="x" * 2_000) for n in names))
    with mounted(tmp_path / "disk", "size=1000k") as folder:
        code, _, err = run_kept("backup", folder / "copy.db", "--database", database)
        assert code == 1
        assert err.startswith(f"{folder / 'copy.db'}: found database or disk is full, expected a copy of")
        assert list(folder.iterdir()) == []
    assert daemon.stop() == 0

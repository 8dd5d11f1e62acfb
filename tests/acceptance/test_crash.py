"""kill -9 under load from several senders that remember what was acknowledged: nothing of it is lost, nothing counted twice.

The daemon is killed at random moments (10 times; KEPT_KILLS says otherwise, e.g. 100) and at each labelled step of a
commit. In the end the journal equals one that was never interrupted.
"""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import IO, Any, Final

import pytest

from monitor.demo.firm import BOOK_PATH
from monitor.demo.simulate import events as simulated_events
from monitor.domain.hours.instant import SECOND_US, parse_instant
from monitor.testing import PATIENCE_SECONDS, STEPS, Daemon, eventually
from tests.acceptance.crashing import VARIABLE
from tests.acceptance.journals import assert_same, count_events, rows
from tests.services.processes import free_ports

pytestmark = pytest.mark.slow

KILLS: Final = int(os.environ.get("KEPT_KILLS", "10"))
CASES: Final = max(1_500, 60 * KILLS)
"""Enough for a load between each two kills."""
SENDERS: Final = 4
PORTION: Final = 20
TIMES: Final = (9, 31)
"""The how-manieth time a step is reached: beyond what a start alone needs."""

_WRITTEN: Final = {"content-type": "application/x-ndjson"}


def _groups(events: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The events by matter, in order: cases that name each other belong together."""
    home: dict[str, str] = {}

    def find(case: str) -> str:
        while home.setdefault(case, case) != case:
            case = home[case]
        return case

    for event in events:
        for key in ("into", "to", "from"):
            other = event["data"].get(key)
            if isinstance(other, str) and event["type"] in {"ticket.merged", "ticket.split", "case.linked"}:
                home[find(event["subject"])] = find(other)
    groups = defaultdict(list)
    for event in events:
        groups[find(event["subject"])].append(event)
    yield from groups.values()


class Load:
    """What is sent: first what belongs to no case, then the matters, dealt to the senders."""

    def __init__(self) -> None:
        start = parse_instant("2026-03-02T06:00:00+00:00")
        made = list(simulated_events(17, start, cases=CASES))
        self.first = [event for event in made if "subject" not in event]
        self.shares: list[list[dict[str, Any]]] = [[] for _ in range(SENDERS)]
        for number, group in enumerate(_groups([event for event in made if "subject" in event])):
            self.shares[number % SENDERS] += group
        self.size = len(made)


class Sender(threading.Thread):
    """Sends portions, each again and again until it is acknowledged, and remembers which events were."""

    def __init__(self, port: int, events: list[dict[str, Any]]) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._events = events
        self.acknowledged: list[tuple[str, str]] = []

    def run(self) -> None:
        for start in range(0, len(self._events), PORTION):
            portion = self._events[start : start + PORTION]
            body = "\n".join(map(json.dumps, portion)).encode()
            give_up_at = time.monotonic() + PATIENCE_SECONDS
            while not self._is_acknowledged(body):
                assert time.monotonic() < give_up_at, "nobody takes it"
                time.sleep(0.01)
            self.acknowledged += [(event["source"], event["id"]) for event in portion]

    def _is_acknowledged(self, body: bytes) -> bool:
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)) as connection:
            try:
                connection.request("POST", "/v1/events?catching_up=true", body, _WRITTEN)
                answer = connection.getresponse()
                receipt = answer.read()
            except (OSError, http.client.HTTPException):
                return False
        assert answer.status in {200, 503}, receipt
        return answer.status == 200


@pytest.fixture(scope="module")
def load() -> Load:
    return Load()


@pytest.fixture(scope="module")
def uninterrupted(load: Load, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The journal of a daemon that had the same portions in peace: what is decided together depends on what comes together."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    with (folder / "log.txt").open("w") as errors:
        daemon = Daemon(BOOK_PATH, folder / "kept.db", errors=errors)
        senders = Senders(load, daemon.port)
        senders.start()
        _finish(daemon, senders, load, folder / "kept.db")
    return folder / "kept.db"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[IO[str]]:
    with (tmp_path / "log.txt").open("w") as errors:
        yield errors


class Senders:
    """All of them; what belongs to no case is sent when they are made, the rest from `start` on."""

    def __init__(self, load: Load, port: int) -> None:
        first = Sender(port, load.first)
        first.run()
        self._all = [first, *(Sender(port, share) for share in load.shares)]

    def start(self) -> None:
        for sender in self._all[1:]:
            sender.start()

    def are_done(self) -> bool:
        return not any(sender.is_alive() for sender in self._all[1:])

    def acknowledged(self) -> set[tuple[str, str]]:
        return {identity for sender in self._all for identity in list(sender.acknowledged)}


def _assert_none_is_missing(database: Path, acknowledged: set[tuple[str, str]]) -> None:
    assert acknowledged <= set(rows(database, "SELECT source, id FROM events"))


def _await_events(database: Path, goal: int, senders: Senders) -> None:
    eventually(lambda: count_events(database) >= goal or senders.are_done(), f"{goal} events have come")


def _finish(daemon: Daemon, senders: Senders, load: Load, database: Path) -> None:
    eventually(senders.are_done, "all is sent")
    assert len(senders.acknowledged()) == load.size
    assert daemon.ask("/v1/caught-up", b"")[0] == 204
    next_run = "kept_agenda_next_timestamp_seconds"
    eventually(lambda: daemon.metric(next_run) * SECOND_US > time.time_ns() // 1_000, "all is judged")
    assert daemon.metric("kept_events_total", outcome="accepted") == load.size
    assert daemon.stop() == 0
    _assert_none_is_missing(database, senders.acknowledged())


def test_killed_at_random_moments_it_loses_nothing_and_counts_nothing_twice(
    load: Load, uninterrupted: Path, database: Path, log: IO[str]
) -> None:
    dice = Random(18)
    daemon = Daemon(BOOK_PATH, database, port=free_ports(1)[0], errors=log)
    senders = Senders(load, daemon.port)
    senders.start()
    for kill in range(KILLS):
        goal = load.size * kill // KILLS + dice.randrange(1, load.size // KILLS)
        _await_events(database, goal, senders)
        acknowledged = senders.acknowledged()
        daemon.kill()
        _assert_none_is_missing(database, acknowledged)
        daemon = Daemon(BOOK_PATH, database, port=daemon.port, errors=log)
    _finish(daemon, senders, load, database)
    assert_same(database, uninterrupted)


def test_killed_at_every_step_of_a_commit_it_loses_nothing_and_counts_nothing_twice(
    load: Load, uninterrupted: Path, database: Path, log: IO[str]
) -> None:
    daemon = Daemon(BOOK_PATH, database, port=free_ports(1)[0], errors=log)
    port, senders = daemon.port, Senders(load, daemon.port)
    assert daemon.stop() == 0
    senders.start()
    crashing: dict[str, Any] = {"port": port, "errors": log, "module": "tests.acceptance.crashing"}
    for at in (f"{step}:{times}" for times in TIMES for step in STEPS):
        daemon = Daemon(BOOK_PATH, database, **crashing, settings={VARIABLE: at})
        assert daemon.ended_with() == -9, at
        _assert_none_is_missing(database, senders.acknowledged())
    assert not senders.are_done()
    _finish(Daemon(BOOK_PATH, database, port=port, errors=log), senders, load, database)
    assert_same(database, uninterrupted)

"""The same events, with and without interruptions: kill -9, and a server that dies under load. Nothing is lost or doubled.

Whatever was interrupted, on whichever database, is held against the same events taken into a file that nothing interrupted.
"""

from __future__ import annotations

import time
from pathlib import Path
from random import Random
from subprocess import Popen
from typing import Final

import pytest

from monitor.adapters.journal.location import Location
from monitor.domain.hours.instant import SECOND_US
from monitor.testing import PATIENCE_SECONDS, Daemon, eventually, kept, run_kept
from tests.acceptance.journals import assert_same, count_events, rows
from tests.services.postgres import PostgresServer
from tests.services.processes import free_ports

pytestmark = pytest.mark.slow


EVENTS: Final = 9_000
"""Enough for five interruptions, each after 300 to 1,500 events."""


def _some(dice: Random) -> int:
    return dice.randrange(300, EVENTS // 6)


@pytest.fixture(scope="module")
def events(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first of the firm's events."""
    file = tmp_path_factory.mktemp("events") / "events.jsonl"
    file.write_bytes(b"".join(history.read_bytes().splitlines(keepends=True)[:EVENTS]))
    return file


@pytest.fixture(scope="module")
def imported(events: Path, firm_book: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal that was made by one import."""
    file = tmp_path_factory.mktemp("imported") / "kept.db"
    code, out, err = run_kept("import", events, "--database", file, "--book", firm_book)
    assert (code, err) == (0, ""), out
    return file


@pytest.fixture(scope="module")
def sent(events: Path, firm_book: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal that a daemon made of what was sent to it, in portions smaller than an import's."""
    file = tmp_path_factory.mktemp("sent") / "kept.db"
    daemon = Daemon(firm_book, file)
    _verdicts_at_the_end(daemon, kept("import", events, "--url", daemon.url))
    assert daemon.stop() == 0
    return file


def _await_count(database: str, goal: int, sender: Popen[str]) -> None:
    eventually(lambda: count_events(database) >= goal or sender.poll() is not None, f"{goal} events have come")


def test_an_import_killed_again_and_again_ends_as_one_that_was_not(
    events: Path, firm_book: Path, imported: Path, any_database: Location
) -> None:
    dice, database = Random(11), str(any_database)
    command = ("import", events, "--database", database, "--book", firm_book)
    for _ in range(4):
        process = kept(*command)
        _await_count(database, count_events(database) + _some(dice), process)
        process.kill()
        process.communicate()
    code, out, err = run_kept(*command)
    assert code == 0, (out, err)
    assert_same(database, imported)


@pytest.mark.parametrize(
    ("any_database", "killed"),
    [("sqlite", "daemon"), ("postgresql", "daemon"), ("postgresql", "server")],
    indirect=["any_database"],
)
def test_what_is_killed_under_load_loses_and_doubles_nothing(
    events: Path,
    firm_book: Path,
    sent: Path,
    any_database: Location,
    killed: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    dice, database = Random(12), str(any_database)
    with (tmp_path / "errors.txt").open("w") as errors:
        daemon = Daemon(firm_book, database, port=free_ports(1)[0], errors=errors)
        sender = kept("import", events, "--url", daemon.url)
        for _ in range(5):
            _await_count(database, count_events(database) + _some(dice), sender)
            if killed == "daemon":
                daemon.kill()
                daemon = Daemon(firm_book, database, port=daemon.port, errors=errors)
            else:
                server: PostgresServer = request.getfixturevalue("postgres")
                server.crash()
                server.start()
        verdicts = _verdicts_at_the_end(daemon, sender)
        assert daemon.stop() == 0
    assert_same(database, sent)
    _assert_counted(verdicts, sent)
    assert "Traceback" not in (tmp_path / "errors.txt").read_text()


def _verdicts_at_the_end(daemon: Daemon, sender: Popen[str]) -> dict[str, float]:
    """What is counted when everything was sent and judged."""
    out, err = sender.communicate(timeout=PATIENCE_SECONDS)
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

"""`kept notify`: what workers decide reaches receivers, each breach under one key, over kill -9 and with another one standing by."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from monitor.adapters.journal.location import Location
from monitor.domain.hours.instant import DAY_US, HOUR_US, SECOND_US, InstantUs
from monitor.testing import Daemon, cloud_event, eventually, run_kept
from tests.acceptance.hearing import Ears, ears, folded_cases, webhook_settings
from tests.acceptance.journals import rows
from tests.acceptance.test_notices import SHARED
from tests.services.postgres import PostgresServer
from tests.services.serving import NotifyProcess, ServeProcess
from tests.services.sharing import Worker

pytestmark = pytest.mark.slow

CASES: Final = 180
KILLS: Final = 3
_END_HOLDER: Final = """SELECT pg_terminate_backend(pid, 10000) FROM pg_locks
    WHERE locktype = 'advisory' AND objid = 5 AND granted"""
"""As the server does with a session that asks for nothing for a minute; 5 is the right to tell of notices."""


def _now() -> InstantUs:
    return time.time_ns() // 1_000


@pytest.fixture
def desk() -> Iterator[Ears]:
    with ears() as server:
        yield server


@pytest.fixture
def worker(postgres_url: str) -> Iterator[Worker]:
    judging = Worker(Location.parse(postgres_url), "one")
    judging.claim(0)
    yield judging
    judging.store.close()


@pytest.fixture
def settings(tmp_path: Path, desk: Ears) -> Path:
    return webhook_settings(tmp_path, desk.port)


@pytest.fixture
def notifying(postgres_url: str, settings: Path) -> Iterator[list[NotifyProcess]]:
    """Those that a test started; gone when it ends."""
    started: list[NotifyProcess] = []
    yield started
    for each in started:
        if each.process.poll() is None:
            each.process.send_signal(signal.SIGCONT)
            each.kill()


def _break(worker: Worker, *cases: str) -> InstantUs:
    """Cases whose first response, promised within the hour, was due a second ago; returns when that was."""
    due = _now() - SECOND_US
    opened = [cloud_event("ticket.opened", case, due - HOUR_US, f"{case}-1", client="umbra") for case in cases]
    worker.take(0, *opened, now=_now())
    worker.read_until(_now(), 1)
    worker.let_pass(_now())
    return due


def _heard(desk: Ears, case: str) -> bool:
    return any(message["labels"].get("case") == case for message in desk.messages("opened", "ObligationBroken"))


def _is_on_record(database: str, case: str) -> bool:
    """Whether it is known that this was told: from then on nobody tells it again."""
    delivered = "SELECT count(*) FROM notice_deliveries WHERE state = 'delivered' AND case_id = "
    return bool(rows(database, f"{delivered}'{case}'") == [(1,)])


def test_over_kills_each_breach_is_told_or_folded_under_one_key(
    worker: Worker, postgres_url: str, settings: Path, desk: Ears, notifying: list[NotifyProcess]
) -> None:
    dice = Random(5)
    notifying.append(NotifyProcess(postgres_url, settings))
    eventually(lambda: notifying[-1].metric("kept_notify_active") == 1, "it is on duty")
    # From here on there is a position to go on from; before, only what stands is taken up.
    eventually(lambda: rows(postgres_url, "SELECT value FROM notes WHERE key = 'notices'"), "the history is followed")
    cases = [f"C{number}" for number in range(CASES)]
    for start in range(0, CASES, CASES // KILLS):
        _break(worker, *cases[start : start + CASES // KILLS])
        time.sleep(dice.random() / 2)
        notifying[-1].kill()
        notifying.append(NotifyProcess(postgres_url, settings))

    def told() -> set[str]:
        return {message["labels"]["case"] for message in desk.messages("opened", "ObligationBroken")}

    def storms() -> set[str]:
        return {message["notice"] for message in desk.messages("opened", "ManyObligationsBroken")}

    eventually(lambda: told() | folded_cases(postgres_url, storms()) == set(cases), "each is told or folded")
    assert not told() & folded_cases(postgres_url, storms())
    # One key for each case, whatever was told again; a message that came twice came under the name it had.
    keys = {(each["labels"]["case"], each["notice"]) for each in desk.messages("opened", "ObligationBroken")}
    assert len(keys) == len(told())
    names = {headers["webhook-id"]: body["data"] for headers, body in desk.heard if body["data"]["phase"] == "opened"}
    assert len(names) == len({data["notice"] for data in names.values()})
    counted = rows(postgres_url, "SELECT count(*) FROM notices WHERE kind = 'broken' AND obligation IS NOT NULL")
    assert counted == [(CASES,)]
    assert notifying[-1].stop() == 0


def test_of_two_the_one_that_stands_by_goes_on_and_the_one_that_was_stopped_tells_nobody_again(
    worker: Worker,
    postgres: PostgresServer,
    postgres_url: str,
    settings: Path,
    desk: Ears,
    notifying: list[NotifyProcess],
) -> None:
    first = NotifyProcess(postgres_url, settings)
    notifying.append(first)
    eventually(lambda: first.metric("kept_notify_active") == 1, "the first one is on duty")
    second = NotifyProcess(postgres_url, settings)
    notifying.append(second)
    _break(worker, "A")
    eventually(lambda: _is_on_record(postgres_url, "A"), "the first breach is heard of, and that is on record")
    # What is on record is shown by one of them.
    assert first.metric("kept_notices_total", kind="broken", result="opened") == 1
    assert second.metric("kept_notify_active") == 0
    assert "kept_notices_total" not in second.ask("/metrics")[1].decode()

    first.process.send_signal(signal.SIGSTOP)
    postgres.execute(_END_HOLDER, database=postgres_url)
    eventually(lambda: second.metric("kept_notify_active") == 1, "the second one is on duty")
    _break(worker, "B")
    eventually(lambda: _is_on_record(postgres_url, "B"), "the second breach is heard of, and that is on record")
    first.process.send_signal(signal.SIGCONT)
    eventually(lambda: first.metric("kept_notify_active") == 0, "the first one stands by")
    second.kill()
    eventually(lambda: first.metric("kept_notify_active") == 1, "the first one is on duty again")
    _break(worker, "C")
    eventually(lambda: _heard(desk, "C"), "the third breach is heard of")
    assert first.metric("kept_notices_total", kind="broken", result="opened") == 3
    opened = [each["labels"]["case"] for each in desk.messages("opened", "ObligationBroken")]
    assert sorted(opened) == ["A", "B", "C"]
    assert first.ask("/readyz")[0] == 200
    assert first.stop() == 0


def test_what_is_told_is_what_a_kept_that_only_answers_says(
    worker: Worker, postgres_url: str, settings: Path, desk: Ears, notifying: list[NotifyProcess]
) -> None:
    notifying.append(NotifyProcess(postgres_url, settings))
    due = _break(worker, "A")
    eventually(lambda: _heard(desk, "A"), "the breach is heard of")
    served = ServeProcess(postgres_url)
    eventually(lambda: _rows(served, "A")[0]["told"] == "desk", "who was told is on record")
    (row,) = _rows(served, "A")
    assert (row["kind"], row["fault"], row["notice"]) == ("broken", "", desk.messages("opened")[0]["notice"])
    # Answered in time, and heard of late: the breach is taken back, and its end is told under the same key.
    answered = cloud_event("email.sent", "A", due - SECOND_US, "A-2", author="Ann")
    worker.take(0, answered, now=_now())
    eventually(lambda: desk.messages("resolved", "ObligationBroken"), "the end is heard of")
    assert desk.messages("resolved", "ObligationBroken")[0]["notice"] == row["notice"]
    assert served.stop() == 0


def test_a_day_short_of_its_share_is_told_once_though_it_was_killed_before(
    postgres_url: str, settings: Path, desk: Ears, notifying: list[NotifyProcess]
) -> None:
    """Of umbra's day ten days ago one of one response is broken, and 95 % are promised."""
    worker = Worker(Location.parse(postgres_url), "one", SHARED)
    worker.claim(0)
    notifying.append(NotifyProcess(postgres_url, settings))
    noted = "SELECT count(*) FROM notes WHERE key = 'notices of shares'"
    eventually(lambda: rows(postgres_url, noted) == [(1,)], "shares are looked at")
    notifying[-1].kill()
    opened = cloud_event("ticket.opened", "A", _now() - 10 * DAY_US, "A-1", client="umbra")
    worker.take(0, opened, now=_now())
    worker.read_until(_now(), 1)
    worker.let_pass(_now())
    for _ in range(2):
        notifying.append(NotifyProcess(postgres_url, settings))
        eventually(lambda: desk.messages("opened", "ShareMissed"), "the miss is heard of")
        notifying[-1].kill()
    worker.store.close()
    told = desk.messages("opened", "ShareMissed")
    assert len({each["notice"] for each in told}) == 1
    assert told[0]["labels"]["client"] == "umbra"
    found = rows(postgres_url, "SELECT client, kept, counted FROM notices WHERE kind = 'missed'")
    assert found == [("umbra", 0, 1)]


def test_it_goes_on_by_itself_when_the_database_is_back(
    worker: Worker,
    postgres: PostgresServer,
    postgres_url: str,
    settings: Path,
    desk: Ears,
    notifying: list[NotifyProcess],
) -> None:
    _break(worker, "A")
    notifying.append(NotifyProcess(postgres_url, settings))
    eventually(lambda: _is_on_record(postgres_url, "A"), "the breach is heard of, and that is on record")
    postgres.crash()
    eventually(lambda: notifying[-1].ask("/readyz")[0] == 503, "it says that it is not well")
    postgres.start()
    eventually(lambda: notifying[-1].metric("kept_notify_active") == 1, "it is on duty again")
    worker.store.close()
    again = Worker(Location.parse(postgres_url), "one")
    again.claim(0)
    _break(again, "B")
    again.store.close()
    eventually(lambda: _heard(desk, "B"), "the next breach is heard of")
    opened = [each["labels"]["case"] for each in desk.messages("opened", "ObligationBroken")]
    assert sorted(opened) == ["A", "B"]
    assert notifying[-1].stop() == 0


def _rows(served: ServeProcess, case: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(served.ask(f"/v1/notices?case={case}")[1])["notices"]
    return found


def test_it_stands_by_while_a_daemon_has_the_database_and_keeps_none_out_that_is_not_there(
    postgres_url: str, settings: Path, book: Path, notifying: list[NotifyProcess]
) -> None:
    daemon = Daemon(book, postgres_url, "--notices", str(settings))
    notifying.append(NotifyProcess(postgres_url, settings))
    assert notifying[-1].metric("kept_notify_active") == 0
    assert daemon.stop() == 0
    eventually(lambda: notifying[-1].metric("kept_notify_active") == 1, "it is on duty")
    code, _, errors = run_kept("run", "--book", book, "--database", postgres_url, "--port", "0")
    assert (code, "found a Kept at work on it" in errors) == (2, True)


def test_a_file_and_settings_with_faults_are_refused(postgres_url: str, settings: Path, tmp_path: Path) -> None:
    code, _, errors = run_kept("notify", "--database", tmp_path / "kept.db", "--notices", settings)
    assert (code, "expected a database of PostgreSQL" in errors) == (2, True)
    code, _, errors = run_kept("notify", "--database", postgres_url, "--notices", tmp_path / "none.yaml")
    assert code == 2
    code, _, errors = run_kept("notify", "--database", postgres_url, "--notices", settings, "--metrics", "0.0.0.0:0")
    assert (code, "--open-metrics" in errors) == (2, True)

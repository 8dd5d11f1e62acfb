"""A breach reaches whoever is on call: over a webhook and through the real Alertmanager, over kill -9, alone and as a storm."""

from __future__ import annotations

import hmac
import json
import shlex
import shutil
import socket
import subprocess
import time
import urllib.request
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from monitor.domain.hours.instant import DAY_US, HOUR_US, SECOND_US, InstantUs, format_instant
from monitor.testing import PATIENCE_SECONDS, SLACK, Daemon, cloud_event, eventually, run_kept
from tests.acceptance.hearing import SECRET, Ears, ears, folded_cases, webhook_settings
from tests.acceptance.journals import rows
from tests.services.processes import free_ports

pytestmark = pytest.mark.slow

ALERTMANAGER: Final = shutil.which("prometheus-alertmanager")
SOON_SECONDS: Final = 5 * SLACK
"""How long after it was due a breach may take to reach a receiver (issue 7)."""


@pytest.fixture
def desk() -> Iterator[Ears]:
    with ears() as server:
        yield server


SHARED: Final = """book: Test & Sons
from: 2020-01-01
zone: UTC
hours: always
clients: {umbra: {}}
promises: [{id: first, kind: first_response, within: 1h, share: 95%, each: day}]
"""


def _now() -> InstantUs:
    return time.time_ns() // 1_000


def _opened(case: str, due: InstantUs, client: str = "umbra") -> bytes:
    """A case whose first response, promised within the hour, is due at an instant."""
    return cloud_event("ticket.opened", case, due - HOUR_US, f"{case}-1", client=client, by="client")


def _cases(desk: Ears) -> set[str]:
    """The cases that were told as broken."""
    return {message["labels"]["case"] for message in desk.messages("opened", "ObligationBroken")}


def test_a_breach_reaches_a_webhook_soon_and_once_over_kills(
    book: Path, database: Path, tmp_path: Path, desk: Ears
) -> None:
    settings = webhook_settings(tmp_path, desk.port)
    daemon = Daemon(book, database, "--notices", str(settings))
    due = _now() + SECOND_US
    daemon.post(_opened("A", due))
    eventually(lambda: desk.messages("opened", "ObligationBroken"), "the breach is heard of")
    late_seconds = (_now() - due) / SECOND_US
    daemon.kill()
    daemon = Daemon(book, database, "--notices", str(settings))
    answered = cloud_event("email.sent", "A", _now(), "A-2", author="Ann")
    daemon.post(answered, _opened("B", _now() - SECOND_US))
    # What was being sent as the daemon was killed is sent again, under the same key.
    eventually(lambda: _cases(desk) == {"A", "B"}, "the second breach is heard of")
    daemon.stop()
    keys = {message["notice"] for message in desk.messages("opened", "ObligationBroken")}
    assert len(keys) == 2
    assert late_seconds < SOON_SECONDS


def test_a_day_short_of_its_share_is_told_once_though_kept_was_killed_before_and_after_and_taken_back(
    book: Path, database: Path, tmp_path: Path, desk: Ears
) -> None:
    """Of a day ten days ago one of one response is broken, and 95 % are promised. That it is missed is known with the
    verdict; Kept is killed as soon as that is on record, ten seconds at most before it looks at shares again."""
    book.write_text(SHARED)
    settings = webhook_settings(tmp_path, desk.port)
    daemon = Daemon(book, database, "--notices", str(settings))
    noted = "SELECT count(*) FROM notes WHERE key = 'notices of shares'"
    eventually(lambda: rows(database, noted) == [(1,)], "shares are looked at")
    due = _now() - 10 * DAY_US
    daemon.post(_opened("A", due))
    broken = ("kept_verdicts_total", {"kind": "first_response", "verdict": "broken"})
    eventually(lambda: daemon.metric(broken[0], **broken[1]) == 1, "it is judged")
    daemon.kill()
    daemon = Daemon(book, database, "--notices", str(settings))
    eventually(lambda: desk.messages("opened", "ShareMissed"), "the miss is heard of")
    daemon.kill()
    daemon = Daemon(book, database, "--notices", str(settings))
    excuse = {"kind": "first_response", "reason": "flood", "approved_by": "Ann"}
    daemon.post(cloud_event("breach.excused", "A", _now(), "A-2", **excuse))
    eventually(lambda: desk.messages("resolved", "ShareMissed"), "that it is taken back is heard of")
    day = format_instant(due - HOUR_US)[:10]
    daemon.stop()
    told = desk.messages("opened", "ShareMissed")
    assert {each["notice"] for each in told} == {desk.messages("resolved", "ShareMissed")[0]["notice"]}
    words = told[0]["annotations"]
    assert (words["period"], words["promised"], words["delivered"], words["kept"], words["counted"]) == (
        day,
        "0.95",
        "0",
        "0",
        "1",
    )
    # The command it names tells that very period.
    command = shlex.split(words["look_up"])
    assert command[:2] == ["kept", "shares"]
    status, out, _ = run_kept(*command[1:], "--database", database)
    assert status == 0
    [share] = map(json.loads, out.splitlines())
    assert (share["period"], share["client"], share["promise"], share["excused"]) == (day, "umbra", "first", 1)
    assert rows(database, "SELECT count(*) FROM notices WHERE kind = 'missed'") == [(1,)]


def test_a_message_can_be_checked_with_the_secret(book: Path, database: Path, tmp_path: Path, desk: Ears) -> None:
    settings = webhook_settings(tmp_path, desk.port)
    status, out, err = run_kept("notices", "test", settings)
    assert (status, out, err) == (0, "desk: took it\n", "")
    headers, body = desk.heard[0]
    assert body["type"] == "notice.opened"
    # The body as it was sent: orjson writes no spaces.
    sent = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{sent}"
    expected = hmac.digest(b64decode(SECRET.removeprefix("whsec_")), signed.encode(), "sha256")
    assert b64decode(headers["webhook-signature"].removeprefix("v1,")) == expected


def test_a_receiver_that_is_away_keeps_nobody_waiting_and_hears_later(
    book: Path, database: Path, tmp_path: Path, desk: Ears
) -> None:
    desk.status = 503
    daemon = Daemon(book, database, "--notices", str(webhook_settings(tmp_path, desk.port)))
    daemon.post(_opened("A", _now() - SECOND_US))
    eventually(lambda: daemon.metric("kept_notice_tries_total", result="failed") >= 2, "it was tried")
    assert daemon.metric("kept_undelivered_messages", receiver="desk") >= 1
    assert daemon.post(_opened("B", _now() + HOUR_US))["status"] == 200
    listed = run_kept("notices", "list", "--database", database)
    assert "503" in json.loads(listed[1].splitlines()[0])["fault"]
    assert [
        line["told"] for line in map(json.loads, run_kept("notices", "list", "--url", daemon.url)[1].splitlines())
    ] == [""]
    desk.status = 204
    eventually(lambda: desk.messages("opened", "ObligationBroken"), "the breach is heard of")
    eventually(lambda: daemon.metric("kept_undelivered_messages", receiver="desk") == 0, "nothing is left")
    (row,) = json.loads(daemon.ask("/v1/notices?case=A")[1])["notices"]
    assert (row["kind"], row["case"], row["told"], row["fault"]) == ("broken", "A", "desk", "")
    daemon.stop()


def test_a_storm_is_told_as_one_and_none_is_lost(book: Path, database: Path, tmp_path: Path, desk: Ears) -> None:
    daemon = Daemon(book, database, "--notices", str(webhook_settings(tmp_path, desk.port)))
    due = _now() - SECOND_US
    for start in range(0, 2_000, 500):
        daemon.post(*(_opened(f"S{number}", due) for number in range(start, start + 500)))

    def counted() -> int:
        told = {message["notice"] for message in desk.messages("opened", "ObligationBroken")}
        return int(daemon.metric("kept_notices_total", kind="broken", result="folded")) + len(told)

    eventually(lambda: counted() == 2_000, "each is told or folded")
    eventually(lambda: desk.messages("opened", "ManyObligationsBroken"), "the storm is heard of")
    storms = {message["notice"] for message in desk.messages("opened", "Many")}
    folded = folded_cases(database, storms)
    told = {message["labels"]["case"] for message in desk.messages("opened", "ObligationBroken")}
    assert folded | told == {f"S{number}" for number in range(2_000)}
    assert not folded & told
    assert len(told) <= 20
    daemon.stop()


def test_a_receiver_that_never_answers_keeps_kept_neither_from_judging_nor_from_stopping(
    book: Path, database: Path, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=8) as deaf:
        deaf.settimeout(PATIENCE_SECONDS)
        settings = webhook_settings(tmp_path, deaf.getsockname()[1])
        daemon = Daemon(book, database, "--notices", str(settings))
        daemon.post(_opened("A", _now() - SECOND_US))
        connection, _ = deaf.accept()
        with connection:
            daemon.post(_opened("B", _now() - SECOND_US))
            broken = ("kept_verdicts_total", {"kind": "first_response", "verdict": "broken"})
            eventually(lambda: daemon.metric(broken[0], **broken[1]) == 2, "both are judged")
            began = time.monotonic()
            assert daemon.stop() == 0
            assert time.monotonic() - began < 5 * SLACK


# Through Alertmanager


@contextmanager
def _alertmanager(folder: Path, receiver: Ears) -> Iterator[str]:
    assert ALERTMANAGER is not None
    configuration = folder / "alertmanager.yml"
    configuration.write_text(
        "route: {receiver: desk, group_by: [notice], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}\n"
        f"receivers: [{{name: desk, webhook_configs: [{{url: 'http://127.0.0.1:{receiver.port}/'}}]}}]\n"
    )
    (port,) = free_ports(1)
    words = [
        ALERTMANAGER,
        f"--config.file={configuration}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with (folder / "alertmanager.log").open("wb") as log, subprocess.Popen(words, stdout=log, stderr=log) as process:
        try:
            eventually(lambda: _is_ready(port), "Alertmanager is ready")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _alerts(receiver: Ears, status: str) -> list[dict[str, Any]]:
    alerts = [alert for _, body in list(receiver.heard) for alert in body["alerts"]]
    return [each for each in alerts if each["status"] == status and each["labels"]["alertname"] == "ObligationBroken"]


@pytest.mark.skipif(ALERTMANAGER is None, reason="needs prometheus-alertmanager (Debian: the package of that name)")
def test_a_breach_becomes_an_alert_is_resolved_and_survives_a_kill(
    book: Path, database: Path, tmp_path: Path, desk: Ears
) -> None:
    with _alertmanager(tmp_path, desk) as url:
        settings = tmp_path / "notices.yaml"
        settings.write_text(
            f"allow: {url}\nprivate: 127.0.0.0/8\nreceivers:\n  - {{name: alerts, alertmanager: '{url}'}}\n"
            "links: {kept: 'https://kept.example', runbook: 'https://wiki.example/runbook.md'}\n"
        )
        daemon = Daemon(book, database, "--notices", str(settings))
        due = _now() + SECOND_US
        daemon.post(_opened("A/1", due))
        eventually(lambda: _alerts(desk, "firing"), "the alert is heard of")
        assert (_now() - due) / SECOND_US < SOON_SECONDS
        alert = _alerts(desk, "firing")[0]
        assert alert["labels"]["case"] == "A/1"
        assert alert["labels"]["severity"] == "critical"
        assert alert["annotations"]["explanation_url"] == "https://kept.example/v1/explanations/A%2F1"
        assert alert["annotations"]["runbook_url"] == "https://wiki.example/runbook.md#obligationbroken"
        daemon.kill()
        daemon = Daemon(book, database, "--notices", str(settings))
        daemon.post(cloud_event("email.sent", "A/1", due - SECOND_US, "A-2", author="Ann"))
        eventually(lambda: _alerts(desk, "resolved"), "the alert is resolved: it was answered in time")
        daemon.stop()
    assert {each["labels"]["notice"] for each in _alerts(desk, "firing")} == {alert["labels"]["notice"]}


def test_a_secret_that_is_none_keeps_kept_from_starting_and_is_not_shown(
    book: Path, database: Path, tmp_path: Path
) -> None:
    settings = webhook_settings(tmp_path, 80)
    (tmp_path / "desk.secret").write_text("hush")
    status, _, errors = run_kept("run", "--book", book, "--database", database, "--notices", settings)
    expected = "expected whsec_ and base64 of 24 to 64 random bytes"
    assert (status, errors) == (2, f"{tmp_path / 'desk.secret'}: found another text, {expected}\n")


def test_settings_with_faults_keep_kept_from_starting(book: Path, database: Path, tmp_path: Path) -> None:
    settings = webhook_settings(tmp_path, 80, "stays: soon\n")
    status, _, errors = run_kept("run", "--book", book, "--database", database, "--notices", settings)
    assert status == 2
    assert errors == f"{settings}:5: stays: found 'soon', expected a length such as 4h, 1h 30m, 15 min or 20s\n"

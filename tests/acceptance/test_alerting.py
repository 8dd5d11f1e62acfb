"""From a promise to a receiver: a real Kept, Prometheus and Alertmanager, scripted in time with seconds for minutes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest

from monitor.domain.hours.instant import HOUR_US, format_instant, parse_instant
from monitor.testing import BOOK, OWNING_BOOK, Daemon, cloud_event, eventually
from tests.services.monitoring import Alertmanager, Prometheus, Receiver, receiving
from tests.services.processes import free_ports
from tests.services.programs import Program

pytestmark = pytest.mark.slow

QUICK_BOOK = BOOK.replace("within: 1h", "within: 2s")
"""A first response is promised within two seconds."""


class Watch:
    """A Kept that is watched, and whoever is told."""

    def __init__(self, folder: Path, program: Program, receiver: Receiver) -> None:
        self._book, self._database = folder / "book.yaml", folder / "kept.db"
        self._book.write_text(QUICK_BOOK)
        self.receiver = receiver
        alertmanager, prometheus = program("prometheus-alertmanager"), program("prometheus")
        self.kept = Daemon(self._book, self._database, port=free_ports(1)[0])
        self.alertmanager = Alertmanager(alertmanager, receiver.url)
        self.prometheus = Prometheus(prometheus, f"127.0.0.1:{self.kept.port}", self.alertmanager.address)

    def restart(self) -> None:
        """Starts Kept again where it was."""
        self.kept = Daemon(self._book, self._database, port=self.kept.port)

    def is_scraped(self) -> bool:
        """Whether Prometheus has seen what Kept says at least twice: an increase needs two."""
        return bool(self.prometheus.ask("count_over_time(kept_book_edition[1m]) >= 2"))

    def is_told(self, receiver: str, alert: str, status: str) -> None:
        """Waits until somebody was told."""
        eventually(lambda: self.receiver.told(receiver, alert, status), f"{receiver} is told: {alert} {status}")

    def end(self) -> None:
        self.prometheus.remove()
        self.alertmanager.remove()
        self.kept.kill()


@pytest.fixture
def watch(tmp_path: Path, program: Program) -> Iterator[Watch]:
    with receiving() as receiver:
        watching = Watch(tmp_path, program, receiver)
        yield watching
        watching.end()


def test_a_breach_and_the_end_of_kept_are_told_and_resolved(watch: Watch) -> None:
    eventually(watch.is_scraped, "Prometheus has scraped Kept")
    watch.is_told("outside", "Watchdog", "firing")
    assert not watch.receiver.told("client-pager", "PromiseBroken", "firing")

    # A gold client writes, and nobody answers within two seconds.
    watch.kept.post(cloud_event("ticket.opened", "A", time.time_ns() // 1_000, "1", client="acme"))
    watch.is_told("client-pager", "PromiseBroken", "firing")
    (told, *_) = watch.receiver.told("client-pager", "PromiseBroken", "firing")
    assert (told["labels"]["kind"], told["labels"]["tier"]) == ("first_response", "gold")
    assert told["annotations"]["runbook_url"].endswith("#promisebroken")
    assert "kept_runbook" not in told["labels"]

    watch.kept.kill()
    watch.is_told("kept-pager", "KeptDown", "firing")

    watch.restart()
    watch.is_told("kept-pager", "KeptDown", "resolved")


def test_while_kept_is_down_what_hangs_on_it_is_held_back(watch: Watch) -> None:
    eventually(watch.is_scraped, "Prometheus has scraped Kept")
    watch.kept.kill()
    watch.is_told("kept-pager", "KeptDown", "firing")
    # A breach of before the end still fires, for its series may have been lost with Kept.
    down = {"job": "kept", "alertname": "PromiseBroken", "team": "client-service", "severity": "warning"}
    watch.alertmanager.add({**down, "kind": "resolve", "tier": "gold"})
    held_back = eventually(
        lambda: [each for each in watch.alertmanager.alerts() if each["status"]["state"] == "suppressed"],
        "Alertmanager holds it back",
    )
    assert [each["labels"]["alertname"] for each in held_back] == ["PromiseBroken"]
    assert not watch.receiver.told("client-pager", "PromiseBroken", "firing")


# One alert for a breach, from Kept itself


LIVES_SECONDS: Final = 8
"""How long an alert stands that is not told again."""
GRADED_BOOK: Final = OWNING_BOOK + "grades: [junior, senior]\nstaff:\n  Bea: {grade: senior}\n"
BROKEN: Final = "ObligationBroken"


class Told:
    """A Kept that tells an Alertmanager of a breach until it is owned, and the one who hears of it."""

    def __init__(self, folder: Path, program: Program, receiver: Receiver) -> None:
        self.receiver = receiver
        program_of_alerts = program("prometheus-alertmanager")
        self.alertmanager = Alertmanager(program_of_alerts, receiver.url, resolve_timeout="1s")
        self._book, self._database, self._settings = (
            folder / name for name in ("book.yaml", "kept.db", "notices.yaml")
        )
        self._book.write_text(GRADED_BOOK)
        url = f"http://{self.alertmanager.address}"
        self._settings.write_text(
            f"allow: {url}\nprivate: 127.0.0.0/8\nreceivers: [{{name: alerts, alertmanager: '{url}'}}]\n"
            "breach_ends: owned\nlinks: {kept: 'https://kept.example', runbook: 'https://wiki.example/runbook.md'}\n"
        )

    def start(self, *options: str, **settings: str) -> None:
        more = ("--notices", str(self._settings), *options)
        self.kept = Daemon(self._book, self._database, *more, module="tests.acceptance.hurried", settings=settings)

    def open_breach(self) -> str:
        """A case that Bea has and that was to be answered just now; the name of what was broken."""
        opened = parse_instant(format_instant(time.time_ns() // 1_000_000_000 * 1_000_000 - HOUR_US))
        said = {"client": "acme", "by": "client", "holder": "Bea"}
        self.kept.post(cloud_event("ticket.opened", "A", opened, "1", **said))
        return f"A/first_response/{format_instant(opened)}"

    def standing(self) -> list[tuple[str, str]]:
        """(fingerprint, since when) of the alerts about breaches that Alertmanager takes for standing."""
        return [
            (alert["fingerprint"], alert["startsAt"])
            for alert in self.alertmanager.alerts()
            if alert["labels"]["alertname"] == BROKEN and alert["status"]["state"] == "active"
        ]

    def heard(self, status: str) -> list[Any]:
        return self.receiver.told("client-pager", BROKEN, status)

    def end(self) -> None:
        self.alertmanager.remove()
        self.kept.kill()


@pytest.fixture
def told(tmp_path: Path, program: Program) -> Iterator[Told]:
    with receiving() as receiver:
        telling = Told(tmp_path, program, receiver)
        yield telling
        telling.end()


def test_a_breach_that_stands_stays_one_alert_for_longer_than_an_alert_lives(told: Told) -> None:
    told.start(KEPT_ALERT_LIVES=str(LIVES_SECONDS))
    told.open_breach()
    (alert,) = eventually(told.standing, "Alertmanager has the alert")
    until = time.monotonic() + 1.5 * LIVES_SECONDS
    while time.monotonic() < until:
        assert told.standing() == [alert]
        time.sleep(0.2)
    assert len(told.heard("firing")) == 1
    assert not told.heard("resolved")
    # A Kept that is gone for good leaves no alert behind.
    told.kept.kill()
    eventually(lambda: told.heard("resolved"), "the alert ends by itself")


def test_a_breach_is_one_alert_over_restarts_of_both_until_it_is_owned(told: Told) -> None:
    told.start()
    name = told.open_breach()
    (alert,) = eventually(told.standing, "Alertmanager has the alert")
    (first, *_) = eventually(lambda: told.heard("firing"), "somebody is told")
    words = first["annotations"]
    assert (words["holder"], words["grade"]) == ("Bea", "senior")
    assert words["due"] == format_instant(parse_instant(name.rpartition("/")[2]) + HOUR_US)
    assert words["action"].startswith("The client is waiting: take the case")
    assert words["case_url"] == "https://kept.example/v1/cases/A"
    assert words["breach_url"] == "https://kept.example/v1/breaches?state=all&obligation=" + quote(name, safe="")
    assert words["runbook_url"] == "https://wiki.example/runbook.md#obligationbroken"

    told.kept.kill()
    time.sleep(3)  # three of Alertmanager's own timeouts
    assert told.standing() == [alert]
    told.start()
    told.alertmanager.restart()
    eventually(lambda: told.standing() == [alert], "the same alert is there again")
    assert not told.heard("resolved")

    told.kept.ask(
        f"/v1/breaches/{name}/close", b'{"by": "R. Finch", "reason": "settled"}', content_type="application/json"
    )
    eventually(lambda: told.heard("resolved"), "owned, it is over")
    assert told.standing() == []
    assert {each["labels"]["notice"] for each in told.heard("firing")} == {first["labels"]["notice"]}


def test_the_canary_is_heard_of_outside_and_only_there(told: Told) -> None:
    began = time.time() - 300  # a round that was under way then had not begun by this
    told.start("--canary")
    (heard, *_) = eventually(lambda: told.receiver.told("canary", "KeptCanary", "firing"), "the canary is heard of")
    assert (heard["labels"]["client"], heard["labels"]["severity"]) == ("kept-canary", "info")
    seen, last_told = "kept_canary_last_broken_timestamp_seconds", "kept_canary_last_told_timestamp_seconds"
    assert told.kept.metric(seen) > began
    eventually(lambda: told.kept.metric(last_told, receiver="alerts") > began, "that it was told is on record")
    assert told.kept.metric("kept_notices_total") == told.kept.metric("kept_verdicts_total") == 0
    assert not told.heard("firing")

"""From a promise to a receiver: a real Kept, Prometheus and Alertmanager, scripted in time with seconds for minutes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.testing import BOOK, Daemon, cloud_event, eventually
from tests.services.monitoring import Alertmanager, Prometheus, Receiver, receiving
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
        self.kept = Daemon(self._book, self._database)
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

"""How soon a breach reaches a receiver while events come in, and how long a storm of 10,000 takes until none is left untold.

`kept run` with a webhook on this machine; the breaches of the first figure are told one by one. What is measured is from
the due instant to the receiver, everything between included; the targets are those of the issue.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any, Final

from monitor.domain.hours.instant import HOUR_US, SECOND_US, InstantUs
from monitor.testing import BOOK, Daemon, cloud_event
from tests.acceptance.hearing import Ears, ears, webhook_settings
from tests.bench.entries import within

BREACHES: Final = 400
SPREAD_SECONDS: Final = 10
EVENTS_A_SECOND: Final = 1_000
STORM: Final = 10_000
LONGEST_SECONDS: Final = 5
"""From due to the receiver, at the 99th percentile."""
STORM_SECONDS: Final = 60
GIVE_UP_SECONDS: Final = 180


def run() -> list[dict[str, Any]]:
    """Two entries."""
    return [_singly(), _storm()]


def _singly() -> dict[str, Any]:
    with _kept("storm_above: 10000\n") as (daemon, desk):
        start = _now() + 3 * SECOND_US
        due = {f"B{number}": start + number * SPREAD_SECONDS * SECOND_US // BREACHES for number in range(BREACHES)}
        daemon.post(*(_opened(case, at) for case, at in due.items()))
        with _traffic(daemon):
            _await(lambda: len(desk.messages("opened", "ObligationBroken")) >= BREACHES)
        late = sorted(
            heard_at - due[body["data"]["labels"]["case"]] / SECOND_US
            for heard_at, (_, body) in zip(desk.heard_at, desk.heard, strict=True)
            if body["data"]["phase"] == "opened" and body["data"]["labels"]["alertname"] == "ObligationBroken"
        )
    found = late[round(0.99 * (len(late) - 1))]
    name = f"due to notice at a receiver, 99th percentile of {BREACHES}, with up to {EVENTS_A_SECOND} events a second"
    return within(name, found, LONGEST_SECONDS, "s")


def _storm() -> dict[str, Any]:
    with _kept("") as (daemon, desk):
        began, overdue = time.time(), _now() - SECOND_US
        for first in range(0, STORM, 500):
            daemon.post(*(_opened(f"S{number}", overdue) for number in range(first, first + 500)))
        _await(lambda: _told(daemon, desk) == STORM and len(desk.messages("opened", "ManyObligationsBroken")) > 0)
        took = time.time() - began
    return within(
        f"a storm of {STORM} breaches, until each is told or folded into a notice that was", took, STORM_SECONDS, "s"
    )


def _told(daemon: Daemon, desk: Ears) -> int:
    folded = int(daemon.metric("kept_notices_total", kind="broken", result="folded"))
    return folded + len(desk.messages("opened", "ObligationBroken"))


@contextmanager
def _kept(more: str) -> Iterator[tuple[Daemon, Ears]]:
    with TemporaryDirectory() as name, ears() as desk:
        folder = Path(name)
        (folder / "book.yaml").write_text(BOOK)
        settings = webhook_settings(folder, desk.port, more)
        daemon = Daemon(folder / "book.yaml", folder / "kept.db", "--notices", str(settings))
        try:
            yield daemon, desk
        finally:
            daemon.stop()


@contextmanager
def _traffic(daemon: Daemon) -> Iterator[None]:
    """Events of other cases, a hundred at a time, as fast as the bench says."""
    stop = Event()

    def send() -> None:
        number, beat = 0, EVENTS_A_SECOND // 100
        began = time.monotonic()
        while not stop.is_set():
            at = _now()
            lines = [_opened(f"T{number}-{index}", at + HOUR_US) for index in range(100)]
            daemon.post(*lines)
            number += 1
            stop.wait(max(0.0, began + number / beat - time.monotonic()))

    thread = Thread(target=send, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _opened(case: str, due: InstantUs) -> bytes:
    """A case whose first response, promised within the hour, is due at an instant."""
    return cloud_event("ticket.opened", case, due - HOUR_US, case, client="umbra", by="client")


def _now() -> InstantUs:
    return time.time_ns() // 1_000


def _await(is_so: Any) -> None:
    give_up_at = time.monotonic() + GIVE_UP_SECONDS
    while not is_so():
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"found notices missing after {GIVE_UP_SECONDS} s, expected all of them")
        time.sleep(0.05)

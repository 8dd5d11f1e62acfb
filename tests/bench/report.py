"""How fast a client's report is made, of a million verdicts of one client in one quarter, beside bare SQL that counts them."""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from heapq import heappop, heappush
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

from monitor.adapters.recorded import standing
from monitor.adapters.reports import drafted
from monitor.domain.instant import HOUR_US, MINUTE_US, SECOND_US, DurationUs, InstantUs, parse_instant
from monitor.testing import commit_point, sqlite_store
from monitor.wire.report.page import page_of
from tests.bench.history import entry

OBLIGATIONS: Final = 1_000_000
MOST_SECONDS: Final = 20.0
MOST_TIMES: Final = 8
TRIES: Final = 3
START: Final = parse_instant("2026-07-01T00:00:00Z")
QUARTER_US: Final = parse_instant("2026-10-01T00:00:00Z") - START

BOOK: Final = """
book: Bench
from: 2020-01-01
zone: UTC
hours: always
clients:
  acme: {name: Acme Ltd}
promises:
  - {id: first, kind: first_response, within: 1h, expected: 30m, share: 95%, each: month}
  - {id: next, kind: next_response, within: 4h}
"""

BARE: Final = """
    SELECT promise, version, kind, verdict, count(*), sum(elapsed <= 1800000000) FROM decisions d
    WHERE client = 'acme' AND opened >= ? AND opened < ? AND recorded <= ?
      AND NOT EXISTS (SELECT 1 FROM decisions n WHERE n.replaces = d.position AND n.recorded <= ?)
    GROUP BY promise, version, kind, verdict
"""


def run() -> list[dict[str, Any]]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "kept.db"
        store = sqlite_store(file)
        commit_point(store, BOOK)
        fill(file)
        ours, bare = [], []
        with store._engine.connect() as connection, closing(sqlite3.connect(file)) as plain:
            as_of = standing(connection, None)
            for _ in range(TRIES):
                bare.append(_seconds(lambda: plain.execute(BARE, (START, START + QUARTER_US, as_of, as_of)).fetchall()))
                ours.append(_seconds(lambda: page_of(drafted(connection, "acme", "2026-Q3", None))))
        store.close()
    name = "a report on a million verdicts of one client, to HTML"
    return [
        entry(name, min(ours), f"{MOST_SECONDS:g} s", MOST_SECONDS / min(ours), 1.0),
        entry(f"{name}, beside", min(ours), "bare SQL that counts them", min(bare) / min(ours), 1 / MOST_TIMES),
    ]


def _seconds(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def fill(file: Path) -> None:
    """Two decisions of each obligation, as the engine leaves them: opened, and kept or broken; one in fifty is broken."""
    with closing(sqlite3.connect(file)) as connection, connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(decisions)")]
        marks = ", ".join(f":{name}" for name in columns)
        statement = f"INSERT INTO decisions ({', '.join(columns)}) VALUES ({marks})"
        nothing = dict.fromkeys(columns)
        connection.executemany(statement, (nothing | decision for decision in decisions()))
        connection.execute("ANALYZE")


def decisions() -> Iterator[dict[str, Any]]:
    """In the order in which Kept comes to know them: what ends between two openings comes before the second."""
    random = Random(3)
    running: list[tuple[InstantUs, int, int]] = []
    position = 0
    for number in range(OBLIGATIONS + 1):
        now = opening(number)
        while running and (running[0][0] <= now or number == OBLIGATIONS):
            ended, which, replaces = heappop(running)
            position += 1
            yield obligation(which) | end(which, ended, replaces) | {"position": position, "id": f"{position:032x}"}
        if number < OBLIGATIONS:
            is_late = random.random() < 0.02
            elapsed = limit(number) + 10 * MINUTE_US if is_late else random.randrange(SECOND_US, limit(number))
            position += 1
            heappush(running, (now + elapsed, number, position))
            yield obligation(number) | {"position": position, "id": f"{position:032x}"}


def opening(number: int) -> InstantUs:
    return START + QUARTER_US * number // OBLIGATIONS


def limit(number: int) -> DurationUs:
    return HOUR_US if number % 2 else 4 * HOUR_US


def obligation(number: int) -> dict[str, Any]:
    """The decision that one was opened."""
    promise, kind = ("first", "first_response") if number % 2 else ("next", "next_response")
    opened = opening(number)
    return {
        "recorded": opened,
        "revision": 1,
        "type": "opened",
        "obligation": f"INC{number:07}/{kind}/{opened}",
        "case_id": f"INC{number:07}",
        "client": "acme",
        "promise": promise,
        "version": 1,
        "kind": kind,
        "channel": "email",
        "holder": f"person {number % 30}",
        "opened": opened,
        "at": opened,
        "verdict": "running",
        "restated": False,
        "due": opened + limit(number),
        "is_open": True,
        "warnings": 0,
        "reason": "",
    }


def end(number: int, ended: InstantUs, replaces: int) -> dict[str, Any]:
    """What else the decision says that ended it."""
    elapsed, margin = ended - opening(number), opening(number) + limit(number) - ended
    verdict = "kept" if margin >= 0 else "broken"
    return {
        "recorded": ended,
        "revision": 2,
        "replaces": replaces,
        "type": verdict,
        "at": ended,
        "verdict": verdict,
        "previous": "running",
        "ended": ended,
        "is_open": False,
        "elapsed": elapsed,
        "margin": margin,
        "ratio": elapsed * 1_000_000 // limit(number),
        "cause_source": "/helpdesk",
        "cause_id": f"event-{number}",
        "reason": "email.sent by Ann",
    }


if __name__ == "__main__":
    for line in run():
        sys.stdout.write(json.dumps(line) + "\n")

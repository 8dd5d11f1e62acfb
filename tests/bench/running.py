"""A daemon at work: how soon after its due instant a breach is decided, how long /metrics takes, how soon it is up.

The database (`stock.py`) has 500 clients. For the first two it has 200,000 open obligations, 2,000 of which fall due
within twenty seconds, evenly, while a thousand events a second come in, singly, half of them about cases that have to be made again
from the journal; for the last it has a million. A breach counts as decided when its transaction is over: what
is recorded is when it was asked for, so the 99th percentile of the transactions' durations is added twice, once for the
one that may be under way.
"""

from __future__ import annotations

import http.client
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import stock  # type: ignore[import-not-found]  # run.py makes this folder importable
from intake import free_port, serving  # type: ignore[import-not-found]

from tests.bench.entries import within

HERE: Final = Path(__file__).resolve().parent
OPEN, SOON, MANY_OPEN = 200_000, 2_000, 1_000_000
LEAD_SECONDS, SPAN_SECONDS = 30, 20
RATE: Final = 1_000

MOST_DELAY_SECONDS: Final = 0.2
MOST_SCRAPE_SECONDS: Final = 0.05
MOST_START_SECONDS: Final = 20
MOST_MEGABYTES: Final = 1_500


def run() -> list[dict[str, Any]]:
    """Four entries: the delay of breaches, /metrics meanwhile, the start with a million open obligations, its memory."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        book = folder / "book.yaml"
        book.write_text(stock.BOOK)
        return [*at_work(folder, book), *starting(folder, book)]


def at_work(folder: Path, book: Path) -> list[dict[str, Any]]:
    database = folder / "open.db"
    due_from = build_in_time(database)
    port = free_port()
    scrapes = []
    with serving(command(book, database, port), port):
        pacing = [sys.executable, HERE / "pacing.py", port, RATE, due_from - time.time() + SPAN_SECONDS + 2, 1, OPEN]
        sender = subprocess.Popen(list(map(str, pacing)), stdout=subprocess.PIPE, text=True)
        while sender.poll() is None:
            began = time.perf_counter()
            text = ask(port, "/metrics").decode()
            scrapes.append(time.perf_counter() - began)
            time.sleep(0.5)
        acknowledged = int(sender.communicate()[0])
        (commit,) = map(float, re.findall(r'kept_commit_duration_seconds\{quantile="0.99"\} (\S+)', text))
    with closing(sqlite3.connect(database)) as connection:
        told = connection.execute("SELECT recorded - due FROM decisions WHERE type = 'broken'").fetchall()
    assert len(told) == SOON, f"found {len(told)} breaches, expected {SOON}"
    delay = percentile([row[0] / 1e6 for row in told]) + 2 * commit
    came = f"{acknowledged / (LEAD_SECONDS + SPAN_SECONDS + 2):,.0f} events/s came in"
    return [
        within(f"breach decided after its due instant, 99 %, {OPEN:,} open, {came}", delay, MOST_DELAY_SECONDS, "s"),
        within(f"/metrics with {stock.CLIENTS} clients, median, meanwhile", median(scrapes), MOST_SCRAPE_SECONDS, "s"),
    ]


def build_in_time(database: Path) -> float:
    """Writes the database and waits until the first due instant, which is given, lies LEAD_SECONDS ahead, however long the
    writing took."""
    lead = 2 * LEAD_SECONDS
    while True:
        due_from = int(time.time()) + lead
        stock.build(database, cases=OPEN, now=due_from - lead, soon=SOON, lead=lead, span=SPAN_SECONDS)
        spare = due_from - LEAD_SECONDS - time.time()
        if spare >= 0:
            time.sleep(spare)
            return due_from
        database.unlink()
        lead *= 2


def peak_megabytes(process: int) -> float:
    """The most memory that a process has had since it became what it is; of its usage an earlier one's would be a part."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def starting(folder: Path, book: Path) -> list[dict[str, Any]]:
    database = folder / "many.db"
    stock.build(database, cases=MANY_OPEN, now=int(time.time()))
    port = free_port()
    began = time.perf_counter()
    with serving(command(book, database, port), port) as process:
        while b"true" not in ask(port, "/readyz"):
            time.sleep(0.05)
        seconds = time.perf_counter() - began
        ask(port, "/metrics")
        megabytes = peak_megabytes(process)
    return [
        within(f"start with {MANY_OPEN:,} open obligations", seconds, MOST_START_SECONDS, "s"),
        within("its memory", megabytes, MOST_MEGABYTES, "MB"),
    ]


def command(book: Path, database: Path, port: int) -> list[Any]:
    return ["-m", "monitor", "run", "--book", book, "--database", database, "--port", port]


def ask(port: int, path: str) -> bytes:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", path)
        return connection.getresponse().read()


def percentile(values: Sequence[float], share: float = 0.99) -> float:
    return sorted(values)[round(share * (len(values) - 1))]


def median(values: Sequence[float]) -> float:
    return percentile(values, 0.5)

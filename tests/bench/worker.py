"""How fast workers judge what is in Kafka, and how soon a verdict is seen, on a real broker and a real PostgreSQL that syncs.

The events are there before anybody begins, and what counts is the time from a tenth of them to the last, and of workers from
a commit after that which finds all of them at work: neither the start of a process nor its first assignment is in the
figures. The peers only count events by case: a stock Faust agent with one table write for each, and Quix Streams with one
counter in its state, which has an environment of its own in `build/quix`. The worker has the whole engine, three promises a
case, and everything it writes is on the disk.

For the delay cases are opened and answered, a thousand events a second altogether, and `/metrics` is asked again and again: the
n-th answer was seen when so many promises are shown as kept.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import orjson
import psycopg
from aiokafka import AIOKafkaProducer

from monitor.demo.load import load_events
from monitor.domain.hours.instant import format_instant
from monitor.testing import BOOK as SMALL_BOOK
from tests.bench.entries import within
from tests.services.kafka_broker import PARTITIONS, KafkaBroker, broker_here
from tests.services.postgres import PostgresServer, programs_here
from tests.services.workers import Worker, produce

HERE: Final = Path(__file__).resolve().parent
BOOK: Final = HERE / "three_promises.yaml"
EVENTS: Final = 240_000
"""Enough that each of two workers has many commits, of 8,000 records each where they lag behind, once both are at work."""
STOCK_EVENTS: Final = 40_000
QUIX_EVENTS: Final = 600_000
"""Enough that each peer commits while it is measured: a Faust agent every 2.8 s, Quix Streams every five."""
ROUNDS: Final = 2
PATIENCE_SECONDS: Final = 300

LEAST_FAUST: Final = 5
LEAST_QUIX: Final = 0.5
LEAST_TWO: Final = 1.5
CORES_FOR_TWO: Final = 4
"""Two workers, a broker and a database can't be faster than one worker where all of them share fewer."""

QUIX: Final = "quixstreams==3.28.1"
QUIX_PLACE: Final = HERE.parents[1] / "build" / "quix"

RATE, TICK_SECONDS, LATENCY_SECONDS = 1_000, 0.01, 20
MOST_DELAY_SECONDS: Final = 1.0


class SyncingPostgres(PostgresServer):
    """One whose commits are on the disk."""

    def _set_up(self) -> None:
        self._settings |= {"fsync": "on", "full_page_writes": "on", "shared_buffers": "256MB"}


def run() -> list[dict[str, Any]]:
    """Against Faust, against Quix Streams, two workers against one, and the delay; none where a server is missing."""
    with servers("worker") as found:
        return [] if found is None else [*throughput(*found), delay(*found)]


@contextmanager
def servers(bench: str) -> Iterator[tuple[KafkaBroker, PostgresServer] | None]:
    """A broker and a server whose commits are on the disk, for a bench of this name; None where one is missing."""
    programs = programs_here()
    broker = None if programs is None else broker_here()
    if programs is None or broker is None:
        sys.stderr.write(f"{bench}: found no Kafka broker or no PostgreSQL on this machine: nothing is measured\n")
        yield None
        return
    with ExitStack() as stack:
        stack.callback(broker.remove)
        postgres = SyncingPostgres(programs)
        stack.callback(postgres.remove)
        yield broker, postgres


def throughput(broker: KafkaBroker, postgres: PostgresServer) -> list[dict[str, Any]]:
    """The better of some rounds each, in turns."""
    python = quix_python()
    many = list(load_events(1, EVENTS if python is None else QUIX_EVENTS))
    lines = many[:EVENTS]
    one, two, faust, quix, bare = [], [], [], [], []
    for _ in range(ROUNDS):
        one.append(workers_rate(broker, postgres, lines, 1))
        bare.append(bare_rate(broker, postgres, lines))
        faust.append(peer_rate(broker, lines[:STOCK_EVENTS], [sys.executable, HERE / "peers" / "stock_counting.py"]))
        if python is not None:
            quix.append(peer_rate(broker, many, [python, HERE / "peers" / "quix_counting.py"]))
        two.append(workers_rate(broker, postgres, lines, 2))
    cores = os.cpu_count() or 1
    enough = cores >= CORES_FOR_TWO
    note = "" if enough else f" (on {cores} cores with broker and database: no target)"
    entries = [
        against("worker, the full engine", max(one), "a stock Faust agent with a table write", max(faust), LEAST_FAUST),
        against("worker, the full engine", max(one), "one that only writes the same rows", max(bare), None),
        against(f"two workers{note}", max(two), "one worker", max(one), LEAST_TWO if enough else None),
    ]
    if quix:
        entries.append(
            against("worker, the full engine", max(one), "Quix Streams with a counter", max(quix), LEAST_QUIX)
        )
    return entries


def against(bench: str, rate: float, peer: str, peer_rate: float, target: float | None) -> dict[str, Any]:
    """An entry for events a second beside those of a peer."""
    return {
        "bench": bench,
        "value": round(rate),
        "unit": "events/s",
        "peer": f"{peer} ({peer_rate:,.0f}/s)",
        "ratio": round(rate / peer_rate, 2),
        "target": target,
    }


# Rates


def workers_rate(broker: KafkaBroker, postgres: PostgresServer, lines: list[bytes], count: int) -> float:
    """Events a second of so many workers."""
    topic = broker.topic()
    produce(broker, topic, lines)
    with working(broker, postgres, topic, BOOK, count) as (database, _), psycopg.connect(database) as connection:
        reaches(connection, len(lines) // 10)
        await_owners(connection, count)
        _, known = reaches(connection, 0)
        began, first = reaches(connection, known + 1)
        ended, last = reaches(connection, len(lines))
    return (last - first) / (ended - began)


def await_owners(connection: psycopg.Connection[Any], count: int) -> None:
    """Waits until so many workers have partitions."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        with connection.transaction():
            row = connection.execute("SELECT count(DISTINCT owner) FROM partitions").fetchone()
        if row is not None and row[0] == count:
            return
        assert time.monotonic() < give_up_at, f"found {row} owners of partitions, expected {count}"
        time.sleep(0.02)


@contextmanager
def working(
    broker: KafkaBroker, postgres: PostgresServer, topic: str, book: Path, count: int
) -> Iterator[tuple[str, list[Worker]]]:
    """So many workers on a new database, which goes with them."""
    database = postgres.database()
    with ExitStack() as stack, TemporaryDirectory() as name:
        stack.callback(postgres.drop, database)
        workers = []
        for _ in range(count):
            workers.append(Worker(broker, topic, database, book, Path(name)))
            stack.callback(workers[-1].end)
        yield database, workers


def reaches(connection: psycopg.Connection[Any], count: int) -> tuple[float, int]:
    """When the journal has so many events at least, and how many it has then."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        # By the index's last page: counting a table that grows would take time from whoever makes it grow.
        with connection.transaction():
            row = connection.execute("SELECT coalesce(sum(next_offset), 0) FROM partitions").fetchone()
        found = int(row[0]) if row else 0
        if found >= count:
            return time.monotonic(), found
        assert time.monotonic() < give_up_at, f"found {found} events, expected {count}"
        time.sleep(0.02)


def bare_rate(broker: KafkaBroker, postgres: PostgresServer, lines: list[bytes]) -> float:
    """Events a second of what only reads the same records and writes the rows that a worker has left of them."""
    topic = broker.topic()
    produce(broker, topic, lines)
    with working(broker, postgres, topic, BOOK, 1) as (source, (worker,)):
        with psycopg.connect(source) as connection:
            reaches(connection, len(lines))
        worker.end()
        target = postgres.database()
        try:
            return peer_rate(broker, lines, [sys.executable, HERE / "peers" / "bare_writing.py"], source, target)
        finally:
            postgres.drop(target)


def peer_rate(broker: KafkaBroker, lines: list[bytes], command: list[Any], *more: str) -> float:
    """Events a second of a process that says when it has taken a tenth, and when all; `more` are words of its own."""
    topic = broker.topic()
    produce(broker, topic, lines)
    with TemporaryDirectory() as name:
        words = [*command, broker.address, topic, PARTITIONS, len(lines), name, *more]
        process = subprocess.Popen(list(map(str, words)), stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            (first, began), (last, ended) = (marked(process) for _ in range(2))
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE_SECONDS)
    return (last - first) / (ended - began)


def marked(process: subprocess.Popen[str]) -> tuple[int, float]:
    """The next mark of a peer."""
    assert process.stdout is not None
    for line in process.stdout:
        words = line.split()
        if len(words) == 2 and words[0].isdigit():
            return int(words[0]), float(words[1])
    raise AssertionError(f"a peer ended with {process.wait()} before it was done")


def quix_python() -> Path | None:
    """The interpreter of an environment with Quix Streams, made where it is not there; None where it can't be."""
    python = QUIX_PLACE / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", QUIX_PLACE], check=True, stdout=subprocess.DEVNULL)
        pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--only-binary", ":all:"]
        subprocess.run([*map(str, pip), QUIX], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"worker: {QUIX} can't be installed ({error}): the ratio to Quix Streams is not measured\n")
        return None
    return python


# The delay


def delay(broker: KafkaBroker, postgres: PostgresServer) -> dict[str, Any]:
    """From an answer being produced to its verdict in `/metrics`, at the 99th percentile."""
    topic = broker.topic()
    with TemporaryDirectory() as name:
        book = Path(name) / "book.yaml"
        book.write_text(SMALL_BOOK)
        with working(broker, postgres, topic, book, 1) as (_, (worker,)):
            worker.await_partitions(PARTITIONS)
            sent, seen = asyncio.run(answered(broker, topic, worker))
    delays = sorted(at - began for began, at in zip(sent, seen, strict=True))
    value = delays[round(0.99 * (len(delays) - 1))]
    bench = f"event produced to verdict in /metrics, 99 %, {RATE:,} events/s"
    return within(bench, value, MOST_DELAY_SECONDS, "s")


async def answered(broker: KafkaBroker, topic: str, worker: Worker) -> tuple[list[float], list[float]]:
    """When each answer was produced, and when it was seen."""
    sent: list[float] = []
    seen: list[float] = []
    ended = asyncio.Event()

    async def watch() -> None:
        while not (ended.is_set() and len(seen) == len(sent)):
            kept = await asyncio.to_thread(worker.total, "kept_decisions_total", 'type="kept"')
            seen.extend([time.time()] * (int(kept) - len(seen)))
            await asyncio.sleep(0.02)

    watching = asyncio.create_task(watch())
    producer = AIOKafkaProducer(bootstrap_servers=broker.address, linger_ms=5)
    await producer.start()
    began, number = time.time(), 0
    while number < RATE * LATENCY_SECONDS / 2:
        while number < (time.time() - began) * RATE / 2:
            number += 1
            await producer.send(topic, opening(number), key=b"C%d" % number)
            await producer.send(topic, answer(number), key=b"C%d" % number)
            sent.append(time.time())
        await asyncio.sleep(TICK_SECONDS)
    await producer.stop()
    ended.set()
    await asyncio.wait_for(watching, PATIENCE_SECONDS)
    return sent, seen


def opening(number: int) -> bytes:
    return event(number, "email.received", "o")


def answer(number: int) -> bytes:
    """Keeps one promise: the first response."""
    return event(number, "email.sent", "p")


def event(number: int, type_: str, id_: str) -> bytes:
    stamp = format_instant(int(time.time() * 1e6))
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": f"{number}{id_}",
            "source": "/mail",
            "type": type_,
            "time": stamp,
            "subject": f"C{number}",
            "client": "acme",
            "data": {"author": "Ann"},
        }
    )

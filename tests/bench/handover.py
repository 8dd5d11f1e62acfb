"""How long records wait where partitions change hands in order: a worker joins two others under load, and one of three leaves.

Measured from a record being produced to its offset in the journal being behind it, for the partitions that had another
owner afterwards: the longest wait of any of their records, from the moment at which the worker joins (starts, or is told to
stop) until all is settled and some seconds more.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psycopg
from aiokafka import AIOKafkaProducer

from monitor.testing import BOOK as SMALL_BOOK
from tests.bench.entries import within
from tests.bench.worker import opening, servers
from tests.services.kafka_broker import PARTITIONS, KafkaBroker
from tests.services.postgres import PostgresServer
from tests.services.workers import Worker

RATE, TICK_SECONDS, LOOK_SECONDS = 400, 0.01, 0.02
CALM_SECONDS: Final = 6
"""Before and after a change, so that what waited because of it is seen."""
PATIENCE_SECONDS: Final = 60
SESSION_SECONDS: Final = "20"
"""As a worker has it that is told nothing."""
MOST_WAIT_SECONDS: Final = 5.0
WAIT: Final = f"the longest wait of a record that changes hands, {RATE} events/s"


def run() -> list[dict[str, Any]]:
    """For a worker that joins and one that leaves; none where a server is missing."""
    with servers("handover") as found:
        if found is None:
            return []
        joins, leaves = waits(*found)
    return [
        within(f"a worker joins two others, {WAIT}", joins, MOST_WAIT_SECONDS, "s"),
        within(f"one of three workers leaves, {WAIT}", leaves, MOST_WAIT_SECONDS, "s"),
    ]


def waits(broker: KafkaBroker, postgres: PostgresServer) -> tuple[float, float]:
    """The longest wait while a worker joins, and while one leaves, in seconds."""
    database, topic = postgres.database(), broker.topic()
    with ExitStack() as stack:
        stack.callback(postgres.drop, database)
        folder = Path(stack.enter_context(TemporaryDirectory()))
        book = folder / "book.yaml"
        book.write_text(SMALL_BOOK)

        def start(name: str) -> Worker:
            worker = Worker(broker, topic, database, book, folder, "--session-seconds", SESSION_SECONDS, name=name)
            stack.callback(worker.end)
            return worker

        first, second = start("first"), start("second")
        load, journal = Load(broker.address, topic), Journal(database)
        for thread in (load, journal):
            stack.callback(thread.stop)
        await_true(lambda: len(set(journal.owners().values())) == 2, "two workers have all partitions")
        load.start()
        journal.start()
        time.sleep(CALM_SECONDS)
        joined = longest_wait(load, journal, lambda: start("third"), owners=3)
        left = longest_wait(load, journal, first.stop, owners=2)
        assert second.process.poll() is None
    return joined, left


def longest_wait(load: Load, journal: Journal, change: Callable[[], object], *, owners: int) -> float:
    """The longest wait of a record produced from now on until some seconds after so many workers have all partitions."""
    before, began = journal.owners(), time.monotonic()
    change()

    def is_settled() -> bool:
        after = journal.owners()
        return len(set(after.values())) == owners and after != before

    await_true(is_settled, f"{owners} workers have all partitions")
    time.sleep(CALM_SECONDS)
    after, ended = journal.owners(), time.monotonic()
    moved = [number for number, owner in after.items() if before[number] != owner]
    # Whatever was produced by now is in the journal before it is looked at.
    await_true(lambda: all(journal.reached(number) >= load.sent_by(number, ended) for number in moved), "all is read")
    return max(journal.wait(number, load.sent[number], began, ended) for number in moved)


def await_true(is_so: Callable[[], bool], what: str) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < give_up_at, f"expected within {PATIENCE_SECONDS} s that {what}"
        time.sleep(LOOK_SECONDS)


class Load(threading.Thread):
    """Sends so many events a second to all partitions in turns, and remembers when each was sent: by their offsets."""

    def __init__(self, address: str, topic: str) -> None:
        super().__init__(name="load", daemon=True)
        self._address, self._topic = address, topic
        self._enough = threading.Event()
        self.sent: dict[int, list[float]] = {number: [] for number in range(PARTITIONS)}

    def stop(self) -> None:
        self._enough.set()
        if self.ident is not None:
            self.join()

    def sent_by(self, partition: int, at: float) -> int:
        """How many records of a partition were sent by then."""
        return sum(sent <= at for sent in list(self.sent[partition]))

    def run(self) -> None:
        asyncio.run(self._send())

    async def _send(self) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self._address, enable_idempotence=True)
        await producer.start()
        began, number = time.monotonic(), 0
        while not self._enough.is_set():
            while number < (time.monotonic() - began) * RATE:
                partition = number % PARTITIONS
                await producer.send(self._topic, opening(number), key=b"C%d" % number, partition=partition)
                self.sent[partition].append(time.monotonic())
                number += 1
            await asyncio.sleep(TICK_SECONDS)
        await producer.stop()


class Journal(threading.Thread):
    """Looks again and again how far each partition is read, and whose it is."""

    def __init__(self, database: str) -> None:
        super().__init__(name="journal", daemon=True)
        self._database = database
        self._enough = threading.Event()
        self._reached: dict[int, list[tuple[float, int]]] = {number: [] for number in range(PARTITIONS)}

    def stop(self) -> None:
        self._enough.set()
        if self.ident is not None:
            self.join()

    def owners(self) -> dict[int, str]:
        with psycopg.connect(self._database) as connection:
            return dict(connection.execute("SELECT number, owner FROM partitions").fetchall())

    def reached(self, partition: int) -> int:
        """The offset to be read next, as last seen."""
        seen = self._reached[partition]
        return seen[-1][1] if seen else 0

    def wait(self, partition: int, sent: list[float], began: float, ended: float) -> float:
        """The longest that a record waited which was sent within these instants."""
        longest, offset = 0.0, 0
        for at, next_offset in self._reached[partition]:
            for offset_seen in range(offset, next_offset):
                if began <= sent[offset_seen] <= ended:
                    longest = max(longest, at - sent[offset_seen])
            offset = max(offset, next_offset)
        return longest

    def run(self) -> None:
        with psycopg.connect(self._database, autocommit=True) as connection:
            while not self._enough.is_set():
                rows = connection.execute("SELECT number, coalesce(next_offset, 0) FROM partitions").fetchall()
                at = time.monotonic()
                for number, next_offset in rows:
                    if next_offset > self.reached(number):
                        self._reached[number].append((at, next_offset))
                time.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    for line in run():
        print(line)

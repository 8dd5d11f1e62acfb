"""Two edges under load, of which now one and now the other is killed or held up, and whose broker is: nothing is missing.

KEPT_SEED chooses other luck, KEPT_FAULTS and KEPT_RECORDS more of it; the seed is printed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, Final

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from monitor.testing import eventually
from tests.services.edges import EdgeProcess, Setup, set_up
from tests.services.kafka_broker import PARTITIONS, KafkaBroker
from tests.services.kafka_reading import read_topic

pytestmark = pytest.mark.slow

SEED: Final = int(os.environ.get("KEPT_SEED", "1"))
FAULTS: Final = int(os.environ.get("KEPT_FAULTS", "5"))
RECORDS: Final = int(os.environ.get("KEPT_RECORDS", "20000"))
CHUNK: Final = 60
PAUSE_SECONDS: Final = 0.02
CASES: Final = 300
ALL_PARTITIONS: Final = 2 * PARTITIONS
"""Of both sources."""

Place = tuple[str, int, int]


class Load:
    """Sends records until it is told to stop, and at least so many: one in a hundred can't be read."""

    def __init__(self, address: str, setup: Setup, seed: int) -> None:
        self._address, self._setup = address, setup
        self._dice = Random(seed)
        self._enough = threading.Event()
        self._failed: list[BaseException] = []
        self.sent = 0
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        """Returns when all that was sent is in the log."""
        self._enough.set()
        self._thread.join()
        assert not self._failed

    def _run(self) -> None:
        try:
            asyncio.run(self._send())
        except BaseException as error:  # noqa: BLE001  the test tells of it
            self._failed.append(error)

    async def _send(self) -> None:
        # The broker may be away for a while.
        producer = AIOKafkaProducer(
            bootstrap_servers=self._address, enable_idempotence=True, request_timeout_ms=120_000
        )
        await producer.start()
        try:
            while self.sent < RECORDS or not self._enough.is_set():
                await asyncio.gather(*[await self._one(producer) for _ in range(CHUNK)])
                self.sent += CHUNK
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            await producer.stop()

    async def _one(self, producer: Any) -> Any:
        number = self._dice.randrange(10**12)
        case = f"T-{number % CASES}"
        if number % 100 == 0:
            return await producer.send(self._setup.tickets, b'{"kind": "created", "at": ', key=case.encode())
        if number % 2:
            return await producer.send(self._setup.ready_made, _event(case), key=case.encode())
        return await producer.send(self._setup.tickets, _change(case, number), key=case.encode())


def _event(case: str) -> bytes:
    return orjson.dumps(
        {
            "specversion": "1.0",
            "source": "/mail",
            "type": "email.received",
            "time": "2026-03-02T09:00:00Z",
            "subject": case,
            "data": {},
        }
    )


def _change(case: str, number: int) -> bytes:
    ticket = {"number": case, "priority": "high", "status": "new"}
    at = "2026-03-02T09:00:00+00:00"
    return orjson.dumps({"change": number, "kind": "created", "at": at, "account": "acme", "ticket": ticket})


class Pair:
    """Two edges of one group."""

    def __init__(self, broker: KafkaBroker, setup: Setup) -> None:
        self._broker, self._file = broker, setup.file
        self.edges = [EdgeProcess(setup.file), EdgeProcess(setup.file)]

    def fault(self, dice: Random, kind: str) -> None:
        """One thing goes wrong and is over when this returns."""
        victim = dice.randrange(2)
        other = self.edges[1 - victim]
        if kind == "kill":
            self.edges[victim].kill()
            self.edges[victim] = EdgeProcess(self._file)
        elif kind == "hold":
            self.edges[victim].signal(signal.SIGSTOP)
            other.await_partitions()
            self.edges[victim].signal(signal.SIGCONT)
        else:
            self._broker.crash()
            self._broker.start()
        self._replace_what_ended()

    def _replace_what_ended(self) -> None:
        """What a supervisor does: an edge may end by itself, loudly, and is started again."""
        self.edges = [edge if edge.process.poll() is None else EdgeProcess(self._file) for edge in self.edges]

    def await_moving(self) -> None:
        """Waits until each edge that has partitions takes records."""
        before = [edge.total("kept_edge_records_total") for edge in self.edges]
        eventually(
            lambda: any(
                edge.total("kept_edge_records_total") > count for edge, count in zip(self.edges, before, strict=True)
            ),
            "the edges take records",
        )

    def await_caught_up(self, places: set[Place], setup: Setup, address: str) -> None:
        """Waits until all that was sent has come out; what came out is not read again and again while there is more."""
        eventually(
            lambda: (
                sum(edge.total("kept_edge_partitions") for edge in self.edges) == ALL_PARTITIONS
                and sum(edge.total("kept_edge_lag_records") for edge in self.edges) == 0
            ),
            "the edges have taken all records",
        )
        eventually(lambda: places <= _outcomes(setup, address)[0], "all records have come out")


@contextmanager
def _pair(broker: KafkaBroker, setup: Setup) -> Iterator[Pair]:
    pair = Pair(broker, setup)
    try:
        yield pair
    finally:
        for edge in pair.edges:
            if edge.process.poll() is None:
                edge.signal(signal.SIGCONT)
                edge.kill()


def _sent(setup: Setup, address: str) -> set[Place]:
    """The place of every record that is in the sources."""
    return {
        (record.topic, record.partition, record.offset)
        for topic in (setup.tickets, setup.ready_made)
        for record in read_topic(topic, bootstrap_servers=address)
    }


def _outcomes(setup: Setup, address: str) -> tuple[set[Place], list[Any], list[Place]]:
    """The places that came out, the records of the events' topic, and the places of the dead letters."""
    events = read_topic(setup.events, bootstrap_servers=address)
    letters = []
    for letter in read_topic(setup.dead_letters, bootstrap_servers=address):
        said = {name: value.decode() for name, value in letter.headers}
        letters.append((said["kept-topic"], int(said["kept-partition"]), int(said["kept-offset"])))
    return {_origin(orjson.loads(record.value)) for record in events} | set(letters), events, letters


def _origin(event: dict[str, Any]) -> Place:
    return event["origintopic"], event["originpartition"], event["originoffset"]


def _assert_whole(places: set[Place], setup: Setup, address: str) -> None:
    out, events, letters = _outcomes(setup, address)
    assert out == places
    by_partition = defaultdict(set)
    for topic, partition, offset in out:
        by_partition[topic, partition].add(offset)
    assert all(offsets == set(range(len(offsets))) for offsets in by_partition.values())
    decoded = [(record.partition, record.key, orjson.loads(record.value)) for record in events]
    # Every readable record makes one event, so after deduplication there is one identity for each place.
    identities = {(event["source"], event["id"]): _origin(event) for _, _, event in decoded}
    assert len(identities) == len(set(identities.values())) == len(places) - len(set(letters))
    assert all(identities[event["source"], event["id"]] == _origin(event) for _, _, event in decoded)
    homes: defaultdict[str, set[tuple[int, bytes]]] = defaultdict(set)
    latest: defaultdict[tuple[bytes, str, int], int] = defaultdict(lambda: -1)
    seen = set()
    for partition, key, event in decoded:
        homes[event["subject"]].add((partition, key))
        place = _origin(event)
        if place in seen:
            continue
        seen.add(place)
        # A key's records are in one partition of each source: first occurrences must have kept their order.
        assert place[2] > latest[key, place[0], place[1]]
        latest[key, place[0], place[1]] = place[2]
    assert {len(places) for places in homes.values()} == {1}


def test_nothing_is_missing_whatever_happens_to_edges_and_broker(kafka: KafkaBroker, tmp_path: Path) -> None:
    print(f"KEPT_SEED={SEED} KEPT_FAULTS={FAULTS} KEPT_RECORDS={RECORDS}")
    dice, setup = Random(SEED), set_up(kafka, tmp_path)
    kinds = ["kill", "hold", "broker", "kill", "hold"]
    load = Load(kafka.address, setup, SEED)
    try:
        with _pair(kafka, setup) as pair:
            for number in range(FAULTS):
                pair.await_moving()
                pair.fault(dice, kinds[number % len(kinds)])
            pair.await_moving()
            load.stop()
            places = _sent(setup, kafka.address)
            assert len(places) >= RECORDS
            pair.await_caught_up(places, setup, kafka.address)
            assert [edge.stop() for edge in pair.edges] == [0, 0]
    finally:
        load.stop()
    _assert_whole(places, setup, kafka.address)
    print(f"{len(places)} records")

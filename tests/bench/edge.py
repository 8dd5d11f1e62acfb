"""How fast the edge takes records to events, beside a stock Faust agent that does the same work on the same broker.

The records are there before either begins. What counts is how the events' topic grows, from a tenth to the whole: neither
the start of a process nor its first assignment is in the figures. Kept waits until what it sent is acknowledged by
the broker before it goes on; the stock agent, as the tutorial has it, does not.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from monitor.demo.load import load_events
from tests.services.edges import Setup, set_up
from tests.services.kafka_broker import PARTITIONS, KafkaBroker, broker_here

HERE: Final = Path(__file__).resolve().parent
RECORDS: Final = 120_000
STOCK_RECORDS: Final = 15_000
ROUNDS: Final = 2
LEAST: Final = 7
PATIENCE_SECONDS: Final = 300


def run() -> list[dict[str, Any]]:
    """Two entries: events as they are, and tickets by a mapping. None where this machine has no broker."""
    broker = broker_here()
    if broker is None:
        sys.stderr.write("edge: found no Kafka broker on this machine: nothing is measured\n")
        return []
    try:
        return [
            entry(broker, "edge, CloudEvents as they are", "ready_made", list(load_events(1, RECORDS))),
            entry(broker, "edge, tickets by a mapping", "tickets", list(changes(RECORDS))),
        ]
    finally:
        broker.remove()


def entry(broker: KafkaBroker, bench: str, source: str, lines: list[bytes]) -> dict[str, Any]:
    """The better of some rounds each."""
    ours, stock = [], []
    for _ in range(ROUNDS):
        ours.append(rate(broker, source, lines, ["-m", "monitor", "edge", "--config"]))
        stock.append(rate(broker, source, lines[:STOCK_RECORDS], [HERE / "peers" / "stock_edge.py"]))
    return {
        "bench": bench,
        "value": round(max(ours)),
        "unit": "events/s",
        "peer": f"a stock Faust agent ({max(stock):,.0f}/s)",
        "ratio": round(max(ours) / max(stock), 2),
        "target": LEAST,
    }


def rate(broker: KafkaBroker, source: str, lines: list[bytes], command: list[Any]) -> float:
    """Events a second."""
    with TemporaryDirectory() as name:
        setup = set_up(broker, Path(name))
        asyncio.run(fill(broker.address, getattr(setup, source), lines))
        process = subprocess.Popen(
            [sys.executable, *map(str, command), setup.file, *([name] if "stock" in str(command[0]) else [])],
            stdout=subprocess.DEVNULL,
        )
        try:
            return asyncio.run(growth(broker.address, setup, len(lines)))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_SECONDS)


async def fill(address: str, topic: str, lines: list[bytes]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=address, linger_ms=5)
    await producer.start()
    for start in range(0, len(lines), 5_000):
        await asyncio.gather(*[await producer.send(topic, line) for line in lines[start : start + 5_000]])
    await producer.stop()


async def growth(address: str, setup: Setup, count: int) -> float:
    consumer = AIOKafkaConsumer(bootstrap_servers=address)
    await consumer.start()
    partitions = [TopicPartition(setup.events, number) for number in range(PARTITIONS)]
    try:
        began, first = await reaches(consumer, partitions, count // 10)
        ended, last = await reaches(consumer, partitions, count)
    finally:
        await consumer.stop()
    return (last - first) / (ended - began)


async def reaches(consumer: Any, partitions: list[Any], count: int) -> tuple[float, int]:
    """When the topic has so many records, and how many it has then."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while (found := sum((await consumer.end_offsets(partitions)).values())) < count:
        assert time.monotonic() < give_up_at, f"found {found} events, expected {count}"
        await asyncio.sleep(0.02)
    return time.monotonic(), found


def changes(count: int) -> Iterable[bytes]:
    """Tickets in the JSON of their own system."""
    for number in range(count):
        ticket = {"number": f"T-{number % 5_000}", "priority": "high", "status": "new"}
        at = f"2026-03-{number // 3_600 % 24 + 1:02}T09:{number // 60 % 60:02}:{number % 60:02}+00:00"
        kind = "created" if number % 3 else "assigned"
        yield orjson.dumps(
            {"change": number, "kind": kind, "at": at, "account": "acme", "holder": "joe", "ticket": ticket}
        )

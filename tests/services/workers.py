"""Workers in processes of their own, as somebody would start them, and what they read."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from monitor.testing import eventually
from tests.services.kafka_broker import KafkaBroker
from tests.services.watched import WatchedProcess

LONGEST = 4_194_304
"""Bytes in a request: more than an event may have."""


def produce(broker: KafkaBroker, topic: str, contents: Iterable[bytes]) -> None:
    """Sends events to the partitions of their cases, as the edge does; what is no event goes to any."""
    asyncio.run(_produce(broker.address, topic, list(contents)))


async def _produce(address: str, topic: str, contents: list[bytes]) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=address, enable_idempotence=True, linger_ms=5, max_request_size=LONGEST
    )
    await producer.start()
    try:
        for start in range(0, len(contents), 2_000):
            portion = contents[start : start + 2_000]
            await asyncio.gather(*[await producer.send(topic, each, key=_key(each)) for each in portion])
    finally:
        await producer.stop()


def _key(content: bytes) -> bytes | None:
    try:
        event = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return str(event.get("subject") or event.get("client") or event.get("source")).encode()


class Worker(WatchedProcess):
    """`kept worker`."""

    def __init__(
        self,
        broker: KafkaBroker,
        topic: str,
        database: str,
        book: Path | None,
        folder: Path,
        *more: str,
        beside: tuple[str, str] | None = None,
        name: str = "worker",
        **how: Any,
    ) -> None:
        """`beside`: the topics of dead letters and of replays, where they matter."""
        said = () if book is None else ("--book", book)
        dead_letters, replays = beside or broker.beside()
        topics = ("--topic", topic, "--dead-letters", dead_letters, "--replays", replays)
        where = ("--kafka", broker.address, *topics, "--group", f"group-{topic}", "--database", database)
        options = ("--metrics", "127.0.0.1:0", "--session-seconds", "6", *more)
        super().__init__("worker", *where, *said, *options, log=folder / f"{name}.log", **how)

    def await_partitions(self, count: int) -> None:
        """Waits until it has so many."""
        eventually(lambda: self.total("kept_worker_partitions") == count, f"a worker has {count} partitions")

    def end(self) -> None:
        """Sees to it that it is gone."""
        if self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.kill()

"""Workers in processes of their own, as somebody would start them, and what they read."""

from __future__ import annotations

import asyncio
import http.client
import re
import signal
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import orjson
from aiokafka import AIOKafkaProducer

from monitor.testing import PATIENCE_SECONDS, eventually, kept
from tests.services.kafka_broker import KafkaBroker


def produce(broker: KafkaBroker, topic: str, contents: Iterable[bytes]) -> None:
    """Sends events to the partitions of their cases, as the edge does; what is no event goes to any."""
    asyncio.run(_produce(broker.address, topic, list(contents)))


async def _produce(address: str, topic: str, contents: list[bytes]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=address, enable_idempotence=True, linger_ms=5)
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


class Worker:
    """`kept worker`."""

    def __init__(
        self, broker: KafkaBroker, topic: str, database: str, book: Path | None, folder: Path, *more: str
    ) -> None:
        self.log = (folder / "worker.log").open("a")
        said = () if book is None else ("--book", book)
        where = ("--kafka", broker.address, "--topic", topic, "--group", f"group-{topic}", "--database", database)
        options = ("--metrics", "127.0.0.1:0", "--session-seconds", "6", *more)
        self.process = kept("worker", *where, *said, *options, stderr=self.log)
        assert self.process.stdout is not None
        line = ""
        while not (found := re.search(r"http://127.0.0.1:(\d+)/metrics", line)):
            line = self.process.stdout.readline()
            assert line, f"the worker ended with {self.process.wait()}: {Path(self.log.name).read_text()[-3_000:]}"
        self.port = int(found[1])

    def ask(self, path: str) -> tuple[int, str]:
        """Status and body of an answer."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def metrics(self) -> dict[str, float]:
        """Every series by its name and labels; none where it can't tell."""
        status, text = self.ask("/metrics")
        lines = (line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#"))
        return {name: float(value) for name, _, value in lines} if status == 200 else {}

    def total(self, name: str, part: str = "") -> float:
        """The sum of the series of one metric, of those whose labels contain `part`."""
        return sum(value for key, value in self.metrics().items() if key.partition("{")[0] == name and part in key)

    def await_partitions(self, count: int) -> None:
        """Waits until it has so many."""
        eventually(lambda: self.total("kept_worker_partitions") == count, f"a worker has {count} partitions")

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """kill -9"""
        self.process.kill()
        self._end()

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        self.signal(signal.SIGTERM)
        return self._end()

    def end(self) -> None:
        """Sees to it that it is gone."""
        if self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.kill()

    def _end(self) -> int:
        self.process.communicate(timeout=PATIENCE_SECONDS)
        self.log.close()
        return self.process.returncode

"""Sends lines of events to a topic of Kafka, each under its client, so that a case's events keep their order.

A partition keeps the order of what it is given, and a key always goes to the same partition. The key is the client that
the event names, or whose address it has; where it says neither, it is what the case's earlier events went by; and the
case itself where nobody knows its client. The producer is idempotent and waits for all replicas: what it tries again is
not there twice, and stays in order.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from monitor.demo.firm import demonstration_book
from monitor.domain.facts.events import UNIDENTIFIED
from monitor.domain.promises.promise import Book
from monitor.errors import TransientError

LONGEST_EVENT_BYTES: Final = 1_048_576 + 4_096
"""An event as large as Kept takes, and its envelope on the wire."""
CASES_REMEMBERED: Final = 100_000
"""Cases whose key is remembered, the ones used last: some 20 MB, and far more than are open at a time."""
TIMEOUT_MS: Final = 30_000
"""How long a broker may take to acknowledge, tries included."""

# What goes wrong is told once, by the error that ends the command.
logging.getLogger("aiokafka").addHandler(logging.NullHandler())


class KafkaSender:
    """A producer to one topic; its loop runs only while something is sent."""

    def __init__(self, access: Mapping[str, Any], topic: str) -> None:
        """`access` says how aiokafka's clients connect. Raises TransientError where no broker answers there."""
        self._access = access
        self._address = access["bootstrap_servers"]
        self._topic = topic
        self._keys = Keys(demonstration_book())
        self._runner = asyncio.Runner()
        try:
            self._producer = self._runner.run(self._start())
        except BaseException:
            self._runner.close()
            raise

    def send(self, lines: list[bytes]) -> None:
        """Sends a batch and returns once all of it is acknowledged; raises TransientError where it is not."""
        try:
            self._runner.run(self._send(lines))
        except KafkaError as error:
            raise self._not_taken(error) from error

    def close(self) -> None:
        """Ends the connection."""
        try:
            self._runner.run(self._producer.stop())
        finally:
            self._runner.close()

    async def _start(self) -> Any:
        producer = AIOKafkaProducer(
            **self._access,
            acks="all",
            enable_idempotence=True,
            max_request_size=LONGEST_EVENT_BYTES,
            request_timeout_ms=TIMEOUT_MS,
        )
        try:
            await producer.start()
        except KafkaError as error:
            await producer.stop()
            raise self._not_taken(error) from error
        return producer

    async def _send(self, lines: list[bytes]) -> None:
        taken = [await self._producer.send(self._topic, line, key=self._keys.key_of(line)) for line in lines]
        await asyncio.gather(*taken)

    def _not_taken(self, error: KafkaError) -> TransientError:
        return TransientError(f"{self._address}: found {error or type(error).__name__}, expected a Kafka broker")


class Keys:
    """What each event is keyed by."""

    def __init__(self, book: Book, remembered: int = CASES_REMEMBERED) -> None:
        self._book = book
        self._remembered = remembered
        self._of_case: OrderedDict[str, str] = OrderedDict()

    def key_of(self, line: bytes) -> bytes:
        """The key of an event in JSON. Those of one case have one key, whichever of its events comes first."""
        event = orjson.loads(line)
        case = event.get("subject")
        if case is None:
            return str(event.get("client") or event["source"]).encode()
        key = self._of_case.pop(case, None) or self._client_of(event) or case
        self._of_case[case] = key
        if len(self._of_case) > self._remembered:
            self._of_case.popitem(last=False)
        return str(key).encode()

    def _client_of(self, event: dict[str, Any]) -> str | None:
        data = event.get("data", {})
        address = data.get("address") or data.get("number")
        client: str | None = event.get("client") or (self._book.client_of(address) if address else None)
        return None if client == UNIDENTIFIED else client

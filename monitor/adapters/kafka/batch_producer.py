"""Sends many messages at once, packed into batches here: one future for a batch instead of one for each message.

A batch goes to one partition, which is found from the key as Java's client finds it (murmur2), so that every producer
agrees. What is sent is acknowledged by all replicas in sync; the producer is idempotent, so what it tries again is not there
twice and stays in order.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.partitioner import murmur2

from monitor.adapters.kafka.access import KafkaAccess, reaching
from monitor.adapters.kafka.topic_ids import topic_ids
from monitor.errors import TransientError
from monitor.service.publishing.topic_plan import LONGEST_MESSAGE_BYTES
from monitor.wire.edge.records import Headers

BATCH_BYTES: Final = 524_288
"""How large a batch grows before the next one begins; a longer message makes a batch of its own."""
LONGEST_REQUEST_BYTES: Final = 4_194_304
TIMEOUT_MS: Final = 60_000
"""Long enough for a broker to be restarted."""
KEYS_REMEMBERED: Final = 100_000
"""Keys whose hash is remembered: murmur2 in Python takes some microseconds."""

_HASH_MASK: Final = 0x7FFF_FFFF


class Message(NamedTuple):
    """What is sent: `timestamp_ms` since 1970."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp_ms: int


class BatchProducer:
    """A producer to topics whose numbers of partitions stay as they are."""

    def __init__(self, access: KafkaAccess, timeout_ms: int = TIMEOUT_MS) -> None:
        """`timeout_ms`: how long the brokers may take to acknowledge, tries included."""
        self._access = access
        self._timeout_ms = timeout_ms
        self._producer: Any = None
        self._partitions: dict[str, int] = {}
        self._hashes: dict[bytes, int] = {}

    async def start(self, partitions: dict[str, int]) -> None:
        """Connects; `partitions` says how many each topic has. Raises TransientError."""
        self._partitions = partitions
        self._producer = AIOKafkaProducer(
            **self._access.parameters(),
            acks="all",
            enable_idempotence=True,
            max_batch_size=BATCH_BYTES,
            max_request_size=LONGEST_REQUEST_BYTES,
            request_timeout_ms=self._timeout_ms,
        )
        with reaching(self._access):
            await self._producer.start()

    async def reaches(self) -> bool:
        """Whether a broker answers."""
        return bool(await self._producer.client.force_metadata_update())

    async def topic_ids(self, topics: Collection[str]) -> dict[str, str]:
        """By what each of these topics is told from another one of its name, as far as the brokers say. Raises TransientError."""
        with reaching(self._access):
            return await topic_ids(self._producer.client, topics)

    async def stop(self) -> None:
        """Ends the connection once what is under way is acknowledged or given up."""
        if self._producer is not None:
            await self._producer.stop()

    async def send(self, messages: Iterable[Message]) -> None:
        """Returns once all are acknowledged, in their order within each partition; raises TransientError."""
        packed: defaultdict[tuple[str, int], list[Any]] = defaultdict(list)
        for message in messages:
            self._pack(packed[message.topic, self._partition_of(message)], message)
        with reaching(self._access):
            await asyncio.gather(*(self._send(place, batches) for place, batches in packed.items()))

    def _pack(self, batches: list[Any], message: Message) -> None:
        """Adds a message to the last batch, or to a new one where that is full."""
        if not (batches and _add(batches[-1], message)):
            batches.append(self._producer.create_batch())
            _add(batches[-1], message)

    async def _send(self, place: tuple[str, int], batches: list[Any]) -> None:
        topic, partition = place
        taken = [await self._producer.send_batch(batch, topic, partition=partition) for batch in batches]
        try:
            await asyncio.gather(*taken)
        except MessageSizeTooLargeError as error:
            found = "a message that the topic has no room for"
            expected = f"max.message.bytes of {LONGEST_MESSAGE_BYTES} at least, as `kept topics` makes and checks it"
            raise TransientError(f"{topic}: found {found}, expected {expected}") from error

    def _partition_of(self, message: Message) -> int:
        return self._hash_of(message.key or b"") % self._partitions[message.topic]

    def _hash_of(self, key: bytes) -> int:
        found = self._hashes.get(key)
        if found is None:
            if len(self._hashes) >= KEYS_REMEMBERED:
                self._hashes.clear()
            found = self._hashes[key] = murmur2(key) & _HASH_MASK
        return found


def _add(batch: Any, message: Message) -> bool:
    """Whether the batch had room for the message."""
    return (
        batch.append(timestamp=message.timestamp_ms, key=message.key, value=message.value, headers=message.headers)
        is not None
    )

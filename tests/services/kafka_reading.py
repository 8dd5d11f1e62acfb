"""What is in a topic, read from its beginning to its end by a client that belongs to no group."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition


def read_topic(topic: str, **access: Any) -> list[Any]:
    """Every record of a topic, in the order of each partition; `access` says how a client connects."""
    return asyncio.run(_read(topic, access))


async def _read(topic: str, access: dict[str, Any]) -> list[Any]:
    consumer = AIOKafkaConsumer(enable_auto_commit=False, max_partition_fetch_bytes=4_194_304, **access)
    await consumer.start()
    try:
        consumer._client.add_topic(topic)
        # What is under way when the topic is added tells nothing of it.
        while not (numbers := consumer.partitions_for_topic(topic)):
            await consumer._client.force_metadata_update()
        partitions = [TopicPartition(topic, number) for number in numbers]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[Any] = []
        while sum([await consumer.position(partition) for partition in partitions]) < sum(ends.values()):
            for records in (await consumer.getmany(timeout_ms=1_000)).values():
                found += records
        return found
    finally:
        await consumer.stop()

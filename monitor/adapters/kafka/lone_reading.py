"""Reading topics as a client of no group: positions are whoever's asks for them, and nobody shares the partitions."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any, Final

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from monitor.adapters.kafka.access import KafkaAccess
from monitor.domain.facts.offsets import Answer, Ask
from monitor.domain.hours.instant import DurationUs
from monitor.errors import UnreadableEvent
from monitor.service.ports.machine import Clock
from monitor.wire.edge.replays import read_replay

FETCH_WAIT_MS: Final = 200
"""How long a broker may hold back an answer for more."""
ANSWERED_US: Final[DurationUs] = 3 * FETCH_WAIT_MS * 1_000
CLOSING_SECONDS: Final = 5.0

_log = logging.getLogger(__name__)


def lone_consumer(access: KafkaAccess) -> Any:
    """A consumer of aiokafka that is to be started, and told its partitions and where to begin in each."""
    return AIOKafkaConsumer(
        **access.parameters(),
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        fetch_max_wait_ms=FETCH_WAIT_MS,
    )


async def stop_lone(consumer: Any, clock: Clock) -> None:
    """Ends such a consumer, once what it asked for last is answered: uvloop does not come to the end of a TLS connection to
    which something is sent after it was closed."""
    consumer.pause(*consumer.assignment())
    await clock.wait(asyncio.Event(), clock.now() + ANSWERED_US)
    with suppress(KafkaError, TimeoutError):
        await asyncio.wait_for(consumer.stop(), CLOSING_SECONDS)


def replay_in(record: Any) -> Ask | Answer | None:
    """What a record of the topic of replays says; None, and a line in the log, where that can't be read."""
    try:
        return read_replay(record.value)
    except UnreadableEvent as error:
        _log.error("%s partition %s offset %s: %s", record.topic, record.partition, record.offset, error)
        return None

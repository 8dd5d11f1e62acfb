"""Reading topics as a client of no group: positions are whoever's asks for them, and nobody shares the partitions."""

from __future__ import annotations

import logging
from typing import Any, Final

from aiokafka import AIOKafkaConsumer

from monitor.adapters.kafka.access import KafkaAccess
from monitor.domain.facts.offsets import Answer, Ask
from monitor.errors import UnreadableEvent
from monitor.wire.replays import read_replay

FETCH_WAIT_MS: Final = 200
"""How long a broker may hold back an answer for more."""

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


def replay_in(record: Any) -> Ask | Answer | None:
    """What a record of the topic of replays says; None, and a line in the log, where that can't be read."""
    try:
        return read_replay(record.value)
    except UnreadableEvent as error:
        _log.error("%s partition %s offset %s: %s", record.topic, record.partition, record.offset, error)
        return None

"""The topic of events as one worker of a consumer group reads it, by aiokafka.

Positions are set by whoever knows them, once a partition is taken: what the group has committed is never read. While aiokafka
tells that partitions are assigned it sends no heartbeat, and logs and swallows what is raised; so they are only noted then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from monitor.adapters.kafka.access import KafkaAccess, not_working, reaching
from monitor.adapters.kafka.topic_ids import topic_ids
from monitor.domain.hours.instant import SECOND_US, InstantUs
from monitor.errors import ConfigError, TransientError
from monitor.service.ports.event_log import Bounds, LogRecord
from monitor.service.ports.machine import Clock
from monitor.service.workers.log_intake import RECORDS_A_COMMIT
from monitor.wire.edge.records import origin_in

FETCH_BYTES: Final = 4_194_304
FETCH_WAIT_MS: Final = 100
"""How long a broker may hold back an answer for more: partitions that something is asked of meanwhile wait for it."""
HEARTBEAT_MS: Final = 1_000
"""By its heartbeat a worker learns that partitions are shared out anew, and until the last one has learned it nobody reads
any: so this is how long records wait where a worker joins or leaves."""
ANSWER_SECONDS: Final = 15.0
REBALANCE_SECONDS: Final = 60
"""More than the longest commit and a database that is away for a moment."""

_log = logging.getLogger(__name__)


class Holder(Protocol):
    """Whoever has the partitions."""

    async def assigned(self, partitions: Collection[int]) -> None:
        """Takes them, soon; says then where to read on."""
        ...

    async def revoked(self, partitions: Collection[int]) -> None:
        """Gives them up."""
        ...


class KafkaEventLog:
    """The event log port on a topic of Kafka."""

    def __init__(
        self, access: KafkaAccess, topic: str, group: str, clock: Clock, *, instance: str | None, session_seconds: int
    ) -> None:
        self.topic = topic
        self._access = access
        self._clock = clock
        self._without_position: set[int] = set()
        """Partitions of which it was not said yet where to read on."""
        self._consumer: Any = AIOKafkaConsumer(
            **access.parameters(),
            group_id=group,
            group_instance_id=instance,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            session_timeout_ms=session_seconds * 1_000,
            heartbeat_interval_ms=min(HEARTBEAT_MS, session_seconds * 1_000 // 5),
            rebalance_timeout_ms=REBALANCE_SECONDS * 1_000,
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_wait_ms=FETCH_WAIT_MS,
        )

    async def start(self, holder: Holder) -> None:
        """Joins the group; from then on partitions come and go. Raises TransientError."""
        self._consumer.subscribe([self.topic], listener=_Listener(self, holder))
        with reaching(self._access):
            await self._consumer.start()

    async def stop(self) -> None:
        """Leaves; a member that has a name of its own keeps its partitions for the time of a session."""
        with suppress(KafkaError, TimeoutError):
            await asyncio.wait_for(self._consumer.stop(), ANSWER_SECONDS)

    async def fetch(self, until: InstantUs) -> Mapping[int, Sequence[LogRecord]]:
        wait_ms = max(1, (until - self._clock.now()) * 1_000 // SECOND_US)
        try:
            fetched = await self._consumer.getmany(timeout_ms=wait_ms, max_records=RECORDS_A_COMMIT)
        except NoOffsetForPartitionError:
            return {}  # asked for before the position was set
        except OffsetOutOfRangeError as error:
            if any(place.partition in self._without_position for place in _offsets(error)):
                return {}  # one that the group committed once
            found = f"no record any more at {_places(error)}: removed before it was read, or the topic was made anew"
            expected = "the record that is to be read next; --accept-loss goes on with the first that is there"
            raise ConfigError.of(self.topic, found, expected) from error
        except KafkaError as error:
            raise not_working(self._access, error) from error
        return {
            place.partition: [LogRecord(record.offset, record.value, origin_in(record.value)) for record in records]
            for place, records in fetched.items()
        }

    async def identity(self) -> str | None:
        try:
            asked = topic_ids(self._consumer._client, [self.topic])  # noqa: SLF001  aiokafka has no words for it
            return (await asyncio.wait_for(asked, ANSWER_SECONDS)).get(self.topic)
        except (KafkaError, TimeoutError) as error:
            raise not_working(self._access, error) from error

    async def position(self, partition: int) -> int:
        try:
            return int(await asyncio.wait_for(self._consumer.position(self._place(partition)), ANSWER_SECONDS))
        except (KafkaError, TimeoutError) as error:
            raise not_working(self._access, error) from error

    async def show(self, next_offsets: Mapping[int, int]) -> None:
        # It fails while partitions come and go, and is shown the next time.
        with suppress(KafkaError, TimeoutError):
            shown = {self._place(number): offset for number, offset in next_offsets.items()}
            await asyncio.wait_for(self._consumer.commit(shown), ANSWER_SECONDS)

    async def assign(self, partitions: Collection[int], holder: Holder) -> None:
        """Hands partitions to their holder."""
        self._without_position |= set(partitions)
        await holder.assigned(partitions)

    def read_on(self, start: Mapping[int, int]) -> None:
        for number, offset in start.items():
            self._consumer.seek(self._place(number), offset)
        self._without_position -= set(start)

    async def bounds(self, partitions: Collection[int]) -> dict[int, Bounds]:
        places = [self._place(number) for number in partitions]
        if not places:
            return {}
        try:
            begins = await asyncio.wait_for(self._consumer.beginning_offsets(places), ANSWER_SECONDS)
            ends = await asyncio.wait_for(self._consumer.end_offsets(places), ANSWER_SECONDS)
        except (KafkaError, TimeoutError) as error:
            raise not_working(self._access, error) from error
        return {place.partition: Bounds(begins[place], ends[place]) for place in places}

    def _place(self, partition: int) -> TopicPartition:
        return TopicPartition(self.topic, partition)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    def __init__(self, log: KafkaEventLog, holder: Holder) -> None:
        self._log = log
        self._holder = holder

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        await self._log.assign([place.partition for place in assigned], self._holder)

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        try:
            await self._holder.revoked([place.partition for place in revoked])
        except TransientError as error:
            _log.error("partitions were not given up: %s", error)


def _places(error: OffsetOutOfRangeError) -> str:
    return ", ".join(f"partition {place.partition} offset {offset}" for place, offset in _offsets(error).items())


def _offsets(error: OffsetOutOfRangeError) -> Mapping[TopicPartition, int]:
    return error.args[0] if error.args else {}

"""What the keeper reads and writes beside the topic of events, by aiokafka: dead letters, and the topic of replays.

It reads as a client of no group, from positions that are in the journal; only the keeper has these connections.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from monitor.adapters.kafka.access import KafkaAccess, not_working, reaching
from monitor.adapters.kafka.batch_producer import BatchProducer, Message
from monitor.adapters.kafka.lone_reading import FETCH_WAIT_MS, lone_consumer, replay_in, stop_lone
from monitor.domain.facts.offsets import Answer, Ask
from monitor.domain.hours.instant import SECOND_US, InstantUs
from monitor.service.origins.accounts import Positions, Traces
from monitor.service.origins.sightings import Sighting
from monitor.service.ports.machine import Clock
from monitor.service.ports.origin_records import OriginPlace
from monitor.wire.edge.records import letter_place
from monitor.wire.edge.replays import replay_record

READ_RECORDS: Final = 5_000
"""At one look: what is more is read at the next."""
ANSWER_SECONDS: Final = 15.0
CLOSING_SECONDS: Final = 3.0
_MS_US: Final = SECOND_US // 1_000


class KafkaTraceLog:
    """The trace log port on two topics of Kafka."""

    def __init__(
        self, access: KafkaAccess, partitions: dict[str, int], dead_letters: str, replays: str, clock: Clock
    ) -> None:
        """`partitions` says how many each of the two topics has."""
        self._access = access
        self._partitions = partitions
        self._dead_letters, self._replays = dead_letters, replays
        self._clock = clock
        self._consumer: Any = None
        self._producer: BatchProducer | None = None
        self._read_until: InstantUs = 0

    async def read(self, positions: Positions) -> Traces:
        consumer = await self._connected()
        asked_at = self._clock.now()
        try:
            return await asyncio.wait_for(self._read(consumer, positions, asked_at), 4 * ANSWER_SECONDS)
        except (KafkaError, TimeoutError) as error:
            await self.close()
            raise not_working(self._access, error) from error

    async def ask(self, asks: Sequence[Ask]) -> None:
        if not asks:
            return
        if self._producer is None:
            self._producer = BatchProducer(self._access)
            await self._producer.start({self._replays: self._partitions[self._replays]})
        now_ms = self._clock.now() // _MS_US
        messages = [Message(self._replays, *replay_record(ask), [], now_ms) for ask in asks]
        try:
            await asyncio.wait_for(self._producer.send(messages), ANSWER_SECONDS)
        except TimeoutError as error:
            await self.close()
            raise not_working(self._access, error) from error

    async def close(self) -> None:
        consumer, producer, self._consumer, self._producer = self._consumer, self._producer, None, None
        self._read_until = 0
        if consumer is not None:
            await stop_lone(consumer, self._clock)
        if producer is not None:
            with suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(producer.stop(), CLOSING_SECONDS)

    async def _connected(self) -> Any:
        if self._consumer is None:
            consumer = lone_consumer(self._access)
            with reaching(self._access):
                await consumer.start()
            consumer.assign(self._places())
            self._consumer = consumer
        return self._consumer

    def _places(self) -> list[TopicPartition]:
        return [TopicPartition(topic, number) for topic, count in self._partitions.items() for number in range(count)]

    async def _read(self, consumer: Any, positions: Positions, asked_at: InstantUs) -> Traces:
        places = self._places()
        begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        for place in places:
            # What the log has no more is asked about again, and what was removed with the topic is not there to be read.
            start = max(begins[place], positions.get(OriginPlace(*place), 0))
            consumer.seek(place, start if start <= ends[place] else begins[place])
        sightings: list[Sighting] = []
        answers: list[Answer] = []
        read = 0
        while left := [place for place in places if await consumer.position(place) < ends[place]]:
            fetched = await consumer.getmany(*left, timeout_ms=FETCH_WAIT_MS, max_records=READ_RECORDS - read)
            for record in (record for records in fetched.values() for record in records):
                self._take(record, sightings, answers)
                read += 1
            if read >= READ_RECORDS:
                break
        self._read_until = self._read_until if left else asked_at
        found = {OriginPlace(*place): int(await consumer.position(place)) for place in places}
        return Traces(sightings, answers, found, self._read_until)

    def _take(self, record: Any, sightings: list[Sighting], answers: list[Answer]) -> None:
        if record.topic == self._dead_letters:
            found = letter_place(list(record.headers))
            if found is not None:
                origin, timestamp_ms = found
                sightings.append(Sighting(*origin, timestamp_ms * _MS_US))
            return
        replay = replay_in(record)
        if isinstance(replay, Answer):
            answers.append(replay)

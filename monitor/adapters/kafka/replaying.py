"""Reads records of the firm's topics again, where a worker asks because nothing was heard of them.

Theory of operation. Each edge reads all of the topic of replays, from its end when it starts, and answers about the
partitions that it has at that moment: nobody remembers anything, and what nobody answers is asked again. Only what was asked
for is sent on, in the way of every record, so its events have the ids they had and repeats fall to whoever judges. Offsets
that were asked about and hold no record are told as such, and so is what the log no longer has.
"""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from monitor.adapters.kafka.access import KafkaAccess, reaching
from monitor.adapters.kafka.batch_producer import BatchProducer, Message
from monitor.adapters.kafka.lone_reading import FETCH_WAIT_MS, lone_consumer, replay_in, stop_lone
from monitor.adapters.machine.clock import SystemClock
from monitor.domain.facts.offsets import Answer, Ask, OffsetRange, common, count_of, ranges_of, without
from monitor.domain.hours.instant import SECOND_US
from monitor.errors import TransientError
from monitor.wire.edge.replays import replay_record

SENT_RECORDS: Final = 10_000
"""For one question; what is left is asked again."""
READ_RECORDS: Final = 200_000
"""The same, of records that are only passed over."""
FAR: Final = 10_000
"""Offsets that are read over to come to the next; what is further away is sought."""
READING_SECONDS: Final = 60.0
TRY_AGAIN_SECONDS: Final = 5.0

_log = logging.getLogger(__name__)

Take = Callable[[list[Any]], Awaitable[None]]
"""Sends records on; returns once what they became is acknowledged."""


class Replayer:
    """Answers what is asked about the partitions of one edge."""

    def __init__(
        self,
        access: KafkaAccess,
        replays: str,
        producer: BatchProducer,
        take: Take,
        has: Callable[[str, int], bool],
    ) -> None:
        """`has` says whether a partition of a topic is this edge's just now; `producer` is started."""
        self._access = access
        self._replays = replays
        self._producer = producer
        self._take = take
        self._has = has
        self._clock = SystemClock()

    async def run(self, partitions: int, stopping: asyncio.Event) -> None:
        """Answers until it is to stop; `partitions` is how many the topic of replays has. What fails is asked again."""
        while not stopping.is_set():
            try:
                await self._run(partitions, stopping)
            except (TransientError, KafkaError, TimeoutError) as error:
                _log.warning("nothing is read again for now: %s", str(error) or type(error).__name__)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), TRY_AGAIN_SECONDS)

    async def _run(self, partitions: int, stopping: asyncio.Event) -> None:
        questions, sources = lone_consumer(self._access), lone_consumer(self._access)
        async with AsyncExitStack() as stack:
            for consumer in (questions, sources):
                stack.push_async_callback(stop_lone, consumer, self._clock)
            with reaching(self._access):
                await questions.start()
                await sources.start()
            places = [TopicPartition(self._replays, number) for number in range(partitions)]
            questions.assign(places)
            for place, end in (await questions.end_offsets(places)).items():
                questions.seek(place, end)
            while not stopping.is_set():
                fetched = await questions.getmany(timeout_ms=1_000)
                for ask in _latest(record for records in fetched.values() for record in records):
                    if self._has(ask.topic, ask.partition):
                        await self._answer(sources, ask)

    async def _answer(self, sources: Any, ask: Ask) -> None:
        place = TopicPartition(ask.topic, ask.partition)
        sources.assign([place])
        found = await asyncio.wait_for(self._look(sources, place, ask.ranges), READING_SECONDS)
        await self._take(found.records)
        read = ranges_of(record.offset for record in found.records)
        empty = without(found.looked_at, read)
        _log.warning(
            "%s partition %s: %s records are sent on again, %s offsets hold none, %s are gone",
            *place,
            *map(count_of, (read, empty, found.gone)),
        )
        answer = Answer(ask.topic, ask.partition, read, empty, found.gone)
        now_ms = self._clock.now() * 1_000 // SECOND_US
        await self._producer.send([Message(self._replays, *replay_record(answer), [], now_ms)])

    async def _look(self, sources: Any, place: TopicPartition, asked: Sequence[OffsetRange]) -> _Found:
        """What there is at these offsets, up to a limit."""
        begin = (await sources.beginning_offsets([place]))[place]
        end = (await sources.end_offsets([place]))[place]
        there = common(asked, [OffsetRange(begin, end)])
        found = _Found(gone=without(asked, there))
        read = 0
        at = -FAR
        for each in there:
            # What was read on the way to the range before may reach into this one, and is not read twice.
            if each.first >= at + FAR:
                at = each.first
                sources.seek(place, at)
            while at < each.end:
                fetched = (await sources.getmany(place, timeout_ms=FETCH_WAIT_MS, max_records=1_000)).get(place, [])
                at = await sources.position(place)
                found.records += [record for record in fetched if _is_asked(record.offset, there)]
                read += len(fetched)
                if len(found.records) >= SENT_RECORDS or read >= READ_RECORDS:
                    found.looked_at = common(there, [OffsetRange(there[0].first, at)])
                    return found
        found.looked_at = there
        return found


@dataclass(slots=True)
class _Found:
    """Records at the offsets that were asked about; the offsets that were looked at, and those that are not there."""

    gone: list[OffsetRange]
    records: list[Any] = field(default_factory=list)
    looked_at: list[OffsetRange] = field(default_factory=list)


def _is_asked(offset: int, ranges: Sequence[OffsetRange]) -> bool:
    """Whether an offset is in one of these ranges, which are in order."""
    place = bisect_right(ranges, offset, key=attrgetter("first")) - 1
    return place >= 0 and offset < ranges[place].end


def _latest(records: Iterator[Any]) -> list[Ask]:
    """The last question about each partition: the ones before it were about more."""
    latest: dict[tuple[str, int], Ask] = {}
    for record in records:
        replay = replay_in(record)
        if isinstance(replay, Ask):
            latest[replay.topic, replay.partition] = replay
    return list(latest.values())

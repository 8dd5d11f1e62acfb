"""A Faust app that takes whole fetches instead of single messages.

Theory of operation. Stock Faust spends some 200 us of Python on each message before an agent sees it. Here Faust keeps what
it is good at, assignment and rebalancing, and its per-message path is left out: the lane gets the records of a fetch,
of all partitions at once, and returns when whatever it made of them is acknowledged. Only then does a partition's offset
move on, so a record that was not acknowledged is read again, by this process or by whoever has the partition next.

What makes it lose nothing when partitions come and go:

- The group waits for `on_partitions_revoked`; the fetch in hand is finished and committed before it returns, for both hold
  the same lock.
- Between revocation and assignment a fetch that was under way looks current, for the generation changes only with the
  assignment: nothing is taken in between.
- Offsets are forgotten with the revocation: an old one, committed after the partition came back, would skip records.
- Records from before the offset that was read last are left out, for Faust seeks back after every assignment; unless the
  log ends before that offset, so that it is another one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Final, TypeAlias

import faust
from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver

Lane: TypeAlias = Callable[[list[Any]], Awaitable[None]]
"""Takes the records of a fetch, in order within each partition; returns when all they became is acknowledged."""

FETCH_WAIT_MS: Final = 50
"""A broker with nothing new answers after so long. One request to it is under way at a time, and partitions of which something
is still in hand are not in it: with a longer wait for the empty ones the others run dry."""

_NO_MESSAGES: Final[tuple[tuple[Any, Any], ...]] = ()

_log = logging.getLogger(__name__)
_faust_log = logging.getLogger("faust.lane")
"""Faust's classes log under the name of the module they are in, unless they are told another."""


class LaneApp(faust.App):
    """A Faust app whose agents' topics are all taken by a lane. It keeps no state, so it needs no folder."""

    logger = _faust_log
    lane: Lane

    async def on_first_start(self) -> None:
        """Faust makes a folder here for tables."""


class _Thread(driver.AIOKafkaConsumerThread):
    """Faust's consumer, for which a commit that fails is no reason to end: what is not committed is read again."""

    logger = _faust_log

    def _create_worker_consumer(self, transport: Any) -> Any:
        """Faust's, but for how long a broker may hold back an answer: what others wait for meanwhile is not asked for; and
        without what aborted transactions wrote."""
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001  Faust fixes it at 1.5 s
        # What a producer took back never happened; Faust would read it unless it wrote transactions itself.
        consumer._isolation_level = "read_committed"  # noqa: SLF001
        return consumer

    async def _commit(self, offsets: Mapping[Any, int]) -> bool:
        mine = {driver.ensure_aiokafka_TP(tp): offset for tp, offset in offsets.items() if tp in self.assignment()}
        try:
            await self._ensure_consumer().commit(mine)
        except (KafkaError, asyncio.CancelledError) as error:
            # Cancelled is what it was asked of, where the consumer has ended: handed on it would end whoever stops the app
            # in the middle, and agents that nobody stops any more keep the process from ending.
            _log.warning("offsets are not committed for now: %s", str(error) or type(error).__name__)
            return False
        return True


class LaneConsumer(driver.Consumer):
    """Hands fetches to the lane of its app."""

    logger = _faust_log
    app: Any

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.next_offsets: dict[Any, int] = {}
        """By partition the offset behind the last record whose outcome is acknowledged."""
        self._busy = asyncio.Lock()
        self._is_revoked = False

    @property
    def is_busy(self) -> bool:
        """Whether a fetch is in hand."""
        return self._busy.locked()

    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[Any, Any]]:  # noqa: ASYNC109  Faust's signature
        """Hands a fetch to the lane; no message is left for Faust's own way."""
        await self._take_fetch(timeout)
        for message in _NO_MESSAGES:
            yield message

    async def _take_fetch(self, longest_seconds: float) -> None:
        fetched, active = await self._wait_next_records(longest_seconds)
        generation = self.app.consumer_generation_id
        if not fetched or self.should_stop:
            return
        if not self.flow_active:
            await self.perform_seek()
            return
        async with self._busy:
            if not self._is_current(generation):
                return
            # Partitions are paused only while they come and go, and sought back to what is committed afterwards.
            await self._take({tp: records for tp, records in fetched.items() if active is None or tp in active})

    def _is_current(self, generation: int) -> bool:
        """Whether what was fetched is still this process's to take."""
        return self.flow_active and not self._is_revoked and self.app.consumer_generation_id == generation

    async def _take(self, fetched: Mapping[Any, list[Any]]) -> None:
        fresh = {tp: self._unread(tp, records) for tp, records in fetched.items()}
        await self.app.lane([record for records in fresh.values() for record in records])
        for tp, records in fresh.items():
            if records:
                last = records[-1].offset
                self._read_offset[tp] = self.next_offsets[tp] = last + 1
                self._acked[tp] = [last]  # tells Faust that there is something to commit

    def _unread(self, tp: Any, records: list[Any]) -> list[Any]:
        """The records from the next offset to take on; Faust sets that to the committed one after each assignment."""
        read = self._read_offset[tp]
        if is_another_log(records, read, self.highwater(tp)):
            found = f"a log that ends before {read}, up to which it was read"
            _log.error("%s/%s: found %s: it was cut or made anew", tp.topic, tp.partition, found)
            return list(records)
        return list(records) if read is None else [record for record in records if record.offset >= read]

    async def read_anew(self, topics: Collection[str]) -> None:
        """Whoever has the partitions of these topics next begins with their first records; here nothing is taken any more."""
        async with self._busy:
            self._is_revoked = True
            mine = [tp for tp in self.assignment() if tp.topic in topics]
            for tp in mine:
                self.next_offsets.pop(tp, None)
            await self._commit(dict.fromkeys(mine, 0))

    async def on_partitions_revoked(self, revoked: set[Any]) -> None:
        """Finishes and commits what is in hand before anyone else gets the partitions."""
        async with self._busy:
            self._is_revoked = True
            await self.commit()
            self.next_offsets.clear()
            await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[Any], generation_id: int = 0) -> None:
        """From here on fetches are taken again."""
        await super().on_partitions_assigned(assigned, generation_id)
        self._is_revoked = False

    def _new_offset(self, tp: Any) -> int | None:
        return self.next_offsets.get(tp)


def is_another_log(records: Sequence[Any], read: int | None, end: int | None) -> bool:
    """Whether records are of a log that was cut or made anew since it was read up to `read`; it ends at `end`.

    The consumer was told then that there is no such offset, and began with the first that is there.
    """
    return bool(records) and read is not None and records[0].offset < read and end is not None and end < read


def taken_to(acknowledged: int | None, fetched: int, fetched_before: int, *, is_busy: bool) -> int:
    """Up to where a partition is taken, by the offset behind the last record whose outcome is acknowledged, and by how far the
    consumer has come: that alone shows what lies behind and is no record (the end of a transaction, and what it took back).

    To where it had come at an earlier look, `fetched_before`, it is taken by now, unless a fetch is in hand.
    """
    if acknowledged is None:
        return fetched
    return acknowledged if is_busy else max(acknowledged, min(fetched, fetched_before))


class LaneTransport(driver.Transport):
    """Faust's transport with that consumer."""

    Consumer = LaneConsumer
    driver_version = "batch lane"

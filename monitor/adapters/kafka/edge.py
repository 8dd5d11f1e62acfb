"""One edge as a process: Faust's app with its lane, the producer, metrics, and a watch on whether it gets on.

The edge is stateless and at-least-once: offsets follow acknowledged events. After a crash some records are taken again,
and their events have the ids they had before.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import faust

from monitor.adapters.kafka.access import MECHANISM, KafkaAccess
from monitor.adapters.kafka.batch_producer import BatchProducer, Message
from monitor.adapters.kafka.edge_metrics import EdgeCollector, EdgeCounts
from monitor.adapters.kafka.faust_lane import LaneApp, LaneTransport, taken_to
from monitor.adapters.kafka.replaying import Replayer
from monitor.adapters.kafka.topics import MADE_BY_KEPT, TopicAdmin
from monitor.adapters.metrics.exposition import Exposition
from monitor.adapters.metrics.watched import watched
from monitor.adapters.web.server import Server, bind
from monitor.conventions.topics import MAPPED
from monitor.errors import KeptError, TransientError
from monitor.wire.edge.loading import EdgeFile
from monitor.wire.edge.records import DeadLetter, Headers, Origin, Record

REBALANCE_SECONDS: Final = 70.0
"""More than the producer may take for the batch in hand."""
FETCH_RECORDS: Final = 4_000
COMMIT_SECONDS: Final = 1.0
STOPPING_SECONDS: Final = 15.0
WATCH_SECONDS: Final = 5.0
STUCK_SECONDS: Final = 120.0
"""A consumer can sit dead without an error once a broker has come back: then this process ends, to be started again."""

# What goes wrong is told once, by the error that ends the edge, and not at every try.
for _library in ("faust", "mode"):
    logging.getLogger(_library).setLevel(logging.CRITICAL)

NO_HEADERS: Final[Headers] = []

_log = logging.getLogger(__name__)


class Edge:
    """Reads the firm's topics and writes Kept's."""

    def __init__(self, file: EdgeFile, access: KafkaAccess, version: str) -> None:
        """Raises ConfigError where metrics can't be served."""
        self._entry, self._intake = file
        self._access = access
        self._topics = [source.topic for source in self._entry.sources]
        self._counts = EdgeCounts(self._topics)
        self._producer = BatchProducer(access)
        self._topic_ids: dict[str, str] = {}
        """By what those that are read are told from others that are made by their names later."""
        self._fetched: dict[Any, int] = {}
        """By partition how far the consumer had come at the last look."""
        host, _, port = self._entry.metrics.rpartition(":")
        self._listener = bind(host.strip("[]"), int(port))
        self.metrics_address: tuple[str, int] = self._listener.getsockname()[:2]
        exposition = Exposition([EdgeCollector(self._counts, version)])
        self._server = Server(watched(exposition))
        self._stopping = asyncio.Event()

    async def run(self, announce: Callable[[], None]) -> None:
        """Runs until SIGTERM or SIGINT; raises KeptError for what stopped it otherwise."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        try:
            partitions = await self._partitions()
            await self._producer.start(partitions)
            self._topic_ids = await self._producer.topic_ids(self._topics)
            await self._run(self._app(), partitions[self._entry.replays], announce)
        finally:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._producer.stop(), STOPPING_SECONDS)
            self._listener.close()

    async def _partitions(self) -> dict[str, int]:
        """How many partitions each topic has; raises ConfigError for all that are not there."""
        wanted = dict.fromkeys(self._topics, "a topic that is there")
        wanted |= dict.fromkeys([self._entry.events, self._entry.dead_letters, self._entry.replays], MADE_BY_KEPT)
        async with TopicAdmin(self._access) as admin:
            return await admin.partitions_of(wanted)

    def _app(self) -> LaneApp:
        access = self._access
        credentials: Any = None
        if access.user is not None:
            credentials = faust.SASLCredentials(
                username=access.user, password=access.password, ssl_context=access.tls, mechanism=MECHANISM
            )
        elif access.tls is not None:
            credentials = faust.SSLCredentials(access.tls)
        urls = [f"kafka://{server}" for server in access.servers.split(",")]
        app = LaneApp(
            self._entry.group,
            broker=urls,
            broker_credentials=credentials,
            broker_session_timeout=float(self._entry.session_seconds),
            broker_heartbeat_interval=self._entry.session_seconds / 5,
            broker_rebalance_timeout=REBALANCE_SECONDS,
            broker_max_poll_records=FETCH_RECORDS,
            broker_commit_interval=COMMIT_SECONDS,
            consumer_auto_offset_reset="earliest",
            store="memory://",
            web_enabled=False,
            topic_allow_declare=False,
            topic_disable_leader=True,
        )
        app.transport = LaneTransport(app.conf.broker, app)
        app.lane = self._take
        for topic in self._topics:
            app.agent(app.topic(topic, key_serializer="raw", value_serializer="raw"), concurrency=1, name=topic)(_round)
        return app

    async def _take(self, records: list[Any]) -> None:
        """The lane: all of a fetch becomes messages, which are acknowledged before this returns."""
        counts = EdgeCounts(self._topics)
        messages = [message for record in records for message in self._messages(record, counts)]
        await self._producer.send(messages)
        self._counts.add(counts)

    async def _take_again(self, records: list[Any]) -> None:
        """As the lane, for what a worker asked about."""
        counts = EdgeCounts(self._topics)
        await self._producer.send(message for record in records for message in self._messages(record, counts))
        self._counts.read_again.update(record.topic for record in records)

    def _messages(self, record: Any, counts: EdgeCounts) -> list[Message]:
        origin = Origin(record.topic, record.partition, record.offset)
        taken = self._intake.take(Record(origin, record.key, record.value, record.timestamp))
        if isinstance(taken, DeadLetter):
            counts.records[record.topic, taken.result] += 1
            letter = Message(self._entry.dead_letters, taken.key, taken.value, taken.headers, record.timestamp)
            return [letter]
        counts.records[record.topic, MAPPED] += 1
        counts.events[record.topic] += len(taken)
        counts.heard(record.topic, taken[-1].time)
        return [Message(self._entry.events, event.key, event.value, NO_HEADERS, record.timestamp) for event in taken]

    async def _run(self, app: LaneApp, partitions: int, announce: Callable[[], None]) -> None:
        """`partitions` is how many the topic of replays has."""
        replayer = Replayer(self._access, self._entry.replays, self._producer, self._take_again, _held_by(app))
        serving = asyncio.create_task(self._server.serve(sockets=[self._listener]), name="metrics")
        try:
            await app.start()
            announce()
            watching = asyncio.create_task(self._watch(app), name="watch")
            replaying = asyncio.create_task(replayer.run(partitions, self._stopping), name="replays")
            ended = asyncio.create_task(app.wait_until_stopped(), name="app")
            told = asyncio.create_task(self._stopping.wait(), name="stop")
            await asyncio.wait([serving, watching, replaying, ended, told], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._stopping.set()
            self._server.stop()
            stopping = asyncio.create_task(app.stop(), name="stopping")
            # Not `wait_for`: that would wait for what it has cancelled, and Faust can't be cancelled everywhere.
            await asyncio.wait([stopping], timeout=STOPPING_SECONDS)
        works = [serving, watching, replaying, ended, stopping]
        # They end by themselves. Cancelled while its consumers end, what reads again would leave tasks of theirs behind that
        # end with nothing; and an app that could not be stopped never says that it was, which nobody must wait for.
        await asyncio.wait(works, timeout=STOPPING_SECONDS)
        for work in works:
            work.cancel()
        over, _ = await asyncio.wait(works, timeout=STOPPING_SECONDS)
        _raise_first([app.crash_reason, *(work.exception() for work in over if not work.cancelled())])

    async def _watch(self, app: LaneApp) -> None:
        """Looks at the lag every few seconds; raises TransientError where nothing moves for too long, or a topic was made anew."""
        moved_at, before = time.monotonic(), None
        while not await self._is_told_to_stop(WATCH_SECONDS):
            await self._refuse_other_topics(app.consumer)
            now = await self._positions(app.consumer)
            if now is None or (now == before and self._counts.lag.total() > 0):
                if time.monotonic() - moved_at > STUCK_SECONDS:
                    found = f"no record taken for {STUCK_SECONDS:.0f} s"
                    raise TransientError(f"{self._access.servers}: found {found}, expected a consumer that gets on")
            else:
                moved_at, before = time.monotonic(), now

    async def _refuse_other_topics(self, consumer: Any) -> None:
        """Raises TransientError where a topic was made anew: what is known of the old one's offsets goes with this process. Faust
        might not see the new one for minutes, or read it on at an offset of the old one."""
        try:
            found = await asyncio.wait_for(self._producer.topic_ids(self._topics), STOPPING_SECONDS)
        except (TransientError, TimeoutError):
            return  # asked again at the next look
        for topic in self._topic_ids.keys() - found.keys():
            _log.warning("%s: found no such topic any more, expected the one that was there at the start", topic)
        anew = [topic for topic, known in self._topic_ids.items() if found.get(topic, known) != known]
        if anew:
            await consumer.read_anew(anew)
            listed = ", ".join(anew)
            raise TransientError(
                f"{listed}: found that it was made anew, expected the topic that was there at the start;"
                " started again, the edge reads it from its beginning"
            )

    async def _is_told_to_stop(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
        return self._stopping.is_set()

    async def _positions(self, consumer: Any) -> dict[Any, int] | None:
        """Where each partition has got to, None where the brokers don't say where they end; counts the lag on the way."""
        assigned = [tp for tp in consumer.assignment() if tp.topic in self._topics]
        try:
            ends = await asyncio.wait_for(consumer.highwaters(*assigned), STOPPING_SECONDS) if assigned else {}
            fetched = {tp: await consumer.position(tp) or 0 for tp in assigned}
        except Exception as error:  # noqa: BLE001  whatever it is: what matters is for how long nothing moves
            _log.warning("the lag is not known for now: %r", error)
            return None
        known, is_busy = consumer.next_offsets, consumer.is_busy
        positions = {
            tp: taken_to(known.get(tp), position, self._fetched.get(tp, 0), is_busy=is_busy)
            for tp, position in fetched.items()
        }
        self._fetched = fetched
        lag, partitions = self._counts.lag, self._counts.partitions
        lag.clear()
        partitions.clear()
        for tp in assigned:
            lag[tp.topic] += max(0, ends.get(tp, 0) - positions[tp])
            partitions[tp.topic] += 1
        return positions


def _held_by(app: LaneApp) -> Callable[[str, int], bool]:
    """Whether the app has a partition of a topic just now."""
    return lambda topic, partition: any(tp == (topic, partition) for tp in app.consumer.assignment())


def _raise_first(results: list[Any]) -> None:
    """Raises what ended the edge, if anything did."""
    reason = next((result for result in results if isinstance(result, Exception)), None)
    if reason is None:
        return
    if isinstance(reason, KeptError):
        raise reason
    _log.error("the edge ended", exc_info=reason)
    raise TransientError(f"found {reason!r} at the edge, expected none") from reason


async def _round(stream: Any) -> None:
    """An agent that only makes Faust subscribe: the lane takes everything."""
    async for message in stream:
        raise AssertionError(f"a message went round the lane: {message!r}")

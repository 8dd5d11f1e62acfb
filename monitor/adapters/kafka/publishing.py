"""One publisher of decisions as a process: the outbox, a producer, and what others may see of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from math import nan
from typing import Final

from prometheus_client.metrics_core import CounterMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from monitor import conventions as c
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.outbox import PostgresOutbox
from monitor.adapters.journal.row_shapes import decision_row
from monitor.adapters.kafka.access import KafkaAccess
from monitor.adapters.kafka.batch_producer import BatchProducer, Message
from monitor.adapters.kafka.topics import MADE_BY_KEPT, TopicAdmin
from monitor.adapters.machine.clock import SystemClock
from monitor.adapters.machine.worker import ThreadWorker
from monitor.adapters.metrics.exposition import Exposition
from monitor.adapters.metrics.series import gauge
from monitor.adapters.metrics.watched import watched
from monitor.adapters.web.server import Server, bind, serve_beside
from monitor.errors import KeptError
from monitor.service.publisher import Publisher
from monitor.service.records import DecisionRecord
from monitor.wire.decision_events import decision_event

ACKNOWLEDGING_SECONDS: Final = 120.0
"""How long brokers may be away before the process ends, to be started again."""
STOPPING_SECONDS: Final = 3.0


class Publishing:
    """Reads a database and writes a topic."""

    def __init__(
        self, location: Location, access: KafkaAccess, topic: str, metrics: tuple[str, int], version: str
    ) -> None:
        """Raises ConfigError where metrics can't be served."""
        self._access = access
        self._topic = topic
        self._producer = BatchProducer(access)
        self._listener = bind(*metrics)
        self.metrics_address: tuple[str, int] = self._listener.getsockname()[:2]
        self._outbox = PostgresOutbox(location)
        self._worker = ThreadWorker("kept-outbox")
        self._publisher = Publisher(self._outbox, self._send, SystemClock(), self._worker)
        collector = PublishCollector(self._publisher, self._outbox.behind, version)
        self._server = Server(watched(Exposition([collector])))

    async def run(self, announce: Callable[[], None]) -> None:
        """Runs until SIGTERM or SIGINT; raises KeptError for what stopped it otherwise."""
        try:
            async with TopicAdmin(self._access) as admin:
                partitions = await admin.partitions_of({self._topic: MADE_BY_KEPT})
            await self._producer.start(partitions)
            announce()
            await serve_beside(self._server, self._listener, {"publisher": self._publisher.run()})
        finally:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._producer.stop(), STOPPING_SECONDS)
            self._worker.close()
            self._outbox.close()
            self._listener.close()

    async def _send(self, decisions: list[DecisionRecord]) -> None:
        messages = [
            Message(self._topic, each.case_id.encode(), decision_event(decision_row(each)), [], each.recorded // 1_000)
            for each in decisions
        ]
        try:
            await asyncio.wait_for(self._producer.send(messages), ACKNOWLEDGING_SECONDS)
        except TimeoutError:
            found = f"no acknowledgement within {ACKNOWLEDGING_SECONDS:g} s"
            raise _Stuck(f"{self._access.servers}: found {found}, expected a broker that works") from None


class _Stuck(KeptError):
    """A producer that gets nowhere: the process ends, to be started again."""


class PublishCollector(Collector):
    """The series of one publisher."""

    def __init__(self, publisher: Publisher, behind: Callable[[int | None], int | None], version: str) -> None:
        self._publisher = publisher
        self._behind = behind
        self._version = version

    def collect(self) -> Iterator[Metric]:
        """The series as of now."""
        publisher = self._publisher
        behind = self._behind(publisher.position)
        yield CounterMetricFamily(c.PUBLISHED.name, c.PUBLISHED.help, publisher.sent)
        yield gauge(c.IS_PUBLISHING, publisher.is_active)
        yield gauge(c.PUBLISHED_POSITION, nan if publisher.position is None else publisher.position)
        yield gauge(c.PUBLISHING_BEHIND, nan if behind is None else behind)
        yield InfoMetricFamily(c.BUILD.name, c.BUILD.help, {"version": self._version, "book": ""})

"""`kept publish`, put together: the decisions of a database to a topic of Kafka, by one process at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import ExitStack, closing, suppress
from functools import partial
from typing import Any, Final

from monitor.adapters.journal.location import Location
from monitor.adapters.journal.outbox import PostgresOutbox, positions_behind
from monitor.adapters.journal.row_shapes import decision_row
from monitor.adapters.journal.session_right import SessionRight, Term
from monitor.adapters.kafka.access import KafkaAccess
from monitor.adapters.kafka.batch_producer import BatchProducer, Message
from monitor.adapters.kafka.topics import MADE_BY_KEPT, TopicAdmin
from monitor.adapters.machine.clock import SystemClock
from monitor.adapters.machine.worker import ThreadWorker
from monitor.adapters.metrics.exposition import Exposition
from monitor.adapters.metrics.publish_metrics import PublishCollector
from monitor.adapters.metrics.watched import watched
from monitor.adapters.web.server import Server, bind, serve_beside
from monitor.bootstrap.opening import opened_for_reading
from monitor.bootstrap.version import own_version
from monitor.errors import KeptError
from monitor.service.ports.records import DecisionRecord
from monitor.service.processes.duty import Duty
from monitor.service.publishing.publisher import Publisher
from monitor.wire.answers.decision_events import decision_event

PUBLISHING: Final = 4
"""The number of the right to publish."""
ACKNOWLEDGING_SECONDS: Final = 120.0
"""How long brokers may be away before the process ends, to be started again."""
STOPPING_SECONDS: Final = 3.0


class Publishing:
    """One process: on duty, or standing by."""

    def __init__(self, database: Location, access: KafkaAccess, topic: str, metrics: tuple[str, int]) -> None:
        """Raises ConfigError for whatever keeps it from starting."""
        self._access = access
        self._topic = topic
        self._producer = BatchProducer(access)
        with ExitStack() as stack:
            engine = stack.enter_context(opened_for_reading(database))
            right = stack.enter_context(closing(SessionRight(database, PUBLISHING)))
            worker = stack.enter_context(closing(ThreadWorker("kept-outbox")))
            self._listener = stack.enter_context(bind(*metrics))
            self._opened = stack.pop_all()
        self.metrics_address: tuple[str, int] = self._listener.getsockname()[:2]
        clock = SystemClock()
        self._publisher = Publisher(self._send, clock, worker)
        self._duty = Duty(right.take, self._works, clock, worker)
        collector = PublishCollector(self._publisher, partial(positions_behind, engine), own_version())
        self._server = Server(watched(Exposition([collector]), lambda: self._duty.is_well))

    async def run(self, announce: Callable[[], None]) -> None:
        """Runs until SIGTERM or SIGINT; raises KeptError for what stopped it otherwise."""
        with self._opened:
            try:
                async with TopicAdmin(self._access) as admin:
                    partitions = await admin.partitions_of({self._topic: MADE_BY_KEPT})
                await self._producer.start(partitions)
                announce()
                await serve_beside(self._server, self._listener, {"duty": self._duty.run()})
            finally:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._producer.stop(), STOPPING_SECONDS)

    def _works(self, term: Term) -> dict[str, Coroutine[Any, Any, None]]:
        return {"publisher": self._publisher.run(PostgresOutbox(term))}

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

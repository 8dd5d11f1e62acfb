"""`kept worker`, put together, started and stopped: a log, a commit point among others, and metrics."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable
from functools import partial
from typing import Final

from starlette.applications import Starlette

from monitor.adapters.answers.reader import Reader
from monitor.adapters.journal.database_lock import shared_database
from monitor.adapters.journal.shared_store import SharedStore
from monitor.adapters.kafka.access import KafkaAccess
from monitor.adapters.kafka.events import KafkaEventLog
from monitor.adapters.kafka.topics import MADE_BY_KEPT, TopicAdmin
from monitor.adapters.kafka.trace_log import KafkaTraceLog
from monitor.adapters.machine.clock import SystemClock
from monitor.adapters.machine.clock_watch import ClockWatch
from monitor.adapters.machine.garbage import look_for_garbage, settle_garbage
from monitor.adapters.machine.turns import take_short_turns
from monitor.adapters.machine.worker import ThreadWorker
from monitor.adapters.metrics.beside import Beside
from monitor.adapters.metrics.exposition import Exposition
from monitor.adapters.metrics.share_watch import COUNTING_SECONDS
from monitor.adapters.metrics.watched import watched
from monitor.adapters.metrics.worker_metrics import WatchedWorker, WorkerCollector
from monitor.adapters.web.server import Server, bind
from monitor.bootstrap.opening import BookFile
from monitor.bootstrap.version import own_version
from monitor.config import WorkerSettings
from monitor.domain.hours.instant import SECOND_US
from monitor.errors import ConfigError, TransientError
from monitor.service.commits.housekeeping import Housekeeping
from monitor.service.ports.machine import Machine
from monitor.service.workers.log_intake import LogIntake, another_log
from monitor.service.workers.origin_keeper import OriginKeeper
from monitor.service.workers.shared_commit_point import SharedCommitPoint
from monitor.wire.book import read_book
from monitor.wire.events.cloud_events import decode_event, recall_event

STOPPING_SECONDS: Final = 15.0
_TOPIC: Final = "events topic"
"""The note that says which topic the partitions of this database are of."""
_TOPIC_ID: Final = "events topic id"
"""The note that tells it from one that was made anew under its name."""

_log = logging.getLogger(__name__)


class WorkerProcess:
    """Reads its partitions of the topic of events, judges them, and serves metrics."""

    def __init__(self, settings: WorkerSettings, access: KafkaAccess) -> None:
        """Raises ConfigError for whatever keeps it from starting."""
        settings.check()
        self._settings = settings
        self._access = access
        self._book = BookFile(settings.book)
        self._listener = bind(settings.metrics_host, settings.metrics_port)
        self.metrics_address: tuple[str, int] = self._listener.getsockname()[:2]
        try:
            self._engine, lock = shared_database(settings.database)
        except BaseException:
            self._listener.close()
            raise
        self._store = SharedStore(self._engine, lock)
        self._clock = SystemClock()
        self._worker = ThreadWorker("kept-commit")
        self._commit_point = SharedCommitPoint(
            self._store, read_book, decode_event, recall_event, _own_name(settings.instance)
        )
        self._reader = Reader(self._engine, readers=1)
        reading = partial(self._reader.connect, COUNTING_SECONDS)
        self._beside = Beside(self._engine, reading, lambda: self._commit_point.book, self._clock)
        self._stopping = asyncio.Event()
        self._rereading: set[asyncio.Task[None]] = set()

    async def run(self, announce: Callable[[], None]) -> None:
        """Runs until SIGTERM or SIGINT; raises KeptError for what stopped it otherwise."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        loop.add_signal_handler(signal.SIGHUP, self._reread_book)
        try:
            partitions, identity = await self._partitions()
            await self._worker.run(partial(self._start, identity))
            settle_garbage()
            take_short_turns()
            await self._run(partitions, identity, announce)
        finally:
            self._worker.close()
            self._reader.close()
            self._store.close()
            self._listener.close()

    async def _partitions(self) -> tuple[dict[str, int], str | None]:
        """How many each topic has, and the identity of that of events; raises ConfigError for all that are not there."""
        settings = self._settings
        wanted = dict.fromkeys([settings.topic, settings.dead_letters, settings.replays], MADE_BY_KEPT)
        async with TopicAdmin(self._access) as admin:
            return await admin.partitions_of(wanted), (await admin.ids([settings.topic])).get(settings.topic)

    def _start(self, identity: str | None) -> None:
        self._check_topic()
        if identity is not None:
            self._check_identity(identity)
        self._commit_point.start(self._book.offered, self._clock.now())

    def _check_topic(self) -> None:
        """Raises ConfigError where the positions in the database are those of another topic."""
        topic = self._settings.topic
        known = self._store.note(_TOPIC)
        if known is None:
            with self._store.begin() as transaction:
                transaction.remember(_TOPIC, topic)
        elif known != topic:
            expected = f"{known}, of which {self._settings.database} knows how far it is read"
            raise ConfigError.of("--topic", topic, expected)

    def _check_identity(self, identity: str) -> None:
        """Raises ConfigError where the topic was made anew since it was read first, unless it is to be read from its beginning."""
        with self._store.begin() as transaction:
            # In turn: of several that start, one has it read anew.
            transaction.take_turn()
            known = self._store.note(_TOPIC_ID)
            if known == identity:
                return
            if known is not None:
                error = another_log(self._settings.topic, identity, known)
                if not self._settings.accepts_loss:
                    raise error
                _log.warning("%s", error)
                transaction.read_anew()
            transaction.remember(_TOPIC_ID, identity)

    async def _run(self, partitions: dict[str, int], identity: str | None, announce: Callable[[], None]) -> None:
        log = self._log()
        intake = self._intake(log, partitions, identity)
        keeper = self._origin_keeper(partitions)
        server = Server(self._application(intake, keeper))
        serving = asyncio.create_task(server.serve(sockets=[self._listener]), name="metrics")
        try:
            await log.start(intake)
            announce()
            # These end by themselves, in good order; what is beside them is cancelled.
            ending = [
                asyncio.create_task(intake.run(self._stopping), name="log"),
                asyncio.create_task(keeper.run(self._stopping), name="origins"),
            ]
            works = {
                "garbage": look_for_garbage(self._clock, self._worker),
                "clock": ClockWatch(self._clock, lambda: self._commit_point.last_recorded).run(),
                **self._beside.works(self._reader, self._is_keeper),
            }
            beside = [asyncio.create_task(work, name=name) for name, work in works.items()]
            await asyncio.wait([serving, *ending, *beside], return_when=asyncio.FIRST_COMPLETED)
            self._stopping.set()
            for task in beside:
                task.cancel()
            results = await asyncio.wait_for(asyncio.gather(*ending, *beside, return_exceptions=True), STOPPING_SECONDS)
        except TimeoutError as error:
            raise TransientError(f"found work left {STOPPING_SECONDS:.0f} s after the signal to stop") from error
        finally:
            await log.stop()
            server.stop()
            await asyncio.gather(serving, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    def _log(self) -> KafkaEventLog:
        settings = self._settings
        return KafkaEventLog(
            self._access,
            settings.topic,
            settings.group,
            self._clock,
            instance=settings.instance,
            session_seconds=settings.session_seconds,
        )

    def _intake(self, log: KafkaEventLog, partitions: dict[str, int], identity: str | None) -> LogIntake:
        return LogIntake(
            self._commit_point,
            log,
            Machine(self._clock, self._worker),
            partitions[self._settings.topic],
            identity=identity,
            accepts_loss=self._settings.accepts_loss,
            housekeeping=self._housekeeping(),
        )

    def _housekeeping(self) -> Housekeeping | None:
        policy = self._settings.keep
        return None if policy is None else Housekeeping(self._commit_point, self._clock, self._worker, policy)

    def _origin_keeper(self, partitions: dict[str, int]) -> OriginKeeper:
        settings = self._settings
        beside = {topic: partitions[topic] for topic in (settings.dead_letters, settings.replays)}
        log = KafkaTraceLog(self._access, beside, settings.dead_letters, settings.replays, self._clock)
        machine, grace = Machine(self._clock, self._worker), settings.gap_after_seconds * SECOND_US
        return OriginKeeper(self._store, self._commit_point.share, log, machine, grace)

    def _application(self, intake: LogIntake, keeper: OriginKeeper) -> Starlette:
        seen = WatchedWorker(self._commit_point, intake, keeper, self._beside, own_version())
        return watched(Exposition([WorkerCollector(seen, self._engine)]), intake.is_alive)

    def _is_keeper(self) -> bool:
        """Whether this worker shows what belongs to no partition."""
        return self._commit_point.share.is_keeper

    def _reread_book(self) -> None:
        """SIGHUP: the book file is read again; the worker goes on whatever is in it."""

        def reread() -> None:
            self._book.reread(self._commit_point.reread, self._clock.now())

        rereading = asyncio.create_task(self._worker.run(reread), name="book")
        self._rereading.add(rereading)
        rereading.add_done_callback(self._rereading.discard)


def _own_name(instance: str | None) -> str:
    """By what the database names this worker."""
    return instance or f"{socket.gethostname()} process {os.getpid()}"

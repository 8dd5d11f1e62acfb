"""`kept serve`, put together: a Kept that answers from a database which others write, and hands on the events it is sent.

It writes what became of dead letters, which no commit touches, and takes no lock that a writer has but for the moment in
which it makes an edition of the book beside workers: as many of them may run as there are questions for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing

from sqlalchemy import Engine

from monitor.adapters.answers.reader import Reader
from monitor.adapters.journal.canary_rows import open_canaries
from monitor.adapters.journal.database_lock import BesideWriters
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.recorded import standing
from monitor.adapters.journal.store import SqlStore
from monitor.adapters.journal.token_table import TokenTable
from monitor.adapters.kafka.forwarding import Forwarder, WayOn
from monitor.adapters.machine.clock import SystemClock
from monitor.adapters.machine.garbage import look_for_garbage, settle_garbage
from monitor.adapters.machine.worker import ThreadWorker
from monitor.adapters.metrics.canary_status import CanaryStatus, canary_status
from monitor.adapters.metrics.exposition import Exposition
from monitor.adapters.metrics.serve_metrics import CountedAnswers, ServeCollector, ServeWatched
from monitor.adapters.web.admin import Hands
from monitor.adapters.web.app import Application, Doors
from monitor.adapters.web.gate import Gate
from monitor.adapters.web.health import Checks
from monitor.adapters.web.server import Server, bind, serve_beside
from monitor.bootstrap.joining import EditionsBesideWorkers
from monitor.bootstrap.opening import opened_for_reading
from monitor.bootstrap.version import own_version
from monitor.config import DoorSettings
from monitor.domain.hours.instant import InstantUs
from monitor.errors import TransientError
from monitor.service.doors.admission import Admission
from monitor.service.doors.desk import AnswerDesk, NoPast, NothingTaken, Takes
from monitor.service.doors.token_watch import TokenWatch
from monitor.service.intake.canary_source import CanarySource
from monitor.service.ports.machine import Clock, Worker
from monitor.service.processes.probe import Probe
from monitor.wire.book import read_book
from monitor.wire.events.cloud_events import decode_event, recall_event


class Serving:
    """One process: questions from a database, events to Kafka."""

    def __init__(self, settings: DoorSettings, way_on: WayOn | None) -> None:
        """Without `way_on` it takes no events. Raises ConfigError for whatever keeps it from starting."""
        settings.check()
        self._clock = SystemClock()
        with ExitStack() as stack:
            engine = stack.enter_context(opened_for_reading(settings.database))
            self._tokens = TokenWatch(TokenTable(engine).records, self._clock)
            settings.check_door(has_tokens=not self._tokens.ring.is_empty)
            self._listener = stack.enter_context(bind(settings.host, settings.port))
            self._reader = stack.enter_context(closing(Reader(engine)))
            self._worker = stack.enter_context(closing(ThreadWorker("kept-desk")))
            self._opened = stack.pop_all()
        self.address: tuple[str, int] = self._listener.getsockname()[:2]
        self._forwarder = None if way_on is None else Forwarder(way_on, decode_event, self._clock)
        self._canary = None
        if settings.has_canary and self._forwarder is not None:
            self._canary = CanarySource(self._forwarder, self._open_canaries, self._clock)
        gate = Gate(Admission(is_own=settings.is_own), self._tokens, self._clock)
        desk = Desk(
            settings.database,
            engine,
            self._reader,
            self._worker,
            self._clock,
            self._forwarder,
            has_canary=settings.has_canary,
        )
        self._server = Server(desk.application(gate, has_open_metrics=settings.has_open_metrics))

    async def run(self, announce: Callable[[], None]) -> None:
        """Runs until SIGTERM or SIGINT; raises what stopped it otherwise. `announce` is called when it listens."""
        with self._opened:
            try:
                if self._forwarder is not None:
                    await self._forwarder.start()
                settle_garbage()
                announce()
                works = {"tokens": self._tokens.run(), "garbage": look_for_garbage(self._clock, self._worker)}
                if self._canary is not None:
                    works["canary"] = self._canary.run()
                await serve_beside(self._server, self._listener, works)
            finally:
                if self._forwarder is not None:
                    await self._forwarder.stop()

    async def _open_canaries(self) -> list[str]:
        return await self._reader.ask(open_canaries)


class Desk:
    """What is behind the doors: a database that is read, and whoever takes events, if anybody does."""

    def __init__(
        self,
        database: Location,
        engine: Engine,
        reader: Reader,
        worker: Worker,
        clock: Clock,
        forwarder: Forwarder | None = None,
        *,
        has_canary: bool = False,
    ) -> None:
        self._database = database
        self._engine = engine
        self._reader = reader
        self._worker = worker
        self._clock = clock
        self._forwarder = forwarder
        self._has_canary = has_canary

    def application(self, gate: Gate, *, has_open_metrics: bool = False) -> CountedAnswers:
        """The ASGI application."""
        counts: Counter[str] = Counter()
        doors = Doors(
            self._hands(),
            NoPast(),
            Exposition([ServeCollector(self._watched(counts))]),
            self._reader,
            self._checks(),
            gate,
            has_open_metrics=has_open_metrics,
        )
        return CountedAnswers(Application(doors).starlette(), counts)

    def _hands(self) -> Hands:
        store = SqlStore(self._engine, BesideWriters(self._engine))
        takes: Takes = self._forwarder or NothingTaken()
        desk = AnswerDesk(store, read_book, EditionsBesideWorkers(self._database))
        return Hands(desk, self._worker, takes, store, recall_event, self._clock)

    def _checks(self) -> Checks:
        store = Probe(self._can_read, self._clock)
        if self._forwarder is None:
            return {"store": store.is_well}
        return {"store": store.is_well, "brokers": Probe(self._forwarder.reaches, self._clock).is_well}

    def _watched(self, counts: Counter[str]) -> ServeWatched:
        events = {} if self._forwarder is None else self._forwarder.counts
        canary = self._canary_status if self._has_canary else None
        return ServeWatched(counts, lambda: self._reader.under_way, events, self._last_recorded, own_version(), canary)

    def _canary_status(self) -> CanaryStatus | None:
        try:
            return canary_status(self._engine)
        except TransientError:
            return None

    async def _can_read(self) -> bool:
        try:
            await self._reader.run(self._recorded)
        except TransientError:
            return False
        return True

    def _last_recorded(self) -> InstantUs | None:
        try:
            return self._recorded()
        except TransientError:
            return None

    def _recorded(self) -> InstantUs:
        with self._reader.connect() as connection:
            return standing(connection, None)

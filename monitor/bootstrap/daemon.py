"""`kept run`, put together, started and stopped: the doors, the commit point, the agenda, and what is shown and told."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import Any, Final

from monitor.adapters.answers.reader import Reader
from monitor.adapters.journal.canary_rows import open_canaries
from monitor.adapters.journal.checkpoints import Checkpoints
from monitor.adapters.journal.notice_table import NoticeTable
from monitor.adapters.journal.token_table import TokenTable
from monitor.adapters.machine.clock import SystemClock
from monitor.adapters.machine.clock_watch import ClockWatch
from monitor.adapters.machine.garbage import look_for_garbage, settle_garbage
from monitor.adapters.machine.turns import take_short_turns
from monitor.adapters.machine.worker import ThreadWorker
from monitor.adapters.metrics.beside import Beside
from monitor.adapters.metrics.canary_status import CanaryStatus, canary_status
from monitor.adapters.metrics.exposition import Exposition
from monitor.adapters.metrics.notice_status import NoticeStatus, notice_status
from monitor.adapters.metrics.prometheus import KeptCollector, Watched
from monitor.adapters.metrics.share_watch import COUNTING_SECONDS
from monitor.adapters.outbound.senders import AnySender, senders_of
from monitor.adapters.web.admin import Hands
from monitor.adapters.web.app import Application, Doors
from monitor.adapters.web.gate import Gate
from monitor.adapters.web.server import Server, bind
from monitor.bootstrap.opening import Journal
from monitor.bootstrap.telling import Notices
from monitor.bootstrap.version import own_version
from monitor.config import RunSettings
from monitor.errors import KeptError, TransientError
from monitor.service.commits.housekeeping import Housekeeping
from monitor.service.doors.admission import Admission
from monitor.service.doors.token_watch import TokenWatch
from monitor.service.intake.agenda import Agenda
from monitor.service.intake.canary_source import CanarySource
from monitor.service.intake.feed import Feed
from monitor.service.intake.pipeline import Pipeline
from monitor.service.notices.notice import NoticeKind, NoticeRules
from monitor.service.ports.machine import Machine
from monitor.service.processes.probe import Probe
from monitor.wire.events.cloud_events import recall_event
from monitor.wire.notices.loading import load_notice_settings

DRAINING_SECONDS: Final = 4
"""What was taken is committed within this time once Kept is told to stop."""


class Daemon:
    """One process: intake, commit point, agenda, web."""

    def __init__(self, settings: RunSettings) -> None:
        """Raises ConfigError for whatever keeps it from starting."""
        settings.check()
        notices = None if settings.notices is None else load_notice_settings(settings.notices)
        senders = [] if notices is None else senders_of(notices)
        self._journal = Journal(settings.database, settings.book)
        self.clock = SystemClock()
        try:
            self._tokens = TokenWatch(TokenTable(self._journal.engine).records, self.clock)
            settings.check_door(has_tokens=not self._tokens.ring.is_empty)
            self._listener = bind(settings.host, settings.port)
        except KeptError:
            self._journal.close()
            raise
        self.address: tuple[str, int] = self._listener.getsockname()[:2]
        self._worker = ThreadWorker("kept-commit")
        commit_point = self._journal.commit_point
        self.pipeline = Pipeline(commit_point, self.clock, self._worker)
        self.agenda = Agenda(commit_point, self.clock, self._worker)
        self._reader = Reader(self._journal.engine)
        self._notices = None if notices is None else self._notices_by(notices.rules(), senders)
        reading = partial(self._reader.connect, COUNTING_SECONDS)
        self._beside = Beside(self._journal.engine, reading, lambda: commit_point.book, self.clock)
        file, policy = settings.database.file, settings.keep
        self._checkpoints = None if file is None else Checkpoints(file, self.clock)
        self._housekeeping = None if policy is None else Housekeeping(commit_point, self.clock, self._worker, policy)
        self._canary = CanarySource(self.pipeline, self._open_canaries, self.clock) if settings.has_canary else None
        self._server = Server(Application(self._doors(settings)).starlette())
        self._rereading: set[asyncio.Task[None]] = set()

    def _notices_by(self, rules: NoticeRules, senders: Sequence[AnySender]) -> Notices:
        store, commit_point = NoticeTable(self._journal.engine, self._journal.lock), self._journal.commit_point
        machine = Machine(self.clock, self._worker)
        return Notices(store, rules, senders, machine, lambda: commit_point.last_recorded, self._reader)

    def _doors(self, settings: RunSettings) -> Doors:
        commit_point, store = self._journal.commit_point, self._journal.store
        return Doors(
            Hands(commit_point, self._worker, self.pipeline, store, recall_event, self.clock),
            self.agenda,
            Exposition([KeptCollector(self._watched())]),
            self._reader,
            {"store": Probe(self._can_write, self.clock).is_well, "agenda": self._is_agenda_alive},
            Gate(Admission(is_own=settings.is_own), self._tokens, self.clock),
            has_open_metrics=settings.has_open_metrics,
        )

    def _watched(self) -> Watched:
        return Watched(
            self._journal.commit_point,
            self.pipeline,
            self.agenda,
            self._beside,
            self._notice_status,
            own_version(),
            None if self._canary is None else self._canary_status,
        )

    def note(self, key: str, value: Callable[[], str]) -> str:
        """What is remembered under a name; for the first time `value` says what."""
        known = self._journal.store.note(key)
        if known is not None:
            return known
        made = value()
        with self._journal.store.begin() as transaction:
            transaction.remember(key, made)
        return made

    def _notice_status(self) -> NoticeStatus:
        engine, now = self._journal.engine, self.clock.now()
        return notice_status(engine, now) if self._notices is None else self._notices.status(engine, now)

    def _canary_status(self) -> CanaryStatus:
        told = [] if self._notices is None else self._notices.hearing_of(NoticeKind.CANARY)
        return canary_status(self._journal.engine, told)

    async def _open_canaries(self) -> list[str]:
        return await self._reader.ask(open_canaries)

    async def _is_agenda_alive(self) -> bool:
        return self.agenda.is_alive()

    async def _can_write(self) -> bool:
        """Whether a note can be committed now."""

        def write() -> None:
            with self._journal.store.begin() as transaction:
                transaction.remember("probe", str(self.clock.now()))

        try:
            await self._worker.run(write)
        except KeptError:
            return False
        return True

    async def run(self, announce: Callable[[], None], feed: Callable[[Feed], Awaitable[None]] | None = None) -> None:
        """Runs until SIGTERM or SIGINT; raises what stopped it otherwise. `announce` is called when it listens."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._server.stop)
        loop.add_signal_handler(signal.SIGHUP, self._reread_book)
        try:
            await self._worker.run(lambda: self._journal.start(self.clock.now()))
            settle_garbage()
            take_short_turns()
            announce()
            await self._run(feed)
        finally:
            self._worker.close()
            self._reader.close()
            self._journal.close()
            self._listener.close()

    def _reread_book(self) -> None:
        """SIGHUP: the book file is read again, on the worker; the daemon goes on whatever is in it."""
        rereading = asyncio.create_task(self._worker.run(self._journal.reread), name="book")
        self._rereading.add(rereading)
        rereading.add_done_callback(self._rereading.discard)

    async def _run(self, feed: Callable[[Feed], Awaitable[None]] | None) -> None:
        committing = asyncio.create_task(self.pipeline.run(), name="pipeline")
        serving = asyncio.create_task(self._server.serve(sockets=[self._listener]), name="web server")
        others = [asyncio.create_task(work, name=name) for name, work in self._works(feed).items()]
        await asyncio.wait([committing, serving, *others], return_when=asyncio.FIRST_COMPLETED)
        self._server.stop()
        self.pipeline.close()
        for task in others:
            task.cancel()
        ending = asyncio.gather(serving, committing, *others, return_exceptions=True)
        try:
            results = await asyncio.wait_for(ending, DRAINING_SECONDS)
        except TimeoutError as error:
            raise TransientError(f"found work left {DRAINING_SECONDS} s after the signal to stop") from error
        for result in results:
            if isinstance(result, Exception):
                raise result

    def _works(self, feed: Callable[[Feed], Awaitable[None]] | None) -> dict[str, Coroutine[Any, Any, None]]:
        """What goes on beside the web and the commits, by name; none of it has an end."""
        works = {
            "agenda": self.agenda.run(self.pipeline),
            "tokens": self._tokens.run(),
            "garbage": look_for_garbage(self.clock, self._worker),
            "clock": ClockWatch(self.clock, lambda: self._journal.commit_point.last_recorded).run(),
            **self._beside.works(self._reader),
        }
        if self._checkpoints is not None:
            works["checkpoints"] = self._checkpoints.run()
        if self._housekeeping is not None:
            works["housekeeping"] = self._housekeeping.run()
        if self._notices is not None:
            works |= self._notices.works()
        if self._canary is not None:
            works["canary"] = self._canary.run()
        if feed is not None:
            works["feed"] = _until_cancelled(feed(Feed(self.pipeline, self.agenda, self.clock, "demonstration")))
        return works


async def _until_cancelled(work: Awaitable[None]) -> None:
    """A feed may run dry; that stops nothing."""
    await work
    await asyncio.Event().wait()

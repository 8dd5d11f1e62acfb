"""`kept notify`, put together: the notices of a database that workers write, told by one process at a time.

It does what the daemon does of this, and nothing else: it follows the decisions on record, writes notices and messages, and
sends these. Secrets of receivers, and the way out to them, are needed here and by no worker.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import ExitStack, closing
from typing import Any, Final

from monitor.adapters.answers.reader import Reader
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.notice_table import NoticeTable
from monitor.adapters.journal.session_right import SessionRight, Term
from monitor.adapters.machine.clock import SystemClock
from monitor.adapters.machine.worker import ThreadWorker
from monitor.adapters.metrics.canary_status import CanaryStatus, canary_status
from monitor.adapters.metrics.exposition import Exposition
from monitor.adapters.metrics.notice_status import NoticeStatus
from monitor.adapters.metrics.notify_metrics import NotifyCollector
from monitor.adapters.metrics.watched import watched
from monitor.adapters.outbound.senders import senders_of
from monitor.adapters.web.server import Server, bind, serve_beside
from monitor.bootstrap.opening import opened_for_reading
from monitor.bootstrap.telling import Notices
from monitor.bootstrap.version import own_version
from monitor.service.notices.notice import NoticeKind
from monitor.service.ports.machine import Machine
from monitor.service.processes.duty import Duty
from monitor.wire.notices.model import NoticesEntry

NOTIFYING: Final = 5
"""The number of the right to tell of notices."""


class Notifying:
    """One process: on duty, or standing by."""

    def __init__(self, database: Location, settings: NoticesEntry, metrics: tuple[str, int]) -> None:
        """Raises ConfigError for whatever keeps it from starting."""
        self._senders = senders_of(settings)
        self._rules = settings.rules()
        self._clock = SystemClock()
        with ExitStack() as stack:
            self._engine = stack.enter_context(opened_for_reading(database))
            # Notices are rows of the journal: they are not written while one process has it alone, a daemon perhaps that
            # tells of them itself.
            right = stack.enter_context(closing(SessionRight(database, NOTIFYING, is_among_writers=True)))
            self._reader = stack.enter_context(closing(Reader(self._engine, readers=1)))
            self._worker = stack.enter_context(closing(ThreadWorker("kept-notices")))
            self._listener = stack.enter_context(bind(*metrics))
            self._opened = stack.pop_all()
        self.metrics_address: tuple[str, int] = self._listener.getsockname()[:2]
        self._notices: Notices | None = None
        self._duty = Duty(right.take, self._works, self._clock, self._worker)
        exposition = Exposition([NotifyCollector(self._status, self._canary, own_version())])
        self._server = Server(watched(exposition, lambda: self._duty.is_well))

    async def run(self, announce: Callable[[], None]) -> None:
        """Runs until SIGTERM or SIGINT; raises KeptError for what stopped it otherwise."""
        with self._opened:
            announce()
            await serve_beside(self._server, self._listener, {"duty": self._duty.run()})

    def _works(self, term: Term) -> dict[str, Coroutine[Any, Any, None]]:
        """What there is to do in a term; nothing is remembered of the one before."""
        machine = Machine(self._clock, self._worker)
        # Whether something was recorded is asked of the database at each look.
        store = NoticeTable(self._engine, term)
        self._notices = Notices(store, self._rules, self._senders, machine, self._clock.now, self._reader)
        return self._notices.works()

    def _status(self) -> NoticeStatus | None:
        notices = self._notices if self._duty.is_on_duty else None
        return None if notices is None else notices.status(self._engine, self._clock.now())

    def _canary(self) -> CanaryStatus | None:
        """With every receiver that should hear of it, also where it was never told; None where there is no canary."""
        notices = self._notices if self._duty.is_on_duty else None
        found = None if notices is None else canary_status(self._engine, notices.hearing_of(NoticeKind.CANARY))
        return found if found is not None and found.broken_at else None

"""Those who tell somebody outside, put together; for a daemon, or for a process of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from sqlalchemy import Engine

from monitor.adapters.answers.ended_shares import EndedSharesOfCases
from monitor.adapters.answers.ended_work import EndedSharesOfWork
from monitor.adapters.answers.reader import Reader
from monitor.adapters.journal.notice_table import NoticeTable
from monitor.adapters.machine.daemon_threads import DaemonWorker
from monitor.adapters.metrics.notice_status import NoticeStatus, notice_status
from monitor.adapters.outbound.senders import AnySender
from monitor.domain.hours.instant import InstantUs
from monitor.service.notices.courier import Courier
from monitor.service.notices.notice import NoticeRules
from monitor.service.notices.notifier import Notifier
from monitor.service.notices.share_notifier import ShareNotifier
from monitor.service.ports.machine import Machine


class Notices:
    """What tells somebody outside: the notifiers, and a courier for each receiver."""

    def __init__(
        self,
        store: NoticeTable,
        rules: NoticeRules,
        senders: Sequence[AnySender],
        machine: Machine,
        last_recorded: Callable[[], InstantUs],
        reader: Reader,
    ) -> None:
        """`last_recorded` changes with what is on record; `reader` has the threads on which shares are counted."""
        turn = asyncio.Lock()
        self.notifier = Notifier(store, rules, machine, last_recorded, turn)
        self._of_shares = {
            "missed shares": ShareNotifier(EndedSharesOfCases(reader), store, rules, machine, turn),
            "missed shares of the work": ShareNotifier(EndedSharesOfWork(reader), store, rules, machine, turn),
        }
        self._heard_by = [sender.receiver for sender in senders]
        self._couriers = [Courier(sender, store, machine, DaemonWorker(), rules.give_up_after) for sender in senders]

    def works(self) -> dict[str, Coroutine[Any, Any, None]]:
        """All of it, by name; none of it has an end."""
        couriers = {f"courier to {courier.receiver}": courier.run() for courier in self._couriers}
        of_shares = {name: notifier.run() for name, notifier in self._of_shares.items()}
        return {"notifier": self.notifier.run(), **of_shares, **couriers}

    def status(self, engine: Engine, now: InstantUs) -> NoticeStatus:
        """What is on record about notices. Raises TransientError."""
        return notice_status(engine, now, (self._names(), self.notifier.position or 0))

    def hearing_of(self, kind: str) -> list[str]:
        """Who is told of a kind of notice."""
        return [receiver.name for receiver in self._heard_by if kind in receiver.kinds]

    def _names(self) -> list[str]:
        return [receiver.name for receiver in self._heard_by]

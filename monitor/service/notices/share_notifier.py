"""Makes notices of periods that ended short of their share, and takes them back.

It looks again and again at the shares of periods that are over, and remembers in the database up to where, in the same
transaction as the notices it made: killed at any point it looks once more at what it had in hand, and finds the notices it
made under the keys they have.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from functools import partial
from typing import Final, Protocol

from monitor.domain.hours.instant import MINUTE_US, DurationUs, InstantUs
from monitor.errors import ConfigError, TransientError
from monitor.service.notices.announcing import Known
from monitor.service.notices.missed_shares import SharesLook, ShareStep
from monitor.service.notices.notice import NoticeChanges, NoticeRules, ShareMark
from monitor.service.ports.machine import Machine

NOTED_EVERY: Final[DurationUs] = 10 * MINUTE_US
"""After how long it is written how far one has come, though no notice came of it."""

_log = logging.getLogger(__name__)


class EndedShares(Protocol):
    """The shares of periods that are over."""

    @property
    def note(self) -> str:
        """The name under which it is noted down up to where they were looked at."""
        ...

    @property
    def every(self) -> DurationUs:
        """How often to look."""
        ...

    async def since(self, mark: ShareMark | None, now: InstantUs) -> SharesLook:
        """How those stand that may stand otherwise than at the mark. Raises TransientError."""
        ...


class ShareNoticeStore(Protocol):
    """Notices on record; every method raises TransientError where the database does not work."""

    def share_mark(self, note: str) -> ShareMark | None:
        """Up to where shares have been looked at; None where nobody ever has."""
        ...

    def known_as(self, keys: Collection[str], now: InstantUs) -> Known:
        """What is on record that notices of these keys may concern."""
        ...

    def write(self, changes: NoticeChanges) -> None:
        """Writes all of it in one transaction."""
        ...


class ShareNotifier:
    """Keeps notices in step with one sort of share."""

    def __init__(
        self,
        shares: EndedShares,
        store: ShareNoticeStore,
        rules: NoticeRules,
        machine: Machine,
        turn: asyncio.Lock,
    ) -> None:
        """`turn` is had while notices are read and written, of all who do so in this process."""
        self._clock, self._worker = machine
        self._turn = turn
        self._shares = shares
        self._store = store
        self._rules = rules
        self._mark: ShareMark | None = None
        self._noted: ShareMark | None = None

    async def run(self) -> None:
        """Looks for ever; cancelled from outside."""
        while True:
            began = self._clock.now()
            try:
                await self.look()
            except (TransientError, ConfigError) as error:
                # A book that can't be read keeps nobody from hearing of breaches.
                _log.error("notices of shares can't be kept in step: %s", error)
                self.forget()
            # Where a look takes long, the next one waits the longer.
            pause = max(self._shares.every, 9 * (self._clock.now() - began))
            await self._clock.wait(asyncio.Event(), self._clock.now() + pause)

    def forget(self) -> None:
        """Goes on where the database says."""
        self._mark = None

    async def look(self) -> None:
        """Looks at what may stand otherwise than the last time."""
        if self._mark is None:
            self._mark = self._noted = await asyncio.to_thread(self._store.share_mark, self._shares.note)
        now = self._clock.now()
        look = await self._shares.since(self._mark, now)
        async with self._turn:
            changes = await self._changes(look, now)
            noted = self._noted
            if noted is None or not changes.is_empty or look.mark.until - noted.until >= NOTED_EVERY:
                changes.marks[self._shares.note] = look.mark
                await self._worker.run(partial(self._store.write, changes))
                self._noted = look.mark
        self._mark = look.mark

    async def _changes(self, look: SharesLook, now: InstantUs) -> NoticeChanges:
        if not look.shares:
            return NoticeChanges()
        known = await asyncio.to_thread(self._store.known_as, {share.key for share in look.shares}, now)
        return ShareStep(known, self._rules, now).judge(look)

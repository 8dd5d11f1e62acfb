"""Brings messages to one receiver: what is due is sent, what fails is tried again later, and for how long has a limit.

Each receiver has a courier of its own, so that one that is away keeps nobody waiting, and so many messages are under way
at a time. What was delivered is written down after it was: killed in between, the same message goes out once more under
the same name, by which receivers tell. What was given up stays on record and can be tried again by command.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Sequence
from functools import partial
from typing import Final, NamedTuple, Protocol

from monitor.domain.hours.instant import MINUTE_US, SECOND_US, DurationUs, InstantUs
from monitor.errors import TransientError
from monitor.service.notices.notice import (
    DeliveryRecord,
    DeliveryState,
    NoticeChanges,
    NoticeCount,
    NoticeRecord,
    Receiver,
    Result,
    pause_before_try,
)
from monitor.service.ports.machine import Machine, Worker

LOOK_EVERY_US: Final[DurationUs] = SECOND_US // 4
NOTICES_A_RESENDING: Final = 200
RESENT_EVERY_US: Final[DurationUs] = MINUTE_US
HELD_US: Final[DurationUs] = MINUTE_US
"""An alert that could only be told when it was over already stands this long: Alertmanager waits before it tells anybody."""
LONGEST_FAULT: Final = 300
"""Characters of a failure that are kept."""

_log = logging.getLogger(__name__)


class Message(NamedTuple):
    """A delivery and what it is about."""

    delivery: DeliveryRecord
    notice: NoticeRecord


class Sender(Protocol):
    """Speaks to one receiver, and blocks while it does."""

    @property
    def receiver(self) -> Receiver:
        """Whom it speaks to."""
        ...

    @property
    def messages_a_round(self) -> int:
        """How many messages it is given at a time: few enough that a receiver that hangs is soon done with."""
        ...

    def send(self, messages: Sequence[Message], now: InstantUs) -> list[str]:
        """Sends messages and says of each what went wrong, in order; an empty text where nothing did."""
        ...

    def resend(self, notices: Sequence[NoticeRecord], now: InstantUs) -> None:
        """Tells again of what stands, where the receiver would else take it for over; raises TransientError."""
        ...


class DeliveryStore(Protocol):
    """Messages on record; every method raises TransientError where the database does not work."""

    def due_deliveries(self, receiver: str, now: InstantUs, limit: int) -> list[DeliveryRecord]:
        """Messages to be sent by now, none of them before an earlier one about the same notice was."""
        ...

    def named(self, keys: Collection[str]) -> dict[str, NoticeRecord]:
        """Notices by their keys."""
        ...

    def standing(self, kinds: Collection[str], after: str, limit: int) -> list[NoticeRecord]:
        """Notices of these kinds that are told and not over, by key from `after` on."""
        ...

    def record(self, changes: NoticeChanges, *, hold: DurationUs) -> None:
        """Writes what became of tries; ends that waited for their beginnings are held back for `hold` after these."""
        ...


class Courier:
    """Brings messages to one receiver."""

    def __init__(
        self,
        sender: Sender,
        store: DeliveryStore,
        machine: Machine,
        speaking: Worker,
        give_up_after: DurationUs,
    ) -> None:
        """`speaking` is the worker that speaks to the receiver."""
        self._sender = sender
        self._store = store
        self._clock, self._writing = machine
        self._speaking = speaking
        self._give_up_after = give_up_after
        self._resend_at: InstantUs = 0
        self._is_away = False

    @property
    def receiver(self) -> str:
        """Whom it brings messages to, by name."""
        return self._sender.receiver.name

    async def run(self) -> None:
        """Works for ever; cancelled from outside."""
        while True:
            pause_us = LOOK_EVERY_US
            try:
                if await self.turn() == self._sender.messages_a_round:
                    continue
            except TransientError as error:
                _log.error("messages to %s can't be looked at: %s", self._sender.receiver.name, error)
                pause_us = SECOND_US
            await self._clock.wait(asyncio.Event(), self._clock.now() + pause_us)

    async def turn(self) -> int:
        """Sends what is due by now; says how many messages these were."""
        now = self._clock.now()
        receiver = self._sender.receiver
        due = await asyncio.to_thread(self._store.due_deliveries, receiver.name, now, self._sender.messages_a_round)
        if due:
            await self._deliver(due, now)
        if receiver.hears_standing_only and now >= self._resend_at:
            await self._resend(now)
        return len(due)

    async def _deliver(self, due: list[DeliveryRecord], now: InstantUs) -> None:
        notices = await asyncio.to_thread(self._store.named, {each.notice for each in due})
        messages = [Message(each, notices[each.notice]) for each in due if each.notice in notices]
        faults = await self._speaking.run(partial(self._sender.send, messages, now))
        tried = [
            after_try(message.delivery, fault, self._clock.now(), self._give_up_after)
            for message, fault in zip(messages, faults, strict=True)
        ]
        hold = HELD_US if self._sender.receiver.hears_standing_only else 0
        await self._writing.run(partial(self._store.record, _changes(tried), hold=hold))
        self._tell(faults)

    async def _resend(self, now: InstantUs) -> None:
        after = ""
        receiver = self._sender.receiver
        while notices := await asyncio.to_thread(self._store.standing, receiver.kinds, after, NOTICES_A_RESENDING):
            try:
                await self._speaking.run(partial(self._sender.resend, notices, now))
            except TransientError as error:
                self._tell([str(error)])
                self._resend_at = now + RESENT_EVERY_US // 4
                return
            after = notices[-1].key
        self._resend_at = now + RESENT_EVERY_US

    def _tell(self, faults: Sequence[str]) -> None:
        """Says in the log that a receiver went away, and that it is back; not each time."""
        failed = [fault for fault in faults if fault]
        if failed and not self._is_away:
            _log.error(
                "%s does not take notices, they are kept and tried again: %s", self._sender.receiver.name, failed[0]
            )
        if faults and not failed and self._is_away:
            _log.info("%s takes notices again", self._sender.receiver.name)
        self._is_away = bool(failed) if faults else self._is_away


def after_try(delivery: DeliveryRecord, fault: str, now: InstantUs, give_up_after: DurationUs) -> DeliveryRecord:
    """A delivery after one more try; `fault` is empty where it arrived."""
    tried = delivery._replace(tries=delivery.tries + 1, fault=fault[:LONGEST_FAULT])
    if not fault:
        return tried._replace(state=DeliveryState.DELIVERED.value, ended=now)
    if now - delivery.created >= give_up_after:
        return tried._replace(state=DeliveryState.GIVEN_UP.value, ended=now)
    return tried._replace(try_at=now + pause_before_try(delivery.message_id, tried.tries))


def _changes(tried: Sequence[DeliveryRecord]) -> NoticeChanges:
    counts = Counter(NoticeCount(each.kind, each.receiver, _RESULTS[each.state]) for each in tried)
    return NoticeChanges(deliveries=list(tried), counts=counts)


_RESULTS: Final = {
    DeliveryState.DELIVERED.value: Result.DELIVERED.value,
    DeliveryState.WAITING.value: Result.FAILED.value,
    DeliveryState.GIVEN_UP.value: Result.GIVEN_UP.value,
}

"""Events that came over HTTP, handed on to Kafka: what can be read goes to the topic of events under the key of its case,
what can't to the dead letters. A sender is answered once the brokers have acknowledged all of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from monitor.adapters.kafka.access import KafkaAccess
from monitor.adapters.kafka.batch_producer import BatchProducer, Message
from monitor.adapters.kafka.topics import MADE_BY_KEPT, TopicAdmin
from monitor.errors import TransientError, UnreadableEvent
from monitor.service.doors.arrivals import Arrival, Outcome, event_in, rejection_of
from monitor.service.ports.counts import Intake
from monitor.service.ports.machine import Clock
from monitor.service.ports.readers import Decoder
from monitor.wire.edge.intake import case_key
from monitor.wire.edge.records import letter_from

ACKNOWLEDGING_SECONDS: Final = 10.0
"""How long brokers may take before a sender is told to come back; what is there twice by then counts once."""
STOPPING_SECONDS: Final = 2.0


_log = logging.getLogger(__name__)


class WayOn(NamedTuple):
    """Where events are handed on to."""

    access: KafkaAccess
    events: str
    dead_letters: str


class Forwarder:
    """Takes events by handing them on; how many, by outcome, is in `counts`."""

    def __init__(self, way_on: WayOn, decode: Decoder, clock: Clock) -> None:
        self._way_on = way_on
        self._decode = decode
        self._clock = clock
        self._producer = BatchProducer(way_on.access, round(ACKNOWLEDGING_SECONDS * 1_000))
        self._is_away = False
        self.counts: Counter[str] = Counter()

    async def start(self) -> None:
        """Connects. Raises ConfigError where a topic is not there, TransientError where no broker answers."""
        way_on = self._way_on
        async with TopicAdmin(way_on.access) as admin:
            wanted = dict.fromkeys([way_on.events, way_on.dead_letters], MADE_BY_KEPT)
            partitions = await admin.partitions_of(wanted)
        await self._producer.start(partitions)

    async def stop(self) -> None:
        """Ends the connection; what no broker has acknowledged was promised to nobody."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._producer.stop(), STOPPING_SECONDS)

    async def reaches(self) -> bool:
        """Whether a broker answers."""
        return await self._producer.reaches()

    async def submit(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        """What became of each arrival, in order, once all are acknowledged; which were known before nobody knows here.

        Raises TransientError where they are not: some may be there all the same, and sending all again is safe.
        """
        now = self._clock.now()
        now_ms = now // 1_000
        outcomes: list[Outcome] = []
        messages: list[Message] = []
        for arrival in arrivals:
            try:
                event = event_in(arrival, self._decode, now)
            except UnreadableEvent as error:
                outcomes.append(rejection_of(error))
                letter = letter_from(arrival.origin, arrival.content, error)
                messages.append(Message(self._way_on.dead_letters, letter.key, letter.value, letter.headers, now_ms))
            else:
                outcomes.append(Intake.ACCEPTED)
                messages.append(Message(self._way_on.events, case_key(event).encode(), arrival.content, [], now_ms))
        await self._send(messages)
        self.counts.update(Intake.ACCEPTED if each == Intake.ACCEPTED else Intake.REJECTED for each in outcomes)
        return outcomes

    async def _send(self, messages: list[Message]) -> None:
        """An idempotent producer tries for ever: whoever waits is told to come back before that."""
        sending = asyncio.ensure_future(self._producer.send(messages))
        try:
            await asyncio.wait_for(asyncio.shield(sending), ACKNOWLEDGING_SECONDS)
        except TimeoutError:
            # It may come through yet, or not: nobody waits for it any more.
            sending.add_done_callback(lambda late: late.cancelled() or late.exception())
            found = f"no acknowledgement within {ACKNOWLEDGING_SECONDS:g} s"
            fault = f"{self._way_on.access.servers}: found {found}, expected a broker that works"
            self._tell(fault)
            raise TransientError(fault) from None
        self._tell("")

    def _tell(self, fault: str) -> None:
        """Says once that brokers are away, and once that they are back."""
        if bool(fault) != self._is_away:
            _log.warning("%s", fault or "events are acknowledged again")
        self._is_away = bool(fault)

"""One record to the events that Kept judges, each with its origin and its key, or to a dead letter: never an error.

The key decides the partition, and whoever judges owns partitions: all events of a case must have one key. The edge
remembers nothing, so the key can only be what every event of the case carries, and that is the case itself. By client
(`Keying.CLIENT`) a client's cases are together, too, and a case is torn apart where one of its events names the client
and another does not: it is for firms whose every event names its client.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeAlias

from monitor.conventions.topics import UNMAPPED, UNREADABLE
from monitor.domain.facts.events import UNIDENTIFIED, Event
from monitor.domain.promises.promise import Book
from monitor.errors import UnreadableEvent
from monitor.wire.edge.readers import Reader, Understood
from monitor.wire.edge.records import ORIGIN_KEYS, Canonical, DeadLetter, Origin, Record, dead_letter
from monitor.wire.events.cloud_events import LONGEST_EVENT_BYTES
from monitor.wire.written.json_text import with_members

Taken: TypeAlias = list[Canonical] | DeadLetter
"""What a record becomes: at least one event, or a dead letter."""

_NO_VALUE: Final = UnreadableEvent("a record without a value", "an event")
_NO_RULE: Final = UnreadableEvent("a record that no rule of the mapping is for", "one that becomes an event")

_log = logging.getLogger(__name__)


class Keying(StrEnum):
    """What keeps events in one partition."""

    CASE = "case"
    CLIENT = "client"


def case_key(event: Event) -> str:
    """The key of an event by its case; what is about no case goes by its client, else by its source."""
    return event.case or event.client or event.source


class Intake:
    """Takes records of some topics, each topic with its reader."""

    def __init__(self, readers: Mapping[str, Reader], book: Book, keying: Keying = Keying.CASE) -> None:
        self._readers = readers
        self._book = book
        self._keying = keying

    def take(self, record: Record) -> Taken:
        """What becomes of a record."""
        if record.value is None:
            return dead_letter(record, _NO_VALUE, UNREADABLE)
        try:
            understood = self._readers[record.origin.topic].events(record.value, record.origin)
            made = [self._canonical(each, record.origin) for each in understood]
        except UnreadableEvent as reason:
            return dead_letter(record, reason, UNREADABLE)
        except Exception as error:  # noqa: BLE001  Kept's own fault must not hold up all that comes behind this record
            _log.exception("%s: the edge failed on a record, which is a fault of Kept", record.origin)
            found = f"a record on which Kept failed ({error!r})"
            return dead_letter(record, UnreadableEvent(found, "a record that Kept can read"), UNREADABLE)
        return made or dead_letter(record, _NO_RULE, UNMAPPED)

    def _canonical(self, understood: Understood, origin: Origin) -> Canonical:
        """The event as it was written, with its origin behind all else: what it says of an origin itself does not count."""
        event, said = understood
        content = with_members(said, dict(zip(ORIGIN_KEYS, origin, strict=True)))
        if len(content) > LONGEST_EVENT_BYTES:
            found = f"{len(said)} bytes, {len(content)} with its origin"
            raise UnreadableEvent(found, f"at most {LONGEST_EVENT_BYTES} bytes an event")
        return Canonical(self._key_of(event).encode(), content, event.time)

    def _key_of(self, event: Event) -> str:
        return (self._keying is Keying.CLIENT and event.case and self._client_of(event)) or case_key(event)

    def _client_of(self, event: Event) -> str | None:
        """The client that an event names, or whose address the book knows."""
        client = event.client or self._book.client_of(event.address)
        return None if client == UNIDENTIFIED else client

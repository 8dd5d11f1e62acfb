"""What comes from a topic and what goes on: records, the canonical events they become, and dead letters."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

from monitor import conventions as c
from monitor.errors import UnreadableEvent
from monitor.wire.events import LONGEST_EVENT_BYTES

Headers: TypeAlias = list[tuple[str, bytes | None]]

LONGEST_KEY_BYTES: Final = 65_536
"""The longest key a dead letter keeps; a longer one is left out, for it and the value must fit into one message."""


class Origin(NamedTuple):
    """Where a record was: one place in one log, and nothing else is ever there."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


class Record(NamedTuple):
    """A record of a source. `timestamp_ms` is Kafka's, since 1970; a `value` that is None is a tombstone."""

    origin: Origin
    key: bytes | None
    value: bytes | None
    timestamp_ms: int


class Canonical(NamedTuple):
    """An event that goes on: its key, its JSON, and when it happened in microseconds since 1970."""

    key: bytes
    value: bytes
    time: int


class DeadLetter(NamedTuple):
    """A record that no event was made of, with headers that say why and where it is from."""

    result: str
    key: bytes | None
    value: bytes | None
    headers: Headers


def dead_letter(record: Record, reason: UnreadableEvent, result: str) -> DeadLetter:
    """The dead letter for a record. A value longer than an event may be is cut there; its size is told."""
    key, origin = record.key, record.origin
    kept_key = key if key is None or len(key) <= LONGEST_KEY_BYTES else None
    where = {
        c.HEADER_TOPIC: origin.topic,
        c.HEADER_PARTITION: str(origin.partition),
        c.HEADER_OFFSET: str(origin.offset),
        c.HEADER_TIMESTAMP: str(record.timestamp_ms),
    }
    return _letter(kept_key, record.value, reason, result, where)


def letter_from(sender: str, value: bytes, reason: UnreadableEvent) -> DeadLetter:
    """The dead letter for bytes that somebody sent without a topic, as over HTTP; `sender` says who."""
    return _letter(None, value, reason, c.UNREADABLE, {c.HEADER_SENDER: sender})


def _letter(
    key: bytes | None, value: bytes | None, reason: UnreadableEvent, result: str, where: dict[str, str]
) -> DeadLetter:
    said = {
        c.HEADER_RESULT: result,
        c.HEADER_FOUND: reason.found,
        c.HEADER_EXPECTED: reason.expected,
        c.HEADER_KEY: reason.key,
        **where,
        c.HEADER_SIZE: str(len(value or b"")),
    }
    headers: Headers = [(name, text.encode(errors="backslashreplace")) for name, text in said.items()]
    return DeadLetter(result, key, value and value[:LONGEST_EVENT_BYTES], headers)

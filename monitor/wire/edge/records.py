"""What comes from a topic and what goes on: records, the canonical events they become, and dead letters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeAlias

import orjson

from monitor.conventions.topics import (
    HEADER_EXPECTED,
    HEADER_FOUND,
    HEADER_KEY,
    HEADER_OFFSET,
    HEADER_PARTITION,
    HEADER_RESULT,
    HEADER_SENDER,
    HEADER_SIZE,
    HEADER_TIMESTAMP,
    HEADER_TOPIC,
    ORIGIN_OFFSET,
    ORIGIN_PARTITION,
    ORIGIN_TOPIC,
    UNREADABLE,
)
from monitor.errors import UnreadableEvent
from monitor.wire.events.cloud_events import LONGEST_EVENT_BYTES
from monitor.wire.written.json_text import read_json

Headers: TypeAlias = list[tuple[str, bytes | None]]

LONGEST_KEY_BYTES: Final = 65_536
"""The longest key a dead letter keeps; a longer one is left out, for it and the value must fit into one message."""


_TOPIC: Final = re.compile(r"[A-Za-z0-9._-]{1,249}")
ORIGIN_KEYS: Final = (ORIGIN_TOPIC, ORIGIN_PARTITION, ORIGIN_OFFSET)
"""The attributes in which an event says of which record it was made, in the order of `Origin`."""
_PLACE_HEADERS: Final = (HEADER_PARTITION, HEADER_OFFSET, HEADER_TIMESTAMP)
_OFFSET_KEY: Final = f'"{ORIGIN_OFFSET}"'.encode()


class Origin(NamedTuple):
    """Where a record was: one place in one log, and nothing else is ever there."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


_LAST_OFFSET: Final = 2**63 - 1
_LAST_PARTITION: Final = 2**31 - 1


def origin_in(content: bytes | None) -> Origin | None:
    """The record that an event was made of, as the edge wrote it into the event; None where it says nothing of the kind."""
    if content is None or _OFFSET_KEY not in content:
        return None
    try:
        event = orjson.loads(content)
    except orjson.JSONDecodeError:
        return _origin_in_what_is_read_slowly(content)
    return origin_of(event) if isinstance(event, dict) else None


def _origin_in_what_is_read_slowly(content: bytes) -> Origin | None:
    """As `origin_in`: numbers may be longer than the quick parser takes them."""
    try:
        event = read_json(content)
    except UnreadableEvent:
        return None
    return origin_of(event) if isinstance(event, dict) else None


def origin_of(event: Mapping[str, Any]) -> Origin | None:
    """As `origin_in`, of an event that was parsed."""
    topic, partition, offset = event.get(ORIGIN_TOPIC), event.get(ORIGIN_PARTITION), event.get(ORIGIN_OFFSET)
    if type(partition) is not int or type(offset) is not int or not isinstance(topic, str):
        return None
    is_place = _TOPIC.fullmatch(topic) and 0 <= partition <= _LAST_PARTITION and 0 <= offset < _LAST_OFFSET
    return Origin(topic, partition, offset) if is_place else None


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
        HEADER_TOPIC: origin.topic,
        HEADER_PARTITION: str(origin.partition),
        HEADER_OFFSET: str(origin.offset),
        HEADER_TIMESTAMP: str(record.timestamp_ms),
    }
    return _letter(kept_key, record.value, reason, result, where)


def letter_place(headers: Headers) -> tuple[Origin, int] | None:
    """The record that a dead letter was, and its time in milliseconds since 1970; None where it was none of a topic."""
    said = {name: value.decode(errors="replace") for name, value in headers if value is not None}
    try:
        partition, offset, timestamp = (int(said[name]) for name in _PLACE_HEADERS)
    except (KeyError, ValueError):
        return None
    origin = origin_of(dict(zip(ORIGIN_KEYS, (said.get(HEADER_TOPIC), partition, offset), strict=True)))
    return None if origin is None else (origin, timestamp)


def letter_from(sender: str, value: bytes, reason: UnreadableEvent) -> DeadLetter:
    """The dead letter for bytes that somebody sent without a topic, as over HTTP; `sender` says who."""
    return _letter(None, value, reason, UNREADABLE, {HEADER_SENDER: sender})


def _letter(
    key: bytes | None, value: bytes | None, reason: UnreadableEvent, result: str, where: dict[str, str]
) -> DeadLetter:
    said = {
        HEADER_RESULT: result,
        HEADER_FOUND: reason.found,
        HEADER_EXPECTED: reason.expected,
        HEADER_KEY: reason.key,
        **where,
        HEADER_SIZE: str(len(value or b"")),
    }
    headers: Headers = [(name, text.encode(errors="backslashreplace")) for name, text in said.items()]
    return DeadLetter(result, key, value and value[:LONGEST_EVENT_BYTES], headers)

"""Events and small books to begin with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import orjson

from monitor.domain.hours.instant import InstantUs, format_instant, parse_instant
from monitor.domain.promises.promise import Book
from monitor.service.doors.arrivals import Arrival
from monitor.wire.book import read_book

MONDAY: Final = parse_instant("2026-03-02T09:00:00+00:00")
"""A Monday at nine, in a month without clock changes."""

BOOK: Final = """
book: Test & Sons
from: 2020-01-01
zone: UTC
hours: always
tiers: [gold, silver]
statuses:
  waiting: {pauses: client}
clients:
  acme: {tier: gold, contacts: ["@acme.example"]}
  umbra: {tier: silver}
promises:
  - {id: first, kind: first_response, within: 1h, warn: [50%]}
  - {id: next, kind: next_response, within: 2h}
  - {id: gold-resolve, kind: resolve, for: {tier: gold}, within: 8h}
  - {id: resolve, kind: resolve, within: 24h}
"""
"""Promises around the clock, so that due instants can be told by heart."""

OWNING_BOOK: Final = (
    BOOK
    + """
breaches:
  currency: GBP
  causes: [overlooked, too few people]
  owed:
    - id: own-up
      of: first_response
      acknowledge: 30m
      explain: 2h
      tell: 1h
      apologise: 4h
      remedy: 24h
      despite_excuse: tell
      credit: {amount: 40, at_most: 100}
"""
)
"""The same, and what is owed where a first response was late."""


def small_book(text: str = BOOK) -> Book:
    """The book in a text."""
    return read_book(text, "test-book.yaml")


def cloud_event(event_type: str, case: str | None, at: InstantUs, event_id: str, /, **more: Any) -> bytes:
    """A CloudEvent; keywords that are no attribute of the envelope are its data."""
    envelope: dict[str, Any] = {key: more.pop(key) for key in ("client", "sequence", "source") if key in more}
    event: dict[str, Any] = {"specversion": "1.0", "type": event_type, "source": "/test", "id": event_id}
    event |= {"time": format_instant(at), "data": more}
    event |= envelope
    if case is not None:
        event["subject"] = case
    return orjson.dumps(event)


def arrivals(contents: Iterable[bytes], *, catching_up: bool = False) -> list[Arrival]:
    """Bytes as they arrive."""
    return [Arrival(content, "test", catching_up) for content in contents]

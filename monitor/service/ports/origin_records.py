"""Rows about the offsets of the firm's own topics, as values; the store's tables have the same columns in the same order."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from monitor.domain.hours.instant import InstantUs

BlockKey: TypeAlias = tuple[str, int, int]
"""Topic, partition and number of a block."""


class OriginPlace(NamedTuple):
    """A partition of one of the firm's topics."""

    topic: str
    partition: int


class OriginRecord(NamedTuple):
    """What became of the offsets of one partition of one of the firm's topics, from `begins_at` on.

    All before `accounted` have left a trace, or are known to have none. What is missing before `asked_below` is looked for
    at its source, and what is missing before `open_below` in vain: `open_records` so many. They are of the time from
    `doubt_from` to `doubt_until`, which stay where none is open any more; 0 where none ever was. `gaps` were found, of records of which `read_again` were sent on then and `lost` were gone; `empty`
    offsets never held one.
    """

    topic: str
    partition: int
    begins_at: int
    accounted: int
    asked_below: int
    open_below: int
    open_records: int
    doubt_from: InstantUs
    doubt_until: InstantUs
    gaps: int = 0
    read_again: int = 0
    empty: int = 0
    lost: int = 0

    @property
    def place(self) -> OriginPlace:
        """Which partition of which topic."""
        return OriginPlace(self.topic, self.partition)


class OriginBlockRecord(NamedTuple):
    """The block `number` of a partition's offsets (`monitor.domain.facts.offsets`); bit 0 of `seen` is the last of its bytes'."""

    topic: str
    partition: int
    number: int
    seen: bytes
    earliest: InstantUs
    latest: InstantUs


class LostOriginsRecord(NamedTuple):
    """Records that were gone when they were to be read again, of about the time from `starts_at` to `ends_at`."""

    topic: str
    partition: int
    first: int
    end: int
    starts_at: InstantUs
    ends_at: InstantUs

"""Offsets of a log: which of them are accounted for, kept as blocks of bits, and which are missing.

A record per offset would be too much to keep, and ranges of what is there are as many as records while they arrive by
several ways at once. A block takes its 1,024 bits whatever arrives in which order, and goes once all before it is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from monitor.domain.hours.instant import FOREVER_US, InstantUs
from monitor.domain.hours.span import Span, measure, merge, subtract

BLOCK: Final = 1_024
"""Offsets in one block."""
FULL: Final = (1 << BLOCK) - 1
_NEVER_US: Final[InstantUs] = 0


class OffsetRange(NamedTuple):
    """The offsets from `first` on, up to and without `end`."""

    first: int
    end: int

    @property
    def length(self) -> int:
        """How many offsets there are in it."""
        return self.end - self.first


class Block(NamedTuple):
    """The offsets from `BLOCK` times its number on: bit i is set where the i-th is accounted for.

    `earliest` and `latest` are the instants between which everything happened that was seen of it; the other way round
    where nothing was.
    """

    bits: int = 0
    earliest: InstantUs = FOREVER_US
    latest: InstantUs = _NEVER_US

    def with_offset(self, offset: int, at: InstantUs) -> Block:
        """This block with one of its offsets, seen with something that happened at an instant."""
        return Block(self.bits | 1 << offset % BLOCK, min(self.earliest, at), max(self.latest, at))

    def joined(self, other: Block) -> Block:
        """What both have seen of the same offsets."""
        return Block(self.bits | other.bits, min(self.earliest, other.earliest), max(self.latest, other.latest))


class Ask(NamedTuple):
    """Offsets of a partition of which nothing was heard: whoever reads that topic is to look what is there."""

    topic: str
    partition: int
    ranges: Sequence[OffsetRange]


class Answer(NamedTuple):
    """What was found at offsets that were asked about: records that were sent on again, offsets that hold none, and
    offsets that the log has no more, or never had."""

    topic: str
    partition: int
    read: Sequence[OffsetRange]
    empty: Sequence[OffsetRange]
    gone: Sequence[OffsetRange]


def ranges_of(offsets: Iterable[int]) -> list[OffsetRange]:
    """The fewest ranges that have just these offsets, in order."""
    return merged(OffsetRange(offset, offset + 1) for offset in offsets)


def merged(ranges: Iterable[OffsetRange]) -> list[OffsetRange]:
    """The fewest ranges that have what these have together, in order."""
    return _ranges(merge(ranges))


def common(ranges: Iterable[OffsetRange], others: Iterable[OffsetRange]) -> list[OffsetRange]:
    """The fewest ranges that have what both of these have, in order."""
    ours = merge(ranges)
    return _ranges(subtract(ours, subtract(ours, merge(others))))


def without(ranges: Iterable[OffsetRange], others: Iterable[OffsetRange]) -> list[OffsetRange]:
    """The fewest ranges that have what the first have and the others have not, in order."""
    return _ranges(subtract(merge(ranges), merge(others)))


def _ranges(spans: Iterable[Span]) -> list[OffsetRange]:
    return [OffsetRange(*span) for span in spans]


def count_of(ranges: Iterable[OffsetRange]) -> int:
    """How many offsets these ranges have, none of which is in two of them."""
    return measure(ranges)


def missing(blocks: Mapping[int, Block], first: int, end: int) -> list[OffsetRange]:
    """The offsets from `first` on, without `end`, that no block accounts for."""
    return merged(_missing(blocks, first, end))


def _missing(blocks: Mapping[int, Block], first: int, end: int) -> Iterator[OffsetRange]:
    at = first
    for number in sorted(blocks):
        begins = number * BLOCK
        if begins >= end:
            break
        if begins + BLOCK <= at:
            continue
        if begins > at:
            yield OffsetRange(at, begins)
        for zeros in _zeros(blocks[number].bits):
            clipped = OffsetRange(max(first, begins + zeros.first), min(end, begins + zeros.end))
            if clipped.length > 0:
                yield clipped
        at = begins + BLOCK
    if at < end:
        yield OffsetRange(at, end)


def _zeros(bits: int) -> Iterator[OffsetRange]:
    """The runs of bits of a block that are not set."""
    left, at = ~bits & FULL, 0
    while left:
        skipped = (left & -left).bit_length() - 1
        left >>= skipped
        run = (~left & left + 1).bit_length() - 1
        left >>= run
        at += skipped
        yield OffsetRange(at, at + run)
        at += run


def next_offset(blocks: Mapping[int, Block]) -> int:
    """Behind the last offset that is accounted for; 0 where none is."""
    return max((number * BLOCK + block.bits.bit_length() for number, block in blocks.items() if block.bits), default=0)


def filled(blocks: Mapping[int, Block], ranges: Iterable[OffsetRange]) -> dict[int, Block]:
    """Those blocks that are other ones once these offsets are accounted for, too."""
    changed: dict[int, Block] = {}
    for each in ranges:
        for number in range(each.first // BLOCK, (each.end - 1) // BLOCK + 1):
            begins = number * BLOCK
            first, end = max(0, each.first - begins), min(BLOCK, each.end - begins)
            before = changed.get(number, blocks.get(number, Block()))
            changed[number] = before._replace(bits=before.bits | (1 << end) - (1 << first))
    return {number: block for number, block in changed.items() if block != blocks.get(number)}


def span_around(blocks: Mapping[int, Block], ranges: Sequence[OffsetRange]) -> tuple[InstantUs, InstantUs]:
    """Between which instants happened what lies about these offsets, and so what they held themselves, as far as one can
    tell: records of one partition are in the order in which they were written, and that is about the one of what they tell.

    From the block in which the last one before them is, to that of the first one behind.
    """
    first, last = (ranges[0].first - 1) // BLOCK, ranges[-1].end // BLOCK
    about = [block for number, block in blocks.items() if first <= number <= last]
    earliest = min((block.earliest for block in about), default=FOREVER_US)
    return earliest, max((block.latest for block in about), default=_NEVER_US)

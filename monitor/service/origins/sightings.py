"""Where what arrives comes from in the firm's own topics: written down with it, so that what never arrived can be found.

The edge gives each event the topic, the partition and the offset of the record it was made of, and each record leaves a
trace: an event, or a dead letter. The offsets of one partition come by all partitions of the topic of events, in any order
and perhaps twice, so they are kept in the journal, in the transaction that takes the events in; see
`monitor.service.origins.accounts` for what is made of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from monitor.domain.cases.coverage import Gap
from monitor.domain.facts.offsets import BLOCK, Block
from monitor.domain.hours.instant import InstantUs
from monitor.service.ports.origin_records import (
    BlockKey,
    LostOriginsRecord,
    OriginBlockRecord,
    OriginPlace,
    OriginRecord,
)
from monitor.service.ports.shared_journal import OriginRows

_BLOCK_BYTES: Final = BLOCK // 8


class Sighting(NamedTuple):
    """A record of the firm's has left a trace; `at` is when that happened which it tells of."""

    topic: str
    partition: int
    offset: int
    at: InstantUs


def block_in(row: OriginBlockRecord) -> Block:
    """The block that a row holds."""
    return Block(int.from_bytes(row.seen), row.earliest, row.latest)


def block_row(key: BlockKey, block: Block) -> OriginBlockRecord:
    """The row that holds a block."""
    return OriginBlockRecord(*key, block.bits.to_bytes(_BLOCK_BYTES), block.earliest, block.latest)


def oldest_kept(accounted: int) -> int:
    """The number of the oldest block that is kept: one before the first in which something may be missing, for its time."""
    return accounted // BLOCK - 1


def see(sightings: Iterable[Sighting], known: Mapping[OriginPlace, OriginRecord], rows: OriginRows) -> None:
    """Writes down what was seen, in the turn of whoever writes. `known` may lag behind.

    The accounts of a partition begin with the first offset of the first commit that has any of it.
    """
    blocks, firsts = _sorted(sightings)
    if not blocks:
        return
    if firsts.keys() - known.keys():
        known = {row.place: row for row in rows.origins()}
        rows.put_origins(
            [
                OriginRecord(*place, first, first, first, first, 0, 0, 0)
                for place, first in firsts.items()
                if place not in known
            ]
        )
    # What was accounted for long ago comes again where somebody reads all from the beginning.
    oldest = {place: oldest_kept(row.accounted) for place, row in known.items()}
    keys = [key for key in blocks if key[2] >= oldest.get(OriginPlace(*key[:2]), 0)]
    before = {row[:3]: block_in(row) for row in rows.origin_blocks(keys)}
    changed = {key: blocks[key].joined(before.get(key, Block())) for key in keys}
    rows.put_origin_blocks([block_row(key, block) for key, block in changed.items() if block != before.get(key)])


def _sorted(sightings: Iterable[Sighting]) -> tuple[dict[BlockKey, Block], dict[OriginPlace, int]]:
    """What was seen, by block; and the first offset of each partition."""
    blocks: dict[BlockKey, Block] = {}
    firsts: dict[OriginPlace, int] = {}
    for topic, partition, offset, at in sightings:
        key = (topic, partition, offset // BLOCK)
        blocks[key] = blocks.get(key, Block()).with_offset(offset, at)
        place = OriginPlace(topic, partition)
        firsts[place] = min(offset, firsts.get(place, offset))
    return blocks, firsts


def gaps_in(origins: Iterable[OriginRecord], lost: Iterable[LostOriginsRecord]) -> tuple[Gap, ...]:
    """The spans in which something may have been said that never arrived."""
    open_gaps = [
        Gap(row.doubt_from, row.doubt_until + 1, row.topic, f"{row.topic} partition {row.partition} misses records")
        for row in origins
        if row.open_records
    ]
    gone = [
        Gap(row.starts_at, row.ends_at + 1, row.topic, f"{row.topic} partition {row.partition} lost records")
        for row in lost
    ]
    return (*open_gaps, *gone)

"""What one of several workers has of the journal: its partitions, and up to when everything there was read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from monitor.domain.cases.coverage import Gap
from monitor.domain.hours.instant import InstantUs
from monitor.service.commits.commit import WHOLE
from monitor.service.origins.sightings import gaps_in
from monitor.service.ports.origin_records import LostOriginsRecord, OriginPlace, OriginRecord
from monitor.service.ports.records import PartitionRecord

SPANNING: Final = -1
"""The home of matters whose events come from more than one partition."""
KEEPER: Final = WHOLE
"""Whoever has this partition looks after what belongs to no partition: spanning matters, and new editions of the book."""


@dataclass(slots=True)
class Share:
    """`epochs` are those by which the partitions are had, `read_until` the instants up to which all that was in their logs
    is in the journal. `all_read_until` is the earliest of those of all workers' partitions, as last seen; 0 while one of
    them is nobody's, or not read to its end yet."""

    owner: str
    epochs: dict[int, int] = field(default_factory=dict)
    read_until: dict[int, InstantUs] = field(default_factory=dict)
    written: dict[int, int] = field(default_factory=dict)
    """By partition the offset up to which records are in the journal, as this worker has seen it."""
    partitions: int = 0
    """How many the topic has; 0: that is not known, and nothing counts as read."""
    all_read_until: InstantUs = 0
    origins: dict[OriginPlace, OriginRecord] = field(default_factory=dict)
    """What is known of the offsets of the firm's own topics, as last seen."""
    gaps: tuple[Gap, ...] = ()
    """The spans in which records of theirs are missing, as last seen."""
    has_doubted: bool = False
    """Whether there was ever such a span."""

    def see(self, known: Collection[PartitionRecord]) -> None:
        """Takes note of how far all partitions are read that were ever claimed."""
        if 0 < self.partitions <= len(known):
            self.all_read_until = max(self.all_read_until, min(row.read_until for row in known))

    def take_note_of(self, origins: Collection[OriginRecord], lost: Collection[LostOriginsRecord]) -> None:
        """Remembers what is known of the firm's own topics."""
        self.origins = {row.place: row for row in origins}
        self.gaps = gaps_in(origins, lost)
        self.has_doubted = bool(lost) or any(row.doubt_until for row in origins)

    @property
    def is_keeper(self) -> bool:
        """Whether spanning matters are this worker's to look after."""
        return KEEPER in self.epochs

    @property
    def homes(self) -> frozenset[int]:
        """The homes whose matters it lets time pass in."""
        return frozenset([*self.epochs, SPANNING] if self.is_keeper else self.epochs)

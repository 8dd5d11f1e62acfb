"""What one of several workers has of the journal: its partitions, and up to when everything there was read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from monitor.domain.instant import InstantUs
from monitor.service.commit import WHOLE

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
    all_read_until: InstantUs = 0

    @property
    def is_keeper(self) -> bool:
        """Whether spanning matters are this worker's to look after."""
        return KEEPER in self.epochs

    @property
    def homes(self) -> frozenset[int]:
        """The homes whose matters it lets time pass in."""
        return frozenset([*self.epochs, SPANNING] if self.is_keeper else self.epochs)

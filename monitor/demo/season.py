"""The firm's seasons: equal stretches of time by which people come, go and are away, and of which one in six is bad.

For a history a season is a week; for a live demonstration it is minutes, so that whoever watches sees it all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from monitor.domain.hours.instant import DAY_US, MINUTE_US, DurationUs, InstantUs

WEEK_US: Final[DurationUs] = 7 * DAY_US
QUARTER_US: Final[DurationUs] = 15 * MINUTE_US

BAD_EVERY: Final = 6
"""One season in six is bad, the second of each six first: soon enough to be seen in a short run."""
BAD_LOAD: Final = 1.8
"""How many times as many cases arrive in a bad season."""
BAD_SLOWNESS: Final = 1.7
"""How many times as long everything takes in a bad season."""


@dataclass(frozen=True, slots=True)
class Seasons:
    """Seasons of one length, numbered from 0 at `start`."""

    start: InstantUs
    length: DurationUs

    def number(self, at: InstantUs) -> int:
        """The season an instant lies in; 0 for what is before the start."""
        return max(0, at - self.start) // self.length

    def opening(self, number: int) -> InstantUs:
        """The first instant of a season."""
        return self.start + number * self.length

    def is_bad(self, at: InstantUs) -> bool:
        """Whether an instant lies in a season of too much work."""
        return self.number(at) % BAD_EVERY == 1

    def load(self, at: InstantUs) -> float:
        return BAD_LOAD if self.is_bad(at) else 1.0

    def slowness(self, at: InstantUs) -> float:
        return BAD_SLOWNESS if self.is_bad(at) else 1.0

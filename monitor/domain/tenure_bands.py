"""Bands of time with the firm, by which work is counted: under six months, six to 24 months, longer, unknown.

A band begins at the beginning of the local date on which somebody has been there so long (`Tenure.reached_at`). Somebody
whose joining nobody has told, or who had not joined yet, is in no band: unknown is neither new nor old.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Final

from monitor.domain.instant import InstantUs
from monitor.domain.promised_people import Tenure

UNKNOWN: Final = "unknown"
"""The name of a grade or band that nobody has told."""
USUAL_BOUNDS: Final = (Tenure(6, "month"), Tenure(24, "month"))


@lru_cache(maxsize=10_000)
def _reached_at(bound: Tenure, joined_at: InstantUs, zone: str) -> InstantUs:
    return bound.reached_at(joined_at, zone)


@dataclass(frozen=True, slots=True)
class TenureBands:
    """The bands between these bounds, the shortest first; `zone` is where a time with the firm begins and ends."""

    bounds: tuple[Tenure, ...] = USUAL_BOUNDS
    zone: str = "UTC"
    names: tuple[str, ...] = field(init=False)
    """Of each band, in order, the unknown one last."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", (*_names(self.bounds), UNKNOWN))

    def of(self, joined_at: InstantUs | None, at: InstantUs) -> str:
        """The band in which somebody was at an instant who had joined then; None: that is not known."""
        if joined_at is None:
            return UNKNOWN
        reached = sum(1 for bound in self.bounds if _reached_at(bound, joined_at, self.zone) <= at)
        return self.names[reached]


def _names(bounds: Sequence[Tenure]) -> list[str]:
    between = [
        f"{one} to {other}" if one.unit != other.unit else f"{one.number} to {other}" for one, other in pairwise(bounds)
    ]
    return [f"under {bounds[0]}", *between, f"{bounds[-1]} and longer"]

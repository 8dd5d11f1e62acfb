"""Bands of time with the firm, by which work is counted: under six months, six to 24 months, longer, unknown.

A band begins at the beginning of the local date on which somebody has been there so long (`Tenure.reached_at`). Somebody
whose joining nobody has told, or who had not joined yet, is in no band: unknown is neither new nor old.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from monitor.domain.hours.instant import FOREVER_US, InstantUs
from monitor.domain.promises.promised_people import Tenure

UNKNOWN: Final = "unknown"
"""The name of a grade or band that nobody has told."""
USUAL_BOUNDS: Final = (Tenure(6, "month"), Tenure(24, "month"))


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
        """The band in which somebody was at an instant who joins then; None: that is not known."""
        return self.around(joined_at, at)[0]

    def around(self, joined_at: InstantUs | None, at: InstantUs) -> tuple[str, InstantUs, InstantUs]:
        """The band, as `of` has it, and the span around the instant in which it is the same, half-open."""
        if joined_at is None:
            return UNKNOWN, -FOREVER_US, FOREVER_US
        if at < joined_at:
            return UNKNOWN, -FOREVER_US, joined_at
        begun = sorted(bound.reached_at(joined_at, self.zone) for bound in self.bounds)
        index = bisect_right(begun, at)
        edges = (joined_at, *begun, FOREVER_US)
        return self.names[index], edges[index], edges[index + 1]


def _names(bounds: Sequence[Tenure]) -> list[str]:
    between = [
        f"{one} to {other}" if one.unit != other.unit else f"{one.number} to {other}" for one, other in pairwise(bounds)
    ]
    return [f"under {bounds[0]}", *between, f"{bounds[-1]} and longer"]

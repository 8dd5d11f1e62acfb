"""How long the last transactions took."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

REMEMBERED: Final = 1_000
QUANTILES: Final = {"0.5": 0.5, "0.99": 0.99, "1": 1.0}


class Durations:
    """The last thousand of them, in seconds."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=REMEMBERED)

    def add(self, seconds: float) -> None:
        """Remembers one."""
        self._seconds.append(seconds)

    def quantiles(self) -> Mapping[str, float]:
        """The median, the 99th percentile and the longest; 0 where there was none."""
        known = sorted(self._seconds) or [0.0]
        return {name: known[round(share * (len(known) - 1))] for name, share in QUANTILES.items()}

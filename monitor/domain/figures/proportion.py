"""How sure one can be of a share, or of a mean of values from 0 to 1, that few observations say something about.

Wilson's score interval: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
American Statistical Association 22 (1927). It stays within 0 and 1, and says something sensible of none out of many. The
variance of values from 0 to 1 is at most that of a share with the same mean, so for a mean it is rather too wide than too narrow.
"""

from __future__ import annotations

from math import sqrt
from typing import Final, NamedTuple

Z_95: Final = 1.959963984540054
"""The standard normal distribution has 95 % of its weight within so many standard deviations."""


class Estimate(NamedTuple):
    """A mean or share of `number` observations, and the 95 % interval around it; None of each where there are none."""

    number: int
    value: float | None
    lower: float | None
    upper: float | None


def estimate(total: float, count: int) -> Estimate:
    """The mean of `count` values from 0 to 1 that add up to `total`: for a share, how many there are of so many."""
    if count == 0:
        return Estimate(0, None, None, None)
    mean, square = total / count, Z_95 * Z_95
    middle = mean + square / (2 * count)
    spread = Z_95 * sqrt(max(0.0, mean * (1 - mean)) / count + square / (4 * count * count))
    scale = 1 + square / count
    return Estimate(count, mean, max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale))

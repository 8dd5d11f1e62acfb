"""Whether two things go together: Spearman's rank correlation, with an interval, and what may be said of it in words.

Equal values share the mean of their ranks, and the coefficient is the product-moment correlation of the ranks, as S. Siegel,
"Nonparametric Statistics for the Behavioral Sciences" (1956), has it for ties. The interval is Fisher's, with the variance
of D. G. Bonett and T. A. Wright, "Sample size requirements for estimating Pearson, Kendall and Spearman correlations",
Psychometrika 65 (2000): (1 + r^2 / 2) / (n - 3).

That two things go together says nothing of a cause.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from math import atanh, inf, sqrt, tanh
from typing import Final, NamedTuple

from monitor.domain.figures.proportion import Z_95

FEWEST: Final = 20
"""Pairs below which nothing is said. With 20 the interval around none is 0.44 to each side: less would only show what is plain."""


class Relation(StrEnum):
    """What may be said of two things."""

    TOO_LITTLE = "too little evidence"
    NONE_SEEN = "no relation seen"
    RISES = "higher with it"
    FALLS = "lower with it"


class Correlation(NamedTuple):
    """A rank correlation of `number` pairs, with its 95 % interval; None of each where nothing is said."""

    number: int
    value: float | None
    lower: float | None
    upper: float | None

    @property
    def relation(self) -> Relation:
        """What it says, in words; none is seen where the interval covers 0."""
        if self.value is None or self.lower is None or self.upper is None:
            return Relation.TOO_LITTLE
        if self.lower <= 0 <= self.upper:
            return Relation.NONE_SEEN
        return Relation.RISES if self.value > 0 else Relation.FALLS


def correlation(pairs: Sequence[tuple[float, float]]) -> Correlation:
    """How two things go together; nothing is said of fewer than `FEWEST` pairs, or where one of them never differs."""
    count = len(pairs)
    value = spearman(pairs) if count >= FEWEST else None
    if value is None:
        return Correlation(count, None, None, None)
    middle = atanh(value) if abs(value) < 1 else inf * value
    spread = Z_95 * sqrt((1 + value * value / 2) / (count - 3))
    return Correlation(count, value, tanh(middle - spread), tanh(middle + spread))


def spearman(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Spearman's coefficient, from -1 to 1; None where one of the two never differs."""
    firsts, seconds = ranks([first for first, _ in pairs]), ranks([second for _, second in pairs])
    middle = (len(pairs) + 1) / 2
    together = sum((one - middle) * (other - middle) for one, other in zip(firsts, seconds, strict=True))
    spreads = [sum((rank - middle) ** 2 for rank in each) for each in (firsts, seconds)]
    if not all(spreads):
        return None
    return max(-1.0, min(1.0, together / sqrt(spreads[0] * spreads[1])))


def ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value, 1 for the lowest; equal ones share the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    found = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for place in order[start:end]:
            found[place] = (start + 1 + end) / 2
        start = end
    return found

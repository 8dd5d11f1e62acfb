"""What a count of kept promises says of the share that is kept: exact bounds, and whether the share drifts.

The lower bound is that of Clopper and Pearson (Biometrika 26, 1934), one-sided: the share p at which so many or more would
have been kept with a probability of just 5 %. Whatever the true share is, the bound lies above it in at most 5 % of samples;
Wilson's, which is closer, breaks that: of 20 cases that are each kept with 88 %, in 7.8 %. With I the regularised
incomplete beta function,

    P(at least k of n | p) = I_p(k, n - k + 1)                                  (DLMF 8.17.5)

The drift is tested by the test for trend in proportions of Cochran (Biometrics 10, 1954) and Armitage (Biometrics 11, 1955).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, erfc, exp, isclose, lgamma, log, log1p, sqrt
from typing import Final, NamedTuple

CONFIDENCE: Final = 0.95
"""One-sided: of a hundred bounds at most five lie above the truth."""
DOUBT: Final = 1 - CONFIDENCE
SIGNIFICANT: Final = 0.05
"""A trend that chance alone would show less often than this (two-sided) is called a drift."""

_TINY: Final = 1e-300
_EXACT: Final = 1e-14
_HALVINGS: Final = 60
"""Of the span from 0 to 1: finer than a float tells apart."""
_MOST_TERMS: Final = 100_000
"""Of the continued fraction; it takes some ten times the square root of the count of cases."""


def lower_bound(kept: int, of: int) -> float:
    """The share that is kept at least, as far as `kept` of `of` show it with the confidence above; 0 where nothing does."""
    if kept == 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        share = (low + high) / 2
        if shows(kept, of, share):
            low = share
        else:
            high = share
    return low


def shows(kept: int, of: int, share: float) -> bool:
    """Whether `kept` of `of` show that at least `share` (above 0, below 1) is kept: whether the lower bound reaches it."""
    return kept > 0 and _at_least(kept, of, share) <= DOUBT


def refutes(kept: int, of: int, share: float) -> bool:
    """Whether `kept` of `of` show that less than `share` is kept: the same bound for what was not kept."""
    return shows(of - kept, of, 1 - share)


def fewest(share: float) -> int:
    """The number of cases that can show that `share` (above 0, below 1) is kept, if all of them were: 59 for 95 %.

    The least n with share ** n <= 5 %, as in Wilks (Annals of Mathematical Statistics 12, 1941).
    """
    return max(1, ceil(log(DOUBT) / log(share) - 1e-9))


class Drift(NamedTuple):
    """A trend in the share that was kept: `z` above 0 where it rises; `p_value` is two-sided."""

    z: float
    p_value: float

    @property
    def is_significant(self) -> bool:
        """Whether chance alone would hardly show it."""
        return self.p_value < SIGNIFICANT


def drift(kept: Sequence[int], of: Sequence[int]) -> Drift | None:
    """The trend over groups in order, e.g. months, by Cochran and Armitage with the scores 0, 1, 2 ...

    None where it can't be told: all or none was kept, or there is one group only.
    """
    total = sum(of)
    share = sum(kept) / total if total else 0.0
    mean = sum(place * count for place, count in enumerate(of)) / total if total else 0.0
    spread = sum(count * (place - mean) ** 2 for place, count in enumerate(of))
    variance = share * (1 - share) * spread
    if variance <= 0:
        return None
    trend = sum(
        (place - mean) * (done - count * share) for place, (done, count) in enumerate(zip(kept, of, strict=True))
    )
    z = trend / sqrt(variance)
    return Drift(z, erfc(abs(z) / sqrt(2)))


def _at_least(kept: int, of: int, share: float) -> float:
    """The probability of `kept` or more of `of`, each kept with the probability `share`."""
    if share <= 0 or share >= 1:
        return float(share >= 1)
    return _beta(share, kept, of - kept + 1)


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b), for x between 0 and 1 and a, b from 1 on."""
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    # The fraction converges fast on this side of the mean; the other side is one less its mirror image.
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of DLMF 8.17.22, by Lentz's method: numerators d1, d2, ... over ones."""
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MOST_TERMS):
        step = 1.0
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _not_zero(1 + numerator * d)
            c = _not_zero(1 + numerator / c)
            step = c * d
            value *= step
        if isclose(step, 1.0, rel_tol=_EXACT):
            return value
    raise ArithmeticError(f"found no end of the incomplete beta function of {a}, {b} at {x}")


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY

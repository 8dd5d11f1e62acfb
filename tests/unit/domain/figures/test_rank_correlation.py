"""Rank correlation: against worked examples from textbooks, and over many made sets with a relation and without one."""

from __future__ import annotations

from math import sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.figures.rank_correlation import FEWEST, Relation, correlation, ranks, spearman

STRIVING = (42, 46, 39, 37, 65, 88, 86, 56, 62, 92, 54, 81)
YIELDING = (0, 0, 1, 1, 3, 4, 5, 6, 7, 8, 8, 12)
"""S. Siegel, Nonparametric Statistics (1956), chapter 9: how often twelve students yielded to a group, and how much they
strive for status. Three pairs of ties; the squared differences of ranks are 109.5 together."""


def test_equal_values_share_the_mean_of_their_ranks() -> None:
    # Siegel's ranks of yielding.
    assert ranks(YIELDING) == [1.5, 1.5, 3.5, 3.5, 5, 6, 7, 8, 9, 10.5, 10.5, 12]


def test_the_coefficient_with_ties_is_siegels() -> None:
    # Sums of squares: (12^3 - 12) / 12 = 143 for striving, 143 - 3 * (2^3 - 2) / 12 = 141.5 for yielding;
    # (141.5 + 143 - 109.5) / (2 sqrt(141.5 * 143)), 0.6151; Siegel prints .616.
    found = spearman(list(zip(YIELDING, STRIVING, strict=True)))
    assert found == pytest.approx(175 / (2 * sqrt(141.5 * 143)))
    assert found == pytest.approx(0.616, abs=0.001)


def test_the_coefficient_without_ties_is_that_of_the_squared_differences() -> None:
    # The example of Wikipedia's article on the coefficient, ten people's IQ and hours of television:
    # the squared differences are 194 together, 1 - 6 * 194 / (10 * 99) = -29 / 165.
    iq = (106, 100, 86, 101, 99, 103, 97, 113, 112, 110)
    hours = (7, 27, 2, 50, 28, 29, 20, 12, 6, 17)
    assert spearman(list(zip(iq, hours, strict=True))) == pytest.approx(-29 / 165)


def test_the_interval_is_that_of_bonett_and_wright() -> None:
    # Twice Siegel's students: the same coefficient of 24 pairs, r = 0.61513. atanh r = 0.71724;
    # 1.95996 * sqrt((1 + r^2 / 2) / 21) = 1.95996 * sqrt(1.18919 / 21) = 0.46640;
    # tanh 0.25084 = 0.24571, tanh 1.18364 = 0.82864.
    found = correlation(list(zip(YIELDING, STRIVING, strict=True)) * 2)
    assert found.number == 24
    assert found[2:] == pytest.approx((0.2457, 0.8286), abs=2e-4)
    assert found.relation is Relation.RISES


def test_too_few_pairs_say_nothing() -> None:
    found = correlation([(each, each) for each in range(FEWEST - 1)])
    assert (found.value, found.relation) == (None, Relation.TOO_LITTLE)
    assert correlation([(each, each) for each in range(FEWEST)]).relation is Relation.RISES


def test_what_never_differs_says_nothing() -> None:
    assert correlation([(each, 1.0) for each in range(100)]).relation is Relation.TOO_LITTLE


def _made(seed: int, *, weight: float, size: int = 60) -> list[tuple[float, float]]:
    """Breaches of a case, 0 to 3, and a score of 1 to 5 from which each takes away `weight`; many are alike."""
    dice = Random(seed)
    breaches = [dice.choices((0, 1, 2, 3), (60, 25, 10, 5))[0] for _ in range(size)]
    return [(each, min(5, max(1, round(dice.gauss(4.0 - weight * each, 1.0))))) for each in breaches]


def test_where_there_is_no_relation_none_is_seen_in_about_95_of_100_sets() -> None:
    # Of 1,000 sets 50 are expected to look like one by chance, give or take 7; four times that is beyond chance.
    seen = sum(correlation(_made(seed, weight=0)).relation is not Relation.NONE_SEEN for seed in range(1_000))
    assert 50 - 28 <= seen <= 50 + 28


def test_where_there_is_a_relation_it_is_seen() -> None:
    found = [correlation(_made(seed, weight=1.0)).relation for seed in range(200)]
    assert found.count(Relation.FALLS) >= 195
    assert Relation.RISES not in found


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=40))
def test_only_the_order_of_values_matters_and_turning_one_round_turns_the_sign(pairs: list[tuple[int, int]]) -> None:
    plain = spearman(pairs)
    stretched = spearman([(first**3 + 5, second) for first, second in pairs])
    turned = spearman([(-first, second) for first, second in pairs])
    if plain is None:
        assert stretched is None
        assert turned is None
    else:
        assert stretched == pytest.approx(plain)
        assert turned == pytest.approx(-plain)

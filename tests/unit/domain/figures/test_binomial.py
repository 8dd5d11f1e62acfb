"""Bounds of a share and the test for trend, against published figures and against sampling from a known truth."""

from __future__ import annotations

from itertools import accumulate
from math import comb
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.figures.binomial import DOUBT, drift, fewest, lower_bound, refutes, shows


@pytest.mark.parametrize(
    ("kept", "of", "bound"),
    [
        # NIST/SEMATECH e-Handbook of Statistical Methods, 7.2.4.2: 4 of 20, exact two-sided 90 %: 0.071354 to 0.401029.
        # Each of its ends is a one-sided bound at 95 %; the upper one of 4 is the lower one of the other 16.
        (4, 20, 0.071354),
        (16, 20, 1 - 0.401029),
        # All of n: the n-th root of 5 %. 59 is the sample of Wilks: 0.05 ** (1 / 59) = 0.950492.
        (59, 59, 0.950492),
        (1, 1, 0.05),
        # One of n: 1 - 0.95 ** (1 / n), by hand: 1 - 0.95 ** (1 / 10) = 0.005116.
        (1, 10, 0.005116),
        (0, 10, 0.0),
        (0, 0, 0.0),
    ],
)
def test_the_bound_is_the_published_one(kept: int, of: int, bound: float) -> None:
    assert lower_bound(kept, of) == pytest.approx(bound, abs=1.5e-6)


@pytest.mark.parametrize(("share", "cases"), [(0.9, 29), (0.95, 59), (0.99, 299)])
def test_the_fewest_cases_are_those_of_wilks(share: float, cases: int) -> None:
    # Known as the 29, 59 and 299 of tolerance limits: ln 0.05 / ln share, rounded up (28.4, 58.4, 298.1).
    assert fewest(share) == cases
    assert shows(cases, cases, share)
    assert not shows(cases - 1, cases - 1, share)


@given(of=st.integers(1, 300), data=st.data())
def test_at_the_bound_so_many_or_more_have_a_probability_of_five_percent(of: int, data: st.DataObject) -> None:
    """The definition, by sums of the distribution in whole numbers instead of the beta function."""
    kept = data.draw(st.integers(1, of))
    p = lower_bound(kept, of)
    at_least = sum(comb(of, n) * p**n * (1 - p) ** (of - n) for n in range(kept, of + 1))
    assert at_least == pytest.approx(DOUBT, rel=1e-6)


@given(of=st.integers(1, 500), data=st.data())
def test_more_kept_shows_more_and_nothing_is_shown_and_refuted(of: int, data: st.DataObject) -> None:
    kept = data.draw(st.integers(0, of - 1))
    share = data.draw(st.floats(0.01, 0.99))
    assert lower_bound(kept, of) < lower_bound(kept + 1, of) < 1
    assert lower_bound(kept, of) <= kept / of
    assert not (shows(kept, of, share) and refutes(kept, of, share))


@pytest.mark.parametrize("truth", [0.5, 0.88, 0.95, 0.99])
@pytest.mark.parametrize("of", [20, 59, 200, 1_000])
def test_the_bound_holds_in_at_least_95_of_100_samples(of: int, truth: float) -> None:
    """4,000 samples each: their share strays by 0.35 % (one standard deviation at 95 %), so a bound that held in less
    than 95 % would be seen at 94 %. Wilson's holds in 92.2 % for 20 cases of 88 %, for all 20
    are kept in 0.88 ** 20 = 7.8 % of samples, and its bound is then 0.881."""
    random = Random(of * 1_000 + round(truth * 100))
    cumulated = list(accumulate(comb(of, n) * truth**n * (1 - truth) ** (of - n) for n in range(of + 1)))
    counts = random.choices(range(of + 1), cum_weights=cumulated, k=4_000)
    bounds = {kept: lower_bound(kept, of) for kept in set(counts)}
    assert sum(bounds[kept] <= truth for kept in counts) / 4_000 >= 0.94


@pytest.mark.parametrize("truth", [0.8, 0.88, 0.95, 0.99])
@pytest.mark.parametrize("of", [20, 59, 200])
def test_the_bound_holds_exactly_as_often_as_it_says_or_more(of: int, truth: float) -> None:
    """Not by sampling but by summing the probability of every count whose bound lies at or below the truth."""
    held = sum(
        comb(of, kept) * truth**kept * (1 - truth) ** (of - kept)
        for kept in range(of + 1)
        if lower_bound(kept, of) <= truth
    )
    assert held >= 0.95


def test_the_trend_is_the_one_r_finds() -> None:
    # The example of prop.trend.test in R's package stats (Fleiss, 1981: smokers among patients of four studies):
    # X-squared = 8.2249, df = 1, p-value = 0.004132. The share falls from 0.965 to 0.854.
    found = drift([83, 90, 129, 70], [86, 93, 136, 82])
    assert found is not None
    assert found.z**2 == pytest.approx(8.2249, abs=5e-5)
    assert found.p_value == pytest.approx(0.004132, abs=5e-7)
    assert (found.z < 0, found.is_significant) == (True, True)


@pytest.mark.parametrize(("kept", "of"), [([], []), ([3], [5]), ([5, 5], [5, 5]), ([0, 0], [3, 4]), ([0, 2], [0, 4])])
def test_without_two_groups_or_two_outcomes_there_is_no_trend_to_tell(kept: list[int], of: list[int]) -> None:
    assert drift(kept, of) is None


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=12))
def test_the_trend_backwards_is_the_same_with_the_other_sign(groups: list[tuple[int, int]]) -> None:
    kept, of = [done for done, _ in groups], [done + late for done, late in groups]
    forwards, backwards = drift(kept, of), drift(kept[::-1], of[::-1])
    assert (forwards is None) == (backwards is None)
    if forwards is not None and backwards is not None:
        assert forwards.z == pytest.approx(-backwards.z, abs=1e-9)


def test_without_a_drift_one_is_found_in_five_of_a_hundred() -> None:
    """2,000 histories of twelve months of 100 cases, each kept with 90 %: by chance alone 5 % are called a drift."""
    random = Random(7)
    found = [
        drift([sum(random.random() < 0.9 for _ in range(100)) for _ in range(12)], [100] * 12) for _ in range(2_000)
    ]
    share = sum(each is not None and each.is_significant for each in found) / 2_000
    # The standard deviation of the share is sqrt(0.05 * 0.95 / 2000) = 0.5 %.
    assert share == pytest.approx(0.05, abs=0.015)

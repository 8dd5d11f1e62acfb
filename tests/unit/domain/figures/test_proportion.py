"""Intervals around shares: the figures are those of R. G. Newcombe, "Two-sided confidence intervals for the single
proportion", Statistics in Medicine 17 (1998), table I, method 3 (the score interval)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.figures.proportion import Estimate, estimate


@pytest.mark.parametrize(
    ("found", "number", "lower", "upper"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_the_published_one(found: int, number: int, lower: float, upper: float) -> None:
    of_share = estimate(found, number)
    assert of_share[2:] == pytest.approx((lower, upper), abs=5e-5)


def test_nothing_is_said_of_nothing() -> None:
    assert estimate(0, 0) == Estimate(0, None, None, None)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_the_mean_lies_within_its_interval_and_that_within_0_and_1(values: list[float]) -> None:
    _, value, lower, upper = estimate(sum(values), len(values))
    assert value is not None
    assert lower is not None
    assert upper is not None
    assert 0 <= lower <= value + 1e-12
    assert value - 1e-12 <= upper <= 1

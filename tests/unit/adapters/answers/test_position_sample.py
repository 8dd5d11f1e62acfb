"""Positions that are chosen, counted out one by one beside the steps from each to the next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, create_engine, literal, select

from monitor.adapters.answers.position_sample import chosen_before, is_chosen

PRIME = 2**31 - 1
GOLDEN = 1_327_217_885


def stepped(end: int, one_in: int) -> list[int]:
    """What the steps come to."""
    with create_engine("sqlite://").connect() as connection:
        chosen = chosen_before(end, one_in)
        return [row.position for row in connection.execute(select(chosen.c.position)) if row.position < end]


@given(end=st.integers(1, 20_000), one_in=st.integers(2, 3_000))
def test_the_steps_lead_to_each_position_that_the_rule_chooses(end: int, one_in: int) -> None:
    """The rule: p g mod P lies below P / n."""
    assert stepped(end, one_in) == [p for p in range(end) if p * GOLDEN % PRIME < PRIME // one_in]


def test_one_in_so_many_is_chosen_of_any_run() -> None:
    """Of 100,000 positions one in 100: 1,000, and of each tenth of them 100, give or take one."""
    found = stepped(100_000, 100)
    assert len(found) == pytest.approx(1_000, abs=1)
    for start in range(0, 100_000, 10_000):
        assert sum(start <= position < start + 10_000 for position in found) == pytest.approx(100, abs=1)


@given(position=st.integers(0, 5_000_000_000), one_in=st.integers(2, 3_000))
def test_both_ways_choose_the_same_beyond_the_prime(position: int, one_in: int) -> None:
    with create_engine("sqlite://").connect() as connection:
        chosen = connection.scalar(select(is_chosen(literal(position, BigInteger), one_in)))
    assert bool(chosen) == (position * GOLDEN % PRIME < PRIME // one_in)

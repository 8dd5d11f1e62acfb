"""When hand-offs are a run-around, and what a clearing clears."""

from __future__ import annotations

from monitor.domain.figures.risk import Clearing, RiskFact, RiskFound, clearing_of, run_around
from monitor.domain.promises.risk_limits import RiskLimits
from monitor.domain.work.trail import Move

MOVES = [
    Move(10, "Ann", "Bea", is_between_teams=False, is_return=False),
    Move(20, "Bea", "Ann", is_between_teams=False, is_return=True),
    Move(30, "Ann", "Cy", is_between_teams=False, is_return=False),
]


def test_the_first_move_that_is_one_too_many_is_the_fact() -> None:
    assert run_around(RiskLimits(handoffs=2), MOVES) == (30, "hand-off 3, from Ann to Cy, more than 2")
    assert run_around(RiskLimits(returns=0), MOVES) == (20, "return 1, from Bea to Ann, more than 0")
    assert run_around(RiskLimits(handoffs=0, returns=0), MOVES) == (10, "hand-off 1, from Ann to Bea, more than 0")


def test_within_the_limits_and_without_any_there_is_none() -> None:
    assert run_around(RiskLimits(handoffs=3, returns=1), MOVES) is None
    assert run_around(RiskLimits(), MOVES) is None


def test_a_clearing_counts_for_what_happened_by_then_and_the_first_one_counts() -> None:
    found = RiskFound(20, "acme", RiskFact.BAD_WORD, "A", "2 of 5")
    early, same, late = (Clearing(at, "R. Finch", "we met") for at in (19, 20, 30))
    assert clearing_of(found, [late, early]) is late
    assert clearing_of(found, [late, same]) is same
    assert clearing_of(found, [early]) is None

"""What has come is counted, and given back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor.adapters.web.byte_budget import ByteBudget
from monitor.errors import TransientError


def test_requests_share_what_there_is() -> None:
    budget = ByteBudget(10)
    with budget.share() as take, budget.share() as take_too:
        take(6)
        take_too(4)
        with pytest.raises(TransientError, match="10 bytes"):
            take(1)


def test_what_a_request_took_is_given_back_however_it_ends() -> None:
    budget = ByteBudget(10)

    def read_and_fail(take: Callable[[int], None]) -> None:
        take(10)
        take(1)

    for _ in range(2):
        with pytest.raises(TransientError), budget.share() as take:
            read_and_fail(take)
    with budget.share() as take:
        take(10)

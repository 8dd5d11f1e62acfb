"""Numbers of things, as people read them."""

from __future__ import annotations

import pytest

from monitor.domain.number import number_of, plain_number_of


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0 cases"), (1, "1 case"), (2, "2 cases"), (1_234, "1,234 cases"), (1_000_000, "1,000,000 cases")],
)
def test_a_number_stands_before_its_noun_with_its_thousands_set_apart(number: int, said: str) -> None:
    assert number_of(number, "case") == said


def test_a_noun_with_a_plural_of_its_own_has_it() -> None:
    assert number_of(1, "touch", "touches") == "1 touch"
    assert number_of(2, "touch", "touches") == "2 touches"


def test_what_is_read_again_is_in_digits_alone() -> None:
    assert plain_number_of(1_000, "business day") == "1000 business days"
    assert plain_number_of(1, "business day") == "1 business day"

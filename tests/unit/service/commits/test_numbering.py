"""The numbers of the rows that a commit writes."""

from __future__ import annotations

from monitor.service.commits.numbering import Numbering


def test_numbers_follow_the_last_one_that_was_given() -> None:
    numbers = Numbering(7)
    assert (numbers.next(), list(numbers.take(3)), numbers.next(), numbers.last) == (8, [9, 10, 11], 12, 12)


def test_where_the_last_one_is_not_known_yet_they_go_down_from_none() -> None:
    numbers = Numbering(0, step=-1)
    assert (list(numbers.take(2)), numbers.next(), numbers.last) == ([-1, -2], -3, -3)


def test_no_rows_take_no_number() -> None:
    numbers = Numbering(7)
    assert (list(numbers.take(0)), numbers.last) == ([], 7)

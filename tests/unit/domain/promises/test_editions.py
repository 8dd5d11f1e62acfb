"""Editions of a book bound together. The instants are told by heart: the book's promises run around the clock."""

from __future__ import annotations

import pytest

from monitor.domain.hours.instant import HOUR_US
from monitor.domain.promises.editions import FROM_THE_BEGINNING, Edition, bind, in_force
from monitor.domain.promises.promise import Book, Kind, Subject
from monitor.testing import BOOK, MONDAY, small_book

NOON = MONDAY + 3 * HOUR_US


def _target(book: Book, at: int, client: str = "acme", tier: str | None = "gold") -> int | None:
    """What is promised for a first response that opens at an instant, in hours."""
    promise = book.terms(Subject(client, tier), at).of(Kind.FIRST_RESPONSE)
    if promise is None or promise.target is None:
        return None
    return (promise.target.due(at, promise.hours) - at) // HOUR_US


def _within(hours: int) -> Book:
    return small_book(BOOK.replace("within: 1h", f"within: {hours}h"))


def test_one_edition_is_its_book() -> None:
    book = small_book()
    assert bind([Edition(book)]) is book


def test_each_edition_governs_from_its_instant_until_the_next() -> None:
    book = bind([Edition(_within(1)), Edition(_within(2), MONDAY), Edition(_within(3), NOON)])
    assert [_target(book, at) for at in (MONDAY - 1, MONDAY, NOON - 1, NOON)] == [1, 2, 2, 3]


def test_a_promise_left_out_is_no_longer_made_and_was_made_before() -> None:
    without = small_book("\n".join(line for line in BOOK.splitlines() if "first_response" not in line))
    book = bind([Edition(_within(1)), Edition(without, NOON)])
    assert [_target(book, at) for at in (MONDAY, NOON)] == [1, None]


def test_a_restatement_takes_the_place_of_what_governed_since() -> None:
    book = bind([Edition(_within(1)), Edition(_within(2), NOON), Edition(_within(4), MONDAY)])
    assert [_target(book, at) for at in (MONDAY - 1, MONDAY, NOON)] == [1, 4, 4]
    assert _target(bind([Edition(_within(1)), Edition(_within(4), FROM_THE_BEGINNING)]), MONDAY) == 4


def test_editions_in_force_are_told_the_earliest_first() -> None:
    editions = [Edition(_within(1)), Edition(_within(2), NOON), Edition(_within(3), MONDAY)]
    assert in_force(editions) == [editions[0], editions[2]]


def test_a_client_has_the_tier_of_the_edition_that_governed() -> None:
    book = bind([Edition(small_book()), Edition(small_book(BOOK.replace("tier: silver", "tier: gold")), NOON)])
    assert [book.tier_of("umbra", at) for at in (MONDAY, NOON)] == ["silver", "gold"]
    assert book.tier_of("umbra") == "gold"
    assert [book.tier_of("acme", at) for at in (MONDAY, NOON)] == ["gold", "gold"]


def test_a_client_that_a_later_edition_brings_had_no_tier_before() -> None:
    more = BOOK.replace("  umbra:", "  zeta: {tier: gold}\n  umbra:")
    book = bind([Edition(small_book()), Edition(small_book(more), NOON)])
    assert [book.tier_of("zeta", at) for at in (MONDAY, NOON)] == [None, "gold"]


@pytest.mark.parametrize("status", ["waiting", "parked"])
def test_a_status_pauses_as_long_as_any_edition_knows_it(status: str) -> None:
    renamed = BOOK.replace("  waiting: {pauses: client}", "  parked: {pauses: client}")
    book = bind([Edition(small_book()), Edition(small_book(renamed), NOON)])
    assert status in book.statuses

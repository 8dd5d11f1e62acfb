"""The matters that are kept in memory."""

from __future__ import annotations

from monitor.domain.cases.matter import Matter
from monitor.service.matters.at_hand import AtHand, Held
from monitor.testing import small_book


def matter(name: str, *cases: str) -> Held:
    held = Held(name, Matter(small_book()))
    held.name_cases(cases)
    return held


def test_of_more_than_fit_the_one_not_used_for_longest_goes() -> None:
    at_hand = AtHand(limit=2)
    at_hand.put(matter("A"))
    at_hand.put(matter("B"))
    assert at_hand.get("A") is not None  # used last: B is the one that was not used for longest
    at_hand.put(matter("C"))
    assert at_hand.get("B") is None
    assert at_hand.get("A") is not None
    assert at_hand.get("C") is not None
    assert len(at_hand) == 2


def test_with_a_matter_its_cases_are_forgotten_but_not_those_that_another_has_by_now() -> None:
    at_hand = AtHand(limit=1)
    at_hand.put(matter("A", "A", "moved"))
    at_hand.put(matter("B", "B", "moved"))
    assert at_hand.name_of("A") is None
    assert at_hand.name_of("moved") == "B"
    at_hand.drop("B")
    assert at_hand.name_of("moved") is None

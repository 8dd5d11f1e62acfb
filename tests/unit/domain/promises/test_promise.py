"""Which promise applies to whom, and whose address it is."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.domain.facts.events import UNIDENTIFIED, Contact, Side
from monitor.domain.promises.knowledge import normal_address
from monitor.domain.promises.promise import Answer, Kind, Subject
from tests.unit.domain.builders import at, book, promise

ACME = Subject("acme", "gold", "high", "email", "tax", frozenset({"vip"}))


def chosen(*promises: Any, subject: Subject = ACME, when: str = "10:00") -> str | None:
    found = book(*promises).terms(subject, at(when)).of(Kind.RESOLVE)
    return None if found is None else f"{found.id} {found.version}"


def resolve(name: str, **options: Any) -> Any:
    return promise("resolve", "1h", id=name, **options)


# Which promise


def test_a_promise_to_the_client_beats_one_to_its_tier_and_one_to_everybody() -> None:
    assert chosen(resolve("all"), resolve("gold", tier="gold"), resolve("acme", client="acme")) == "acme 1"


def test_a_promise_to_the_tier_beats_one_to_everybody() -> None:
    assert chosen(resolve("all"), resolve("gold", tier="gold")) == "gold 1"


def test_among_equals_the_first_in_the_book_applies() -> None:
    assert chosen(resolve("narrow", priority=["high"]), resolve("wide")) == "narrow 1"


def test_conditions_do_not_beat_the_order_of_the_book() -> None:
    assert chosen(resolve("wide"), resolve("narrow", priority=["high"])) == "wide 1"


def test_a_condition_does_not_make_a_promise_to_everybody_beat_one_to_the_client() -> None:
    assert chosen(resolve("narrow", priority=["high"]), resolve("acme", client="acme")) == "acme 1"


def test_the_most_specific_that_covers_the_case_applies_not_the_most_specific_of_all() -> None:
    assert chosen(resolve("all"), resolve("acme", client="acme", priority=["low"])) == "all 1"


@pytest.mark.parametrize(
    ("conditions", "applies"),
    [
        ({"priority": ["high", "urgent"]}, True),
        ({"priority": ["low"]}, False),
        ({"channel": ["email"]}, True),
        ({"channel": ["call"]}, False),
        ({"service": ["tax"]}, True),
        ({"service": ["audit"]}, False),
        ({"tags": ["vip", "other"]}, True),
        ({"tags": ["other"]}, False),
        ({"priority": ["high"], "service": ["audit"]}, False),
    ],
)
def test_all_conditions_must_hold_each_by_any_of_its_values(conditions: dict[str, list[str]], *, applies: bool) -> None:
    assert (chosen(resolve("one", **conditions)) is not None) is applies


def test_a_case_that_says_nothing_of_itself_meets_no_condition() -> None:
    nothing = Subject("acme", "gold")
    for condition in ("priority", "channel", "service", "tags"):
        assert chosen(resolve("one", **{condition: ["high"]}), subject=nothing) is None


def test_a_promise_to_a_tier_is_not_for_a_client_without_one() -> None:
    assert chosen(resolve("gold", tier="gold"), subject=Subject("acme")) is None


@pytest.mark.parametrize(
    ("when", "version"), [("tue 09:59", "it 1"), ("tue 10:00", "it 2"), ("wed 09:59", "it 2"), ("wed 10:00", None)]
)
def test_a_version_holds_from_its_first_instant_to_before_its_last(when: str, version: str | None) -> None:
    old = resolve("it", ends_at=at("tue 10:00"))
    new = resolve("it", version=2, starts_at=at("tue 10:00"), ends_at=at("wed 10:00"))
    assert chosen(old, new, when=when) == version


def test_terms_say_how_long_they_hold() -> None:
    terms = book(resolve("a", starts_at=at("tue 10:00")), resolve("b", ends_at=at("wed 10:00"))).terms(
        ACME, at("wed 09:00")
    )
    assert (terms.starts_at, terms.ends_at) == (at("tue 10:00"), at("wed 10:00"))


def test_kinds_apply_side_by_side() -> None:
    terms = book(promise("own", "1h"), promise("resolve", "4h")).terms(ACME, at("10:00"))
    assert [terms.of(kind) is not None for kind in (Kind.OWN, Kind.RESOLVE, Kind.FIRST_RESPONSE)] == [True, True, False]


# What counts


@pytest.mark.parametrize(
    ("options", "counts"),
    [
        ({}, True),
        ({"channels": ["email"]}, True),
        ({"channels": ["call"]}, False),
        ({"authors": ["anna"]}, True),
        ({"authors": ["ben"]}, False),
        ({"channels": ["email"], "authors": ["ben"]}, False),
        ({"answered_by": [Answer.ASSIGNMENT]}, False),
        ({"answered_by": [Answer.ASSIGNMENT, Answer.CONTACT]}, True),
    ],
)
def test_a_contact_counts_on_the_channels_and_by_the_people_promised(options: dict[str, Any], *, counts: bool) -> None:
    contact = Contact(Side.FIRM, "email", "anna", genuine=True)
    assert promise("first_response", "1h", **options).counts(contact) is counts


# Whose address


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("ann@bolt.example", "bolt"),
        ("Ann@BOLT.example", "bolt"),
        ("  ann@bolt.example ", "bolt"),
        ("bob@bolt.example", UNIDENTIFIED),
        ("anybody@acme.example", "acme"),
        ("anybody@ACME.EXAMPLE", "acme"),
        ("anybody@sub.acme.example", UNIDENTIFIED),
        ("acme.example", UNIDENTIFIED),
        ("@acme.example", "acme"),
        ("+44 20 7946 0000", "acme"),
        ("+44 (0)20", UNIDENTIFIED),
        ("+44-20-7946-0000", "acme"),
        ("+44 20 7946 0001", UNIDENTIFIED),
        ("withheld", UNIDENTIFIED),
        ("", UNIDENTIFIED),
        (None, UNIDENTIFIED),
    ],
)
def test_an_address_finds_its_client_and_nobody_is_unidentified(address: str | None, client: str) -> None:
    assert book().client_of(address) == client


def test_a_telephone_number_is_its_digits_and_its_plus() -> None:
    assert normal_address(" +44 (20) 7946-0000 ") == "+442079460000"


def test_a_robot_is_one_in_whatever_case() -> None:
    assert [book().is_robot(name) for name in ("Robot", "anna", None)] == [True, False, False]


def test_a_client_the_book_does_not_list_has_no_tier() -> None:
    assert [book().tier_of(client) for client in ("acme", "zeta")] == ["gold", None]

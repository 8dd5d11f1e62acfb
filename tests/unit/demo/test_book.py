"""The demonstration's promise book: a dozen clients, thirty people, every kind of promise, and nothing real in it."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from monitor.demo.firm import BOOK_PATH, SOLD_ON_PARTNERS, Firm, demonstration_book
from monitor.demo.openings import CHANNELS, MATTERS, OPENINGS
from monitor.demo.season import WEEK_US, Seasons
from monitor.demo.simulate import CLOSED, SIZES
from monitor.demo.stories import WAITS_FOR_CLIENT, WAITS_FOR_OTHERS
from monitor.domain.promises.knowledge import Party
from monitor.domain.promises.promise import Kind
from monitor.domain.promises.promised_amends import STEPS
from monitor.wire.book import read_entries

TEXT: Final = BOOK_PATH.read_text(encoding="utf-8")

PLAY_NUMBERS: Final = (
    r"\+442079460\d{3}",  # Ofcom: London numbers for drama
    r"\+441632960\d{3}",  # Ofcom: no area
    r"\+493023125\d{3}",  # Bundesnetzagentur: Berlin numbers for media productions
    r"\+492214710\d{3}",  # Bundesnetzagentur: Cologne
    r"\+121255501\d{2}",  # NANPA: 555-0100 to 555-0199
    r"\+612555\d{5}",  # ACMA: 5550 xxxx in the east
    r"\+3532091\d{5}",  # ComReg: 020 91x xxxx
)
"""Telephone numbers that are nobody's."""


def test_there_are_a_dozen_clients_in_three_tiers_and_several_zones() -> None:
    clients = demonstration_book().clients.values()
    assert len(clients) == 12
    assert Counter(client.tier for client in clients).keys() == {"gold", "silver", "bronze"}
    assert len({client.zone for client in clients}) >= 5


def test_there_are_thirty_people_of_five_grades() -> None:
    book = demonstration_book()
    assert len(book.staff) == 30
    assert {person.grade for person in book.staff.values()} == set(book.grades)
    assert len(book.grades) == 5


def test_every_kind_is_promised_to_somebody() -> None:
    kinds = {promise.kind for promise in demonstration_book().promises}
    assert kinds == set(Kind) - {Kind.HAND_DOWN, *STEPS}


def test_every_step_of_owning_a_breach_is_owed_to_somebody() -> None:
    assert {step for rule in demonstration_book().breach_rules for step in rule.steps} == set(STEPS)


def test_partners_are_promised_to_one_client_by_name() -> None:
    promises = {promise.id: promise for promise in read_entries(TEXT, str(BOOK_PATH)).promises}
    promise = promises["brightwater-partners"]
    assert promise.whom is not None
    assert promise.whom.client == SOLD_ON_PARTNERS
    assert getattr(promise, "at_least", None) == "partner"


def test_addresses_and_numbers_belong_to_nobody_real() -> None:
    for contact in demonstration_book().contacts:
        if "@" in contact:
            assert contact.endswith(".example")
        else:
            assert any(re.fullmatch(pattern, contact) for pattern in PLAY_NUMBERS), contact


def test_the_stories_use_only_names_that_the_book_defines() -> None:
    book = demonstration_book()
    for status in WAITS_FOR_CLIENT:
        assert book.statuses[status].party is Party.CLIENT
    for status in WAITS_FOR_OTHERS:
        assert book.statuses[status].party is Party.THIRD_PARTY
    tiers = {client.tier for client in book.clients.values()}
    assert tiers == CLOSED.keys() == SIZES.keys()
    assert OPENINGS.keys() == CHANNELS.keys()
    services = {service for promise in book.promises for service in promise.when.service or ()}
    assert services <= MATTERS.keys()


def test_every_client_has_an_address_and_a_number() -> None:
    firm = Firm(demonstration_book(), Seasons(0, WEEK_US), 1)
    for desk in firm.clients.values():
        assert all(demonstration_book().client_of(contact) == desk.id for contact in (*desk.addresses, *desk.numbers))
        assert desk.addresses
        assert desk.numbers


def test_each_client_keeps_the_hours_of_its_own_zone() -> None:
    book = demonstration_book()
    firm = Firm(book, Seasons(0, WEEK_US), 1)
    zones = {name: desk.hours.zone for name, desk in firm.clients.items()}
    dublin = {name: "Europe/London" for name, client in book.clients.items() if client.zone == "Europe/Dublin"}
    assert zones == {name: client.zone for name, client in book.clients.items()} | dublin

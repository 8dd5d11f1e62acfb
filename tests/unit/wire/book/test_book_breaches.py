"""The book's section `breaches`: what becomes of it, and what is wrong with it. Expected sums are worked by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from monitor.domain.hours.instant import HOUR_US, SECOND_US
from monitor.domain.hours.period import PeriodKind
from monitor.domain.hours.target import BusinessDays, DayRule, WorkingDuration
from monitor.domain.promises.promise import Kind
from monitor.domain.promises.promised_amends import BreachRule, CreditRule
from monitor.errors import ConfigError
from monitor.wire.book import read_book

HEAD = """book: Alder & Finch
hours: always
zone: Europe/London
clients: {acme: {tier: gold}}
"""


def rules_of(section: str) -> dict[str, BreachRule]:
    return {rule.id: rule for rule in read_book(HEAD + section, "book.yaml").breach_rules}


def faults_of(section: str) -> list[tuple[str, str, str]]:
    with pytest.raises(ConfigError) as caught:
        read_book(HEAD + section, "book.yaml")
    return [(fault.key, fault.found, fault.expected) for fault in caught.value.faults]


def owed(entry: str, head: str = "currency: GBP") -> str:
    return f"breaches:\n  {head}\n  owed:\n    - {entry}\n"


def test_a_book_without_the_section_owes_nothing() -> None:
    assert rules_of("") == {}


def test_an_entry_becomes_a_promise_for_each_of_its_steps() -> None:
    rule = rules_of(owed("{id: a, for: {tier: gold}, acknowledge: 2h, explain: 1 business day, days: end_of_day}"))["a"]
    assert {kind: promise.target for kind, promise in rule.steps.items()} == {
        Kind.ACKNOWLEDGE: WorkingDuration(2 * HOUR_US),
        Kind.EXPLAIN: BusinessDays(1, DayRule.END_OF_DAY),
    }
    assert {(promise.id, promise.kind, promise.tier) for promise in rule.steps.values()} == {
        ("a", Kind.ACKNOWLEDGE, "gold"),
        ("a", Kind.EXPLAIN, "gold"),
    }
    assert rule.kinds is None


def test_causes_are_compared_without_capital_letters() -> None:
    assert rules_of(owed("{id: a, explain: 2h}", "causes: [Overlooked, too few people]"))["a"].causes == {
        "overlooked",
        "too few people",
    }


def test_a_credit_is_a_sum_or_a_percentage_of_a_fee() -> None:
    sums = "{id: a, remedy: 2h, credit: {amount: 50.50, at_most: 200, each: quarter}}"
    assert rules_of(owed(sums))["a"].credit == CreditRule(
        Decimal("50.50"), "GBP", Decimal(200), PeriodKind.QUARTER, "Europe/London"
    )
    # 2.5 % of 1,999 is 49.975, to the cent 49.98 (halves to even: 49.975 -> 49.98).
    share = rules_of(owed("{id: a, remedy: 2h, credit: {share: 2.5%, fee: 1999}}"))["a"].credit
    assert share is not None
    assert (share.amount, share.at_most, share.each) == (Decimal("49.98"), None, PeriodKind.MONTH)


def test_a_later_version_governs_from_its_own_day_on() -> None:
    section = """breaches:
  owed:
    - {id: a, tell: 1h}
    - {id: a, version: 2, from: 2026-03-01, tell: 2h}
"""
    rules = read_book(HEAD + section, "book.yaml").breach_rules
    first, second = (rule.scope for rule in rules)
    # Midnight of 1 March 2026 in London, which is at UTC then.
    assert first.ends_at == second.starts_at == 1_772_323_200 * SECOND_US


@pytest.mark.parametrize(
    ("section", "key", "found"),
    [
        (owed("{id: a}"), "breaches.owed[0]", "no step that is owed"),
        (owed("{id: a, acknowledge: soon}"), "breaches.owed[0].acknowledge", '"soon"'),
        (owed("{id: a, acknowledge: 1h, colour: red}"), "breaches.owed[0].colour", "the unknown key `colour`"),
        (
            owed("{id: a, acknowledge: 1h, for: {client: nobody}}"),
            "breaches.owed[0].for.client",
            'the unknown client "nobody"',
        ),
        (owed("{id: a, acknowledge: 1h, for: {tier: lead}}"), "breaches.owed[0].for.tier", 'the unknown tier "lead"'),
        (owed("{id: a, acknowledge: 1h, hours: nowhere}"), "breaches.owed[0].hours", 'the unknown calendar "nowhere"'),
        (owed("{id: a, acknowledge: 1h, of: tell}"), "breaches.owed[0].of", '"tell"'),
        (
            owed("{id: a, acknowledge: 1h, despite_excuse: tell}"),
            "breaches.owed[0].despite_excuse",
            "tell, which is not owed",
        ),
        (
            owed("{id: a, acknowledge: 1h, days: end_of_day}"),
            "breaches.owed[0].days",
            "it without a step in business days",
        ),
        (
            owed("{id: a, acknowledge: 1h, credit: {amount: 5}}"),
            "breaches.owed[0].credit",
            "a credit that nobody has to give",
        ),
        (owed("{id: a, remedy: 1h, credit: {}}"), "breaches.owed[0].credit", "neither a sum nor a percentage"),
        (owed("{id: a, remedy: 1h, credit: {share: 5%}}"), "breaches.owed[0].credit", "only one of `share` and `fee`"),
        (
            owed("{id: a, remedy: 1h, credit: {amount: 5, each: year}}"),
            "breaches.owed[0].credit",
            "year without a limit",
        ),
        (
            owed("{id: a, remedy: 1h, credit: {amount: 50, at_most: 20}}"),
            "breaches.owed[0].credit",
            "at most 20, less than one breach costs",
        ),
        (owed("{id: a, remedy: 1h, credit: {amount: -5}}"), "breaches.owed[0].credit.amount", '"-5"'),
        (owed("{id: a, remedy: 1h, credit: {amount: 5}}", "causes: [one]"), "breaches", "credits without a currency"),
        (owed("{id: a, remedy: 1h}", "currency: pounds"), "breaches.currency", '"pounds"'),
        (owed("{id: a, explain: 1h}", "causes: [One, one]"), "breaches.causes[1]", '"one" a second time'),
        ("breaches: {currency: GBP}\n", "breaches", "nothing that is owed"),
        (
            owed("{id: a, tell: 1h}\n    - {id: b, tell: 2h}"),
            "breaches.owed[1].id",
            "b, which ties with a on line 8",
        ),
        (
            owed("{id: a, of: [resolve, own], tell: 1h}\n    - {id: b, of: own, tell: 2h}"),
            "breaches.owed[1].id",
            "b, which can never match: a on line 8 takes every case first",
        ),
        (
            owed("{id: a, tell: 1h}\n    - {id: a, tell: 2h}"),
            "breaches.owed[1].id",
            "a, version 1, a second time",
        ),
    ],
)
def test_each_fault_is_said_where_it_is(section: str, key: str, found: str) -> None:
    assert [(each[0], each[1]) for each in faults_of(section)] == [(key, found)]


def test_entries_for_other_kinds_or_people_stand_beside_each_other() -> None:
    section = owed(
        "{id: a, of: resolve, tell: 1h}\n    - {id: b, tell: 2h}\n    - {id: c, for: {tier: gold}, tell: 2h}"
    )
    assert set(rules_of(section)) == {"a", "b", "c"}

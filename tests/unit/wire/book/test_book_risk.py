"""The book's section `risk`: what becomes of it, and what is wrong with it."""

from __future__ import annotations

import pytest

from monitor.domain.hours.instant import HOUR_US
from monitor.domain.promises.risk_limits import RiskLimits
from monitor.errors import ConfigError
from monitor.wire.book import read_book

HEAD = "book: Alder & Finch\nhours: always\ngrades: [senior]\n"


def faults_of(section: str) -> list[tuple[str, str, str]]:
    with pytest.raises(ConfigError) as caught:
        read_book(HEAD + section, "book.yaml")
    return [(fault.key, fault.found, fault.expected) for fault in caught.value.faults]


def test_a_book_without_the_section_looks_at_nothing() -> None:
    assert read_book(HEAD, "book.yaml").risk is None


def test_limits_are_read_and_what_is_left_out_is_not_looked_at() -> None:
    section = "risk: {handoffs: 4, returns: 0, silent_after: 72h, score_below: 50%}\n"
    assert read_book(HEAD + section, "book.yaml").risk == RiskLimits(
        handoffs=4, returns=0, silent_after=72 * HOUR_US, score_below=0.5
    )


def test_every_fact_can_be_looked_at() -> None:
    section = (
        "promises: [{id: seniors, kind: seniority, at_least: senior}]\n"
        "breaches: {owed: [{id: own-up, acknowledge: 1h}]}\n"
        "risk: {unowned_after: 24h, below_grade: true}\n"
    )
    limits = read_book(HEAD + section, "book.yaml").risk
    assert limits == RiskLimits(unowned_after=24 * HOUR_US, below_grade=True)


@pytest.mark.parametrize(
    ("section", "key", "found"),
    [
        ("risk: {below_grade: false}\n", "risk", "no fact that is looked at"),
        ("risk: {unowned_after: 4h}\n", "risk.unowned_after", "a time for owning breaches"),
        ("risk: {below_grade: true}\n", "risk.below_grade", "it without a promise"),
        ("risk: {handoffs: -1}\n", "risk.handoffs", '"-1"'),
        ("risk: {score_below: 150%}\n", "risk.score_below", '"150%"'),
        ("risk: {silent_after: soon}\n", "risk.silent_after", '"soon"'),
    ],
)
def test_what_can_not_come_about_is_a_fault(section: str, key: str, found: str) -> None:
    ((where, what, _),) = faults_of(section)
    assert (where, what) == (key, found)

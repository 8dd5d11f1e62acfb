"""Shares of the work over periods, asked of the journal on every database; worked by hand.

Gold clients are promised three fifths of the minutes by seniors each quarter, umbra half of the touches each month. Ann is a
senior, Bea a trainee; of Zoe nobody knows anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

import orjson
import pytest

from monitor.adapters.answers.answering import Asked, ask_for_all
from monitor.adapters.journal.location import Location
from monitor.domain.hours.instant import DAY_US, HOUR_US, InstantUs, format_instant, parse_instant
from monitor.service.editions.shelf import BookText, Offer
from monitor.testing import cloud_event, judge_what_is_left
from monitor.wire.questions import table
from tests.contract.test_shares import Journal

BOOK: Final = """
book: Test & Sons
from: 2020-01-01
zone: UTC
hours: always
tiers: [gold, silver]
grades: [trainee, senior]
staff:
  Ann: {grade: senior, joined: 2020-01-01}
  Bea: {grade: trainee, joined: 2026-01-01}
clients:
  acme: {tier: gold, zone: America/New_York}
  umbra: {tier: silver}
promises:
  - {id: seniors, kind: seniority, for: {tier: gold}, at_least: senior, share: 60%, over: quarter}
  - {id: half, kind: seniority, for: {client: umbra}, at_least: senior, share: 50%, of: touches, over: month}
  - {id: first, kind: first_response, within: 1h, share: 50%, each: month}
"""

MAY: Final = parse_instant("2026-05-04T09:00:00Z")
WORK: Final = ("state", "share", "lower", "upper", "fit", "below", "in_doubt")


@pytest.fixture
def journal(any_database: Location) -> Iterator[Journal]:
    opened = Journal(any_database, BOOK)
    yield opened
    opened.store.close()


def _worked(case: str, at: InstantUs, person: str, minutes: int, client: str = "acme") -> bytes:
    return cloud_event(
        "work.logged", case, at, f"{case}-{at}-{person}", client=client, person=person, seconds=minutes * 60
    )


def _opened(case: str, at: InstantUs, client: str = "acme") -> bytes:
    return cloud_event("ticket.opened", case, at, f"{case}-opened", client=client)


def _told(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names or WORK)


def test_the_minutes_of_all_cases_of_a_quarter_are_one_share(journal: Journal) -> None:
    journal.take(
        _opened("A", MAY),
        _worked("A", MAY + HOUR_US, "Ann", 90),
        _opened("B", MAY),
        _worked("B", MAY + HOUR_US, "Bea", 30),
        _worked("B", MAY + HOUR_US, "Zoe", 30),
        at=MAY + DAY_US,
    )
    row = journal.share("acme", "seniors")
    # 90 of the 120 of whom it is known are 75 %; of all 150 60 %, with Zoe's 80 %.
    assert _told(row) == ("on_course", 0.75, 0.6, 0.8, 90.0, 30.0, 30.0)
    assert _told(row, "period", "promised", "measure", "kind") == ("2026-Q2", 0.6, "minutes", "seniority")
    assert _told(row, "starts", "ends", "zone") == ("2026-04-01T04:00:00Z", "2026-07-01T04:00:00Z", "America/New_York")
    assert _told(row, "kept", "broken", "unknown", "waiting", "excused", "void") == (None,) * 6
    # Of 120 minutes 48 may be others'; 30 were, 0.625 of that. On 5 May at 09:00Z, 34 days and 5 hours of the quarter's 91 days
    # have passed: 821 hours of 2184, in which 319.2 minutes come of 120, and with those in doubt others may do 139.7.
    assert _told(row, "allowed", "left", "pace", "in_a_row") == (48.0, 18.0, 0.625, 0.0)
    assert row["allowed_by_end"] == pytest.approx(0.4 * (120 * 2184 / 821 + 30))
    assert row["left_by_end"] == pytest.approx(0.4 * (120 * 2184 / 821 + 30) - 30)
    # An hour of Bea's more: 90 of 180.
    journal.take(_worked("A", MAY + DAY_US, "Bea", 60), at=MAY + 2 * DAY_US)
    assert _told(journal.share("acme", "seniors"))[:2] == ("at_risk", 0.5)


def test_no_case_owes_anything_for_it(journal: Journal) -> None:
    journal.take(_opened("A", MAY), _worked("A", MAY + HOUR_US, "Bea", 90), at=MAY + DAY_US)
    journal.take(cloud_event("ticket.closed", "A", MAY + DAY_US, "closed"), at=MAY + 2 * DAY_US)
    assert [row["kind"] for row in _rows(journal, table.VERDICTS)] == ["first_response"]


def _rows(journal: Journal, question: Any, **parameters: Any) -> list[dict[str, Any]]:
    asked = Asked(question, question.parameters.model_validate(parameters), journal.now)
    return [row for answer in ask_for_all(journal.store._engine.connect, asked) for row in answer.rows]


def test_a_period_that_is_over_is_kept_missed_or_unknown_and_without_work_has_no_value(journal: Journal) -> None:
    """Umbra's months, half of the touches: January one of two, February one of three, March one of two and one in doubt."""
    for month, people in {
        1: ("Ann", "Bea"),
        2: ("Ann", "Bea", "Bea"),
        3: ("Ann", "Bea", "Zoe"),
        4: (),
        5: ("Bea",),
    }.items():
        first = parse_instant(f"2026-{month:02}-10T09:00:00Z")
        worked = [_worked(f"U{month}", first + n * HOUR_US, who, 5, "umbra") for n, who in enumerate(people, 1)]
        journal.take(_opened(f"U{month}", first, "umbra"), *worked, at=first + DAY_US)
    rows = journal.shares(client="umbra", promise="half", since="2026-01-01")
    assert [_told(row, "period", *WORK) for row in rows] == [
        ("2026-01", "kept", 0.5, 0.5, 0.5, 1, 1, 0),
        ("2026-02", "missed", 0.333333, 0.333333, 0.333334, 1, 2, 0),
        ("2026-03", "unknown", 0.5, 0.333333, 0.666667, 1, 1, 1),
        ("2026-04", "no_value", None, None, None, 0, 0, 0),
        ("2026-05", "at_risk", 0.0, 0.0, 0.0, 0, 1, 0),
    ]
    assert {row["period"] for row in journal.shares(promise="half", since="2026-01-01", state="missed")} == {"2026-02"}
    assert [row["promise"] for row in journal.shares(client="umbra")] == ["first", "half"]


def test_the_turn_of_the_quarter_is_the_clients_own(journal: Journal) -> None:
    """The second quarter of 2026 begins on 1 April at 04:00Z in New York."""
    turn = parse_instant("2026-04-01T04:00:00Z")
    journal.take(
        _opened("A", turn - HOUR_US),
        _worked("A", turn - 1, "Bea", 30),
        _worked("A", turn, "Ann", 10),
        at=turn + DAY_US,
    )
    rows = journal.shares(client="acme", promise="seniors", since="2026-03-01")
    assert [_told(row, "period", "state", "fit", "below") for row in rows] == [
        ("2026-Q1", "missed", 0.0, 30.0),
        ("2026-Q2", "on_course", 10.0, 0.0),
    ]
    # The running quarter alone reads the whole of it, and nothing before.
    assert _told(journal.share("acme", "seniors"), "fit", "below") == (10.0, 0.0)


def test_a_client_without_work_has_a_row_and_one_the_book_does_not_know_only_with_work(journal: Journal) -> None:
    journal.take(_opened("A", MAY, "stranger"), _worked("A", MAY, "Bea", 30, "stranger"), at=MAY + DAY_US)
    assert _told(journal.share("acme", "seniors"), "state", "fit") == ("no_value", 0.0)
    assert journal.shares(kind="seniority", client="stranger") == []  # nothing of the kind is promised to everybody


def test_late_work_and_late_news_of_grades_change_later_answers_only(journal: Journal) -> None:
    journal.take(_opened("A", MAY), _worked("A", MAY + HOUR_US, "Bea", 30), at=MAY + DAY_US)
    before = journal.page(client="acme")
    late = _worked("A", MAY + 2 * HOUR_US, "Ann", 60)
    promoted = cloud_event("staff.changed", None, MAY, "s1", person="Bea", grade="senior")
    journal.take(late, at=journal.now + HOUR_US)
    assert _told(journal.share("acme", "seniors"), "share", "state") == (0.666666, "on_course")
    journal.take(promoted, at=journal.now + HOUR_US)
    assert _told(journal.share("acme", "seniors"), "share", "fit") == (1.0, 90.0)
    again = journal.page(client="acme", as_of=format_instant(before.as_of))
    assert again.rows == before.rows
    assert [_told(row, "share", "below") for row in before.rows if row["promise"] == "seniors"] == [(0.0, 30.0)]


def test_of_editions_with_different_shares_the_newest_counts(journal: Journal) -> None:
    journal.take(
        _opened("A", MAY),
        _worked("A", MAY + HOUR_US, "Ann", 70),
        _worked("A", MAY + HOUR_US, "Bea", 30),
        at=MAY + DAY_US,
    )
    before = journal.page(client="acme")
    journal.now += 1
    text = BOOK.replace("share: 60%", "share: 80%")
    journal.point.apply(Offer(BookText(text, "new.yaml"), "Ann", "more"), journal.now)
    judge_what_is_left(journal.point, journal.now)
    assert _told(journal.share("acme", "seniors"), "promised", "share", "state") == (0.8, 0.7, "at_risk")
    assert journal.page(client="acme", as_of=format_instant(before.as_of)).rows == before.rows


def test_people_are_told_beside_what_was_promised_of_the_period(journal: Journal) -> None:
    journal.take(
        _opened("A", MAY),
        _worked("A", MAY + HOUR_US, "Ann", 90),
        _worked("A", MAY + HOUR_US, "Bea", 60),
        at=MAY + DAY_US,
    )
    rows = _rows(journal, table.PEOPLE, client="acme", since="2026-04-01T04:00:00Z")
    columns = ("grade", "promise", "measure", "promised_share", "delivered_share", "seconds_as_promised")
    assert [_told(row, *columns) for row in rows] == [
        ("trainee", "seniors", "minutes", 0.6, 0.6, 0),
        ("senior", "seniors", "minutes", 0.6, 0.6, 5_400),
    ]
    assert rows[0]["promised"] == "60 % of the minutes each quarter, at least senior"
    assert {row["as_promised"] for row in _rows(journal, table.TOUCHES, person="Bea")} == {"no"}


@pytest.mark.parametrize("seed", range(3))
def test_in_whatever_order_things_are_told_the_shares_are_the_same_and_as_of_then_they_stay(
    journal: Journal, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    events = [_opened(f"C{n}", MAY + n, client) for n, client in enumerate(("acme", "umbra", "acme", "umbra"))]
    for number in range(20):
        at = MAY + random.randrange(80) * DAY_US
        data = {"person": random.choice(["Ann", "Bea", "Zoe"]), "seconds": random.randrange(1, 100) * 60}
        events.append(cloud_event("work.logged", f"C{random.randrange(4)}", at, f"w{number}", **data))
    events.append(cloud_event("staff.changed", None, MAY + 20 * DAY_US, "s", person="Zoe", grade="senior"))
    other = Journal(Location(tmp_path / "other.db"), BOOK)
    told = _tell(journal, random.sample(events, len(events)))
    told_otherwise = _tell(other, random.sample(events, len(events)))
    assert len(set(told.values())) > 5
    assert told[max(told)] == told_otherwise[max(told_otherwise)]
    for as_of, rows in told.items():
        assert _answer(journal, as_of=format_instant(as_of))[1] == rows
    other.store.close()


def _tell(journal: Journal, events: list[bytes]) -> dict[InstantUs, bytes]:
    """The answer after each event, by the instant it stands as of."""
    answers = {}
    for number, event in enumerate(events):
        journal.take(event, at=MAY + 90 * DAY_US + number)
        as_of, rows = _answer(journal)
        answers[as_of] = rows
    return answers


def _answer(journal: Journal, **parameters: Any) -> tuple[InstantUs, bytes]:
    page = journal.page(since="2026-01-01", kind="seniority", **parameters)
    return page.as_of, orjson.dumps(page.rows)

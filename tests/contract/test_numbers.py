"""The question of the four numbers, asked of the journal on every database. Everything runs around the clock.

A first response is promised within an hour, and acme believes it was told half an hour.
"""

from __future__ import annotations

from random import Random
from typing import Any, Final

from monitor.adapters.journal.location import Location
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs, format_instant, parse_instant
from monitor.domain.hours.period import period_named
from monitor.service.editions.shelf import BookText, Offer
from monitor.testing import arrivals, cloud_event, judge_what_is_left
from monitor.wire.questions import table
from tests.contract.growing import GrowingJournal, cells, on_each_database

BOOK: Final = """
book: Test & Sons
from: 2020-01-01
zone: UTC
hours: always
tiers: [gold, silver]
grades: [junior, senior]
staff:
  Ann: {grade: senior}
clients:
  acme: {tier: gold, zone: America/New_York}
  umbra: {tier: silver}
promises:
  - {id: gold-first, kind: first_response, for: {tier: gold}, within: 1h, expected: 30m}
  - {id: first, kind: first_response, within: 1h, share: 50%, each: week}
  - {id: done, kind: resolve, for: {client: acme}, within: 3 days, expected: 5h}
  - {id: seniors, kind: seniority, for: {client: acme}, at_least: senior}
"""
JULY: Final = parse_instant("2026-07-10T09:00:00Z")


class Journal(GrowingJournal):
    """A journal that grows, and can be asked for numbers."""

    def __init__(self, database: Location, book: str = BOOK) -> None:
        super().__init__(database, book, 0)

    def take(self, *events: bytes, at: InstantUs) -> None:
        self.now = max(self.now + 1, at)
        self.point.take(arrivals(events), self.now)
        self.pass_until(self.now)

    def case(self, client: str, opened: InstantUs, minutes: int | None) -> str:
        """A case that was answered after so many minutes by Ann, or not at all."""
        case = f"{client}-{self.next_number()}"
        events = [cloud_event("ticket.opened", case, opened, f"{case}-1", client=client)]
        if minutes is not None:
            events.append(cloud_event("email.sent", case, opened + minutes * MINUTE_US, f"{case}-2", author="Ann"))
        self.take(*events, at=opened + (minutes or 0) * MINUTE_US)
        return case

    def numbers(self, **parameters: Any) -> list[dict[str, Any]]:
        return self.rows(table.NUMBERS, **parameters)

    def number(self, promise: str, **parameters: Any) -> dict[str, Any]:
        [row] = self.numbers(promise=promise, **parameters)
        return row


journal = on_each_database(Journal)


def test_four_numbers_of_four_answers(journal: Journal) -> None:
    """After 10, 20, 40 and 90 minutes: three within the hour, two within the half hour that is expected."""
    for minutes in (10, 20, 40, 90):
        journal.case("acme", JULY, minutes)
    row = journal.number("gold-first", client="acme", period="2026-07")
    assert cells(row, "promised_seconds", "expected_seconds", "is_expected_said") == (3600, 1800, True)
    assert cells(row, "kept", "broken", "of", "share") == (3, 1, 4, 0.75)
    assert cells(row, "within_expected", "expected_share", "kept_unexpected") == (2, 0.5, 1)
    # Half of four took 20 minutes at most; 95 of 100 of four are all four.
    assert cells(row, "median_seconds", "percentile_95_seconds", "measured") == (1200, 5400, 4)
    assert row["state"] == "missed"
    # Of four cases nothing can be shown at 95 %: it takes 59.
    assert cells(row, "finding", "attainable", "attainable_lower", "attainable_of") == ("too_few", None, None, 4)


def test_what_was_attainable_is_the_tightest_time_the_past_shows(journal: Journal) -> None:
    """Of 59 answers after 25 minutes each all are kept within 25 minutes: just enough for 95 % (Wilks 1941)."""
    for number in range(59):
        journal.case("acme", JULY + number * MINUTE_US, 25)
    row = journal.number("gold-first", client="acme", period="2026-07")
    assert cells(row, "finding", "attainable_seconds", "attainable_kept", "attainable_of") == (
        "attainable",
        1500,
        59,
        59,
    )
    assert cells(row, "circle", "circle_name", "attainable_share") == ("client", "acme", 0.95)


def test_kept_and_not_as_expected_is_a_state_of_its_own(journal: Journal) -> None:
    journal.case("acme", JULY, 20)
    assert journal.number("gold-first", client="acme", period="2026-07")["state"] == "kept"
    journal.case("acme", JULY, 50)
    [row] = journal.numbers(client="acme", period="2026-07", state="expectation_missed")
    assert cells(row, "promise", "kept", "of", "within_expected") == ("gold-first", 2, 2, 1)


def test_what_is_open_and_late_takes_longer_than_anything_that_ended(journal: Journal) -> None:
    """Answers after 10 and 20 minutes and none: the middle one of three is 20 minutes; the last nobody knows yet."""
    for minutes in (10, 20, None):
        journal.case("acme", JULY, minutes)
    journal.pass_until(JULY + 2 * HOUR_US)
    row = journal.number("gold-first", client="acme", period="2026-07")
    assert cells(row, "open_late", "measured", "median_seconds", "percentile_95_seconds") == (1, 3, 1200, None)


def test_what_is_no_length_of_time_has_no_number(journal: Journal) -> None:
    journal.case("acme", JULY, 10)
    row = journal.number("seniors", client="acme", period="2026-07")
    names = ("promised_seconds", "expected", "median_seconds", "attainable", "finding")
    assert cells(row, *names) == (None,) * 5
    assert row["promised"] == "at least senior"


def test_an_expectation_in_other_time_is_not_compared(journal: Journal) -> None:
    """Three calendar days were promised, five working hours are believed."""
    case = journal.case("acme", JULY, 10)
    journal.take(cloud_event("ticket.resolved", case, JULY + HOUR_US, "r"), at=JULY + HOUR_US)
    row = journal.number("done", client="acme", period="2026-07")
    assert cells(row, "kept", "expected", "within_expected", "expected_share", "kept_unexpected", "state") == (
        1,
        "5 h of working time",
        None,
        None,
        None,
        "kept",
    )


def test_without_another_expectation_what_is_promised_is_expected(journal: Journal) -> None:
    journal.case("umbra", JULY, 50)
    row = journal.number("first", client="umbra", period="2026-07")
    assert cells(row, "is_expected_said", "expected_seconds", "within_expected", "kept_unexpected", "state") == (
        False,
        3600,
        1,
        0,
        "kept",
    )


def test_nothing_that_happened_is_no_share_and_not_kept(journal: Journal) -> None:
    journal.case("acme", JULY, 10)
    row = journal.number("first", client="umbra", period="2026-07")
    assert cells(row, "state", "share", "of", "median_seconds", "lower", "upper") == (
        "nothing",
        None,
        0,
        None,
        None,
        None,
    )


def test_a_quarter_is_the_clients_over_a_change_of_the_clocks(journal: Journal) -> None:
    """The third quarter ends in New York on 1 October at 04:00Z (-04:00), the fourth on 1 January at 05:00Z (-05:00)."""
    for at in ("2026-10-01T03:59:59Z", "2026-10-01T04:00:00Z", "2027-01-01T04:59:59Z", "2027-01-01T05:00:00Z"):
        journal.case("acme", parse_instant(at), 10)
    rows = [journal.number("gold-first", client="acme", period=period) for period in ("2026-Q3", "2026-Q4", "2027-Q1")]
    assert [row["kept"] for row in rows] == [1, 2, 1]
    assert cells(rows[1], "starts", "ends") == ("2026-10-01T04:00:00Z", "2027-01-01T05:00:00Z")


def test_as_of_then_the_numbers_are_what_they_were(journal: Journal) -> None:
    case = journal.case("acme", JULY, None)
    journal.pass_until(JULY + 2 * HOUR_US)
    then = format_instant(journal.now)
    before = journal.numbers(client="acme", period="2026-07", as_of=then)
    late = cloud_event("email.sent", case, JULY + 10 * MINUTE_US, "late", author="Ann")
    journal.take(late, at=JULY + 3 * HOUR_US)
    journal.point.apply(
        Offer(BookText(BOOK.replace("1h, expected: 30m", "5m"), "b"), "Ann", "why", since=0), journal.now + 1
    )
    judge_what_is_left(journal.point, journal.now + 2)
    journal.now += 3
    assert journal.numbers(client="acme", period="2026-07", as_of=then) == before
    assert cells(journal.number("gold-first", client="acme", period="2026-07"), "broken", "median_seconds") == (1, 600)


def test_numbers_agree_with_the_verdicts_they_are_made_of(journal: Journal) -> None:
    """Counted a second time from the rows of verdicts, at random lengths, by sorting all of them."""
    random = Random(7)
    for _ in range(60):
        client = random.choice(["acme", "umbra"])
        journal.case(client, JULY + random.randrange(40) * DAY_US // 2, random.choice([None, *range(1, 120)]))
    journal.pass_until(JULY + 30 * DAY_US)
    zones = {"acme": "America/New_York", "umbra": "UTC"}
    for client, promise in (("acme", "gold-first"), ("umbra", "first")):
        row = journal.number(promise, client=client, period="2026-07")
        period = period_named("2026-07", zones[client])
        bounds = {"since": format_instant(period.starts_at), "until": format_instant(period.ends_at)}
        verdicts = journal.rows(table.VERDICTS, client=client, promise=promise, **bounds)
        counted = [each for each in verdicts if each["verdict"] in ("kept", "broken")]
        ended = sorted(each["elapsed_seconds"] for each in counted if each["ended"] is not None)
        assert row["of"] == len(counted)
        assert row["kept"] == sum(each["verdict"] == "kept" for each in counted)
        assert row["open_late"] == len(counted) - len(ended)
        middle = (len(counted) + 1) // 2
        assert row["median_seconds"] == (ended[middle - 1] if middle <= len(ended) else None)
        if client == "acme":
            assert row["within_expected"] == sum(length <= 1800 for length in ended)

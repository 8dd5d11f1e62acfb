"""Whether the firm and a client fit, asked of journals on every database: what is wanted by when, could it have been met, what
else was late then. All of it is worked by hand; the book runs around the clock unless a test says otherwise.

To show half of them it takes five cases, all of them in time, for 0.5 ** 5 = 0.031 is below 5 %, and 0.5 ** 4 is not.
"""

from __future__ import annotations

import csv
import io
from typing import Any, Final

import orjson
import pytest

from monitor.adapters.answers import fit as fit_answers
from monitor.adapters.answers.attainability import UnknownHours
from monitor.adapters.answers.fit import fit
from monitor.adapters.answers.known_clients import NothingKnown
from monitor.adapters.journal.location import Location
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs, format_instant
from monitor.testing import MONDAY, HttpKept, arrivals, cloud_event, judge_what_is_left
from monitor.wire.questions.fit_rows import FitParameters
from monitor.wire.report.forms import FIT_WRITERS
from tests.contract.growing import GrowingJournal, cells, on_each_database

BOOK: Final = """
book: Test & Sons
from: 2020-01-01
zone: UTC
hours: always
tiers: [gold]
calendars:
  office: {zone: UTC, weekly: {mon-fri: ["09:00-17:00"]}}
clients:
  acme: {name: Acme Ltd, tier: gold}
  bolt: {}
  umbra: {}
promises:
  - {id: urgent, kind: resolve, when: {priority: [urgent]}, within: 2h, hours: always}
  - {id: done, kind: resolve, within: 10h, hours: always}
  - {id: first, kind: first_response, for: {client: umbra}, within: 1h, hours: always}
"""


class Journal(GrowingJournal):
    """A journal that grows by whole cases."""

    def __init__(self, database: Location) -> None:
        super().__init__(database, BOOK, MONDAY)

    def take(self, *events: bytes, at: InstantUs) -> None:
        self.now = max(self.now + 1, at)
        self.point.take(arrivals(events), self.now)
        judge_what_is_left(self.point, self.now)
        self.pass_until(self.now)

    def case(self, client: str, opened: InstantUs, minutes: int | None, *more: bytes, **data: Any) -> str:
        """A case that was resolved after so many minutes, or is open."""
        name = str(data.pop("case", f"{client}-{self.next_number()}"))
        events = [cloud_event("ticket.opened", name, opened, f"{name}-1", client=client, **data), *more]
        if minutes is not None:
            events.append(cloud_event("ticket.resolved", name, opened + minutes * MINUTE_US, f"{name}-2"))
        self.take(*events, at=opened + (minutes or 0) * MINUTE_US)
        return name

    def fit(self, client: str = "acme", **said: Any) -> dict[str, Any]:
        with self.store._engine.connect() as connection:
            return fit(connection, FitParameters.model_validate({"client": client, "share": "50%", **said}))


journal = on_each_database(Journal)


def _given(case: str, at: InstantUs, by: InstantUs, name: str = "p", kept_by: str = "resolution", **said: Any) -> bytes:
    date = format_instant(by)
    return cloud_event("promise.made", case, at, f"{case}-{name}-{at}", promise=name, by=date, kept_by=kept_by, **said)


def _row(found: dict[str, Any], **wanted: Any) -> dict[str, Any]:
    [row] = [row for row in found["rows"] if all(row[name] == value for name, value in wanted.items())]
    return dict(row)


def _a_firm(journal: Journal) -> None:
    """Ten cases of bolt, each resolved after an hour. Two of acme a week later, as fast: to one 90 minutes were given, to the other
    30. A case of umbra falls due in these thirty minutes and is late."""
    for number in range(10):
        journal.case("bolt", MONDAY + number * HOUR_US, 60, service="payroll")
    week = MONDAY + 7 * DAY_US
    journal.case("umbra", week - 10 * HOUR_US + 10 * MINUTE_US, None, service="payroll")
    for case, opened, minutes in (("A1", week - 3 * HOUR_US, 90), ("A2", week, 30)):
        by = opened + minutes * MINUTE_US
        given = _given(case, opened + MINUTE_US, by, speaker="Ann", words=f"In {minutes} minutes.")
        journal.case("acme", opened, 60, given, case=case, service="payroll")


def test_dates_given_are_held_against_what_comparable_cases_took(journal: Journal) -> None:
    _a_firm(journal)
    found = journal.fit()
    row = _row(found, way="given")
    assert cells(row, "service", "kind", "wishes") == ("payroll", "resolve", 2)
    # From the opening of the case to the date: 30 and 90 minutes. Of two the first is the middle one.
    assert cells(row, "shortest_lead_seconds", "lead_seconds", "longest_lead_seconds") == (1800, 1800, 5400)
    # acme's own two cases are too few; with bolt's ten, twelve took an hour each: none 30 minutes, all 90.
    assert cells(row, "could", "could_not", "too_few", "could_share") == (1, 1, 0, 0.5)
    assert cells(row, "compared", "compared_kept", "compared_of", "compared_share") == ("service", 0, 12 + 1, 0.0)
    # Wilson, none of 13: z^2 / (13 + z^2) = 0.22809.
    assert cells(row, "compared_share_lower", "compared_share_upper") == (0.0, pytest.approx(0.22809, abs=1e-5))
    assert cells(row, "half_seconds", "kept", "broken", "kept_share") == (3600, 1, 1, 0.5)
    # The case of umbra is open after ten hours: of 13 twelve took an hour, and 0.5 ** 13 * (1 + 13) = 0.0017 is below 5 %.
    assert row["tightest_seconds"] == 3600
    # Wilson, one of two: (1/2 +- 1.95996 sqrt(1/8 + z^2/16) / (1 + z^2 / 2)), z^2 = 3.84146: 0.5 +- 0.40547.
    assert cells(row, "could_share_lower", "could_share_upper") == pytest.approx((0.09453, 0.90547), abs=1e-5)
    assert cells(found, "client_name", "tier", "could", "could_not", "too_few") == ("Acme Ltd", "gold", 3, 1, 0)


def test_what_else_was_late_in_the_hours_of_what_could_not_be_met_is_counted_and_listed(journal: Journal) -> None:
    _a_firm(journal)
    found = journal.fit()
    [tight] = found["tight"]["rows"]
    assert cells(tight, "case", "lead_seconds", "became", "speaker", "words") == (
        "A2",
        1800,
        "broken",
        "Ann",
        "In 30 minutes.",
    )
    cost = found["cost"]
    # umbra's resolution was due in these 30 minutes; its first response was due nine hours before, and bolt's ten a week before.
    assert cells(cost, "others_due", "others_late", "others_due_outside", "others_late_outside") == (1, 1, 11, 1)
    assert cells(cost, "late_share", "late_share_outside") == (1.0, pytest.approx(1 / 11, abs=1e-6))
    assert [(row["client"], row["kind"]) for row in cost["rows"]] == [("umbra", "resolve")]
    assert found["says"][-1].startswith(
        "In the hours of those that could not be met 1 of 1 due to others were late (100.0 %"
    )


def test_a_date_that_a_word_keeps_is_held_against_dates_that_words_kept(journal: Journal) -> None:
    """Six of bolt: promised within a day, and told after three hours. acme was promised a word in two hours, and in five."""
    for number in range(6):
        opened = MONDAY + number * DAY_US
        case = f"B{number}"
        told = cloud_event("email.sent", case, opened + 3 * HOUR_US, f"{case}-t", author="Ann")
        journal.case("bolt", opened, None, _given(case, opened, opened + DAY_US, kept_by="contact"), told, case=case)
    later = MONDAY + 8 * DAY_US
    for case, hours in (("A1", 2), ("A2", 5)):
        # An hour after the opening, which is of no matter here.
        said = _given(case, later + HOUR_US, later + (1 + hours) * HOUR_US, kept_by="contact")
        told = cloud_event("email.sent", case, later + 4 * HOUR_US, f"{case}-t", author="Ann")
        journal.case("acme", later, None, said, told, case=case)
    journal.pass_until(later + DAY_US)
    row = _row(journal.fit(), way="given")
    assert cells(row, "kind", "shortest_lead_seconds", "longest_lead_seconds") == ("by", 7200, 18000)
    assert cells(row, "could", "could_not", "kept", "broken") == (1, 1, 1, 1)


def test_what_was_proposed_counts_with_the_kind_it_names(journal: Journal) -> None:
    for number in range(5):
        journal.case("bolt", MONDAY + number * HOUR_US, 60)
    asked = MONDAY + 2 * DAY_US

    def proposed(number: int, **said: Any) -> bytes:
        return cloud_event("promise.proposed", "P", asked, f"p{number}", client="acme", promise=f"p{number}", **said)

    journal.case("acme", asked, None, case="P")
    journal.take(
        proposed(1, kind="resolve", within="1h", hours="always"),
        proposed(2, kind="resolve", within="30m", hours="always"),
        proposed(3, kind="resolve"),
        proposed(4, within="1h", kind="resolve", hours="nowhere"),
        proposed(5, by=format_instant(asked - HOUR_US)),
        at=asked + 1,
    )
    found = journal.fit()
    row = _row(found, way="asked")
    assert cells(row, "kind", "wishes", "could", "could_not", "kept", "kept_share") == ("resolve", 2, 1, 1, 0, None)
    # Without a time, in hours that nobody knows, and a date that had passed.
    assert found["unread"] == 3


def test_urgency_is_what_the_promise_for_the_priority_leaves(journal: Journal) -> None:
    for number in range(6):
        journal.case("bolt", MONDAY + number * HOUR_US, 180, priority="urgent" if number < 1 else "low")
    for number, priority in enumerate(["urgent", "urgent", "urgent", "low"]):
        journal.case("acme", MONDAY + (20 + number) * HOUR_US, 180, priority=priority)
    found = journal.fit()
    urgent, low = (_row(found, way="urgency", priority=priority) for priority in ("urgent", "low"))
    # All took three hours: promised are two and ten.
    assert cells(urgent, "wishes", "lead_seconds", "could", "could_not", "broken") == (3, 7200, 0, 3, 3)
    assert cells(low, "wishes", "lead_seconds", "could", "could_not", "kept") == (1, 36000, 1, 0, 1)
    assert [cells(row, "priority", "cases", "of", "others", "others_of") for row in found["priorities"]] == [
        ("urgent", 3, 4, 1, 6),
        ("low", 1, 4, 5, 6),
    ]


def test_each_service_is_held_against_itself_and_one_without_a_past_against_everybody(journal: Journal) -> None:
    for number in range(6):
        journal.case("bolt", MONDAY + number * HOUR_US, 30, service="tax")
        journal.case("bolt", MONDAY + number * HOUR_US, 300, service="payroll")
    opened = MONDAY + DAY_US
    for case, about in (
        ("A1", {"service": "tax"}),
        ("A2", {"service": "payroll"}),
        ("A3", {"service": "audit"}),
        ("A4", {"service": "legal", "priority": "high"}),
    ):
        given = _given(case, opened, opened + HOUR_US)
        journal.case("acme", opened, 60, given, case=case, **about)
    found = journal.fit()
    columns = ("could", "could_not", "compared", "compared_kept", "compared_of")
    # tax: six in half an hour and acme's in an hour. payroll: acme's alone. Of the first priority, which is none, 6 + 3 of 15
    # within the hour; of all 10 of 16.
    assert cells(_row(found, way="given", service="tax"), *columns) == (1, 0, "service", 7, 7)
    assert cells(_row(found, way="given", service="payroll"), *columns) == (0, 1, "service", 1, 7)
    assert cells(_row(found, way="given", service="audit"), *columns) == (0, 1, "priority", 9, 15)
    assert cells(_row(found, way="given", service="legal"), *columns) == (0, 1, "everybody", 10, 16)


def test_a_client_that_was_served_otherwise_than_others_is_judged_by_its_own_cases(journal: Journal) -> None:
    for number in range(9):
        journal.case("bolt", MONDAY + number * HOUR_US, 300)
    for number in range(5):
        opened, case = MONDAY + (20 + number) * HOUR_US, f"A{number}"
        journal.case("acme", opened, 30, _given(case, opened, opened + HOUR_US), case=case)
    assert cells(_row(journal.fit(), way="given"), "could", "compared", "compared_kept", "compared_of") == (
        5,
        "client",
        5,
        5,
    )


def test_too_few_cases_are_said_and_nothing_is_guessed(journal: Journal) -> None:
    opened = MONDAY
    journal.case("acme", opened, 30, _given("A", opened, opened + HOUR_US), case="A")
    found = journal.fit(share="95%")
    assert cells(found, "could", "could_not", "too_few", "could_share", "fewest") == (0, 0, 2, None, 59)
    assert cells(_row(found, way="given"), "tightest_seconds", "half_seconds") == (None, 1800)
    assert (
        "Of 2 nothing can be said: too few comparable cases; 59, all of them in time, would show 95 %." in found["says"]
    )


def test_of_whom_nobody_wanted_anything_that_is_said(journal: Journal) -> None:
    journal.case("bolt", MONDAY, 30)
    found = journal.fit()
    assert (found["rows"], found["says"]) == (
        [],
        ["Nobody told of anything that this client wants by a certain time."],
    )


def test_the_first_date_of_a_name_counts_and_one_that_leaves_no_time_is_left_out(journal: Journal) -> None:
    opened = MONDAY
    journal.case(
        "acme",
        opened,
        None,
        _given("A", opened, opened + 2 * HOUR_US),
        _given("A", opened + MINUTE_US, opened + 9 * HOUR_US),
        _given("A", opened + HOUR_US, opened + HOUR_US, name="now", kept_by="contact"),
        case="A",
    )
    journal.pass_until(opened + DAY_US)
    found = journal.fit()
    assert cells(_row(found, way="given"), "wishes", "lead_seconds") == (1, 7200)
    assert found["without_time"] == 1


def test_lead_times_are_counted_in_the_hours_that_are_asked_about(journal: Journal) -> None:
    friday = MONDAY + 4 * DAY_US + 7 * HOUR_US  # MONDAY is at nine: Friday at four in the afternoon
    given = _given("A", friday, friday + 3 * DAY_US - 6 * HOUR_US)  # Monday at ten
    journal.case("acme", friday, None, given, case="A")
    assert _row(journal.fit(), way="given")["lead_seconds"] == 66 * 3_600
    # One hour on Friday and one on Monday.
    assert _row(journal.fit(hours="office"), way="given")["lead_seconds"] == 2 * 3_600
    with pytest.raises(UnknownHours):
        journal.fit(hours="nowhere")


def test_only_what_began_in_the_period_counts(journal: Journal) -> None:
    for number, opened in enumerate((MONDAY - 400 * DAY_US, MONDAY - 100 * DAY_US, MONDAY)):
        journal.case("acme", opened, 60, _given(f"A{number}", opened, opened + HOUR_US), case=f"A{number}")
    assert _row(journal.fit(), way="given")["wishes"] == 2
    assert _row(journal.fit(since="2020-01-01"), way="given")["wishes"] == 3
    assert _row(journal.fit(until=format_instant(MONDAY)), way="given")["wishes"] == 1 + 0


def test_a_date_of_a_case_that_was_merged_is_of_the_case_it_went_on_in(journal: Journal) -> None:
    opened = MONDAY
    journal.case("acme", opened, None, case="A", service="tax")
    given = _given("B", opened + MINUTE_US, opened + 3 * HOUR_US)
    journal.case("acme", opened + MINUTE_US, None, given, case="B", service="payroll")
    merged = cloud_event("ticket.merged", "B", opened + HOUR_US, "m", into="A")
    done = cloud_event("ticket.resolved", "A", opened + 2 * HOUR_US, "d")
    journal.take(merged, done, at=opened + 2 * HOUR_US)
    row = _row(journal.fit(), way="given")
    assert cells(row, "wishes", "kept", "service") == (1, 1, "tax")


def test_an_answer_as_of_an_instant_stays_what_it_was(journal: Journal) -> None:
    told: dict[str, bytes] = {}
    for number in range(12):
        opened = MONDAY + number * HOUR_US
        client = "acme" if number % 3 == 0 else "bolt"
        case = f"C{number}"
        given = _given(case, opened, opened + (30 + 20 * number) * MINUTE_US)
        journal.case(client, opened, 20 + 37 * number % 90, given, case=case, service="tax", priority="low")
        found = journal.fit()
        told[found["as_of"]] = orjson.dumps(found)
    assert len(set(told.values())) == 12
    changed = cloud_event("ticket.changed", "C0", MONDAY + HOUR_US, "late", service="audit", priority="urgent")
    journal.take(changed, at=MONDAY + 30 * HOUR_US)
    assert _row(journal.fit(), way="given", service="audit")["wishes"] == 1
    assert {as_of: orjson.dumps(journal.fit(as_of=as_of)) for as_of in told} == told


def test_of_very_many_cases_a_part_is_looked_at_and_that_is_said(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        journal.case("bolt", MONDAY + number * HOUR_US, 60)
    opened = MONDAY + 3 * DAY_US
    journal.case("acme", opened, 60, _given("A", opened, opened + HOUR_US), case="A")
    monkeypatch.setattr(fit_answers, "MOST_OTHERS", 60)
    found = journal.fit()
    assert found["one_in"]["resolve"] > 1
    assert 0 < _row(found, way="given")["compared_of"] < 61
    assert _row(found, way="given")["could"] == 1


def test_of_a_client_nobody_knows_nothing_is_told(journal: Journal) -> None:
    with pytest.raises(NothingKnown, match="found no client 'nobody'"):
        journal.fit("nobody")


HOSTILE: Final = "=cmd|'/C calc'!A0<script>alert(1)</script>\"'&"


def test_the_sheet_sets_thousands_apart(journal: Journal) -> None:
    _a_firm(journal)
    with journal.store._engine.connect() as connection:
        found = fit(connection, FitParameters(client="acme"))
    found["rows"][0] |= {"could": 1_200, "could_not": 34, "kept": 7, "broken": 3_000}
    page = FIT_WRITERS["text/html"](found).decode()
    assert "1,200 of 1,234" in page
    assert "7 of 3,007" in page


def test_hostile_texts_stay_texts(journal: Journal) -> None:
    for number in range(6):
        journal.case("bolt", MONDAY + number * HOUR_US, 60, service=HOSTILE)
    opened = MONDAY + 9 * HOUR_US
    given = _given(HOSTILE, opened, opened + MINUTE_US, speaker=HOSTILE, words=HOSTILE)
    journal.case("acme", opened, 60, given, case=HOSTILE, service=HOSTILE, priority=HOSTILE)
    found = journal.fit()
    assert found["tight"]["total"] == 1
    page = FIT_WRITERS["text/html"](found).decode()
    assert ("<script" in page, "&lt;script&gt;alert(1)&lt;/script&gt;" in page) == (False, True)
    rows = list(csv.reader(io.StringIO(FIT_WRITERS["text/csv"](found).decode())))
    assert len(rows) == 1 + len(found["rows"])
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)
    lines = [orjson.loads(line)["section"] for line in FIT_WRITERS["application/x-ndjson"](found).splitlines()]
    assert lines == ["fit", "wishes", "wishes", "priorities", "tight", "cost"]


async def test_over_http_it_is_a_page_or_what_it_says(any_database: Location) -> None:
    async with HttpKept(any_database, BOOK) as kept:
        kept.clock.set(MONDAY + DAY_US)
        await kept.take(
            cloud_event("ticket.opened", "A", MONDAY, "1", client="acme"),
            _given("A", MONDAY, MONDAY + HOUR_US),
        )
        asked = {"client": "acme"}
        assert (await kept.http.get("/v1/fit", params=asked)).json()["wishes"] == 2
        page = await kept.http.get("/v1/fit", params=asked, headers={"accept": "text/html"})
        assert "Acme Ltd" in page.text
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert (await kept.http.get("/v1/fit", params={"client": "x"})).status_code == 404
        bad = await kept.http.get("/v1/fit", params={**asked, "hours": "nowhere"})
        assert (bad.status_code, "a calendar of the book" in bad.json()["detail"]) == (400, True)
        assert (await kept.http.get("/v1/fit")).status_code == 400

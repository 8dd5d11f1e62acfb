"""The example in `deploy/examples` runs as README shows it, and says what a person with a calendar says.

Thursday 26 to Tuesday 31 March 2026 in London; the clocks go forward on Sunday the 29th. Open 09:00-17:30 on weekdays.
"""

from __future__ import annotations

import gc
import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from monitor.commands.judge import read_judgement
from monitor.domain.facts.events import Event
from monitor.domain.figures.ledger import ledger
from monitor.domain.hours.instant import MINUTE_US, parse_instant
from monitor.service.judging.judgement import Judgement
from monitor.testing import run_kept
from monitor.wire.answers.statements import statement_row, tally_rows
from monitor.wire.book import load_book
from monitor.wire.events.cloud_events import decode_event

EXAMPLES: Final = Path(__file__).resolve().parents[2] / "deploy" / "examples"
BOOK: Final = EXAMPLES / "book.yaml"
EVENTS: Final = EXAMPLES / "events.jsonl"
AS_OF: Final = parse_instant("2026-03-31T18:00:00+01:00")

Rows = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def judgement() -> Judgement:
    made = read_judgement([EVENTS], BOOK, AS_OF, None)
    gc.enable()
    return made


@pytest.fixture(scope="module")
def rows() -> Rows:
    """The rows by case and kind."""
    made = read_judgement([EVENTS], BOOK, AS_OF, None)
    gc.enable()
    return {(row["case"], row["kind"]): row for row in map(statement_row, made.statements())}


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return [decode_event(line) for line in EVENTS.read_bytes().splitlines()]


def test_the_book_has_no_faults() -> None:
    assert load_book(BOOK).name == "Alder & Finch"


def test_about_forty_events_over_six_cases(events: list[Event]) -> None:
    assert 35 <= len(events) <= 45
    assert len({event.case for event in events}) == 6


def test_the_events_are_in_the_order_in_which_they_happened(events: list[Event]) -> None:
    assert [event.time for event in events] == sorted(event.time for event in events)


def test_no_event_has_the_identity_of_another(events: list[Event]) -> None:
    assert len({event.identity for event in events}) == len(events)


def test_no_line_is_rejected(capsys: pytest.CaptureFixture[str]) -> None:
    read_judgement([EVENTS], BOOK, AS_OF, None)
    gc.enable()
    assert capsys.readouterr().err == ""


VERDICTS: Final = {
    ("AF-1041", "first_response"): "kept",
    ("AF-1041", "next_response"): "kept",
    ("AF-1041", "resolve"): "kept",
    ("AF-1042", "first_response"): "broken",
    ("AF-1042", "next_response"): "kept",
    ("AF-1042", "resolve"): "kept",
    ("AF-1043", "first_response"): "kept",
    ("AF-1043", "by"): "kept",
    ("AF-1043", "resolve"): "kept",
    ("AF-1044", "first_response"): "kept",
    ("AF-1044", "resolve"): "kept",
    ("AF-1045", "first_response"): "void",
    ("AF-1045", "resolve"): "void",
}


def test_the_verdicts(rows: Rows) -> None:
    assert {key: row["verdict"] for key, row in rows.items()} == VERDICTS


def figures(rows: Rows, case: str, kind: str, *columns: str) -> tuple[Any, ...]:
    return tuple(rows[case, kind][column] for column in columns)


def test_a_first_response_kept_with_thirteen_minutes_to_spare(rows: Rows) -> None:
    # Received 10:05, due 11:05, answered 10:52. The automatic reply of 10:05 is none.
    found = figures(rows, "AF-1041", "first_response", "due", "ended", "remaining_seconds")
    assert found == ("2026-03-26T11:05:00Z", "2026-03-26T10:52:00Z", 13 * 60)


def test_a_first_response_broken_by_an_hour_and_a_quarter(rows: Rows) -> None:
    # Received Thursday 15:40: 1 h 50 min until 17:30, 2 h 10 min on Friday, due 11:10; answered 12:25.
    found = figures(rows, "AF-1042", "first_response", "due", "ended", "late_working_seconds", "late_calendar_seconds")
    assert found == ("2026-03-27T11:10:00Z", "2026-03-27T12:25:00Z", 75 * 60, 75 * 60)


def test_a_weekend_of_waiting_for_the_client_moves_due_by_its_working_time(rows: Rows) -> None:
    # Two business days from Thursday 10:05: Monday 10:05 BST. Paused from Friday 16:30 to Monday 09:40: 60 + 40 min of
    # opening hours. Due 11:45 BST, 10:45Z; resolved 11:30 BST.
    found = figures(rows, "AF-1041", "resolve", "due", "ended", "paused_seconds", "remaining_seconds")
    assert found == ("2026-03-30T10:45:00Z", "2026-03-30T10:30:00Z", 100 * 60, 15 * 60)


def test_a_reopening_leaves_the_resolved_time_out(rows: Rows) -> None:
    # Three business days from Thursday 15:40: Tuesday 15:40. Resolved from Friday 16:00 to Monday 09:30: 90 + 30 min.
    # 1 h 50 min of the two hours fit on Tuesday, so Wednesday 09:10 BST, 08:10Z. Resolved for good on Monday 14:00 BST.
    found = figures(rows, "AF-1042", "resolve", "due", "ended", "paused_seconds")
    assert found == ("2026-04-01T08:10:00Z", "2026-03-30T13:00:00Z", 120 * 60)


def test_the_client_who_came_back_waits_from_the_message_not_from_the_reopening(rows: Rows) -> None:
    # Written Monday 09:20 BST, reopened 09:30, answered 13:45.
    found = figures(rows, "AF-1042", "next_response", "opened", "ended", "elapsed_seconds")
    assert found == ("2026-03-30T08:20:00Z", "2026-03-30T12:45:00Z", (4 * 60 + 25) * 60)


def test_a_date_given_on_the_telephone_is_kept(rows: Rows) -> None:
    # Tuesday 17:00 BST was promised, the draft went out at 16:20.
    found = figures(rows, "AF-1043", "by", "promise", "due", "ended", "remaining_seconds")
    assert found == ("dates-given", "2026-03-31T16:00:00Z", "2026-03-31T15:20:00Z", 40 * 60)


def test_a_call_that_was_answered_was_answered_at_once(rows: Rows, judgement: Judgement) -> None:
    assert figures(rows, "AF-1043", "first_response", "elapsed_seconds") == (0,)


def test_waiting_for_hmrc_does_not_count(rows: Rows) -> None:
    # Friday 09:40-17:30, all of Monday, Tuesday 09:00-15:30: 7 h 50 min + 8 h 30 min + 6 h 30 min = 22 h 50 min.
    assert figures(rows, "AF-1043", "resolve", "paused_seconds") == ((22 * 60 + 50) * 60,)


def test_what_was_merged_away_is_void_and_goes_on_in_the_other(rows: Rows) -> None:
    assert figures(rows, "AF-1045", "first_response", "reason") == ("merged into AF-1044",)
    assert figures(rows, "AF-1044", "first_response", "opened", "remaining_seconds") == ("2026-03-30T08:30:00Z", 5 * 60)


def test_a_client_without_a_promise_is_counted_as_that() -> None:
    made = read_judgement([EVENTS], BOOK, AS_OF, None)
    gc.enable()
    list(made.statements())
    cole = [row for row in tally_rows(made.tally) if row["client"] == "cole"]
    assert {row["kind"]: row["no_promise"] for row in cole} == {"first_response": 1, "next_response": 1, "resolve": 1}
    assert sum(sum(value for value in row.values() if isinstance(value, int)) for row in cole) == 3


def test_the_case_that_came_back_charges_each_holder_their_own_time(judgement: Judgement) -> None:
    # AF-1042. B. Lund: Thursday 16:10-17:30, Friday 09:00-10:30 and 11:45-16:00, Monday 09:30-14:00 = 11 h 35 min;
    # A. Reed: Friday 10:30-11:45.
    matter = judgement.matter_of("AF-1042")
    assert matter is not None
    totals = ledger(matter.cases["AF-1042"], AS_OF, judgement.gathering.directory)
    minutes = Counter({(account.name, account.grade): length // MINUTE_US for account, length in totals.items()})
    assert minutes["B. Lund", "trainee"] == 11 * 60 + 35
    assert minutes["A. Reed", "senior"] == 75


def test_the_call_waited_eighteen_seconds() -> None:
    made = read_judgement([EVENTS], BOOK, AS_OF, None)
    gc.enable()
    list(made.statements())
    assert made.calls.waits == [18_000_000]


@pytest.mark.slow
def test_the_command_of_the_readme_runs() -> None:
    # Everything promised is over: the verdicts stay what they are on whatever day this runs.
    code, out, err = run_kept("judge", "--book", "deploy/examples/book.yaml", "deploy/examples/events.jsonl")
    assert code == 0
    assert "rejected" not in err
    assert {(row["case"], row["kind"]): row["verdict"] for row in map(json.loads, out.splitlines())} == VERDICTS

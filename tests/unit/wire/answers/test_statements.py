"""Rows of statements and counts: every column spelled once."""

from __future__ import annotations

from typing import Any

from monitor.domain.cases.matter import Matter
from monitor.domain.cases.statement import state
from monitor.domain.facts.events import Event
from monitor.domain.figures.tally import Tally
from monitor.domain.hours.instant import MINUTE_US
from monitor.domain.promises.promise import Book
from monitor.wire.answers.statements import ALL_CLIENTS, STATEMENT_COLUMNS, TALLY_COLUMNS, statement_row, tally_rows
from tests.unit.domain.builders import at, book, changed, opened, promise, sent

FIRST = book(promise("first_response", "1h", id="first", version=3, pauses_in=["waiting"]))


def row(now: str | int, *events: Event, by: Book = FIRST) -> dict[str, Any]:
    matter = Matter(by)
    matter.take(events)
    case = matter.cases["K1"]
    return statement_row(state(case, case.obligations[0], at(now) if isinstance(now, str) else now))


def test_the_columns_are_those_documented_in_this_order() -> None:
    # Issue 3, with elapsed_calendar_seconds beside elapsed_seconds.
    assert (
        " ".join(STATEMENT_COLUMNS)
        == "case client promise version kind opened due verdict ended elapsed_seconds elapsed_calendar_seconds paused_seconds "
        "remaining_seconds late_working_seconds late_calendar_seconds reason"
    )


def test_a_row_has_exactly_the_columns() -> None:
    assert tuple(row("10:20", opened("10:00"))) == STATEMENT_COLUMNS


def test_a_kept_promise_as_a_row() -> None:
    assert row("12:00", opened("10:00"), sent("10:45", id="m1")) == {
        "case": "K1",
        "client": "acme",
        "promise": "first",
        "version": 3,
        "kind": "first_response",
        "opened": "2026-03-02T10:00:00Z",
        "due": "2026-03-02T11:00:00Z",
        "verdict": "kept",
        "ended": "2026-03-02T10:45:00Z",
        "elapsed_seconds": 2700,
        "elapsed_calendar_seconds": 2700,
        "paused_seconds": 0,
        "remaining_seconds": 900,
        "late_working_seconds": None,
        "late_calendar_seconds": None,
        "reason": "email.sent by anna (desk m1), 15 min before it was due",
    }


def test_an_open_breach_has_no_end_and_no_rest() -> None:
    # Due 17:00; Tuesday 09:10 is 30 + 10 min of open hours and 16 h 10 min by the clock later.
    found = row("tue 09:10", opened("16:00"))
    assert {
        key: found[key] for key in ("ended", "remaining_seconds", "late_working_seconds", "late_calendar_seconds")
    } == {
        "ended": None,
        "remaining_seconds": None,
        "late_working_seconds": 2400,
        "late_calendar_seconds": 58200,
    }


def test_due_is_null_while_paused() -> None:
    found = row("12:00", opened("10:00"), changed("10:20", status="waiting"))
    assert (found["verdict"], found["due"], found["paused_seconds"]) == ("paused", None, 6000)


def test_instants_in_summer_are_in_utc() -> None:
    # 10:00 in London on Monday 30 March 2026, the day after the clocks went forward, is 09:00Z.
    found = row("2026-03-30 10:20", opened("2026-03-30 10:00"))
    assert (found["opened"], found["due"]) == ("2026-03-30T09:00:00Z", "2026-03-30T10:00:00Z")


def test_parts_of_a_second_are_kept() -> None:
    found = row(at("10:00") + 1_250_000, opened("10:00"))
    assert (found["elapsed_seconds"], found["remaining_seconds"]) == (1.25, 3598.75)


# Counts


def counted(*cases: tuple[str, list[Event]]) -> list[dict[str, Any]]:
    tally = Tally()
    for now, events in cases:
        matter = Matter(FIRST)
        matter.take(events)
        for case in matter.cases.values():
            for obligation in case.obligations:
                tally.add(state(case, obligation, at(now)))
    return list(tally_rows(tally))


def test_counts_name_every_outcome_with_open_late_beside_done_late() -> None:
    assert (
        " ".join(TALLY_COLUMNS) == "client kind running paused kept open_late done_late excused void unknown no_promise"
    )
    assert tuple(counted(("12:00", [opened("10:00")]))[0]) == TALLY_COLUMNS


def test_counts_come_by_client_and_at_last_over_all_of_them() -> None:
    bolt = [opened("10:00", client="bolt"), sent("10:30", client="bolt")]
    rows = counted(("12:00", bolt), ("12:00", [opened("10:00")]), ("12:00", [opened("10:00"), sent("11:30")]))
    assert [(found["client"], found["kept"], found["open_late"], found["done_late"]) for found in rows] == [
        ("acme", 0, 1, 1),
        ("bolt", 1, 0, 0),
        (ALL_CLIENTS, 1, 1, 1),
    ]


def test_nothing_judged_is_no_rows() -> None:
    assert counted() == []


def test_a_minute_is_sixty_seconds() -> None:
    assert row(at("10:00") + MINUTE_US, opened("10:00"))["elapsed_seconds"] == 60

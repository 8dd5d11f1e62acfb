"""One obligation in figures and a sentence. London hours 09:00-17:30, the week of 2 March 2026."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given

from monitor.domain.cases.matter import Matter
from monitor.domain.cases.obligation import Obligation, Verdict
from monitor.domain.cases.statement import Statement, state
from monitor.domain.facts.events import Event
from monitor.domain.hours.instant import DAY_US, FOREVER_US, HOUR_US, MINUTE_US
from monitor.domain.promises.clock_rules import PauseCount
from monitor.domain.promises.promise import Book
from tests.unit.domain.builders import (
    at,
    book,
    books,
    changed,
    deleted,
    event,
    excused,
    held,
    opened,
    promise,
    promised,
    resolved,
    sent,
    shown,
    streams,
    withdrawn,
)

FIRST = book(promise("first_response", "1h", pauses_in=["waiting"]))


def stated(now: str, *events: Event, by: Book = FIRST) -> Statement:
    """The statement of the first obligation of K1."""
    matter = Matter(by)
    matter.take(events)
    case = matter.cases["K1"]
    return state(case, case.obligations[0], at(now))


def minutes(statement: Statement) -> dict[str, float]:
    names = ("elapsed", "elapsed_calendar", "paused", "remaining", "late_working", "late_calendar")
    return {name: value / MINUTE_US for name in names if (value := getattr(statement, name)) is not None}


def test_a_running_obligation_says_what_is_left() -> None:
    found = stated("10:20", opened("10:00"))
    assert (found.verdict, shown(found.due), found.ended) == (Verdict.RUNNING, "mon 11:00", None)
    assert minutes(found) == {"elapsed": 20, "elapsed_calendar": 20, "paused": 0, "remaining": 40}


def test_a_kept_one_says_by_how_much() -> None:
    found = stated("15:00", opened("10:00"), sent("10:45"))
    assert (found.verdict, shown(found.ended)) == (Verdict.KEPT, "mon 10:45")
    assert minutes(found) == {"elapsed": 45, "elapsed_calendar": 45, "paused": 0, "remaining": 15}


def test_an_answer_at_the_due_instant_keeps_it_with_nothing_left() -> None:
    found = stated("15:00", opened("10:00"), sent("11:00"))
    assert (found.verdict, found.remaining, found.late_calendar) == (Verdict.KEPT, 0, None)


def test_an_open_breach_is_late_in_working_and_in_calendar_time() -> None:
    # Due 17:00. Until Tuesday 09:15: 30 min + 15 min of open hours, 16 h 15 min = 975 min by the clock.
    found = stated("tue 09:15", opened("16:00"))
    assert (found.verdict, found.ended, found.remaining) == (Verdict.BROKEN, None, None)
    assert minutes(found) == {
        "elapsed": 105,
        "elapsed_calendar": 1035,
        "paused": 0,
        "late_working": 45,
        "late_calendar": 975,
    }


def test_a_breach_done_late_stops_where_it_was_done() -> None:
    found = stated("fri 15:00", opened("10:00"), sent("11:10"))
    assert (found.verdict, shown(found.ended)) == (Verdict.BROKEN, "mon 11:10")
    assert minutes(found) == {
        "elapsed": 70,
        "elapsed_calendar": 70,
        "paused": 0,
        "late_working": 10,
        "late_calendar": 10,
    }


def test_lateness_over_a_weekend_with_a_clock_change_is_an_hour_shorter() -> None:
    # Due Fri 27 March 17:30. Until Mon 30 March 10:00: 64.5 h by the wall clock, 63.5 h in truth; one hour of it open.
    found = stated("2026-03-30 10:00", opened("2026-03-27 16:30"))
    assert (found.late_working, found.late_calendar) == (HOUR_US, 63.5 * HOUR_US)


def test_a_paused_one_has_no_due_instant_and_says_what_would_be_left() -> None:
    found = stated("12:00", opened("10:00"), changed("10:20", status="waiting"))
    assert (found.verdict, found.due) == (Verdict.PAUSED, None)
    assert minutes(found) == {"elapsed": 20, "elapsed_calendar": 120, "paused": 100, "remaining": 40}


def test_a_pause_over_night_moves_due_by_its_working_time() -> None:
    # Paused 17:00 to Tuesday 09:30: 30 + 30 min of open hours. 30 min had run: due Tuesday 10:00.
    found = stated(
        "tue 09:40", opened("16:30"), changed("17:00", status="waiting"), changed("tue 09:30", status="open")
    )
    assert (shown(found.due), found.paused, found.remaining) == ("tue 10:00", 60 * MINUTE_US, 20 * MINUTE_US)


def test_an_answer_in_a_pause_that_only_hides_due_is_kept_and_not_late() -> None:
    # "An answer while paused keeps the promise"; `hide` leaves the due instant at 11:00.
    hiding = book(promise("first_response", "1h", pauses_in=["waiting"], pause_count=PauseCount.HIDE))
    found = stated("15:00", opened("10:00"), changed("10:20", status="waiting"), sent("12:00"), by=hiding)
    assert (found.verdict, found.late_working, found.late_calendar) == (Verdict.KEPT, None, None)


def test_a_kept_one_is_not_said_to_have_ended_after_it_was_due() -> None:
    hiding = book(promise("first_response", "1h", pauses_in=["waiting"], pause_count=PauseCount.HIDE))
    found = stated("15:00", opened("10:00"), changed("10:20", status="waiting"), sent("12:00"), by=hiding)
    assert "after it was due" not in found.reason


@pytest.mark.parametrize(
    ("ending", "reason"),
    [(resolved("10:30"), "the case was resolved first"), (deleted("10:30"), "the case was deleted")],
    ids=["resolved", "deleted"],
)
def test_a_void_one_says_why_and_has_neither_rest_nor_lateness(ending: Event, reason: str) -> None:
    found = stated("15:00", opened("10:00"), ending)
    assert (found.verdict, found.reason, shown(found.ended)) == (Verdict.VOID, reason, "mon 10:30")
    assert minutes(found) == {"elapsed": 30, "elapsed_calendar": 30, "paused": 0}


def test_a_withdrawn_date_is_void_for_that_reason() -> None:
    found = stated("fri 10:00", promised("10:00", "wed 10:00"), withdrawn("11:00"), by=book())
    assert (found.verdict, found.reason) == (Verdict.VOID, "withdrawn")


def test_an_excused_one_names_who_excused_it_and_why() -> None:
    found = stated("15:00", opened("10:00"), excused("12:00", kind="first_response"))
    assert (found.verdict, found.reason) == (Verdict.EXCUSED, "excused by Ms Finch: flood")


@pytest.mark.parametrize(
    ("now", "events", "reason"),
    [
        ("10:20", [opened("10:00")], "not yet due"),
        (
            "10:40",
            [opened("10:00"), changed("10:20", status="waiting")],
            "waiting on client (client) since 2026-03-02T10:20:00Z",
        ),
        ("13:30", [opened("10:00")], "still not done, 2 h 30 min after it was due"),
        ("15:00", [opened("10:00"), sent("10:45", id="m1")], "email.sent by anna (desk m1), 15 min before it was due"),
        ("15:00", [opened("10:00"), sent("11:30", id="m1")], "email.sent by anna (desk m1), 30 min after it was due"),
    ],
)
def test_the_reason_is_a_sentence_that_names_the_event(now: str, events: list[Event], reason: str) -> None:
    assert stated(now, *events).reason == reason


def test_a_date_given_is_stated_in_calendar_time() -> None:
    # Given Monday 10:00 for Wednesday 10:00, told on Tuesday 10:00: a day used, a day left.
    found = stated("fri 10:00", promised("10:00", "wed 10:00"), sent("tue 10:00"), by=book())
    assert (found.kind.value, found.promise.id, found.elapsed, found.remaining) == ("by", "date-given", DAY_US, DAY_US)


def test_an_obligation_that_began_before_its_start_has_elapsed_nothing() -> None:
    # Judged as of an instant before the opening, no time has run.
    found = stated("09:30", opened("10:00"))
    assert (found.elapsed, found.elapsed_calendar) == (0, 0)


@given(books(), streams())
def test_late_figures_go_with_breaches_and_rest_with_the_others(by: Book, stream: list[Event]) -> None:
    for found, obligation in all_stated(by, stream):
        if obligation.promised_by == FOREVER_US:
            continue
        is_breach = found.verdict in {Verdict.BROKEN, Verdict.EXCUSED}
        assert (found.late_working is not None, found.late_calendar is not None) == (is_breach, is_breach)
        assert (found.remaining is not None) == (found.verdict in {Verdict.RUNNING, Verdict.PAUSED, Verdict.KEPT})
        assert (found.due is None) == (found.verdict is Verdict.PAUSED)


@given(books(), streams())
def test_what_is_never_due_has_no_figures_of_lateness(by: Book, stream: list[Event]) -> None:
    # A deed broke it, or a formula counts it as missed, kept or left out: no instant was passed.
    for found, obligation in all_stated(by, stream):
        if obligation.promised_by == FOREVER_US:
            assert (found.due, found.remaining, found.late_working, found.late_calendar) == (None, None, None, None)


def all_stated(by: Book, stream: list[Event]) -> Iterator[tuple[Statement, Obligation]]:
    """Every obligation of a stream, stated as of a day after its last event."""
    matter = Matter(by)
    matter.take(stream)
    now = max(happened.time for happened in stream) + DAY_US
    for case in matter.cases.values():
        for obligation in case.obligations:
            yield state(case, obligation, now), obligation


def test_a_meeting_is_by_everybody_who_came() -> None:
    meeting = held("09:30", "robot", "anna", id="m1", source="/rooms")
    reason = "meeting.held by robot, anna (/rooms m1), 30 min before it was due"
    assert stated("09:45", opened("09:00"), meeting).reason == reason


def test_an_event_that_names_nobody_is_described_by_its_type_and_identity() -> None:
    reply = event("10:30", "ticket.resolved", resolved("10:30").fact, id="r1")
    found = stated("15:00", opened("10:00"), reply, by=book(promise("resolve", "1h")))
    assert found.reason == "ticket.resolved (desk r1), 30 min before it was due"

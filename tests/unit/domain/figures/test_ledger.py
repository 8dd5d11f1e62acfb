"""Whose time it was: every moment on exactly one account. Hours are London's 09:00-17:30, the week is that of 2 March 2026."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given

from monitor.domain.cases.case import Case
from monitor.domain.cases.matter import Matter
from monitor.domain.facts.events import CallStep, Event, StaffChanged
from monitor.domain.figures.ledger import (
    CLIENT,
    CLOSED_HOURS,
    NOBODY,
    THIRD_PARTY,
    Account,
    charges,
    closing_of,
    entries,
    ledger,
    opening_of,
)
from monitor.domain.hours.instant import DAY_US, FOREVER_US, HOUR_US, MINUTE_US
from monitor.domain.promises.knowledge import Person
from monitor.domain.promises.promise import Book
from monitor.domain.work.directory import Directory
from tests.unit.domain.builders import (
    assigned,
    at,
    book,
    books,
    call,
    changed,
    closed,
    deleted,
    event,
    merged,
    opened,
    promise,
    received,
    reopened,
    resolved,
    split,
    streams,
)

ANNA, BEN = Account("anna", None, is_person=True), Account("ben", None, is_person=True)


def case_of(*events: Event, by: Book | None = None) -> Case:
    matter = Matter(by or book())
    matter.take(events)
    return matter.cases["K1"]


def minutes(case: Case, now: str) -> dict[str, float]:
    """The ledger in minutes by the name of the account."""
    return {account.name: length / MINUTE_US for account, length in ledger(case, at(now), Directory({})).items()}


def test_each_holder_is_charged_their_own_time_when_a_case_comes_back() -> None:
    # T12: nobody 09:00-09:10, anna 09:10-09:40, ben 09:40-10:00, anna 10:00-10:30; 10 + 60 + 20 = 90 minutes of wall time.
    case = case_of(
        opened("09:00"), assigned("09:10", "anna"), assigned("09:40", "ben"), assigned("10:00", "anna"), closed("10:30")
    )
    assert minutes(case, "17:00") == {NOBODY: 10, "anna": 60, "ben": 20}


def test_closed_hours_are_nobodys() -> None:
    # Monday 17:00-17:30 and Tuesday 09:00-09:30 are anna's; 17:30 to 09:00 is 15.5 h = 930 min.
    case = case_of(opened("17:00", holder="anna"), closed("tue 09:30"))
    assert minutes(case, "wed 12:00") == {"anna": 60, CLOSED_HOURS: 930}


def test_a_weekend_with_a_clock_change_is_an_hour_shorter() -> None:
    # Fri 27 March 17:00 to Mon 30 March 09:30: 7 h + 24 h + 23 h (clocks go forward on the 29th) + 9.5 h = 63.5 h;
    # 30 min on Friday and 30 min on Monday are open, 62.5 h = 3750 min are not.
    case = case_of(opened("2026-03-27 17:00", holder="anna"), closed("2026-03-30 09:30"))
    assert minutes(case, "2026-04-01 09:00") == {"anna": 60, CLOSED_HOURS: 3750}


def test_a_status_that_waits_for_the_client_is_the_clients_time_by_night_too() -> None:
    # 16:00 to Tuesday 10:00 waits for the client: 18 h = 1080 min, closed hours within it included.
    case = case_of(
        opened("15:00", holder="anna"),
        changed("16:00", status="waiting"),
        changed("tue 10:00", status="open"),
        closed("tue 10:30"),
    )
    assert minutes(case, "wed 09:00") == {"anna": 60 + 30, CLIENT: 1080}


def test_a_status_that_waits_for_a_supplier_is_a_third_partys_time() -> None:
    case = case_of(
        opened("10:00", holder="anna"),
        changed("10:15", status="supplier"),
        changed("11:00", status="open"),
        closed("11:05"),
    )
    assert minutes(case, "12:00") == {"anna": 15 + 5, THIRD_PARTY: 45}


def test_a_status_that_pauses_from_the_opening_counts_from_the_opening() -> None:
    case = case_of(opened("10:00", holder="anna", status="Waiting"), closed("10:30"))
    assert minutes(case, "12:00") == {CLIENT: 30}


def test_from_resolution_to_closing_it_is_the_clients_turn() -> None:
    # Resolved Monday 17:00, closed Tuesday 11:00: 18 h, no closed hours among them.
    case = case_of(opened("16:00", holder="anna"), resolved("17:00"), closed("tue 11:00"))
    assert minutes(case, "wed 09:00") == {"anna": 60, CLIENT: 1080}


def test_a_reopened_case_is_its_holders_again() -> None:
    case = case_of(opened("10:00", holder="anna"), resolved("10:10"), reopened("10:40"), closed("11:00"))
    assert minutes(case, "12:00") == {"anna": 10 + 20, CLIENT: 30}


def test_a_reopened_closed_case_runs_to_now_with_the_closed_time_the_clients() -> None:
    case = case_of(opened("10:00", holder="anna"), closed("10:10"), reopened("10:40"))
    assert minutes(case, "11:00") == {"anna": 10 + 20, CLIENT: 30}


def test_an_open_case_is_charged_up_to_now() -> None:
    case = case_of(opened("10:00"), assigned("10:05", "anna"))
    assert minutes(case, "10:30") == {NOBODY: 5, "anna": 25}


def test_a_case_held_by_no_person_is_its_teams() -> None:
    case = case_of(opened("10:00"), assigned("10:05", None, "desk"), assigned("10:20", "anna", "desk"), closed("10:30"))
    assert minutes(case, "12:00") == {NOBODY: 5, "desk": 15, "anna": 10}


def test_a_robot_that_holds_a_case_is_nobody() -> None:
    case = case_of(opened("10:00"), assigned("10:05", "robot"), assigned("10:20", "anna"), closed("10:30"))
    assert minutes(case, "12:00") == {NOBODY: 20, "anna": 10}


def test_a_case_put_down_is_nobodys() -> None:
    case = case_of(opened("10:00", holder="anna"), assigned("10:20", None), closed("10:30"))
    assert minutes(case, "12:00") == {"anna": 20, NOBODY: 10}


def test_who_held_a_case_before_it_opened_holds_it_from_the_opening() -> None:
    case = case_of(assigned("09:30", "anna"), opened("10:00"), closed("10:30"))
    assert minutes(case, "12:00") == {"anna": 30}


def test_a_deleted_case_ends_at_its_deletion() -> None:
    case = case_of(opened("10:00", holder="anna"), deleted("10:30"))
    assert minutes(case, "12:00") == {"anna": 30}


def test_a_merged_case_ends_at_the_merge() -> None:
    case = case_of(opened("10:00", holder="anna"), merged("10:30", "K2"))
    assert minutes(case, "12:00") == {"anna": 30}


def test_a_split_case_begins_at_its_first_message() -> None:
    # Split off at 10:30, its first message was of 10:00; anna takes it at 10:40.
    case = case_of(split("10:30", "K9", "10:00"), assigned("10:40", "anna"), closed("11:00"))
    assert minutes(case, "12:00") == {NOBODY: 40, "anna": 20}


def test_a_case_that_never_opened_has_no_accounts() -> None:
    assert ledger(case_of(assigned("10:00", "anna")), at("12:00"), Directory({})) == {}


def test_the_hours_are_those_of_the_resolve_promise() -> None:
    # "night" is open 22:00-06:00: of 20:00-23:00 only the last hour is anna's, though a first response runs on London's hours.
    case = case_of(
        opened("20:00", holder="anna"),
        closed("23:00"),
        by=book(promise("first_response", "1h"), promise("resolve", "8h", hours="night")),
    )
    assert minutes(case, "tue 12:00") == {CLOSED_HOURS: 120, "anna": 60}


def test_without_a_resolve_promise_the_hours_are_those_of_the_first_obligation() -> None:
    case = case_of(opened("20:00", holder="anna"), closed("23:00"), by=book(promise("own", "1h", hours="night")))
    assert minutes(case, "tue 12:00") == {CLOSED_HOURS: 120, "anna": 60}


def test_a_call_in_the_queue_opens_the_case_for_nobody() -> None:
    case = case_of(call("10:00", CallStep.OFFERED), assigned("10:03", "anna"), closed("10:10"))
    assert minutes(case, "12:00") == {NOBODY: 3, "anna": 7}


def test_messages_after_the_closing_are_charged_to_nobody() -> None:
    case = case_of(opened("10:00", holder="anna"), closed("10:30"), received("11:00"))
    assert minutes(case, "12:00") == {"anna": 30}


# Grades


def promoted(when: str, person: str, grade: str) -> Event:
    return event(when, "staff.changed", StaffChanged(person, grade, None, None, None), case=None)


def by_grade(case: Case, directory: Directory) -> dict[tuple[str, str | None], float]:
    totals = ledger(case, at("fri 17:00"), directory)
    return {(account.name, account.grade): length / MINUTE_US for account, length in totals.items()}


def test_a_holder_is_charged_with_the_grade_they_had_then() -> None:
    directory = Directory({"anna": Person("anna", "trainee", None, None, None)})
    directory.take(promoted("10:30", "anna", "associate"))
    case = case_of(opened("10:00", holder="anna"), assigned("10:30", "ben"), assigned("11:00", "anna"), closed("11:20"))
    assert by_grade(case, directory) == {("anna", "trainee"): 30, ("ben", None): 30, ("anna", "associate"): 20}


def test_a_promotion_while_the_case_is_held_parts_the_holders_time() -> None:
    # Held 10:00-11:00 without interruption, senior from 10:45 on.
    directory = Directory({"anna": Person("anna", "trainee", None, None, None)})
    directory.take(promoted("10:45", "anna", "senior"))
    case = case_of(opened("10:00", holder="anna"), closed("11:00"))
    assert by_grade(case, directory) == {("anna", "trainee"): 45, ("anna", "senior"): 15}


# Of any stream


@given(books(), streams())
def test_entries_follow_one_another_from_opening_to_closing(by: Book, stream: list[Event]) -> None:
    matter = Matter(by)
    matter.take(stream)
    now = max(happened.time for happened in stream) + DAY_US
    for case in matter.cases.values():
        spans = list(entries(case, now, Directory({})))
        assert all(before.ends_at == after.starts_at for before, after in pairwise(spans))
        assert all(span.starts_at < span.ends_at for span in spans)
        if spans:
            assert (spans[0].starts_at, spans[-1].ends_at) == (opening_of(case, now), closing_of(case, now))


@given(books(), streams())
def test_the_accounts_add_up_to_the_wall_time(by: Book, stream: list[Event]) -> None:
    matter = Matter(by)
    matter.take(stream)
    now = max(happened.time for happened in stream) + 3 * HOUR_US
    for case in matter.cases.values():
        assert sum(ledger(case, now, Directory({})).values()) == closing_of(case, now) - opening_of(case, now)


@given(books(), streams())
def test_time_in_lengths_is_the_time_of_the_spans_also_where_it_is_cut_in_two(by: Book, stream: list[Event]) -> None:
    matter = Matter(by)
    matter.take(stream)
    directory = Directory({})
    now = max(happened.time for happened in stream) + 3 * DAY_US
    middle = min(happened.time for happened in stream) + 30 * HOUR_US
    for case in matter.cases.values():
        for periods in ([(-FOREVER_US, FOREVER_US)], [(-FOREVER_US, middle), (middle, FOREVER_US)]):
            totals: Counter[Account] = Counter()
            for within in periods:
                for account, length in charges(case, now, directory, within):
                    totals[account] += length
            assert +totals == Counter(ledger(case, now, directory))

"""What another promise would have made of a past occasion. London is open on weekdays from 9:00 to 17:30."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.figures.occasion import Ending, Measure, Occasion, Outcome
from monitor.domain.hours.instant import HOUR_US, MINUTE_US
from monitor.domain.hours.target import parse_target
from monitor.domain.hours.working_hours import WorkingHours
from monitor.domain.promises.promise import Promise
from tests.unit.domain.builders import CALENDARS, SPECS, at, promise

FIRST, LAST = at("2026-02-01 00:00"), at("2026-04-01 00:00")
LONDON = promise("first_response", "4h")
ALWAYS = promise("first_response", "4h", hours="always")


def measure(within: str, hours: str | WorkingHours = "london") -> Measure:
    calendar = CALENDARS[hours] if isinstance(hours, str) else hours
    return Measure(parse_target(within), calendar, FIRST, LAST)


def occasion(
    opened: str,
    until: str,
    ending: Ending = Ending.DONE,
    *,
    by: Promise | None = LONDON,
    elapsed: int | None = None,
    due: str | None = None,
    is_excused: bool = False,
) -> Occasion:
    """`elapsed` in minutes of the promise's own time."""
    taken = None if elapsed is None else elapsed * MINUTE_US
    return Occasion(at(opened), at(until), ending, is_excused, by, taken, None if due is None else at(due))


@pytest.mark.parametrize(("within", "outcome"), [("59m", Outcome.LATE), ("60m", Outcome.KEPT), ("3h", Outcome.KEPT)])
def test_in_its_own_hours_the_time_on_record_counts_pauses_left_out(within: str, outcome: Outcome) -> None:
    # Three hours from opening to end, of which two were paused.
    assert measure(within).of(occasion("10:00", "13:00", elapsed=60)).outcome is outcome


def test_in_other_hours_what_was_never_paused_is_measured_anew() -> None:
    # From Monday 17:00 to Tuesday 09:30: half an hour and half an hour in London, 16 hours and a half around the clock.
    found = measure("1h").of(occasion("17:00", "tue 09:30", by=ALWAYS, elapsed=16 * 60 + 30))
    assert (found.taken, found.outcome, found.is_approximated) == (HOUR_US, Outcome.KEPT, False)
    found = measure("16h", "always").of(occasion("17:00", "tue 09:30", elapsed=60))
    assert (found.taken, found.outcome, found.is_approximated) == (16 * HOUR_US + 30 * MINUTE_US, Outcome.LATE, False)


def test_in_other_hours_pauses_are_taken_to_be_spread_evenly_and_that_is_said() -> None:
    # Half of its 16.5 hours were paused: half of the one hour in London counts.
    found = measure("30m").of(occasion("17:00", "tue 09:30", by=ALWAYS, elapsed=8 * 60 + 15))
    assert (found.taken, found.outcome, found.is_approximated) == (30 * MINUTE_US, Outcome.KEPT, True)


def test_calendars_that_are_open_at_the_same_times_are_the_same() -> None:
    found = measure("60m", WorkingHours(SPECS["london"])).of(occasion("10:00", "13:00", elapsed=60))
    assert (found.taken, found.is_approximated) == (HOUR_US, False)


def test_calendar_time_is_the_same_whatever_the_hours() -> None:
    found = measure("90 calendar minutes").of(
        occasion("10:00", "13:00", by=promise("resolve", "3 calendar hours"), elapsed=60)
    )
    assert (found.taken, found.outcome, found.is_approximated) == (HOUR_US, Outcome.KEPT, False)


def test_a_date_given_without_a_promise_counts_calendar_time() -> None:
    found = measure("3 days", "always").of(occasion("mon 10:00", "thu 10:00", by=None, elapsed=72 * 60))
    assert found.outcome is Outcome.KEPT


@pytest.mark.parametrize(("until", "outcome"), [("wed 10:00", Outcome.KEPT), ("wed 10:01", Outcome.LATE)])
def test_business_days_end_where_they_would_have_ended(until: str, outcome: Outcome) -> None:
    # Two business days from Monday 10:00 end on Wednesday 10:00.
    assert measure("2 business days").of(occasion("mon 10:00", until)).outcome is outcome


def test_business_days_end_later_by_what_was_paused() -> None:
    # From Monday 10:00 to Wednesday 11:00 the office is open 7.5 + 8.5 + 2 hours; one of them was paused.
    assert measure("2 business days").of(occasion("mon 10:00", "wed 11:00", elapsed=17 * 60)).outcome is Outcome.KEPT


@pytest.mark.parametrize(
    ("ending", "within", "outcome"),
    [
        (Ending.OPEN, "2h", Outcome.NOT_DUE),
        (Ending.OPEN, "1h", Outcome.OPEN_LATE),
        # Resolved without an answer: under a longer promise nothing would have been owed any more.
        (Ending.UNDONE, "2h", Outcome.VOID),
        (Ending.UNDONE, "1h", Outcome.LATE),
        (Ending.MISSED, "2h", Outcome.LATE),
        (Ending.PAUSED, "1h", Outcome.NOT_DUE),
        (Ending.VOID, "1h", Outcome.VOID),
        (Ending.UNKNOWN, "1h", Outcome.UNKNOWN),
    ],
)
def test_what_was_not_done_is_judged_as_the_promise_would(ending: Ending, within: str, outcome: Outcome) -> None:
    assert measure(within).of(occasion("10:00", "11:30", ending)).outcome is outcome


def test_an_excuse_is_for_what_would_have_been_late() -> None:
    assert measure("1h").of(occasion("10:00", "11:30", is_excused=True)).outcome is Outcome.EXCUSED
    assert measure("2h").of(occasion("10:00", "11:30", is_excused=True)).outcome is Outcome.KEPT
    assert measure("1h").of(occasion("10:00", "11:30", Ending.OPEN, is_excused=True)).outcome is Outcome.EXCUSED


def test_the_pauses_of_what_is_open_are_those_that_moved_its_due_instant() -> None:
    # Four hours from 10:00 end at 14:00; due is 15:00, so an hour was paused. At 12:30 an hour and a half have run.
    open_one = occasion("10:00", "12:30", Ending.OPEN, due="15:00")
    assert measure("90m").of(open_one).outcome is Outcome.NOT_DUE
    assert measure("89m").of(open_one).outcome is Outcome.OPEN_LATE


MINUTES = st.integers(0, 40 * 24 * 60)


@given(
    opened=MINUTES,
    length=st.integers(0, 15 * 24 * 60),
    hours=st.sampled_from(sorted(CALENDARS)),
    limit=st.integers(1, 6_000),
)
def test_never_paused_it_is_kept_exactly_where_the_due_instant_would_not_have_passed(
    opened: int, length: int, hours: str, limit: int
) -> None:
    """The due instant is found by another search than working time: `after` against `between`."""
    start = at("2026-03-02 00:00") + opened * MINUTE_US
    end = start + length * MINUTE_US
    target = parse_target(f"{limit} min")
    found = Measure(target, CALENDARS[hours], start, end).of(
        Occasion(start, end, Ending.DONE, False, ALWAYS, end - start, None)
    )
    is_kept = end <= target.due(start, CALENDARS[hours])
    assert (found.outcome is Outcome.KEPT) == is_kept

"""Targets: how they are written, and when they are due. Worked examples are checked against a calendar of 2026.

Office hours here are Monday to Friday 09:00-17:00 in London. In January London is on UTC: Thursday 8, Friday 9, Saturday 10,
Monday 12, Tuesday 13.
"""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US, format_instant, parse_instant
from monitor.domain.hours.target import (
    BusinessDays,
    CalendarDays,
    CalendarDuration,
    DayRule,
    Target,
    WorkingDuration,
    describe_length,
    parse_duration,
    parse_target,
)
from monitor.domain.hours.working_hours import ALWAYS, HoursSpec, Windows, WorkingHours

NINE_TO_FIVE: Windows = ((9 * HOUR_US, 17 * HOUR_US),)
NIGHT: Windows = ((22 * HOUR_US, 30 * HOUR_US),)


def calendar(weekdays: Windows, *holidays: str, dates: dict[date, Windows] | None = None) -> WorkingHours:
    days = frozenset(map(date.fromisoformat, holidays))
    weekly = (weekdays, weekdays, weekdays, weekdays, weekdays, (), ())
    return WorkingHours(HoursSpec(zone="Europe/London", weekly=weekly, holidays=lambda _: days, dates=dates or {}))


OFFICE = calendar(NINE_TO_FIVE)


def due(target: Target, start: str, hours: WorkingHours = OFFICE) -> str:
    return format_instant(target.due(parse_instant(start), hours))


# Business days, rule by rule

THURSDAY_NOON = "2026-01-08T12:00Z"
FRIDAY_NIGHT = "2026-01-09T20:00Z"
SATURDAY_NOON = "2026-01-10T12:00Z"
SATURDAY_EARLY = "2026-01-10T07:00Z"
MONDAY_EARLY = "2026-01-12T07:00Z"

WORKED_EXAMPLES = [
    # One business day. Friday's start at night: Monday 20:00 is after closing, so Tuesday's opening.
    (DayRule.SAME_TIME, THURSDAY_NOON, "2026-01-09T12:00:00Z"),
    (DayRule.SAME_TIME, FRIDAY_NIGHT, "2026-01-13T09:00:00Z"),
    (DayRule.SAME_TIME, SATURDAY_NOON, "2026-01-12T12:00:00Z"),
    (DayRule.SAME_TIME, SATURDAY_EARLY, "2026-01-12T09:00:00Z"),
    (DayRule.SAME_TIME, MONDAY_EARLY, "2026-01-13T09:00:00Z"),
    (DayRule.END_OF_DAY, THURSDAY_NOON, "2026-01-09T17:00:00Z"),
    (DayRule.END_OF_DAY, FRIDAY_NIGHT, "2026-01-12T17:00:00Z"),
    (DayRule.END_OF_DAY, SATURDAY_NOON, "2026-01-12T17:00:00Z"),
    # Saturday is closed: counted from Monday 09:00. Friday is a working date, though it is late.
    (DayRule.FROM_OPENING, THURSDAY_NOON, "2026-01-09T12:00:00Z"),
    (DayRule.FROM_OPENING, FRIDAY_NIGHT, "2026-01-13T09:00:00Z"),
    (DayRule.FROM_OPENING, SATURDAY_NOON, "2026-01-13T09:00:00Z"),
    # Saturday noon becomes Monday noon; Friday 20:00 becomes Monday 09:00; each then takes one day more.
    (DayRule.SNAP_THEN_ADD, THURSDAY_NOON, "2026-01-09T12:00:00Z"),
    (DayRule.SNAP_THEN_ADD, FRIDAY_NIGHT, "2026-01-13T09:00:00Z"),
    (DayRule.SNAP_THEN_ADD, SATURDAY_NOON, "2026-01-13T12:00:00Z"),
    (DayRule.SNAP_THEN_ADD, SATURDAY_EARLY, "2026-01-13T09:00:00Z"),
    (DayRule.SNAP_THEN_ADD, MONDAY_EARLY, "2026-01-13T09:00:00Z"),
]


@pytest.mark.parametrize(("rule", "start", "expected"), WORKED_EXAMPLES)
def test_one_business_day_follows_its_rule(rule: DayRule, start: str, expected: str) -> None:
    assert due(BusinessDays(1, rule), start) == expected


def test_the_default_rule_keeps_the_time_of_day() -> None:
    assert BusinessDays(1) == BusinessDays(1, DayRule.SAME_TIME)


def test_business_days_skip_weekends_and_holidays() -> None:
    # Bank holidays on gov.uk: 3 and 6 April 2026. Three working dates after Thursday 2 April: 7, 8, 9 April.
    easter = calendar(NINE_TO_FIVE, "2026-04-03", "2026-04-06")
    assert due(BusinessDays(3), "2026-04-02T10:00+01:00", easter) == "2026-04-09T09:00:00Z"


def test_business_days_keep_the_local_time_across_a_clock_change() -> None:
    # Friday 27 March, 10:00 GMT; Monday 30 March, 10:00 BST is 09:00Z: 71 hours later.
    assert due(BusinessDays(1), "2026-03-27T10:00Z") == "2026-03-30T09:00:00Z"


def test_the_end_of_a_short_day_is_its_own_closing() -> None:
    christmas_eve: dict[date, Windows] = {date(2026, 12, 24): ((9 * HOUR_US, 12 * HOUR_US),)}
    short = calendar(NINE_TO_FIVE, dates=christmas_eve)
    assert due(BusinessDays(1, DayRule.END_OF_DAY), "2026-12-23T10:00Z", short) == "2026-12-24T12:00:00Z"
    # At the same time, 14:00, the short day is already over: Friday's opening.
    assert due(BusinessDays(1), "2026-12-23T14:00Z", short) == "2026-12-25T09:00:00Z"


def test_the_end_of_a_night_shifts_day_is_on_the_next_morning() -> None:
    assert due(BusinessDays(1, DayRule.END_OF_DAY), "2026-01-05T23:00Z", calendar(NIGHT)) == "2026-01-07T06:00:00Z"


@pytest.mark.parametrize("rule", [DayRule.FROM_OPENING, DayRule.SNAP_THEN_ADD])
def test_the_small_hours_after_fridays_night_shift_are_not_closed(rule: DayRule) -> None:
    # Saturday 02:00 belongs to Friday's shift. The next working date is Monday; 02:00 there rolls to 22:00.
    assert due(BusinessDays(1, rule), "2026-01-10T02:00Z", calendar(NIGHT)) == "2026-01-12T22:00:00Z"


@pytest.mark.parametrize("rule", DayRule)
def test_around_the_clock_business_days_are_days(rule: DayRule) -> None:
    expected = "2026-01-12T00:00:00Z" if rule is DayRule.END_OF_DAY else "2026-01-11T12:00:00Z"
    assert due(BusinessDays(1, rule), SATURDAY_NOON, ALWAYS) == expected


@pytest.mark.parametrize("count", [0, -1])
def test_no_days_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="expected at least 1"):
        BusinessDays(count)
    with pytest.raises(ValueError, match="expected at least 1"):
        CalendarDays(count)


# The other targets


def test_working_time_is_counted_in_opening_hours() -> None:
    assert due(WorkingDuration(2 * HOUR_US), "2026-01-09T16:00Z") == "2026-01-12T10:00:00Z"


def test_working_time_used_up_at_closing_may_roll() -> None:
    assert due(WorkingDuration(8 * HOUR_US), "2026-01-09T09:00Z") == "2026-01-09T17:00:00Z"
    assert due(WorkingDuration(8 * HOUR_US, roll_to_opening=True), "2026-01-09T09:00Z") == "2026-01-12T09:00:00Z"


def test_calendar_time_ignores_opening_hours() -> None:
    assert due(CalendarDuration(72 * HOUR_US), SATURDAY_NOON) == "2026-01-13T12:00:00Z"


def test_calendar_days_keep_the_local_time_and_do_not_roll() -> None:
    # Friday 27 March, 20:00 GMT; Sunday 29 March, 20:00 BST is 47 hours later.
    assert due(CalendarDays(2), "2026-03-27T20:00Z") == "2026-03-29T19:00:00Z"


def test_a_calendar_day_that_ends_in_a_gap_ends_after_it() -> None:
    # 01:30 does not exist on 29 March; it is read as 02:30 BST.
    assert due(CalendarDays(1), "2026-03-28T01:30Z") == "2026-03-29T01:30:00Z"


FROM, TO = parse_instant("2026-01-09T16:00Z"), parse_instant("2026-01-12T10:00Z")


@pytest.mark.parametrize("target", [WorkingDuration(HOUR_US), BusinessDays(1)])
def test_open_time_counts_for_working_targets(target: Target) -> None:
    assert target.counts_working_time
    assert target.elapsed_in(FROM, TO, OFFICE) == 2 * HOUR_US


@pytest.mark.parametrize("target", [CalendarDuration(HOUR_US), CalendarDays(1)])
def test_all_time_counts_for_calendar_targets(target: Target) -> None:
    assert not target.counts_working_time
    assert target.elapsed_in(FROM, TO, OFFICE) == 66 * HOUR_US
    assert target.elapsed_in(TO, FROM, OFFICE) == 0


@given(
    st.builds(BusinessDays, st.integers(1, 8), st.sampled_from(DayRule)),
    st.integers(0, 400 * DAY_US),
)
def test_business_days_are_due_at_an_instant_of_working_time(target: BusinessDays, offset: int) -> None:
    start = FROM + offset
    end = target.due(start, OFFICE)
    assert end > start
    # At a closing the hours are over, the microsecond before they are not.
    assert OFFICE.is_open(end - (target.rule is DayRule.END_OF_DAY))
    # n working dates hold n times eight hours; the rest of the first and of the last day come on top.
    assert (target.count - 1) * 8 * HOUR_US <= target.elapsed_in(start, end, OFFICE) <= (target.count + 2) * 8 * HOUR_US


# Reading


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("4h", WorkingDuration(4 * HOUR_US)),
        ("1h 30m", WorkingDuration(90 * MINUTE_US)),
        ("1h30m", WorkingDuration(90 * MINUTE_US)),
        ("1 hour 30 minutes", WorkingDuration(90 * MINUTE_US)),
        ("1.5h", WorkingDuration(90 * MINUTE_US)),
        ("90s", WorkingDuration(90 * SECOND_US)),
        ("20 s", WorkingDuration(20 * SECOND_US)),
        ("30 min", WorkingDuration(30 * MINUTE_US)),
        (" 4H ", WorkingDuration(4 * HOUR_US)),
        ("0.000001s", WorkingDuration(1)),
        ("0h", WorkingDuration(0)),
        ("4 working hours", WorkingDuration(4 * HOUR_US)),
        ("4 business hours", WorkingDuration(4 * HOUR_US)),
        ("1 business day", BusinessDays(1)),
        ("3 business days", BusinessDays(3)),
        ("3 working days", BusinessDays(3)),
        ("3  Business  Days", BusinessDays(3)),
        ("1 day", CalendarDays(1)),
        ("3 days", CalendarDays(3)),
        ("3 calendar days", CalendarDays(3)),
        ("72 calendar hours", CalendarDuration(72 * HOUR_US)),
        ("30 calendar minutes", CalendarDuration(30 * MINUTE_US)),
    ],
)
def test_targets_are_read(text: str, target: Target) -> None:
    assert parse_target(text) == target


def test_options_go_to_the_targets_that_use_them() -> None:
    assert parse_target("1 business day", rule=DayRule.END_OF_DAY) == BusinessDays(1, DayRule.END_OF_DAY)
    assert parse_target("4h", roll_to_opening=True) == WorkingDuration(4 * HOUR_US, roll_to_opening=True)
    assert parse_target("1 day", rule=DayRule.END_OF_DAY, roll_to_opening=True) == CalendarDays(1)


@pytest.mark.parametrize(
    ("text", "business", "calendar_days"),
    [
        ("3d", "3 business days", "3 days"),
        ("1d", "1 business day", "1 day"),
        ("3 d", "3 business days", "3 days"),
        ("1 day 4h", "1 business day", "1 day"),
        ("2w", "10 business days", "14 days"),
        ("1 week", "5 business days", "7 days"),
    ],
)
def test_days_that_could_be_two_things_are_refused(text: str, business: str, calendar_days: str) -> None:
    with pytest.raises(ValueError, match=f"found '{text}', expected either '{business}' .* or '{calendar_days}'"):
        parse_target(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "h",
        "90",
        "-1h",
        "1,5h",
        "1h 1h",
        "30m 1h",
        "1h 1.5m",
        "1.5 days",
        "4 calendar",
        "3 business weeks",
        "1e3s",
        "٣h",
    ],
)
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a length such as 4h"):
        parse_target(text)


def test_a_part_of_a_microsecond_is_refused() -> None:
    with pytest.raises(ValueError, match=r"found '0\.0000001s'"):
        parse_target("0.0000001s")


def test_plain_lengths_are_read() -> None:
    assert [parse_duration(text) for text in ("2h", "15m", "20s")] == [2 * HOUR_US, 15 * MINUTE_US, 20 * SECOND_US]


@pytest.mark.parametrize("text", ["3 days", "1 business day", "3d", "72 calendar hours"])
def test_plain_lengths_have_no_days(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected a length such as 4h, 1h 30m, 15 min or 20s$"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (WorkingDuration(4 * HOUR_US), "4 h of working time"),
        (WorkingDuration(90 * MINUTE_US), "1 h 30 min of working time"),
        (CalendarDuration(72 * HOUR_US), "72 h of calendar time"),
        (BusinessDays(1), "1 business day"),
        (BusinessDays(3, DayRule.END_OF_DAY), "3 business days (end_of_day)"),
        (CalendarDays(3), "3 calendar days"),
    ],
)
def test_targets_describe_themselves(target: Target, words: str) -> None:
    assert target.describe() == words


@given(st.integers(0, 10**6).map(lambda count: count * SECOND_US))
def test_a_described_length_is_read_back(length: int) -> None:
    assert parse_duration(describe_length(length)) == length

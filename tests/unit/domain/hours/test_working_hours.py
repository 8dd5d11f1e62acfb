"""Working hours against printed calendars, sums by hand, and an independent oracle that walks date by date with zoneinfo.

Clock changes of 2026 are those of the IANA tables: London 29 March 01:00Z and 25 October 01:00Z, New York 8 March 07:00Z and
1 November 06:00Z, Sydney 4 April 16:00Z and 3 October 16:00Z, Lord Howe (half an hour) 4 April 15:00Z and 3 October 15:30Z.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.hours.instant import (
    DAY_US,
    HOUR_US,
    MINUTE_US,
    InstantUs,
    format_instant,
    from_datetime,
    parse_instant,
)
from monitor.domain.hours.working_hours import (
    ALWAYS,
    FIRST_US,
    LAST_US,
    BeyondCalendarError,
    HoursSpec,
    Windows,
    WorkingHours,
    always,
)

MICROSECOND = timedelta(microseconds=1)


def windows(*texts: str) -> Windows:
    """`09:00-17:30` as the domain wants it; an end not after the start lies on the next day."""

    def minutes(text: str) -> int:
        return int(text[:2]) * 60 + int(text[3:])

    pairs = [tuple(minutes(half) for half in text.split("-")) for text in texts]
    return tuple(
        (opens * MINUTE_US, (closes if closes > opens else closes + 1440) * MINUTE_US) for opens, closes in pairs
    )


OFFICE = windows("09:00-17:00")
SPLIT = windows("09:00-12:00", "13:00-17:00")
NIGHT = windows("22:00-06:00")


def spec(
    zone: str = "Europe/London",
    *,
    weekdays: Windows = (),
    saturday: Windows = (),
    sunday: Windows = (),
    holidays: Iterable[str] = (),
    dates: dict[str, Windows] | None = None,
    closed: Iterable[tuple[str, str]] = (),
) -> HoursSpec:
    days = frozenset(map(date.fromisoformat, holidays))
    return HoursSpec(
        zone=zone,
        weekly=(weekdays, weekdays, weekdays, weekdays, weekdays, saturday, sunday),
        holidays=lambda year: frozenset(day for day in days if day.year == year),
        dates={date.fromisoformat(day): hours for day, hours in (dates or {}).items()},
        closed=tuple((datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in closed),
    )


def hours_between(calendar: HoursSpec, start: str, end: str) -> float:
    return WorkingHours(calendar).between(parse_instant(start), parse_instant(end)) / HOUR_US


def end_after(calendar: HoursSpec, start: str, work: int, *, roll_to_opening: bool = False) -> str:
    end = WorkingHours(calendar).after(parse_instant(start), work, roll_to_opening=roll_to_opening)
    return format_instant(end)


# Ordinary weeks. The first Monday of 2026 is 5 January; London is on UTC.


def test_a_plain_week_has_forty_hours() -> None:
    assert hours_between(spec(weekdays=OFFICE), "2026-01-05T00:00Z", "2026-01-12T00:00Z") == 40


def test_a_lunch_break_does_not_count() -> None:
    assert hours_between(spec(weekdays=SPLIT), "2026-01-05T11:30Z", "2026-01-05T13:30Z") == 1


def test_work_goes_on_after_lunch() -> None:
    assert end_after(spec(weekdays=SPLIT), "2026-01-05T11:00Z", 2 * HOUR_US) == "2026-01-05T14:00:00Z"


def test_work_left_on_friday_is_finished_on_monday() -> None:
    assert end_after(spec(weekdays=OFFICE), "2026-01-09T16:00Z", 2 * HOUR_US) == "2026-01-12T10:00:00Z"


def test_an_overnight_window_runs_into_the_next_date() -> None:
    # Monday 22:00 to Tuesday 06:00, of which 23:00 to 05:00 was asked.
    assert hours_between(spec(weekdays=NIGHT), "2026-01-05T23:00Z", "2026-01-06T05:00Z") == 6


def test_the_night_shift_of_friday_ends_on_saturday() -> None:
    assert end_after(spec(weekdays=NIGHT), "2026-01-09T23:00Z", 8 * HOUR_US) == "2026-01-12T23:00:00Z"


def test_a_night_shift_of_sunday_reaches_into_monday() -> None:
    assert hours_between(spec(sunday=NIGHT), "2026-01-12T00:00Z", "2026-01-13T00:00Z") == 6


def test_a_calendar_of_tuesdays_only_waits_for_tuesday() -> None:
    tuesdays = HoursSpec(zone="UTC", weekly=((), OFFICE, (), (), (), (), ()))
    # 16 h of work are two Tuesdays: 6 and 13 January.
    assert end_after(tuesdays, "2026-01-01T00:00Z", 16 * HOUR_US) == "2026-01-13T17:00:00Z"


def test_windows_that_touch_are_one() -> None:
    touching = spec(weekdays=windows("09:00-12:00", "12:00-17:00"))
    assert end_after(touching, "2026-01-05T09:00Z", 3 * HOUR_US, roll_to_opening=True) == "2026-01-05T12:00:00Z"


def test_windows_that_overlap_count_once() -> None:
    assert (
        hours_between(spec(weekdays=windows("09:00-13:00", "12:00-17:00")), "2026-01-05T00:00Z", "2026-01-06T00:00Z")
        == 8
    )


def test_a_night_shift_that_overlaps_the_next_morning_counts_once() -> None:
    # Monday 22:00 to 06:00 and 05:00 to 13:00: of Tuesday 00:00 to 13:00 every hour, once; then 22:00 to 24:00.
    both = spec(weekdays=windows("22:00-06:00", "05:00-13:00"))
    assert hours_between(both, "2026-01-06T00:00Z", "2026-01-07T00:00Z") == 15


def test_windows_around_midnight_are_one_night() -> None:
    round_midnight = spec(weekdays=windows("20:00-24:00", "00:00-04:00"))
    end = end_after(round_midnight, "2026-01-05T20:00Z", 4 * HOUR_US, roll_to_opening=True)
    assert end == "2026-01-06T00:00:00Z"


def test_the_order_of_windows_does_not_matter() -> None:
    assert hours_between(spec(weekdays=SPLIT[::-1]), "2026-01-05T00:00Z", "2026-01-12T00:00Z") == 35


def test_24_hours_from_nine_to_nine() -> None:
    assert hours_between(spec(saturday=windows("09:00-09:00")), "2026-01-09T00:00Z", "2026-01-12T00:00Z") == 24


# Edges


def test_windows_are_half_open() -> None:
    office = WorkingHours(spec(weekdays=OFFICE))
    opens, closes = parse_instant("2026-01-05T09:00Z"), parse_instant("2026-01-05T17:00Z")
    asked = [opens - 1, opens, closes - 1, closes]
    assert [office.is_open(instant) for instant in asked] == [False, True, True, False]


def test_a_target_used_up_at_closing_ends_at_closing() -> None:
    assert end_after(spec(weekdays=OFFICE), "2026-01-05T09:00Z", 8 * HOUR_US) == "2026-01-05T17:00:00Z"


def test_a_target_used_up_at_closing_may_roll_to_the_next_opening() -> None:
    end = end_after(spec(weekdays=OFFICE), "2026-01-05T09:00Z", 8 * HOUR_US, roll_to_opening=True)
    assert end == "2026-01-06T09:00:00Z"


def test_a_target_used_up_inside_hours_does_not_roll() -> None:
    end = end_after(spec(weekdays=OFFICE), "2026-01-05T09:00Z", 8 * HOUR_US - 1, roll_to_opening=True)
    assert end == "2026-01-05T16:59:59.999999Z"


@pytest.mark.parametrize("roll", [False, True])
@pytest.mark.parametrize(
    ("start", "opening"),
    [
        ("2026-01-05T08:00Z", "2026-01-05T09:00:00Z"),
        ("2026-01-05T10:00Z", "2026-01-05T10:00:00Z"),
        ("2026-01-05T17:00Z", "2026-01-06T09:00:00Z"),
        ("2026-01-10T12:00Z", "2026-01-12T09:00:00Z"),
    ],
)
def test_no_work_ends_at_the_next_opening_and_at_once_while_open(start: str, opening: str, *, roll: bool) -> None:
    assert end_after(spec(weekdays=OFFICE), start, 0, roll_to_opening=roll) == opening


def test_work_from_out_of_hours_counts_from_the_opening() -> None:
    assert end_after(spec(weekdays=OFFICE), "2026-01-04T03:00Z", HOUR_US) == "2026-01-05T10:00:00Z"


def test_an_end_before_the_start_has_no_work() -> None:
    assert hours_between(spec(weekdays=OFFICE), "2026-01-06T00:00Z", "2026-01-05T00:00Z") == 0


def test_every_microsecond_counts() -> None:
    office = WorkingHours(spec(weekdays=OFFICE))
    start = parse_instant("2026-01-05T16:59:59.999999Z")
    assert office.between(start, parse_instant("2026-01-06T09:00:00.000001Z")) == 2
    assert office.after(start, 2) == parse_instant("2026-01-06T09:00:00.000001Z")


def test_negative_work_is_refused() -> None:
    with pytest.raises(ValueError, match="found -1 microseconds"):
        ALWAYS.after(0, -1)


def test_spans_are_cut_off_at_both_ends() -> None:
    split = WorkingHours(spec(weekdays=SPLIT))
    spans = split.spans(parse_instant("2026-01-05T11:00Z"), parse_instant("2026-01-05T14:00Z"))
    assert [tuple(map(format_instant, span)) for span in spans] == [
        ("2026-01-05T11:00:00Z", "2026-01-05T12:00:00Z"),
        ("2026-01-05T13:00:00Z", "2026-01-05T14:00:00Z"),
    ]


def test_there_are_no_spans_in_no_time() -> None:
    assert WorkingHours(spec(weekdays=SPLIT)).spans(10, 10) == []


# Around the clock


def test_around_the_clock_all_time_counts() -> None:
    start, end = parse_instant("1999-12-31T23:59Z"), parse_instant("2026-03-29T04:00Z")
    assert ALWAYS.between(start, end) == end - start
    assert ALWAYS.after(start, end - start) == end


def test_around_the_clock_a_clock_change_makes_no_hole() -> None:
    # Cairo's clocks jump at midnight itself: 24 April 2026 has no 00:00 to 01:00. 3 days less that hour.
    every_day = spec(
        "Africa/Cairo", weekdays=windows("00:00-24:00"), saturday=windows("00:00-24:00"), sunday=windows("00:00-24:00")
    )
    local = ZoneInfo("Africa/Cairo")
    start, end = datetime(2026, 4, 23, tzinfo=local), datetime(2026, 4, 26, tzinfo=local)
    assert WorkingHours(every_day).between(from_datetime(start), from_datetime(end)) == 71 * HOUR_US


def test_calendars_that_never_close_are_one_object_for_each_zone() -> None:
    assert always("Asia/Tokyo") is always("Asia/Tokyo")
    assert always("Asia/Tokyo").zone == "Asia/Tokyo"


# Clock changes: elapsed time counts

AROUND_CLOCK_CHANGES = [
    # zone, hours of every day, from and to in UTC, hours by hand
    pytest.param(
        "Europe/London",
        "00:00-08:00",
        "2026-03-28T12:00Z",
        "2026-03-29T12:00Z",
        7,
        id="London spring: 8 less the lost hour",
    ),
    pytest.param(
        "Europe/London",
        "00:00-08:00",
        "2026-10-24T12:00Z",
        "2026-10-25T12:00Z",
        9,
        id="London autumn: 8 and the hour twice",
    ),
    pytest.param(
        "America/New_York",
        "22:00-06:00",
        "2026-03-07T17:00Z",
        "2026-03-08T17:00Z",
        7,
        id="New York spring, over midnight",
    ),
    pytest.param(
        "America/New_York",
        "22:00-06:00",
        "2026-10-31T17:00Z",
        "2026-11-01T17:00Z",
        9,
        id="New York autumn, over midnight",
    ),
    pytest.param(
        "Australia/Sydney", "00:00-08:00", "2026-10-03T02:00Z", "2026-10-04T02:00Z", 7, id="Sydney spring, in October"
    ),
    pytest.param(
        "Australia/Sydney", "00:00-08:00", "2026-04-04T02:00Z", "2026-04-05T02:00Z", 9, id="Sydney autumn, in April"
    ),
    pytest.param(
        "Australia/Lord_Howe", "00:00-08:00", "2026-10-03T02:00Z", "2026-10-04T02:00Z", 7.5, id="Lord Howe spring"
    ),
    pytest.param(
        "Australia/Lord_Howe", "00:00-08:00", "2026-04-04T02:00Z", "2026-04-05T02:00Z", 8.5, id="Lord Howe autumn"
    ),
    # 01:00 to 02:00 does not exist: 01:30 is read as 02:30, so 1 h 30 to 04:00.
    pytest.param(
        "Europe/London", "01:30-04:00", "2026-03-28T12:00Z", "2026-03-29T12:00Z", 1.5, id="opens inside the gap"
    ),
    # 23:00 to 01:30, which is read as 02:30 BST = 01:30Z.
    pytest.param(
        "Europe/London", "23:00-01:30", "2026-03-28T12:00Z", "2026-03-29T12:00Z", 2.5, id="closes inside the gap"
    ),
    # 01:15-01:45 is read as 02:15-02:45.
    pytest.param(
        "Europe/London", "01:15-01:45", "2026-03-28T12:00Z", "2026-03-29T12:00Z", 0.5, id="lies inside the gap"
    ),
    # 01:30 is read as 02:30, after the end: nothing is left.
    pytest.param(
        "Europe/London", "01:30-02:15", "2026-03-28T12:00Z", "2026-03-29T12:00Z", 0, id="ends before its shifted start"
    ),
    # Both ends mean the first occurrence: one hour, not two; and from 01:30 BST to 02:30 GMT are two.
    pytest.param(
        "Europe/London",
        "01:00-01:30",
        "2026-10-24T12:00Z",
        "2026-10-25T12:00Z",
        0.5,
        id="inside the hour that comes twice",
    ),
    pytest.param(
        "Europe/London", "01:30-02:30", "2026-10-24T12:00Z", "2026-10-25T12:00Z", 2, id="over the hour that comes twice"
    ),
]


@pytest.mark.parametrize(("zone", "text", "start", "end", "expected"), AROUND_CLOCK_CHANGES)
def test_elapsed_time_counts_across_clock_changes(zone: str, text: str, start: str, end: str, expected: float) -> None:
    every_day = windows(text)
    assert hours_between(spec(zone, weekdays=every_day, saturday=every_day, sunday=every_day), start, end) == expected


def test_old_dates_use_the_offset_of_their_own_time() -> None:
    # London kept GMT+1 in July 1990: 09:00-17:00 is 08:00Z-16:00Z. The offset of a January "today" would give 09:00Z.
    assert end_after(spec(weekdays=OFFICE), "1990-07-02T00:00Z", HOUR_US) == "1990-07-02T09:00:00Z"


def test_a_date_that_a_zone_left_out_moves_to_the_next() -> None:
    # Apia had no 30 December 2011 (a Friday); its hours, shifted by the gap of a day, are those of the 31st, 09:00 to 17:00 at +14.
    assert hours_between(spec("Pacific/Apia", weekdays=OFFICE), "2011-12-30T10:00Z", "2011-12-31T10:00Z") == 8


# Holidays, single dates, closed spans

# Bank holidays in England and Wales 2026, as printed on gov.uk/bank-holidays. Boxing Day, a Saturday, is observed on the 28th.
GOV_UK_2026 = [
    "2026-01-01",
    "2026-04-03",
    "2026-04-06",
    "2026-05-04",
    "2026-05-25",
    "2026-08-31",
    "2026-12-25",
    "2026-12-28",
]


def test_the_bank_holidays_of_a_year_do_not_count() -> None:
    # 2026 has 261 weekdays (52 weeks and a Thursday), 8 of them bank holidays.
    printed = spec(weekdays=OFFICE, holidays=GOV_UK_2026)
    assert hours_between(printed, "2026-01-01T00:00Z", "2027-01-01T00:00Z") == (261 - 8) * 8


def test_work_skips_easter() -> None:
    # Thursday 2 April, 16:00 BST; Good Friday and Easter Monday are closed.
    assert (
        end_after(spec(weekdays=OFFICE, holidays=GOV_UK_2026), "2026-04-02T15:00Z", 2 * HOUR_US)
        == "2026-04-07T09:00:00Z"
    )


def test_a_night_shift_from_the_eve_of_a_holiday_runs_to_its_end() -> None:
    christmas = spec(weekdays=NIGHT, holidays=["2026-12-25"])
    assert hours_between(christmas, "2026-12-24T12:00Z", "2026-12-25T12:00Z") == 8


def test_the_night_shift_of_a_holiday_falls_away_whole() -> None:
    # Thursday 24 December is the holiday: neither its evening nor the small hours of the 25th.
    christmas = spec(weekdays=NIGHT, holidays=["2026-12-24"])
    assert hours_between(christmas, "2026-12-24T12:00Z", "2026-12-25T12:00Z") == 0


def test_a_date_of_its_own_replaces_the_weekday() -> None:
    short = spec(weekdays=OFFICE, dates={"2026-12-24": windows("09:00-12:00")})
    assert hours_between(short, "2026-12-24T00:00Z", "2026-12-25T00:00Z") == 3


def test_a_date_of_its_own_wins_over_a_holiday() -> None:
    open_anyway = spec(weekdays=OFFICE, holidays=["2026-12-25"], dates={"2026-12-25": windows("10:00-11:00")})
    assert hours_between(open_anyway, "2026-12-25T00:00Z", "2026-12-26T00:00Z") == 1


def test_a_date_without_windows_is_closed() -> None:
    assert hours_between(spec(weekdays=OFFICE, dates={"2026-01-05": ()}), "2026-01-05T00:00Z", "2026-01-06T00:00Z") == 0


def test_a_calendar_may_consist_of_single_dates() -> None:
    fair = spec(dates={"2026-05-09": OFFICE, "2031-05-10": OFFICE})
    # 9 May 2026 has 8 hours (08:00Z to 16:00Z in summer), the rest comes five years later.
    assert end_after(fair, "2026-01-01T00:00Z", 9 * HOUR_US) == "2031-05-10T09:00:00Z"


def test_closed_spans_are_taken_out() -> None:
    # 10:00 to 11:00 BST.
    outage = spec(weekdays=OFFICE, closed=[("2026-07-01T10:00", "2026-07-01T11:00")])
    assert hours_between(outage, "2026-07-01T00:00Z", "2026-07-02T00:00Z") == 7
    assert end_after(outage, "2026-07-01T08:30Z", HOUR_US) == "2026-07-01T10:30:00Z"


def test_closed_spans_are_taken_out_of_single_dates_too() -> None:
    both = spec(dates={"2026-07-01": OFFICE}, closed=[("2026-07-01T08:00", "2026-07-01T12:00")])
    assert hours_between(both, "2026-07-01T00:00Z", "2026-07-02T00:00Z") == 5


def test_a_closed_span_may_last_for_weeks() -> None:
    # Closed from Monday 3 to Friday 28 August; the next opening is Monday 31 August, 09:00 BST.
    summer = spec(weekdays=OFFICE, closed=[("2026-08-03T00:00", "2026-08-29T00:00")])
    assert end_after(summer, "2026-07-31T16:00Z", 0) == "2026-08-31T08:00:00Z"


# Dates


def test_hours_belong_to_the_date_they_open_on() -> None:
    night = WorkingHours(spec(weekdays=NIGHT))
    monday, saturday = (
        date.fromisoformat(day).toordinal() - date(1970, 1, 1).toordinal() for day in ("2026-01-05", "2026-01-10")
    )
    assert format_instant(night.closing_of(monday)) == "2026-01-06T06:00:00Z"
    assert not night.is_working_day(saturday)


def test_working_dates_skip_weekends_and_holidays() -> None:
    office = WorkingHours(spec(weekdays=OFFICE, holidays=GOV_UK_2026))
    thursday = (date(2026, 4, 2) - date(1970, 1, 1)).days
    # 3 (Good Friday), 4, 5 and 6 April (Easter Monday) are no working dates: the 7th, 8th.
    assert office.working_day_after(thursday, 2) == thursday + 6


def test_a_date_that_is_closed_whole_is_no_working_date() -> None:
    outage = WorkingHours(spec(weekdays=OFFICE, closed=[("2026-07-01T08:00", "2026-07-01T18:00")]))
    assert not outage.is_working_day((date(2026, 7, 1) - date(1970, 1, 1)).days)


# Refusals


def test_an_empty_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="never opens"):
        WorkingHours(spec())


def test_a_calendar_whose_only_date_is_closed_is_refused() -> None:
    with pytest.raises(ValueError, match="never opens"):
        WorkingHours(spec(dates={"2026-07-01": OFFICE}, closed=[("2026-07-01T00:00", "2026-07-02T00:00")]))


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "Europe", "", "../etc/passwd"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="found zone"):
        WorkingHours(spec(zone, weekdays=OFFICE))


@pytest.mark.parametrize("window", [(-1, 5), (DAY_US, DAY_US + 1), (5, 5), (6, 5), (0, DAY_US + 1)])
def test_a_window_that_is_none_is_refused(window: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="found a window"):
        WorkingHours(spec(weekdays=(window,)))


def test_a_closed_span_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="expected an end after the start"):
        WorkingHours(spec(weekdays=OFFICE, closed=[("2026-07-01T12:00", "2026-07-01T12:00")]))


@pytest.mark.parametrize(
    "question",
    [
        lambda hours: hours.between(FIRST_US - 1, FIRST_US + 1),
        lambda hours: hours.between(LAST_US - 1, LAST_US + 1),
        lambda hours: hours.after(FIRST_US - 1, 1),
        lambda hours: hours.is_open(LAST_US),
        lambda hours: hours.next_opening(FIRST_US - 1),
        lambda hours: hours.spans(FIRST_US - 1, FIRST_US + 1),
        lambda hours: hours.after(LAST_US - 1, HOUR_US),
        lambda hours: hours.after(10**18, HOUR_US),
    ],
)
@pytest.mark.parametrize("hours", [ALWAYS, WorkingHours(spec(weekdays=OFFICE))], ids=["always", "office"])
def test_what_lies_outside_1990_to_2100_is_refused(
    hours: WorkingHours, question: Callable[[WorkingHours], object]
) -> None:
    with pytest.raises(BeyondCalendarError, match="2100"):
        question(hours)


def test_work_that_is_never_done_is_refused() -> None:
    fair = WorkingHours(spec(dates={"2026-05-09": OFFICE}))
    with pytest.raises(BeyondCalendarError, match="no answer before the end of the year 2100"):
        fair.after(parse_instant("2026-01-01T00:00Z"), 9 * HOUR_US)


def test_working_dates_that_never_come_are_refused() -> None:
    fair = WorkingHours(spec(dates={"2026-05-09": OFFICE}))
    with pytest.raises(BeyondCalendarError, match="no answer"):
        fair.working_day_after((date(2026, 5, 9) - date(1970, 1, 1)).days, 1)


def test_the_whole_range_is_answered_for() -> None:
    # 1990-01-01 is a Monday, 2101-01-01 a Saturday: 40,542 days are 5,791 weeks and 5 weekdays.
    office = WorkingHours(spec("UTC", weekdays=OFFICE))
    assert office.between(FIRST_US, LAST_US) == (5791 * 5 + 5) * 8 * HOUR_US


# Against the oracle


def oracle(calendar: HoursSpec, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The open spans in `[start, end)`, slowly: every window of every date through zoneinfo, then piece by piece between
    all their ends."""
    zone = ZoneInfo(calendar.zone)

    def utc(naive: datetime) -> datetime:
        return naive.replace(tzinfo=zone).astimezone(UTC)

    opened = []
    for number in range((end - start).days + 9):
        day = (start - timedelta(days=4) + timedelta(days=number)).date()
        usual: Windows = () if day in calendar.holidays(day.year) else calendar.weekly[day.weekday()]
        midnight = datetime.combine(day, time())
        for opens, closes in calendar.dates.get(day, usual):
            opened.append((utc(midnight + opens * MICROSECOND), utc(midnight + closes * MICROSECOND)))
    closed = [(utc(first), utc(last)) for first, last in calendar.closed]
    ends = {moment for span in opened + closed for moment in span if start < moment < end}
    pieces = pairwise(sorted({start, end} | ends))
    return [
        (first, last)
        for first, last in pieces
        if any(opens <= first < closes for opens, closes in opened)
        and not any(opens <= first < closes for opens, closes in closed)
    ]


def oracle_work(calendar: HoursSpec, start: InstantUs, end: InstantUs) -> int:
    spans = oracle(calendar, moment(start), moment(end))
    return sum((last - first) // MICROSECOND for first, last in spans)


def moment(instant: InstantUs) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + instant * MICROSECOND


ZONES = [
    "UTC",
    "Europe/London",
    "America/New_York",
    "America/St_Johns",
    "America/Sao_Paulo",  # clocks changed at midnight
    "Africa/Casablanca",  # four changes a year
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # half an hour
    "Pacific/Apia",  # left out a whole date
    "Antarctica/Troll",  # two hours
]

MINUTE_OF_DAY = st.integers(0, 24 * 60 - 1)


@st.composite
def some_windows(draw: st.DrawFn) -> Windows:
    drawn = draw(st.lists(st.tuples(MINUTE_OF_DAY, st.integers(1, 24 * 60)), max_size=3))
    return tuple((opens * MINUTE_US, (opens + length) * MINUTE_US) for opens, length in drawn)


@st.composite
def calendars_and_days(draw: st.DrawFn) -> tuple[HoursSpec, date]:
    """A calendar with all sorts of exceptions, and a date near them; often close to a clock change."""
    day = draw(
        st.dates(date(1990, 2, 1), date(2100, 11, 1))
        | st.sampled_from([date(2026, 3, 27), date(2011, 12, 28), date(2018, 11, 3)])
    )
    near = st.integers(-3, 12).map(lambda days: day + timedelta(days=days))
    holidays = draw(st.frozensets(near, max_size=3))
    starts = draw(st.lists(st.tuples(near, MINUTE_OF_DAY, st.integers(1, 3000)), max_size=2))
    weekly = draw(st.tuples(*[some_windows()] * 7).filter(any))
    calendar = HoursSpec(
        zone=draw(st.sampled_from(ZONES)),
        weekly=weekly,
        holidays=lambda year: frozenset(holiday for holiday in holidays if holiday.year == year),
        dates=draw(st.dictionaries(near, some_windows(), max_size=2)),
        closed=tuple(
            (naive := datetime.combine(first, time()) + timedelta(minutes=minute), naive + timedelta(minutes=length))
            for first, minute, length in starts
        ),
    )
    return calendar, day


SPREAD = st.integers(0, 14 * DAY_US)


def start_near(day: date, offset: int) -> InstantUs:
    return (day - date(1970, 1, 1)).days * DAY_US + offset


@given(calendars_and_days(), SPREAD, SPREAD)
def test_work_between_is_what_the_oracle_adds_up(drawn: tuple[HoursSpec, date], offset: int, length: int) -> None:
    calendar, day = drawn
    start = start_near(day, offset)
    assert WorkingHours(calendar).between(start, start + length) == oracle_work(calendar, start, start + length)


@given(calendars_and_days(), SPREAD, st.integers(1, 30 * HOUR_US))
def test_after_is_the_first_instant_at_which_the_work_is_done(
    drawn: tuple[HoursSpec, date], offset: int, work: int
) -> None:
    calendar, day = drawn
    hours, start = WorkingHours(calendar), start_near(day, offset)
    end = hours.after(start, work)
    assert hours.between(start, end) == work
    assert hours.between(start, end - 1) == work - 1


@given(calendars_and_days(), SPREAD, st.integers(1, 30 * HOUR_US))
def test_rolling_goes_to_the_next_opening_and_nowhere_else(
    drawn: tuple[HoursSpec, date], offset: int, work: int
) -> None:
    calendar, day = drawn
    hours, start = WorkingHours(calendar), start_near(day, offset)
    rolled = hours.after(start, work, roll_to_opening=True)
    assert hours.is_open(rolled)
    assert hours.between(start, rolled) == work
    assert rolled == hours.next_opening(hours.after(start, work))


@given(calendars_and_days(), st.tuples(SPREAD, SPREAD, SPREAD).map(sorted))
def test_work_adds_up(drawn: tuple[HoursSpec, date], offsets: list[int]) -> None:
    calendar, day = drawn
    hours = WorkingHours(calendar)
    start, middle, end = (start_near(day, offset) for offset in offsets)
    assert hours.between(start, middle) + hours.between(middle, end) == hours.between(start, end)


@given(calendars_and_days(), SPREAD, st.integers(0, 10 * HOUR_US), st.integers(0, 10 * HOUR_US))
def test_more_work_and_a_later_start_never_end_earlier(
    drawn: tuple[HoursSpec, date], offset: int, work: int, more: int
) -> None:
    calendar, day = drawn
    hours, start = WorkingHours(calendar), start_near(day, offset)
    end = hours.after(start, work)
    assert end <= hours.after(start, work + more)
    assert end <= hours.after(start + more, work)


@given(calendars_and_days(), SPREAD, SPREAD)
def test_spans_are_apart_and_measure_the_work(drawn: tuple[HoursSpec, date], offset: int, length: int) -> None:
    calendar, day = drawn
    hours, start = WorkingHours(calendar), start_near(day, offset)
    spans = hours.spans(start, start + length)
    assert sum(closes - opens for opens, closes in spans) == hours.between(start, start + length)
    assert all(here[1] < following[0] for here, following in pairwise(spans))
    assert all(hours.is_open(opens) and hours.next_opening(opens) == opens for opens, _ in spans)


@given(calendars_and_days(), st.lists(st.tuples(st.integers(-4000, 4000), SPREAD), min_size=1, max_size=6))
def test_answers_do_not_depend_on_what_was_asked_before(
    drawn: tuple[HoursSpec, date], questions: list[tuple[int, int]]
) -> None:
    calendar, day = drawn
    grown, whole = WorkingHours(calendar), WorkingHours(calendar)
    starts = [min(max(start_near(day, days * DAY_US), FIRST_US), LAST_US - 400 * DAY_US) for days, _ in questions]
    whole.between(max(min(starts) - 400 * DAY_US, FIRST_US), max(starts) + 400 * DAY_US)
    for start, (_, length) in zip(starts, questions, strict=True):
        assert grown.between(start, start + length) == whole.between(start, start + length)
        assert grown.after(start, HOUR_US) == whole.after(start, HOUR_US)


def test_a_question_costs_no_more_than_its_years() -> None:
    asked: set[int] = set()

    def holidays(year: int) -> frozenset[date]:
        asked.add(year)
        return frozenset()

    office = WorkingHours(HoursSpec(zone="UTC", weekly=(OFFICE,) * 7, holidays=holidays))
    office.between(parse_instant("2026-06-01T00:00Z"), parse_instant("2026-06-30T00:00Z"))
    assert asked == {2026}

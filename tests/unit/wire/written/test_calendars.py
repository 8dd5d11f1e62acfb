"""Calendars as people write them: what is read, what is refused and in which words, and what comes out compiled."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from monitor.domain.hours.instant import HOUR_US, MINUTE_US, parse_instant
from monitor.domain.hours.working_hours import always
from monitor.wire.written.calendars import CalendarModel, days_of, read_date, read_local_time, read_window
from monitor.wire.written.public_holidays import public_holidays

OFFICE: dict[str, Any] = {"zone": "Europe/London", "weekly": {"mon-fri": ["09:00-17:00"]}}


def hours_between(calendar: dict[str, Any], start: str, end: str) -> float:
    hours = CalendarModel.model_validate(calendar).compile()
    return hours.between(parse_instant(start), parse_instant(end)) / HOUR_US


def refusal(calendar: dict[str, Any]) -> tuple[tuple[int | str, ...], str]:
    """Where the only fault is, and what it says."""
    with pytest.raises(ValidationError) as caught:
        CalendarModel.model_validate(calendar)
    (fault,) = caught.value.errors(include_url=False)
    return fault["loc"], fault["msg"].removeprefix("Value error, ")


# Windows and days


@pytest.mark.parametrize(
    ("text", "opens", "closes"),
    [
        ("09:00-17:30", 9 * 60, 17 * 60 + 30),
        ("09:00 - 17:30", 9 * 60, 17 * 60 + 30),
        ("00:00-24:00", 0, 24 * 60),
        ("22:00-06:00", 22 * 60, 30 * 60),
        ("22:00-00:00", 22 * 60, 24 * 60),
        ("09:00-09:00", 9 * 60, 33 * 60),
    ],
)
def test_windows_are_read(text: str, opens: int, closes: int) -> None:
    assert read_window(text) == (opens * MINUTE_US, closes * MINUTE_US)


def test_windows_may_have_seconds() -> None:
    assert read_window("09:00:30-09:01") == (9 * HOUR_US + 30_000_000, 9 * HOUR_US + 60_000_000)


@pytest.mark.parametrize(
    "text", ["9-5", "9:00-17:00", "09:00", "24:00-08:00", "09:60-17:00", "09:00-24:01", "25:00-26:00", 9, None]
)
def test_what_is_no_window_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="expected hours such as 09:00-17:30"):
        read_window(text)


@pytest.mark.parametrize(
    ("key", "days"),
    [
        ("mon", [0]),
        ("mon-fri", [0, 1, 2, 3, 4]),
        ("sat-mon", [5, 6, 0]),
        ("mon,wed", [0, 2]),
        ("mon-tue, fri", [0, 1, 4]),
        ("Sat-Sun", [5, 6]),
    ],
)
def test_days_are_read(key: str, days: list[int]) -> None:
    assert days_of(key) == days


@pytest.mark.parametrize("key", ["", "monday", "mon-", "-fri", "mon-fri-sun", "mon;tue"])
def test_what_is_no_day_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="expected days such as mon, mon-fri or mon,wed"):
        days_of(key)


def test_dates_and_local_times_are_read() -> None:
    assert read_date("2026-12-25") == date(2026, 12, 25)
    assert read_local_time("2026-07-01 10:00") == datetime(2026, 7, 1, 10)  # noqa: DTZ001  local


@pytest.mark.parametrize("text", ["2026-02-30", "20261225", "25.12.2026", "0001-01-01", 20261225])
def test_what_is_no_date_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="expected a date such as 2026-12-25"):
        read_date(text)


@pytest.mark.parametrize(
    "text", ["2026-07-01", "2026-07-01T10:00Z", "2026-07-01T10:00+01:00", "2026-07-01T25:00", "0001-01-01T00:00", 5]
)
def test_what_is_no_local_time_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="expected a local time without an offset"):
        read_local_time(text)


# Whole calendars


def test_each_part_of_a_calendar_counts() -> None:
    whole = {
        "zone": "Europe/London",
        "weekly": {"mon-fri": ["09:00-12:00", "13:00-17:00"], "sat": ["10:00-12:00"]},
        "holidays": {"country": "GB", "subdivision": "ENG", "add": ["2026-12-29"], "remove": ["2026-12-28"]},
        "dates": {"2026-12-24": ["09:00-12:00"]},
        "closed": [["2026-12-23T10:00", "2026-12-23T11:00"]],
    }
    # Monday 21 December to Sunday 3 January: 7 + 7 + (7 - 1) + 3; 25 is Christmas, 26 a holiday though a Saturday; 28 is
    # worked, 29 is not, 30 and 31 are; 1 January is New Year; Saturday the 2nd has 2 hours.
    expected = 7 + 7 + 6 + 3 + 7 + 7 + 7 + 2
    assert hours_between(whole, "2026-12-21T00:00Z", "2027-01-04T00:00Z") == expected


def test_holidays_may_be_a_plain_list() -> None:
    assert hours_between(OFFICE | {"holidays": ["2026-01-05"]}, "2026-01-05T00:00Z", "2026-01-07T00:00Z") == 8


def test_an_empty_list_of_hours_closes_a_day() -> None:
    calendar = {"zone": "UTC", "weekly": {"mon": ["09:00-17:00"], "tue": []}}
    assert hours_between(calendar, "2026-01-05T00:00Z", "2026-01-12T00:00Z") == 8


def test_always_is_around_the_clock() -> None:
    calendar = {"zone": "Europe/London", "weekly": "always"}
    assert hours_between(calendar, "2026-03-01T00:00Z", "2026-04-01T00:00Z") == 31 * 24
    assert CalendarModel.model_validate(calendar).compile()._table is always("Europe/London")._table


def test_always_with_holidays_closes_on_them() -> None:
    calendar = {"zone": "UTC", "weekly": "always", "holidays": ["2026-01-05"]}
    assert hours_between(calendar, "2026-01-04T00:00Z", "2026-01-07T00:00Z") == 48


def test_public_holidays_of_england_are_the_printed_ones() -> None:
    # gov.uk/bank-holidays, England and Wales 2026, with Boxing Day itself beside its substitute.
    printed = ["01-01", "04-03", "04-06", "05-04", "05-25", "08-31", "12-25", "12-26", "12-28"]
    assert sorted(public_holidays("GB", "ENG", 2026)) == [date.fromisoformat(f"2026-{day}") for day in printed]


def test_public_holidays_of_germany_are_the_printed_ones() -> None:
    # The nine that all states share, as the Federal Ministry of the Interior lists them for 2026.
    printed = ["01-01", "04-03", "04-06", "05-01", "05-14", "05-25", "10-03", "12-25", "12-26"]
    assert sorted(public_holidays("DE", None, 2026)) == [date.fromisoformat(f"2026-{day}") for day in printed]


def test_equal_calendars_compile_once() -> None:
    one = {
        "zone": "UTC",
        "weekly": {"mon,tue": ["13:00-17:00", "09:00-12:00"], "wed": []},
        "holidays": ["2026-01-05", "2026-01-06"],
    }
    same = {
        "holidays": {"add": ["2026-01-06", "2026-01-05"]},
        "weekly": {"mon-tue": ["09:00-12:00", "13:00-17:00"]},
        "zone": "UTC",
    }
    assert CalendarModel.model_validate(one).compile() is CalendarModel.model_validate(same).compile()


def test_different_calendars_do_not() -> None:
    other = OFFICE | {"zone": "Europe/Dublin"}
    assert CalendarModel.model_validate(OFFICE).compile() is not CalendarModel.model_validate(other).compile()


# Refusals: where, what was found, what was expected


def test_an_unknown_zone_is_refused_with_a_guess() -> None:
    place, words = refusal(OFFICE | {"zone": "Europe/Londn"})
    assert place == ("zone",)
    assert words.startswith(
        "found zone 'Europe/Londn', expected an IANA zone such as Europe/London (did you mean Europe/London"
    )


def test_a_missing_zone_is_refused() -> None:
    assert refusal({"weekly": OFFICE["weekly"]}) == (("zone",), "Field required")


def test_an_unknown_key_is_refused() -> None:
    assert refusal(OFFICE | {"weekdays": {}})[0] == ("weekdays",)
    assert refusal(OFFICE | {"holidays": {"county": "GB"}})[0] == ("holidays", "county")


def test_an_unknown_country_is_refused() -> None:
    for country in ("XX", "England", "HolidayBase"):
        place, words = refusal(OFFICE | {"holidays": {"country": country}})
        assert place == ("holidays",)
        assert words.startswith(f"found country '{country}', expected one with known holidays")


def test_an_unknown_subdivision_is_refused_with_the_known_ones() -> None:
    _, words = refusal(OFFICE | {"holidays": {"country": "GB", "subdivision": "XYZ"}})
    assert words == "found subdivision 'XYZ' of GB, expected one of ENG, NIR, SCT, WLS"


@pytest.mark.parametrize("part", [{"subdivision": "ENG"}, {"remove": ["2026-04-03"]}])
def test_a_part_of_no_country_is_refused(part: dict[str, Any]) -> None:
    assert "expected them beside a `country`" in refusal(OFFICE | {"holidays": part})[1]


def test_a_day_named_twice_is_refused() -> None:
    place, words = refusal({"zone": "UTC", "weekly": {"mon-wed": ["09:00-17:00"], "tue": ["09:00-12:00"]}})
    assert place == ("weekly",)
    assert words == "found tue a second time (in 'tue'), expected each day of the week once"


def test_a_faulty_window_is_refused_at_its_place() -> None:
    assert refusal({"zone": "UTC", "weekly": {"mon": ["09:00-12:00", "9-5"]}})[0] == ("weekly", "mon", 1)
    assert refusal(OFFICE | {"dates": {"2026-12-24": ["9-5"]}})[0] == ("dates", "2026-12-24", 0)


def test_a_closed_span_that_ends_first_is_refused() -> None:
    place, words = refusal(OFFICE | {"closed": [["2026-07-01T11:00", "2026-07-01T10:00"]]})
    assert place == ("closed", 0)
    assert words.endswith("expected an end after the start")


@pytest.mark.parametrize("weekly", [{}, {"mon-sun": []}])
def test_an_empty_calendar_is_refused(weekly: dict[str, Any]) -> None:
    assert refusal({"zone": "UTC", "weekly": weekly}) == (
        (),
        "found a calendar that never opens, expected hours on at least one day",
    )


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        CalendarModel.model_validate({"zone": "x", "weekly": {"mon": ["9-5"]}, "closed": [["a", "b"]], "open": 1})
    assert caught.value.error_count() == 5


def test_the_schema_describes_every_key() -> None:
    schema = CalendarModel.model_json_schema()
    described = [schema["properties"], schema["$defs"]["HolidaysModel"]["properties"]]
    assert all("description" in key for keys in described for key in keys.values())

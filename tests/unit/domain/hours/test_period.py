"""Calendar periods on local clocks. Offsets are those of the zone database, told beside each instant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.hours.instant import HOUR_US, format_instant, parse_instant
from monitor.domain.hours.period import PeriodKind, period_named, period_of, periods_between

ZONES = ["America/New_York", "Australia/Sydney", "America/Sao_Paulo", "America/Havana", "Asia/Kathmandu", "UTC"]


def _of(kind: str, at: str, zone: str) -> tuple[str, str, str]:
    period = period_of(PeriodKind(kind), parse_instant(at), zone)
    return period.name, format_instant(period.starts_at), format_instant(period.ends_at)


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        # New York is at -04:00 until 06:00Z on 1 November 2026: the month begins and ends by summer time.
        ("2026-11-01T03:59:59Z", "America/New_York", ("2026-10", "2026-10-01T04:00:00Z", "2026-11-01T04:00:00Z")),
        ("2026-11-01T04:00:00Z", "America/New_York", ("2026-11", "2026-11-01T04:00:00Z", "2026-12-01T05:00:00Z")),
        # Sydney is at +10:00 until 4 October 2026, then at +11:00.
        ("2026-10-30T12:00:00Z", "Australia/Sydney", ("2026-10", "2026-09-30T14:00:00Z", "2026-10-31T13:00:00Z")),
        ("2026-10-31T13:00:00Z", "Australia/Sydney", ("2026-11", "2026-10-31T13:00:00Z", "2026-11-30T13:00:00Z")),
    ],
)
def test_a_month_begins_and_ends_at_local_midnight(at: str, zone: str, expected: tuple[str, str, str]) -> None:
    assert _of("month", at, zone) == expected


@pytest.mark.parametrize(
    ("at", "zone", "expected", "hours"),
    [
        (
            "2026-11-01T12:00:00Z",
            "America/New_York",
            ("2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"),
            25,
        ),
        (
            "2026-10-04T00:00:00Z",
            "Australia/Sydney",
            ("2026-10-04", "2026-10-03T14:00:00Z", "2026-10-04T13:00:00Z"),
            23,
        ),
        # On 4 November 2018 São Paulo's clocks went from 00:00 (-03:00) to 01:00 (-02:00): the day had no midnight.
        (
            "2018-11-04T03:00:00Z",
            "America/Sao_Paulo",
            ("2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"),
            23,
        ),
        # On 1 November 2026 Havana's go from 01:00 (-04:00) back to 00:00 (-05:00): the day has two, and begins at the first.
        ("2026-11-01T05:30:00Z", "America/Havana", ("2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"), 25),
    ],
)
def test_a_day_on_which_clocks_change_is_an_hour_longer_or_shorter(
    at: str, zone: str, expected: tuple[str, str, str], hours: int
) -> None:
    assert _of("day", at, zone) == expected
    assert parse_instant(expected[2]) - parse_instant(expected[1]) == hours * HOUR_US


@pytest.mark.parametrize(
    ("kind", "at", "expected"),
    [
        # 1 January 2026 is a Thursday: by ISO 8601 its week is the first of 2026 and begins on Monday 29 December 2025.
        ("week", "2026-01-01T10:00:00Z", ("2026-W01", "2025-12-29T00:00:00Z", "2026-01-05T00:00:00Z")),
        # 1 January 2027 is a Friday: its week is still the 53rd of 2026.
        ("week", "2027-01-01T10:00:00Z", ("2026-W53", "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z")),
        ("month", "2024-02-29T23:59:59Z", ("2024-02", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z")),
        ("quarter", "2026-12-31T00:00:00Z", ("2026-Q4", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z")),
        ("quarter", "2026-05-10T00:00:00Z", ("2026-Q2", "2026-04-01T00:00:00Z", "2026-07-01T00:00:00Z")),
        ("year", "2026-07-01T00:00:00Z", ("2026", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")),
    ],
)
def test_each_kind_of_period_has_its_first_day_and_its_name(kind: str, at: str, expected: tuple[str, str, str]) -> None:
    assert _of(kind, at, "UTC") == expected


@given(
    kind=st.sampled_from(PeriodKind),
    at=st.integers(parse_instant("1971-01-01T00:00:00Z"), parse_instant("2099-01-01T00:00:00Z")),
    zone=st.sampled_from(ZONES),
)
def test_every_instant_lies_in_one_period_and_periods_follow_without_a_gap(
    kind: PeriodKind, at: int, zone: str
) -> None:
    period = period_of(kind, at, zone)
    assert period.starts_at <= at < period.ends_at
    assert period_of(kind, period.starts_at, zone) == period_of(kind, period.ends_at - 1, zone) == period
    assert period_of(kind, period.ends_at, zone).starts_at == period.ends_at
    assert list(periods_between(kind, period.starts_at, period.ends_at, zone)) == [period]


def test_between_two_instants_the_periods_at_both_ends_are_whole() -> None:
    since, until = parse_instant("2026-01-15T00:00:00Z"), parse_instant("2026-03-01T00:00:00.000001Z")
    names = [period.name for period in periods_between(PeriodKind.MONTH, since, until, "UTC")]
    assert names == ["2026-01", "2026-02", "2026-03"]
    assert list(periods_between(PeriodKind.MONTH, until, since, "UTC")) == []


def test_an_unknown_zone_is_an_error() -> None:
    with pytest.raises(ValueError, match="Mars/Olympus"):
        period_of(PeriodKind.DAY, 0, "Mars/Olympus")


@pytest.mark.parametrize(
    ("name", "starts", "ends"),
    [
        # London is at +01:00 from 29 March to 25 October 2026.
        ("2026-Q1", "2026-01-01T00:00:00Z", "2026-03-31T23:00:00Z"),
        ("2026-Q3", "2026-06-30T23:00:00Z", "2026-09-30T23:00:00Z"),
        ("2026-10", "2026-09-30T23:00:00Z", "2026-11-01T00:00:00Z"),
        ("2026", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        # ISO 8601: the first week of 2026 begins on Monday, 29 December 2025.
        ("2026-W01", "2025-12-29T00:00:00Z", "2026-01-05T00:00:00Z"),
        ("2026-03-29", "2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z"),
    ],
)
def test_a_period_is_found_by_its_name(name: str, starts: str, ends: str) -> None:
    period = period_named(name, "Europe/London")
    assert (period.name, format_instant(period.starts_at), format_instant(period.ends_at)) == (name, starts, ends)


@pytest.mark.parametrize(
    "name", ["", "2026-Q5", "2026-13", "2026-W54", "2026-02-30", "26-07", "2026-7", "1899", "2100", "٢٠٢٦"]
)
def test_what_names_no_period_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected a period such as 2026-Q3"):
        period_named(name, "UTC")


@given(
    st.sampled_from(list(PeriodKind)),
    st.integers(parse_instant("1990-01-02T00:00:00Z"), parse_instant("2099-12-25T00:00:00Z")),
    st.sampled_from(ZONES),
)
def test_every_period_has_the_name_it_is_found_by(kind: PeriodKind, at: int, zone: str) -> None:
    period = period_of(kind, at, zone)
    assert period_named(period.name, zone) == period

"""Local time against `zoneinfo`, for every zone there is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.hours.instant import SECOND_US, from_datetime
from monitor.domain.hours.local_time import (
    date_of_day,
    day_of_date,
    instant_of,
    local_of,
    local_us_of,
    offset_steps,
    weekday,
)

ZONES = sorted(available_timezones() - {"localtime"})


def _different(names: list[str]) -> dict[str, bytes]:
    """Of zones that are one by several names, one: with its data, by which they are the same."""
    by_data = {_data(name): name for name in reversed(names)}
    return {name: data for data, name in by_data.items()}


def _data(name: str) -> bytes:
    for folder in TZPATH:
        if (file := Path(folder, name)).is_file():
            return file.read_bytes()
    return files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()


MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 12, 31))  # noqa: DTZ001  local and UTC in turn


@given(st.sampled_from(ZONES), MOMENTS)
def test_the_wall_clock_shows_what_zoneinfo_says(name: str, naive: datetime) -> None:
    zone, moment = ZoneInfo(name), naive.replace(tzinfo=UTC)
    assert local_of(from_datetime(moment), zone) == local_us_of(moment.astimezone(zone).replace(tzinfo=None))


@given(st.sampled_from(ZONES), MOMENTS)
def test_the_instant_of_a_local_time_is_what_zoneinfo_says(name: str, naive: datetime) -> None:
    zone = ZoneInfo(name)
    assert instant_of(local_us_of(naive), zone) == from_datetime(naive.replace(tzinfo=zone, fold=0))


@pytest.mark.parametrize("name", ["Europe/London", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"])
def test_minutes_around_every_step_are_what_zoneinfo_says(name: str) -> None:
    zone = ZoneInfo(name)
    for step in offset_steps(
        zone, from_datetime(datetime(2010, 1, 1, tzinfo=UTC)), from_datetime(datetime(2012, 6, 1, tzinfo=UTC))
    ):
        local = datetime(1970, 1, 1) + timedelta(microseconds=step.at + min(step.before, step.after))  # noqa: DTZ001  local
        for minutes in range(-90, 24 * 60 + 90, 15):
            naive = local + timedelta(minutes=minutes)
            assert instant_of(local_us_of(naive), zone) == from_datetime(naive.replace(tzinfo=zone, fold=0))


def test_no_two_steps_hide_between_two_looks() -> None:
    # Every day at noon, twenty years that hold the closest pair there is (Boa Vista, 8 and 15 October 2000).
    zone = ZoneInfo("America/Boa_Vista")
    noons = [datetime(1995, 1, 1, 12, tzinfo=UTC) + timedelta(days=day) for day in range(20 * 365)]
    offsets = [noon.astimezone(zone).utcoffset() for noon in noons]
    changes = sum(here != following for here, following in pairwise(offsets))
    assert len(offset_steps(zone, from_datetime(noons[0]), from_datetime(noons[-1]))) == changes


@pytest.fixture(scope="module")
def noons() -> list[datetime]:
    """Of every day from 1990 to 2045: from 2038 on no zone has more than a rule for each year."""
    return [datetime(1990, 1, 1, 12, tzinfo=UTC) + timedelta(days=day) for day in range(20_000)]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(_different(ZONES)))
def test_every_step_of_every_zone_is_found(name: str, noons: list[datetime]) -> None:
    zone = ZoneInfo(name)
    offsets = [noon.astimezone(zone).utcoffset() for noon in noons]
    changes = sum(here != following for here, following in pairwise(offsets))
    assert len(offset_steps(zone, from_datetime(noons[0]), from_datetime(noons[-1]))) == changes


def test_steps_are_those_of_the_tables() -> None:
    # London 2026: 29 March 01:00Z and 25 October 01:00Z, by an hour.
    start, end = (from_datetime(datetime(year, 1, 1, tzinfo=UTC)) for year in (2026, 2027))
    steps = offset_steps(ZoneInfo("Europe/London"), start, end)
    assert [step.at for step in steps] == [
        from_datetime(datetime(2026, 3, 29, 1, tzinfo=UTC)),
        from_datetime(datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ]
    assert [(step.after - step.before) // SECOND_US for step in steps] == [3600, -3600]


@pytest.mark.parametrize("year", [1, 9999])
def test_the_ends_of_the_calendar_have_local_times_too(year: int) -> None:
    moment = datetime(year, 6, 1, tzinfo=UTC)
    local = moment.astimezone(ZoneInfo("Asia/Tokyo")).replace(tzinfo=None)
    assert local_of(from_datetime(moment), ZoneInfo("Asia/Tokyo")) == local_us_of(local)


@given(st.dates())
def test_days_are_numbered_from_1970(day: date) -> None:
    assert day_of_date(day) == (day - date(1970, 1, 1)).days
    assert date_of_day(day_of_date(day)) == day
    assert weekday(day_of_date(day)) == day.weekday()


def test_a_local_time_with_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a local time without an offset"):
        local_us_of(datetime(2026, 1, 1, tzinfo=UTC))

"""Instants as microseconds, and the way to text and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.hours.instant import (
    DAY_US,
    FOREVER_US,
    HOUR_US,
    MINUTE_US,
    SECOND_US,
    describe_duration,
    format_instant,
    from_datetime,
    parse_instant,
    seconds,
    to_datetime,
)

ACCEPTED = st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  zone follows


def test_the_epoch_is_zero() -> None:
    assert from_datetime(datetime(1970, 1, 1, tzinfo=UTC)) == 0


def test_an_instant_counts_microseconds_whatever_the_offset() -> None:
    # 1 000 000 000 s after the epoch was 2001-09-09T01:46:40Z (the "billennium").
    offset = timezone(timedelta(hours=5, minutes=30))
    assert from_datetime(datetime(2001, 9, 9, 7, 16, 40, 123456, tzinfo=offset)) == 1_000_000_000_123_456


def test_an_instant_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="without an offset"):
        from_datetime(datetime(2026, 3, 2, 10))  # noqa: DTZ001  that is the point


@given(ACCEPTED)
def test_an_instant_comes_back_exactly(moment: datetime) -> None:
    assert to_datetime(from_datetime(moment)) == moment


@given(ACCEPTED)
def test_the_text_of_an_instant_reads_as_that_instant(moment: datetime) -> None:
    assert parse_instant(format_instant(from_datetime(moment))) == from_datetime(moment)


@pytest.mark.parametrize(
    "text", ["2026-03-30T10:00:00+01:00", "2026-03-30T09:00:00Z", "2026-03-30T09:00Z", "2026-03-30T14:30:00+05:30"]
)
def test_z_and_offsets_name_the_same_instant(text: str) -> None:
    assert format_instant(parse_instant(text)) == "2026-03-30T09:00:00Z"


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-02-30T10:00:00Z", "1772442000", "2026-03-02T25:00:00Z", "9999-12-31T23:59:59-14:00"]
)
def test_what_is_no_instant_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected an ISO 8601 instant such as|without an offset"):
        parse_instant(text)


def test_microseconds_appear_only_where_there_are_some() -> None:
    assert [format_instant(us) for us in (0, 1)] == ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000001Z"]


def test_forever_is_the_year_9999() -> None:
    assert format_instant(FOREVER_US) == "9999-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("length", "expected"), [(0, 0), (3 * SECOND_US, 3), (1_500_000, 1.5), (-SECOND_US, -1), (1, 0.000001)]
)
def test_seconds_are_whole_where_they_can_be(length: int, expected: float) -> None:
    assert (seconds(length), type(seconds(length))) == (expected, type(expected))


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (0, "0 s"),
        (20 * SECOND_US, "20 s"),
        (90 * MINUTE_US, "1 h 30 min"),
        (2 * DAY_US + 4 * HOUR_US + 59 * MINUTE_US, "2 d 4 h"),
        (DAY_US + 5 * SECOND_US, "1 d 5 s"),
        (999_999, "0 s"),
        (-90 * MINUTE_US, "-1 h 30 min"),
    ],
)
def test_a_duration_reads_in_two_units_rounded_down(length: int, expected: str) -> None:
    assert describe_duration(length) == expected

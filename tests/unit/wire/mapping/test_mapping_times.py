"""Times of an export become instants, or are refused."""

from __future__ import annotations

from datetime import date

import pytest

from monitor.domain.hours.instant import format_instant
from monitor.errors import UnreadableEvent
from monitor.wire.mapping.times import WrittenTimes


def read(text: str, form: str, zone: str = "UTC", day: date | None = None) -> str:
    return format_instant(WrittenTimes([form], zone, day).read(text))


def test_a_time_is_read_as_its_format_says() -> None:
    assert read("29/2/2016 01:16", "%d/%m/%Y %H:%M") == "2016-02-29T01:16:00Z"


def test_a_local_time_is_of_the_zone() -> None:
    # Europe/London is an hour ahead of UTC in summer.
    assert read("2026-07-01 10:00", "%Y-%m-%d %H:%M", "Europe/London") == "2026-07-01T09:00:00Z"


def test_an_offset_in_the_text_goes_before_the_zone() -> None:
    assert read("2026-07-01 10:00 +0530", "%Y-%m-%d %H:%M %z", "Europe/London") == "2026-07-01T04:30:00Z"


@pytest.mark.parametrize("text", ["2026-07-01T10:00:00+01:00", "2026-07-01T09:00Z", "2026-07-01 10:00:00"])
def test_iso_may_have_an_offset_or_none(text: str) -> None:
    assert read(text, "iso", "Europe/London") == "2026-07-01T09:00:00Z"


def test_a_time_without_a_date_is_of_the_date_that_was_set() -> None:
    assert read("7:05:09", "%H:%M:%S", day=date(1999, 3, 1)) == "1999-03-01T07:05:09Z"


def test_the_first_format_that_fits_is_used() -> None:
    times = WrittenTimes(["%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M"], "UTC")
    assert times.read("02/01/2026 00:00") == times.read("2026-01-02T00:00")


def test_a_local_time_that_exists_twice_is_the_first() -> None:
    # Clocks in London went back from 02:00 BST to 01:00 GMT on 25 October 2026.
    assert read("2026-10-25 01:30", "%Y-%m-%d %H:%M", "Europe/London") == "2026-10-25T00:30:00Z"


def test_a_local_time_that_clocks_skipped_is_refused() -> None:
    # Clocks in London went from 01:00 to 02:00 on 29 March 2026.
    with pytest.raises(UnreadableEvent) as caught:
        read("2026-03-29 01:30", "%Y-%m-%d %H:%M", "Europe/London")
    assert caught.value.found == "'2026-03-29 01:30'"
    assert caught.value.expected == "a time that exists in Europe/London: its clocks skipped this one"


@pytest.mark.parametrize("text", ["30/2/2016 01:16", "29/2/2016", "", "29/2/2016 01:16:00", "2016-02-29 01:16"])
def test_a_text_that_fits_no_format_is_refused(text: str) -> None:
    with pytest.raises(UnreadableEvent) as caught:
        read(text, "%d/%m/%Y %H:%M")
    assert caught.value.expected == "a time written as %d/%m/%Y %H:%M"


@pytest.mark.parametrize("text", ["0001-01-01T00:00+05:00", "0001-01-01T00:00", "9999-12-31T23:59-05:00"])
def test_a_year_that_nobody_means_is_refused(text: str) -> None:
    with pytest.raises(UnreadableEvent) as caught:
        read(text, "iso", "Asia/Tokyo")
    assert caught.value.expected == "a year from 1900 to 2199"

"""Bands of time with the firm. Expected bands are told by the calendar."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.domain.hours.instant import from_datetime
from monitor.domain.promises.promised_people import Tenure
from monitor.domain.promises.tenure_bands import TenureBands
from monitor.errors import ConfigError
from monitor.testing import BOOK, small_book


def utc(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("joined", "at", "band"),
    [
        ("2025-09-02", "2026-03-01 23:59", "under 6 months"),
        ("2025-09-02", "2026-03-02 00:00", "6 to 24 months"),
        ("2025-08-31", "2026-02-28 00:00", "6 to 24 months"),  # a day that does not exist is the month's last
        ("2024-03-02", "2026-03-01 23:59", "6 to 24 months"),
        ("2024-03-02", "2026-03-02 00:00", "24 months and longer"),
        ("2026-03-02", "2026-03-02 00:00", "under 6 months"),
    ],
)
def test_a_band_begins_on_the_day_somebody_has_been_there_so_long(joined: str, at: str, band: str) -> None:
    assert TenureBands().of(utc(joined), utc(at)) == band


def test_a_day_begins_where_the_firm_is() -> None:
    # Midnight in New York is five in the morning in UTC.
    bands = TenureBands((Tenure(1, "day"),), "America/New_York")
    joined = utc("2026-03-01 05:00")
    assert bands.of(joined, utc("2026-03-02 04:59")) == "under 1 day"
    assert bands.of(joined, utc("2026-03-02 05:00")) == "1 day and longer"


def test_who_joined_nobody_knows_when_is_in_a_band_of_their_own() -> None:
    assert TenureBands().of(None, utc("2026-03-02")) == "unknown"
    assert TenureBands().names[-1] == "unknown"


def test_a_book_may_have_other_bands() -> None:
    bands = small_book(BOOK + "tenure_bands: [90 days, 1 year, 5 years]\n").tenure_bands
    assert bands.names == ("under 90 days", "90 days to 1 year", "1 to 5 years", "5 years and longer", "unknown")
    assert small_book().tenure_bands.names == ("under 6 months", "6 to 24 months", "24 months and longer", "unknown")


@pytest.mark.parametrize("bounds", ["[1 year, 12 months]", "[30 days, 1 month]", "[2 years, 6 months]", "[]", "[soon]"])
def test_bounds_that_do_not_surely_grow_are_a_fault(bounds: str) -> None:
    with pytest.raises(ConfigError) as refused:
        small_book(BOOK + f"tenure_bands: {bounds}\n")
    (fault,) = refused.value.faults
    assert fault.key.startswith("tenure_bands")

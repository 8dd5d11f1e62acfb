"""Which of many stretches of time an instant lies in, found by the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, case, literal_column

from monitor.domain.hours.instant import InstantUs


def stretch_of(instant: ColumnElement[Any], cuts: Sequence[InstantUs]) -> ColumnElement[Any]:
    """The number of the stretch, from one cut to the next, found by halving; `cuts` are at least two, in order."""
    return _stretch_of(instant, cuts, 0)


def _stretch_of(instant: ColumnElement[Any], cuts: Sequence[InstantUs], first: int) -> ColumnElement[Any]:
    # Spelled out: a year of days would be too many parameters.
    if len(cuts) == 2:
        return literal_column(str(first), BigInteger)
    middle = len(cuts) // 2
    is_before = instant < literal_column(str(cuts[middle]), BigInteger)
    after = _stretch_of(instant, cuts[middle:], first + middle)
    return case((is_before, _stretch_of(instant, cuts[: middle + 1], first)), else_=after)

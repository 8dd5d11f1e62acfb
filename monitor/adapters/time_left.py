"""How much time running obligations have left, read beside whatever is written there."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Engine, case, func, select

from monitor.adapters.driver_errors import translated
from monitor.adapters.tables import OBLIGATIONS, RUNNING
from monitor.domain.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs

PASSED: Final = "passed"
MORE: Final = "more"
TIMES_LEFT: Final = (("15m", 15 * MINUTE_US), ("1h", HOUR_US), ("4h", 4 * HOUR_US), ("1d", DAY_US))
"""The spans that running obligations are sorted into, by their upper ends."""


class TimeLeft(NamedTuple):
    """How many obligations run, by (kind, span), those with more than a day left out; and the earliest due of each kind."""

    counts: dict[tuple[str, str], int]
    earliest: dict[str, InstantUs]


def time_left(engine: Engine, kinds: Collection[str], now: InstantUs) -> TimeLeft:
    """How much calendar time running obligations of these kinds have left. Raises TransientError.

    Answered from an index alone, in time proportional to those with less than a day left.
    """
    due = OBLIGATIONS.c.due
    counts: dict[tuple[str, str], int] = {}
    earliest: dict[str, InstantUs] = {}
    with translated(), engine.connect() as connection:
        for kind in kinds:
            of_kind = RUNNING & (OBLIGATIONS.c.kind == kind)
            first = connection.scalar(select(func.min(due)).where(of_kind))
            if first is None:
                continue
            earliest[kind] = first
            span = _span_of(due, now).label("span")
            soon = select(span, func.count()).where(of_kind, due <= now + TIMES_LEFT[-1][1]).group_by(span)
            counts |= {(kind, row[0]): row[1] for row in connection.execute(soon)}
    return TimeLeft(counts, earliest)


def _span_of(due: ColumnElement[Any], now: InstantUs) -> ColumnElement[str]:
    """The name of the span a due instant lies in."""
    ends = [(name, now + left) for name, left in TIMES_LEFT]
    return case((due < now, PASSED), *((due <= end, name) for name, end in ends[:-1]), else_=ends[-1][0])

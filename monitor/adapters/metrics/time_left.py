"""How much time running obligations have left, read beside whatever is written there."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Engine, Select, case, func, select

from monitor.adapters.journal.canary_rows import is_case_of_canary
from monitor.adapters.journal.driver_errors import translated
from monitor.adapters.journal.tables import CASES, OBLIGATIONS, RUNNING
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs
from monitor.domain.promises.promise import Kind

PASSED: Final = "passed"
MORE: Final = "more"
TIMES_LEFT: Final = (("15m", 15 * MINUTE_US), ("1h", HOUR_US), ("4h", 4 * HOUR_US), ("1d", DAY_US))
"""The spans that running obligations are sorted into, by their upper ends."""


class TimeLeft(NamedTuple):
    """How many obligations run, by (kind, span), those with more than a day left out; the earliest due of each kind; and how
    many of each kind that are due within the shortest span are held by nobody."""

    counts: dict[tuple[str, str], int]
    earliest: dict[str, InstantUs]
    unheld: dict[str, int]


def time_left(engine: Engine, kinds: Collection[str], now: InstantUs) -> TimeLeft:
    """How much calendar time running obligations of these kinds have left. Raises TransientError.

    Answered from an index, in time proportional to those with less than a day left; who holds them is looked up only for
    those with the shortest span left.
    """
    due = OBLIGATIONS.c.due
    counts: dict[tuple[str, str], int] = {}
    earliest: dict[str, InstantUs] = {}
    unheld: dict[str, int] = {}
    with translated(), engine.connect() as connection:
        for kind in kinds:
            of_kind = RUNNING & (OBLIGATIONS.c.kind == kind)
            if kind == Kind.BY:
                # By the name, which the index has.
                of_kind &= ~is_case_of_canary(OBLIGATIONS.c.id)
            first = connection.scalar(select(func.min(due)).where(of_kind))
            if first is None:
                continue
            earliest[kind] = first
            span = _span_of(due, now).label("span")
            soon = select(span, func.count()).where(of_kind, due <= now + TIMES_LEFT[-1][1]).group_by(span)
            counts |= {(kind, row[0]): row[1] for row in connection.execute(soon)}
            unheld[kind] = connection.scalar(_unheld(of_kind & (due <= now + TIMES_LEFT[0][1]))) or 0
    return TimeLeft(counts, earliest, unheld)


def _unheld(chosen: ColumnElement[bool]) -> Select[int]:
    """How many of the obligations chosen belong to a case that neither a person nor a team has."""
    cases = OBLIGATIONS.join(CASES, CASES.c.id == OBLIGATIONS.c.case_id)
    return select(func.count()).select_from(cases).where(chosen, CASES.c.holder.is_(None), CASES.c.team.is_(None))


def _span_of(due: ColumnElement[Any], now: InstantUs) -> ColumnElement[str]:
    """The name of the span a due instant lies in."""
    ends = [(name, now + left) for name, left in TIMES_LEFT]
    return case((due < now, PASSED), *((due <= end, name) for name, end in ends[:-1]), else_=ends[-1][0])

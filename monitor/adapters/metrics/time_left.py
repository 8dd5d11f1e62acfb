"""How much time running obligations have left, read beside whatever is written there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, Engine, Select, case, func, select, union_all

from monitor.adapters.journal.canary_rows import is_case_of_canary
from monitor.adapters.journal.driver_errors import translated
from monitor.adapters.journal.tables import CASES, OBLIGATIONS, RUNNING, RUNNING_COUNTS
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

    Whole minutes are counted already (`running_counts`), so that a question does not grow with what runs; looked at is
    what is due in the minutes in which a span ends, and, for who holds it, what has the shortest span left or passed.
    """
    due = OBLIGATIONS.c.due
    unheld: dict[str, int] = {}
    earliest: dict[str, InstantUs] = {}
    with translated(), engine.connect() as connection:
        counts: Counter[tuple[str, str]] = Counter()
        for kind, span, count in connection.execute(_in_whole_minutes(now)):
            if kind in kinds:
                counts[kind, span] += int(count)
        for kind in kinds:
            of_kind = RUNNING & (OBLIGATIONS.c.kind == kind)
            if kind == Kind.BY:
                # By the name, which the index has.
                of_kind &= ~is_case_of_canary(OBLIGATIONS.c.id)
            first = connection.scalar(select(func.min(due)).where(of_kind))
            if first is None:
                continue
            earliest[kind] = first
            for span, count in connection.execute(_about_the_ends(of_kind, now)):
                counts[kind, span] += count
            unheld[kind] = connection.scalar(_unheld(of_kind & (due <= now + TIMES_LEFT[0][1]))) or 0
    return TimeLeft(dict(counts), earliest, unheld)


def _ends(now: InstantUs) -> list[tuple[str, InstantUs]]:
    """The spans, with their last instants."""
    return [(PASSED, now - 1), *((name, now + left) for name, left in TIMES_LEFT)]


def _in_whole_minutes(now: InstantUs) -> Select[Any]:
    """(kind, span, count) of what is due in minutes in which no span ends."""
    row = RUNNING_COUNTS.c
    ends = [(name, end // MINUTE_US) for name, end in _ends(now)]
    span = case(*((row.minute < minute, name) for name, minute in ends)).label("span")
    minutes = [minute for _, minute in ends]
    asked = select(row.kind, span, func.sum(row.count)).where(row.minute < minutes[-1], row.minute.not_in(minutes))
    return asked.group_by(row.kind, span)


def _about_the_ends(of_kind: ColumnElement[bool], now: InstantUs) -> CompoundSelect[Any]:
    """(span, count) of what is due in the minutes in which a span ends, up to the end of the last one. Asked minute by
    minute: of all at once the planner of PostgreSQL would rather read the index from its beginning."""
    due = OBLIGATIONS.c.due
    ends = _ends(now)
    starts = {end // MINUTE_US * MINUTE_US for _, end in ends}
    span = case(*((due <= end, name) for name, end in ends)).label("span")
    asked = select(span, func.count()).where(of_kind, due <= ends[-1][1]).group_by(span)
    return union_all(*(asked.where(due >= start, due < start + MINUTE_US) for start in sorted(starts)))


def _unheld(chosen: ColumnElement[bool]) -> Select[int]:
    """How many of the obligations chosen belong to a case that neither a person nor a team has."""
    cases = OBLIGATIONS.join(CASES, CASES.c.id == OBLIGATIONS.c.case_id)
    return select(func.count()).select_from(cases).where(chosen, CASES.c.holder.is_(None), CASES.c.team.is_(None))

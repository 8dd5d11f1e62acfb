"""One case told from beginning to end: what happened, what each promise made of it, and why every hour counted or did not.

Written for somebody who has to defend or dispute a verdict and has never seen the program: each obligation names the
promise and its version, the instant it started and why, every interval until its end with the reason it counted
or did not, and the event that ended it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from monitor.domain.cases.case import Case
from monitor.domain.cases.coverage import FULL, Coverage
from monitor.domain.cases.obligation import Obligation, Pause
from monitor.domain.cases.statement import Statement, state
from monitor.domain.hours.instant import DurationUs, InstantUs
from monitor.domain.promises.clock_rules import PauseCount


class Interval(NamedTuple):
    """A span [starts_at, ends_at) of an obligation's life; `counted` is how much of it ran on the promise's clock."""

    starts_at: InstantUs
    ends_at: InstantUs
    counted: DurationUs
    why: str


class Account(NamedTuple):
    """One obligation explained; the intervals follow one another from its start to its end or to now."""

    obligation: Obligation
    statement: Statement
    intervals: list[Interval]


def accounts_of(case: Case, now: InstantUs, coverage: Coverage = FULL) -> Iterator[Account]:
    """The account of every obligation of a case, in the order in which they were opened."""
    for obligation in case.obligations:
        intervals = list(_intervals(obligation, now))
        yield Account(obligation, state(case, obligation, now, coverage), intervals)


def _intervals(obligation: Obligation, now: InstantUs) -> Iterator[Interval]:
    """The life of an obligation cut where it was paused and where hours open and close."""
    at, finish = obligation.start, obligation.finish(now)
    for pause in sorted(obligation.pauses, key=lambda pause: pause.starts_at):
        begins, ends = max(pause.starts_at, at), min(pause.ends_at or finish, finish)
        if ends <= begins:
            continue
        yield from _running(obligation, at, begins)
        yield _paused(obligation, pause, begins, ends)
        at = ends
    yield from _running(obligation, at, finish)


def _running(obligation: Obligation, starts_at: InstantUs, ends_at: InstantUs) -> Iterator[Interval]:
    """A span without pauses, cut where hours open and close if the promise counts working time."""
    if ends_at <= starts_at:
        return
    target = obligation.promise.target
    if target is None or not target.counts_working_time:
        yield Interval(starts_at, ends_at, ends_at - starts_at, "counts: calendar time")
        return
    hours, name = obligation.promise.hours, obligation.promise.hours_name
    at = starts_at
    for opens, closes in hours.spans(starts_at, ends_at):
        if opens > at:
            yield Interval(at, opens, 0, f"does not count: outside the hours {name!r}")
        yield Interval(opens, closes, closes - opens, f"counts: within the hours {name!r}")
        at = closes
    if at < ends_at:
        yield Interval(at, ends_at, 0, f"does not count: outside the hours {name!r}")


def _paused(obligation: Obligation, pause: Pause, starts_at: InstantUs, ends_at: InstantUs) -> Interval:
    turn = f"{pause.reason} (waiting for the {pause.party.value})"
    if obligation.promise.pause_count is PauseCount.HIDE:
        counted = obligation.time_between(starts_at, ends_at)
        return Interval(starts_at, ends_at, counted, f"counts, though the due instant is hidden: {turn}")
    return Interval(starts_at, ends_at, 0, f"does not count: {turn}")

"""Statements about obligations and counts of them as rows for JSON, CSV and tables: one spelling of every column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from monitor.domain.cases.statement import Statement
from monitor.domain.figures.tally import Outcome, Tally
from monitor.domain.hours.instant import format_instant, seconds
from monitor.domain.promises.promise import Kind
from monitor.wire.shown.optional import instant_or_none, seconds_or_none

STATEMENT_COLUMNS: Final = (
    "case",
    "client",
    "promise",
    "version",
    "kind",
    "opened",
    "due",
    "verdict",
    "ended",
    "elapsed_seconds",
    "elapsed_calendar_seconds",
    "paused_seconds",
    "remaining_seconds",
    "late_working_seconds",
    "late_calendar_seconds",
    "reason",
)
TALLY_COLUMNS: Final = ("client", "kind", *(outcome.value for outcome in Outcome))


def statement_row(statement: Statement) -> dict[str, Any]:
    """One obligation: instants in UTC, None where there is none; durations in seconds."""
    promise = statement.promise
    remaining, working, calendar = statement.remaining, statement.late_working, statement.late_calendar
    return {
        "case": statement.case,
        "client": statement.client,
        "promise": promise.id,
        "version": promise.version,
        "kind": str(promise.kind),
        "opened": format_instant(statement.opened),
        "due": instant_or_none(statement.due),
        "verdict": str(statement.verdict),
        "ended": instant_or_none(statement.ended),
        "elapsed_seconds": seconds(statement.elapsed),
        "elapsed_calendar_seconds": seconds(statement.elapsed_calendar),
        "paused_seconds": seconds(statement.paused),
        "remaining_seconds": seconds_or_none(remaining),
        "late_working_seconds": seconds_or_none(working),
        "late_calendar_seconds": seconds_or_none(calendar),
        "reason": statement.reason,
    }


ALL_CLIENTS: Final = "(all)"
"""Stands for the client in the rows that count all of them."""


def tally_rows(tally: Tally) -> Iterator[dict[str, Any]]:
    """The counts by client and kind, sorted, every outcome named; last those of each kind over all clients."""
    for (client, kind), counts in sorted(tally.counts.items()):
        yield _tally_row(client, kind, counts)
    for kind, counts in sorted(tally.totals().items()):
        yield _tally_row(ALL_CLIENTS, kind, counts)


def _tally_row(client: str, kind: Kind, counts: Counter[Outcome]) -> dict[str, Any]:
    return {"client": client, "kind": kind.value, **{outcome.value: counts[outcome] for outcome in Outcome}}

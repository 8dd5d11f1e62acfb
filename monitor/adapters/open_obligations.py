"""The open obligations, soonest due first, read from the database beside whatever is written there."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Engine, select

from monitor.adapters.driver_errors import translated
from monitor.adapters.tables import OBLIGATIONS
from monitor.domain.instant import InstantUs, format_instant, seconds

COLUMNS: Final = ("due", "left_seconds", "verdict", "client", "case", "kind", "promise", "version", "opened")
MOST_ROWS: Final = 10_000


def open_obligations(engine: Engine, now: InstantUs, limit: int = MOST_ROWS) -> list[dict[str, Any]]:
    """A row for each, as `COLUMNS` name it: late ones first, paused ones (nothing is due) last.

    `left_seconds` is calendar time up to the due instant, negative once it has passed. Raises TransientError.
    """
    due = OBLIGATIONS.c.due
    asked = select(OBLIGATIONS).where(OBLIGATIONS.c.is_open)
    with translated(), engine.connect() as connection:
        rows = list(connection.execute(asked.where(due.is_not(None)).order_by(due, OBLIGATIONS.c.id).limit(limit)))
        if len(rows) < limit:
            paused = asked.where(due.is_(None)).order_by(OBLIGATIONS.c.id).limit(limit - len(rows))
            rows += connection.execute(paused)
    return [_shown(row, now) for row in rows]


def _shown(row: Any, now: InstantUs) -> dict[str, Any]:
    return {
        "due": None if row.due is None else format_instant(row.due),
        "left_seconds": None if row.due is None else seconds(row.due - now),
        "verdict": row.verdict,
        "client": row.client,
        "case": row.case_id,
        "kind": row.kind,
        "promise": row.promise,
        "version": row.version,
        "opened": format_instant(row.opened),
    }

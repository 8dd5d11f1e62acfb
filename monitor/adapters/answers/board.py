"""What the board shows as things stand: what is due next, what is late and still open, and how each client is served.

Whatever the number of obligations, so many rows are read and no more are counted than `MOST_COUNTED` of a sort.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, select

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.pages import Row
from monitor.adapters.answers.plans import HELD_OBLIGATIONS, counted_clients
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.canary_rows import without_canary
from monitor.adapters.journal.row_shapes import obligation_row
from monitor.domain.cases.obligation import Verdict
from monitor.domain.hours.instant import DAY_US, HOUR_US, InstantUs, format_instant

ROWS: Final = 15
"""Of what is due next, and of what is late: as many as somebody sees at once."""
CLIENTS: Final = 50
MOST_COUNTED: Final = 1_000
"""What is more than this is said to be at least so many."""

_ROW: Final = t.OBLIGATIONS.c


def board(connection: Connection, now: InstantUs) -> Row:
    """The body of the page `monitor.wire.report.board`; all of it is read in one transaction."""
    book = Known.by(connection).book
    is_ahead, is_behind = _ROW.due > now, _ROW.due <= now
    clients = counted_clients(connection)
    # Who waits in vain first, then who was let down the most often.
    clients.sort(key=lambda row: (-row["open_late"], -row["done_late"], row["client"]))
    return {
        "firm": "" if book is None else book.name,
        "names": {} if book is None else {client.id: client.name for client in book.clients.values()},
        "now": format_instant(now),
        "due_soon": _count(connection, t.OPEN, is_ahead, _ROW.due <= now + HOUR_US),
        "due": _rows(connection, now, _ROW.due, is_ahead),
        "late_count": _count(connection, t.OPEN, is_behind),
        "late": _rows(connection, now, _ROW.due.desc(), is_behind),
        "broken_lately": _count(
            connection, t.LATE, _ROW.verdict == Verdict.BROKEN.value, is_behind, _ROW.due > now - DAY_US
        ),
        "most_counted": MOST_COUNTED,
        "clients_late": sum(row["open_late"] > 0 for row in clients),
        "clients_count": len(clients),
        "clients": clients[:CLIENTS],
    }


def _rows(
    connection: Connection, now: InstantUs, order: ColumnElement[Any], is_wanted: ColumnElement[bool]
) -> list[Row]:
    """The first open obligations of an order, with who has their case."""
    asked = HELD_OBLIGATIONS.where(t.OPEN, is_wanted, *without_canary(_ROW.client)).order_by(order, _ROW.id)
    return [obligation_row(found, now) for found in connection.execute(asked.limit(ROWS))]


def _count(connection: Connection, *wanted: ColumnElement[bool]) -> int:
    """How many there are, up to `MOST_COUNTED`."""
    some = select(_ROW.id).where(*wanted, *without_canary(_ROW.client)).limit(MOST_COUNTED).subquery()
    return connection.scalar(select(func.count()).select_from(some)) or 0

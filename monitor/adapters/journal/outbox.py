"""The outbox in a database of PostgreSQL: decisions by position, and how far they are published."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Engine, select
from sqlalchemy.dialects import postgresql

from monitor.adapters.journal.canary_rows import without_canary
from monitor.adapters.journal.driver_errors import translated
from monitor.adapters.journal.recorded import decisions_after
from monitor.adapters.journal.session_right import Term
from monitor.adapters.journal.tables import DECISIONS, NOTES
from monitor.errors import TransientError
from monitor.service.ports.records import DecisionRecord

POSITION: Final = "published"
"""The note with the position up to which every decision is acknowledged by Kafka."""

_NOTED: Final = select(NOTES.c.value).where(NOTES.c.key == POSITION)
_LAST: Final = (
    select(DECISIONS.c.position)
    .where(*without_canary(DECISIONS.c.client))
    .order_by(DECISIONS.c.position.desc())
    .limit(1)
)


class PostgresOutbox:
    """The outbox port. It writes in the session of the term: whoever has lost that writes nothing."""

    def __init__(self, term: Term) -> None:
        self._term = term

    def position(self) -> int:
        with self._term.writing() as session:
            return int(session.scalar(_NOTED) or 0)

    def decisions_after(self, position: int, limit: int) -> list[DecisionRecord]:
        with self._term.writing() as session:
            return decisions_after(session, position, limit, with_canary=False)

    def move_to(self, position: int) -> None:
        note = postgresql.insert(NOTES).values(key=POSITION, value=str(position))
        with self._term.writing() as session:
            session.execute(note.on_conflict_do_update(index_elements=[NOTES.c.key], set_={"value": str(position)}))
            session.commit()


def positions_behind(engine: Engine, position: int | None) -> int | None:
    """How far the end of the history is from a position, or from what is written; None where nobody answers."""
    try:
        with translated(), engine.connect() as connection:
            noted = connection.scalar(_NOTED)
            last = connection.scalar(_LAST) or 0
    except TransientError:
        return None
    return max(0, last - (int(noted or 0) if position is None else position))

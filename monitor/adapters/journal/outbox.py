"""The outbox in a database of PostgreSQL: decisions by position, how far they are published, and whose it is.

It is the process's that has the right to publish (`session_right`). The session that has it writes how far one has come, so
nobody can who has lost it.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql

from monitor.adapters.journal.canary_rows import without_canary
from monitor.adapters.journal.driver_errors import translated
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.postgres import postgres_engine
from monitor.adapters.journal.recorded import decisions_after
from monitor.adapters.journal.session_right import SessionRight, Term
from monitor.adapters.journal.tables import DECISIONS, NOTES
from monitor.errors import TransientError
from monitor.service.records import DecisionRecord

POSITION: Final = "published"
"""The note with the position up to which every decision is acknowledged by Kafka."""
PUBLISHING: Final = 4
"""The number of the right to publish."""

_LAST: Final = (
    select(DECISIONS.c.position)
    .where(*without_canary(DECISIONS.c.client))
    .order_by(DECISIONS.c.position.desc())
    .limit(1)
)


class PostgresOutbox:
    """The outbox port. Not for two threads at once, but for `behind`."""

    def __init__(self, location: Location) -> None:
        self._engine = postgres_engine(location)
        self._right = SessionRight(location, PUBLISHING)
        self._term: Term | None = None

    def take(self) -> bool:
        if self._term is None:
            self._term = self._right.take()
        return self._term is not None

    def give_up(self) -> None:
        term, self._term = self._term, None
        if term is not None:
            term.end()

    def position(self) -> int:
        with self._asking() as session:
            found = session.scalar(select(NOTES.c.value).where(NOTES.c.key == POSITION))
        return 0 if found is None else int(found)

    def decisions_after(self, position: int, limit: int) -> list[DecisionRecord]:
        with self._asking() as session:
            return decisions_after(session, position, limit, with_canary=False)

    def move_to(self, position: int) -> None:
        note = postgresql.insert(NOTES).values(key=POSITION, value=str(position))
        with self._asking() as session:
            session.execute(note.on_conflict_do_update(index_elements=[NOTES.c.key], set_={"value": str(position)}))
            session.commit()

    def behind(self, position: int | None) -> int | None:
        """How far the end of the history is from a position, or from what is written; None where nobody answers."""
        try:
            with translated(), self._engine.connect() as connection:
                noted = connection.scalar(select(NOTES.c.value).where(NOTES.c.key == POSITION))
                last = connection.scalar(_LAST) or 0
        except TransientError:
            return None
        return max(0, last - (int(noted or 0) if position is None else position))

    def close(self) -> None:
        """Ends every session."""
        self.give_up()
        self._right.close()
        self._engine.dispose()

    def _asking(self) -> AbstractContextManager[Connection]:
        """The session that has the outbox, for one transaction."""
        if self._term is None:
            raise TransientError("the outbox is not this process's any more")
        return self._term.writing()

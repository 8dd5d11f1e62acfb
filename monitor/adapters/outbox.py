"""The outbox in a database of PostgreSQL: decisions by position, how far they are published, and whose it is.

It is the process's whose session has an advisory lock. The session that has it writes how far one has come, so nobody can
who has lost it. It is lost when the session ends: at once where the process does, and after a minute of silence where it
is only stopped, for the server ends a session that asks for nothing so long.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.pool import NullPool

from monitor.adapters.canary_rows import without_canary
from monitor.adapters.database import ADVISORY_LOCKS
from monitor.adapters.driver_errors import translated
from monitor.adapters.location import Location
from monitor.adapters.postgres import end_session, postgres_engine
from monitor.adapters.recorded import decisions_after
from monitor.adapters.tables import DECISIONS, NOTES
from monitor.errors import TransientError
from monitor.service.records import DecisionRecord

POSITION: Final = "published"
"""The note with the position up to which every decision is acknowledged by Kafka."""
SILENCE: Final = "60s"
"""Longer than a publisher rests, and than brokers may take to acknowledge."""

_LAST: Final = (
    select(DECISIONS.c.position)
    .where(*without_canary(DECISIONS.c.client))
    .order_by(DECISIONS.c.position.desc())
    .limit(1)
)
_PUBLISHING_LOCK: Final = 4
_TAKE: Final = text(f"SELECT pg_try_advisory_lock({ADVISORY_LOCKS}, {_PUBLISHING_LOCK})")
_LIMIT_SILENCE: Final = text(f"SELECT set_config('idle_session_timeout', '{SILENCE}', false)")


class PostgresOutbox:
    """The outbox port. Not for two threads at once, but for `behind`."""

    def __init__(self, location: Location) -> None:
        # Without a pool a session ends when it is given up, and the lock with it.
        self._engine = postgres_engine(location, poolclass=NullPool)
        self._session: Connection | None = None

    def take(self) -> bool:
        if self._session is not None:
            return True
        with translated():
            session = self._engine.connect()
            try:
                has_it = bool(session.scalar(_TAKE))
                session.execute(_LIMIT_SILENCE)
                session.commit()
            except BaseException:
                end_session(session)
                raise
        if has_it:
            self._session = session
        else:
            end_session(session)
        return has_it

    def give_up(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            end_session(session)

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
        self._engine.dispose()

    @contextmanager
    def _asking(self) -> Iterator[Connection]:
        """The session that has the outbox, for one transaction."""
        if self._session is None:
            raise TransientError("the outbox is not this process's any more")
        with translated():
            try:
                yield self._session
            finally:
                if not self._session.invalidated:
                    self._session.rollback()

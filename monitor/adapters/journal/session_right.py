"""What one of several processes does at a time, by an advisory lock of a session of PostgreSQL.

A process has the right for a *term*: as long as the session that took the lock. What is written in that session can't be
written by a process that has lost it. A session ends with its process, and after a minute of silence where the process is
only stopped, for the server ends it then; the next term, this process's own included, is another session.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, TextClause, select, text
from sqlalchemy.pool import NullPool

from monitor.adapters.journal.database import ADVISORY_LOCKS, WRITING_LOCK
from monitor.adapters.journal.driver_errors import translated
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.postgres import end_session, postgres_engine
from monitor.errors import TransientError

SILENCE: Final = "60s"
"""A process at work renews its term every second (`monitor.service.processes.duty`); one that is silent so long is stopped or cut off."""
_LIMIT_SILENCE: Final = text(f"SELECT set_config('idle_session_timeout', '{SILENCE}', false)")
_AMONG_WRITERS: Final = text(f"SELECT pg_try_advisory_lock_shared({ADVISORY_LOCKS}, {WRITING_LOCK})")


class Term:
    """One session that has the right. Not for two threads at once."""

    def __init__(self, session: Connection) -> None:
        self._session: Connection | None = session

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The session, for one transaction, which is rolled back where it was not committed.

        Raises TransientError once the term is over.
        """
        session = self._session
        if session is None or session.invalidated:
            raise TransientError("another process has its turn, or may have it")
        with translated():
            try:
                yield session
            finally:
                if not session.invalidated:
                    session.rollback()

    def renew(self) -> None:
        """Asks for something, so that the server does not take this process for stopped; raises TransientError."""
        with self.writing() as session:
            session.execute(select(1))

    def end(self) -> None:
        """Lets others have the right."""
        session, self._session = self._session, None
        if session is not None:
            end_session(session)


class SessionRight:
    """One right in one database. Not for two threads at once."""

    def __init__(self, location: Location, number: int, *, is_among_writers: bool = False) -> None:
        """`number` says which right it is. `is_among_writers` takes it only beside those who write the journal together:
        never while one process has the journal alone, and none gets it alone meanwhile."""
        # Without a pool a session ends when it is given up, and the lock with it.
        self._engine = postgres_engine(location, poolclass=NullPool)
        taking = text(f"SELECT pg_try_advisory_lock({ADVISORY_LOCKS}, {number})")
        self._takings = [_AMONG_WRITERS, taking] if is_among_writers else [taking]

    def take(self) -> Term | None:
        """A term of this process's; None where another one has the right. Raises TransientError."""
        with translated():
            session = self._engine.connect()
            try:
                has_it = all(_takes(session, taking) for taking in self._takings)
                session.execute(_LIMIT_SILENCE)
                session.commit()
            except BaseException:
                end_session(session)
                raise
        if has_it:
            return Term(session)
        end_session(session)
        return None

    def close(self) -> None:
        """No term begins any more."""
        self._engine.dispose()


def _takes(session: Connection, taking: TextClause) -> bool:
    return bool(session.scalar(taking))

"""One Kept for one database of a PostgreSQL server: an advisory lock, held by the session that writes.

Why it is safe. The lock and every transaction that writes belong to one and the same session. When the session ends, for
whatever reason, the server lifts the lock and the transaction with it: there is no moment in which another Kept has the
lock and this one can still commit. So nothing needs to be asked before a commit.

What is left is memory. A lost lock is taken again in a new session, and in between another Kept may have come, written and
gone. Whoever takes the lock leaves a mark of its own in the database. If the mark is still this process's, nobody else had
the lock, and what is remembered holds as it does after any other failure; if not, or if another has the lock, this process
has been displaced and stops.

A server that can't see that its client is gone (a cut network) keeps the old session, and with it the lock, for a
minute. If that session is our own, it is ended: nobody works in it any more.

This needs a session that is one: a connection pooler in front of the server must pool sessions, not transactions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple
from uuid import uuid4

import psycopg
from sqlalchemy import Connection, TextClause, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from monitor.adapters.journal.database import ADVISORY_LOCKS, WRITING_LOCK, unusable
from monitor.adapters.journal.driver_errors import raised_by_driver, translated
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.postgres import OLDEST_SERVER, end_session, postgres_engine
from monitor.adapters.journal.tables import NOTES
from monitor.errors import ConfigError, Displaced, TransientError

MARK: Final = "writer"
"""The note that says whose turn it is, or was last."""
_ASKED_MARK: Final = select(NOTES.c.value).where(NOTES.c.key == MARK)
_TAKE: Final = text(f"SELECT pg_advisory_lock({ADVISORY_LOCKS}, {WRITING_LOCK})")
_TAKE_SHARED: Final = text(f"SELECT pg_advisory_lock_shared({ADVISORY_LOCKS}, {WRITING_LOCK})")
_WAIT: Final = text("SET LOCAL lock_timeout = '2s'")
"""How long to wait for the lock: a Kept that was just killed needs a moment to be gone from the server."""
_HOLDER: Final = text("""
    SELECT session.pid, session.backend_start, session.application_name, host(session.client_addr)
    FROM pg_locks AS lock JOIN pg_stat_activity AS session USING (pid)
    WHERE lock.locktype = 'advisory' AND lock.granted AND lock.objsubid = 2
      AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND lock.classid = :family AND lock.objid = :number""")
_OWN_SESSION: Final = text("SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()")
_SERVER: Final = text("SELECT current_setting('server_version_num')::int, current_setting('server_encoding')")
_END: Final = text("SELECT pg_terminate_backend(:pid)")


class Session(NamedTuple):
    """A session of the server: its process and when it began, in its own words."""

    pid: int
    began: Any


class _Refused(Exception):
    """Somebody else has the lock."""

    def __init__(self, session: Session | None, who: str) -> None:
        super().__init__(who)
        self.session = session


class SessionLock:
    """Held from `take` to `release`. Not for two threads at once."""

    _taking: TextClause = _TAKE

    def __init__(self, location: Location) -> None:
        self._mark: str | None = uuid4().hex
        # Without a pool a session ends when it is given up, and is not handed to somebody else with the lock.
        self._engine = postgres_engine(location, poolclass=NullPool)
        self._location = location
        self._connection: Connection | None = None
        self._session: Session | None = None

    def take(self) -> None:
        """Raises ConfigError where another process has it, or the server can't be used."""
        try:
            self._take(again=False)
            self._check_server()
        except _Refused as error:
            raise self._fault(f"a Kept at work on it ({error})", "a database that no other Kept uses") from error
        except DBAPIError as error:
            raise unusable(self._location, error, "that can be written") from error

    def claim(self) -> None:
        """Leaves the mark; raises what `writing` does."""
        with translated(), self.writing() as connection:
            connection.execute(
                postgresql.insert(NOTES)
                .on_conflict_do_update(index_elements=[NOTES.c.key], set_={"value": self._mark})
                .values(key=MARK, value=self._mark)
            )
            connection.commit()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The connection whose session has the lock.

        Raises TransientError, or Displaced where another process has the lock or had it.
        """
        if self._is_lost():
            self._forget()
            with translated():
                self._take_again()
        assert self._connection is not None
        try:
            yield self._connection
        except TransientError as error:
            # Whether it may write by default a session is told at its beginning, and keeps for good: the next one asks again.
            if isinstance(raised_by_driver(error), psycopg.errors.ReadOnlySqlTransaction):
                self._forget()
            raise

    def release(self) -> None:
        """Ends the session, and with it the lock."""
        self._forget()
        self._session = None

    def _take_again(self) -> None:
        try:
            self._take(again=True)
        except _Refused as error:
            if error.session is None:
                raise TransientError("the database does not work: somebody else had it a moment ago") from error
            if error.session == self._session:
                self._end(error.session)
                raise TransientError("the database does not work: the server still held the broken session") from error
            raise self._displaced(f"another Kept at work ({error})") from error

    def _take(self, *, again: bool) -> None:
        """A new session that has the lock; raises _Refused, Displaced or what the driver raises."""
        connection = self._engine.connect()
        try:
            _lock(connection, self._taking)
            session = Session(*connection.execute(_OWN_SESSION).one())
            if again:
                self._check_mark(connection)
            connection.commit()
        except BaseException:
            end_session(connection)
            raise
        self._connection, self._session = connection, session

    def _check_mark(self, connection: Connection) -> None:
        if connection.scalar(_ASKED_MARK) != self._mark:
            raise self._displaced("that another Kept had it meanwhile")

    def _check_server(self) -> None:
        with self.writing() as connection:
            version, encoding = connection.execute(_SERVER).one()
            connection.rollback()
        if version < OLDEST_SERVER * 10_000:
            raise self._fault(f"PostgreSQL {version // 10_000}", f"PostgreSQL {OLDEST_SERVER} or newer")
        if encoding != "UTF8":
            raise self._fault(f"a database with the encoding {encoding}", "the encoding UTF8")

    def _is_lost(self) -> bool:
        """Whether the connection is known to be broken. A server that went away is only noticed by asking it."""
        connection = self._connection
        if connection is None or connection.closed or connection.invalidated:
            return True
        driver: Any = connection.connection.dbapi_connection
        return bool(driver is None or driver.closed)

    def _end(self, session: Session) -> None:
        with self._engine.connect() as connection:
            connection.execute(_END, {"pid": session.pid})

    def _forget(self) -> None:
        if self._connection is not None:
            end_session(self._connection)
            self._connection = None

    def _displaced(self, found: str) -> Displaced:
        return Displaced(f"{self._location}: found {found} after the connection was lost, expected to be the only one")

    def _fault(self, found: str, expected: str) -> ConfigError:
        return ConfigError.of(self._location, found, expected)


class SharedSessionLock(SessionLock):
    """The same lock for processes that write one database together, and keep out whoever wants it alone.

    Their transactions read what is committed, statement by statement; what keeps them apart is in `partition_table`. The
    mark is left as it is: where it is another one after a loss, somebody had the database alone meanwhile.
    """

    _taking = _TAKE_SHARED

    def __init__(self, location: Location) -> None:
        super().__init__(location)
        self._engine = self._engine.execution_options(isolation_level="READ COMMITTED")

    def claim(self) -> None:
        with translated(), self.writing() as connection:
            self._mark = connection.scalar(_ASKED_MARK)
            connection.rollback()


def _lock(connection: Connection, taking: TextClause) -> None:
    """Takes the lock, and ends the transaction: its snapshot was made before the wait."""
    connection.execute(_WAIT)
    try:
        connection.execute(taking)
    except DBAPIError as error:
        if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
            raise
        connection.rollback()
        raise _refused(connection) from error
    connection.commit()


def _refused(connection: Connection) -> _Refused:
    row = connection.execute(_HOLDER, {"family": ADVISORY_LOCKS, "number": WRITING_LOCK}).first()
    if row is None:
        return _Refused(None, "which one is not known")
    pid, began, name, address = row
    who = f"{name or 'unnamed'}, session {pid}"
    return _Refused(Session(pid, began), f"{who} from {address}" if address else who)

"""PostgreSQL: how Kept connects, and what it asks of each session.

Every transaction is a snapshot (REPEATABLE READ), as SQLite's are: what is read in it is true together. A commit is on
the server's disk before it is reported. Nothing waits for ever: not for a connection, a lock, a statement or an answer.
"""

from __future__ import annotations

import os
import socket
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Engine, create_engine

from monitor.adapters.journal.location import Location

OLDEST_SERVER: Final = 15
"""The oldest major version whose behaviour is tested."""

_CONNECTING: Final = {
    "connect_timeout": "3",  # seconds; less than Kept may take to stop
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",  # milliseconds
    "client_encoding": "UTF8",
}
"""What libpq is told where the address says nothing else."""

_SESSION: Final = {
    "statement_timeout": "120s",  # the longest question reads every event of a source
    "lock_timeout": "10s",  # one Kept writes: nobody has a lock for long
    "idle_in_transaction_session_timeout": "60s",  # between two statements of a transaction Kept only judges
    # A client that is gone without a word (a machine switched off, a network cut) is noticed in a minute, not in hours:
    # until then its locks stand.
    "tcp_keepalives_idle": "30s",
    "tcp_keepalives_interval": "10s",
    "tcp_keepalives_count": "3",
    "client_connection_check_interval": "10s",
}
_SET_SESSION: Final = "SELECT " + ", ".join(
    f"set_config('{name}', '{value}', false)" for name, value in _SESSION.items()
)
_SET_DURABLE: Final = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') <> 'remote_apply'"
)
"""`remote_apply` is more than `on`; everything else is less, and may be the default of a role or a database."""


def postgres_engine(location: Location, **options: Any) -> Engine:
    """An engine on a database of a server, with SQLAlchemy's options; nothing is opened yet."""
    parameters: dict[str, Any] = {**_CONNECTING, "application_name": _own_name(), **(location.parameters or {})}
    return create_engine(
        "postgresql+psycopg://",  # the address with its secrets stays out of what SQLAlchemy might show
        creator=lambda: _connect(parameters),
        isolation_level="REPEATABLE READ",
        pool_pre_ping=True,  # a reader's connection may have died with the server it led to
        **options,
    )


def end_session(connection: Connection) -> None:
    """Ends the session, whatever state it is in; a broken one can't be asked to roll back."""
    if not connection.invalidated:
        connection.invalidate()
    connection.close()


def _connect(parameters: dict[str, Any]) -> psycopg.Connection[Any]:
    connection = psycopg.connect(**parameters, autocommit=True)
    try:
        connection.execute(_SET_SESSION)
        connection.execute(_SET_DURABLE)
        connection.autocommit = False
    except BaseException:
        connection.close()
        raise
    return connection


def _own_name() -> str:
    """How the server's lists of sessions name this process; it takes 63 bytes."""
    process = f" process {os.getpid()}"
    host = socket.gethostname().encode("ascii", "replace").decode()[: 63 - len("kept on ") - len(process)]
    return f"kept on {host}{process}"

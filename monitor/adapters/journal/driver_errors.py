"""What the drivers of databases raise, as Kept's own errors: what may work next time, and what never will."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from monitor.errors import InvariantError, KeptError, TransientError

_TRANSIENT_STATES: Final = frozenset({"25006", "25P02", "25P03"})
"""States of a transaction that the driver calls internal errors: a server that only reads for now (a standby that took
over, or is about to), a transaction that failed before, one that was idle for too long."""
_PERMANENT_CLASS: Final = "54"
"""A limit of the server's, which the driver calls operational: the same rows will not fit the next time."""


@contextmanager
def translated() -> Iterator[None]:
    """Raises TransientError or InvariantError in the place of what a driver or SQLAlchemy raises."""
    try:
        yield
    except psycopg.Error as error:
        raise _of_postgres(error) from error
    except DBAPIError as error:
        raise _of_driver(error) from error
    except SQLAlchemyError as error:
        raise TransientError(f"the database does not work: {one_line(error)}") from error


def raised_by_driver(error: KeptError) -> BaseException | None:
    """What a driver raised, in the place of which this was."""
    cause = error.__cause__
    return cause.orig if isinstance(cause, DBAPIError) else cause


def one_line(error: BaseException | None) -> str:
    """What an error says, on one line: drivers write paragraphs."""
    return " ".join(str(error).split())


def _of_driver(error: DBAPIError) -> KeptError:
    if isinstance(error.orig, psycopg.Error):
        return _of_postgres(error.orig)
    if isinstance(error, OperationalError | InterfaceError):
        return TransientError(f"the database does not work: {one_line(error.orig)}")
    return InvariantError(f"the database refuses a statement: {one_line(error.orig)}")


def _of_postgres(error: psycopg.Error) -> KeptError:
    state = error.sqlstate or ""
    is_operational = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    if (is_operational and not state.startswith(_PERMANENT_CLASS)) or state in _TRANSIENT_STATES:
        return TransientError(f"the database does not work: {one_line(error)}")
    return InvariantError(f"the database refuses a statement: {one_line(error)}")

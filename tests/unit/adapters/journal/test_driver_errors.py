"""What PostgreSQL says is either worth another try or a fault of Kept; which one, by its codes.

https://www.postgresql.org/docs/15/errcodes-appendix.html
"""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from monitor.adapters.journal.driver_errors import translated
from monitor.errors import InvariantError, KeptError, TransientError

KINDS = [
    ("08006", TransientError),  # connection_failure
    ("40001", TransientError),  # serialization_failure
    ("40P01", TransientError),  # deadlock_detected
    ("53100", TransientError),  # disk_full
    ("53300", TransientError),  # too_many_connections
    ("55P03", TransientError),  # lock_not_available
    ("57014", TransientError),  # query_canceled: also by statement_timeout
    ("57P01", TransientError),  # admin_shutdown
    ("57P03", TransientError),  # cannot_connect_now
    ("25006", TransientError),  # read_only_sql_transaction: a standby
    ("25P03", TransientError),  # idle_in_transaction_session_timeout
    ("23505", InvariantError),  # unique_violation
    ("22021", InvariantError),  # character_not_in_repertoire
    ("42P01", InvariantError),  # undefined_table
    ("54000", InvariantError),  # program_limit_exceeded: a key too long for an index
]


def _raised_as(error: Exception) -> KeptError:
    with pytest.raises(KeptError) as caught, translated():
        raise error
    assert caught.value.__cause__ is error
    return caught.value


@pytest.mark.parametrize(("state", "kind"), KINDS)
def test_a_code_is_one_or_the_other(state: str, kind: type[KeptError]) -> None:
    error = psycopg.errors.lookup(state)("what happened")
    assert type(_raised_as(error)) is kind
    assert type(_raised_as(DBAPIError.instance("SELECT", None, error, psycopg.Error))) is kind


def test_a_connection_that_broke_without_a_code_may_work_next_time() -> None:
    assert type(_raised_as(psycopg.OperationalError("the connection is closed"))) is TransientError


def test_where_no_connection_is_left_one_may_be_next_time() -> None:
    assert type(_raised_as(NoConnectionLeft("QueuePool limit reached"))) is TransientError


def test_paragraphs_become_one_line() -> None:
    error = _raised_as(psycopg.OperationalError("connection failed:\n\tIs the server running?\n"))
    assert str(error) == "the database does not work: connection failed: Is the server running?"

"""A right that one process has at a time, on a real PostgreSQL: it goes with its session, and so does all that is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import cast

import pytest
from sqlalchemy import text

from monitor.adapters.journal.location import Location
from monitor.adapters.journal.session_right import SessionRight, Term
from monitor.errors import ConfigError, TransientError
from monitor.testing import eventually, store_at
from tests.services.postgres import PostgresServer

NUMBER = 99
_NOTE = text("INSERT INTO notes VALUES ('test', 'written')")
_END_HOLDER = f"SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory' AND objid = {NUMBER}"
_NOTES = "SELECT count(*) FROM notes WHERE key = 'test'"


@pytest.fixture
def right(postgres_url: str) -> Iterator[SessionRight]:
    with closing(SessionRight(Location.parse(postgres_url), NUMBER)) as opened:
        yield opened


def _taken(right: SessionRight) -> Term:
    """A term, once nobody has it any more: a server notices only after a moment that somebody has ended a session."""
    return cast("Term", eventually(right.take, "nobody has the right"))


def test_one_has_it_until_the_term_ends(right: SessionRight) -> None:
    term = right.take()
    assert term is not None
    assert right.take() is None
    term.renew()
    term.end()
    _taken(right).end()


def test_nothing_is_written_in_a_term_that_is_over_though_a_new_one_began(
    right: SessionRight, postgres: PostgresServer, postgres_url: str
) -> None:
    term = right.take()
    assert term is not None
    postgres.execute(_END_HOLDER, database=postgres_url)
    with pytest.raises(TransientError):
        term.renew()
    term.end()
    following = right.take()
    assert following is not None
    with pytest.raises(TransientError, match="another process"), term.writing() as session:
        session.execute(_NOTE)
    assert postgres.execute(_NOTES, database=postgres_url) == [(0,)]
    following.end()


def test_what_was_written_before_the_session_was_lost_is_not_committed(
    right: SessionRight, postgres: PostgresServer, postgres_url: str
) -> None:
    term = right.take()
    assert term is not None

    def write_and_lose() -> None:
        with term.writing() as session:
            session.execute(_NOTE)
            postgres.execute(_END_HOLDER, database=postgres_url)
            session.commit()

    with pytest.raises(TransientError):
        write_and_lose()
    assert postgres.execute(_NOTES, database=postgres_url) == [(0,)]
    term.end()


def test_it_is_not_had_among_writers_while_one_process_has_the_journal_alone(postgres_url: str) -> None:
    location = Location.parse(postgres_url)
    with closing(SessionRight(location, NUMBER, is_among_writers=True)) as right:
        with closing(store_at(location)):
            assert right.take() is None
        term = _taken(right)
        with pytest.raises(ConfigError, match="a Kept at work on it"):
            store_at(location)
        term.end()
        store_at(location).close()

"""The table of tokens, on each database Kept knows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from monitor.adapters.journal.database import engine_for, migrate
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.token_table import TokenTable
from monitor.errors import ConfigError
from monitor.service.doors.tokens import Scope, new_token
from monitor.testing import MONDAY

DESK = new_token("desk", [Scope.INGEST, Scope.READ], MONDAY, MONDAY + 10).record
MAIL = new_token("mail", [Scope.ADMIN], MONDAY + 1).record


@pytest.fixture
def table(any_database: Location) -> Iterator[TokenTable]:
    engine = engine_for(any_database)
    migrate(engine, any_database)
    yield TokenTable(engine)
    engine.dispose()


def test_what_was_added_is_read_back_oldest_first(table: TokenTable) -> None:
    table.add(MAIL)
    table.add(DESK)
    assert table.records() == [DESK, MAIL]


def test_a_name_in_use_is_refused(table: TokenTable) -> None:
    table.add(DESK)
    with pytest.raises(ConfigError, match=f"token desk: found a token of that name .{DESK.id}"):
        table.add(new_token("desk", [Scope.READ], MONDAY).record)


@pytest.mark.parametrize("name", ["desk", DESK.id], ids=["name", "id"])
def test_a_token_is_revoked_by_name_or_id_and_stays_on_record(table: TokenTable, name: str) -> None:
    table.add(DESK)
    table.add(MAIL)
    assert table.revoke(name, MONDAY + 5) == DESK._replace(revoked=MONDAY + 5)
    assert table.records() == [DESK._replace(revoked=MONDAY + 5), MAIL]


def test_the_name_of_a_revoked_token_is_free_again(table: TokenTable) -> None:
    table.add(DESK)
    table.revoke("desk", MONDAY + 5)
    again = new_token("desk", [Scope.INGEST], MONDAY + 6).record
    table.add(again)
    assert table.revoke("desk", MONDAY + 7).id == again.id


def test_who_is_not_there_can_not_be_revoked(table: TokenTable) -> None:
    table.add(DESK)
    table.revoke("desk", MONDAY + 5)
    for name in ("desk", "nobody"):
        with pytest.raises(ConfigError, match=f"token {name}: found no such token"):
            table.revoke(name, MONDAY + 6)


def test_a_name_that_is_also_an_id_names_nobody(table: TokenTable) -> None:
    table.add(DESK)
    table.add(MAIL._replace(name=DESK.id))
    with pytest.raises(ConfigError, match=MAIL.id):
        table.revoke(DESK.id, MONDAY + 5)

"""Texts are kept, refused and sorted alike by every database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from monitor.adapters.answers.answering import Asked, ask
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.store import SqlStore
from monitor.service.doors.arrivals import Arrival, Rejection
from monitor.service.ports.counts import Intake
from monitor.testing import MONDAY, cloud_event, commit_point, store_at
from monitor.wire.questions import table

BY_THEIR_BYTES = ["B", "a", "a0", "aa", "é", "\U0001f600"]
"""In UTF-8: 42, 61, 6130, 6161, c3a9, f09f9880. People, and PostgreSQL left to itself, put B after aa and é before it."""


@pytest.fixture
def store(any_database: Location) -> Iterator[SqlStore]:
    opened = store_at(any_database)
    yield opened
    opened.close()


def _opened(case: str, event_id: str) -> Arrival:
    return Arrival(cloud_event("ticket.opened", case, MONDAY, event_id, client="acme"), "test")


def test_an_event_with_nul_in_it_is_a_dead_letter_and_stops_nothing(store: SqlStore) -> None:
    point = commit_point(store)
    bad, good = _opened("A\0", "1"), _opened("B", "2")
    rejection, outcome = point.take([bad, good], MONDAY)
    assert isinstance(rejection, Rejection)
    assert rejection.key == "subject"
    assert outcome == Intake.ACCEPTED
    with store._engine.connect() as connection:
        found, content = connection.execute(select(t.DEAD_LETTERS.c.found, t.DEAD_LETTERS.c.content)).one()
    assert (found, bytes(content)) == (r"'A\x00'", bad.content)


def test_where_an_event_came_from_may_be_named_in_any_bytes(store: SqlStore) -> None:
    # A file name that is no UTF-8 reaches Python with halves of characters in it.
    point = commit_point(store)
    point.take([_opened("A", "1")._replace(origin="events\udcff\0.jsonl:1")], MONDAY)
    with store._engine.connect() as connection:
        assert connection.scalar(select(t.EVENTS.c.origin)) == r"events\udcff\0.jsonl:1"


def test_the_longest_keys_fit_into_every_index(store: SqlStore) -> None:
    # 512 bytes each, and of letters that don't compress well.
    long = "".join(chr(0x4E00 + number * 37 % 20_000) for number in range(170))
    event = cloud_event("ticket.opened", long, MONDAY, long, client=long, source=long)
    promised = cloud_event("promise.made", long, MONDAY, "2", promise=long, by="2026-03-05T12:00:00Z")
    assert commit_point(store).take([Arrival(event, "t"), Arrival(promised, "t")], MONDAY) == [Intake.ACCEPTED] * 2


def test_the_longest_names_of_a_client_and_a_promise_fit_into_one_index(store: SqlStore) -> None:
    client, promise = (
        "".join(chr(0x4E00 + (number + which) * 37 % 20_000) for number in range(170)) for which in (0, 7)
    )
    book = f"book: Test\nfrom: 2020-01-01\nclients: {{{client}: {{}}}}\npromises: [{{id: {promise}, kind: resolve, within: 1h}}]\n"
    opened = cloud_event("ticket.opened", "A", MONDAY, "1", client=client)
    assert commit_point(store, book).take([Arrival(opened, "t")], MONDAY) == [Intake.ACCEPTED]
    with store._engine.connect() as connection:
        assert connection.execute(select(t.DECISIONS.c.client, t.DECISIONS.c.promise)).all() == [(client, promise)]


def test_names_are_sorted_by_their_bytes(store: SqlStore) -> None:
    point = commit_point(store)
    point.take([_opened(case, case) for case in reversed(BY_THEIR_BYTES)], MONDAY)
    with store.begin() as transaction:
        assert transaction.matters_open("", 10) == BY_THEIR_BYTES
        assert transaction.matters_open("a", 10) == BY_THEIR_BYTES[2:]
    asked = Asked(table.CASES, table.CASES.parameters.model_validate({}), MONDAY)
    with store._engine.connect() as connection:
        assert [row["case"] for row in ask(connection, asked).rows] == BY_THEIR_BYTES

"""Notices and their messages, on each database Kept knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from monitor.adapters.answers.answering import Asked, ask
from monitor.adapters.answers.notice_lists import retry_given_up
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.notice_table import NoticeTable
from monitor.adapters.journal.store import SqlStore
from monitor.domain.hours.instant import HOUR_US, SECOND_US
from monitor.service.notices.courier import after_try
from monitor.service.notices.notice import DeliveryRecord, DeliveryState, NoticeChanges, NoticeRecord
from monitor.testing import MONDAY, store_at
from monitor.wire.questions import table as questions
from monitor.wire.questions.parameters import NoticeParameters

OPENED = DeliveryRecord("n1", "desk", "opened", 0, "A", "broken", "waiting", MONDAY, 0, MONDAY, None, "")
RESOLVED = OPENED._replace(phase="resolved", place=2_000_000)
DAY = 24 * HOUR_US


@pytest.fixture
def store(any_database: Location) -> Iterator[SqlStore]:
    opened = store_at(any_database)
    yield opened
    opened.close()


@pytest.fixture
def table(store: SqlStore) -> NoticeTable:
    return NoticeTable(store._engine, store._lock)


def test_an_end_is_not_due_before_its_beginning_was_delivered(table: NoticeTable) -> None:
    table.write(NoticeChanges(deliveries=[RESOLVED, OPENED]))
    assert table.due_deliveries("desk", MONDAY, 10) == [OPENED]
    table.record(NoticeChanges(deliveries=[after_try(OPENED, "", MONDAY, DAY)]), hold=0)
    assert table.due_deliveries("desk", MONDAY, 10) == [RESOLVED]


def test_an_end_that_waited_for_its_beginning_is_held_back(table: NoticeTable) -> None:
    table.write(NoticeChanges(deliveries=[RESOLVED, OPENED]))
    table.record(NoticeChanges(deliveries=[after_try(OPENED, "", MONDAY, DAY)]), hold=60 * SECOND_US)
    assert table.due_deliveries("desk", MONDAY + 60 * SECOND_US - 1, 10) == []
    assert [each.phase for each in table.due_deliveries("desk", MONDAY + 60 * SECOND_US, 10)] == ["resolved"]


def test_another_receiver_waits_for_nobody(table: NoticeTable) -> None:
    other = RESOLVED._replace(receiver="pager")
    table.write(NoticeChanges(deliveries=[OPENED, other]))
    assert table.due_deliveries("pager", MONDAY, 10) == [other]


def test_what_was_given_up_is_tried_again_by_command_and_as_if_it_were_new(store: SqlStore, table: NoticeTable) -> None:
    given_up = after_try(OPENED, "away", MONDAY + DAY, DAY)
    assert given_up.state == DeliveryState.GIVEN_UP
    table.write(NoticeChanges(deliveries=[given_up]))
    assert table.due_deliveries("desk", MONDAY + 2 * DAY, 10) == []
    again_at = MONDAY + 2 * DAY
    assert retry_given_up(store._engine, again_at) == 1
    (again,) = table.due_deliveries("desk", again_at, 10)
    assert (again.created, again.tries, again.message_id) == (again_at, 0, OPENED.message_id)


def test_a_message_is_tried_until_its_time_is_over() -> None:
    assert after_try(OPENED, "away", MONDAY + DAY - 1, DAY).state == DeliveryState.WAITING
    assert after_try(OPENED, "away", MONDAY + DAY, DAY).state == DeliveryState.GIVEN_UP


def test_how_far_the_history_was_followed_is_written_with_the_notices(table: NoticeTable) -> None:
    assert table.position() is None
    table.write(NoticeChanges(position=17))
    assert table.position() == 17


# What was told to whom


def _notice(key: str, case: str | None, opened: int, **more: Any) -> NoticeRecord:
    """A breach that was due an hour before."""
    said: dict[str, Any] = dict.fromkeys(("position", "warnings", "folded", "left", "reminders", "rounds"), 0)
    said |= dict.fromkeys(("closes_at", "resolved", "storm", "remind_at"))
    said |= {"key": key, "kind": "broken", "case_id": case, "opened": opened, "due": opened - HOUR_US, "ended": None}
    said |= {"obligation": f"{case}/resolve/x", "client": "acme", "promise": "soon", "promise_kind": "resolve"}
    said |= {
        "tier": "gold",
        "holder": "Ann",
        "grade": "senior",
        "says": "",
        "cause": "",
        "reason": "",
        "starts_at": opened,
        "is_settled": False,
    }
    return NoticeRecord(**(said | more))


def _listed(store: SqlStore, **asked: Any) -> list[dict[str, Any]]:
    """The rows of all pages, one a page."""
    rows: list[dict[str, Any]] = []
    cursor = None
    while True:
        parameters = NoticeParameters(limit=1, cursor=cursor, **asked)
        with store._engine.connect() as connection:
            answer = ask(connection, Asked(questions.NOTICES, parameters, MONDAY + DAY))
        rows += answer.rows
        if answer.next is None:
            return rows
        cursor = answer.next.written()


def test_notices_say_what_was_told_to_whom_and_what_did_not_arrive(store: SqlStore, table: NoticeTable) -> None:
    told_at = MONDAY + 5 * SECOND_US
    opened = _notice("n1", "A", MONDAY)
    over = _notice("n2", "B", MONDAY + HOUR_US, resolved=MONDAY + 2 * HOUR_US, reason="answered in time")
    folded = _notice("n3", "C", MONDAY + HOUR_US, storm="n4")
    storm = _notice("n4", None, MONDAY + 3 * HOUR_US, obligation=None, holder="", due=None, folded=1, left=1)
    delivered = OPENED._replace(state="delivered", ended=told_at)
    messages = [
        delivered,
        delivered._replace(receiver="pager", ended=told_at + SECOND_US),
        delivered._replace(notice="n2"),
        delivered._replace(notice="n4"),
        RESOLVED._replace(receiver="pager", tries=2, fault="found 503"),
    ]
    table.write(NoticeChanges({each.key: each for each in (opened, over, folded, storm)}, messages))

    # Newest first; those folded only where their storm is named.
    assert [row["notice"] for row in _listed(store, state="all")] == ["n4", "n2", "n1"]
    assert [row["notice"] for row in _listed(store)] == ["n4", "n1"]
    assert [row["notice"] for row in _listed(store, storm="n4")] == ["n3"]
    (resolved,) = _listed(store, state="resolved")
    assert (resolved["notice"], resolved["state"], resolved["reason"]) == ("n2", "resolved", "answered in time")
    assert _listed(store, client="nobody", state="all") == []
    (row,) = _listed(store, case="A")
    assert (row["told"], row["told_at"]) == ("desk,pager", "2026-03-02T09:00:05Z")
    assert (row["undelivered"], row["fault"]) == (1, "pager: found 503")
    (nobody,) = _listed(store, storm="n4")
    assert (nobody["told"], nobody["told_at"], nobody["undelivered"]) == ("", None, 0)

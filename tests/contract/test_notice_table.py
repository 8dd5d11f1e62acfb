"""Notices and their messages, on each database Kept knows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from monitor.adapters.location import Location
from monitor.adapters.notice_lists import retry_given_up
from monitor.adapters.notice_table import NoticeTable
from monitor.adapters.store import SqlStore
from monitor.domain.instant import HOUR_US, SECOND_US
from monitor.service.courier import after_try
from monitor.service.notices import DeliveryRecord, DeliveryState, NoticeChanges
from monitor.testing import MONDAY, store_at

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

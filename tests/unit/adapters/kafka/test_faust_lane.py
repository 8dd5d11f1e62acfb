"""Which records of a fetch an edge takes: those behind what it read, unless the log is another one; and up to where all is taken."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from monitor.adapters.kafka.faust_lane import is_another_log, taken_to


def records(*offsets: int) -> list[Any]:
    return [SimpleNamespace(offset=offset) for offset in offsets]


@pytest.mark.parametrize(
    ("offsets", "read", "end", "is_another"),
    [
        ((0, 1), 12, 2, True),  # made anew, and two records are in it
        ((3,), 12, 4, True),  # and its first three are gone already
        ((10, 11), 12, 12, False),  # sought back to what was committed, one fetch before what was read
        ((10, 11, 12), 12, 15, False),
        ((12, 13), 12, 14, False),
        ((0,), None, 1, False),  # nothing was read of it yet
        ((0, 1), 12, None, False),  # where it ends is not known
        ((), 12, 2, False),
    ],
)
def test_a_log_that_ends_before_what_was_read_is_another_one(
    offsets: tuple[int, ...], read: int | None, end: int | None, is_another: bool
) -> None:
    assert is_another_log(records(*offsets), read, end) is is_another


@pytest.mark.parametrize(
    ("acknowledged", "fetched", "fetched_before", "is_busy", "taken"),
    [
        (None, 7, 0, False, 7),  # nothing was taken yet: it begins there
        (10, 12, 12, False, 12),  # 10 and 11 are no records, and were passed over before the last look
        (10, 12, 10, False, 10),  # 10 and 11 came just now, and may be records
        (10, 12, 12, True, 10),  # 10 and 11 are in hand
        (10, 10, 14, False, 10),  # sought back since
    ],
)
def test_what_is_no_record_is_taken_once_the_consumer_is_behind_it(
    acknowledged: int | None, fetched: int, fetched_before: int, *, is_busy: bool, taken: int
) -> None:
    assert taken_to(acknowledged, fetched, fetched_before, is_busy=is_busy) == taken

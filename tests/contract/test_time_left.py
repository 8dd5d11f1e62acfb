"""How many obligations have how much time left, counted by minutes, is what looking at each of them says."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import text

from monitor.adapters.journal.location import Location
from monitor.adapters.metrics.time_left import time_left
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US, InstantUs
from monitor.service.doors.arrivals import Arrival
from monitor.service.ports.changes import Changes
from monitor.service.ports.counts import Counts
from monitor.service.ports.records import ObligationRecord
from monitor.testing import MONDAY, cloud_event, commit_point, store_at

KINDS = ["resolve", "first_response"]
ENDS = [0, 15 * MINUTE_US, HOUR_US, 4 * HOUR_US, DAY_US]
OFFS = [0, 1, SECOND_US, 59 * SECOND_US, MINUTE_US - 1, MINUTE_US, MINUTE_US + 1, 90 * SECOND_US]
LEFT = [
    *(end + sign * off for end in ENDS for off in OFFS for sign in (1, -1)),
    *range(-2 * DAY_US, 3 * DAY_US, 7 * MINUTE_US + 13),
]
"""Time left: at the very ends of the spans, a little before and after them, and all over the place."""


def span_of(left: int) -> str | None:
    """By the meaning of the series: passed once it is late, else the shortest span that it fits into."""
    if left < 0:
        return "passed"
    named = zip(["15m", "1h", "4h", "1d"], ENDS[1:], strict=True)
    return next((name for name, end in named if left <= end), None)


def running(number: int, kind: str, due: InstantUs) -> ObligationRecord:
    return ObligationRecord(
        f"{number}/{kind}", str(number), "acme", "p", 1, kind, None, None, None, 5, due, "running", None, 0, True, False,
        "", 1, number,
    )  # fmt: skip


@pytest.mark.parametrize("past_the_minute", [0, 7, MINUTE_US - 1])
def test_each_is_in_its_span_to_the_microsecond(any_database: Location, past_the_minute: int) -> None:
    store, now = store_at(any_database), MONDAY + past_the_minute
    rows = [running(number, KINDS[number % 2], now + left) for number, left in enumerate(LEFT)]
    counted = Counter(key for row in rows if (key := row.running_key) is not None)
    with store.begin() as transaction:
        transaction.write(Changes(1, obligations=rows, counts=Counts(running=counted)))
    found = time_left(store._engine, KINDS, now)
    each = [(KINDS[number % 2], span_of(left)) for number, left in enumerate(LEFT)]
    assert found.counts == Counter((kind, span) for kind, span in each if span is not None)
    assert found.earliest == {kind: now + min(LEFT[number::2]) for number, kind in enumerate(KINDS)}
    store.close()


def test_minutes_come_and_go_with_what_runs(any_database: Location) -> None:
    # Within an hour an answer is due, within eight it is to be resolved, in an hour more of another case.
    store = store_at(any_database)
    point = commit_point(store)

    def minutes() -> list[tuple[int, str, int]]:
        asked = text("SELECT minute - :monday, kind, count FROM running_counts ORDER BY 1, 2")
        with store._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(asked, {"monday": MONDAY // MINUTE_US})]

    def happens(event_type: str, case: str, at: InstantUs, number: str) -> None:
        content = cloud_event(event_type, case, at, number, client="acme", by="client")
        point.take([Arrival(content, "test")], at)

    happens("ticket.opened", "A", MONDAY, "1")
    happens("ticket.opened", "B", MONDAY, "2")
    both = [(60, "first_response", 2), (480, "resolve", 2)]
    assert minutes() == both
    happens("email.sent", "A", MONDAY + MINUTE_US, "3")
    assert minutes() == [(60, "first_response", 1), (480, "resolve", 2)]
    # What is over by time runs no more, and a minute that has passed goes with the next commit.
    point.wake(MONDAY + 2 * HOUR_US)
    assert minutes() == [(480, "resolve", 2)]
    store.close()

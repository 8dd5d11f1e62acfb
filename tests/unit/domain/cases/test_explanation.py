"""One case told: intervals that follow one another, each with its reason, and that add up."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given

from monitor.domain.cases.coverage import Coverage, Gap
from monitor.domain.cases.explanation import Account, Interval, accounts_of
from monitor.domain.cases.matter import Matter
from monitor.domain.cases.obligation import Verdict
from monitor.domain.facts.events import Event
from monitor.domain.hours.instant import DAY_US, MINUTE_US
from monitor.domain.promises.clock_rules import PauseCount
from monitor.domain.promises.promise import Book
from tests.unit.domain.builders import (
    at,
    book,
    books,
    changed,
    closed,
    opened,
    promise,
    promised,
    reopened,
    resolved,
    sent,
    shown,
    streams,
)

IN, OUT = "counts: within the hours 'london'", "does not count: outside the hours 'london'"
PAUSE = "does not count: waiting on client (waiting for the client)"


def accounts(now: str, by: Book, *events: Event) -> list[Account]:
    matter = Matter(by)
    matter.take(events)
    return list(accounts_of(matter.cases["K1"], at(now)))


def told(account: Account) -> list[tuple[str | None, str | None, float, str]]:
    """The intervals: from, to, minutes counted, why."""
    return [(shown(i.starts_at), shown(i.ends_at), i.counted / MINUTE_US, i.why) for i in account.intervals]


def test_a_span_is_cut_where_hours_open_and_close() -> None:
    [account] = accounts("wed 09:00", book(promise("first_response", "4h")), opened("16:30"), sent("tue 09:20"))
    assert told(account) == [
        ("mon 16:30", "mon 17:30", 60, IN),
        ("mon 17:30", "tue 09:00", 0, OUT),
        ("tue 09:00", "tue 09:20", 20, IN),
    ]


def test_a_pause_does_not_count_and_names_its_reason_and_its_party() -> None:
    by = book(promise("resolve", "4h", pauses_in=["waiting"]))
    events = [opened("10:00"), changed("10:30", status="waiting"), changed("11:30", status="open"), resolved("11:40")]
    [account] = accounts("12:00", by, *events)
    assert told(account) == [
        ("mon 10:00", "mon 10:30", 30, IN),
        ("mon 10:30", "mon 11:30", 0, PAUSE),
        ("mon 11:30", "mon 11:40", 10, IN),
    ]


def test_a_pause_that_lasts_runs_to_now() -> None:
    by = book(promise("resolve", "4h", pauses_in=["waiting"]))
    [account] = accounts("12:00", by, opened("10:00"), changed("10:30", status="waiting"))
    assert told(account)[-1] == ("mon 10:30", "mon 12:00", 0, PAUSE)


def test_a_pause_that_only_hides_the_due_instant_counts() -> None:
    by = book(promise("resolve", "4h", pauses_in=["waiting"], pause_count=PauseCount.HIDE))
    [account] = accounts("17:45", by, opened("17:00"), changed("17:10", status="waiting"))
    # 17:10 to 17:30 is open, 17:30 to 17:45 is not.
    assert told(account)[-1] == (
        "mon 17:10",
        "mon 17:45",
        20,
        "counts, though the due instant is hidden: waiting on client (waiting for the client)",
    )


def test_the_time_between_resolution_and_reopening_is_a_pause() -> None:
    by = book(promise("resolve", "4h"))
    [account] = accounts("12:00", by, opened("10:00"), resolved("10:30"), reopened("11:00"), closed("11:15"))
    assert told(account) == [
        ("mon 10:00", "mon 10:30", 30, IN),
        ("mon 10:30", "mon 11:00", 0, "does not count: resolved (waiting for the client)"),
        ("mon 11:00", "mon 11:15", 15, IN),
    ]


def test_calendar_time_is_not_cut() -> None:
    [account] = accounts("wed 09:00", book(promise("first_response", "2 days")), opened("16:30"), sent("tue 09:20"))
    assert told(account) == [("mon 16:30", "tue 09:20", 1010, "counts: calendar time")]


def test_a_date_given_counts_calendar_time_to_the_end() -> None:
    [account] = accounts("fri 09:00", book(), promised("10:00", "thu 17:00"), sent("tue 10:00"))
    assert told(account) == [("mon 10:00", "tue 10:00", 1440, "counts: calendar time")]


def test_over_a_clock_change_an_interval_is_an_hour_shorter_than_its_clock_says() -> None:
    # Fri 27 March 17:00 to Mon 30 March 10:00: 30 min on Friday, 60 min on Monday, and between them closed hours.
    by = book(promise("first_response", "4h"))
    [account] = accounts("2026-03-31 09:00", by, opened("2026-03-27 17:00"), sent("2026-03-30 10:00"))
    assert [(i.counted / MINUTE_US, (i.ends_at - i.starts_at) / MINUTE_US) for i in account.intervals] == [
        (30, 30),
        (0, 62.5 * 60),  # 17:30 on Friday to 09:00 on Monday is 63.5 h by the wall clock
        (60, 60),
    ]


def test_accounts_come_in_the_order_in_which_their_obligations_opened() -> None:
    by = book(promise("first_response", "1h"), promise("next_response", "1h"), promise("resolve", "4h"))
    found = accounts("12:00", by, opened("10:00"), sent("10:10"), promised("10:20", "fri 12:00"))
    assert [account.statement.kind.value for account in found] == ["resolve", "first_response", "by"]


def test_what_was_not_heard_is_told_with_the_verdict() -> None:
    matter = Matter(book(promise("first_response", "1h")))
    matter.take([opened("10:00")])
    gap = Gap(at("10:30"), at("10:45"), "mail", "mail never sent number 8")
    [account] = accounts_of(matter.cases["K1"], at("12:00"), Coverage((gap,)))
    assert account.statement.verdict is Verdict.UNKNOWN
    assert (
        account.statement.reason
        == "mail never sent number 8 since 2026-03-02T10:30:00Z: an answer may have been missed"
    )


# Of any stream


def all_accounts(by: Book, stream: list[Event]) -> tuple[int, list[Account]]:
    matter = Matter(by)
    matter.take(stream)
    now = max(happened.time for happened in stream) + DAY_US
    return now, [account for case in matter.cases.values() for account in accounts_of(case, now)]


@given(books(), streams())
def test_intervals_follow_one_another_from_the_start_to_the_end(by: Book, stream: list[Event]) -> None:
    now, found = all_accounts(by, stream)
    for obligation, _, intervals in found:
        if not intervals:
            assert obligation.finish(now) <= obligation.start
            continue
        assert (intervals[0].starts_at, intervals[-1].ends_at) == (obligation.start, obligation.finish(now))
        assert all(before.ends_at == after.starts_at for before, after in pairwise(intervals))


@given(books(), streams())
def test_what_counted_adds_up_to_what_has_elapsed(by: Book, stream: list[Event]) -> None:
    for _, statement, intervals in all_accounts(by, stream)[1]:
        assert sum(interval.counted for interval in intervals) == statement.elapsed


@given(books(), streams())
def test_every_interval_has_a_reason_and_counts_no_more_than_its_length(by: Book, stream: list[Event]) -> None:
    for _, _, intervals in all_accounts(by, stream)[1]:
        assert all(_is_sound(interval) for interval in intervals)


def _is_sound(interval: Interval) -> bool:
    is_counting = interval.why.startswith("counts")
    return 0 <= interval.counted <= interval.ends_at - interval.starts_at and (is_counting or interval.counted == 0)

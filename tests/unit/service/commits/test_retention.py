"""What is over goes, and all that was counted of it stays: totals, identities, and the knowledge that it is gone."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from monitor.adapters.journal import removal
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.store import SqlStore
from monitor.domain.hours.instant import DAY_US, HOUR_US, InstantUs, parse_instant
from monitor.service.commits import retention
from monitor.service.commits.commit_point import CommitPoint
from monitor.service.commits.housekeeping import Housekeeping
from monitor.service.commits.retention import first_progress, preview, read_policy
from monitor.service.doors.arrivals import Outcome, Rejection
from monitor.service.ports.counts import Counts, Intake, IntakeKey
from monitor.service.ports.records import RetirementRecord
from monitor.testing import (
    MONDAY,
    Crash,
    FaultyStore,
    InlineWorker,
    ManualClock,
    Script,
    arrivals,
    cloud_event,
    commit_point,
    sqlite_store,
)

POLICY = read_policy("30d")
LATER: InstantUs = MONDAY + 40 * DAY_US
"""Thirty days before this everything of the story's first week is over."""


class Kept:
    """A journal with a little story in it."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.script = Script(Crash)
        self.point: CommitPoint = commit_point(FaultyStore(self.store, self.script))

    def take(self, *contents: bytes, now: InstantUs = LATER) -> list[Outcome]:
        return self.point.take(arrivals(contents), now)

    def retire(self, now: InstantUs = LATER) -> RetirementRecord:
        progress = first_progress(POLICY, now)
        while (step := self.point.retire(progress, now)) is not None:
            progress = step
        return progress.record

    def restart(self) -> None:
        self.point = commit_point(FaultyStore(self.store, self.script), now=LATER)

    def column(self, column: Any) -> list[Any]:
        with self.store._engine.connect() as connection:
            return list(connection.scalars(select(column).order_by(column)))

    def count(self, table: Any) -> int:
        with self.store._engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    made = Kept(sqlite_store(tmp_path / "kept.db"))
    yield made
    made.store.close()


def _story(case: str, at: InstantUs, *, ends_with: str = "ticket.closed", client: str = "acme") -> list[bytes]:
    """A case that is opened, answered late, and ended: a breach and some verdicts."""
    return [
        cloud_event("ticket.opened", case, at, f"{case}.1", client=client),
        cloud_event("email.sent", case, at + 2 * HOUR_US, f"{case}.2", author="Ann"),
        cloud_event(ends_with, case, at + 3 * HOUR_US, f"{case}.3"),
    ]


def tell(kept: Kept) -> None:
    for case in ("A", "B", "C"):
        kept.take(*_story(case, MONDAY), now=MONDAY + DAY_US)
    kept.take(*_story("resolved", MONDAY, ends_with="ticket.resolved"), now=MONDAY + DAY_US)
    kept.take(*_story("recent", MONDAY + 20 * DAY_US, client="umbra"), now=MONDAY + 21 * DAY_US)


def test_what_is_over_goes_and_nothing_else(kept: Kept) -> None:
    tell(kept)
    record = kept.retire()
    assert (record.matters, record.cases, record.events) == (3, 3, 9)
    assert kept.column(t.CASES.c.id) == ["recent", "resolved"]
    assert kept.count(t.MATTERS) == 2
    for table in (t.OBLIGATIONS, t.DECISIONS):
        assert set(kept.column(table.c.case_id)) == {"recent", "resolved"}
    with kept.store._engine.connect() as connection:
        emptied = connection.execute(select(t.EVENTS.c.client, t.EVENTS.c.origin).where(t.EVENTS.c.content == b""))
        assert emptied.all() == [(None, "")] * 9


def test_a_matter_goes_only_when_its_last_event_lies_further_back(kept: Kept) -> None:
    kept.take(*_story("A", MONDAY), now=MONDAY + DAY_US)
    last = MONDAY + 3 * HOUR_US
    assert kept.retire(last + 30 * DAY_US).matters == 0
    assert kept.retire(last + 30 * DAY_US + 1).matters == 1


def test_cases_that_belong_together_go_together_or_stay(kept: Kept) -> None:
    merged = cloud_event("ticket.merged", "A", MONDAY + HOUR_US, "merge", into="B")
    kept.take(_story("A", MONDAY)[0], *_story("B", MONDAY, ends_with="ticket.resolved"), merged, now=MONDAY + DAY_US)
    assert kept.retire().matters == 0
    kept.take(cloud_event("ticket.closed", "B", MONDAY + 4 * HOUR_US, "close"), now=MONDAY + DAY_US)
    record = kept.retire()
    assert (record.matters, record.cases) == (1, 2)


def _sums(counts: Counts) -> tuple[dict[Any, int], dict[Any, int], dict[Any, Any], Counter[IntakeKey]]:
    decisions = {key: count for key, count in counts.decisions.items() if count}
    obligations = {key: count for key, count in counts.obligations.items() if count}
    return decisions, obligations, counts.ratios, counts.intake


def test_every_counter_stays_to_the_unit(kept: Kept) -> None:
    tell(kept)
    before, shown = kept.store.resumption().counts, kept.point.totals()
    assert kept.retire().matters == 3
    assert _sums(kept.store.resumption().counts) == _sums(before)
    assert kept.point.totals() == shown
    kept.restart()
    assert kept.point.totals() == shown


def test_the_counters_are_a_recount_of_the_rows_and_what_was_retired(kept: Kept) -> None:
    tell(kept)
    kept.retire()
    counts = kept.store.resumption().counts
    with kept.store.reading() as transaction:
        left = retention._counts_of(transaction, kept.column(t.MATTERS.c.id), kept.column(t.CASES.c.id))
    with kept.store._engine.connect() as connection:
        for table, found, expected in (
            (t.RETIRED_DECISION_COUNTS, left.decisions, counts.decisions),
            (t.RETIRED_OBLIGATION_COUNTS, left.obligations, counts.obligations),
        ):
            retired = Counter({tuple(row[:-1]): row[-1] for row in connection.execute(select(table))})
            assert retired
            assert {**(Counter({tuple(key[:-1]): n for key, n in found.items()}) + retired)} == {
                tuple(key[:-1]): count for key, count in expected.items() if count
            }
        ratios = {tuple(row[:-2]): tuple(row[-2:]) for row in connection.execute(select(t.RETIRED_RATIO_COUNTS))}
    for key, total in counts.ratios.items():
        here, gone = left.ratios.get(key, (0, 0)), ratios.get(tuple(key[:-1]), (0, 0))
        assert (here[0] + gone[0], here[1] + gone[1]) == tuple(total)
    assert counts.intake[IntakeKey(Intake.ACCEPTED)] == kept.count(t.EVENTS)


def test_a_repeat_of_an_event_that_went_is_a_duplicate(kept: Kept) -> None:
    tell(kept)
    kept.retire()
    assert kept.take(*_story("A", MONDAY)) == [Intake.DUPLICATE] * 3


@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_late_event_of_a_case_that_went_is_set_aside_and_says_why(kept: Kept, is_restarted: bool) -> None:
    tell(kept)
    kept.retire()
    if is_restarted:
        kept.restart()
    late = cloud_event("email.sent", "A", MONDAY + HOUR_US, "late", author="Ann")
    joining = cloud_event("case.linked", "recent", LATER, "joining", to="B")
    good = cloud_event("ticket.reopened", "recent", LATER, "good")
    outcomes = kept.take(late, joining, good)
    assert [type(outcome) for outcome in outcomes] == [Rejection, Rejection, str]
    assert isinstance(outcomes[0], Rejection)
    assert "case 'A', which was retired" in outcomes[0].found
    assert sorted(kept.column(t.DEAD_LETTERS.c.content)) == sorted([late, joining])
    assert "A" not in kept.column(t.CASES.c.id)


def test_each_run_is_one_row_that_says_when_by_which_policy_and_how_much(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.service.commits.commit_point.MATTERS_A_PORTION", 1)
    tell(kept)
    first = kept.retire()
    second = kept.retire(LATER + 20 * DAY_US)
    assert (second.number, second.matters) == (2, 1)
    with kept.store._engine.connect() as connection:
        rows = connection.execute(select(t.RETIREMENTS).order_by(t.RETIREMENTS.c.number))
        assert [RetirementRecord._make(row) for row in rows] == [first, second]
    assert (first.policy, first.before) == ("30d", LATER - 30 * DAY_US)


def test_a_run_that_finds_nothing_leaves_no_row(kept: Kept) -> None:
    tell(kept)
    assert kept.retire(MONDAY + 30 * DAY_US).matters == 0
    assert kept.count(t.RETIREMENTS) == 0


def test_killed_in_the_middle_nothing_is_half_gone_and_the_next_run_takes_the_rest(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.service.commits.commit_point.MATTERS_A_PORTION", 1)
    tell(kept)
    shown, steps = kept.point.totals(), 0
    while True:
        kept.script.fail_in(steps)
        try:
            kept.retire()
        except Crash:
            kept.restart()
            steps += 1
            cases = kept.column(t.CASES.c.id)
            assert kept.count(t.MATTERS) == len(cases)
            assert set(kept.column(t.DECISIONS.c.case_id)) == set(cases)
            assert set(cases) | set(kept.column(t.RETIRED_CASES.c.id)) == {"A", "B", "C", "recent", "resolved"}
        else:
            break
    assert steps > 0
    assert kept.point.totals() == shown
    assert kept.column(t.RETIRED_CASES.c.id) == ["A", "B", "C"]


def test_no_position_is_given_twice_after_the_last_rows_went(kept: Kept) -> None:
    kept.take(*_story("A", MONDAY), now=LATER)
    last = max(kept.column(t.DECISIONS.c.position))
    assert last > max(kept.column(t.EVENTS.c.position))
    kept.retire()
    kept.restart()
    kept.take(*_story("B", LATER - HOUR_US), now=LATER)
    assert min(kept.column(t.DECISIONS.c.position)) > last
    assert max(kept.column(t.EVENTS.c.position)) > last


def test_a_preview_counts_what_would_go_and_changes_nothing(kept: Kept) -> None:
    tell(kept)
    with kept.store.reading() as transaction:
        expected = preview(transaction, POLICY, LATER)
    assert kept.count(t.CASES) == 5
    record = kept.retire()
    assert record[2:-1] == expected[2:-1]


def test_every_table_with_rows_of_cases_is_emptied_of_them() -> None:
    of_cases = {table.name for table in t.METADATA.tables.values() if "case_id" in table.columns}
    assert of_cases - {t.EVENTS.name} == {table.name for table in removal.ROWS_OF_CASES}


async def test_a_kept_that_runs_looks_at_the_start_and_once_a_day(kept: Kept) -> None:
    tell(kept)
    clock = ManualClock(LATER)
    running = asyncio.ensure_future(Housekeeping(kept.point, clock, InlineWorker(), POLICY).run())
    seen = [kept.column(t.CASES.c.id)]
    for now in (LATER, LATER + DAY_US - 1, LATER + 20 * DAY_US):
        clock.set(now)
        for _ in range(100):
            await asyncio.sleep(0)
        seen.append(kept.column(t.CASES.c.id))
    running.cancel()
    assert seen == [["A", "B", "C", "recent", "resolved"], *[["recent", "resolved"]] * 2, ["resolved"]]


@pytest.mark.parametrize(
    ("text", "now", "before"),
    [
        ("7y", "2026-11-25T12:00:00Z", "2019-11-25T12:00:00Z"),
        ("1y", "2028-02-29T12:00:00Z", "2027-02-28T12:00:00Z"),
        ("4y", "2028-02-29T12:00:00Z", "2024-02-29T12:00:00Z"),
        ("2w", "2026-03-15T00:00:00Z", "2026-03-01T00:00:00Z"),
        ("400d", "2026-03-02T00:00:00Z", "2025-01-26T00:00:00Z"),
    ],
)
def test_a_policy_counts_back_in_days_weeks_or_years_of_the_calendar(text: str, now: str, before: str) -> None:
    """The expected instants are counted on a calendar; 400 days are 365 and 35."""
    assert read_policy(text).before(parse_instant(now)) == parse_instant(before)


@pytest.mark.parametrize("text", ["", "7", "y", "0y", "-1y", "7m", "7 y", "101y", "99999d", "7y\n"])
def test_a_policy_that_says_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a length of time such as 7y"):
        read_policy(text)

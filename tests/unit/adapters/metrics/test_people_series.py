"""The series about people and calls, of a day worked by hand: they survive a restart, and what is taken back is counted apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from monitor.adapters.journal.migrations.versions import r0007_figures
from monitor.adapters.journal.store import SqlStore
from monitor.adapters.metrics.people_series import people_series
from monitor.domain.cases.workload import FigureKey
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from monitor.service.commits.commit_point import CommitPoint
from monitor.service.commits.retention import first_progress, read_policy
from monitor.service.matters.figures import read_figures
from monitor.testing import BOOK, MONDAY, arrivals, cloud_event, commit_point, judge_what_is_left, sqlite_store
from tests.unit.service.matters.figure_sums import net, summed

PEOPLE: str = BOOK + (
    "grades: [trainee, senior]\n"
    "staff:\n"
    "  Ann: {grade: senior, team: desk, joined: 2020-01-01}\n"
    "  Bea: {grade: trainee, team: desk, joined: 2025-12-01}\n"  # three months before that Monday
)


class Kept:
    """A journal with a book that knows its people."""

    def __init__(self, file: Path, book: str = PEOPLE) -> None:
        self._file, self._book = file, book
        self._store: SqlStore = sqlite_store(file)
        self.point: CommitPoint = commit_point(self._store, book)

    def take(self, *events: bytes) -> None:
        self.point.take(arrivals(events), MONDAY + DAY_US)

    def restart(self) -> None:
        self.close()
        self._store = sqlite_store(self._file)
        self.point = commit_point(self._store, self._book)

    def series(self, name: str) -> dict[tuple[str, ...], float]:
        """The series of a name that are not 0, by their label values."""
        totals = self.point.totals()
        metrics = people_series(totals.figures, self.point.book, ["gold", "silver", ""])
        samples = (sample for metric in metrics for sample in metric.samples)
        return {tuple(each.labels.values()): each.value for each in samples if each.name == name and each.value}

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        with self._store._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(question))]

    def forget_figures(self) -> None:
        """The journal as the migration leaves it that brought them: nothing is counted yet."""
        with self._store._engine.begin() as connection:
            for name in ("figure_counts", "retired_figure_counts", "matter_figures"):
                connection.execute(text(f"DROP TABLE {name}"))
            with Operations.context(MigrationContext.configure(connection)):
                r0007_figures.upgrade()

    def close(self) -> None:
        self._store.close()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    opened = Kept(tmp_path / "kept.db")
    yield opened
    opened.close()


def _day(kept: Kept) -> None:
    """Ann has a gold client's case from nine, replies, works 20 minutes and hands it to Bea, who works 10; Zoe, whom
    nobody knows, replies; Ann takes it back."""
    minute = MINUTE_US
    kept.take(cloud_event("ticket.opened", "A", MONDAY, "1", client="acme", holder="Ann"))
    kept.take(cloud_event("email.sent", "A", MONDAY + 5 * minute, "2", author="Ann"))
    kept.take(
        cloud_event("work.logged", "A", MONDAY + 30 * minute, "3", person="Ann", seconds=1_200),
        cloud_event("ticket.assigned", "A", MONDAY + 40 * minute, "4", holder="Bea"),
        cloud_event("work.logged", "A", MONDAY + 60 * minute, "5", person="Bea", seconds=600),
        cloud_event("email.sent", "A", MONDAY + 70 * minute, "6", author="Zoe"),
        cloud_event("ticket.assigned", "A", MONDAY + 80 * minute, "7", holder="Ann"),
    )


ANN, BEA, ZOE = (
    ("senior", "24 months and longer", "gold"),
    ("trainee", "under 6 months", "gold"),
    ("unknown", "unknown", "gold"),
)


def _assert_the_day(kept: Kept) -> None:
    # Ann: taken on twice, replied, worked; Bea: taken on, worked; Zoe: replied.
    assert kept.series("kept_touches_total") == {ANN: 4, BEA: 2, ZOE: 1}
    assert kept.series("kept_touch_seconds_total") == {ANN: 1_200, BEA: 600}
    assert kept.series("kept_unmeasured_touches") == {ANN: 3, BEA: 1, ZOE: 1}
    # Both are of the desk: from one person to another, the second time back.
    assert kept.series("kept_handoffs_total") == {("people", "false", "gold"): 1, ("people", "true", "gold"): 1}
    assert kept.series("kept_hand_downs_total") == {("senior", "trainee", "gold"): 1}
    assert kept.series("kept_open_cases") == {("desk", "senior", "gold"): 1}


def test_a_day_is_counted_by_grade_tenure_and_tier(kept: Kept) -> None:
    _day(kept)
    _assert_the_day(kept)


def test_what_was_counted_is_there_after_a_restart_and_goes_on(kept: Kept) -> None:
    _day(kept)
    kept.restart()
    _assert_the_day(kept)
    kept.take(cloud_event("email.sent", "A", MONDAY + 2 * HOUR_US, "8", author="Bea"))
    assert kept.series("kept_touches_total") == {ANN: 4, BEA: 3, ZOE: 1}
    assert kept.series("kept_touches_withdrawn_total") == {}


def test_a_late_change_of_staff_is_taken_back_and_counted_anew(kept: Kept) -> None:
    _day(kept)
    # Bea had been a senior since Monday morning, told on Tuesday: her two touches are a senior's, and nothing was handed down.
    kept.take(cloud_event("staff.changed", None, MONDAY, "s", person="Bea", grade="senior"))
    bea = ("senior", "under 6 months", "gold")
    assert kept.series("kept_touches_total") == {ANN: 4, BEA: 2, ZOE: 1, bea: 2}
    assert kept.series("kept_touches_withdrawn_total") == {BEA: 2}
    assert kept.series("kept_touch_withdrawn_seconds_total") == {BEA: 600}
    assert kept.series("kept_hand_downs_withdrawn_total") == {("senior", "trainee", "gold"): 1}


def test_a_closed_case_is_held_by_nobody_and_its_touches_stay(kept: Kept) -> None:
    _day(kept)
    kept.take(cloud_event("ticket.closed", "A", MONDAY + 3 * HOUR_US, "9"))
    assert kept.series("kept_open_cases") == {}
    assert kept.series("kept_touches_total") == {ANN: 4, BEA: 2, ZOE: 1}


def test_cases_that_become_one_matter_are_counted_once(kept: Kept) -> None:
    _day(kept)
    kept.take(
        cloud_event("ticket.opened", "B", MONDAY, "b1", client="acme", holder="Bea"),
        cloud_event("email.sent", "B", MONDAY + MINUTE_US, "b2", author="Bea"),
    )
    kept.take(cloud_event("ticket.merged", "B", MONDAY + 4 * HOUR_US, "b3", into="A"))
    kept.restart()
    # Bea took B on and replied in it.
    assert kept.series("kept_touches_total") == {ANN: 4, BEA: 4, ZOE: 1}
    kept.take(cloud_event("email.sent", "B", MONDAY + 5 * HOUR_US, "b4", author="Bea"))
    assert kept.series("kept_touches_total") == {ANN: 4, BEA: 5, ZOE: 1}
    assert kept.series("kept_touches_withdrawn_total") == {}


def _call(name: str, *steps: tuple[int, str, dict[str, str]]) -> list[bytes]:
    return [
        cloud_event(
            f"call.{step}", name, MONDAY + second * SECOND_US, f"{name}{second}{step}", call=name, client="acme", **said
        )
        for second, step, said in steps
    ]


def test_calls_are_counted_by_queue_and_outcome_and_their_waits_by_length(kept: Kept) -> None:
    tax, pay = {"queue": "tax"}, {"queue": "pay"}
    kept.take(
        *_call("c1", (0, "offered", {}), (10, "offered", tax), (30, "answered", {"agent": "Ann"}), (90, "ended", {})),
        *_call("c2", (0, "offered", tax), (21, "abandoned", {})),
        *_call("c3", (0, "offered", pay), (40, "voicemail", {}), (60, "ended", {})),
        *_call("c4", (0, "offered", pay), (12, "ended", {})),
        *_call("c5", (0, "offered", {}), (4, "abandoned", {})),
        *_call("c6", (0, "answered", {"agent": "Bea"}), (60, "ended", {})),
        *_call("c7", (0, "offered", tax)),
        *_call(
            "c8", (0, "answered", {"agent": "Ann", "direction": "outbound"}), (60, "ended", {"direction": "outbound"})
        ),
    )
    # c7 still waits, and c8 is the firm's own call.
    assert kept.series("kept_calls_total") == {
        ("tax", "answered"): 1,
        ("tax", "abandoned"): 1,
        ("pay", "voicemail"): 1,
        ("pay", "cut_off"): 1,
        ("none", "left_menu"): 1,
        ("none", "answered"): 1,
    }
    # Waits: tax 20 s and 21 s, pay 40 s and 12 s.
    assert kept.series("kept_call_wait_seconds_sum") == {("tax",): 41, ("pay",): 52}
    tax_waits = {edge: n for (queue, edge), n in kept.series("kept_call_wait_seconds_bucket").items() if queue == "tax"}
    assert (tax_waits.get("15.0", 0), tax_waits["20.0"], tax_waits["30.0"], tax_waits["+Inf"]) == (0, 1, 2, 2)
    # How long they spoke is known of those that ended: 60 s each.
    assert sum(kept.series("kept_touch_seconds_total").values()) == 180


def test_queues_beyond_the_limit_are_counted_together(kept: Kept) -> None:
    kept.take(
        *(
            event
            for n in range(52)
            for event in _call(f"c{n:02}", (0, "offered", {"queue": f"q{n:02}"}), (1, "abandoned", {}))
        )
    )
    calls = kept.series("kept_calls_total")
    assert (len(calls), calls["_other", "abandoned"]) == (51, 2)
    assert kept.series("kept_queues_left_out") == {(): 2}


def test_a_journal_from_before_these_were_counted_is_judged_once_more(kept: Kept) -> None:
    _day(kept)
    decisions = kept.rows("SELECT count(*) FROM decisions")
    kept.forget_figures()
    kept.restart()
    assert kept.point.is_rejudging
    judge_what_is_left(kept.point, MONDAY + DAY_US)
    _assert_the_day(kept)
    assert kept.rows("SELECT count(*) FROM decisions") == decisions


def test_what_was_retired_stays_counted(kept: Kept) -> None:
    _day(kept)
    kept.take(cloud_event("ticket.closed", "A", MONDAY + 3 * HOUR_US, "9"))
    kept.take(cloud_event("ticket.opened", "B", MONDAY + 12 * HOUR_US, "b1", client="acme", holder="Bea"))
    progress = first_progress(read_policy("1d"), MONDAY + 2 * DAY_US)
    while (reached := kept.point.retire(progress, MONDAY + 2 * DAY_US)) is not None:
        progress = reached
    assert progress.record.matters == 1
    kept.restart()
    assert kept.series("kept_touches_total") == {ANN: 4, BEA: 3, ZOE: 1}
    # The counts are those of the matter that is there and of what was retired.
    left = summed(read_figures(text) for (text,) in kept.rows("SELECT figures FROM matter_figures"))
    gone = {FigureKey(*key): amount for *key, amount, _ in kept.rows("SELECT * FROM retired_figure_counts")}
    assert gone
    assert summed([left, gone]) == net(kept.point.totals().figures)


def test_a_book_that_does_not_care_who_works_has_none_of_it(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "other.db", BOOK)
    _day(kept)
    assert kept.point.totals().figures == {}
    kept.close()

"""What the commit point promises, on a real store. Due instants are told by heart: the book's promises run around the clock."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.store import SqlStore
from monitor.domain.hours.instant import DAY_US, FOREVER_US, HOUR_US, MINUTE_US, SECOND_US, InstantUs
from monitor.errors import TransientError
from monitor.service.commits.commit_point import CommitPoint
from monitor.service.doors.arrivals import Rejection
from monitor.service.ports.counts import Intake
from monitor.testing import (
    BOOK,
    MONDAY,
    FaultyStore,
    Script,
    arrivals,
    cloud_event,
    commit_point,
    no_space,
    sqlite_store,
)
from monitor.wire.events.cloud_events import decode_event


def _rows(store: SqlStore, *columns: Any, **where: Any) -> list[Any]:
    asked = select(*columns).filter_by(**where)
    with store._engine.connect() as connection:
        return [row[0] if len(columns) == 1 else tuple(row) for row in connection.execute(asked)]


def _verdicts(store: SqlStore) -> dict[str, str]:
    columns = t.OBLIGATIONS.c
    return {
        f"{case} {promise}": verdict
        for case, promise, verdict in _rows(store, columns.case_id, columns.promise, columns.verdict)
    }


OPENED = cloud_event("ticket.opened", "A", MONDAY, "1", client="acme")
ANSWERED = cloud_event("email.sent", "A", MONDAY + 30 * MINUTE_US, "2", author="Ann")


def test_an_event_is_taken_once(point: CommitPoint, store: SqlStore) -> None:
    assert point.take(arrivals([OPENED, OPENED]), MONDAY) == [Intake.ACCEPTED, Intake.DUPLICATE]
    assert point.take(arrivals([OPENED]), MONDAY) == [Intake.DUPLICATE]
    assert _rows(store, t.EVENTS.c.content) == [OPENED]


def test_what_a_commit_has_written_goes_with_it_and_waits_for_nobody_to_look_for_it(point: CommitPoint) -> None:
    gc.disable()
    try:
        with point._committing(MONDAY) as commit:
            commit.take(arrivals([OPENED]), [decode_event(OPENED)])
        left = weakref.ref(commit)
        del commit
        assert left() is None
    finally:
        gc.enable()


def test_a_deadline_is_told_and_passes_without_an_event(point: CommitPoint, store: SqlStore) -> None:
    point.take(arrivals([OPENED]), MONDAY)
    assert point.earliest_wake == MONDAY + 30 * MINUTE_US
    point.wake(MONDAY + 30 * MINUTE_US)
    assert point.earliest_wake == MONDAY + HOUR_US + 1
    point.wake(MONDAY + HOUR_US)
    assert _verdicts(store)["A first"] == "running"
    point.wake(MONDAY + HOUR_US + 1)
    assert _verdicts(store) == {"A first": "broken", "A gold-resolve": "running"}
    assert point.earliest_wake == MONDAY + 8 * HOUR_US + 1


def test_a_promise_that_is_kept_wakes_nobody(point: CommitPoint) -> None:
    point.take(
        arrivals([OPENED, ANSWERED, cloud_event("ticket.resolved", "A", MONDAY + HOUR_US, "3")]), MONDAY + HOUR_US
    )
    assert point.earliest_wake == FOREVER_US


def test_an_answer_that_arrives_late_takes_the_breach_back(point: CommitPoint, store: SqlStore) -> None:
    point.take(arrivals([OPENED]), MONDAY)
    point.wake(MONDAY + 2 * HOUR_US)
    point.take(arrivals([ANSWERED]), MONDAY + 3 * HOUR_US)
    assert _verdicts(store)["A first"] == "kept"
    columns = t.DECISIONS.c
    given = _rows(store, columns.verdict, columns.restated, promise="first")
    assert given == [("running", False), ("broken", False), ("kept", True)]


def test_what_was_said_to_have_passed_has_passed_when_the_clock_goes_back(point: CommitPoint, store: SqlStore) -> None:
    point.take(arrivals([OPENED]), MONDAY)
    point.wake(MONDAY + 2 * HOUR_US)
    before = _rows(store, t.DECISIONS.c.id)
    point.take(arrivals([cloud_event("ticket.assigned", "A", MONDAY + 1, "2", holder="Ann")]), MONDAY + 5 * MINUTE_US)
    point.wake(MONDAY + 5 * MINUTE_US)
    assert _rows(store, t.DECISIONS.c.id) == before


def test_recorded_times_go_forwards_however_the_clock_is_set(point: CommitPoint, store: SqlStore) -> None:
    point.take(arrivals([OPENED]), MONDAY + HOUR_US)
    point.take(arrivals([ANSWERED]), MONDAY)
    assert _rows(store, t.EVENTS.c.recorded) == [MONDAY + HOUR_US, MONDAY + HOUR_US + 1]


def test_a_restart_announces_nothing_again(point: CommitPoint, store: SqlStore) -> None:
    point.take(arrivals([OPENED]), MONDAY)
    point.wake(MONDAY + 2 * HOUR_US)
    before = _rows(store, t.DECISIONS.c.id)
    again = commit_point(store, now=MONDAY + 2 * HOUR_US)
    assert again.earliest_wake == MONDAY + 8 * HOUR_US + 1
    again.take(arrivals([cloud_event("ticket.assigned", "A", MONDAY + 1, "2", holder="Ann")]), MONDAY + 2 * HOUR_US)
    assert _rows(store, t.DECISIONS.c.id) == before
    assert again.totals().decisions == point.totals().decisions


def test_while_catching_up_time_alone_breaks_nothing(point: CommitPoint, store: SqlStore) -> None:
    now = MONDAY + 10 * DAY_US
    point.take(arrivals([OPENED], catching_up=True), now)
    point.wake(now)
    assert set(_verdicts(store).values()) == {"running"}
    point.take(arrivals([ANSWERED], catching_up=True), now)
    point.release(now)
    assert point.wake(now) == 1
    assert _verdicts(store) == {"A first": "kept", "A gold-resolve": "broken"}
    assert not any(_rows(store, t.DECISIONS.c.restated))


def test_a_breach_stands_when_its_case_is_reopened_in_a_later_portion_of_the_past(
    point: CommitPoint, store: SqlStore
) -> None:
    now = MONDAY + 10 * DAY_US
    # Resolved an hour after the eight that were promised.
    resolved = cloud_event("ticket.resolved", "A", MONDAY + 9 * HOUR_US, "2")
    point.take(arrivals([OPENED, resolved], catching_up=True), now)
    assert _verdicts(store)["A gold-resolve"] == "broken"
    reopened = cloud_event("ticket.reopened", "A", MONDAY + 20 * HOUR_US, "3")
    point.take(arrivals([reopened], catching_up=True), now)
    assert _verdicts(store)["A gold-resolve"] == "broken"
    assert not any(_rows(store, t.DECISIONS.c.restated, kind="resolve"))


def test_a_present_event_ends_catching_up_for_its_matter(point: CommitPoint, store: SqlStore) -> None:
    now = MONDAY + 10 * DAY_US
    point.take(arrivals([OPENED], catching_up=True), now)
    point.take(arrivals([cloud_event("ticket.assigned", "A", now, "9", holder="Ann")]), now)
    assert set(_verdicts(store).values()) == {"broken"}


def test_a_time_in_the_far_future_is_refused(point: CommitPoint) -> None:
    near = cloud_event("ticket.opened", "A", MONDAY + DAY_US, "1")
    far = cloud_event("ticket.opened", "A", MONDAY + DAY_US + SECOND_US, "2")
    taken, refused = point.take(arrivals([near, far]), MONDAY)
    assert taken == Intake.ACCEPTED
    assert isinstance(refused, Rejection)
    assert refused.key == "time"


def test_rubbish_is_kept_once_and_counted_each_time(point: CommitPoint, store: SqlStore) -> None:
    for _ in range(2):
        point.take(arrivals([b"\xff rubbish", OPENED, b"\xff rubbish"]), MONDAY)
    assert _rows(store, t.DEAD_LETTERS.c.content) == [b"\xff rubbish"]
    counts = point.totals()
    assert counts.dead_letters == 1
    assert {name: count for name, count in counts.intake.items() if count} == {
        Intake.REJECTED: 4,
        Intake.ACCEPTED: 1,
        Intake.DUPLICATE: 1,
    }


def test_merged_cases_become_one_matter_also_after_a_restart(point: CommitPoint, store: SqlStore) -> None:
    other = cloud_event("ticket.opened", "B", MONDAY + MINUTE_US, "2", client="acme")
    point.take(arrivals([OPENED]), MONDAY)
    point.take(arrivals([other]), MONDAY + MINUTE_US)
    assert set(_rows(store, t.CASES.c.matter)) == {"A", "B"}
    again = commit_point(store, now=MONDAY + MINUTE_US)
    again.take(
        arrivals([cloud_event("ticket.merged", "A", MONDAY + 2 * MINUTE_US, "3", into="B")]), MONDAY + 3 * MINUTE_US
    )
    assert set(_rows(store, t.CASES.c.matter)) == {"B"}
    assert _rows(store, t.MATTERS.c.id) == ["B"]
    assert _verdicts(store) == {
        "A first": "void",
        "A gold-resolve": "void",
        "B first": "running",
        "B gold-resolve": "running",
    }
    # The client's wait began with the message of case A, at nine, and goes on in B.
    assert _rows(store, t.OBLIGATIONS.c.due, case_id="B", promise="first") == [MONDAY + HOUR_US]


def test_a_case_linked_to_one_nobody_has_heard_of_waits_for_it(point: CommitPoint, store: SqlStore) -> None:
    point.take(arrivals([OPENED, cloud_event("case.linked", "A", MONDAY + 1, "2", to="Z")]), MONDAY + 1)
    point.take(arrivals([cloud_event("email.sent", "Z", MONDAY + 5, "3", author="Ann")]), MONDAY + 5)
    assert len(set(_rows(store, t.CASES.c.matter))) == 1
    assert _verdicts(store)["Z first"] == "kept"


def test_a_change_of_a_client_reaches_its_cases_those_to_come_too(point: CommitPoint, store: SqlStore) -> None:
    point.take(arrivals([OPENED]), MONDAY)
    point.take(
        arrivals([cloud_event("client.changed", None, MONDAY + 5, "2", client="acme", tier="silver")]), MONDAY + 5
    )
    assert _verdicts(store) == {"A first": "running", "A resolve": "running"}
    again = commit_point(store, now=MONDAY + 5)
    again.take(arrivals([cloud_event("ticket.opened", "B", MONDAY + 9, "3", client="acme")]), MONDAY + 9)
    assert "B resolve" in _verdicts(store)
    assert _rows(store, t.OBLIGATIONS.c.tier, case_id="B") == ["silver", "silver"]


def _become(tier: str, at: InstantUs, number: str) -> bytes:
    return cloud_event("client.changed", None, at, number, client="acme", tier=tier)


@pytest.mark.parametrize("is_made_anew", [False, True])
def test_a_case_that_is_over_stays_with_the_tier_of_its_end_until_it_is_reopened(
    point: CommitPoint, store: SqlStore, *, is_made_anew: bool
) -> None:
    minutes = [MONDAY + minute * MINUTE_US for minute in range(9)]
    point.take(arrivals([OPENED, _become("gold", minutes[1], "2")]), minutes[1])
    point.take(arrivals([cloud_event("ticket.resolved", "A", minutes[3], "3")]), minutes[3])
    point.take(arrivals([_become("silver", minutes[4], "4")]), minutes[4])
    assert set(_rows(store, t.OBLIGATIONS.c.tier)) == {"gold"}
    assert _rows(store, t.CASES.c.tier) == ["gold"]
    if is_made_anew:
        point = commit_point(store, now=minutes[5])
    # Nothing of the reopening says whose case it is: what came while it was over is brought to it all the same.
    point.take(arrivals([cloud_event("ticket.reopened", "A", minutes[6], "5")]), minutes[6])
    assert set(_rows(store, t.OBLIGATIONS.c.tier)) == {"silver"}
    assert _rows(store, t.CASES.c.tier) == ["silver"]


def test_a_late_change_of_tier_from_before_the_end_of_a_case_is_brought_to_it(
    point: CommitPoint, store: SqlStore
) -> None:
    minutes = [MONDAY + minute * MINUTE_US for minute in range(9)]
    point.take(arrivals([OPENED, _become("gold", minutes[1], "2")]), minutes[1])
    point.take(arrivals([cloud_event("ticket.resolved", "A", minutes[3], "3")]), minutes[3])
    point.take(arrivals([_become("silver", minutes[4], "4"), _become("bronze", minutes[2], "5")]), minutes[5])
    assert set(_rows(store, t.OBLIGATIONS.c.tier)) == {"bronze"}


SAID_OF_ACME = [
    (5, {"tier": "silver"}, True),
    (7, {"tier": "silver"}, False),
    (8, {"name": "Acme & Daughters"}, False),
    (6, {"tier": "gold"}, True),
]
"""Changes as they come: at which minute, what, and whether it makes a difference. Only the last one makes the seventh's one."""


def _said_of_acme(minute: int, said: dict[str, str]) -> bytes:
    return cloud_event("client.changed", None, MONDAY + minute * MINUTE_US, str(minute), client="acme", **said)


def test_a_change_that_leaves_the_tier_as_it_was_makes_no_difference(point: CommitPoint) -> None:
    note = point._remembered().note_client_change
    for minute, said, makes_a_difference in SAID_OF_ACME:
        assert note(decode_event(_said_of_acme(minute, said))) is makes_a_difference


def test_whoever_is_told_of_a_change_is_told_of_those_that_made_no_difference_before(
    point: CommitPoint, store: SqlStore
) -> None:
    point.take(arrivals([OPENED]), MONDAY)
    for minute, said, _ in SAID_OF_ACME:
        point.take(arrivals([_said_of_acme(minute, said)]), MONDAY + 9 * MINUTE_US)
    # Silver is what was said last: that it was said twice, and gold in between, came in another order.
    assert set(_rows(store, t.OBLIGATIONS.c.tier)) == {"silver"}
    assert _verdicts(store) == {"A first": "running", "A resolve": "running"}


@pytest.mark.parametrize("step", range(5))
def test_after_a_failure_at_any_step_sending_again_is_safe(store: SqlStore, step: int) -> None:
    script = Script(no_space)
    faulty = commit_point(FaultyStore(store, script))
    faulty.take(arrivals([OPENED]), MONDAY)
    script.fail_in(step)
    with pytest.raises(TransientError):
        faulty.take(arrivals([ANSWERED]), MONDAY + 31 * MINUTE_US)
    faulty.take(arrivals([ANSWERED]), MONDAY + 31 * MINUTE_US)
    assert faulty.failed_commits == 1
    assert _verdicts(store)["A first"] == "kept"
    assert _rows(store, t.DECISIONS.c.type, promise="first") == ["opened", "kept"]
    assert faulty.totals().intake[Intake.ACCEPTED] == 2


def test_an_event_that_can_not_be_judged_does_not_stop_the_others(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("monitor.service.commits.commit.judge", _stumbling(case="B"))
    point = commit_point(store)
    bad = cloud_event("ticket.opened", "B", MONDAY, "2", client="acme")
    outcomes = point.take(arrivals([OPENED, bad]), MONDAY)
    assert outcomes[0] == Intake.ACCEPTED
    assert isinstance(outcomes[1], Rejection)
    assert _rows(store, t.DEAD_LETTERS.c.content) == [bad]
    assert _rows(store, t.EVENTS.c.content) == [OPENED]


def _stumbling(case: str) -> Callable[..., Any]:
    from monitor.service.matters.judged import judge

    def stumbling(held: Any, *arguments: Any, **options: Any) -> Any:
        assert held.id != case, "a fault of the engine"
        return judge(held, *arguments, **options)

    return stumbling


def test_a_silent_source_makes_a_breach_doubtful_until_it_is_heard(store: SqlStore) -> None:
    book = BOOK + "sources:\n  /test: {silent_after: 30m}\n"
    point = commit_point(store, book)
    point.take(arrivals([OPENED]), MONDAY)
    point.wake(MONDAY + 2 * HOUR_US)
    assert _verdicts(store)["A first"] == "unknown"
    heard = cloud_event("source.heartbeat", None, MONDAY + 2 * HOUR_US, "2")
    point.take(arrivals([heard]), MONDAY + 2 * HOUR_US)
    point.listen(MONDAY + 2 * HOUR_US)
    assert _verdicts(store)["A first"] == "broken"


@pytest.mark.parametrize("step", range(6))
def test_doubts_that_could_not_be_resolved_are_resolved_the_next_time(store: SqlStore, step: int) -> None:
    script = Script(no_space)
    book = BOOK + "sources:\n  /test: {silent_after: 30m}\n"
    point = commit_point(FaultyStore(store, script), book)
    point.take(arrivals([OPENED]), MONDAY)
    point.wake(MONDAY + 2 * HOUR_US)
    point.listen(MONDAY + 2 * HOUR_US)
    point.take(arrivals([cloud_event("source.heartbeat", None, MONDAY + 2 * HOUR_US, "2")]), MONDAY + 2 * HOUR_US)
    script.fail_in(step)
    with suppress(TransientError):
        point.listen(MONDAY + 2 * HOUR_US)
    script.disarm()
    point.listen(MONDAY + 2 * HOUR_US)
    assert _verdicts(store)["A first"] == "broken"


def test_doubts_from_before_a_restart_are_resolved_after_it(store: SqlStore) -> None:
    book = BOOK + "sources:\n  /test: {silent_after: 30m}\n"
    point = commit_point(store, book)
    point.take(arrivals([OPENED]), MONDAY)
    point.wake(MONDAY + 2 * HOUR_US)
    point.take(arrivals([cloud_event("source.heartbeat", None, MONDAY + 2 * HOUR_US, "2")]), MONDAY + 2 * HOUR_US)
    again = commit_point(store, book, MONDAY + 2 * HOUR_US)
    again.listen(MONDAY + 2 * HOUR_US)
    assert _verdicts(store)["A first"] == "broken"


def test_doubts_about_what_is_owed_for_a_breach_are_resolved_after_a_restart(store: SqlStore) -> None:
    owed = "breaches:\n  owed:\n    - {id: own-up, of: first_response, acknowledge: 1h}\n"
    book = BOOK + owed + "sources:\n  /test: {silent_after: 30m}\n"
    point = commit_point(store, book)
    point.take(arrivals([OPENED, _heard_at(MONDAY + 65 * MINUTE_US)]), MONDAY)
    # The answer was due after an hour, and to be owned up to within one more, in which nobody was heard.
    point.wake(MONDAY + 3 * HOUR_US)
    assert _verdicts(store)["A first"] == "broken"
    assert _verdicts(store)["A own-up"] == "unknown"
    point.take(arrivals([_heard_at(MONDAY + 3 * HOUR_US)]), MONDAY + 3 * HOUR_US)
    again = commit_point(store, book, MONDAY + 3 * HOUR_US)
    again.listen(MONDAY + 3 * HOUR_US)
    assert _verdicts(store)["A own-up"] == "broken"


def _heard_at(at: InstantUs) -> bytes:
    return cloud_event("source.heartbeat", None, at, f"heard-{at}")


def test_a_present_event_after_a_restart_ends_catching_up_too(point: CommitPoint, store: SqlStore) -> None:
    now = MONDAY + 8 * DAY_US
    opened = cloud_event("ticket.opened", "A", MONDAY, "1", client="acme", status="waiting")
    point.take(arrivals([opened], catching_up=True), now)
    assert _rows(store, t.MATTERS.c.held) == [True]
    again = commit_point(store, now=now)
    again.take(arrivals([cloud_event("work.logged", "A", now, "2", person="Ann", seconds=5)]), now)
    assert _rows(store, t.MATTERS.c.held) == [False]


def test_steps_owed_for_a_breach_move_with_it_when_it_turns_out_to_have_come_later(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path / "kept.db")
    point = commit_point(store, BOOK + "breaches:\n  owed:\n    - {id: own-up, acknowledge: 1h}\n")
    point.take(arrivals([cloud_event("ticket.opened", "A", MONDAY, "1", client="acme", by="staff")]), MONDAY)
    late = MONDAY + 20 * HOUR_US
    while point.wake(late):
        pass
    due = select(t.OBLIGATIONS.c.kind, t.OBLIGATIONS.c.due).where(t.OBLIGATIONS.c.kind.in_(["resolve", "acknowledge"]))

    def dues() -> dict[str, int]:
        with store._engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(due)}

    # To be resolved in eight hours, and owned up to within one more.
    assert dues() == {"resolve": MONDAY + 8 * HOUR_US, "acknowledge": MONDAY + 9 * HOUR_US}
    waited = [
        cloud_event("ticket.changed", "A", MONDAY + hours * HOUR_US, f"w{hours}", status=status)
        for hours, status in ((1, "waiting"), (3, "open"))
    ]
    point.take(arrivals(waited), late)
    # It waited for the client for two hours, and both are due two hours later.
    assert dues() == {"resolve": MONDAY + 10 * HOUR_US, "acknowledge": MONDAY + 11 * HOUR_US}
    store.close()

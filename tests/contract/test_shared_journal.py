"""Several workers write one database of a real server, one after the other and between each other's steps.

Commits are made step by step where it matters: what another does between two steps is done there, by the test.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import func, select, text

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.database_lock import locked_database, shared_database
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.shared_store import SharedTransaction
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs
from monitor.errors import ConfigError, Outdated, Superseded, TransientError
from monitor.service.commits.retention import first_progress, read_policy
from monitor.service.doors.arrivals import Arrival, Rejection
from monitor.service.editions.shelf import BookText
from monitor.service.ports.counts import Intake
from monitor.service.ports.records import Advance, RetirementRecord
from monitor.service.workers.share import SPANNING
from monitor.testing import BOOK, MONDAY, arrivals, cloud_event, commit_point, store_at
from monitor.wire.events.cloud_events import decode_event
from tests.services.sharing import Worker

GRADED = BOOK.replace(
    "promises:\n", "grades: [junior, senior]\nstaff:\n  Ann: {grade: junior}\n  Bo: {grade: senior}\npromises:\n"
) + ("  - {id: seniors, kind: seniority, at_least: senior}\n")


@pytest.fixture
def location(postgres_url: str) -> Location:
    return Location.parse(postgres_url)


@pytest.fixture
def worker(location: Location) -> Iterator[Callable[..., Worker]]:
    started: list[Worker] = []

    def start(name: str, *partitions: int, book: str = BOOK) -> Worker:
        made = Worker(location, name, book)
        started.append(made)
        made.claim(*partitions)
        return made

    yield start
    for each in started:
        each.store.close()


def ask(worker: Worker, question: Any) -> list[tuple[Any, ...]]:
    with worker.store._engine.connect() as connection:
        return [tuple(row) for row in connection.execute(question)]


def verdicts(worker: Worker) -> dict[str, str]:
    row = t.OBLIGATIONS.c
    return {
        f"{case} {kind}": verdict for case, kind, verdict in ask(worker, select(row.case_id, row.kind, row.verdict))
    }


def home_of(worker: Worker, case: str) -> int:
    asked = select(t.MATTERS.c.home).join(t.CASES, t.CASES.c.matter == t.MATTERS.c.id).where(t.CASES.c.id == case)
    ((home,),) = ask(worker, asked)
    return int(home)


def opened(case: str, at: InstantUs = MONDAY, number: str = "o", **more: Any) -> bytes:
    return cloud_event("ticket.opened", case, at, f"{case}-{number}", client="acme", **more)


def answered(case: str, at: InstantUs) -> bytes:
    return cloud_event("email.sent", case, at, f"{case}-a", author="Ann")


def assert_sound(worker: Worker) -> None:
    """Positions have no gap, instants grow with them, history does not fork, and counts are a recount of the rows."""
    numbered = text(
        "SELECT position, recorded FROM (SELECT position, recorded FROM events UNION ALL SELECT position, recorded FROM"
        " decisions UNION ALL SELECT position, recorded FROM dead_letters) AS every ORDER BY position"
    )
    rows = ask(worker, numbered)
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    assert [row[1] for row in rows] == sorted(row[1] for row in rows)
    obligation = t.OBLIGATIONS.c
    last = text("SELECT obligation, max(position), max(revision) FROM decisions GROUP BY 1 ORDER BY 1")
    asked = select(obligation.id, obligation.decision, obligation.revision).order_by(obligation.id)
    assert ask(worker, asked) == ask(worker, last)
    recount = text(
        "SELECT kind, client, coalesce(tier, ''), verdict, is_open, count(*) FROM obligations"
        " WHERE ended IS NULL GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"
    )
    counted = text(
        "SELECT kind, client, tier, outcome, is_open, sum(count) FROM obligation_counts"
        " WHERE outcome IN ('running', 'paused') GROUP BY 1, 2, 3, 4, 5 HAVING sum(count) <> 0 ORDER BY 1, 2, 3, 4, 5"
    )
    running = [row for row in ask(worker, recount) if row[3] in {"running", "paused"}]
    assert ask(worker, counted) == running
    due = text(
        "SELECT due / 60000000, kind, count(*) FROM obligations WHERE verdict = 'running' GROUP BY 1, 2 ORDER BY 1, 2"
    )
    by_minute = text("SELECT minute, kind, count FROM running_counts WHERE count <> 0 ORDER BY 1, 2")
    assert ask(worker, by_minute) == [row for row in ask(worker, due) if row[0] is not None]
    decided = text("SELECT type, count(*) FROM decisions GROUP BY 1 ORDER BY 1")
    counts = text("SELECT type, sum(count) FROM decision_counts GROUP BY 1 ORDER BY 1")
    assert ask(worker, counts) == ask(worker, decided)


def test_two_workers_write_one_history_without_gaps(worker: Callable[..., Worker]) -> None:
    one, two = worker("one", 0), worker("two", 1)
    for number in range(5):
        assert one.take(0, opened(f"A{number}")) == [Intake.ACCEPTED]
        assert two.take(1, opened(f"B{number}"), b"rubbish", opened(f"B{number}"))[0::2] == ["accepted", "duplicate"]
    assert len(verdicts(one)) == 20  # a first response and a resolution each
    assert {home_of(one, f"{name}{number}") for name in "A" for number in range(5)} == {0}
    assert home_of(one, "B3") == 1
    assert_sound(one)


def test_a_worker_without_partitions_stands_by_until_it_is_given_one(worker: Callable[..., Worker]) -> None:
    idle, busy = worker("a"), worker("b", 0)
    assert busy.take(0, opened("A")) == ["accepted"]
    idle.claim()
    assert not idle.point.share.epochs
    idle.claim(0)
    assert idle.take(0, opened("B")) == ["accepted"]


def test_what_was_judged_before_another_wrote_is_numbered_behind_it(worker: Callable[..., Worker]) -> None:
    one, two = worker("one", 0), worker("two", 1)
    with one.point._committing(MONDAY) as commit:
        commit.take([Arrival(opened("A"), "test", partition=0)], [decode_event(opened("A"))])
        two.take(1, opened("B"))
    order = ask(one, select(t.EVENTS.c.case_id).order_by(t.EVENTS.c.position))
    assert order == [("B",), ("A",)]
    assert_sound(one)


def test_what_a_commit_has_written_goes_with_it(worker: Callable[..., Worker]) -> None:
    one = worker("one", 0)
    gc.disable()
    try:
        with one.point._committing(MONDAY) as commit:
            commit.take([Arrival(opened("A"), "test", partition=0)], [decode_event(opened("A"))])
        left = weakref.ref(commit)
        del commit
        assert left() is None
    finally:
        gc.enable()


def test_nothing_is_written_for_a_partition_that_another_worker_has(worker: Callable[..., Worker]) -> None:
    zombie = worker("zombie", 0, 1)
    zombie.take(0, opened("A"))
    heir = worker("heir", 0)
    assert heir.offsets == {0: 1}
    with pytest.raises(Superseded) as told:
        zombie.take(0, answered("A", MONDAY + MINUTE_US))
    assert told.value.partitions == {0}
    heir.take(0, answered("A", MONDAY + MINUTE_US))
    # What it still has it goes on with.
    assert zombie.take(1, opened("B")) == [Intake.ACCEPTED]
    assert verdicts(heir)["A first_response"] == "kept"
    assert_sound(heir)


def test_a_commit_that_began_before_the_partition_was_taken_is_refused(worker: Callable[..., Worker]) -> None:
    zombie = worker("zombie", 0)
    heirs: list[Worker] = []

    def judge_and_be_overtaken() -> None:
        with zombie.point._committing(MONDAY) as commit:
            commit.take([Arrival(opened("A"), "test", partition=0)], [decode_event(opened("A"))])
            heirs.append(worker("heir", 0))

    with pytest.raises(Superseded):
        judge_and_be_overtaken()
    assert ask(heirs[0], select(t.EVENTS.c.id)) == []
    assert heirs[0].take(0, opened("A")) == [Intake.ACCEPTED]


def test_an_event_that_two_partitions_bring_at_once_is_there_once(worker: Callable[..., Worker]) -> None:
    one, two = worker("one", 0), worker("two", 1)
    twice = opened("A")

    def take() -> list[Any]:
        with one.point._committing(MONDAY) as commit:
            outcomes = commit.take([Arrival(twice, "test", partition=0)], [decode_event(twice)])
            if not ask(one, select(t.EVENTS.c.id)):
                two.take(1, twice)
        return outcomes

    assert one.point._again(take) == [Intake.DUPLICATE]
    assert len(ask(one, select(t.EVENTS.c.id))) == 1
    assert_sound(one)


def test_cases_of_two_partitions_that_are_merged_are_one_matter(worker: Callable[..., Worker]) -> None:
    one, two = worker("one", 0), worker("two", 1)
    one.take(0, opened("A", by="client"))
    two.take(1, opened("B", MONDAY + MINUTE_US, by="staff"))
    # The client waits in A, and from the merge on in B: by hand, from the rule "Merged".
    one.take(0, cloud_event("ticket.merged", "A", MONDAY + 2 * MINUTE_US, "m", into="B"))
    assert home_of(one, "A") == home_of(one, "B") == SPANNING
    assert verdicts(one)["A first_response"] == "void"
    assert verdicts(one)["B first_response"] == "running"
    # The answer comes by the other partition, whose worker remembered B as it was.
    two.take(1, answered("B", MONDAY + 10 * MINUTE_US))
    assert verdicts(two)["B first_response"] == "kept"
    assert_sound(one)


def test_a_spanning_matter_waits_until_every_partition_is_read(worker: Callable[..., Worker]) -> None:
    one, two = worker("one", 0), worker("two", 1)
    one.take(0, opened("A", by="client"))
    two.take(1, opened("B", by="staff"))
    one.take(0, cloud_event("ticket.merged", "A", MONDAY + MINUTE_US, "m", into="B"))
    late = MONDAY + 2 * HOUR_US
    one.read_until(late, 2)
    assert one.point.share.all_read_until == 0
    two.read_until(MONDAY + 30 * MINUTE_US, 2)
    one.read_until(late, 2)
    # Partition 1 is read up to half past nine only, and the answer is due at ten.
    assert one.point.share.all_read_until == MONDAY + 30 * MINUTE_US
    two.read_until(late, 2)
    one.read_until(late, 2)
    assert one.point.share.all_read_until == late
    assert one.point.earliest_in([SPANNING]) <= late
    one.let_pass(late, SPANNING)
    assert verdicts(one)["B first_response"] == "broken"
    assert_sound(one)


def test_a_worker_lets_time_pass_in_its_own_partitions_only(worker: Callable[..., Worker]) -> None:
    one, two = worker("one", 0), worker("two", 1)
    one.take(0, opened("A", by="client"))
    two.take(1, opened("B", by="client"))
    assert one.let_pass(MONDAY + 2 * HOUR_US, 0) == 1
    assert verdicts(one) | {"A resolve": "", "B resolve": ""} == {
        "A first_response": "broken",
        "A resolve": "",
        "B first_response": "running",
        "B resolve": "",
    }
    assert one.point.earliest_in([0]) == MONDAY + 8 * HOUR_US + 1


def test_taking_events_lets_no_time_pass(worker: Callable[..., Worker]) -> None:
    one = worker("one", 0)
    late = MONDAY + 5 * HOUR_US
    one.take(0, opened("A", by="client"), now=late)
    assert verdicts(one)["A first_response"] == "running"
    one.take(0, answered("A", MONDAY + MINUTE_US), now=late)
    one.let_pass(late, 0)
    assert verdicts(one)["A first_response"] == "kept"
    types = ask(one, select(t.DECISIONS.c.type).where(t.DECISIONS.c.kind == "first_response"))
    assert ("broken",) not in types


def test_a_change_of_a_client_reaches_the_matters_of_every_worker(worker: Callable[..., Worker]) -> None:
    one, two = worker("one", 0), worker("two", 1)
    one.take(0, opened("A"))
    two.take(1, opened("B"))
    two.take(1, cloud_event("client.changed", None, MONDAY + MINUTE_US, "c", client="acme", tier="silver"))
    promises = select(t.OBLIGATIONS.c.case_id, t.OBLIGATIONS.c.promise).where(t.OBLIGATIONS.c.kind == "resolve")
    assert sorted(ask(one, promises)) == [("A", "gold-resolve"), ("B", "gold-resolve")]
    # Whatever each does next, it looks for what concerns everybody.
    two.take(1, opened("C", MONDAY + 2 * MINUTE_US))
    assert sorted(ask(one, promises)) == [("A", "gold-resolve"), ("B", "resolve"), ("C", "resolve")]
    one.read_until(MONDAY + 2 * MINUTE_US, 2)
    assert sorted(ask(one, promises)) == [("A", "resolve"), ("B", "resolve"), ("C", "resolve")]
    assert_sound(one)


def test_a_change_that_nobody_brought_to_a_partition_is_brought_by_its_heir(worker: Callable[..., Worker]) -> None:
    one, two = worker("one", 0), worker("two", 1)
    one.take(0, opened("A"))
    two.take(1, cloud_event("client.changed", None, MONDAY + MINUTE_US, "c", client="acme", tier="silver"))
    heir = worker("heir", 0)
    heir.take(0, opened("C"))
    promises = select(t.OBLIGATIONS.c.case_id, t.OBLIGATIONS.c.promise).where(t.OBLIGATIONS.c.kind == "resolve")
    assert sorted(ask(one, promises)) == [("A", "resolve"), ("C", "resolve")]


def test_a_change_of_staff_reaches_the_matters_of_every_worker(worker: Callable[..., Worker]) -> None:
    one, two = worker("one", 0, book=GRADED), worker("two", 1, book=GRADED)
    one.take(0, opened("A", by="client"), answered("A", MONDAY + 10 * MINUTE_US))
    assert verdicts(one)["A seniority"] == "broken"
    # Ann had been promoted before she answered, and it comes to be known late, by the other partition.
    two.take(1, cloud_event("staff.changed", None, MONDAY + MINUTE_US, "s", person="Ann", grade="senior"))
    one.let_pass(MONDAY + 11 * MINUTE_US, 0)
    assert verdicts(one)["A seniority"] != "broken"
    assert_sound(one)


def test_a_refused_commit_forgets_what_it_had_in_hand_and_nothing_else(worker: Callable[..., Worker]) -> None:
    one, two = worker("one", 0), worker("two", 1)
    one.take(0, opened("A"), opened("B"))
    two.take(1, opened("Z"))
    # What joins A to a case of another partition is judged in turn, and a change comes before it.
    umbra = cloud_event("ticket.opened", "N", MONDAY + MINUTE_US, "N-o", client="umbra")
    contents = [umbra, cloud_event("case.linked", "A", MONDAY + MINUTE_US, "A-l", to="Z")]
    changed = cloud_event("client.changed", None, MONDAY + MINUTE_US, "c", client="acme", tier="silver")

    def judge_while_it_comes() -> None:
        with one.point._committing(MONDAY + MINUTE_US) as commit:
            commit.touch(["A"])
            two.take(1, changed)
            read = [decode_event(content) for content in contents]
            commit.take([Arrival(content, "test", partition=0) for content in contents], read)

    at_hand = one.point._remembered().at_hand
    kept = at_hand.get("B")
    with pytest.raises(Outdated, match="concerns everybody"):
        judge_while_it_comes()
    assert one.point._remembered().at_hand is at_hand
    assert at_hand.get("B") is kept
    assert at_hand.get("A") is None
    one.take(0, *contents, now=MONDAY + 2 * MINUTE_US)
    two.read_until(MONDAY + 2 * MINUTE_US, 2)
    promises = select(t.OBLIGATIONS.c.case_id, t.OBLIGATIONS.c.promise).where(t.OBLIGATIONS.c.kind == "resolve")
    found = [("B", "resolve"), ("N", "resolve"), ("Z", "resolve")]
    assert sorted(row for row in ask(one, promises) if row[0] != "A") == found
    # The client that the refused commit met first has its place all the same.
    assert {row[0] for row in ask(one, select(t.CLIENTS.c.id))} >= {"acme", "umbra"}
    assert_sound(one)


def test_a_change_that_a_refused_commit_brought_is_brought_again(worker: Callable[..., Worker]) -> None:
    one, two = worker("one", 0, book=GRADED), worker("two", 1, book=GRADED)
    one.take(0, opened("A", by="client"), answered("A", MONDAY + 10 * MINUTE_US), opened("B", by="client"))
    two.take(1, opened("Z"))
    two.take(1, cloud_event("staff.changed", None, MONDAY + MINUTE_US, "s", person="Ann", grade="senior"))
    again = cloud_event("client.changed", None, MONDAY + MINUTE_US, "c", client="acme", tier="silver")
    linked = cloud_event("case.linked", "B", MONDAY + 11 * MINUTE_US, "B-l", to="Z")

    def judge_while_it_comes() -> None:
        with one.point._committing(MONDAY + 11 * MINUTE_US) as commit:
            two.take(1, again)  # behind the change of staff, which this commit has brought to A by now
            commit.take([Arrival(linked, "test", partition=0)], [decode_event(linked)])

    with pytest.raises(Outdated, match="concerns everybody"):
        judge_while_it_comes()
    assert one.point._remembered().directory.grade_of("Ann", MONDAY + 10 * MINUTE_US) == "junior"
    assert verdicts(one)["A seniority"] == "broken"
    one.take(0, linked, now=MONDAY + 12 * MINUTE_US)
    assert verdicts(one)["A seniority"] != "broken"
    assert_sound(one)


def test_what_was_looked_through_for_sources_is_not_looked_through_again(worker: Callable[..., Worker]) -> None:
    expected = BOOK + "sources:\n  /telephony: {silent_after: 8h}\n"
    one, two = worker("one", 0, book=expected), worker("two", 1, book=expected)
    two.take(1, opened("B"))  # by another source: nobody was heard that the book expects
    one.read_until(MONDAY, 2)
    assert one.point._remembered().heard_to == ask(one, select(func.max(t.DECISIONS.c.position)))[0][0]


def test_a_new_edition_is_made_once_and_known_to_all(worker: Callable[..., Worker]) -> None:
    one, two = worker("one", 0), worker("two", 1)
    one.take(0, opened("A", by="client"))
    two.take(1, opened("B", by="client"))
    changed = BookText(BOOK.replace("within: 1h", "within: 20m"), "book.yaml")
    assert two.point.reread(changed, MONDAY + MINUTE_US)
    assert not one.point.reread(changed, MONDAY + MINUTE_US)
    one.take(0, opened("C", MONDAY + 2 * MINUTE_US, by="client"))
    due = select(t.OBLIGATIONS.c.due).where(t.OBLIGATIONS.c.case_id == "C", t.OBLIGATIONS.c.kind == "first_response")
    assert ask(one, due) == [(MONDAY + 22 * MINUTE_US,)]
    for each in (one, two):
        each.read_until(MONDAY + 3 * MINUTE_US, 2)
    one.read_until(MONDAY + 3 * MINUTE_US, 2)
    while one.point.rejudge(MONDAY + 3 * MINUTE_US):
        pass
    assert not one.point.is_rejudging
    assert_sound(one)


# Retention


POLICY = read_policy("30d")
LATER = MONDAY + 40 * DAY_US
"""Thirty days before this, what was over on Monday lies back."""


def over(case: str) -> list[bytes]:
    """A case that is opened, answered and closed on Monday."""
    closed = cloud_event("ticket.closed", case, MONDAY + 2 * MINUTE_US, f"{case}-c", by="Ann")
    return [opened(case, by="client"), answered(case, MONDAY + MINUTE_US), closed]


def retire(worker: Worker) -> RetirementRecord:
    progress = first_progress(POLICY, LATER)
    while (step := worker.point.retire(progress, LATER)) is not None:
        progress = step
    return progress.record


def test_the_keeper_takes_out_what_is_over_wherever_it_is_at_home(worker: Callable[..., Worker]) -> None:
    keeper, other = worker("keeper", 0), worker("other", 1)
    keeper.take(0, *over("A"))
    other.take(1, *over("B"), opened("C"))
    (counted,) = ask(keeper, select(func.sum(t.DECISION_COUNTS.c.count)))
    record = retire(keeper)
    # A and B; C is open.
    assert (record.matters, record.cases, record.events) == (2, 2, 6)
    assert ask(keeper, select(t.CASES.c.id)) == [("C",)]
    assert ask(keeper, select(func.sum(t.DECISION_COUNTS.c.count))) == [counted]
    # Who had B in memory has forgotten it, and says why its late event is set aside; so does who never had A.
    late = [cloud_event("email.sent", case, MONDAY + HOUR_US, f"{case}-late", author="Ann") for case in "AB"]
    outcomes = other.take(1, *late, answered("C", LATER), now=LATER)
    assert [type(outcome) for outcome in outcomes] == [Rejection, Rejection, str]
    assert "case 'B', which was retired" in outcomes[1].found
    assert sorted(row[0] for row in ask(keeper, select(t.CASES.c.id))) == ["C"]
    # What comes later gets no position that was taken once.
    ((last,),) = ask(keeper, select(t.RETIREMENTS.c.last_position))
    assert min(row[0] for row in ask(keeper, select(t.DEAD_LETTERS.c.position))) > last


def test_an_event_that_names_a_case_which_goes_meanwhile_is_set_aside(worker: Callable[..., Worker]) -> None:
    keeper, other = worker("keeper", 0), worker("other", 1)
    joined = cloud_event("case.linked", "A", MONDAY + MINUTE_US, "A-l", to="B")
    keeper.take(0, *over("A"), *over("B"), joined)
    # The matter is called after one of its cases; the event names the other one.
    ((name,),) = ask(keeper, select(t.MATTERS.c.id))
    linked = cloud_event("case.linked", "C", LATER, "C-l", to={"A": "B", "B": "A"}[name])

    def judge_while_it_goes() -> None:
        with other.point._committing(LATER) as commit:
            # The other worker never knew of a retirement, and finds no case A: it went a moment before it looks.
            retire(keeper)
            commit.take([Arrival(linked, "test", partition=1)], [decode_event(linked)])

    with pytest.raises(Outdated, match="retired meanwhile"):
        judge_while_it_goes()
    (outcome,) = other.take(1, linked, now=LATER)
    assert isinstance(outcome, Rejection)
    assert ask(keeper, select(t.CASES.c.id)) == []


def test_what_somebody_writes_to_meanwhile_is_not_over(worker: Callable[..., Worker]) -> None:
    keeper, other = worker("keeper", 0), worker("other", 1)
    other.take(1, *over("A"))
    reopened = cloud_event("ticket.reopened", "A", LATER, "A-r", by="client")
    with keeper.store.begin() as transaction:
        assert transaction.over_among(["A"], POLICY.before(LATER)) == ["A"]
    other.take(1, reopened, now=LATER)
    assert retire(keeper).matters == 0
    assert_sound(other)


def test_a_worker_that_is_no_keeper_any_more_takes_nothing_out(worker: Callable[..., Worker]) -> None:
    keeper = worker("keeper", 0)
    keeper.take(0, *over("A"))
    worker("heir", 0)
    with pytest.raises(Superseded):
        retire(keeper)
    assert ask(keeper, select(t.CASES.c.id)) == [("A",)]


def test_a_worker_that_stands_still_in_its_turn_is_ended_by_those_who_wait(worker: Callable[..., Worker]) -> None:
    one, two = worker("one", 0), worker("two", 1)

    def stand_still() -> None:
        with one.store.begin() as transaction:
            transaction.take_turn()
            with pytest.raises(TransientError, match="held up all others"):
                two.take(1, opened("B"))
            assert two.take(1, opened("B")) == [Intake.ACCEPTED]
            transaction.head()

    with pytest.raises(TransientError, match="does not work"):
        stand_still()
    assert one.take(0, opened("A")) == [Intake.ACCEPTED]


def test_a_worker_that_stands_still_while_it_looks_keeps_nobody_from_its_partitions(
    worker: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = worker("one", 0), worker("two", 1)
    moved_on = SharedTransaction.move_on

    def stand_still(transaction: SharedTransaction, advance: Advance) -> None:
        moved_on(transaction, advance)
        monkeypatch.undo()
        with pytest.raises(TransientError, match="held up all others"):
            two.claim(0)
        two.claim(0)

    monkeypatch.setattr(SharedTransaction, "move_on", stand_still)
    with pytest.raises(TransientError, match="does not work"):
        one.read_until(MONDAY, 2)
    with pytest.raises(Superseded):
        one.take(0, opened("A"))
    assert two.take(0, opened("A")) == [Intake.ACCEPTED]


def test_whoever_wants_the_journal_alone_waits_for_the_last_worker(
    worker: Callable[..., Worker], location: Location
) -> None:
    one = worker("one", 0)
    with pytest.raises(ConfigError, match="a Kept at work on it"):
        locked_database(location)
    one.store.close()
    engine, lock = locked_database(location)
    with pytest.raises(ConfigError, match="a Kept at work on it"):
        worker("two", 0)
    engine.dispose()
    lock.release()


def test_a_file_has_one_writer(tmp_path: Any) -> None:
    with pytest.raises(ConfigError, match="a file has one writer"):
        shared_database(Location(tmp_path / "kept.db"))


def test_a_daemon_goes_on_with_what_workers_wrote_and_workers_with_what_it_wrote(
    worker: Callable[..., Worker], location: Location
) -> None:
    one = worker("one", 0, 1)
    one.take(1, opened("A", by="client"), opened("B", by="client"))
    one.store.close()
    alone = store_at(location)
    point = commit_point(alone)
    point.take(arrivals([answered("A", MONDAY + MINUTE_US)]), MONDAY + MINUTE_US)
    point.wake(MONDAY + 2 * HOUR_US)
    alone.close()
    heir = worker("heir", 0, 1)
    assert verdicts(heir)["A first_response"] == "kept"
    assert verdicts(heir)["B first_response"] == "broken"
    heir.take(1, cloud_event("ticket.resolved", "B", MONDAY + 3 * HOUR_US, "r"))
    assert verdicts(heir)["B resolve"] == "kept"
    assert_sound(heir)

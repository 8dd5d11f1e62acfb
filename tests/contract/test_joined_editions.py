"""The promise book of a database that workers write, changed while they are at work: what is made, and what becomes of it.

Due instants are told by heart: the book's promises run around the clock, a first response is owed within an hour, by the
strict one within 20 minutes; every case here is answered after half an hour.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import select, text

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.database_lock import locked_database
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.notice_table import NoticeTable
from monitor.adapters.journal.session_right import SessionRight
from monitor.adapters.journal.shared_store import SharedTransaction
from monitor.bootstrap.joining import is_of_workers, joined_workers
from monitor.bootstrap.notifying import NOTIFYING
from monitor.cli import main
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs
from monitor.domain.promises.editions import FROM_THE_BEGINNING
from monitor.errors import ConfigError
from monitor.service.editions.shelf import BookText, Offer
from monitor.service.notices.notice import NoticeRules, Receiver
from monitor.service.notices.notifier import Notifier
from monitor.service.ports.machine import Machine
from monitor.service.ports.records import EditionRecord
from monitor.testing import (
    BOOK,
    MONDAY,
    InlineWorker,
    ManualClock,
    arrivals,
    cloud_event,
    commit_point,
    judge_what_is_left,
    store_at,
)
from tests.contract.test_shared_journal import answered, ask, assert_sound, opened, verdicts
from tests.services.serving import Served
from tests.services.sharing import Worker

STRICT: Final = BOOK.replace("within: 1h", "within: 20m")
LATER: Final = MONDAY + DAY_US


def story(case: str) -> list[bytes]:
    """A case that is opened, answered after half an hour and over after an hour."""
    closed = cloud_event("ticket.closed", case, MONDAY + HOUR_US, f"{case}-c", by="Ann")
    return [opened(case), answered(case, MONDAY + 30 * MINUTE_US), closed]


@pytest.fixture
def location(postgres_url: str) -> Location:
    return Location.parse(postgres_url)


@pytest.fixture
def workers(location: Location) -> Iterator[tuple[Worker, Worker]]:
    """Two at work, the first of them the keeper; each has judged a case."""
    with closing_workers(location) as both:
        for number, case in enumerate("AB"):
            both[number].take(number, *story(case), now=MONDAY + HOUR_US)
        look(both, LATER)
        yield both


@contextmanager
def closing_workers(location: Location, book: str = BOOK) -> Iterator[tuple[Worker, Worker]]:
    """Two with a partition each, the first of them the keeper."""
    one, two = Worker(location, "one", book), Worker(location, "two", book)
    with closing(one.store), closing(two.store):
        one.claim(0)
        two.claim(1)
        yield one, two


def look(workers: tuple[Worker, Worker], now: InstantUs) -> None:
    """Everything is read up to an instant, and everybody knows it."""
    for worker in (*workers, *workers):
        worker.read_until(now, 2)


def restate(location: Location, book: str = STRICT, now: InstantUs = LATER) -> EditionRecord:
    with joined_workers(location, now) as point:
        offered = BookText(book, "new.yaml")
        return point.apply(Offer(offered, "Ann", "a new contract", since=FROM_THE_BEGINNING), now)


def judge_again(workers: tuple[Worker, Worker], now: InstantUs = LATER) -> None:
    """The keeper's work."""
    look(workers, now)
    judge_what_is_left(workers[0].point, now)


def restated(worker: Worker) -> list[tuple[Any, ...]]:
    row = t.DECISIONS.c
    asked = select(row.case_id, row.verdict, row.cause_id).where(row.type == "restated", row.kind == "first_response")
    return sorted(ask(worker, asked))


def test_a_restatement_is_judged_by_the_keeper_wherever_matters_are_at_home(
    workers: tuple[Worker, Worker], location: Location
) -> None:
    one, two = workers
    edition = restate(location)
    assert (edition.number, edition.restates, edition.since) == (2, True, FROM_THE_BEGINNING)
    assert {verdict for name, verdict in verdicts(one).items() if "first" in name} == {"kept"}
    look(workers, LATER)
    assert one.point.is_rejudging
    judge_again(workers)
    assert restated(one) == [("A", "broken", "edition/2"), ("B", "broken", "edition/2")]
    look(workers, LATER)
    assert not two.point.is_rejudging
    # What the other one remembered of its case is out of date, and it knows.
    two.take(1, cloud_event("ticket.reopened", "B", LATER, "B-r"), now=LATER)
    assert verdicts(two)["B first_response"] == "broken"
    assert_sound(one)


def test_what_a_worker_takes_before_the_keepers_turn_is_judged_by_the_new_book(
    workers: tuple[Worker, Worker], location: Location
) -> None:
    one, two = workers
    restate(location)
    two.take(1, opened("C", LATER), cloud_event("ticket.reopened", "B", LATER, "B-r"), now=LATER)
    row = t.OBLIGATIONS.c
    asked = select(row.due).where(row.case_id == "C", row.kind == "first_response")
    assert ask(two, asked) == [(LATER + 20 * MINUTE_US,)]
    assert restated(two) == [("B", "broken", "edition/2")]
    judge_again(workers)
    assert restated(one) == [("A", "broken", "edition/2"), ("B", "broken", "edition/2")]
    assert_sound(one)


def test_a_deadline_that_the_keeper_brought_forward_is_known_to_whoever_lets_time_pass(location: Location) -> None:
    with closing_workers(location) as workers:
        one, two = workers
        two.take(1, opened("B", by="client"))
        soon = MONDAY + MINUTE_US
        restate(location, now=soon)
        look(workers, soon)
        two.let_pass(soon)
        # By the first book B is warned of at half the hour, by the strict one at half of 20 minutes.
        assert two.point.earliest_in([1]) == MONDAY + 30 * MINUTE_US
        judge_what_is_left(one.point, soon)
        two.read_until(soon, 2)
        assert two.point.earliest_in([1]) == MONDAY + 10 * MINUTE_US


def test_what_the_keeper_judges_again_is_judged_by_what_others_have_heard(location: Location) -> None:
    silence = "sources:\n  /test: {silent_after: 8h}\n"
    with closing_workers(location, BOOK + silence) as workers:
        one, two = workers
        two.take(1, opened("B", by="client"))
        now = MONDAY + 10 * HOUR_US
        restate(location, STRICT + silence, now)
        look(workers, now)
        two.let_pass(now)
        for each in workers:
            each.point.listen(now)
        # Nobody was heard since B was opened, and its answer was due after 20 minutes.
        assert verdicts(two)["B first_response"] == "unknown"
        two.take(1, opened("C", now, by="client"), now=now)
        two.read_until(now, 2)
        two.point.listen(now)
        assert verdicts(two)["B first_response"] == "broken"
        judge_what_is_left(one.point, now)
        look(workers, now)
        for each in workers:
            each.point.listen(now)
        assert verdicts(two)["B first_response"] == "broken"


def test_a_restatement_that_comes_while_another_is_judged_begins_anew(
    workers: tuple[Worker, Worker], location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = workers
    monkeypatch.setattr("monitor.service.editions.rejudging.MATTERS_A_PORTION", 1)
    restate(location)
    look(workers, LATER)
    assert one.point.rejudge(LATER) == 1
    assert restated(one) == [("A", "broken", "edition/2")]
    # By the third edition 40 minutes are promised again, and both were answered after 30.
    restate(location, BOOK.replace("within: 1h", "within: 40m"))
    judge_what_is_left(one.point, LATER)
    assert {verdict for name, verdict in verdicts(one).items() if "first" in name} == {"kept"}
    assert not one.point.is_rejudging
    assert_sound(one)


def test_an_edition_is_recorded_behind_what_was_written_before_its_turn(
    workers: tuple[Worker, Worker], location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_turn, others = SharedTransaction.take_turn, [lambda: workers[0].take(0, opened("C"), now=LATER + MINUTE_US)]

    def after_another(transaction: SharedTransaction) -> Any:
        if others:
            others.pop()()
        return take_turn(transaction)

    with joined_workers(location, LATER) as point:
        monkeypatch.setattr(SharedTransaction, "take_turn", after_another)
        edition = point.apply(Offer(BookText(STRICT, "new.yaml"), "Ann", "r"), LATER)
    assert not others
    assert edition.recorded == LATER + MINUTE_US + 1
    assert [found.recorded for found in workers[0].store.editions()] == [MONDAY, edition.recorded]


def test_an_edition_that_comes_while_the_keeper_judges_by_another_is_judged_by_instead(
    workers: tuple[Worker, Worker], location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    restate(location)
    look(workers, LATER)
    # The first portion is at home with the keeper: its turn is not needed for judging.
    monkeypatch.setattr("monitor.service.editions.rejudging.MATTERS_A_PORTION", 1)
    take_turn, others = SharedTransaction.take_turn, [lambda: restate(location, BOOK)]

    def after_another(transaction: SharedTransaction) -> Any:
        if others:
            others.pop()()
        return take_turn(transaction)

    monkeypatch.setattr(SharedTransaction, "take_turn", after_another)
    judge_what_is_left(workers[0].point, LATER)
    assert len(workers[0].store.editions()) == 3
    # By the third edition all is as it was said to be: nothing is restated.
    assert restated(workers[0]) == []
    assert {verdict for name, verdict in verdicts(workers[0]).items() if "first" in name} == {"kept"}


def test_whoever_has_no_partitions_looks_for_nobody_whom_earlier_changes_concern(
    workers: tuple[Worker, Worker], location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers[0].take(0, cloud_event("client.changed", None, MONDAY, "s", client="acme", tier="silver"), now=LATER)
    asked, matters_of_client = [], SharedTransaction.matters_of_client

    def counted(transaction: SharedTransaction, client: str, since: InstantUs) -> list[str]:
        asked.append(client)
        return matters_of_client(transaction, client, since)

    monkeypatch.setattr(SharedTransaction, "matters_of_client", counted)
    restate(location)
    assert asked == []
    # Those at home with a worker were not told of it yet, and are at its next commit.
    workers[0].take(0, opened("C"), now=LATER)
    assert set(asked) == {"acme"}


def test_a_book_with_faults_changes_nothing(workers: tuple[Worker, Worker], location: Location) -> None:
    with pytest.raises(ConfigError, match="within"):
        restate(location, BOOK.replace("within: 1h", "within: soon"))
    assert len(workers[0].store.editions()) == 1


def test_the_command_makes_it_beside_workers_and_says_who_judges(
    workers: tuple[Worker, Worker], location: Location, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    book = tmp_path / "strict.yaml"
    book.write_text(STRICT)
    with pytest.raises(SystemExit) as end:
        main(["restate", "--book", str(book), "--reason", "new", "--format", "table", "--database", str(location)])
    told = capfd.readouterr()
    assert (end.value.code or 0) == 0, told.err
    assert "2 obligations would be different" in told.out
    assert "edition 2 is applied; it governs since the beginning" in told.err
    assert "the workers judge by it" in told.err
    judge_again(workers)
    assert [case for case, _, _ in restated(workers[0])] == ["A", "B"]


def test_a_database_is_of_workers_whether_they_run_or_not(workers: tuple[Worker, Worker], location: Location) -> None:
    assert is_of_workers(location)
    for worker in workers:
        worker.store.close()
    assert is_of_workers(location)
    restate(location)
    heir = Worker(location, "heir")
    heir.claim(0, 1)
    heir.read_until(LATER, 2)
    judge_what_is_left(heir.point, LATER)
    assert [case for case, _, _ in restated(heir)] == ["A", "B"]
    assert_sound(heir)
    heir.store.close()


def test_a_database_without_workers_is_nobodys_to_join(location: Location, tmp_path: Path) -> None:
    assert not is_of_workers(Location(tmp_path / "kept.db"))
    assert not is_of_workers(location)
    with closing(store_at(location)):
        assert not is_of_workers(location)


# Through the doors of a Kept that only answers


@pytest.fixture
def served(workers: tuple[Worker, Worker], location: Location) -> Iterator[Served]:
    assert workers
    with closing(Served(location, ManualClock(LATER))) as opened_served:
        yield opened_served


SAID: Final = {"author": "Ann", "reason": "a new contract"}


def test_it_is_told_at_the_doors_as_the_daemon_is(workers: tuple[Worker, Worker], served: Served) -> None:
    seen = served.tell("/v1/restatements", text=STRICT, dry_run=True, **SAID).json()
    assert (seen["edition"], seen["preview"]["changed"]) == (None, 2)
    answer = served.tell("/v1/restatements", text=STRICT, **SAID)
    assert answer.status_code == 200, answer.text
    edition = answer.json()["edition"]
    assert (edition["edition"], edition["author"], edition["since"]) == (2, "Ann", None)
    judge_again(workers)
    assert [case for case, _, _ in restated(workers[0])] == ["A", "B"]
    # What is applied alone governs what opens from then on.
    assert served.tell("/v1/book", text=BOOK, **SAID).json()["edition"]["edition"] == 3
    assert served.get("/v1/book").json()["text"] == BOOK


def test_faults_of_a_book_are_told_at_the_doors(workers: tuple[Worker, Worker], served: Served) -> None:
    answer = served.tell("/v1/book", text=BOOK.replace("within: 1h", "within: soon"), **SAID)
    assert (answer.status_code, answer.json()["title"]) == (422, "A book with faults")
    assert len(workers[0].store.editions()) == 1


def test_while_one_process_has_the_database_alone_they_say_so(
    workers: tuple[Worker, Worker], served: Served, location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.adapters.journal.session_lock._WAIT", text("SET LOCAL lock_timeout = '50ms'"))
    for worker in workers:
        worker.store.close()
    engine, lock = locked_database(location)
    try:
        answer = served.tell("/v1/book", text=STRICT, **SAID)
    finally:
        engine.dispose()
        lock.release()
    assert answer.status_code == 503
    assert "a Kept at work on it" in answer.json()["detail"]


# Notices


RULES: Final = NoticeRules((Receiver("desk", frozenset({"broken"}), hears_standing_only=False),), storm_above=1)


async def test_breaches_of_the_restatement_are_told_as_the_daemon_tells_them(
    workers: tuple[Worker, Worker], location: Location, tmp_path: Path
) -> None:
    right = SessionRight(location, NOTIFYING, is_among_writers=True)
    term = right.take()
    assert term is not None
    clock = ManualClock(LATER)
    machine = Machine(clock, InlineWorker())
    notifier = Notifier(NoticeTable(workers[0].store._engine, term), RULES, machine, clock.now, asyncio.Lock())
    await notifier.look()
    restate(location)
    judge_again(workers)
    clock.set(LATER + MINUTE_US)
    await notifier.look()
    term.end()
    right.close()

    with closing(store_at(Location(tmp_path / "kept.db"))) as alone:
        point = commit_point(alone)
        point.take(arrivals([*story("A"), *story("B")]), MONDAY + HOUR_US)
        clock = ManualClock(LATER)
        machine = Machine(clock, InlineWorker())
        table = NoticeTable(alone._engine, alone._lock)
        notifier = Notifier(table, RULES, machine, lambda: point.last_recorded, asyncio.Lock())
        await notifier.look()
        point.apply(Offer(BookText(STRICT, "new.yaml"), "Ann", "r", since=FROM_THE_BEGINNING), LATER)
        judge_what_is_left(point, LATER)
        clock.set(LATER + MINUTE_US)
        await notifier.look()
        row, message = t.NOTICES.c, t.DELIVERIES.c
        notices = select(row.kind, row.obligation, row.cause, row.folded).order_by(row.folded, row.obligation)
        messages = select(message.receiver, message.phase, message.kind).order_by(message.phase)
        with alone._engine.connect() as connection:
            told = [[tuple(found) for found in connection.execute(asked)] for asked in (notices, messages)]
    # Two breaches by one cause, where more than one is a storm: each has a notice, and one message tells of both.
    assert [found[2] for found in told[0]] == ["edition/2"] * 3
    assert [ask(workers[0], asked) for asked in (notices, messages)] == told

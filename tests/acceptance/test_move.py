"""`kept move`: an installation with everything in it, from a file to a real server, and on from there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import select, text

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.database import engine_for, migrate
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.moving import TABLES
from monitor.adapters.journal.notice_table import NoticeTable
from monitor.adapters.journal.store import SqlStore
from monitor.adapters.journal.token_table import TokenTable
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs
from monitor.service.commits.commit_point import CommitPoint
from monitor.service.commits.retention import first_progress, read_policy
from monitor.service.doors.tokens import Scope, new_token
from monitor.service.editions.shelf import BookText, Offer
from monitor.service.notices.courier import Courier, Message
from monitor.service.notices.notice import NoticeRecord, NoticeRules, Receiver
from monitor.service.notices.notifier import Notifier
from monitor.service.ports.counts import Intake
from monitor.service.ports.machine import Machine
from monitor.service.ports.records import LetterEnding, LetterState
from monitor.testing import (
    BOOK,
    MONDAY,
    Daemon,
    InlineWorker,
    ManualClock,
    arrivals,
    cloud_event,
    commit_point,
    eventually,
    judge_what_is_left,
    kept,
    run_kept,
    store_at,
)
from tests.acceptance.journals import rows
from tests.services.kafka_broker import KafkaBroker
from tests.services.postgres import PostgresServer
from tests.services.serving import Served
from tests.services.workers import Worker, produce

pytestmark = pytest.mark.slow

LATER: Final = MONDAY + 40 * DAY_US
NEVER_FILLED: Final = {"partitions", "visits"}
"""Tables that an embedded installation has no rows in."""

QUESTIONS: Final = (
    *("/v1/clients", "/v1/cases", "/v1/obligations?state=all", "/v1/verdicts", "/v1/decisions", "/v1/deadletters"),
    *("/v1/book", "/v1/book/editions", "/v1/explanations/C1", "/v1/verdicts?as_of=2026-03-02T12:00:00Z"),
)


class Desk:
    """A receiver of notices that is away."""

    messages_a_round = 5
    receiver = Receiver("desk", frozenset({"due_soon", "broken", "unknown"}), hears_standing_only=False)

    def send(self, messages: Sequence[Message], now: InstantUs) -> list[str]:
        return ["away"] * len(messages)

    def resend(self, notices: Sequence[NoticeRecord], now: InstantUs) -> None:
        """Does not hear."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database with something in every table."""
    path = tmp_path / "kept.db"
    store = store_at(Location(path))
    point = commit_point(store)
    _tell_a_story(point, store)
    asyncio.run(_notify(point, NoticeTable(store._engine, store._lock)))
    tokens = TokenTable(store._engine)
    helpdesk = new_token("helpdesk", [Scope.READ], MONDAY)
    for token in (helpdesk, new_token("gone", [Scope.INGEST], MONDAY)):
        tokens.add(token.record)
    tokens.revoke("gone", LATER)
    _token_of(path).write_text(helpdesk.text)
    store.close()
    return path


def _tell_a_story(point: CommitPoint, store: SqlStore) -> None:
    def tell(at: InstantUs, *events: bytes) -> None:
        point.take(arrivals(events), at)

    # C0 is long over; C1 was answered late, and by another book even later; nobody answered C2. A NUL that nobody reads stays.
    tell(
        MONDAY,
        cloud_event("ticket.opened", "C0", MONDAY, "1", client="acme"),
        cloud_event("ticket.closed", "C0", MONDAY + MINUTE_US, "2"),
        cloud_event("ticket.opened", "C1", MONDAY, "3", client="acme", holder="Ann Ö", tags=["a", "b"]),
        b"rubbish",
        b"\xff\x00\xfe",
    )
    with store._engine.connect() as connection:
        letter = connection.scalar(select(t.DEAD_LETTERS.c.position).limit(1)) or 0
    point.end_letter(LetterEnding(letter, MONDAY, LetterState.DROPPED, "Ann", "ours"))
    point.wake(MONDAY + 2 * HOUR_US)
    tell(MONDAY + 3 * HOUR_US, cloud_event("email.sent", "C1", MONDAY + 90 * MINUTE_US, "4", author="Ann Ö"))
    point.apply(Offer(BookText(BOOK.replace("1h", "20m"), "b"), "Ann", "because", since=MONDAY), LATER)
    judge_what_is_left(point, LATER)
    tell(
        LATER,
        cloud_event("ticket.opened", "C2", LATER - DAY_US, "5", client="umbra", channel="call"),
        cloud_event("staff.changed", None, LATER, "6", person="Ann Ö", grade="senior"),
        cloud_event("client.changed", None, LATER, "7", client="acme", tier="silver"),
    )
    point.wake(LATER)
    progress = first_progress(read_policy("30d"), LATER)
    while (step := point.retire(progress, LATER)) is not None:
        progress = step


async def _notify(point: CommitPoint, table: NoticeTable) -> None:
    worker = InlineWorker()
    machine = Machine(ManualClock(LATER), worker)
    rules = NoticeRules((Desk.receiver,), remind_every=HOUR_US)
    notifier = Notifier(table, rules, machine, lambda: point.last_recorded, asyncio.Lock())
    courier = Courier(Desk(), table, machine, worker, DAY_US)
    await notifier.look()
    await courier.turn()


def _token_of(file: Path) -> Path:
    return file.with_suffix(".token")


def _answers(database: Location, file: Path) -> list[bytes]:
    """What a database answers to whoever has the token that was made for the one in the file."""
    served = Served(database, ManualClock(LATER))
    shown = f"Bearer {_token_of(file).read_text()}"
    try:
        assert served.get("/v1/clients").status_code == 401
        answers = [served.get(path, authorization=shown) for path in QUESTIONS]
        answers += [
            served.get(path, form="text/csv", authorization=shown) for path in ("/v1/decisions", "/v1/deadletters")
        ]
        assert {answer.status_code for answer in answers} == {200}
        return [answer.content for answer in answers]
    finally:
        served.close()


def _rows_of(database: Location) -> dict[str, int]:
    engine = engine_for(database)
    with engine.connect() as connection:
        found = {table.name: len(connection.execute(select(table)).all()) for table in TABLES}
    engine.dispose()
    return found


def _fill_the_rest(file: Path) -> None:
    """A made-up row for each table that the story says nothing of."""
    made_up: dict[type[Any], Any] = {int: 1, str: "x", bool: True, bytes: b"\x00"}
    engine = engine_for(Location(file))
    with engine.begin() as connection:
        for table in TABLES:
            if table.name not in NEVER_FILLED and connection.execute(select(table)).first() is None:
                connection.execute(table.insert().values([made_up[each.type.python_type] for each in table.columns]))
    engine.dispose()


def test_everything_is_moved_and_every_answer_stays_as_it_was(file: Path, postgres: PostgresServer) -> None:
    _fill_the_rest(file)
    before = _rows_of(Location(file))
    assert {name for name, count in before.items() if not count} == NEVER_FILLED
    target = postgres.empty_database()
    code, out, err = run_kept("move", "--from", file, "--to", target)
    assert (code, err) == (0, ""), err
    after = _rows_of(Location.parse(target))
    # The server has the mark of who wrote it besides.
    assert after == before | {"notes": before["notes"] + 1}
    told = {line.split()[0]: int(line.split()[1]) for line in out.splitlines()[:-1]}
    assert told == {name: count for name, count in before.items() if count}
    assert _answers(Location.parse(target), file) == _answers(Location(file), file)
    _assert_totals_are_whole(target)


def _assert_totals_are_whole(database: str) -> None:
    """Counters are what they were: the sum over the rows there are and those that are gone."""
    total = "SELECT sum(count) FROM decision_counts"
    parts = "SELECT (SELECT count(*) FROM decisions) + (SELECT sum(count) FROM retired_decision_counts)"
    assert rows(database, total) == rows(database, parts)


def test_what_judges_goes_on_from_there(file: Path, book: Path, postgres: PostgresServer) -> None:
    target = postgres.empty_database()
    assert run_kept("move", "--from", file, "--to", target)[0] == 0
    store = store_at(Location.parse(target))
    point = commit_point(store, now=LATER)
    before = sum(point.totals().decisions.values())
    again, answered = (
        cloud_event("ticket.opened", "C2", LATER - DAY_US, "5", client="umbra", channel="call"),
        cloud_event("email.sent", "C2", LATER - DAY_US + MINUTE_US, "8", author="Ann Ö"),
    )
    assert point.take(arrivals([again, answered]), LATER + 1) == [Intake.DUPLICATE, Intake.ACCEPTED]
    # The answer came to be known late: C2's first response, broken by time, is kept after all.
    assert rows(target, "SELECT verdict FROM obligations WHERE case_id = 'C2' AND kind = 'first_response'") == [
        ("kept",)
    ]
    assert sum(point.totals().decisions.values()) > before
    store.close()
    _assert_totals_are_whole(target)


def test_workers_go_on_from_there(file: Path, kafka: KafkaBroker, postgres: PostgresServer, tmp_path: Path) -> None:
    target, topic = postgres.empty_database(), kafka.topic()
    assert run_kept("move", "--from", file, "--to", target)[0] == 0
    worker = Worker(kafka, topic, target, None, tmp_path)
    opened = LATER - DAY_US
    produce(
        kafka,
        topic,
        [
            cloud_event("ticket.opened", "C2", opened, "5", client="umbra", channel="call"),
            cloud_event("email.sent", "C2", opened + MINUTE_US, "8", author="Ann Ö"),
            cloud_event("ticket.opened", "C9", LATER, "9", client="acme"),
        ],
    )
    # What came to be known late, of a case that was moved; and a new one, whose every deadline is long over.
    verdicts = (
        "SELECT case_id, verdict FROM obligations WHERE kind = 'first_response' AND case_id IN ('C2', 'C9') ORDER BY 1"
    )
    eventually(lambda: rows(target, verdicts) == [("C2", "kept"), ("C9", "broken")], "a worker has judged them")
    assert rows(target, "SELECT count(*) FROM events WHERE id = '5'") == [(1,)]
    _assert_totals_are_whole(target)
    counted = rows(target, "SELECT sum(count) FROM decision_counts")[0][0]
    eventually(lambda: worker.total("kept_decisions_total") == counted, "its counters are the history")
    assert worker.stop() == 0


def test_a_dry_run_says_what_there_is_and_moves_nothing_also_beside_a_kept_that_runs(
    file: Path, book: Path, postgres: PostgresServer
) -> None:
    target = postgres.empty_database()
    daemon = Daemon(book, file, "--open-metrics")
    code, out, err = run_kept("move", "--from", file, "--to", target, "--dry-run")
    assert (code, err) == (0, "")
    told = {line.split()[0]: line.split()[1] for line in out.splitlines()[:-1]}
    assert (told["events"], told["tokens"], told["editions"]) == ("7", "2", "2")
    # The story's last events are of forty days after the second of March.
    assert "the last event: 2026-04-11T09:00:00Z. Nothing was moved." in out
    assert postgres.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", database=target) == [(0,)]
    code, _, err = run_kept("move", "--from", file, "--to", target)
    assert (code, f"found a Kept at work on it (process {daemon.process.pid})" in err) == (2, True)
    assert daemon.stop() == 0


def test_a_target_with_something_in_it_or_of_another_version_is_refused(
    file: Path, postgres: PostgresServer, postgres_url: str
) -> None:
    asked = ("move", "--from", file, "--to")
    store = store_at(Location.parse(postgres_url))
    assert "found a Kept at work on it" in run_kept(*asked, postgres_url)[2]
    commit_point(store)
    store.close()
    code, _, err = run_kept(*asked, postgres_url)
    assert (code, "found rows in the table" in err, "expected an empty database" in err) == (2, True, True)
    older = postgres.empty_database()
    postgres.execute("CREATE TABLE alembic_version (version_num varchar(32))", database=older)
    postgres.execute("INSERT INTO alembic_version VALUES ('0003')", database=older)
    code, _, err = run_kept(*asked, older)
    assert (code, "found a database of another Kept (schema 0003)" in err) == (2, True)
    strange = postgres.empty_database()
    postgres.execute("CREATE TABLE events (id int)", database=strange)
    code, _, err = run_kept(*asked, strange)
    assert (code, "found tables of somebody else's (events)" in err) == (2, True)
    assert _rows_of(Location(file))["events"] == 7


def test_a_source_that_is_not_there_or_no_file_is_refused(tmp_path: Path, postgres_url: str) -> None:
    code, _, err = run_kept("move", "--from", tmp_path / "none.db", "--to", postgres_url)
    assert (code, "found no such file" in err) == (2, True)
    code, _, err = run_kept("move", "--from", postgres_url, "--to", postgres_url)
    assert (code, "--from: found the server" in err) == (2, True)


def test_killed_in_the_middle_nothing_was_moved_and_it_can_be_done_again(file: Path, postgres: PostgresServer) -> None:
    target = postgres.empty_database()
    engine = engine_for(Location.parse(target))
    migrate(engine, Location.parse(target))
    waiting = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with engine.connect() as connection:
        # Whoever writes this table waits; many tables come before it.
        connection.execute(text("LOCK TABLE notice_deliveries IN SHARE MODE"))
        process = kept("move", "--from", file, "--to", target)
        eventually(lambda: postgres.execute(waiting, database=target), "it waits in the middle")
        process.kill()
        process.communicate()
    engine.dispose()
    sessions = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    eventually(lambda: not postgres.execute(sessions, database=target), "the server has noticed")
    found = _rows_of(Location.parse(target))
    assert {name: count for name, count in found.items() if count} == {"notes": 1}
    assert run_kept("move", "--from", file, "--to", target)[0] == 0
    assert _answers(Location.parse(target), file) == _answers(Location(file), file)


def test_what_does_not_arrive_as_it_was_sent_is_not_moved(
    file: Path, postgres_url: str, postgres: PostgresServer
) -> None:
    postgres.execute(
        "CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.reason := NEW.reason || '.'; RETURN NEW; END $$",
        database=postgres_url,
    )
    postgres.execute(
        "CREATE TRIGGER changing BEFORE INSERT ON decisions FOR EACH ROW EXECUTE FUNCTION change()",
        database=postgres_url,
    )
    code, _, err = run_kept("move", "--from", file, "--to", postgres_url)
    assert (code, "table='decisions'" in err, "expected Moved" in err) == (1, True, True)
    assert rows(postgres_url, "SELECT count(*) FROM events") == [(0,)]

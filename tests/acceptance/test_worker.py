"""Workers on a real broker and a real PostgreSQL: one, two, killed, held up; verdicts are those of a judgement of all events."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from monitor.adapters.clock import SystemClock
from monitor.service.judging import Judgement
from monitor.testing import eventually, run_kept
from monitor.wire.book import read_book
from monitor.wire.events import decode_event
from tests.acceptance.journals import assert_whole, count_events, rows
from tests.services.kafka_broker import PARTITIONS, KafkaBroker
from tests.services.postgres import PostgresServer
from tests.services.workers import Worker, produce

pytestmark = pytest.mark.slow

Start = Callable[..., Worker]

_OVERDUE = (
    "SELECT count(*) FROM obligations WHERE verdict = 'running' AND due < extract(epoch FROM now()) * 1000000 - 5e6"
)
_VERDICTS = "SELECT id, verdict, due, client FROM obligations WHERE kind <> 'hand_down'"
_POSITIONS = """SELECT count(*), coalesce(max(position), 0) FROM (SELECT position FROM events UNION ALL
    SELECT position FROM decisions UNION ALL SELECT position FROM dead_letters) AS every"""
_ORDER = """SELECT count(*) FROM (SELECT recorded, lag(recorded) OVER (ORDER BY position) AS before FROM
    (SELECT position, recorded FROM events UNION ALL SELECT position, recorded FROM decisions) AS every) AS pairs
    WHERE recorded < before"""


Verdicts = dict[str, tuple[Any, ...]]


@pytest.fixture(scope="module")
def judged(history: Path, firm_book: Path) -> Verdicts:
    """The verdict, the due instant and the client of each obligation, as `kept judge` finds them from all of the history."""
    judgement = Judgement(read_book(firm_book.read_text(), str(firm_book)), SystemClock().now())
    judgement.gather(map(decode_event, _lines(history)))
    return {each.obligation: (each.verdict.value, each.due, each.client) for each in judgement.statements()}


@pytest.fixture
def topic(kafka: KafkaBroker) -> str:
    return kafka.topic()


@pytest.fixture
def start(kafka: KafkaBroker, topic: str, postgres_url: str, firm_book: Path, tmp_path: Path) -> Iterator[Start]:
    started: list[Worker] = []

    def new(*more: str, book: Path | None = firm_book) -> Worker:
        started.append(Worker(kafka, topic, postgres_url, book, tmp_path, *more))
        return started[-1]

    yield new
    for each in started:
        each.end()


def _lines(history: Path) -> list[bytes]:
    """As many of its events as two workers, a broker and a database judge in some seconds on one busy machine."""
    return history.read_bytes().splitlines()[:6_000]


def _await_events(database: str, goal: int) -> None:
    eventually(lambda: count_events(database) >= goal, f"{goal} events are in the journal")


def _await_judged(database: str, goal: int) -> None:
    eventually(lambda: count_events(database) == goal, f"{goal} events are in the journal")
    eventually(lambda: rows(database, _OVERDUE) == [(0,)], "all that is over is decided")


def assert_as_judged(database: str, judged: Verdicts, events: int) -> None:
    """Verdicts are those of a judgement of all events; counts are a recount; nothing is missing and nothing is twice."""
    # What hangs on somebody's silence is looked at every second.
    with suppress(AssertionError):
        eventually(lambda: _standing(database, judged) == judged, "the verdicts are those of a judgement of all events")
    assert _standing(database, judged) == judged
    assert rows(database, "SELECT count(*), count(DISTINCT (source, id)) FROM events") == [(events, events)]
    assert_whole(database)
    ((count, last),) = rows(database, _POSITIONS)
    assert count == last
    assert rows(database, _ORDER) == [(0,)]


def _standing(database: str, judged: Verdicts) -> Verdicts:
    """What is held of each obligation. What comes in another order may show for a while something that never was, and is
    withdrawn: that is left out."""
    found = {row[0]: row[1:] for row in rows(database, _VERDICTS)}
    return {name: row for name, row in found.items() if name in judged or row[0] != "void"}


def _sums(*workers: Worker) -> dict[str, float]:
    """Series that are counted by partition, summed over partitions and workers."""
    sums: dict[str, float] = {}
    for worker in workers:
        for name, value in worker.metrics().items():
            if 'partition="' in name and "kept_worker" not in name:
                metric = name.partition("{")[0]
                sums[metric] = sums.get(metric, 0) + value
    return sums


def _assert_metrics_are_the_history(database: str, *workers: Worker) -> None:
    sums = _sums(*workers)
    ((decisions, obligations, events),) = rows(
        database,
        "SELECT (SELECT count(*) FROM decisions), (SELECT count(*) FROM obligations), (SELECT count(*) FROM events)",
    )
    assert sums["kept_decisions_total"] == decisions
    assert sums["kept_obligations"] == obligations
    accepted = sum(worker.total("kept_events_total", 'outcome="accepted"') for worker in workers)
    assert accepted == events


def test_one_worker_killed_at_random_moments_judges_as_if_it_never_was(
    start: Start, kafka: KafkaBroker, topic: str, postgres_url: str, history: Path, judged: Verdicts
) -> None:
    lines = _lines(history)
    produce(kafka, topic, lines)
    dice = Random(1)
    worker = start("--instance", "one")
    for kill in range(4):
        goal = len(lines) * kill // 5 + dice.randrange(1, len(lines) // 5)
        _await_events(postgres_url, goal)
        worker.kill()
        worker = start("--instance", "one")
    _await_judged(postgres_url, len(lines))
    assert_as_judged(postgres_url, judged, len(lines))
    _assert_metrics_are_the_history(postgres_url, worker)
    assert worker.ask("/readyz")[0] == 200
    assert worker.stop() == 0


def test_two_workers_share_the_partitions_and_the_history_is_one(
    start: Start, kafka: KafkaBroker, topic: str, postgres_url: str, history: Path, judged: Verdicts
) -> None:
    lines = _lines(history)
    produce(kafka, topic, lines[: len(lines) // 2])
    one = start()
    one.await_partitions(PARTITIONS)
    two = start()
    two.await_partitions(PARTITIONS // 2)
    one.await_partitions(PARTITIONS // 2)
    produce(kafka, topic, lines[len(lines) // 2 :])
    _await_judged(postgres_url, len(lines))
    _assert_metrics_are_the_history(postgres_url, one, two)
    one.kill()
    two.await_partitions(PARTITIONS)
    _assert_metrics_are_the_history(postgres_url, two)
    assert_as_judged(postgres_url, judged, len(lines))
    assert two.stop() == 0


def test_a_worker_that_was_held_up_beyond_its_session_writes_nothing_for_what_it_lost(
    start: Start, kafka: KafkaBroker, topic: str, postgres_url: str, history: Path, judged: Verdicts
) -> None:
    lines = _lines(history)
    third = len(lines) // 3
    zombie, heir = start(), start()
    zombie.await_partitions(PARTITIONS // 2)
    produce(kafka, topic, lines[:third])
    eventually(lambda: count_events(postgres_url) > 0, "something is in the journal")
    zombie.signal(signal.SIGSTOP)
    heir.await_partitions(PARTITIONS)
    produce(kafka, topic, lines[third : 2 * third])
    eventually(lambda: count_events(postgres_url) > third, "the heir gets on")
    zombie.signal(signal.SIGCONT)
    produce(kafka, topic, lines[2 * third :])
    _await_judged(postgres_url, len(lines))
    assert_as_judged(postgres_url, judged, len(lines))
    zombie.await_partitions(PARTITIONS // 2)
    heir.await_partitions(PARTITIONS // 2)
    _assert_metrics_are_the_history(postgres_url, zombie, heir)
    assert [zombie.stop(), heir.stop()] == [0, 0]


def test_broker_and_database_come_back_and_nothing_is_missing(
    start: Start,
    kafka: KafkaBroker,
    topic: str,
    postgres: PostgresServer,
    postgres_url: str,
    history: Path,
    judged: Verdicts,
) -> None:
    lines = _lines(history)
    half = len(lines) // 2
    worker = start()
    worker.await_partitions(PARTITIONS)
    produce(kafka, topic, lines[:half])
    eventually(lambda: count_events(postgres_url) > half // 2, "half of it is in the journal")
    postgres.crash()
    postgres.start()
    eventually(lambda: count_events(postgres_url) == half, "the database is back")
    kafka.crash()
    kafka.start()
    produce(kafka, topic, lines[half:])
    _await_judged(postgres_url, len(lines))
    assert_as_judged(postgres_url, judged, len(lines))
    assert worker.stop() == 0


def test_what_is_no_event_is_set_aside_with_its_origin(
    start: Start, kafka: KafkaBroker, topic: str, postgres_url: str, history: Path
) -> None:
    lines = _lines(history)[:200]
    produce(kafka, topic, [*lines[:100], b"rubbish", *lines[100:]])
    worker = start()
    _await_judged(postgres_url, len(lines))
    clients = "kept_clients_last_read_timestamp_seconds"
    eventually(lambda: worker.total(clients) > 0, "the worker that has partition 0 looks at clients at risk")
    ((origin, content),) = rows(postgres_url, "SELECT origin, content FROM dead_letters")
    assert bytes(content) == b"rubbish"
    assert origin.startswith(f"{topic}/")
    asked: list[Any] = rows(postgres_url, f"SELECT count(*) FROM events WHERE origin LIKE '{topic}/%/%'")
    assert asked == [(len(lines),)]


def test_a_second_topic_is_refused_for_the_same_database(
    start: Start, kafka: KafkaBroker, topic: str, postgres_url: str, firm_book: Path
) -> None:
    assert start().stop() == 0
    dead_letters, replays = kafka.beside()
    beside = ("--dead-letters", dead_letters, "--replays", replays, "--metrics", "127.0.0.1:0")
    where = ("--kafka", kafka.address, "--database", postgres_url, "--book", firm_book, *beside)
    code, _, err = run_kept("worker", *where, "--topic", kafka.topic())
    assert code == 2
    assert f"expected {topic}" in err

"""Workers on a real broker and a real PostgreSQL: one, two, killed, held up; verdicts are those of a judgement of all events."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from monitor.adapters.machine.clock import SystemClock
from monitor.testing import PATIENCE_SECONDS, eventually, run_kept
from monitor.wire.book import read_book
from tests.acceptance.journals import count_events, rows
from tests.acceptance.judged import OVERDUE, Verdicts, assert_as_judged, assert_metrics_are_the_history, verdicts_of
from tests.services.kafka_broker import PARTITIONS, KafkaBroker
from tests.services.postgres import PostgresServer, name_of
from tests.services.workers import Worker, produce

pytestmark = pytest.mark.slow

Start = Callable[..., Worker]


@pytest.fixture(scope="module")
def judged(history: Path, firm_book: Path) -> Verdicts:
    return verdicts_of(_lines(history), read_book(firm_book.read_text(), str(firm_book)), SystemClock().now())


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
    eventually(lambda: rows(database, OVERDUE) == [(0,)], "all that is over is decided")


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
    assert_metrics_are_the_history(postgres_url, worker)
    assert worker.ask("/readyz")[0] == 200
    assert worker.stop() == 0


def test_a_worker_more_than_there_are_partitions_stands_by(
    kafka: KafkaBroker, postgres_url: str, firm_book: Path, history: Path, tmp_path: Path
) -> None:
    topic = kafka.topic(1)
    lines = _lines(history)[:200]
    both = [Worker(kafka, topic, postgres_url, firm_book, tmp_path, name=name) for name in ("one", "two")]
    try:
        # Which of them has it is the broker's choice, and it may choose anew where the second one joins.
        eventually(lambda: sorted(map(_partitions_of, both)) == [0, 1], "one has the partition, and the other none")
        produce(kafka, topic, lines[:100])
        _await_events(postgres_url, 100)
        assert [each.ask("/readyz")[0] for each in both] == [200, 200]
        idle, busy = sorted(both, key=_partitions_of)
        busy.kill()
        produce(kafka, topic, lines[100:])
        idle.await_partitions(1)
        _await_events(postgres_url, 200)
        assert idle.stop() == 0
        assert not [name for name in ("one", "two") if "Traceback" in (tmp_path / f"{name}.log").read_text()]
    finally:
        for each in both:
            each.end()


def _partitions_of(worker: Worker) -> float:
    return worker.total("kept_worker_partitions")


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
    assert_metrics_are_the_history(postgres_url, one, two)
    one.kill()
    two.await_partitions(PARTITIONS)
    assert_metrics_are_the_history(postgres_url, two)
    assert_as_judged(postgres_url, judged, len(lines))
    assert two.stop() == 0


def test_a_restatement_is_made_while_two_workers_judge(
    start: Start, kafka: KafkaBroker, topic: str, postgres_url: str, history: Path, firm_book: Path, tmp_path: Path
) -> None:
    lines, strict = _lines(history)[:3_000], tmp_path / "strict.yaml"
    strict.write_text(firm_book.read_text().replace("within: 30m", "within: 12m").replace("within: 2h", "within: 5h"))
    produce(kafka, topic, lines[:2_000])
    workers = [start(), start()]
    _await_events(postgres_url, 1_000)
    restated = run_kept("restate", "--book", strict, "--reason", "a contract", "--database", postgres_url)
    assert restated[0] == 0, restated[2]
    assert "edition 2 is applied" in restated[2]
    produce(kafka, topic, lines[2_000:])
    _await_judged(postgres_url, len(lines))
    eventually(lambda: sum(each.total("kept_rejudging") for each in workers) == 0, "all is judged by the new book")
    assert_as_judged(
        postgres_url,
        verdicts_of(lines, read_book(strict.read_text(), str(strict)), SystemClock().now()),
        len(lines),
    )
    assert_metrics_are_the_history(postgres_url, *workers)


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
    assert_metrics_are_the_history(postgres_url, zombie, heir)
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


def test_a_worker_that_is_given_partitions_while_nothing_can_be_written_takes_them_once_it_can(
    start: Start,
    kafka: KafkaBroker,
    topic: str,
    postgres: PostgresServer,
    postgres_url: str,
    history: Path,
    tmp_path: Path,
) -> None:
    lines = _lines(history)[:600]
    heir, other = start(), start()
    heir.await_partitions(PARTITIONS // 2)
    other.await_partitions(PARTITIONS // 2)
    produce(kafka, topic, lines[:300])
    _await_events(postgres_url, 300)
    name = name_of(postgres_url)
    postgres.execute("ALTER DATABASE {} SET default_transaction_read_only = on", name)
    postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    other.kill()
    log = tmp_path / "worker.log"
    untaken = "partitions that are not taken (0, 1, 2, 3): "
    # Longer than its session: meanwhile the group hears of it.
    eventually(lambda: log.read_text().count(untaken) > 10, "it was given them and can't take them")
    postgres.execute("ALTER DATABASE {} RESET default_transaction_read_only", name)
    heir.await_partitions(PARTITIONS)
    produce(kafka, topic, lines[300:])
    _await_events(postgres_url, 600)
    assert heir.stop() == 0


def test_a_database_that_is_put_back_to_an_earlier_state_ends_a_worker_and_the_next_one_passes_nothing_over(
    start: Start,
    kafka: KafkaBroker,
    topic: str,
    postgres: PostgresServer,
    postgres_url: str,
    history: Path,
    tmp_path: Path,
) -> None:
    lines = _lines(history)[:900]
    produce(kafka, topic, lines[:300])
    worker = start()
    _await_events(postgres_url, 300)
    assert worker.stop() == 0
    earlier = postgres.copy_of(postgres_url)
    worker = start()
    produce(kafka, topic, lines[300:600])
    _await_events(postgres_url, 600)
    postgres.put_back(postgres_url, earlier)
    produce(kafka, topic, lines[600:])
    assert worker.process.wait(PATIENCE_SECONDS) == 1
    assert "found the database in an earlier state" in (tmp_path / "worker.log").read_text().splitlines()[-1]
    start()
    _await_events(postgres_url, 900)


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

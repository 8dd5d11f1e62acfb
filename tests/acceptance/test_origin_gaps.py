"""Records that an edge passed over, on a real broker and a real PostgreSQL: found, told of, read again from the source.

An edge loses records here as it would by a fault of its own: its group says that they were taken, and they were not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from monitor.testing import eventually
from tests.acceptance.journals import assert_whole, count_events, rows
from tests.services.edges import EdgeProcess, Setup, set_up
from tests.services.kafka_broker import PARTITIONS, KafkaBroker
from tests.services.workers import Worker

pytestmark = pytest.mark.slow

Start = Callable[[], Worker]

_BROKEN = "SELECT count(*) FROM obligations WHERE kind = 'first_response' AND verdict = 'broken'"
_UNKNOWN = "SELECT count(*) FROM obligations WHERE kind = 'first_response' AND verdict = 'unknown'"


@pytest.fixture
def setup(kafka: KafkaBroker, tmp_path: Path) -> Setup:
    return set_up(kafka, tmp_path)


@pytest.fixture
def edge(setup: Setup) -> Iterator[Callable[[], EdgeProcess]]:
    started: list[EdgeProcess] = []

    def new() -> EdgeProcess:
        started.append(EdgeProcess(setup.file))
        started[-1].await_partitions()
        return started[-1]

    yield new
    for each in started:
        if each.process.poll() is None:
            each.kill()


@pytest.fixture
def start(kafka: KafkaBroker, setup: Setup, postgres_url: str, firm_book: Path, tmp_path: Path) -> Iterator[Start]:
    started: list[Worker] = []

    def new() -> Worker:
        how: dict[str, Any] = {"beside": (setup.dead_letters, setup.replays), "module": "tests.acceptance.hurried"}
        # Edges and workers are two groups.
        more = ("--gap-after-seconds", "2", "--instance", f"{len(started)}", "--group", f"workers-{setup.events}")
        started.append(Worker(kafka, setup.events, postgres_url, firm_book, tmp_path, *more, **how))
        return started[-1]

    yield new
    for each in started:
        each.end()


def ticket(number: int) -> bytes:
    """A ticket of its own for each number."""
    return orjson.dumps(
        {
            "change": number,
            "kind": "created",
            "at": "2026-03-02T09:00:00+00:00",
            "account": "acme",
            "ticket": {"number": f"T-{number}", "priority": "high", "status": "new"},
        }
    )


async def _send(address: str, topic: str, values: list[bytes], **options: Any) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=address, **options)
    await producer.start()
    try:
        for place, value in enumerate(values):
            await producer.send_and_wait(topic, value, partition=place % PARTITIONS)
    finally:
        await producer.stop()


def send(kafka: KafkaBroker, setup: Setup, numbers: range) -> None:
    """One ticket after the other, to each partition in turn."""
    asyncio.run(_send(kafka.address, setup.tickets, [ticket(number) for number in numbers]))


async def _pass_over(address: str, setup: Setup) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=address, group_id=f"group-{setup.events}", enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(setup.tickets, number) for number in range(PARTITIONS)]
        consumer.assign(places)
        await consumer.commit(await consumer.end_offsets(places))
    finally:
        await consumer.stop()


def pass_over(kafka: KafkaBroker, setup: Setup) -> None:
    """The edges' group says that everything was taken; no edge runs."""
    asyncio.run(_pass_over(kafka.address, setup))


def test_what_an_edge_passed_over_is_found_and_read_again(
    start: Start, edge: Callable[[], EdgeProcess], kafka: KafkaBroker, setup: Setup, postgres_url: str
) -> None:
    worker, one = start(), edge()
    send(kafka, setup, range(40))
    eventually(lambda: count_events(postgres_url) == 40, "the first tickets are in the journal")
    assert one.stop() == 0
    send(kafka, setup, range(40, 60))
    pass_over(kafka, setup)
    other = edge()
    send(kafka, setup, range(60, 100))
    eventually(lambda: count_events(postgres_url) == 100, "what was passed over is in the journal")
    assert rows(postgres_url, "SELECT count(DISTINCT (source, id)) FROM events") == [(100,)]
    # Twenty records in a row, five to each of four partitions.
    eventually(lambda: worker.total("kept_origin_read_again_records_total") == 20, "the keeper has heard of it")
    assert worker.total("kept_origin_gaps_total") == PARTITIONS
    assert worker.total("kept_origin_open_records") == 0
    # Whoever hears of it late asks once more: what is sent again falls to the judge.
    assert other.total("kept_edge_read_again_records_total") >= 20
    assert worker.total("kept_origin_lost_records_total") == 0
    assert_whole(postgres_url)
    assert [other.stop(), worker.stop()] == [0, 0]


def test_while_nobody_reads_it_again_a_gap_is_open_and_verdicts_of_its_time_are_unknown(
    start: Start, edge: Callable[[], EdgeProcess], kafka: KafkaBroker, setup: Setup, postgres_url: str
) -> None:
    worker, one = start(), edge()
    send(kafka, setup, range(8))
    eventually(lambda: rows(postgres_url, _BROKEN) == [(8,)], "promises of the past are broken")
    assert one.stop() == 0
    send(kafka, setup, range(8, 12))
    pass_over(kafka, setup)
    two = edge()
    send(kafka, setup, range(12, 16))
    eventually(lambda: count_events(postgres_url) == 12, "what came behind the gap is in the journal")
    two.kill()
    eventually(lambda: worker.total("kept_origin_open_records") == 4, "the gap is open")
    eventually(lambda: rows(postgres_url, _UNKNOWN) == [(12,)], "nothing of its time is certain")
    worker.kill()
    heir = start()
    eventually(lambda: heir.total("kept_origin_open_records") == 4, "it is open for the next keeper, too")
    assert rows(postgres_url, _BROKEN) == [(0,)]
    edge()
    eventually(lambda: heir.total("kept_origin_open_records") == 0, "it is closed")
    eventually(lambda: rows(postgres_url, _BROKEN) == [(16,)], "everything is certain again")
    assert rows(postgres_url, "SELECT count(*), count(DISTINCT (source, id)) FROM events") == [(16, 16)]
    assert_whole(postgres_url)


async def _in_transactions(address: str, topic: str) -> None:
    """Ten tickets in each of four transactions, and ten each in two that are taken back."""
    producer = AIOKafkaProducer(bootstrap_servers=address, transactional_id=f"of-{topic}")
    await producer.start()
    try:
        for portion in range(6):
            await producer.begin_transaction()
            for number in range(10 * portion, 10 * portion + 10):
                await producer.send_and_wait(topic, ticket(number), partition=number % PARTITIONS)
            if portion in {1, 4}:
                await producer.abort_transaction()
            else:
                await producer.commit_transaction()
    finally:
        await producer.stop()


def test_a_source_with_transactions_has_no_gaps(
    start: Start, edge: Callable[[], EdgeProcess], kafka: KafkaBroker, setup: Setup, postgres_url: str
) -> None:
    worker = start()
    edge()
    send(kafka, setup, range(100, 104))
    asyncio.run(_in_transactions(kafka.address, setup.tickets))
    send(kafka, setup, range(104, 108))
    # What was taken back never happened: 40 tickets of transactions, and 8 others.
    eventually(lambda: count_events(postgres_url) == 48, "what was committed is in the journal")
    # Each partition has the offsets of an end of each of six transactions, and of twenty records that were taken back.
    eventually(
        lambda: worker.total("kept_origin_empty_offsets_total") == 6 * PARTITIONS + 20, "the holes are accounted for"
    )
    assert worker.total("kept_origin_gaps_total") == 0
    assert worker.total("kept_origin_open_records") == 0
    assert rows(postgres_url, "SELECT max(doubt_until) FROM origins") == [(0,)]
    assert count_events(postgres_url) == 48


def test_what_is_gone_from_the_source_is_lost_and_told(
    start: Start, edge: Callable[[], EdgeProcess], kafka: KafkaBroker, setup: Setup, postgres_url: str
) -> None:
    worker, one = start(), edge()
    send(kafka, setup, range(8))
    eventually(lambda: count_events(postgres_url) == 8, "the first tickets are in the journal")
    assert one.stop() == 0
    send(kafka, setup, range(8, 12))
    pass_over(kafka, setup)
    kafka.cut(setup.tickets, below=3)
    edge()
    send(kafka, setup, range(12, 16))
    eventually(lambda: worker.total("kept_origin_lost_records_total") == 4, "the loss is counted")
    assert worker.total("kept_origin_open_records") == 0
    eventually(lambda: rows(postgres_url, _UNKNOWN) == [(12,)], "nothing of its time is certain")

"""Topics that are deleted and made anew under their names, or cut, on a real broker: whoever knows offsets of the old one does not
go by them, however far the new one has grown; and nothing is called lost that was none."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from monitor.testing import PATIENCE_SECONDS, cloud_event, eventually, run_kept
from tests.acceptance.journals import count_events, rows
from tests.services.edges import EdgeProcess, set_up
from tests.services.kafka_broker import PARTITIONS, KafkaBroker
from tests.services.kafka_reading import read_topic
from tests.services.workers import Worker, produce

pytestmark = pytest.mark.slow

AT = 1_700_000_000_000_000
"""An instant at which something happened."""


def _events(name: str, count: int) -> list[bytes]:
    """Of one case, and so in one partition."""
    ids = [f"{name}-{number}" for number in range(count)]
    return [cloud_event("email.received", "T-1", AT, each, client="acme") for each in ids]


def _make_anew(broker: KafkaBroker, topic: str, contents: list[bytes]) -> None:
    broker.delete(topic)
    broker.topic(name=topic)
    produce(broker, topic, contents)


def _sent_on(broker: KafkaBroker, topic: str) -> set[str]:
    return {orjson.loads(record.value)["id"] for record in read_topic(topic, bootstrap_servers=broker.address)}


def _refused(log: Path) -> str:
    return log.read_text().splitlines()[-1]


def test_a_worker_reads_a_topic_of_events_that_was_made_anew_only_when_it_is_told_to(
    kafka: KafkaBroker, postgres_url: str, firm_book: Path, tmp_path: Path
) -> None:
    topic = kafka.topic()

    def start(*more: str) -> Worker:
        return Worker(kafka, topic, postgres_url, firm_book, tmp_path, *more)

    produce(kafka, topic, _events("old", 20))
    worker = start()
    eventually(lambda: count_events(postgres_url) == 20, "all is read")
    # While it runs: as many records as it knows, so that it is told of no offset that is out of range.
    _make_anew(kafka, topic, _events("new", 20))
    assert worker.process.wait(PATIENCE_SECONDS) == 2
    assert f"{topic}: found a topic with the id " in _refused(tmp_path / "worker.log")
    # And where it was made anew before the start.
    produce(kafka, topic, _events("more", 20))
    code, _, err = _start_in_vain(kafka, topic, postgres_url, firm_book)
    assert code == 2
    assert "it was made anew, expected the one with the id" in err
    assert count_events(postgres_url) < 60
    accepting = start("--accept-loss")
    eventually(lambda: count_events(postgres_url) == 60, "all of the new topic is read")
    assert accepting.stop() == 0
    # From now on it is the one that is known.
    produce(kafka, topic, _events("later", 5))
    last = start()
    eventually(lambda: count_events(postgres_url) == 65, "the topic is read on")
    assert last.stop() == 0
    origins: list[Any] = rows(postgres_url, "SELECT count(*) FROM events WHERE id LIKE 'new-%'")
    assert origins == [(20,)]


@pytest.mark.parametrize("is_seen_to_be_gone", [False, True])
def test_an_edge_takes_a_topic_up_from_its_beginning_that_was_made_anew(
    kafka: KafkaBroker, tmp_path: Path, *, is_seen_to_be_gone: bool
) -> None:
    setup = set_up(kafka, tmp_path)
    produce(kafka, setup.ready_made, _events("old", 20))
    edge, log = EdgeProcess(setup.file), setup.file.with_suffix(".log")
    eventually(lambda: edge.total("kept_edge_events_total") == 20, "all is read")
    kafka.delete(setup.ready_made)
    if is_seen_to_be_gone:
        told = f"{setup.ready_made}: found no such topic any more"
        eventually(lambda: told in log.read_text(), "the edge knows that the topic is gone")
    kafka.topic(name=setup.ready_made)
    # More than there were: the offset that was read up to is there again.
    produce(kafka, setup.ready_made, _events("new", 25))
    assert edge.process.wait(PATIENCE_SECONDS) == 1
    assert f"{setup.ready_made}: found that it was made anew" in _refused(log)
    again = EdgeProcess(setup.file)
    wanted = {f"new-{number}" for number in range(25)}
    eventually(lambda: wanted <= _sent_on(kafka, setup.events), "all of the new topic has come out")
    assert again.stop() == 0


async def _take_back(address: str, topic: str) -> None:
    """The last that is in each partition is a record that never happened, and the end of its transaction."""
    producer = AIOKafkaProducer(bootstrap_servers=address, transactional_id=f"of-{topic}")
    await producer.start()
    try:
        await producer.begin_transaction()
        for number in range(PARTITIONS):
            await producer.send_and_wait(topic, _events("gone", 1)[0], partition=number)
        await producer.abort_transaction()
    finally:
        await producer.stop()


def test_a_log_that_is_cut_behind_what_was_taken_back_has_lost_nothing(
    kafka: KafkaBroker, postgres_url: str, firm_book: Path, tmp_path: Path
) -> None:
    topic = kafka.topic()
    produce(kafka, topic, _events("old", 5))
    asyncio.run(_take_back(kafka.address, topic))
    worker = Worker(kafka, topic, postgres_url, firm_book, tmp_path)
    # One record that was taken back and one end in each partition, and five records in one of them.
    ends: list[Any] = [(5 + 2 * PARTITIONS,)]
    read = "SELECT sum(next_offset)::bigint FROM partitions"
    eventually(lambda: rows(postgres_url, read) == ends, "all is read to its end")
    assert worker.stop() == 0
    kafka.cut(topic)
    produce(kafka, topic, _events("new", 5))
    again = Worker(kafka, topic, postgres_url, firm_book, tmp_path)
    eventually(lambda: count_events(postgres_url) == 10, "it is read on")
    assert again.total("kept_worker_lost_records_total") == 0
    assert again.stop() == 0


def _start_in_vain(broker: KafkaBroker, topic: str, database: str, book: Path) -> tuple[int, str, str]:
    dead_letters, replays = broker.beside()
    beside = ("--dead-letters", dead_letters, "--replays", replays, "--metrics", "127.0.0.1:0")
    where = ("--kafka", broker.address, "--database", database, "--book", book, *beside)
    return run_kept("worker", *where, "--topic", topic)

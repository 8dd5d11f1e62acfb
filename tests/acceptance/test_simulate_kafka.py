"""`kept simulate --kafka` against a real broker: every event is there, and each key's are in order."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import orjson
import pytest

from monitor.demo.firm import demonstration_book
from monitor.demo.kafka_sender import Keys
from monitor.testing import run_kept
from tests.services.kafka_broker import KafkaBroker
from tests.services.kafka_reading import read_topic

pytestmark = pytest.mark.slow


def test_every_event_is_in_the_topic_and_in_order_under_its_key(kafka: KafkaBroker, tmp_path: Path) -> None:
    topic, file = kafka.topic(), tmp_path / "events.jsonl"
    same = ("simulate", "--cases", "300", "--seed", "5", "--disorder", "0.1", "--duplicates", "0.1")
    assert run_kept(*same, "--output", file)[0] == 0
    code, out, err = run_kept(*same, "--kafka", kafka.address, "--topic", topic)
    assert (code, out) == (0, "")
    lines = file.read_bytes().splitlines()
    assert err.splitlines()[-1].split() == [str(len(lines)), "events"]
    keys = Keys(demonstration_book())
    expected = defaultdict(list)
    for line in lines:
        expected[keys.key_of(line)].append(line)
    found, places = defaultdict(list), defaultdict(set)
    for record in read_topic(topic, bootstrap_servers=kafka.address):
        found[record.key].append(record.value)
        places[orjson.loads(record.value).get("subject")].add(record.partition)
    assert found == expected
    del places[None]
    assert {len(partitions) for partitions in places.values()} == {1}
    assert len(set.union(*places.values())) > 1


def test_an_event_as_large_as_kept_takes_goes_through(kafka: KafkaBroker) -> None:
    from monitor.demo.kafka_sender import KafkaSender

    topic = kafka.topic()
    large = orjson.dumps({"source": "/s", "subject": "A", "data": {"text": "x" * 1_048_000}})
    sender = KafkaSender({"bootstrap_servers": kafka.address}, topic)
    try:
        sender.send([large])
    finally:
        sender.close()
    assert [record.value for record in read_topic(topic, bootstrap_servers=kafka.address)] == [large]

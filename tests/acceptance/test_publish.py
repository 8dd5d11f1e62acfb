"""`kept publish` against a real broker: over kills every decision arrives, and those of a case in their order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import jsonschema
import orjson
import pytest

from monitor.adapters.journal.location import Location
from monitor.testing import MONDAY, arrivals, cloud_event, commit_point, eventually, run_kept, store_at
from tests.acceptance.journals import rows
from tests.acceptance.published import DECISIONS, assert_all_published, is_all_published, noted
from tests.services.kafka_broker import PASSWORD, USER, KafkaBroker
from tests.services.kafka_reading import read_topic
from tests.services.serving import PublishProcess, ServeProcess

pytestmark = pytest.mark.slow

OPENED: Final = cloud_event("ticket.opened", "A", MONDAY, "1", client="acme")
_SCHEMA: Final = Path(__file__).resolve().parents[2] / "schemas" / "decision.schema.json"


@pytest.fixture
def journal(history: Path, firm_book: Path, postgres_url: str) -> str:
    """A database with some weeks of a firm."""
    code, _, err = run_kept("import", history, "--database", postgres_url, "--book", firm_book)
    assert code == 0, err
    return postgres_url


def _start(journal: str, kafka: KafkaBroker, topic: str) -> PublishProcess:
    return PublishProcess(journal, "--kafka", kafka.address, "--topic", topic)


def _await_beyond(journal: str, position: int) -> None:
    """Waits until more is published, where there is more."""
    eventually(lambda: noted(journal) > position or is_all_published(journal), "a portion is published")


def _await_end(publishing: PublishProcess, journal: str) -> None:
    eventually(lambda: is_all_published(journal), "all is published")
    assert publishing.metric("kept_publish_positions_behind") == 0


def test_over_kills_every_decision_arrives_in_the_order_of_its_case(kafka: KafkaBroker, journal: str) -> None:
    topic = kafka.topic()
    reached = 0
    for _ in range(3):
        publishing = _start(journal, kafka, topic)
        _await_beyond(journal, reached)
        publishing.kill()
        reached = noted(journal)
    publishing = _start(journal, kafka, topic)
    _await_end(publishing, journal)
    assert publishing.stop() == 0
    records = read_topic(topic, bootstrap_servers=kafka.address)
    assert_all_published(records, journal)
    assert len(rows(journal, DECISIONS)) > 5_000
    schema = json.loads(_SCHEMA.read_text())
    for record in records[:: len(records) // 50]:
        jsonschema.validate(orjson.loads(record.value), schema)


def test_of_two_the_one_that_stands_by_goes_on_when_the_other_is_killed(kafka: KafkaBroker, journal: str) -> None:
    topic = kafka.topic()
    first = _start(journal, kafka, topic)
    eventually(lambda: first.metric("kept_publish_active") == 1, "the first one publishes")
    second = _start(journal, kafka, topic)
    assert second.metric("kept_publish_active") == 0
    first.kill()
    eventually(lambda: second.metric("kept_publish_active") == 1, "the second one publishes")
    _await_end(second, journal)
    assert second.stop() == 0
    assert_all_published(read_topic(topic, bootstrap_servers=kafka.address), journal)


def test_a_broker_that_goes_and_comes_back_gets_the_rest(kafka: KafkaBroker, journal: str) -> None:
    topic = kafka.topic()
    publishing = _start(journal, kafka, topic)
    _await_beyond(journal, 0)
    kafka.crash()
    kafka.start()
    _await_end(publishing, journal)
    assert publishing.stop() == 0
    assert_all_published(read_topic(topic, bootstrap_servers=kafka.address), journal)


def test_over_tls_with_a_login_events_go_in_and_decisions_out(
    kafka: KafkaBroker, postgres_url: str, tmp_path: Path
) -> None:
    store = store_at(Location.parse(postgres_url))
    commit_point(store).take(arrivals([OPENED]), MONDAY)
    store.close()
    password = tmp_path / "password"
    password.write_text(f"{PASSWORD}\n")
    who = ("--kafka-ca", kafka.authority, "--kafka-user", USER, "--kafka-password-file", password)
    events, letters, decisions = kafka.topic(), kafka.topic(partitions=1), kafka.topic()
    publishing = PublishProcess(postgres_url, "--kafka", kafka.secure_address, *who, "--topic", decisions)
    topics = ("--events-topic", events, "--dead-letters-topic", letters)
    served = ServeProcess(postgres_url, "--kafka", kafka.secure_address, *who, *topics)
    assert served.post(OPENED)["accepted"] == 1
    _await_end(publishing, postgres_url)
    assert (served.stop(), publishing.stop()) == (0, 0)
    (taken,) = read_topic(events, bootstrap_servers=kafka.address)
    assert taken.value == OPENED
    # Of a client without a promise of another kind: the first response and the resolution opened.
    told = [orjson.loads(record.value)["type"] for record in read_topic(decisions, bootstrap_servers=kafka.address)]
    assert told == ["decision.opened", "decision.opened"]


def test_a_file_and_a_topic_that_is_not_there_are_refused(
    kafka: KafkaBroker, postgres_url: str, tmp_path: Path
) -> None:
    code, _, err = run_kept("publish", "--database", tmp_path / "kept.db", "--kafka", kafka.address)
    assert (code, "expected a database of PostgreSQL" in err) == (2, True)
    code, _, err = run_kept("publish", "--database", postgres_url, "--kafka", kafka.address, "--topic", "nowhere")
    assert (code, err) == (2, f"{kafka.address}: found no topic nowhere, expected a topic as `kept topics` makes it\n")

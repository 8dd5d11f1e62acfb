"""`kept edge` and `kept topics` against a real broker: what comes out, over TLS too, and what they say when they can't begin."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from monitor.testing import PATIENCE_SECONDS, cloud_event, eventually, run_kept
from tests.services.edges import EdgeProcess, set_up
from tests.services.kafka_broker import PASSWORD, USER, KafkaBroker
from tests.services.kafka_reading import read_topic
from tests.services.processes import free_ports
from tests.services.workers import produce

pytestmark = pytest.mark.slow

AT = 1_700_000_000_000_000
"""An instant at which something happened."""


def _login(folder: Path, password: str = PASSWORD) -> Path:
    file = folder / "password"
    file.write_text(f"{password}\n")
    return file


def _secured(broker: KafkaBroker, file: Path, servers: str) -> None:
    """The file of an edge that logs in over TLS."""
    security = f", tls: {{authority: {broker.authority}}}, sasl: {{user: {USER}, password_file: password}}"
    text = file.read_text().replace(f"'{broker.address}'", f"'{servers}'{security}")
    file.write_text(text)


def test_over_tls_what_is_sent_comes_out_as_events_and_the_edge_stops_in_good_order(
    kafka: KafkaBroker, tmp_path: Path
) -> None:
    setup, password = set_up(kafka, tmp_path), _login(tmp_path)
    _secured(kafka, setup.file, kafka.secure_address)
    where = ("--kafka", kafka.secure_address, "--kafka-ca", kafka.authority)
    who = ("--kafka-user", USER, "--kafka-password-file", password)
    code, _, err = run_kept("simulate", "--cases", "30", *where, *who, "--topic", setup.ready_made)
    assert code == 0, err
    sent = read_topic(setup.ready_made, bootstrap_servers=kafka.address)
    edge = EdgeProcess(setup.file)
    eventually(lambda: edge.total("kept_edge_events_total") == len(sent), "all events have come out")
    assert edge.stop() == 0
    found = [orjson.loads(record.value) for record in read_topic(setup.events, bootstrap_servers=kafka.address)]
    assert sorted(event["id"] for event in found) == sorted(orjson.loads(record.value)["id"] for record in sent)


@pytest.mark.parametrize("codec", ["gzip", "lz4", "snappy", "zstd"])
def test_what_is_compressed_is_read_whatever_the_codec(kafka: KafkaBroker, tmp_path: Path, codec: str) -> None:
    setup = set_up(kafka, tmp_path)
    # The broker itself compresses what comes into such a topic: no client of ours has made these bytes.
    compressed = kafka.topic(compression_type=codec)
    setup.file.write_text(setup.file.read_text().replace(setup.ready_made, compressed))
    names = [f"e{number}" for number in range(50)]
    produce(kafka, compressed, [cloud_event("ticket.opened", name, AT, name, client="acme") for name in names])
    edge = EdgeProcess(setup.file)
    eventually(lambda: edge.total("kept_edge_events_total") == len(names), "all events have come out")
    assert edge.stop() == 0
    found = [orjson.loads(record.value) for record in read_topic(setup.events, bootstrap_servers=kafka.address)]
    assert sorted(event["id"] for event in found) == sorted(names)


def test_a_topic_that_has_no_room_for_a_message_ends_the_edge_which_says_so(kafka: KafkaBroker, tmp_path: Path) -> None:
    setup = set_up(kafka, tmp_path)
    # The topic of dead letters has the brokers' limit, a hair over a megabyte; `kept topics` would have given it more.
    roomy = kafka.topic(max_message_bytes="4194304")
    setup.file.write_text(setup.file.read_text().replace(setup.ready_made, roomy))
    edge = EdgeProcess(setup.file)
    edge.await_partitions()
    produce(kafka, roomy, [b"x" * 1_500_000])
    assert edge.process.wait(PATIENCE_SECONDS) == 1
    said = setup.file.with_suffix(".log").read_text().splitlines()
    assert said[-1].startswith(f"{setup.dead_letters}: found a message that the topic has no room for")
    assert "max.message.bytes of 2097152 at least" in said[-1]


@pytest.mark.parametrize(("password", "host"), [("wrong", "127.0.0.1"), (PASSWORD, "localhost")])
def test_a_wrong_password_and_a_name_the_certificate_has_not_are_refused(
    kafka: KafkaBroker, tmp_path: Path, password: str, host: str
) -> None:
    servers = kafka.secure_address.replace("127.0.0.1", host)
    where = ("--kafka", servers, "--kafka-ca", kafka.authority)
    who = ("--kafka-user", USER, "--kafka-password-file", _login(tmp_path, password))
    code, _, err = run_kept("topics", *where, *who, "--replicas", "1", "--dry-run")
    assert code == 1
    assert err.splitlines()[-1].startswith(f"{servers}: found")
    assert password not in err


def test_where_no_broker_is_the_edge_says_so_in_one_line(kafka: KafkaBroker, tmp_path: Path) -> None:
    setup = set_up(kafka, tmp_path)
    (port,) = free_ports(1)
    setup.file.write_text(setup.file.read_text().replace(kafka.address, f"127.0.0.1:{port}"))
    code, _, err = run_kept("edge", "--config", setup.file)
    assert (code, len(err.splitlines())) == (1, 1), err
    assert err.startswith(f"127.0.0.1:{port}: found")


def test_a_topic_that_is_not_there_keeps_the_edge_from_starting(kafka: KafkaBroker, tmp_path: Path) -> None:
    setup = set_up(kafka, tmp_path)
    setup.file.write_text(setup.file.read_text().replace(setup.tickets, "nowhere"))
    code, _, err = run_kept("edge", "--config", setup.file)
    assert (code, err) == (2, f"{kafka.address}: found no topic nowhere, expected a topic that is there\n")


def test_topics_are_made_once_and_another_number_of_partitions_is_refused(kafka: KafkaBroker) -> None:
    asked = ("topics", "--kafka", kafka.address, "--replicas", "1", "--partitions")
    assert run_kept(*asked, "3", "--dry-run")[1].startswith("kept.events: would be made")
    assert run_kept(*asked, "3")[1].startswith("kept.events: made, 3 partitions")
    assert run_kept(*asked, "3")[1].startswith("kept.events: as it should be")
    code, _, err = run_kept(*asked, "4")
    assert code == 2
    assert "kept.events: partitions: found 3, expected 4: another number gives every key another partition" in err

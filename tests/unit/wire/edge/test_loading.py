"""An edge's file: every fault in it, in its mappings and in its book, at once."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from monitor.errors import ConfigError
from monitor.wire.edge.loading import load_edge

MAPPING: Final = """\
mapping: Tickets
source: /desk
case: number
time: at
times: {format: iso}
events:
  - {type: ticket.opened}
"""
EDGE: Final = """\
edge: The firm's own topics
book: book.yaml
kafka: {servers: "kafka-1:9092, kafka-2:9092"}
sources:
  - {topic: tickets, mapping: tickets.yaml}
  - events
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    from monitor.demo.firm import BOOK_PATH

    (tmp_path / "book.yaml").write_bytes(BOOK_PATH.read_bytes())
    (tmp_path / "tickets.yaml").write_text(MAPPING)
    return tmp_path


def _faults(folder: Path, text: str) -> list[tuple[str, int, str, str]]:
    file = folder / "edge.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_edge(file)
    return [(Path(fault.file).name, fault.line, fault.key, fault.found) for fault in caught.value.faults]


def test_files_are_named_from_the_folder_of_the_edges_own(folder: Path) -> None:
    (folder / "edge.yaml").write_text(EDGE.replace('9092"', '9092", tls: {authority: ca.pem}'))
    entry = load_edge(folder / "edge.yaml").entry
    assert entry.kafka.tls is not None
    assert entry.kafka.tls.authority == folder / "ca.pem"
    assert entry.kafka.servers == "kafka-1:9092,kafka-2:9092"


def test_the_faults_of_book_and_mappings_are_found_together(folder: Path) -> None:
    (folder / "book.yaml").unlink()
    (folder / "tickets.yaml").write_text(MAPPING.replace("case: number\n", ""))
    files = [file for file, *_ in _faults(folder, EDGE)]
    assert sorted(files) == ["book.yaml", "tickets.yaml"]


@pytest.mark.parametrize(
    ("when", "key"),
    [("first", "row"), ("{changed: [state]}", "changed"), ("{becomes: {state: [x]}}", "becomes"), ("later", "row")],
)
def test_a_mapping_that_compares_records_is_refused(folder: Path, when: str, key: str) -> None:
    (folder / "tickets.yaml").write_text(MAPPING.replace("ticket.opened}", f"ticket.opened, when: {when}}}"))
    assert _faults(folder, EDGE) == [("tickets.yaml", 7, f"events[0].when.{key}", f"`{key}`")]


def test_a_mapping_with_an_order_is_refused(folder: Path) -> None:
    (folder / "tickets.yaml").write_text(MAPPING + "order: [at]\n")
    assert _faults(folder, EDGE) == [("tickets.yaml", 8, "order", "an order to sort by")]


def test_a_topic_that_is_read_and_written_is_refused(folder: Path) -> None:
    ((_, _, _, found),) = _faults(folder, EDGE.replace("- events", "- kept.events"))
    assert found == 'the topic "kept.events" twice'


def test_a_password_in_the_clear_is_refused(folder: Path) -> None:
    sasl = '9092", sasl: {user: edge, password_file: secret}'
    ((_, line, key, found),) = _faults(folder, EDGE.replace('9092"', sasl))
    assert (line, key, found) == (3, "kafka", "`sasl` without `tls`")


@pytest.mark.parametrize("servers", ["kafka", "kafka:", ":9092", "kafka:0", "kafka:x", "user@kafka:9092"])
def test_an_address_that_is_none_is_refused(folder: Path, servers: str) -> None:
    ((_, _, key, found),) = _faults(folder, EDGE.replace("kafka-1:9092, kafka-2:9092", servers))
    assert (key, found) == ("kafka.servers", f'"{servers}"')


def test_an_unknown_key_is_refused_with_the_one_that_was_meant(folder: Path) -> None:
    ((_, line, key, found),) = _faults(folder, EDGE + "metric: 127.0.0.1:1\n")
    assert (line, key, found) == (7, "metric", "the unknown key `metric`")


def test_faults_are_told_in_the_order_of_the_files_lines(folder: Path) -> None:
    # Line 1 has an unknown key, line 4 a bad address, and line 4 comes first in the model.
    text = "metric: 127.0.0.1:1\n" + EDGE.replace("kafka-1:9092, kafka-2:9092", "kafka")
    assert [(line, key) for _, line, key, _ in _faults(folder, text)] == [(1, "metric"), (4, "kafka.servers")]

"""Edges in processes of their own, as somebody would start them, on topics of one test alone."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from monitor.demo.firm import BOOK_PATH
from monitor.testing import eventually
from tests.services.kafka_broker import PARTITIONS, KafkaBroker
from tests.services.watched import WatchedProcess

MAPPING: Final = """\
mapping: Tickets
source: /desk
case: ticket.number
client: account
id: change
time: at
times: {format: iso}
events:
  - type: ticket.opened
    when: {equals: {kind: [created]}}
    data: {priority: ticket.priority, status: ticket.status}
  - type: ticket.assigned
    when: {equals: {kind: [assigned]}}
    data: {holder: holder}
"""
"""How a ticket system's JSON becomes events: every change has a number, a time and a kind."""


class Setup(NamedTuple):
    """The topics and the file of an edge."""

    file: Path
    tickets: str
    ready_made: str
    events: str
    dead_letters: str
    replays: str


def set_up(broker: KafkaBroker, folder: Path, *, security: str = "", session_seconds: int = 6) -> Setup:
    """New topics, and a file about them: tickets by the mapping, and a topic of events as they are."""
    tickets, ready_made, events = broker.topic(), broker.topic(), broker.topic()
    dead_letters, replays = broker.topic(partitions=1), broker.topic(partitions=1)
    (folder / "tickets.yaml").write_text(MAPPING)
    file = folder / "edge.yaml"
    file.write_text(
        f"edge: A test\n"
        f"book: {BOOK_PATH}\n"
        f"kafka: {{servers: '{broker.address}'{security}}}\n"
        f"group: group-{events}\n"
        f"session_seconds: {session_seconds}\n"
        f"sources: [{{topic: {tickets}, mapping: tickets.yaml}}, {ready_made}]\n"
        f"events: {events}\n"
        f"dead_letters: {dead_letters}\n"
        f"replays: {replays}\n"
        f"metrics: 127.0.0.1:0\n"
    )
    return Setup(file, tickets, ready_made, events, dead_letters, replays)


class EdgeProcess(WatchedProcess):
    """`kept edge`."""

    def __init__(self, file: Path) -> None:
        super().__init__("edge", "--config", file, log=file.with_suffix(".log"))

    def await_partitions(self, count: int = 2 * PARTITIONS) -> None:
        """Waits until the edge has so many partitions."""
        eventually(lambda: self.total("kept_edge_partitions") == count, f"an edge has {count} partitions")

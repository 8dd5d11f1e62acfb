"""Edges in processes of their own, as somebody would start them, on topics of one test alone."""

from __future__ import annotations

import http.client
import re
import signal
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from monitor.demo.firm import BOOK_PATH
from monitor.testing import PATIENCE_SECONDS, eventually, kept
from tests.services.kafka_broker import PARTITIONS, KafkaBroker

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


def set_up(broker: KafkaBroker, folder: Path, *, security: str = "", session_seconds: int = 6) -> Setup:
    """New topics, and a file about them: tickets by the mapping, and a topic of events as they are."""
    tickets, ready_made, events = broker.topic(), broker.topic(), broker.topic()
    dead_letters = broker.topic(partitions=1)
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
        f"metrics: 127.0.0.1:0\n"
    )
    return Setup(file, tickets, ready_made, events, dead_letters)


class EdgeProcess:
    """`kept edge`."""

    def __init__(self, file: Path) -> None:
        self.log = (file.parent / "edge.log").open("a")
        self.process = kept("edge", "--config", file, stderr=self.log)
        assert self.process.stdout is not None
        line = ""
        while not (found := re.search(r"http://127.0.0.1:(\d+)/metrics", line)):
            line = self.process.stdout.readline()
            assert line, f"the edge ended with {self.process.wait()}: {Path(self.log.name).read_text()[-2_000:]}"
        self.port = int(found[1])

    def metrics(self) -> dict[str, float]:
        """Every series by its name and labels, as /metrics spells them."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("GET", "/metrics")
            text = connection.getresponse().read().decode()
        lines = (line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#"))
        return {name: float(value) for name, _, value in lines}

    def total(self, name: str, part: str = "") -> float:
        """The sum of the series of one metric, of those whose labels contain `part`."""
        return sum(value for key, value in self.metrics().items() if key.partition("{")[0] == name and part in key)

    def await_partitions(self, count: int = 2 * PARTITIONS) -> None:
        """Waits until the edge has so many partitions."""
        eventually(lambda: self.total("kept_edge_partitions") == count, f"an edge has {count} partitions")

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """kill -9"""
        self.process.kill()
        self._end()

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        self.signal(signal.SIGTERM)
        return self._end()

    def _end(self) -> int:
        self.process.communicate(timeout=PATIENCE_SECONDS)
        self.log.close()
        return self.process.returncode

"""A worker without a broker: its commit point on a real PostgreSQL, told by a test what it reads and when it is."""

from __future__ import annotations

from typing import Any

from monitor.adapters.journal.database_lock import shared_database
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.shared_store import SharedStore
from monitor.domain.hours.instant import InstantUs
from monitor.service.doors.arrivals import Arrival
from monitor.service.editions.shelf import BookText
from monitor.service.workers.shared_commit_point import SharedCommitPoint
from monitor.testing import BOOK, MONDAY
from monitor.wire.book import read_book
from monitor.wire.events.cloud_events import decode_event, recall_event


class Worker:
    """A worker's commit point with its store; offsets are those of the test's own making."""

    def __init__(self, location: Location, name: str, book: str = BOOK) -> None:
        self.store = SharedStore(*shared_database(location))
        self.point = SharedCommitPoint(self.store, read_book, decode_event, recall_event, name)
        self.point.start(BookText(book, "book.yaml"), MONDAY)
        self.offsets: dict[int, int] = {}

    def claim(self, *partitions: int) -> None:
        for number, row in self.point.claim(partitions).items():
            self.offsets[number] = row.next_offset or 0

    def take(self, partition: int, *contents: bytes, now: InstantUs = MONDAY) -> list[Any]:
        arrivals = [Arrival(content, "test", catching_up=True, partition=partition) for content in contents]
        ahead = self.offsets[partition] + len(contents)
        outcomes = self.point.take_records(arrivals, {partition: ahead}, now)
        self.offsets[partition] = ahead
        return outcomes

    def read_until(self, until: InstantUs, partitions: int) -> None:
        self.point.share.partitions = partitions
        self.point.look(dict.fromkeys(self.offsets, until), until)

    def let_pass(self, until: InstantUs, *homes: int) -> int:
        return self.point.let_pass(homes or tuple(self.offsets), until, until)

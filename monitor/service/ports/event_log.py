"""The log in partitions from which workers take events."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from monitor.domain.hours.instant import InstantUs
from monitor.service.ports.records import RecordPlace


class LogRecord(NamedTuple):
    """A record of a partition: its offset and what it holds, None where it holds nothing; and the record of the firm's own
    that it was made of, where it says so."""

    offset: int
    content: bytes | None
    made_of: RecordPlace | None = None


class Bounds(NamedTuple):
    """The offsets of a partition's first record that is still there, and behind its last."""

    begin: int
    end: int


class EventLog(Protocol):
    """A topic of events in partitions, some of which are this process's; each call raises TransientError for a log that
    does not work this time."""

    topic: str

    async def fetch(self, until: InstantUs) -> Mapping[int, Sequence[LogRecord]]:
        """Records of this process's partitions, at once where there are any, else none by `until` or so."""
        ...

    def read_on(self, start: Mapping[int, int]) -> None:
        """Fetches these partitions from these offsets on; without that nothing is read of a partition."""
        ...

    async def bounds(self, partitions: Collection[int]) -> dict[int, Bounds]:
        """Where each of these partitions begins and ends just now."""
        ...

    async def identity(self) -> str | None:
        """What tells the topic from another one that is made by its name later; None where nobody says."""
        ...

    async def position(self, partition: int) -> int:
        """Behind what was fetched of a partition; what lies between two records and is none is passed over."""
        ...

    async def show(self, next_offsets: Mapping[int, int]) -> None:
        """Tells whoever looks at the log's own tools how far this process is; nothing hangs on it."""
        ...

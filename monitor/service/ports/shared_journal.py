"""The journal, as one of several processes reads and writes it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from monitor.domain.hours.instant import InstantUs
from monitor.service.ports.journal import Store, Transaction
from monitor.service.ports.origin_records import (
    BlockKey,
    LostOriginsRecord,
    OriginBlockRecord,
    OriginPlace,
    OriginRecord,
)
from monitor.service.ports.records import Advance, Head, PartitionRecord, VisitRecord


class OriginRows(Protocol):
    """What a transaction knows of origins."""

    def origins(self) -> list[OriginRecord]:
        """All partitions of the firm's topics of which something was seen."""
        ...

    def origin_blocks(self, keys: Iterable[BlockKey]) -> list[OriginBlockRecord]:
        """Those of these blocks that are there."""
        ...

    def all_origin_blocks(self) -> list[OriginBlockRecord]:
        """All that are kept."""
        ...

    def lost_origins(self) -> list[LostOriginsRecord]:
        """All records that were lost."""
        ...

    def put_origins(self, rows: list[OriginRecord]) -> None:
        """Writes rows, each in the place of the one of its partition."""
        ...

    def put_origin_blocks(self, rows: list[OriginBlockRecord]) -> None:
        """Writes blocks, each in the place of the one of its number."""
        ...

    def drop_origin_blocks(self, place: OriginPlace, below: int) -> None:
        """Forgets the blocks of a partition before one."""
        ...

    def put_lost_origins(self, rows: list[LostOriginsRecord]) -> None:
        """Writes down what was lost."""
        ...


class SharedTransaction(Transaction, OriginRows, Protocol):
    """A transaction of one of several processes that write one journal; what it reads, it reads as it is just then.

    `earliest_wake` and the questions for matters by client or by time tell of its homes only.
    """

    def head(self) -> Head:
        """Where the journal ends just now."""
        ...

    def due_in(self, homes: Collection[int], until: InstantUs, limit: int) -> list[str]:
        """Matters of these homes that wake at `until` or before, the earliest first."""
        ...

    def homes_of(self, matters: Collection[str]) -> dict[str, int]:
        """The home of each of these matters that is in the journal."""
        ...

    def take_turn(self) -> Head:
        """Waits until nobody else writes; from here to the end of the transaction nobody does. Says where the journal ends."""
        ...

    def partitions(self) -> list[PartitionRecord]:
        """All partitions that were ever read, in order."""
        ...

    def claim(self, numbers: Collection[int], owner: str, head: Head) -> list[PartitionRecord]:
        """Makes partitions this owner's, in its turn: nothing is written for them by their epochs before."""
        ...

    def read_anew(self) -> None:
        """Whoever takes a partition from now on begins with the first record that is there."""
        ...

    def lost(self, epochs: Mapping[int, int], written: Mapping[int, int]) -> set[int]:
        """Which of these partitions have a later epoch by now.

        Raises Displaced where one has an earlier epoch, or is not read up to what was `written` of it.
        """
        ...

    def move_on(self, advance: Advance) -> None:
        """Writes how far partitions have come."""
        ...

    def last_visit(self) -> int:
        """The number of the last visit, 0 where there was none."""
        ...

    def earliest_wakes(self, homes: Collection[int]) -> dict[int, InstantUs]:
        """When the first matter of each of these homes wakes."""
        ...

    def visits_since(self, number: int) -> list[VisitRecord]:
        """The visits after this one, in order."""
        ...

    def known_clients(self, clients: Collection[str]) -> set[str]:
        """Which of these clients have their place."""
        ...

    def events_for_all(self, position: int) -> list[tuple[int, bytes]]:
        """(position, original bytes) of the events after a position that concern every partition, in order."""
        ...

    def heard_since(self, sources: Iterable[str], position: int) -> list[tuple[int, str, InstantUs, int]]:
        """(position, source, time, sequence) of the events of these sources after a position, in order."""
        ...


class SharedStore(Store, Protocol):
    """The journal as one of several processes sees it."""

    homes: frozenset[int]
    """The homes that its transactions tell of."""

    def begin(self) -> AbstractContextManager[SharedTransaction]:
        """A transaction. Raises Outdated at its end where another process has written the same row at the same time."""
        ...

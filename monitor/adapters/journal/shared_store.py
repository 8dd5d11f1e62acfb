"""The journal that several processes write together, in a database of PostgreSQL; see `partition_table`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

import psycopg
from sqlalchemy import Connection, Engine, func, select

from monitor.adapters.journal import origin_table
from monitor.adapters.journal import partition_table as table
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.database_lock import DatabaseLock
from monitor.adapters.journal.driver_errors import raised_by_driver, translated
from monitor.adapters.journal.store import SqlStore, SqlTransaction
from monitor.adapters.journal.writers import Writers
from monitor.domain.hours.instant import FOREVER_US, InstantUs
from monitor.errors import InvariantError, Outdated
from monitor.service.ports.changes import Resumption
from monitor.service.ports.counts import Counts
from monitor.service.ports.origin_records import (
    BlockKey,
    LostOriginsRecord,
    OriginBlockRecord,
    OriginPlace,
    OriginRecord,
)
from monitor.service.ports.records import Advance, Head, PartitionRecord, VisitRecord


class SharedTransaction(SqlTransaction):
    """One transaction of one of several processes; see the port."""

    def __init__(self, connection: Connection, writers: Writers, homes: frozenset[int]) -> None:
        super().__init__(connection, writers)
        self._homes = homes

    def due_in(self, homes: Collection[int], until: InstantUs, limit: int) -> list[str]:
        with translated():
            return table.due_in(self._connection, homes, until, limit)

    def earliest_wake(self) -> InstantUs:
        return min(self.earliest_wakes(self._homes).values(), default=FOREVER_US)

    def matters_of_client(self, client: str, since: InstantUs) -> list[str]:
        return self._at_home(super().matters_of_client(client, since))

    def matters_since(self, since: InstantUs) -> list[str]:
        return self._at_home(super().matters_since(since))

    def matters_due_since(self, since: InstantUs, verdicts: Collection[str]) -> list[str]:
        return self._at_home(super().matters_due_since(since, verdicts))

    def matters_concluded_since(self, since: InstantUs, verdicts: Collection[str]) -> list[str]:
        return self._at_home(super().matters_concluded_since(since, verdicts))

    def _at_home(self, names: list[str]) -> list[str]:
        homes = self.homes_of(names)
        return [name for name in names if homes.get(name) in self._homes]

    def homes_of(self, matters: Collection[str]) -> dict[str, int]:
        with translated():
            return table.homes_of(self._connection, matters)

    def head(self) -> Head:
        """Where the journal ends just now."""
        with translated():
            return table.head_of(self._connection)

    def take_turn(self) -> Head:
        with translated():
            return table.take_turn(self._connection)

    def partitions(self) -> list[PartitionRecord]:
        with translated():
            return table.partitions(self._connection)

    def claim(self, numbers: Collection[int], owner: str, head: Head) -> list[PartitionRecord]:
        with translated():
            return table.claim_partitions(self._connection, numbers, owner, head)

    def read_anew(self) -> None:
        with translated():
            table.read_anew(self._connection)

    def lost(self, epochs: Mapping[int, int], written: Mapping[int, int]) -> set[int]:
        with translated():
            return table.lost_partitions(self._connection, epochs, written)

    def move_on(self, advance: Advance) -> None:
        with translated():
            table.move_on(self._connection, advance)

    def last_visit(self) -> int:
        with translated():
            return self._connection.scalar(select(func.max(t.VISITS.c.number))) or 0

    def earliest_wakes(self, homes: Collection[int]) -> dict[int, InstantUs]:
        with translated():
            return table.earliest_wakes(self._connection, homes)

    def visits_since(self, number: int) -> list[VisitRecord]:
        with translated():
            return table.visits_since(self._connection, number)

    def known_clients(self, clients: Collection[str]) -> set[str]:
        with translated():
            return table.known_clients(self._connection, clients)

    def events_for_all(self, position: int) -> list[tuple[int, bytes]]:
        with translated():
            return table.events_for_all(self._connection, position)

    def origins(self) -> list[OriginRecord]:
        with translated():
            return origin_table.origins(self._connection)

    def origin_blocks(self, keys: Iterable[BlockKey]) -> list[OriginBlockRecord]:
        with translated():
            return origin_table.blocks_of(self._connection, list(keys))

    def all_origin_blocks(self) -> list[OriginBlockRecord]:
        with translated():
            return origin_table.all_blocks(self._connection)

    def lost_origins(self) -> list[LostOriginsRecord]:
        with translated():
            return origin_table.lost_origins(self._connection)

    def put_origins(self, rows: list[OriginRecord]) -> None:
        with translated():
            origin_table.WRITERS.origins.execute(self._connection, rows)

    def put_origin_blocks(self, rows: list[OriginBlockRecord]) -> None:
        with translated():
            origin_table.WRITERS.blocks.execute(self._connection, rows)

    def drop_origin_blocks(self, place: OriginPlace, below: int) -> None:
        with translated():
            origin_table.drop_blocks(self._connection, place, below)

    def put_lost_origins(self, rows: list[LostOriginsRecord]) -> None:
        with translated():
            origin_table.WRITERS.lost.execute(self._connection, rows)

    def heard_since(self, sources: Iterable[str], position: int) -> list[tuple[int, str, InstantUs, int]]:
        with translated():
            return table.heard_since(self._connection, sources, position)


class SharedStore(SqlStore):
    """The store of one of several processes; the schema must be up to date, the lock taken."""

    def __init__(self, engine: Engine, lock: DatabaseLock) -> None:
        super().__init__(engine, lock)
        self.homes: frozenset[int] = frozenset()

    def _transaction(self, connection: Connection) -> SharedTransaction:
        return SharedTransaction(connection, self._writers, self.homes)

    def resumption(self) -> Resumption:
        """Without counts: other workers count, too, and who shows them asks the database."""
        with self.begin() as transaction:
            head = transaction.head()
            earliest = transaction.earliest_wake()
            has_retired = transaction.last_retirement() > 0
        return Resumption(head.position, head.recorded, earliest, Counts(), has_retired)

    @contextmanager
    def begin(self) -> Iterator[SharedTransaction]:
        try:
            with super().begin() as transaction:
                assert isinstance(transaction, SharedTransaction)
                yield transaction
        except InvariantError as error:
            # Somebody else has written a row that was to be new.
            if isinstance(raised_by_driver(error), psycopg.errors.UniqueViolation):
                raise Outdated("another process wrote the same at the same time") from error
            raise

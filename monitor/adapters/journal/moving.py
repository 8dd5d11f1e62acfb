"""An embedded installation moved to a server: every row of every table, in one transaction, checked before it is true.

Theory of operation. The file's lock is held, so nobody writes it; its rows are read in one transaction, table after table
in the order of their keys, written to the server by COPY, and read back from there in the same order. A digest is made of
either, and only where all of them are equal, and the totals are a recount of the history, is the transaction committed:
whatever happens before that, the server has what it had, which is nothing. The file is only read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, Select, Table, func, inspect, select, text

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.backup import Report
from monitor.adapters.journal.canary_rows import without_canary
from monitor.adapters.journal.database import is_current, revision
from monitor.adapters.journal.database_lock import DatabaseLock
from monitor.adapters.journal.driver_errors import translated
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.session_lock import MARK
from monitor.adapters.journal.statements import Rows, insert_into
from monitor.domain.hours.instant import InstantUs
from monitor.errors import ConfigError, InvariantError
from monitor.service.ports.counts import Intake

ROWS_A_PORTION: Final = 2_000
TABLES: Final = tuple(t.METADATA.sorted_tables)
"""Every table, those that others refer to first."""

_PATIENT: Final = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL lock_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)


class Contents(NamedTuple):
    """What there is to move: rows by table, the file's bytes, and the time of the last event, None without one."""

    rows: dict[str, int]
    bytes: int
    last_event: InstantUs | None


class Moved(NamedTuple):
    """A table as it arrived: `digest` is of all its rows in order, the same on either side."""

    table: str
    rows: int
    digest: str


def contents_of(source: Engine, file: Path) -> Contents:
    """What is in a file. Raises TransientError."""
    with translated(), source.connect() as connection:
        rows = {table.name: _count(connection, table) for table in TABLES}
        last = connection.scalar(select(func.max(t.EVENTS.c.time)))
    return Contents(rows, file.stat().st_size, last)


def refuse_unless_empty(target: Engine, location: Location) -> None:
    """Raises ConfigError where something is in a database that is to be moved to, or it is another version's."""
    found = revision(target, location)
    if found is not None and not is_current(target, location):
        raise ConfigError.of(location, f"a database of another Kept (schema {found})", "an empty database")
    with translated(), target.connect() as connection:
        there = set(inspect(connection).get_table_names())
        if found is None and (named := sorted(there & {table.name for table in TABLES})):
            raise ConfigError.of(location, f"tables of somebody else's ({', '.join(named)})", "an empty database")
        for table in TABLES if found is not None else ():
            if connection.execute(_of(table).limit(1)).first() is not None:
                raise ConfigError.of(location, f"rows in the table {table.name}", "an empty database")


def move_all(source: Engine, lock: DatabaseLock, report: Report) -> list[Moved]:
    """Moves every row in one transaction of whoever has the lock of an empty database.

    Raises TransientError where a database does not work, InvariantError where what arrived is not what was sent; then
    nothing was moved.
    """
    with translated(), source.connect() as reading, lock.writing() as target, target.begin():
        for statement in _PATIENT:
            target.execute(text(statement))
        counting = _Counting(report, 2 * sum(_count(reading, table) for table in TABLES))
        sent = [_sent(table, reading, target, counting) for table in TABLES]
        for each, table in zip(sent, TABLES, strict=True):
            arrived = _digest(table, _portions(target, table), counting)
            if arrived != each:
                raise InvariantError(f"found {arrived} on the server, expected {each}, as in the file")
        _check_totals(target)
    return sent


def analyze(target: Engine) -> None:
    """Has the server look at what it was given, so that it knows how to answer."""
    with translated(), target.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("ANALYZE"))


class _Counting:
    """Reports how many rows of all have been sent or read back."""

    def __init__(self, report: Report, total: int) -> None:
        self._report = report
        self._total = total
        self._done = 0

    def add(self, rows: int) -> None:
        self._done += rows
        self._report(self._done, self._total)


def _sent(table: Table, source: Connection, target: Connection, counting: _Counting) -> Moved:
    writes = insert_into(table, target.dialect)

    def written() -> Iterator[Rows]:
        for portion in _portions(source, table):
            writes.execute(target, portion)
            yield portion

    return _digest(table, written(), counting)


def _digest(table: Table, portions: Iterator[Rows], counting: _Counting) -> Moved:
    digest, rows = sha256(), 0
    for portion in portions:
        digest.update("\n".join(map(repr, portion)).encode() + b"\n")
        rows += len(portion)
        counting.add(len(portion))
    return Moved(table.name, rows, digest.hexdigest())


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(_of(table).subquery())) or 0


def _portions(connection: Connection, table: Table) -> Iterator[Rows]:
    """The rows in the order of their keys. Texts are compared by their bytes on both databases."""
    ordered = _of(table).order_by(*table.primary_key)
    with connection.execute(ordered, execution_options={"yield_per": ROWS_A_PORTION}) as rows:
        for portion in rows.partitions():
            yield [tuple(map(_plain, row)) for row in portion]


def _of(table: Table) -> Select[Any]:
    """All rows; the mark of whoever writes a server is no part of an installation."""
    return select(table).where(t.NOTES.c.key != MARK) if table is t.NOTES else select(table)


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def _check_totals(connection: Connection) -> None:
    """Raises InvariantError unless counters are a recount of the rows there are, and of what was counted of those gone."""
    keys = [column.name for column in t.RETIRED_DECISION_COUNTS.primary_key]
    decided = t.DECISIONS.c
    named = [func.coalesce(decided[key], "") if key in {"channel", "tier"} else decided[key] for key in keys]
    counted = select(*named, func.count()).where(*without_canary(decided.client))
    recount = _counted(connection, counted.group_by(*named))
    retired = t.RETIRED_DECISION_COUNTS.c
    recount += _counted(connection, select(*(retired[key] for key in keys), retired.count))
    counts = t.DECISION_COUNTS.c
    held = [counts[key] for key in keys]
    if _counted(connection, select(*held, func.sum(counts.count)).group_by(*held)) != recount:
        raise InvariantError("found totals of decisions that are no recount of the history, expected them to be one")
    accepted = select(func.sum(t.INTAKE_COUNTS.c.count)).where(t.INTAKE_COUNTS.c.outcome == Intake.ACCEPTED)
    counted_events = select(func.count()).select_from(t.EVENTS).where(*without_canary(t.EVENTS.c.client))
    events = connection.scalar(counted_events) or 0
    if (connection.scalar(accepted) or 0) != events:
        raise InvariantError(f"found {events} events and another total of them, expected both to be equal")


def _counted(connection: Connection, asked: Select[Any]) -> Counter[tuple[Any, ...]]:
    return Counter({tuple(row[:-1]): int(row[-1]) for row in connection.execute(asked) if row[-1]})

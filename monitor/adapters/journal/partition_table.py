"""Several processes write one database: the order of their commits, and whose each partition is.

Commits come one after the other, by an advisory lock that is held from before the first number is given until the
transaction is over and seen: numbers grow without gaps in the order of commits, and who reads up to a position has
missed nothing. A process that is stopped while it has the lock would stop all of them: whoever has waited too long ends
its session, and with it the transaction.

Transactions of these processes read what is committed, statement by statement, for behind the lock they must see what
was written while they waited for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, bindparam, func, literal, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.arrays import TextArray, array_text
from monitor.adapters.journal.database import ADVISORY_LOCKS
from monitor.adapters.journal.recorded import last_recorded
from monitor.domain.hours.instant import FOREVER_US, InstantUs
from monitor.errors import Displaced, TransientError
from monitor.service.ports.records import Advance, Head, PartitionRecord, VisitRecord

_ORDER_LOCK: Final = 3
_TAKE: Final = text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCKS}, {_ORDER_LOCK})")
_NOW: Final = text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)")
"""Microseconds, as one server of the database says."""
_WAIT: Final = text("SET LOCAL lock_timeout = '5s'")
"""For the commits before this one: each takes a fraction of a second."""
_END_HOLDER: Final = text("""
    SELECT pg_terminate_backend(lock.pid) FROM pg_locks AS lock
    WHERE lock.locktype = 'advisory' AND lock.granted AND lock.objsubid = 2
      AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND lock.classid = :family AND lock.objid = :number""")

_POSITIONS: Final = [
    select(func.max(column)).scalar_subquery()
    for column in (
        t.EVENTS.c.position,
        t.DECISIONS.c.position,
        t.DEAD_LETTERS.c.position,
        t.RETIREMENTS.c.last_position,
    )
]
_HEAD: Final = select(
    func.greatest(literal(0), *_POSITIONS),
    select(func.max(t.EDITIONS.c.number)).scalar_subquery(),
    select(func.max(t.VISITS.c.number)).scalar_subquery(),
)
_READ_ON: Final = text("""
    UPDATE partitions SET next_offset = ahead.next_offset
    FROM unnest(CAST(:numbers AS int[]), CAST(:offsets AS bigint[])) AS ahead (number, next_offset)
    WHERE partitions.number = ahead.number""")

# What each commit asks is put together once: to do so costs as much as to ask it.
_PARTITIONS: Final = select(t.PARTITIONS).order_by(t.PARTITIONS.c.number)
_VISITS_SINCE: Final = select(t.VISITS).where(t.VISITS.c.number > bindparam("last")).order_by(t.VISITS.c.number)
_EVENTS_FOR_ALL: Final = (
    select(t.EVENTS.c.position, t.EVENTS.c.content)
    .where(t.EVENTS.c.position > bindparam("last"), t.FOR_ALL)
    .order_by(t.EVENTS.c.position)
)


def take_turn(connection: Connection) -> Head:
    """Waits for the commits before this one; says where the journal ends. Raises TransientError after too long a wait."""
    connection.execute(_WAIT)
    try:
        connection.execute(_TAKE)
    except DBAPIError as error:
        if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
            raise
        with connection.engine.connect() as other:
            other.execute(_END_HOLDER, {"family": ADVISORY_LOCKS, "number": _ORDER_LOCK})
        found = "a process that held up all others, and was ended"
        raise TransientError(f"the database does not work: found {found}") from error
    return head_of(connection)


def head_of(connection: Connection) -> Head:
    """Where the journal ends just now."""
    position, edition, visit = connection.execute(_HEAD).one()
    return Head(int(position), last_recorded(connection), edition or 0, visit or 0)


def partitions(connection: Connection) -> list[PartitionRecord]:
    """All that were ever read, in order."""
    return [PartitionRecord._make(row) for row in connection.execute(_PARTITIONS)]


def has_partitions(connection: Connection) -> bool:
    """Whether workers have ever had the journal."""
    return connection.scalar(select(t.PARTITIONS.c.number).limit(1)) is not None


def claim_partitions(connection: Connection, numbers: Collection[int], owner: str, head: Head) -> list[PartitionRecord]:
    """Makes these partitions this owner's, by new epochs; in its turn. What concerns everybody has not to be brought to a
    partition that is new, for it has no matters.

    An epoch is the instant at which it begins, and not only one more than the last: where the database was put back to an
    earlier copy, numbers that were counted would be given out a second time, and whoever has one from before could write.
    """
    insert: Any = postgresql.insert(t.PARTITIONS)
    now = connection.execute(_NOW).scalar_one()
    rows = [PartitionRecord(number, now, owner, None, 0, head.position)._asdict() for number in sorted(numbers)]
    changed = {"epoch": func.greatest(t.PARTITIONS.c.epoch + 1, insert.excluded.epoch), "owner": owner}
    claimed = insert.on_conflict_do_update(index_elements=[t.PARTITIONS.c.number], set_=changed)
    connection.execute(claimed, rows)
    return [row for row in partitions(connection) if row.number in numbers]


def read_anew(connection: Connection) -> None:
    """Forgets how far partitions are read; whoever has some finds that they are behind what it has written."""
    connection.execute(update(t.PARTITIONS).values(next_offset=None))


def lost_partitions(connection: Connection, epochs: Mapping[int, int], written: Mapping[int, int]) -> set[int]:
    """Those of these partitions whose epoch is a later one by now; in one's turn this is so until the end of it.

    Epochs and offsets only grow. Raises Displaced where one is behind what this process has seen written: a standby that
    had not everything took over, or a backup was restored.
    """
    found = {row.number: row for row in partitions(connection)}
    behind = [
        number for number, epoch in epochs.items() if _is_behind(found.get(number), epoch, written.get(number, 0))
    ]
    if behind:
        raise Displaced(
            f"partitions {', '.join(map(str, sorted(behind)))}: found the database in an earlier state than this worker has"
            " written, expected what is committed to stay; started again, it reads on where the database is"
        )
    return {number for number, epoch in epochs.items() if found[number].epoch != epoch}


def _is_behind(row: PartitionRecord | None, epoch: int, written: int) -> bool:
    return row is None or row.epoch < epoch or (row.epoch == epoch and (row.next_offset or 0) < written)


def move_on(connection: Connection, advance: Advance) -> None:
    """Writes how far partitions have come; those that are not owned by these epochs any more stay as they are."""
    column = t.PARTITIONS.c
    if advance.next_offsets:
        numbers, offsets = array_text(advance.next_offsets), array_text(advance.next_offsets.values())
        connection.execute(_READ_ON, {"numbers": numbers, "offsets": offsets})
    if advance.followed is not None:
        mine = column.number.in_(list(advance.epochs))
        connection.execute(update(t.PARTITIONS).where(mine).values(followed=advance.followed))
    for number, read_until in advance.read_until.items():
        is_mine = (column.number == number) & (column.epoch == advance.epochs[number])
        connection.execute(update(t.PARTITIONS).where(is_mine).values(read_until=read_until))


def homes_of(connection: Connection, matters: Collection[str]) -> dict[str, int]:
    """The home of each of these matters that is in the journal."""
    asked = select(t.MATTERS.c.id, t.MATTERS.c.home).where(t.MATTERS.c.id == func.any(_texts(matters)))
    return {row[0]: row[1] for row in connection.execute(asked)}


def due_in(connection: Connection, homes: Collection[int], until: InstantUs, limit: int) -> list[str]:
    """Matters of these homes that wake by then, the earliest first."""
    row = t.MATTERS.c
    asked = select(row.id).where(~row.held, row.wakes_at <= until, row.home.in_(list(homes)))
    return list(connection.scalars(asked.order_by(row.wakes_at).limit(limit)))


def earliest_wakes(connection: Connection, homes: Collection[int]) -> dict[int, InstantUs]:
    """When the first matter of each of these homes wakes; each asks the index for its first."""
    if not homes:
        return {}
    listed, row = list(homes), t.MATTERS.c
    asked = [
        select(func.min(row.wakes_at)).where(~row.held, row.home == home).scalar_subquery().label(f"home_{place}")
        for place, home in enumerate(listed)
    ]
    found = connection.execute(select(*asked)).one()
    return {home: FOREVER_US if wake is None else int(wake) for home, wake in zip(listed, found, strict=True)}


def visits_since(connection: Connection, number: int) -> list[VisitRecord]:
    """The visits after this one, in order."""
    return [VisitRecord._make(row) for row in connection.execute(_VISITS_SINCE, {"last": number})]


def known_clients(connection: Connection, clients: Collection[str]) -> set[str]:
    """Which of these clients have their place. Most commits bring none."""
    if not clients:
        return set()
    return set(connection.scalars(select(t.CLIENTS.c.id).where(t.CLIENTS.c.id == func.any(_texts(clients)))))


def events_for_all(connection: Connection, position: int) -> list[tuple[int, bytes]]:
    """(position, original bytes) of the events after a position that concern every partition."""
    rows = connection.execute(_EVENTS_FOR_ALL, {"last": position})
    return [(int(found[0]), bytes(found[1])) for found in rows]


def heard_since(connection: Connection, sources: Iterable[str], position: int) -> list[tuple[int, str, InstantUs, int]]:
    """(position, source, time, sequence) of the events of these sources after a position."""
    row = t.EVENTS.c
    asked = select(row.position, row.source, row.time, row.sequence)
    asked = asked.where(row.position > position, row.source == func.any(_texts(sources))).order_by(row.position)
    return [(int(found[0]), found[1], int(found[2]), int(found[3])) for found in connection.execute(asked)]


def _texts(values: Iterable[str]) -> Any:
    return bindparam(None, list(values), TextArray())

"""The journal in an SQL database: one transaction a commit, rows written in bulk (`writers`), the questions the service asks.

Reading asks in portions, for databases limit a statement's parameters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Connection, Engine, Select, bindparam, func, select, update

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.database_lock import DatabaseLock
from monitor.adapters.journal.driver_errors import translated
from monitor.adapters.journal.lookups import Lookup
from monitor.adapters.journal.naming import is_said_plainly, matters_saying
from monitor.adapters.journal.removal import is_over
from monitor.adapters.journal.writers import Writers
from monitor.domain.cases.case_state import ENDED_PHASES
from monitor.domain.cases.workload import FigureKey
from monitor.domain.hours.instant import FOREVER_US, InstantUs
from monitor.service.ports.changes import Changes, Resumption
from monitor.service.ports.counts import (
    Counts,
    DecisionKey,
    IntakeKey,
    Moved,
    ObligationKey,
    OwningKey,
    RatioKey,
    Ratios,
)
from monitor.service.ports.portions import portions
from monitor.service.ports.records import (
    CaseRecord,
    DecisionRecord,
    EditionRecord,
    Identity,
    LetterEnding,
    ObligationRecord,
)

_KNOWN = Lookup(t.EVENTS.c.id, [t.EVENTS.c.id], t.EVENTS.c.source == bindparam("source"))
_KNOWN_DEAD_LETTERS = Lookup(t.DEAD_LETTERS.c.digest, [t.DEAD_LETTERS.c.digest])
_MATTERS_OF = Lookup(t.CASES.c.id, [t.CASES.c.id, t.CASES.c.matter])
_CASES_IN = Lookup(t.CASES.c.matter, t.CASES.columns)
_HELD_AMONG = Lookup(t.MATTERS.c.id, [t.MATTERS.c.id], t.MATTERS.c.held)
_EVENTS_OF = Lookup(t.EVENTS.c.case_id, [t.EVENTS.c.case_id, t.EVENTS.c.content])
_OBLIGATIONS_OF = Lookup(t.OBLIGATIONS.c.case_id, t.OBLIGATIONS.columns)
_DECISIONS_OF = Lookup(t.DECISIONS.c.case_id, t.DECISIONS.columns)
_COUNT_EVENTS_OF = Lookup(t.EVENTS.c.case_id, [func.count()])
_FIGURES_OF = Lookup(t.MATTER_FIGURES.c.matter, t.MATTER_FIGURES.columns)
_RETIRED_AMONG = Lookup(t.RETIRED_CASES.c.id, [t.RETIRED_CASES.c.id])


_ENDED_PHASES: Final = [phase.value for phase in ENDED_PHASES]


class SqlTransaction:
    """One transaction; see the port."""

    def __init__(self, connection: Connection, writers: Writers) -> None:
        self._connection = connection
        self._writers = writers

    # Questions

    def known(self, identities: Collection[Identity]) -> set[Identity]:
        known: set[Identity] = set()
        for source, group in groupby(sorted(identities), key=itemgetter(0)):
            ids = [identity[1] for identity in group]
            known.update((source, row[0]) for row in self._rows(_KNOWN, ids, source=source))
        return known

    def known_dead_letters(self, digests: Collection[str]) -> set[str]:
        return {row[0] for row in self._rows(_KNOWN_DEAD_LETTERS, digests)}

    def matters_of(self, cases: Collection[str]) -> dict[str, str]:
        return {row[0]: row[1] for row in self._rows(_MATTERS_OF, cases)}

    def cases_in(self, matters: Collection[str]) -> list[CaseRecord]:
        return [CaseRecord._make(row) for row in self._rows(_CASES_IN, matters)]

    def events_of(self, cases: Collection[str]) -> Iterator[tuple[str, bytes]]:
        for row in self._rows(_EVENTS_OF, cases):
            yield row[0], bytes(row[1])

    def obligations_of(self, cases: Collection[str]) -> list[ObligationRecord]:
        return [ObligationRecord._make(row) for row in self._rows(_OBLIGATIONS_OF, cases)]

    def figures_of(self, matters: Collection[str]) -> dict[str, str]:
        return {row[0]: row[1] for row in self._rows(_FIGURES_OF, matters)}

    def matters_of_client(self, client: str, since: InstantUs) -> list[str]:
        cases, events = t.CASES.c, t.EVENTS.c
        happened = select(events.position).where(events.case_id == cases.id, events.time >= since).exists()
        is_live = cases.phase.not_in(_ENDED_PHASES) | (t.MATTERS.c.wakes_at < FOREVER_US) | happened
        matters = t.CASES.join(t.MATTERS, t.MATTERS.c.id == cases.matter)
        return self._first(select(cases.matter).distinct().select_from(matters).where(cases.client == client, is_live))

    def matters_since(self, since: InstantUs) -> list[str]:
        happened = select(t.EVENTS.c.case_id).where(t.EVENTS.c.time >= since)
        return self._first(select(t.CASES.c.matter).distinct().where(t.CASES.c.id.in_(happened)))

    def matters_naming(self, matters: Collection[str], name: str) -> set[str]:
        if not is_said_plainly(name):
            return set(matters)
        asked = matters_saying(self._connection.dialect.name)
        return {row[0] for row in self._rows(asked, matters, said=name.encode())}

    def matters_due(self, now: InstantUs, limit: int) -> list[str]:
        due = (~t.MATTERS.c.held) & (t.MATTERS.c.wakes_at <= now)
        return self._first(select(t.MATTERS.c.id).where(due).order_by(t.MATTERS.c.wakes_at).limit(limit))

    def matters_open(self, after: str, limit: int) -> list[str]:
        is_open = t.CASES.c.id.in_(select(t.OBLIGATIONS.c.case_id).where(t.OBLIGATIONS.c.is_open))
        asked = select(t.CASES.c.matter).distinct().where(is_open, t.CASES.c.matter > after)
        return self._first(asked.order_by(t.CASES.c.matter).limit(limit))

    def matters_after(self, after: str, limit: int) -> list[str]:
        return self._first(select(t.MATTERS.c.id).where(t.MATTERS.c.id > after).order_by(t.MATTERS.c.id).limit(limit))

    def matters_due_since(self, since: InstantUs, verdicts: Collection[str]) -> list[str]:
        late = t.LATE & t.OBLIGATIONS.c.verdict.in_(list(verdicts)) & (t.OBLIGATIONS.c.due >= since)
        cases = t.CASES.join(t.OBLIGATIONS, t.OBLIGATIONS.c.case_id == t.CASES.c.id)
        return self._first(select(t.CASES.c.matter).distinct().select_from(cases).where(late))

    def matters_concluded_since(self, since: InstantUs, verdicts: Collection[str]) -> list[str]:
        obligations = t.OBLIGATIONS.c
        concluded = obligations.due.is_(None) & (obligations.ended >= since) & obligations.verdict.in_(list(verdicts))
        cases = t.CASES.join(t.OBLIGATIONS, obligations.case_id == t.CASES.c.id)
        return self._first(select(t.CASES.c.matter).distinct().select_from(cases).where(concluded))

    def earliest_wake(self) -> InstantUs:
        with translated():
            earliest = self._connection.scalar(select(func.min(t.MATTERS.c.wakes_at)).where(~t.MATTERS.c.held))
        return FOREVER_US if earliest is None else int(earliest)

    def has_held(self) -> bool:
        return bool(self._first(select(t.MATTERS.c.id).where(t.MATTERS.c.held).limit(1)))

    def held_among(self, matters: Collection[str]) -> set[str]:
        return {row[0] for row in self._rows(_HELD_AMONG, matters)}

    def _first(self, asked: Select[tuple[str]]) -> list[str]:
        with translated():
            return list(self._connection.scalars(asked))

    def _rows(self, lookup: Lookup, values: Collection[str], **parameters: Any) -> Iterator[Any]:
        """The rows for these values, asked for in portions."""
        listed = list(values)
        asked = lookup.select_for(self._connection.dialect)
        for portion in portions(listed, lookup.portion_for(self._connection.dialect)):
            with translated():
                rows = self._connection.execute(asked, {"values": portion, **parameters}).all()
            yield from rows

    # Retention

    def over_among(self, matters: Collection[str], before: InstantUs) -> list[str]:
        asked = Lookup(t.MATTERS.c.id, [t.MATTERS.c.id], is_over(before))
        return [row[0] for row in self._rows(asked, matters)]

    def retired_among(self, cases: Collection[str]) -> set[str]:
        return {row[0] for row in self._rows(_RETIRED_AMONG, cases)}

    def decisions_of(self, cases: Collection[str]) -> Iterator[DecisionRecord]:
        return (DecisionRecord._make(row) for row in self._rows(_DECISIONS_OF, cases))

    def count_events_of(self, cases: Collection[str]) -> int:
        return sum(int(row[0]) for row in self._rows(_COUNT_EVENTS_OF, cases))

    def last_retirement(self) -> int:
        with translated():
            return self._connection.scalar(select(func.max(t.RETIREMENTS.c.number))) or 0

    # Writing

    def write(self, changes: Changes) -> None:
        with translated():
            self._writers.write(self._connection, changes)

    def release_held(self) -> None:
        with translated():
            self._connection.execute(update(t.MATTERS).where(t.MATTERS.c.held).values(held=False))

    def has_ended(self, letter: int) -> bool:
        ended = t.LETTER_ENDINGS.c.letter
        with translated():
            return self._connection.scalar(select(ended).where(ended == letter)) is not None

    def end_letter(self, ending: LetterEnding) -> None:
        with translated():
            self._writers.letter_endings.execute(self._connection, [ending])

    def remember(self, key: str, value: str) -> None:
        with translated():
            self._writers.notes.execute(self._connection, [(key, value)])


class SqlStore:
    """The store port on an SQL database; the schema must be up to date, the lock taken."""

    def __init__(self, engine: Engine, lock: DatabaseLock) -> None:
        self._engine = engine
        self._lock = lock
        self._writers = Writers(engine)

    @contextmanager
    def reading(self) -> Iterator[SqlTransaction]:
        with translated():
            connection = self._engine.connect()
        try:
            with translated():
                connection.begin()
            yield SqlTransaction(connection, self._writers)
        finally:
            connection.close()

    @contextmanager
    def begin(self) -> Iterator[SqlTransaction]:
        with ExitStack() as stack:
            with translated():
                connection = stack.enter_context(self._lock.writing())
                transaction = connection.begin()
            try:
                yield self._transaction(connection)
            except BaseException:
                with translated():
                    transaction.rollback()
                raise
            with translated():
                transaction.commit()

    def _transaction(self, connection: Connection) -> SqlTransaction:
        return SqlTransaction(connection, self._writers)

    def close(self) -> None:
        """Closes the connections and lets others have the database."""
        self._engine.dispose()
        self._lock.release()

    def resumption(self) -> Resumption:
        with translated(), self._engine.connect() as connection:
            journals = (t.EVENTS, t.DECISIONS, t.DEAD_LETTERS)
            last = [self._last(connection, table) for table in journals]
            transaction = SqlTransaction(connection, self._writers)
            earliest, has_held = transaction.earliest_wake(), transaction.has_held()
            counts = counts_of(connection)
            applied = connection.scalar(select(func.max(t.EDITIONS.c.recorded))) or 0
            columns = t.RETIREMENTS.c
            retired = connection.execute(select(func.max(columns.last_position), func.max(columns.recorded))).one()
        last.append((retired[0] or 0, retired[1] or 0))
        recorded = max(applied, *(recorded for _, recorded in last))
        position = max(position for position, _ in last)
        return Resumption(position, recorded, earliest, counts, has_retired=retired[0] is not None, has_held=has_held)

    @staticmethod
    def _last(connection: Connection, table: Any) -> tuple[int, InstantUs]:
        asked = select(table.c.position, table.c.recorded).order_by(table.c.position.desc()).limit(1)
        row = connection.execute(asked).first()
        return (0, 0) if row is None else (int(row[0]), int(row[1]))

    def note(self, key: str) -> str | None:
        with translated(), self._engine.connect() as connection:
            return connection.scalar(select(t.NOTES.c.value).where(t.NOTES.c.key == key))

    def editions(self) -> list[EditionRecord]:
        with translated(), self._engine.connect() as connection:
            rows = connection.execute(select(t.EDITIONS).order_by(t.EDITIONS.c.number))
            return [EditionRecord._make(row) for row in rows]

    def client_changes(self) -> Iterable[bytes]:
        asked = select(t.EVENTS.c.content).where(t.OF_CLIENTS).order_by(t.IN_ORDER)
        with translated(), self._engine.connect() as connection:
            return [bytes(content) for content in connection.scalars(asked)]

    def staff_changes(self) -> Iterable[bytes]:
        asked = select(t.EVENTS.c.content).where(t.OF_STAFF).order_by(t.IN_ORDER)
        with translated(), self._engine.connect() as connection:
            return [bytes(content) for content in connection.scalars(asked)]

    def heard_from(self, source: str, *, numbers: bool) -> Iterable[tuple[InstantUs, int]]:
        asked = select(t.EVENTS.c.time, t.EVENTS.c.sequence).where(t.EVENTS.c.source == source)
        latest = select(t.SOURCES.c.heard_at).where(t.SOURCES.c.name == source)
        with translated(), self._engine.connect() as connection:
            if numbers:
                return [(int(row[0]), int(row[1])) for row in connection.execute(asked)]
            return [(int(heard_at), -1) for heard_at in connection.scalars(latest)]


def counts_of(connection: Connection) -> Counts:
    """The counts of all commits so far."""
    counts = Counts()
    for row in connection.execute(select(t.DECISION_COUNTS)):
        counts.decisions[DecisionKey._make(row[:-1])] = row[-1]
    for row in connection.execute(select(t.OBLIGATION_COUNTS)):
        counts.obligations[ObligationKey._make(row[:-1])] = row[-1]
    for row in connection.execute(select(t.RATIO_COUNTS)):
        counts.ratios[RatioKey._make(row[:-2])] = Ratios._make(row[-2:])
    for row in connection.execute(select(t.FIGURE_COUNTS)):
        counts.figures[FigureKey._make(row[:-2])] = Moved._make(row[-2:])
    for row in connection.execute(select(t.OWNING_COUNTS)):
        counts.owning[OwningKey._make(row[:-2])] = Ratios._make(row[-2:])
    for row in connection.execute(select(t.INTAKE_COUNTS)):
        counts.intake[IntakeKey._make(row[:-1])] = row[-1]
    counts.dead_letters = connection.scalar(select(func.count()).select_from(t.DEAD_LETTERS)) or 0
    counts.clients = list(connection.scalars(select(t.CLIENTS.c.id).order_by(t.CLIENTS.c.place)))
    counts.heard = {row[0]: row[1] for row in connection.execute(select(t.SOURCES))}
    return counts

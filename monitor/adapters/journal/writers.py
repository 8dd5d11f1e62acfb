"""What one commit writes into the journal: the statements, compiled once, and the order in which they hold.

It skips SQLAlchemy's work per row (`statements`).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, select

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.canary_rows import forget_canary
from monitor.adapters.journal.removal import RemovalWriter
from monitor.adapters.journal.statements import RowStatement, add_to, insert_into, put_into, raise_in
from monitor.domain.hours.instant import MINUTE_US
from monitor.service.ports.changes import Changes


class Writers:
    """The statements that write rows, compiled once."""

    def __init__(self, engine: Engine) -> None:
        dialect = engine.dialect
        self._events = insert_into(t.EVENTS, dialect)
        self._matters = put_into(t.MATTERS, dialect)
        self._cases = put_into(t.CASES, dialect)
        self._obligations = put_into(t.OBLIGATIONS, dialect)
        self._decisions = insert_into(t.DECISIONS, dialect)
        self._new_matters = insert_into(t.MATTERS, dialect)
        self._new_cases = insert_into(t.CASES, dialect)
        self._new_obligations = insert_into(t.OBLIGATIONS, dialect)
        self._visits = put_into(t.VISITS, dialect)
        self._dead_letters = insert_into(t.DEAD_LETTERS, dialect)
        self._editions = insert_into(t.EDITIONS, dialect)
        self._decision_counts = add_to(t.DECISION_COUNTS, dialect)
        self._obligation_counts = add_to(t.OBLIGATION_COUNTS, dialect)
        self._running_counts = add_to(t.RUNNING_COUNTS, dialect)
        self._ratio_counts = add_to(t.RATIO_COUNTS, dialect)
        self._figure_counts = add_to(t.FIGURE_COUNTS, dialect)
        self._figures = put_into(t.MATTER_FIGURES, dialect)
        self._owning_counts = add_to(t.OWNING_COUNTS, dialect)
        self._intake_counts = add_to(t.INTAKE_COUNTS, dialect)
        self._clients = insert_into(t.CLIENTS, dialect)
        self._sources = raise_in(t.SOURCES, dialect)
        self.letter_endings: RowStatement = insert_into(t.LETTER_ENDINGS, dialect)
        self._removal = RemovalWriter(dialect)
        self.notes: RowStatement = put_into(t.NOTES, dialect)

    def write(self, connection: Connection, changes: Changes) -> None:
        """Writes a commit's rows, in an order in which foreign keys hold."""
        counts = changes.counts
        self._events.execute(connection, changes.events)
        self._new_matters.execute(connection, changes.new_matters)
        self._matters.execute(connection, changes.matters)
        self._new_cases.execute(connection, changes.new_cases)
        self._cases.execute(connection, changes.cases)
        self._new_obligations.execute(connection, changes.new_obligations)
        self._obligations.execute(connection, changes.obligations)
        self._decisions.execute(connection, changes.decisions)
        self._dead_letters.execute(connection, changes.dead_letters)
        self._editions.execute(connection, changes.editions)
        if changes.removal is not None:
            self._removal.write(connection, changes.removal)
        if changes.forgets_until is not None:
            forget_canary(connection, changes.forgets_until)
        self._visits.execute(connection, changes.visits)
        # Before what is gone is taken out: some of it may have been counted once more, and was joined to another then.
        self._figures.execute(connection, changes.figures)
        if changes.gone_matters:
            connection.execute(delete(t.MATTERS).where(t.MATTERS.c.id.in_(changes.gone_matters)))
            connection.execute(delete(t.MATTER_FIGURES).where(t.MATTER_FIGURES.c.matter.in_(changes.gone_matters)))
        self._decision_counts.execute(connection, _with_counts(counts.decisions))
        self._obligation_counts.execute(connection, _with_counts(counts.obligations))
        self._count_running(connection, changes)
        ratios = [(*key, *added) for key, added in counts.ratios.items()]
        self._ratio_counts.execute(connection, ratios)
        self._figure_counts.execute(connection, [(*key, *moved) for key, moved in counts.figures.items()])
        self._owning_counts.execute(connection, [(*key, *added) for key, added in counts.owning.items()])
        self._intake_counts.execute(connection, _with_counts(counts.intake))
        self._sources.execute(connection, list(counts.heard.items()))
        self._add_clients(connection, counts.clients)

    def _count_running(self, connection: Connection, changes: Changes) -> None:
        """Minutes that have passed and in which nothing is due any more need no row."""
        added = _with_counts(changes.counts.running)
        if added:
            self._running_counts.execute(connection, added)
            has_passed = t.RUNNING_COUNTS.c.minute < changes.recorded // MINUTE_US
            connection.execute(delete(t.RUNNING_COUNTS).where(has_passed, t.NONE_RUN))

    def _add_clients(self, connection: Connection, clients: list[str]) -> None:
        if clients:
            known = connection.scalar(select(func.count()).select_from(t.CLIENTS)) or 0
            self._clients.execute(connection, [(client, known + place) for place, client in enumerate(clients)])


def _with_counts(counts: Counter[Any]) -> list[tuple[Any, ...]]:
    return [(*key, count) for key, count in counts.items() if count]

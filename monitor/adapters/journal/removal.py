"""Taking retired matters out of the journal: rows go, identities and counts stay."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, Connection, Dialect, Table, delete, exists, update

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.canary_rows import is_case_of_canary
from monitor.adapters.journal.statements import add_to, insert_into, put_into
from monitor.domain.cases.case_state import Phase
from monitor.domain.hours.instant import InstantUs
from monitor.service.ports.changes import Removal
from monitor.service.ports.portions import portions

PORTION: Final = 500
"""Values in one IN list."""
OVER: Final = (Phase.CLOSED.value, Phase.DELETED.value, Phase.MERGED.value)
"""Where a case stands to which nothing more is expected to happen."""
ROWS_OF_CASES: Final = (t.DECISIONS, t.OBLIGATIONS, t.NOTICES, t.DELIVERIES)
"""The tables whose rows belong to a case, by `case_id`, and go with it."""


def is_over(before: InstantUs) -> ColumnElement[bool]:
    """That a matter is not held, every case of it is over, nothing is open, and no event of it is from `before` or later."""
    of_matter = t.CASES.c.matter == t.MATTERS.c.id
    goes_on = exists().where(of_matter, t.CASES.c.phase.not_in(OVER))
    obligations = t.CASES.join(t.OBLIGATIONS, t.OBLIGATIONS.c.case_id == t.CASES.c.id)
    is_open = exists().select_from(obligations).where(of_matter, t.OBLIGATIONS.c.is_open)
    events = t.CASES.join(t.EVENTS, t.EVENTS.c.case_id == t.CASES.c.id)
    is_recent = exists().select_from(events).where(of_matter, t.EVENTS.c.time >= before)
    # The canary's go in another way, and are in no count.
    is_kept = t.MATTERS.c.held | is_case_of_canary(t.MATTERS.c.id)
    return ~is_kept & exists().where(of_matter) & ~goes_on & ~is_open & ~is_recent


class RemovalWriter:
    """The statements that remove matters, compiled once."""

    def __init__(self, dialect: Dialect) -> None:
        self._retirements = put_into(t.RETIREMENTS, dialect)
        self._cases = insert_into(t.RETIRED_CASES, dialect)
        self._decision_counts = add_to(t.RETIRED_DECISION_COUNTS, dialect)
        self._obligation_counts = add_to(t.RETIRED_OBLIGATION_COUNTS, dialect)
        self._ratio_counts = add_to(t.RETIRED_RATIO_COUNTS, dialect)
        self._figure_counts = add_to(t.RETIRED_FIGURE_COUNTS, dialect)
        self._owning_counts = add_to(t.RETIRED_OWNING_COUNTS, dialect)

    def write(self, connection: Connection, removal: Removal) -> None:
        """Removes matters. Of an event stays what it is known again by; its case, client and content go."""
        counts, number = removal.counts, removal.record.number
        # Without the home, which is the last part of each key: what is gone is nobody's.
        self._retirements.execute(connection, [removal.record])
        self._cases.execute(connection, [(case, number) for case in removal.cases])
        self._decision_counts.execute(connection, [(*key[:-1], count) for key, count in counts.decisions.items()])
        self._obligation_counts.execute(connection, [(*key[:-1], count) for key, count in counts.obligations.items()])
        self._ratio_counts.execute(connection, [(*key[:-1], *added) for key, added in counts.ratios.items()])
        self._owning_counts.execute(connection, [(*key[:-1], *added) for key, added in counts.owning.items()])
        self._figure_counts.execute(connection, [(*key, *moved) for key, moved in counts.figures.items()])
        emptied = {"case_id": None, "client": None, "origin": "", "content": b""}
        for cases in portions(removal.cases, PORTION):
            connection.execute(update(t.EVENTS).where(t.EVENTS.c.case_id.in_(cases)).values(emptied))
            for table in ROWS_OF_CASES:
                _delete(connection, table, table.c.case_id.in_(cases))
            _delete(connection, t.CASES, t.CASES.c.id.in_(cases))
        for matters in portions(removal.matters, PORTION):
            _delete(connection, t.MATTER_FIGURES, t.MATTER_FIGURES.c.matter.in_(matters))
            _delete(connection, t.MATTERS, t.MATTERS.c.id.in_(matters))


def _delete(connection: Connection, table: Table, which: ColumnElement[bool]) -> None:
    connection.execute(delete(table).where(which))

"""The schema the migrations make, the tables the code writes and the records it reads are one and the same."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Table

from monitor.adapters import tables as t
from monitor.adapters.database import engine_for, migrate
from monitor.service import records
from monitor.service.tokens import TokenRecord

PAIRS = [
    (t.EVENTS, records.EventRecord),
    (t.MATTERS, records.MatterRecord),
    (t.CASES, records.CaseRecord),
    (t.OBLIGATIONS, records.ObligationRecord),
    (t.DECISIONS, records.DecisionRecord),
    (t.DEAD_LETTERS, records.DeadLetter),
    (t.TOKENS, TokenRecord),
]


def test_the_migrations_make_the_tables(tmp_path: Path) -> None:
    engine = engine_for(tmp_path / "kept.db")
    migrate(engine, tmp_path / "kept.db")
    with engine.connect() as connection, warnings.catch_warnings():
        # SQLite can't be asked for the condition of a partial index in a way that Alembic understands.
        warnings.simplefilter("ignore")
        differences = compare_metadata(MigrationContext.configure(connection), t.METADATA)
    engine.dispose()
    assert differences == []


@pytest.mark.parametrize(("table", "record"), PAIRS, ids=[table.name for table, _ in PAIRS])
def test_a_record_has_the_columns_of_its_table_in_order(table: Table, record: type) -> None:
    fields: tuple[str, ...] = getattr(record, "_fields")  # noqa: B009  the checker does not know NamedTuples by type
    assert fields == tuple(column.name for column in table.columns)


def test_counts_are_kept_by_the_keys_they_are_made_of() -> None:
    assert (*records.DecisionKey._fields, "count") == tuple(column.name for column in t.DECISION_COUNTS.columns)
    assert (*records.ObligationKey._fields, "count") == tuple(column.name for column in t.OBLIGATION_COUNTS.columns)

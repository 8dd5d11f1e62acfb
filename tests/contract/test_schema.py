"""The schema the migrations make, the tables the code writes and the records it reads are one and the same."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, Table, text

from monitor.adapters.journal import database
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.database import check_schema, engine_for, migrate
from monitor.adapters.journal.file_lock import make_file
from monitor.adapters.journal.location import Location
from monitor.errors import ConfigError
from monitor.service.doors.tokens import TokenRecord
from monitor.service.ports import counts, records
from tests.services.postgres import PostgresServer

PAIRS = [
    (t.EVENTS, records.EventRecord),
    (t.MATTERS, records.MatterRecord),
    (t.CASES, records.CaseRecord),
    (t.OBLIGATIONS, records.ObligationRecord),
    (t.DECISIONS, records.DecisionRecord),
    (t.DEAD_LETTERS, records.DeadLetter),
    (t.PARTITIONS, records.PartitionRecord),
    (t.TOKENS, TokenRecord),
]


def test_the_migrations_make_the_tables(any_database: Location) -> None:
    engine = engine_for(any_database)
    migrate(engine, any_database)
    with engine.connect() as connection, warnings.catch_warnings():
        # SQLite can't be asked for the condition of a partial index in a way that Alembic understands.
        warnings.simplefilter("ignore")
        context = MigrationContext.configure(
            connection, opts={"include_object": lambda item, *_: _is_for(item, engine)}
        )
        differences = compare_metadata(context, t.METADATA)
    engine.dispose()
    assert differences == []


def _is_for(item: Any, engine: Engine) -> bool:
    """Whether something of the schema is made in this kind of database; Alembic does not ask."""
    condition = getattr(item, "_ddl_if", None)
    return condition is None or condition.dialect == engine.dialect.name


_EARLIER = {
    "matters": ("id, wakes_at, held", "'A', 5, false"),
    "cases": ("id, matter, client, phase", "'A', 'A', 'acme', 'open'"),
    "decision_counts": (
        "type, verdict, restated, kind, client, channel, tier, count",
        "'kept', 'kept', false, 'own', 'acme', 'email', 'gold', 7",
    ),
    "obligations": (
        "id, case_id, client, promise, version, kind, opened, due, verdict, warnings, is_open, is_given, reason, revision, decision",
        "'A/own', 'A', 'acme', 'p', 1, 'own', 5, 60000007, 'running', 0, true, false, '', 1, 1",
    ),
    "obligation_counts": ("kind, client, tier, outcome, is_open, count", "'own', 'acme', 'gold', 'kept', false, 3"),
    "ratio_counts": ("kind, tier, edge, endings, total", "'own', 'gold', 50, 2, 900"),
    "intake_counts": ("outcome, count", "'accepted', 11"),
    "editions": (
        "number, recorded, since, restates, digest, author, reason, text",
        "1, 5, 0, false, 'd', 'Ann', 'first', 'book: Test'",
    ),
}
"""A row for each table that was made otherwise since, as schema 0005 had them."""


def test_what_an_earlier_kept_wrote_is_there_afterwards(any_database: Location) -> None:
    if any_database.file is not None:
        make_file(any_database.file)
    engine = engine_for(any_database)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # its databases come with the schema made
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        configuration = database._configuration()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "0005")
        for table, (columns, values) in _EARLIER.items():
            connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"))
    migrate(engine, any_database)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT id, wakes_at, home FROM matters")).all() == [("A", 5, 0)]
        assert connection.execute(text("SELECT id, matter, client, phase FROM cases")).all() == [
            ("A", "A", "acme", "open")
        ]
        for table, row in (
            ("decision_counts", ("gold", 0, 7)),
            ("obligation_counts", ("gold", 0, 3)),
        ):
            assert connection.execute(text(f"SELECT tier, home, count FROM {table}")).all() == [row]
        assert connection.execute(text("SELECT edge, home, endings, total FROM ratio_counts")).all() == [
            (50, 0, 2, 900)
        ]
        # Due in the first minute after the epoch's first.
        assert connection.execute(text("SELECT minute, kind, count FROM running_counts")).all() == [(1, "own", 1)]
        assert connection.execute(text("SELECT outcome, home, count FROM intake_counts")).all() == [("accepted", 0, 11)]
        # What people did was not counted before: everything is judged once more.
        (note,) = connection.execute(text("SELECT value FROM notes WHERE key = 'rejudging'")).scalars()
        assert '"everything": true' in note
    engine.dispose()


def test_a_newer_schema_is_refused(any_database: Location) -> None:
    engine = engine_for(any_database)
    migrate(engine, any_database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for refusing in (migrate, check_schema):
        with pytest.raises(ConfigError, match=r"schema 9999.*expected schema 0"):
            refusing(engine, any_database)
    engine.dispose()


def test_every_text_is_compared_by_its_bytes(postgres: PostgresServer, postgres_url: str) -> None:
    found = postgres.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND data_type IN ('text', 'character varying') AND collation_name IS DISTINCT FROM 'C'"
        " AND table_name <> 'alembic_version'",
        database=postgres_url,
    )
    assert found == []


@pytest.mark.parametrize(("table", "record"), PAIRS, ids=[table.name for table, _ in PAIRS])
def test_a_record_has_the_columns_of_its_table_in_order(table: Table, record: type) -> None:
    fields: tuple[str, ...] = getattr(record, "_fields")  # noqa: B009  the checker does not know NamedTuples by type
    assert fields == tuple(column.name for column in table.columns)


def test_counts_are_kept_by_the_keys_they_are_made_of() -> None:
    assert (*counts.DecisionKey._fields, "count") == tuple(column.name for column in t.DECISION_COUNTS.columns)
    assert (*counts.ObligationKey._fields, "count") == tuple(column.name for column in t.OBLIGATION_COUNTS.columns)

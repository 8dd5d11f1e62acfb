"""What retention took out, and what was counted of it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, Table

from monitor.adapters.journal.tables.columns import METADATA, TEXT
from monitor.adapters.journal.tables.counts import (
    FIGURE_COUNTS,
    count_column,
    decision_keys,
    obligation_keys,
    owning_keys,
    ratio_columns,
    ratio_keys,
)

RETIREMENTS: Final = Table(
    "retirements",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("recorded", BigInteger, nullable=False),
    Column("policy", TEXT, nullable=False),
    Column("before", BigInteger, nullable=False),
    Column("matters", BigInteger, nullable=False),
    Column("cases", BigInteger, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("obligations", BigInteger, nullable=False),
    Column("decisions", BigInteger, nullable=False),
    Column("last_position", BigInteger, nullable=False),
)
RETIRED_CASES: Final = Table(
    "retired_cases",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("retirement", Integer, nullable=False),
    sqlite_with_rowid=False,
)
RETIRED_DECISION_COUNTS: Final = Table("retired_decision_counts", METADATA, *decision_keys(), count_column())
RETIRED_OBLIGATION_COUNTS: Final = Table("retired_obligation_counts", METADATA, *obligation_keys(), count_column())
RETIRED_RATIO_COUNTS: Final = Table("retired_ratio_counts", METADATA, *ratio_keys(), *ratio_columns())
RETIRED_FIGURE_COUNTS: Final = FIGURE_COUNTS.to_metadata(METADATA, name="retired_figure_counts")
RETIRED_OWNING_COUNTS: Final = Table("retired_owning_counts", METADATA, *owning_keys(), *ratio_columns())
"""What was counted of rows that are gone: the counts are a recount of the rows that are there, and these."""

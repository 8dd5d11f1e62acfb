"""What is counted at each commit, by the labels it is shown with, and what people did in each matter."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table, literal_column

from monitor.adapters.journal.tables.columns import METADATA, TEXT, partial_index


def decision_keys() -> list[Column[Any]]:
    """The fields of `monitor.service.ports.counts.DecisionKey` but for its home."""
    return [
        Column("type", TEXT, primary_key=True),
        Column("verdict", TEXT, primary_key=True),
        Column("restated", Boolean, primary_key=True),
        Column("kind", TEXT, primary_key=True),
        Column("client", TEXT, primary_key=True),
        Column("channel", TEXT, primary_key=True),
        Column("tier", TEXT, primary_key=True),
    ]


def obligation_keys() -> list[Column[Any]]:
    """The fields of `monitor.service.ports.counts.ObligationKey` but for its home."""
    return [
        Column("kind", TEXT, primary_key=True),
        Column("client", TEXT, primary_key=True),
        Column("tier", TEXT, primary_key=True),
        Column("outcome", TEXT, primary_key=True),
        Column("is_open", Boolean, primary_key=True),
    ]


def ratio_keys() -> list[Column[Any]]:
    """The fields of `monitor.service.ports.counts.RatioKey` but for its home."""
    return [
        Column("kind", TEXT, primary_key=True),
        Column("tier", TEXT, primary_key=True),
        Column("edge", BigInteger, primary_key=True, autoincrement=False),
    ]


def owning_keys() -> list[Column[Any]]:
    """The fields of `monitor.service.ports.counts.OwningKey` but for its home."""
    return [
        Column("step", TEXT, primary_key=True),
        Column("kind", TEXT, primary_key=True),
        Column("tier", TEXT, primary_key=True),
        Column("edge", BigInteger, primary_key=True, autoincrement=False),
    ]


def _home() -> Column[int]:
    """The partition it is counted in: several processes write one database, each tells of its own partitions."""
    return Column("home", Integer, primary_key=True, autoincrement=False)


def count_column() -> Column[int]:
    """How many."""
    return Column("count", BigInteger, nullable=False)


def ratio_columns() -> list[Column[int]]:
    """How many ended there, and what they come to together."""
    return [Column("endings", BigInteger, nullable=False), Column("total", BigInteger, nullable=False)]


DECISION_COUNTS: Final = Table("decision_counts", METADATA, *decision_keys(), _home(), count_column())
OBLIGATION_COUNTS: Final = Table("obligation_counts", METADATA, *obligation_keys(), _home(), count_column())
RATIO_COUNTS: Final = Table("ratio_counts", METADATA, *ratio_keys(), _home(), *ratio_columns())
OWNING_COUNTS: Final = Table("owning_counts", METADATA, *owning_keys(), _home(), *ratio_columns())
RUNNING_COUNTS: Final = Table(
    "running_counts",
    METADATA,
    Column("minute", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", TEXT, primary_key=True),
    count_column(),
)
"""How many obligations run that are due in a minute; see `monitor.adapters.metrics.time_left`. It has no home: whoever has
what belongs to no partition shows it."""
NONE_RUN: Final = RUNNING_COUNTS.c.count == literal_column("0")
MINUTES_WITHOUT: Final = partial_index("minutes_without", RUNNING_COUNTS.c.minute, where=NONE_RUN)
"""For those that have passed: their rows go with the next commit, and no others are looked at."""
INTAKE_COUNTS: Final = Table(
    "intake_counts", METADATA, Column("outcome", TEXT, primary_key=True), _home(), count_column()
)

FIGURE_COUNTS: Final = Table(
    "figure_counts",
    METADATA,
    Column("figure", TEXT, primary_key=True),
    Column("tier", TEXT, primary_key=True),
    Column("subject", TEXT, primary_key=True),
    Column("detail", TEXT, primary_key=True),
    Column("counted", BigInteger, nullable=False),
    Column("withdrawn", BigInteger, nullable=False),
)
"""What people did; `monitor.domain.cases.workload.Figure` says what subject and detail are."""
MATTER_FIGURES: Final = Table(
    "matter_figures",
    METADATA,
    Column("matter", TEXT, primary_key=True),
    Column("figures", TEXT, nullable=False),
    sqlite_with_rowid=False,
)
"""What is in those counts of each matter."""

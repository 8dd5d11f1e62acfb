"""Several processes write one database: partitions with their owners, the home of each matter, and counts by home."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

from monitor.adapters.journal.tables import TEXT

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_KEYS: Final[dict[str, list[tuple[str, Any]]]] = {
    "decision_counts": [
        *((name, TEXT) for name in ("type", "verdict")),
        ("restated", sa.Boolean),
        *((name, TEXT) for name in ("kind", "client", "channel", "tier")),
    ],
    "obligation_counts": [
        *((name, TEXT) for name in ("kind", "client", "tier", "outcome")),
        ("is_open", sa.Boolean),
    ],
    "ratio_counts": [("kind", TEXT), ("tier", TEXT), ("edge", sa.BigInteger)],
    "owning_counts": [("step", TEXT), ("kind", TEXT), ("tier", TEXT), ("edge", sa.BigInteger)],
    "intake_counts": [("outcome", TEXT)],
}
_SUMS: Final = ("ratio_counts", "owning_counts")


def upgrade() -> None:
    """What was counted so far belongs to partition 0, as all matters do."""
    op.create_table(
        "partitions",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("next_offset", sa.BigInteger),
        sa.Column("read_until", sa.BigInteger, nullable=False),
        sa.Column("followed", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "visits",
        sa.Column("matter", TEXT, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
    )
    op.create_index("visits_by_number", "visits", ["number"])
    op.add_column("matters", sa.Column("home", sa.Integer, nullable=False, server_default="0"))
    for table, keys in _KEYS.items():
        _add_home(table, keys, ["endings", "total"] if table in _SUMS else ["count"])


def _add_home(table: str, keys: list[tuple[str, Any]], values: list[str]) -> None:
    """Makes the table anew: the home is a part of its key."""
    op.rename_table(table, f"{table}_before")
    op.create_table(
        table,
        *(sa.Column(name, kind, primary_key=True, autoincrement=False) for name, kind in keys),
        sa.Column("home", sa.Integer, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in values),
    )
    named = ", ".join(name for name, _ in keys)
    listed = ", ".join(values)
    op.execute(f"INSERT INTO {table} SELECT {named}, 0, {listed} FROM {table}_before")  # noqa: S608  names of our own
    op.drop_table(f"{table}_before")

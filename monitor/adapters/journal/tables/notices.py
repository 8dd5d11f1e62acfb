"""What somebody outside is told of, message by message."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, literal_column

from monitor.adapters.journal.tables.columns import METADATA, TEXT, partial_index

NOTICES: Final = Table(
    "notices",
    METADATA,
    Column("key", TEXT, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("obligation", TEXT),
    Column("case_id", TEXT),
    Column("client", TEXT, nullable=False),
    Column("promise", TEXT, nullable=False),
    Column("promise_kind", TEXT, nullable=False),
    Column("tier", TEXT, nullable=False),
    Column("holder", TEXT, nullable=False),
    Column("grade", TEXT, nullable=False, server_default=""),
    Column("says", TEXT, nullable=False, server_default=""),
    Column("cause", TEXT, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("due", BigInteger),
    Column("ended", BigInteger),
    Column("opened", BigInteger, nullable=False),
    Column("closes_at", BigInteger),
    Column("resolved", BigInteger),
    Column("is_settled", Boolean, nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("warnings", Integer, nullable=False),
    Column("storm", TEXT),
    Column("folded", Integer, nullable=False),
    Column("left", Integer, nullable=False),
    Column("remind_at", BigInteger),
    Column("reminders", Integer, nullable=False),
    Column("rounds", Integer, nullable=False),
    Column("version", Integer),
    Column("period", TEXT, nullable=False, server_default=""),
    Column("measure", TEXT, nullable=False, server_default=""),
    Column("promised", BigInteger),
    Column("kept", BigInteger),
    Column("counted", BigInteger),
)
"""What somebody outside is told of; see `monitor.service.notices.notice`."""
NOTICES_BY_OBLIGATION: Final = Index("notices_by_obligation", NOTICES.c.obligation)
NOTICES_BY_CASE: Final = Index("notices_by_case", NOTICES.c.case_id)
NOTICES_BY_OPENING: Final = Index("notices_by_opening", NOTICES.c.opened)
NOTICES_BY_STORM: Final = Index("notices_by_storm", NOTICES.c.storm)
NOTICES_BY_CLOSING: Final = partial_index(
    "notices_by_closing", NOTICES.c.closes_at, where=NOTICES.c.closes_at.is_not(None)
)
NOTICES_BY_REMINDER: Final = partial_index(
    "notices_by_reminder", NOTICES.c.remind_at, where=NOTICES.c.remind_at.is_not(None)
)
STANDING: Final = NOTICES.c.resolved.is_(None) & NOTICES.c.storm.is_(None)
"""Notices that are told and not over: what is re-sent."""
STANDING_NOTICES: Final = partial_index("standing_notices", NOTICES.c.key, where=STANDING)
NOTICES_OF_SHARES: Final = partial_index("notices_of_shares", NOTICES.c.client, where=NOTICES.c.version.is_not(None))

DELIVERIES: Final = Table(
    "notice_deliveries",
    METADATA,
    Column("notice", TEXT, primary_key=True),
    Column("receiver", TEXT, primary_key=True),
    Column("phase", TEXT, primary_key=True),
    Column("place", BigInteger, nullable=False),
    Column("case_id", TEXT),
    Column("kind", TEXT, nullable=False),
    Column("state", TEXT, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("try_at", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Column("fault", TEXT, nullable=False),
)
UNDELIVERED: Final = DELIVERIES.c.state != literal_column("'delivered'")
UNDELIVERED_MESSAGES: Final = partial_index(
    "undelivered_messages", DELIVERIES.c.receiver, DELIVERIES.c.state, DELIVERIES.c.try_at, where=UNDELIVERED
)
WAITING: Final = UNDELIVERED & (DELIVERIES.c.state == literal_column("'waiting'"))
GIVEN_UP: Final = UNDELIVERED & (DELIVERIES.c.state == literal_column("'given_up'"))
"""Spelled so that SQLite knows the index above for them."""
DELIVERIES_BY_CASE: Final = Index("deliveries_by_case", DELIVERIES.c.case_id)
NOTICE_COUNTS: Final = Table(
    "notice_counts",
    METADATA,
    Column("kind", TEXT, primary_key=True),
    Column("receiver", TEXT, primary_key=True),
    Column("result", TEXT, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

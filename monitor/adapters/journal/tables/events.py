"""What came in: events, and dead letters with what became of them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Table, UniqueConstraint, func, literal_column

from monitor.adapters.journal.tables.columns import METADATA, TEXT, partial_index, position

EVENTS: Final = Table(
    "events",
    METADATA,
    position(),
    Column("source", TEXT, nullable=False),
    Column("id", TEXT, nullable=False),
    Column("type", TEXT, nullable=False),
    Column("case_id", TEXT),
    Column("client", TEXT),
    Column("time", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Column("origin", TEXT, nullable=False),
    Column("content", LargeBinary, nullable=False),
    UniqueConstraint("source", "id", name="event_identity"),
)
EVENTS_BY_CASE: Final = Index("events_by_case", EVENTS.c.case_id)
OF_CLIENTS: Final = EVENTS.c.type == literal_column("'client.changed'")
EVENTS_OF_CLIENTS: Final = partial_index("events_of_clients", EVENTS.c.client, where=OF_CLIENTS)
RISK_CLEARINGS: Final = partial_index("risk_clearings", EVENTS.c.client, where=EVENTS.c.type == "client.risk_cleared")
OF_STAFF: Final = EVENTS.c.type == literal_column("'staff.changed'")
EVENTS_OF_STAFF: Final = partial_index("events_of_staff", EVENTS.c.time, where=OF_STAFF)
PROPOSED: Final = EVENTS.c.type == literal_column("'promise.proposed'")
EVENTS_OF_PROPOSALS: Final = partial_index("events_of_proposals", EVENTS.c.position, where=PROPOSED)
OF_PROMISES: Final = EVENTS.c.type.in_(
    [literal_column(f"'promise.{step}'") for step in ("proposed", "made", "amended", "withdrawn", "declined")]
)
EVENTS_OF_PROMISES: Final = partial_index("events_of_promises", EVENTS.c.case_id, where=OF_PROMISES)
OF_WORDS: Final = EVENTS.c.type == literal_column("'satisfaction.recorded'")
EVENTS_OF_WORDS: Final = partial_index("events_of_words", EVENTS.c.time, where=OF_WORDS)
STILL_THERE: Final = func.length(EVENTS.c.content) > 0
"""Of events that are not found by their case: that retention has not emptied them."""
EVENTS_BY_TIME: Final = Index("events_by_time", EVENTS.c.time)
"""For late changes of staff, which concern the matters in which something happened since."""
FOR_ALL: Final = EVENTS.c.type.in_([literal_column("'client.changed'"), literal_column("'staff.changed'")])
EVENTS_FOR_ALL: Final = Index("events_for_all", EVENTS.c.position, postgresql_where=FOR_ALL).ddl_if(
    dialect="postgresql"
)
"""What each worker looks for at the beginning of each commit, and mostly does not find: without this it would read all
events since the last one."""

DEAD_LETTERS: Final = Table(
    "dead_letters",
    METADATA,
    position(),
    Column("digest", TEXT, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Column("origin", TEXT, nullable=False),
    Column("found", TEXT, nullable=False),
    Column("expected", TEXT, nullable=False),
    Column("key", TEXT, nullable=False),
    Column("content", LargeBinary, nullable=False),
    UniqueConstraint("digest", name="dead_letter_identity"),
)
LETTER_ENDINGS: Final = Table(
    "letter_endings",
    METADATA,
    Column("letter", BigInteger, ForeignKey("dead_letters.position"), primary_key=True, autoincrement=False),
    Column("ended", BigInteger, nullable=False),
    Column("state", TEXT, nullable=False),
    Column("author", TEXT, nullable=False),
    Column("reason", TEXT, nullable=False),
)

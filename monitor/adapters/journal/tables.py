"""The tables of the journal. Their columns are the fields of `monitor.service.ports.records` and `monitor.service.ports.origin_records`, in
the same order.

The schema in a database is made by the migrations; a test holds these tables and that schema equal.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    literal_column,
)

METADATA: Final = MetaData()

TEXT: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Text compared by its bytes, as SQLite does. Left to itself PostgreSQL compares by the database's language: another
order on each server, and indexes that a new version of that language's rules leaves broken."""


def _position() -> Column[int]:
    """Where in the journal a row stands. Kept counts itself: the order is the order of commits."""
    return Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False)


EVENTS: Final = Table(
    "events",
    METADATA,
    _position(),
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
EVENTS_OF_CLIENTS: Final = Index(
    "events_of_clients", EVENTS.c.client, sqlite_where=OF_CLIENTS, postgresql_where=OF_CLIENTS
)

OF_STAFF: Final = EVENTS.c.type == literal_column("'staff.changed'")
RISK_CLEARINGS: Final = Index(
    "risk_clearings",
    EVENTS.c.client,
    sqlite_where=EVENTS.c.type == "client.risk_cleared",
    postgresql_where=EVENTS.c.type == "client.risk_cleared",
)
EVENTS_OF_STAFF: Final = Index("events_of_staff", EVENTS.c.time, sqlite_where=OF_STAFF, postgresql_where=OF_STAFF)
PROPOSED: Final = EVENTS.c.type == literal_column("'promise.proposed'")
EVENTS_OF_PROPOSALS: Final = Index(
    "events_of_proposals", EVENTS.c.position, sqlite_where=PROPOSED, postgresql_where=PROPOSED
)
OF_PROMISES: Final = EVENTS.c.type.in_(
    [literal_column(f"'promise.{step}'") for step in ("proposed", "made", "amended", "withdrawn", "declined")]
)
EVENTS_OF_PROMISES: Final = Index(
    "events_of_promises", EVENTS.c.case_id, sqlite_where=OF_PROMISES, postgresql_where=OF_PROMISES
)
OF_WORDS: Final = EVENTS.c.type == literal_column("'satisfaction.recorded'")
EVENTS_OF_WORDS: Final = Index("events_of_words", EVENTS.c.time, sqlite_where=OF_WORDS, postgresql_where=OF_WORDS)
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

# Tables that are written again and again by their text keys are stored by these: a fifth less work than by row numbers.
MATTERS: Final = Table(
    "matters",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("wakes_at", BigInteger, nullable=False),
    Column("held", Boolean, nullable=False),
    Column("home", Integer, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)
MATTERS_BY_WAKE: Final = Index("matters_by_wake", MATTERS.c.held, MATTERS.c.wakes_at)
MATTERS_BY_HOME: Final = Index(
    "matters_by_home", MATTERS.c.home, MATTERS.c.wakes_at, postgresql_where=~MATTERS.c.held
).ddl_if(dialect="postgresql")
"""Only workers have several homes, and a home without matters would be looked for among those of all others."""

CASES: Final = Table(
    "cases",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("matter", TEXT, ForeignKey("matters.id", deferrable=True, initially="DEFERRED"), nullable=False),
    Column("client", TEXT, nullable=False),
    Column("phase", TEXT, nullable=False),
    Column("holder", TEXT),
    Column("team", TEXT),
    Column("channel", TEXT),
    Column("priority", TEXT),
    Column("tier", TEXT),
    Column("opened_at", BigInteger),
    sqlite_with_rowid=False,
)
CASES_BY_MATTER: Final = Index("cases_by_matter", CASES.c.matter)
CASES_BY_CLIENT: Final = Index("cases_by_client", CASES.c.client)

OBLIGATIONS: Final = Table(
    "obligations",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("case_id", TEXT, nullable=False),
    Column("client", TEXT, nullable=False),
    Column("promise", TEXT, nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("occasion", TEXT),
    Column("channel", TEXT),
    Column("tier", TEXT),
    Column("opened", BigInteger, nullable=False),
    Column("due", BigInteger),
    Column("verdict", TEXT, nullable=False),
    Column("ended", BigInteger),
    Column("warnings", Integer, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("is_given", Boolean, nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("decision", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
OBLIGATIONS_BY_CASE: Final = Index("obligations_by_case", OBLIGATIONS.c.case_id)
OBLIGATIONS_BY_CLIENT: Final = Index("obligations_by_client", OBLIGATIONS.c.client, OBLIGATIONS.c.due)
LATE: Final = OBLIGATIONS.c.verdict.in_([literal_column("'broken'"), literal_column("'unknown'")])
RUNNING: Final = OBLIGATIONS.c.verdict == literal_column("'running'")
"""Spelled out, for SQLite takes a partial index only where a question repeats its condition word for word."""
LATE_OBLIGATIONS: Final = Index("late_obligations", OBLIGATIONS.c.due, sqlite_where=LATE, postgresql_where=LATE)
_CONCLUDED = OBLIGATIONS.c.due.is_(None) & OBLIGATIONS.c.ended.is_not(None)
CONCLUDED_OBLIGATIONS: Final = Index(
    "concluded_obligations", OBLIGATIONS.c.ended, sqlite_where=_CONCLUDED, postgresql_where=_CONCLUDED
)
RUNNING_OBLIGATIONS: Final = Index(
    "running_obligations",
    OBLIGATIONS.c.kind,
    OBLIGATIONS.c.due,
    sqlite_where=RUNNING,
    postgresql_where=RUNNING,
)
OPEN_STEP: Final = OBLIGATIONS.c.is_open & OBLIGATIONS.c.kind.in_(
    [literal_column(f"'{step}'") for step in ("acknowledge", "explain", "tell", "apologise", "remedy")]
)
OPEN_STEPS: Final = Index(
    "open_steps",
    OBLIGATIONS.c.case_id,
    OBLIGATIONS.c.occasion,
    sqlite_where=OPEN_STEP,
    postgresql_where=OPEN_STEP,
)
"""The steps of owning a breach that are still to be taken: none where the book owes none."""
OPEN_OBLIGATIONS: Final = Index(
    "open_obligations",
    OBLIGATIONS.c.due,
    sqlite_where=OBLIGATIONS.c.is_open,
    postgresql_where=OBLIGATIONS.c.is_open,
)

DECISIONS: Final = Table(
    "decisions",
    METADATA,
    _position(),
    Column("id", TEXT, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("replaces", BigInteger),
    Column("type", TEXT, nullable=False),
    Column("obligation", TEXT, nullable=False),
    Column("case_id", TEXT, nullable=False),
    Column("client", TEXT, nullable=False),
    Column("promise", TEXT, nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("occasion", TEXT),
    Column("channel", TEXT),
    Column("tier", TEXT),
    Column("holder", TEXT),
    Column("grade", TEXT),
    Column("opened", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("verdict", TEXT, nullable=False),
    Column("previous", TEXT),
    Column("restated", Boolean, nullable=False),
    Column("due", BigInteger),
    Column("ended", BigInteger),
    Column("is_open", Boolean, nullable=False),
    Column("warnings", Integer, nullable=False),
    Column("elapsed", BigInteger),
    Column("margin", BigInteger),
    Column("ratio", BigInteger),
    Column("cause_source", TEXT),
    Column("cause_id", TEXT),
    Column("reason", TEXT, nullable=False),
)
"""The history: rows are only ever added. What held at a recorded instant is what no row recorded until then replaces."""
_REPLACING: Final = DECISIONS.c.replaces.is_not(None)
DECISIONS_BY_REPLACED: Final = Index(
    "decisions_by_replaced",
    DECISIONS.c.replaces,
    unique=True,
    sqlite_where=_REPLACING,
    postgresql_where=_REPLACING,
)
"""Unique: history does not fork, whoever writes it."""
DECISIONS_BY_CLIENT: Final = Index(
    "decisions_by_client",
    *(DECISIONS.c.client, DECISIONS.c.opened),
    *(DECISIONS.c.verdict, DECISIONS.c.kind, DECISIONS.c.promise, DECISIONS.c.version),
    *(DECISIONS.c.elapsed, DECISIONS.c.is_open),
)
"""For a client's period; with all that is counted of its obligations, so that no row is read for that."""
IS_BREACH: Final = DECISIONS.c.verdict.in_([literal_column("'broken'"), literal_column("'excused'")])
BREACHES_BY_CLIENT: Final = Index(
    "breaches_by_client", DECISIONS.c.client, DECISIONS.c.opened, sqlite_where=IS_BREACH, postgresql_where=IS_BREACH
)
"""A client's breaches, as few as they are."""
DECISIONS_BY_CASE: Final = Index("decisions_by_case", DECISIONS.c.case_id)
DECISIONS_BY_OPENING: Final = Index("decisions_by_opening", DECISIONS.c.opened)
"""For a period of all clients. Like positions, instants of opening mostly grow: it is added to at its end."""
DECISIONS_BY_KIND: Final = Index("decisions_by_kind", DECISIONS.c.kind, DECISIONS.c.opened, DECISIONS.c.tier)
"""For what the past says of a promise: which occasions of a kind there were is read off it alone."""

DEAD_LETTERS: Final = Table(
    "dead_letters",
    METADATA,
    _position(),
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

EDITIONS: Final = Table(
    "editions",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("recorded", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("restates", Boolean, nullable=False),
    Column("digest", TEXT, nullable=False),
    Column("author", TEXT, nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("text", TEXT, nullable=False),
)


def _decision_keys() -> list[Column[Any]]:
    return [
        Column("type", TEXT, primary_key=True),
        Column("verdict", TEXT, primary_key=True),
        Column("restated", Boolean, primary_key=True),
        Column("kind", TEXT, primary_key=True),
        Column("client", TEXT, primary_key=True),
        Column("channel", TEXT, primary_key=True),
        Column("tier", TEXT, primary_key=True),
    ]


def _obligation_keys() -> list[Column[Any]]:
    return [
        Column("kind", TEXT, primary_key=True),
        Column("client", TEXT, primary_key=True),
        Column("tier", TEXT, primary_key=True),
        Column("outcome", TEXT, primary_key=True),
        Column("is_open", Boolean, primary_key=True),
    ]


def _ratio_keys() -> list[Column[Any]]:
    return [
        Column("kind", TEXT, primary_key=True),
        Column("tier", TEXT, primary_key=True),
        Column("edge", BigInteger, primary_key=True, autoincrement=False),
    ]


def _owning_keys() -> list[Column[Any]]:
    return [
        Column("step", TEXT, primary_key=True),
        Column("kind", TEXT, primary_key=True),
        Column("tier", TEXT, primary_key=True),
        Column("edge", BigInteger, primary_key=True, autoincrement=False),
    ]


def _home() -> Column[int]:
    """The partition it is counted in: several processes write one database, each tells of its own partitions."""
    return Column("home", Integer, primary_key=True, autoincrement=False)


def _count() -> Column[int]:
    return Column("count", BigInteger, nullable=False)


def _ratios() -> list[Column[int]]:
    return [Column("endings", BigInteger, nullable=False), Column("total", BigInteger, nullable=False)]


DECISION_COUNTS: Final = Table("decision_counts", METADATA, *_decision_keys(), _home(), _count())
OBLIGATION_COUNTS: Final = Table("obligation_counts", METADATA, *_obligation_keys(), _home(), _count())
RATIO_COUNTS: Final = Table("ratio_counts", METADATA, *_ratio_keys(), _home(), *_ratios())
OWNING_COUNTS: Final = Table("owning_counts", METADATA, *_owning_keys(), _home(), *_ratios())
RUNNING_COUNTS: Final = Table(
    "running_counts",
    METADATA,
    Column("minute", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", TEXT, primary_key=True),
    _count(),
)
"""How many obligations run that are due in a minute; see `monitor.adapters.metrics.time_left`. It has no home: whoever has
what belongs to no partition shows it."""
NONE_RUN: Final = RUNNING_COUNTS.c.count == literal_column("0")
MINUTES_WITHOUT: Final = Index(
    "minutes_without", RUNNING_COUNTS.c.minute, sqlite_where=NONE_RUN, postgresql_where=NONE_RUN
)
"""For those that have passed: their rows go with the next commit, and no others are looked at."""
INTAKE_COUNTS: Final = Table("intake_counts", METADATA, Column("outcome", TEXT, primary_key=True), _home(), _count())

PARTITIONS: Final = Table(
    "partitions",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    Column("owner", TEXT, nullable=False),
    Column("next_offset", BigInteger),
    Column("read_until", BigInteger, nullable=False),
    Column("followed", BigInteger, nullable=False),
)
"""The partitions of the topic of events, whose each is and how far it is read; see `monitor.service.workers.share`."""
VISITS: Final = Table(
    "visits",
    METADATA,
    Column("matter", TEXT, primary_key=True),
    Column("number", BigInteger, nullable=False),
)
"""Matters that somebody else than the owner of their home has written, each with the number of the last time."""
VISITS_BY_NUMBER: Final = Index("visits_by_number", VISITS.c.number)


def _of_origins() -> list[Column[Any]]:
    """The key of what is about a partition of one of the firm's topics."""
    return [
        Column("topic", TEXT, primary_key=True),
        Column("partition", Integer, primary_key=True, autoincrement=False),
    ]


ORIGINS: Final = Table(
    "origins",
    METADATA,
    *_of_origins(),
    *(
        Column(name, BigInteger, nullable=False)
        for name in (
            *("begins_at", "accounted", "asked_below", "open_below", "open_records", "doubt_from", "doubt_until"),
            *("gaps", "read_again", "empty", "lost"),
        )
    ),
)
"""What became of the offsets of the firm's own topics; see `monitor.service.origins.sightings`."""
ORIGIN_BLOCKS: Final = Table(
    "origin_blocks",
    METADATA,
    *_of_origins(),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("seen", LargeBinary, nullable=False),
    Column("earliest", BigInteger, nullable=False),
    Column("latest", BigInteger, nullable=False),
)
LOST_ORIGINS: Final = Table(
    "lost_origins",
    METADATA,
    *_of_origins(),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    *(Column(name, BigInteger, nullable=False) for name in ("end", "starts_at", "ends_at")),
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

CLIENTS: Final = Table(
    "clients",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("place", Integer, nullable=False),
)
SOURCES: Final = Table(
    "sources",
    METADATA,
    Column("name", TEXT, primary_key=True),
    Column("heard_at", BigInteger, nullable=False),
)
NOTES: Final = Table(
    "notes",
    METADATA,
    Column("key", TEXT, primary_key=True),
    Column("value", TEXT, nullable=False),
)

TOKENS: Final = Table(
    "tokens",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("name", TEXT, nullable=False),
    Column("digest", TEXT, nullable=False),
    Column("scopes", TEXT, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("revoked", BigInteger),
)
_LIVE_TOKEN = TOKENS.c.revoked.is_(None)
TOKENS_BY_NAME: Final = Index(
    "tokens_by_name", TOKENS.c.name, unique=True, sqlite_where=_LIVE_TOKEN, postgresql_where=_LIVE_TOKEN
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
RETIRED_DECISION_COUNTS: Final = Table("retired_decision_counts", METADATA, *_decision_keys(), _count())
RETIRED_OBLIGATION_COUNTS: Final = Table("retired_obligation_counts", METADATA, *_obligation_keys(), _count())
RETIRED_RATIO_COUNTS: Final = Table("retired_ratio_counts", METADATA, *_ratio_keys(), *_ratios())
RETIRED_FIGURE_COUNTS: Final = FIGURE_COUNTS.to_metadata(METADATA, name="retired_figure_counts")
RETIRED_OWNING_COUNTS: Final = Table("retired_owning_counts", METADATA, *_owning_keys(), *_ratios())
"""What was counted of rows that are gone: the counts are a recount of the rows that are there, and these."""

REPORTS: Final = Table(
    "reports",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("issued", BigInteger, nullable=False),
    Column("client", TEXT, nullable=False),
    Column("period", TEXT, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    Column("author", TEXT, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""Reports as they were issued, with all they say: they stay when what they tell of is retired."""

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
)
"""What somebody outside is told of; see `monitor.service.notices.notice`."""


def _partial(name: str, column: Column[int], is_in: ColumnElement[bool]) -> Index:
    return Index(name, column, sqlite_where=is_in, postgresql_where=is_in)


NOTICES_BY_OBLIGATION: Final = Index("notices_by_obligation", NOTICES.c.obligation)
NOTICES_BY_CASE: Final = Index("notices_by_case", NOTICES.c.case_id)
NOTICES_BY_OPENING: Final = Index("notices_by_opening", NOTICES.c.opened)
NOTICES_BY_STORM: Final = Index("notices_by_storm", NOTICES.c.storm)
NOTICES_BY_CLOSING: Final = _partial("notices_by_closing", NOTICES.c.closes_at, NOTICES.c.closes_at.is_not(None))
NOTICES_BY_REMINDER: Final = _partial("notices_by_reminder", NOTICES.c.remind_at, NOTICES.c.remind_at.is_not(None))
STANDING: Final = NOTICES.c.resolved.is_(None) & NOTICES.c.storm.is_(None)
"""Notices that are told and not over: what is re-sent."""
STANDING_NOTICES: Final = Index("standing_notices", NOTICES.c.key, sqlite_where=STANDING, postgresql_where=STANDING)

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
UNDELIVERED_MESSAGES: Final = Index(
    "undelivered_messages",
    DELIVERIES.c.receiver,
    DELIVERIES.c.state,
    DELIVERIES.c.try_at,
    sqlite_where=UNDELIVERED,
    postgresql_where=UNDELIVERED,
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

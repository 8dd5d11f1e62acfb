"""Notices, their deliveries and how far the history has been followed, in the database of the journal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, Select, func, or_, select, update

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.database_lock import Writing
from monitor.adapters.journal.driver_errors import translated
from monitor.adapters.journal.lookups import Lookup
from monitor.adapters.journal.recorded import decisions_after
from monitor.adapters.journal.statements import add_to, put_into
from monitor.domain.cases.obligation import Verdict
from monitor.domain.hours.instant import DurationUs, InstantUs
from monitor.domain.promises.promised_amends import STEPS
from monitor.service.notices.announcing import Known
from monitor.service.notices.notice import (
    STORM_WINDOW_US,
    DeliveryRecord,
    DeliveryState,
    NoticeChanges,
    NoticeRecord,
    Phase,
    ShareMark,
    read_mark,
)
from monitor.service.notices.readings import broken_by_name, cause_of
from monitor.service.ports.portions import portions
from monitor.service.ports.records import DecisionRecord

PORTION: Final = 500
"""Values in one question."""
POSITION: Final = "notices"
"""The note with the position up to which decisions have been looked at."""

_NOTICES_OF: Final = Lookup(t.NOTICES.c.obligation, t.NOTICES.columns)
_NOTICES_NAMED: Final = Lookup(t.NOTICES.c.key, t.NOTICES.columns)
_IS_STORM: Final = t.NOTICES.c.obligation.is_(None) & (t.NOTICES.c.folded > 0)
"""Spelled so that the index on obligations finds them."""
_OPEN: Final = t.NOTICES.c.resolved.is_(None)


class NoticeTable:
    """The store port of both notifiers. What is read needs no lock; what is written is written by the one who has it."""

    def __init__(self, engine: Engine, lock: Writing) -> None:
        self._engine = engine
        self._lock = lock
        dialect = engine.dialect
        self._notices = put_into(t.NOTICES, dialect)
        self._deliveries = put_into(t.DELIVERIES, dialect)
        self._counts = add_to(t.NOTICE_COUNTS, dialect)
        self._notes = put_into(t.NOTES, dialect)

    # Decisions

    def position(self) -> int | None:
        value = self._note(POSITION)
        return None if value is None else int(value)

    def _note(self, key: str) -> str | None:
        with translated(), self._engine.connect() as connection:
            return connection.scalar(select(t.NOTES.c.value).where(t.NOTES.c.key == key))

    def decisions_after(self, position: int, limit: int) -> list[DecisionRecord]:
        with translated(), self._engine.connect() as connection:
            return decisions_after(connection, position, limit)

    def standing_decisions(self) -> tuple[list[DecisionRecord], int]:
        row = t.OBLIGATIONS.c
        is_warned = (row.verdict == Verdict.RUNNING.value) & (row.warnings > 0)
        is_standing = row.is_open & (row.verdict.in_([Verdict.BROKEN.value, Verdict.UNKNOWN.value]) | is_warned)
        joined = t.DECISIONS.join(t.OBLIGATIONS, row.decision == t.DECISIONS.c.position)
        asked = select(t.DECISIONS).select_from(joined).where(is_standing).order_by(t.DECISIONS.c.position)
        with translated(), self._engine.connect() as connection, connection.begin():
            last = connection.scalar(select(func.max(t.DECISIONS.c.position))) or 0
            return [DecisionRecord._make(found) for found in connection.execute(asked)], last

    # Notices

    def known_of(self, decisions: Sequence[DecisionRecord], now: InstantUs) -> Known:
        broken = {name for decision in decisions if (name := broken_by_name(decision)) is not None}
        obligations = {decision.obligation for decision in decisions} | broken
        causes = sorted({cause for decision in decisions if (cause := cause_of(decision))})
        with translated(), self._engine.connect() as connection, connection.begin():
            known = self._known(connection, self._looked_up(connection, _NOTICES_OF, obligations), now, causes)
            known.owed = self._owed(connection, {decision.case_id for decision in decisions})
        return known

    def _known(
        self, connection: Connection, notices: list[NoticeRecord], now: InstantUs, causes: Sequence[str] = ()
    ) -> Known:
        """These notices, their storms and those that gather more, and how many opened lately."""
        row = t.NOTICES.c
        is_recent = row.opened > now - STORM_WINDOW_US
        of_cause = row.cause.in_(causes)
        gathering = self._notices_where(connection, _IS_STORM & _OPEN & or_(is_recent, of_cause))
        storms = {storm.key: storm for storm in [*gathering, *self._storms_of(connection, notices)]}
        lately = self._numbers(connection, is_recent & (row.cause == ""))
        return Known(notices, storms, lately | (self._numbers(connection, of_cause) if causes else {}))

    @staticmethod
    def _owed(connection: Connection, cases: Collection[str]) -> frozenset[str]:
        row, found, listed = t.OBLIGATIONS.c, set(), sorted(cases)
        is_owed = row.is_open & row.kind.in_([step.value for step in STEPS])
        for portion in portions(listed, PORTION):
            asked = select(row.case_id, row.occasion).where(row.case_id.in_(portion), is_owed)
            found |= {f"{case}/{occasion}" for case, occasion in connection.execute(asked)}
        return frozenset(found)

    def _numbers(self, connection: Connection, where: ColumnElement[bool]) -> dict[tuple[str, str], int]:
        row = t.NOTICES.c
        asked = select(row.kind, row.cause, func.count()).where(where, row.folded == 0)
        return {(found[0], found[1]): found[2] for found in connection.execute(asked.group_by(row.kind, row.cause))}

    # Shares

    def share_mark(self, note: str) -> ShareMark | None:
        value = self._note(note)
        return None if value is None else read_mark(value)

    def known_as(self, keys: Collection[str], now: InstantUs) -> Known:
        with translated(), self._engine.connect() as connection, connection.begin():
            return self._known(connection, self._looked_up(connection, _NOTICES_NAMED, keys), now)

    # What the clock asks for

    def to_close(self, now: InstantUs, limit: int) -> list[NoticeRecord]:
        row = t.NOTICES.c
        return self._read(select(t.NOTICES).where(row.closes_at <= now).order_by(row.closes_at).limit(limit))

    def to_remind(self, now: InstantUs, limit: int) -> list[NoticeRecord]:
        row = t.NOTICES.c
        return self._read(select(t.NOTICES).where(row.remind_at <= now).order_by(row.remind_at).limit(limit))

    def storms_of(self, notices: Sequence[NoticeRecord]) -> Known:
        with translated(), self._engine.connect() as connection:
            storms = {storm.key: storm for storm in self._storms_of(connection, notices)}
        return Known(notices, storms | {notice.key: notice for notice in notices if notice.is_storm})

    def standing(self, kinds: Collection[str], after: str, limit: int) -> list[NoticeRecord]:
        row = t.NOTICES.c
        asked = select(t.NOTICES).where(t.STANDING, row.kind.in_(sorted(kinds)), row.key > after)
        return self._read(asked.order_by(row.key).limit(limit))

    def named(self, keys: Collection[str]) -> dict[str, NoticeRecord]:
        with translated(), self._engine.connect() as connection:
            return {notice.key: notice for notice in self._looked_up(connection, _NOTICES_NAMED, keys)}

    def _storms_of(self, connection: Connection, notices: Iterable[NoticeRecord]) -> list[NoticeRecord]:
        return self._looked_up(connection, _NOTICES_NAMED, {notice.storm for notice in notices if notice.storm})

    def _looked_up(self, connection: Connection, lookup: Lookup, values: Collection[str]) -> list[NoticeRecord]:
        listed, asked = sorted(values), lookup.select_for(self._engine.dialect)
        found: list[NoticeRecord] = []
        for portion in portions(listed, PORTION):
            found += map(NoticeRecord._make, connection.execute(asked, {"values": portion}))
        return found

    @staticmethod
    def _notices_where(connection: Connection, where: ColumnElement[bool]) -> list[NoticeRecord]:
        return [NoticeRecord._make(row) for row in connection.execute(select(t.NOTICES).where(where))]

    def _read(self, asked: Select[Any]) -> list[NoticeRecord]:
        with translated(), self._engine.connect() as connection:
            return [NoticeRecord._make(row) for row in connection.execute(asked)]

    # Deliveries

    def due_deliveries(self, receiver: str, now: InstantUs, limit: int) -> list[DeliveryRecord]:
        row, earlier = t.DELIVERIES.c, t.DELIVERIES.alias().c
        is_before = (earlier.notice == row.notice) & (earlier.receiver == row.receiver) & (earlier.place < row.place)
        waits_for = select(earlier.notice).where(is_before, earlier.state == DeliveryState.WAITING.value).exists()
        is_due = t.WAITING & (row.receiver == receiver) & (row.try_at <= now)
        asked = select(t.DELIVERIES).where(is_due, ~waits_for).order_by(row.try_at, row.notice).limit(limit)
        with translated(), self._engine.connect() as connection:
            return [DeliveryRecord._make(found) for found in connection.execute(asked)]

    # Writing

    def write(self, changes: NoticeChanges) -> None:
        with translated(), self._lock.writing() as connection, connection.begin():
            self._notices.execute(connection, list(changes.notices.values()))
            self._deliveries.execute(connection, changes.deliveries)
            self._counts.execute(connection, [(*key, count) for key, count in changes.counts.items()])
            if changes.position is not None:
                self._notes.execute(connection, [(POSITION, str(changes.position))])
            self._notes.execute(connection, [(note, mark.written) for note, mark in changes.marks.items()])

    def record(self, changes: NoticeChanges, *, hold: DurationUs) -> None:
        """What became of tries. An end that waited for its beginning is held back for `hold` after that was delivered."""
        began = [
            each
            for each in changes.deliveries
            if each.state == DeliveryState.DELIVERED.value and each.phase.startswith((Phase.OPENED, Phase.REOPENED))
        ]
        with translated(), self._lock.writing() as connection, connection.begin():
            self._deliveries.execute(connection, changes.deliveries)
            self._counts.execute(connection, [(*key, count) for key, count in changes.counts.items()])
            for each in began if hold else ():
                connection.execute(_held_back(each, hold))


def _held_back(began: DeliveryRecord, hold: DurationUs) -> Any:
    row = t.DELIVERIES.c
    waits = t.WAITING & (row.notice == began.notice) & (row.receiver == began.receiver) & (row.place > began.place)
    until = (began.ended or 0) + hold
    return update(t.DELIVERIES).where(waits, row.try_at < until).values(try_at=until)

"""Notices and messages for whoever lists them, and what was given up tried again; beside a Kept that runs, or without one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Connection, Engine, select, type_coerce, update

from monitor.adapters.answers.pages import Plan, Row, Stage
from monitor.adapters.answers.plans import Scene
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.canary_rows import without_canary
from monitor.adapters.journal.database import WRITING
from monitor.adapters.journal.driver_errors import translated
from monitor.domain.figures.shares import as_ratio, millionths_of
from monitor.domain.hours.instant import InstantUs
from monitor.errors import TransientError
from monitor.service.notices.notice import DeliveryRecord, DeliveryState, NoticeRecord
from monitor.service.ports.portions import portions
from monitor.wire.questions.parameters import NoticeParameters
from monitor.wire.shown.optional import instant_or_none

AT_ONCE: Final = 300
"""Notices in one statement."""
TRIES: Final = 20
"""How often a lock that another process has is waited for, each time as long as the database does."""


def notices(asked: NoticeParameters, scene: Scene) -> Plan:
    """Notices as they are now, with what became of their messages; those folded into a storm only where it is named."""
    row = t.NOTICES.c
    wanted: list[ColumnElement[bool]] = [
        column == value
        for column, value in ((row.client, asked.client), (row.case_id, asked.case))
        if value is not None
    ]
    wanted += without_canary(row.client, asked.client)
    if asked.storm is not None:
        wanted.append(row.storm == asked.storm)
    elif asked.state == "open":
        wanted.append(t.STANDING | row.key.in_(select(t.DELIVERIES.c.notice).where(t.UNDELIVERED)))
    else:
        wanted += [row.storm.is_(None), *([row.resolved.is_not(None)] if asked.state == "resolved" else [])]
    newest_first = Stage((type_coerce(-row.opened, BigInteger), row.key))
    return Plan(select(t.NOTICES).where(*wanted), [newest_first], lambda rows: _rows(scene.known.connection, rows))


def retry_given_up(engine: Engine, now: InstantUs) -> int:
    """Tries what was given up again, for as long as if it were new; says how many messages that are."""
    again = {"state": DeliveryState.WAITING.value, "created": now, "try_at": now, "tries": 0, "ended": None}
    statement = update(t.DELIVERIES).where(t.GIVEN_UP).values(again)
    writing = engine.execution_options(**WRITING)

    def write() -> int:
        with translated(), writing.begin() as connection:
            return connection.execute(statement).rowcount

    for _ in range(TRIES - 1):
        with suppress(TransientError):
            return write()
    return write()


def _rows(connection: Connection, rows: Sequence[Any]) -> list[Row]:
    found = [NoticeRecord._make(row[: len(NoticeRecord._fields)]) for row in rows]
    messages = _messages(connection, [notice.key for notice in found])
    return [_shown(notice, messages.get(notice.key, [])) for notice in found]


def _messages(connection: Connection, keys: Sequence[str]) -> dict[str, list[DeliveryRecord]]:
    """The messages about these notices."""
    by_notice: dict[str, list[DeliveryRecord]] = {}
    for portion in portions(keys, AT_ONCE):
        asked = select(t.DELIVERIES).where(t.DELIVERIES.c.notice.in_(portion))
        for row in connection.execute(asked.order_by(t.DELIVERIES.c.receiver, t.DELIVERIES.c.place)):
            by_notice.setdefault(row.notice, []).append(DeliveryRecord._make(row))
    return by_notice


def _shown(notice: NoticeRecord, messages: Sequence[DeliveryRecord]) -> Row:
    taken = [each for each in messages if each.state == DeliveryState.DELIVERED]
    faults = [f"{each.receiver}: {each.fault}" for each in messages if each not in taken and each.fault]
    told_at = min((each.ended for each in taken if each.ended is not None), default=None)
    return {
        "notice": notice.key,
        "kind": notice.kind,
        "client": notice.client,
        "case": notice.case_id,
        "obligation": notice.obligation,
        "promise": notice.promise,
        "promise_kind": notice.promise_kind,
        "tier": notice.tier or None,
        "holder": notice.holder or None,
        "grade": notice.grade or None,
        "says": notice.says,
        "version": notice.version,
        "period": notice.period or None,
        "promised": as_ratio(notice.promised),
        "delivered": as_ratio(millionths_of(notice.kept or 0, notice.counted or 0)),
        "due": instant_or_none(notice.due),
        "opened": instant_or_none(notice.opened),
        "resolved": instant_or_none(notice.resolved),
        "state": "open" if notice.is_open else "resolved",
        "reason": notice.reason,
        "storm": notice.storm,
        "folded": notice.folded,
        "left": notice.left,
        "told": ",".join(dict.fromkeys(each.receiver for each in taken)),
        "told_at": instant_or_none(told_at),
        "undelivered": len(faults),
        "fault": faults[0] if faults else "",
    }

"""Notices and messages for whoever lists them, and what was given up tried again; beside a Kept that runs, or without one."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from sqlalchemy import Engine, select, update

from monitor.adapters import tables as t
from monitor.adapters.database import WRITING
from monitor.adapters.driver_errors import translated
from monitor.domain.instant import InstantUs, format_instant
from monitor.errors import TransientError
from monitor.service.notices import DeliveryRecord, DeliveryState, NoticeRecord

NOTICE_COLUMNS: Final = (
    *("notice", "kind", "client", "case", "promise", "holder", "due", "opened", "state"),
    *("storm", "folded", "left", "undelivered", "fault"),
)
TRIES: Final = 20
"""How often a lock that another process has is waited for, each time as long as the database does."""


def open_notices(engine: Engine, limit: int) -> list[dict[str, Any]]:
    """What stands, and what was not delivered, the newest first; those folded into a storm left out. Raises TransientError."""
    row = t.NOTICES.c
    failed = row.key.in_(select(t.DELIVERIES.c.notice).where(t.UNDELIVERED, t.DELIVERIES.c.fault != ""))
    return _rows(engine, t.STANDING | failed, limit)


def folded_notices(engine: Engine, storm: str, limit: int) -> list[dict[str, Any]]:
    """Those that were folded into a storm, the newest first. Raises TransientError."""
    return _rows(engine, t.NOTICES.c.storm == storm, limit)


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


def _rows(engine: Engine, where: Any, limit: int) -> list[dict[str, Any]]:
    row = t.NOTICES.c
    asked = select(t.NOTICES).where(where).order_by(row.opened.desc(), row.key).limit(limit)
    with translated(), engine.connect() as connection:
        notices = [NoticeRecord._make(found) for found in connection.execute(asked)]
        undelivered = select(t.DELIVERIES).where(t.UNDELIVERED)
        messages = [DeliveryRecord._make(found) for found in connection.execute(undelivered)]
    by_notice: dict[str, list[DeliveryRecord]] = {}
    for message in messages:
        by_notice.setdefault(message.notice, []).append(message)
    return [_shown(notice, by_notice.get(notice.key, [])) for notice in notices]


def _shown(notice: NoticeRecord, undelivered: list[DeliveryRecord]) -> dict[str, Any]:
    faults = [f"{each.receiver}: {each.fault}" for each in undelivered if each.fault]
    return {
        "notice": notice.key,
        "kind": notice.kind,
        "client": notice.client,
        "case": notice.case_id,
        "promise": notice.promise,
        "holder": notice.holder,
        "due": None if notice.due is None else format_instant(notice.due),
        "opened": format_instant(notice.opened),
        "state": "open" if notice.is_open else "resolved",
        "storm": notice.storm,
        "folded": notice.folded,
        "left": notice.left,
        "undelivered": len(faults),
        "fault": faults[0] if faults else "",
    }

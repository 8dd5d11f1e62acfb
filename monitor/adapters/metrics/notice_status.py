"""What is on record about notices, for metrics and for whoever lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, func, select

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.driver_errors import translated
from monitor.domain.hours.instant import FOREVER_US, InstantUs
from monitor.service.notices.notice import NoticeCount, NoticeKind

_CANARY: Final = NoticeKind.CANARY.value
_REAL: Final = t.NOTICES.c.kind != _CANARY
_REAL_MESSAGE: Final = t.DELIVERIES.c.kind != _CANARY


@dataclass(frozen=True, slots=True)
class NoticeStatus:
    """Counts since ever; what stands, by kind; what is not delivered, by receiver; how far behind the history it is."""

    counts: Mapping[NoticeCount, int]
    standing: Mapping[str, int]
    undelivered: Mapping[str, int]
    earliest_undelivered: InstantUs
    given_up: int
    receivers: Sequence[str] = ()
    behind: int = 0


def notice_status(engine: Engine, now: InstantUs, followed: tuple[Sequence[str], int] | None = None) -> NoticeStatus:
    """`followed`: who is told, and up to which position of the history; None where nobody is. Raises TransientError."""
    receivers, position = followed or ((), None)
    with translated(), engine.connect() as connection:
        counted = connection.execute(select(t.NOTICE_COUNTS))
        counts = {NoticeCount._make(row[:-1]): int(row[-1]) for row in counted if row.kind != _CANARY}
        kind, receiver = t.NOTICES.c.kind, t.DELIVERIES.c.receiver
        standing = connection.execute(select(kind, func.count()).where(t.STANDING, _REAL).group_by(kind)).all()
        is_due = t.WAITING & _REAL_MESSAGE & ((t.DELIVERIES.c.tries > 0) | (t.DELIVERIES.c.try_at <= now))
        due = select(receiver, func.count(), func.min(t.DELIVERIES.c.created)).where(is_due).group_by(receiver)
        undelivered = connection.execute(due).all()
        given_up = (
            connection.scalar(select(func.count()).select_from(t.DELIVERIES).where(t.GIVEN_UP, _REAL_MESSAGE)) or 0
        )
        last = 0 if position is None else connection.scalar(select(func.max(t.DECISIONS.c.position))) or 0
    return NoticeStatus(
        counts,
        {row[0]: row[1] for row in standing},
        {row[0]: row[1] for row in undelivered},
        min((row[2] for row in undelivered), default=FOREVER_US),
        given_up,
        receivers,
        max(0, last - (last if position is None else position)),
    )

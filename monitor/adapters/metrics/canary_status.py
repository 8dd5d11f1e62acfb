"""When the canary was last seen broken, and last told of: what shows that breaches come through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from prometheus_client.metrics_core import Metric
from sqlalchemy import Engine, case, func, select

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.canary_rows import is_case_of_canary
from monitor.adapters.journal.driver_errors import translated
from monitor.adapters.metrics.series import gauge, gauges
from monitor.conventions import own_metrics
from monitor.domain.cases.decisions import DecisionType
from monitor.domain.hours.instant import SECOND_US, InstantUs
from monitor.service.notices.notice import DeliveryState, NoticeKind, Phase


class CanaryStatus(NamedTuple):
    """When the canary was last decided to be broken, and when each receiver was last told of that; 0: not on record."""

    broken_at: InstantUs
    told_at: dict[str, InstantUs]


def canary_status(engine: Engine, receivers: Sequence[str] = ()) -> CanaryStatus:
    """What is on record of the canary; `receivers` are those who should hear of it, beside those who were to be told.

    Raises TransientError.
    """
    decided, told = t.DECISIONS.c, t.DELIVERIES.c
    is_broken = is_case_of_canary(decided.case_id) & (decided.type == DecisionType.BROKEN.value)
    was_told = (told.state == DeliveryState.DELIVERED.value) & told.phase.startswith(Phase.OPENED.value)
    last = select(told.receiver, func.max(case((was_told, told.ended), else_=0)))
    of_canary = last.where(is_case_of_canary(told.case_id), told.kind == NoticeKind.CANARY.value)
    with translated(), engine.connect() as connection:
        broken_at = connection.scalar(select(func.max(decided.recorded)).where(is_broken))
        known = {receiver: int(at) for receiver, at in connection.execute(of_canary.group_by(told.receiver))}
    return CanaryStatus(int(broken_at or 0), dict.fromkeys(receivers, 0) | known)


def canary_series(status: CanaryStatus) -> Iterator[Metric]:
    """Timestamps, not ages: they grow old also where nobody moves them."""
    yield gauge(own_metrics.CANARY_BROKEN, status.broken_at / SECOND_US)
    yield gauges(own_metrics.CANARY_TOLD, {(name,): at / SECOND_US for name, at in status.told_at.items()})

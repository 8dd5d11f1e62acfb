"""Alertmanager's API, version 2: an alert for each notice that stands, told again before it would be taken for over.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml, `POST /api/v2/alerts`. Alerts with the same
labels are one alert, so that telling twice changes nothing. `endsAt` lies ahead while a notice stands: should Kept be gone
for good, the alert ends then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson

from monitor.adapters.outbound.egress import Answer, Egress
from monitor.conventions.media_types import JSON
from monitor.domain.hours.instant import MINUTE_US, DurationUs, InstantUs, format_instant
from monitor.errors import TransientError
from monitor.service.notices.content import Links, content_of
from monitor.service.notices.courier import Message
from monitor.service.notices.notice import NoticeRecord, Phase, Receiver

LIVES_US: Final[DurationUs] = 10 * MINUTE_US
"""An alert that is not told again ends after this long: ten times as long as it takes to be told again."""
PATH: Final = "/api/v2/alerts"

_WRONG: Final = 400


class Alertmanager:
    """One Alertmanager."""

    messages_a_round: Final = 200

    def __init__(self, receiver: Receiver, url: str, egress: Egress, links: Links, *, token: str | None = None) -> None:
        """`url` is where it is, without the path of the API; `token` is shown to whatever stands before it."""
        self.receiver = receiver
        self._url = url.rstrip("/") + PATH
        self._egress = egress
        self._links = links
        self._headers = {"content-type": JSON} | ({} if token is None else {"authorization": f"Bearer {token}"})

    def send(self, messages: Sequence[Message], now: InstantUs) -> list[str]:
        """Tells of what opened and what is over; what is refused together is told one by one."""
        alerts = [
            self._alert(each.notice, now, is_over=each.delivery.phase.startswith(Phase.RESOLVED)) for each in messages
        ]
        return self._send(alerts)

    def resend(self, notices: Sequence[NoticeRecord], now: InstantUs) -> None:
        """Tells of what stands."""
        faults = self._send([self._alert(notice, now, is_over=False) for notice in notices])
        failed = [fault for fault in faults if fault]
        if failed:
            raise TransientError(failed[0])

    def _send(self, alerts: list[dict[str, Any]]) -> list[str]:
        try:
            answer = self._egress.post(self._url, orjson.dumps(alerts), self._headers)
        except TransientError as error:
            return [str(error)] * len(alerts)
        if answer.status == _WRONG and len(alerts) > 1:
            middle = len(alerts) // 2
            return [*self._send(alerts[:middle]), *self._send(alerts[middle:])]
        return [_fault(answer)] * len(alerts)

    def _alert(self, notice: NoticeRecord, now: InstantUs, *, is_over: bool) -> dict[str, Any]:
        content = content_of(notice, self._links, now)
        ends_at = max(notice.resolved or now, notice.starts_at) if is_over else max(now, notice.starts_at) + LIVES_US
        alert = {
            "labels": content.labels,
            "annotations": content.annotations,
            "startsAt": format_instant(notice.starts_at),
            "endsAt": format_instant(ends_at),
        }
        source = content.annotations.get("case_url") or content.annotations.get("shares_url")
        return alert if source is None else {**alert, "generatorURL": source}


def _fault(answer: Answer) -> str:
    return "" if answer.is_taken else f"found {answer}, expected 200"

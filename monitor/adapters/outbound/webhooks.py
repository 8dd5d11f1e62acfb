"""Signed webhooks as Standard Webhooks has them: https://github.com/standard-webhooks/standard-webhooks, version 1.

    webhook-id          the same for every try: whoever gets it twice can tell
    webhook-timestamp   seconds since the epoch, of this try; receivers refuse what is old
    webhook-signature   `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, one for each secret, separated by spaces

While a secret is changed there are two, and a receiver that knows either is content.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

import orjson

from monitor.adapters.machine.daemon_threads import in_parallel
from monitor.adapters.outbound.egress import Egress
from monitor.conventions.media_types import JSON
from monitor.domain.hours.instant import SECOND_US, InstantUs, format_instant
from monitor.errors import TransientError
from monitor.service.notices.content import Links, content_of
from monitor.service.notices.courier import Message
from monitor.service.notices.notice import NoticeRecord, Phase, Receiver

UNDER_WAY: Final = 8
"""Requests to one receiver at a time."""
SECRET_PREFIX: Final = "whsec_"  # noqa: S105  what secrets begin with, not one
SECRET_BYTES: Final = range(24, 65)
"""How long a key may be (Standard Webhooks, "Signature scheme")."""


class Webhook:
    """One address that is told."""

    messages_a_round: Final = 2 * UNDER_WAY

    def __init__(self, receiver: Receiver, url: str, secrets: Sequence[bytes], egress: Egress, links: Links) -> None:
        self.receiver = receiver
        self._url = url
        self._secrets = list(secrets)
        self._egress = egress
        self._links = links

    def send(self, messages: Sequence[Message], now: InstantUs) -> list[str]:
        """Posts each message."""
        return in_parallel(lambda message: self._send(message, now), messages, UNDER_WAY)

    def resend(self, notices: Sequence[NoticeRecord], now: InstantUs) -> None:
        """Whoever is told every message needs no repetition."""

    def _send(self, message: Message, now: InstantUs) -> str:
        body = orjson.dumps(self._body(message, now))
        headers = signed_headers(message.delivery.message_id, now // SECOND_US, body, self._secrets)
        try:
            answer = self._egress.post(self._url, body, {"content-type": JSON, **headers})
        except TransientError as error:
            return str(error)
        return "" if answer.is_taken else f"found {answer}, expected 2xx"

    def _body(self, message: Message, now: InstantUs) -> dict[str, Any]:
        delivery, notice = message
        phase, _, number = delivery.phase.partition("-")
        content = content_of(notice, self._links, now)
        standing = "resolved" if phase == Phase.RESOLVED else "standing"
        data = {
            "notice": notice.key,
            "phase": phase,
            "number": int(number or 0),
            "state": standing,
            "starts_at": format_instant(notice.starts_at),
            "labels": content.labels,
            "annotations": content.annotations,
        }
        return {"type": f"notice.{phase}", "timestamp": format_instant(delivery.created), "data": data}


def signed_headers(message_id: str, at_seconds: int, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """The three headers of Standard Webhooks."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_seconds),
        "webhook-signature": " ".join(signature(message_id, at_seconds, body, secret) for secret in secrets),
    }


def signature(message_id: str, at_seconds: int, body: bytes, secret: bytes) -> str:
    """`v1,` and the signature of a message; `secret` is the key itself."""
    signed = f"{message_id}.{at_seconds}.".encode() + body
    return "v1," + b64encode(hmac.digest(secret, signed, sha256)).decode()


def read_secret(text: str) -> bytes:
    """The key in `whsec_...`; raises ValueError, which does not repeat it."""
    expected = f"expected {SECRET_PREFIX} and base64 of {SECRET_BYTES[0]} to {SECRET_BYTES[-1]} random bytes"
    stripped = text.strip()
    try:
        key = b64decode(stripped.removeprefix(SECRET_PREFIX), validate=True)
    except (NoBase64, ValueError):
        raise ValueError(f"found no secret, {expected}") from None
    if not stripped.startswith(SECRET_PREFIX) or len(key) not in SECRET_BYTES:
        raise ValueError(f"found another text, {expected}")
    return key

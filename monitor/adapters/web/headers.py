"""What every answer tells browsers, and whoever keeps copies of answers, not to do."""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""An answer may say otherwise by a header of its own. There is no `Access-Control-Allow-Origin`: pages from elsewhere get nothing."""


class SecurityHeaders:
    """An application whose answers all carry them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                said = {name for name, _ in headers}
                headers += [header for header in SECURITY_HEADERS if header[0] not in said]
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, send_with_headers)

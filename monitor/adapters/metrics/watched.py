"""What a process without doors of its own lets others see: its metrics, that it is alive, and whether it gets on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from monitor.adapters.metrics.exposition import CONTENT_TYPE, Exposition
from monitor.errors import TransientError


def watched(exposition: Exposition, is_ready: Callable[[], bool] = lambda: True) -> Starlette:
    """An application with `/metrics`, `/healthz` and `/readyz`, for an address that only the machine or its network reaches.

    Metrics that can't be told just now are answered by 503.
    """

    async def show_metrics(_: Request) -> Response:
        try:
            text = await asyncio.to_thread(exposition.text)
        except TransientError as error:
            return PlainTextResponse(f"{error}\n", 503)
        return Response(text, headers={"Content-Type": CONTENT_TYPE})

    async def say_alive(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def say_ready(_: Request) -> Response:
        return PlainTextResponse("ready\n") if is_ready() else PlainTextResponse("not ready\n", 503)

    return Starlette(
        routes=[Route("/metrics", show_metrics), Route("/healthz", say_alive), Route("/readyz", say_ready)]
    )

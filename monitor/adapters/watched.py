"""What a process without doors of its own lets others see: its metrics, and that it is alive."""

from __future__ import annotations

import asyncio

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from monitor.adapters.exposition import CONTENT_TYPE, Exposition


def watched(exposition: Exposition) -> Starlette:
    """An application with `/metrics` and `/healthz`, for an address that only the machine or its network reaches."""

    async def show_metrics(_: Request) -> Response:
        text = await asyncio.to_thread(exposition.text)
        return Response(text, headers={"Content-Type": CONTENT_TYPE})

    return Starlette(routes=[Route("/metrics", show_metrics), Route("/healthz", _say_alive)])


async def _say_alive(_: Request) -> Response:
    return PlainTextResponse("ok\n")

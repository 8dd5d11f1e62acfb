"""How Kept is: for load balancers, for Prometheus, and the document that describes all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import orjson
from starlette.requests import Request
from starlette.responses import Response

from monitor.adapters.exposition import CONTENT_TYPE, Exposition
from monitor.adapters.web_problems import json_response
from monitor.adapters.web_ways import Answer
from monitor.conventions import JSON
from monitor.service.agenda import Agenda
from monitor.wire.openapi import openapi


class Health:
    """Answers whoever watches the process."""

    def __init__(self, exposition: Exposition, agenda: Agenda, is_writable: Callable[[], Awaitable[bool]]) -> None:
        self._exposition = exposition
        self._agenda = agenda
        self._is_writable = is_writable

    def answers(self) -> dict[str, Answer]:
        """What answers each operation."""
        return {
            "metrics": self.show_metrics,
            "health": self.say_alive,
            "readiness": self.say_ready,
            "openapi": self.describe,
        }

    async def show_metrics(self, _: Request) -> Response:
        """The series, for Prometheus."""
        text = await asyncio.to_thread(self._exposition.text)
        return Response(text, media_type=None, headers={"content-type": CONTENT_TYPE})

    async def say_alive(self, _: Request) -> Response:
        """That the process answers."""
        return json_response({"status": "alive"})

    async def say_ready(self, _: Request) -> Response:
        """Whether events can be committed and deadlines are watched."""
        checks = {"store": await self._is_writable(), "agenda": self._agenda.is_alive()}
        return json_response({"ready": all(checks.values()), **checks}, 200 if all(checks.values()) else 503)

    async def describe(self, _: Request) -> Response:
        """The OpenAPI document."""
        return Response(await asyncio.to_thread(lambda: orjson.dumps(openapi())), media_type=JSON)

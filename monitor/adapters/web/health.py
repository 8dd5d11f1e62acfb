"""How Kept is: for load balancers, for Prometheus, and the document that describes all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import orjson
from starlette.requests import Request
from starlette.responses import Response

from monitor.adapters.metrics.exposition import CONTENT_TYPE, Exposition
from monitor.adapters.web.problems import json_response
from monitor.adapters.web.ways import Answer
from monitor.conventions.media_types import JSON
from monitor.wire.interface.openapi import openapi

Checks: TypeAlias = Mapping[str, Callable[[], Awaitable[bool]]]
"""What must be well for a Kept to be of use, each under its name."""


class Health:
    """Answers whoever watches the process."""

    def __init__(self, exposition: Exposition, checks: Checks) -> None:
        self._exposition = exposition
        self._checks = checks

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
        """Whether all is well that this process needs."""
        found = {name: await is_well() for name, is_well in self._checks.items()}
        return json_response({"ready": all(found.values()), **found}, 200 if all(found.values()) else 503)

    async def describe(self, _: Request) -> Response:
        """The OpenAPI document."""
        return Response(await asyncio.to_thread(lambda: orjson.dumps(openapi())), media_type=JSON)

"""Kept over HTTP: events in, metrics, health and open obligations out. Errors are problems as RFC 9457 has them.

What a sender of events is told, always after the commit:

    200   all was taken, or was known already
    207   some was taken, some can't be read: `rejected` says which, by index; sending it again will not help
    400   nothing in it can be read; the bytes are kept among the dead letters
    401   no valid token; 403 a token without the scope `ingest` (`monitor/adapters/web_gate.py`)
    413   too long: 1 MiB an event, 16 MiB a batch; it was not read on
    415   no CloudEvent, no batch and no JSON Lines
    503   not now, for the store does not work or too much is waiting: `Retry-After` says when; sending all of it again is safe
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from monitor.adapters.byte_budget import ByteBudget
from monitor.adapters.open_obligations import MOST_ROWS, open_obligations
from monitor.adapters.prometheus import Exposition
from monitor.adapters.web_bodies import MEDIA_TYPES, arrivals_of, form_of
from monitor.adapters.web_gate import Gate, GuardedRoute, Way
from monitor.adapters.web_problems import HANDLERS, Problem, json_response
from monitor.service.agenda import Agenda
from monitor.service.arrivals import Arrival, Receipt, Rejection, receipt_of
from monitor.service.pipeline import Pipeline
from monitor.service.ports import Clock
from monitor.service.tokens import Scope

BODY_SECONDS: Final = 30
"""How long a sender may take to send a body."""


@dataclass(frozen=True, slots=True)
class Doors:
    """What requests are handed on to."""

    pipeline: Pipeline
    agenda: Agenda
    clock: Clock
    exposition: Exposition
    engine: Engine
    is_writable: Callable[[], Awaitable[bool]]
    gate: Gate
    has_open_metrics: bool = False


class Application:
    """The requests Kept answers."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._budget = ByteBudget()

    def starlette(self) -> Starlette:
        """The ASGI application."""
        routes = [GuardedRoute(way, self._doors.gate) for way in self.ways()]
        return Starlette(routes=routes, exception_handlers=HANDLERS)

    def ways(self) -> list[Way]:
        """Every route, with what it needs."""
        return [
            Way("POST", "/v1/events", Scope.INGEST, self.take_events),
            Way("POST", "/v1/caught-up", Scope.INGEST, self.end_catching_up),
            Way("GET", "/v1/obligations", Scope.READ, self.list_obligations),
            Way("GET", "/metrics", None if self._doors.has_open_metrics else Scope.READ, self.show_metrics),
            Way("GET", "/healthz", None, self.say_alive),
            Way("GET", "/readyz", None, self.say_ready),
        ]

    # Events

    async def take_events(self, request: Request) -> Response:
        """Takes the events in a request; see the top of this module."""
        form = form_of(request.headers)
        if form is None:
            found = request.headers.get("content-type", "none")
            expected = f"{', '.join(MEDIA_TYPES)}, or ce- headers"
            raise Problem(415, "Not a form of events", f"found content type {found}, expected {expected}")
        catching_up = request.query_params.get("catching_up") == "true"
        if catching_up:
            self._doors.agenda.note_catching_up()
        host = request.client.host if request.client else "unknown"
        _refuse_too_long(request, form.longest_bytes)
        with self._budget.share() as take:
            body = await _read_body(request, form.longest_bytes, take)
            arrivals = arrivals_of(form, request.headers, body, Arrival(b"", f"http {host}", catching_up))
            receipt = receipt_of(await self._doors.pipeline.submit(arrivals))
        return _answer_receipt(receipt)

    async def end_catching_up(self, _: Request) -> Response:
        """Whoever sent the past is done: what time alone broke in it may be judged."""
        await self._doors.agenda.release()
        return Response(status_code=204)

    # Answers

    async def list_obligations(self, request: Request) -> Response:
        """The open obligations, soonest due first."""
        if request.query_params.get("state", "open") != "open":
            found = request.query_params["state"]
            raise Problem(400, "Unknown state", f"found state={found}, expected state=open")
        limit = _limit(request.query_params.get("limit"))
        now = self._doors.clock.now()
        rows = await asyncio.to_thread(open_obligations, self._doors.engine, now, limit)
        return json_response({"obligations": rows})

    async def show_metrics(self, request: Request) -> Response:
        """The series, for Prometheus."""
        accept = request.headers.get("accept", "")
        text, content_type = await asyncio.to_thread(self._doors.exposition.text, accept)
        return Response(text, media_type=None, headers={"content-type": content_type})

    async def say_alive(self, _: Request) -> Response:
        """That the process answers."""
        return json_response({"status": "alive"})

    async def say_ready(self, _: Request) -> Response:
        """Whether events can be committed and deadlines are watched."""
        checks = {"store": await self._doors.is_writable(), "agenda": self._doors.agenda.is_alive()}
        return json_response({"ready": all(checks.values()), **checks}, 200 if all(checks.values()) else 503)


def _refuse_too_long(request: Request, longest: int) -> None:
    """Raises Problem where a body says of itself that it is too long: it need not be read for that."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal():
        raise Problem(400, "Bad request", f"found content length {declared}, expected a number of bytes")
    if int(declared) > longest:
        raise _too_long(declared, longest)


async def _read_body(request: Request, longest: int, take: Callable[[int], None]) -> bytes:
    pieces, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                size += len(piece)
                if size > longest:
                    raise _too_long(f"{size} or more", longest)
                take(len(piece))
                pieces.append(piece)
    except TimeoutError:
        raise Problem(408, "Too slow", f"found a body that is not here after {BODY_SECONDS} s") from None
    except ClientDisconnect:
        raise Problem(400, "Cut off", "found a request that ended before its body did") from None
    return b"".join(pieces)


def _too_long(found: str, longest: int) -> Problem:
    return Problem(413, "Too long", f"found {found} bytes, expected at most {longest}")


def _limit(text: str | None) -> int:
    if text is None:
        return 1_000
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= MOST_ROWS:
        raise Problem(400, "Bad limit", f"found limit={text}, expected a number from 1 to {MOST_ROWS}")
    return int(text)


def _answer_receipt(receipt: Receipt) -> Response:
    rejected = [_rejection_row(index, rejection) for index, rejection in receipt.rejected]
    body: dict[str, Any] = {"accepted": receipt.accepted, "duplicates": receipt.duplicates, "rejected": rejected}
    if not rejected:
        return json_response(body)
    if receipt.accepted or receipt.duplicates:
        return json_response(body, 207)
    first = receipt.rejected[0][1]
    where = f"{first.key}: " if first.key else ""
    raise Problem(400, "Unreadable", f"{where}found {first.found}, expected {first.expected}", **body)


def _rejection_row(index: int, rejection: Rejection) -> dict[str, Any]:
    return {"index": index, "key": rejection.key, "found": rejection.found, "expected": rejection.expected}

"""The body of a request as arrivals: CloudEvents in their structured, batched and binary modes, and JSON Lines.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import orjson
from starlette.requests import ClientDisconnect, Request

from monitor.adapters.web.problems import Problem
from monitor.conventions.media_types import CLOUDEVENT, CLOUDEVENTS_BATCH, JSON, JSON_LINES
from monitor.service.doors.arrivals import Arrival, Rejection
from monitor.wire.events.cloud_events import LONGEST_EVENT_BYTES

LONGEST_BATCH_BYTES: Final = 16_777_216
MEDIA_TYPES: Final = (CLOUDEVENT, CLOUDEVENTS_BATCH, *JSON_LINES)

BODY_SECONDS: Final = 30
"""How long a sender may take to send a body."""

_PREFIX: Final = "ce-"


class Form(NamedTuple):
    """How a request carries events."""

    media_type: str
    is_binary: bool

    @property
    def is_single(self) -> bool:
        """Whether it carries exactly one."""
        return self.is_binary or self.media_type == CLOUDEVENT

    @property
    def longest_bytes(self) -> int:
        """The most its body may measure."""
        return LONGEST_EVENT_BYTES if self.is_single else LONGEST_BATCH_BYTES


def form_of(headers: Mapping[str, str]) -> Form | None:
    """The form a request's headers announce; None for one that Kept does not read."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().casefold()
    if media_type in MEDIA_TYPES:
        return Form(media_type, is_binary=False)
    if "ce-specversion" in headers and media_type in {JSON, ""}:
        return Form(media_type, is_binary=True)
    return None


def arrivals_of(form: Form, headers: Mapping[str, str], body: bytes, arrival: Arrival) -> list[Arrival]:
    """The events in a body, each as structured JSON; what is none carries its fault. `arrival` says where they come from."""
    if form.is_binary:
        return [_from_binary(headers, body, arrival)]
    if form.media_type == CLOUDEVENTS_BATCH:
        return _from_batch(body, arrival)
    if form.media_type in JSON_LINES:
        return [arrival._replace(content=line) for line in body.split(b"\n") if line and not line.isspace()]
    return [arrival._replace(content=body)]


def _from_batch(body: bytes, arrival: Arrival) -> list[Arrival]:
    """The members of an array. They are written anew, so their spacing may differ from what was sent."""
    try:
        members = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return [
            arrival._replace(content=body, fault=Rejection(f"no JSON ({error})", "a JSON array of CloudEvents", ""))
        ]
    if not isinstance(members, list):
        return [arrival._replace(content=body, fault=Rejection("no array", "a JSON array of CloudEvents", ""))]
    return [arrival._replace(content=orjson.dumps(member)) for member in members]


def _from_binary(headers: Mapping[str, str], body: bytes, arrival: Arrival) -> Arrival:
    event: dict[str, Any] = {
        name.removeprefix(_PREFIX): unquote(value) for name, value in headers.items() if name.startswith(_PREFIX)
    }
    if not body:
        return arrival._replace(content=orjson.dumps(event))
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return arrival._replace(content=body, fault=Rejection(f"no JSON ({error})", "the event's data as JSON", "data"))
    event["data"] = orjson.Fragment(body)
    return arrival._replace(content=orjson.dumps(event))


def refuse_too_long(request: Request, longest: int) -> None:
    """Raises Problem where a body says of itself that it is too long: it need not be read for that."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal():
        raise Problem(400, "Bad request", f"found content length {declared}, expected a number of bytes")
    if int(declared) > longest:
        raise _too_long(declared, longest)


async def read_body(request: Request, longest: int, take: Callable[[int], None]) -> bytes:
    """All of a body, of which `take` is told piece by piece; raises Problem where it is too long, or does not come."""
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

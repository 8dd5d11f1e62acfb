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
from monitor.errors import UnreadableEvent
from monitor.service.doors.arrivals import Arrival, Rejection
from monitor.wire.events.cloud_events import LONGEST_EVENT_BYTES
from monitor.wire.written.json_text import BYTE_ORDER_MARK, members_of, read_json

LONGEST_BATCH_BYTES: Final = 16_777_216
EVENTS_A_BATCH: Final = 100_000
"""More than events of the usual size fill a batch; each that can't be read is a dead letter, however short it is."""
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


async def arrivals_in(form: Form, headers: Mapping[str, str], body: bytes, arrival: Arrival) -> list[Arrival]:
    """As `arrivals_of`; a long body is taken apart while deadlines are watched and others are answered."""
    if len(body) <= LONGEST_EVENT_BYTES:
        return arrivals_of(form, headers, body, arrival)
    return await asyncio.to_thread(arrivals_of, form, headers, body, arrival)


def arrivals_of(form: Form, headers: Mapping[str, str], body: bytes, arrival: Arrival) -> list[Arrival]:
    """The events in a body, each as structured JSON; what is none carries its fault. `arrival` says where they come from."""
    text = body.removeprefix(BYTE_ORDER_MARK)
    if form.is_binary:
        return [_from_binary(headers, text, arrival)]
    if form.media_type == CLOUDEVENTS_BATCH:
        return _from_batch(text, arrival)
    if form.media_type in JSON_LINES:
        return _from_lines(text, arrival)
    return [arrival._replace(content=text)]


def _from_lines(text: bytes, arrival: Arrival) -> list[Arrival]:
    """The lines that are not blank, without their ends."""
    if text.count(b"\n") > EVENTS_A_BATCH:
        return [
            arrival._replace(content=text, fault=Rejection(f"more than {EVENTS_A_BATCH} lines", "fewer events", ""))
        ]
    lines = (line.rstrip(b"\r") for line in text.split(b"\n"))
    return [arrival._replace(content=line) for line in lines if line and not line.isspace()]


def _from_batch(text: bytes, arrival: Arrival) -> list[Arrival]:
    """The members of an array, as they are written there."""
    try:
        members = members_of(text, EVENTS_A_BATCH)
    except UnreadableEvent as error:
        fault = Rejection(error.found, "a JSON array of CloudEvents", error.key)
        return [arrival._replace(content=text, fault=fault)]
    return [arrival._replace(content=member) for member in members]


def _from_binary(headers: Mapping[str, str], body: bytes, arrival: Arrival) -> Arrival:
    event: dict[str, Any] = {
        name.removeprefix(_PREFIX): unquote(value) for name, value in headers.items() if name.startswith(_PREFIX)
    }
    if not body:
        return arrival._replace(content=orjson.dumps(event))
    try:
        read_json(body)
    except UnreadableEvent as error:
        return arrival._replace(content=body, fault=Rejection(error.found, "the event's data as JSON", "data"))
    event["data"] = orjson.Fragment(body)
    return arrival._replace(content=orjson.dumps(event))


def refuse_packed(request: Request) -> None:
    """Raises Problem where a body is packed: its bytes would be kept as something that is no JSON."""
    found = request.headers.get("content-encoding", "identity")
    if found.strip().casefold() != "identity":
        said = f"found content encoding {found[:200]}, expected a body as it is"
        raise Problem(415, "Packed", said, headers={"accept-encoding": "identity"})


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

"""Events over HTTP. What a sender is told, always after the commit, or, of a Kept that hands events on, once they are
acknowledged there:

200   all was taken, or was known already
207   some was taken, some can't be read: `rejected` says which, by index; sending it again will not help
400   nothing in it can be read; the bytes are kept among the dead letters
401   no valid token; 403 a token without the scope `ingest` (`monitor/adapters/web/gate.py`)
413   too long: 1 MiB an event, 16 MiB a batch; it was not read on
415   no CloudEvent, no batch and no JSON Lines, or packed (`Content-Encoding`)
501   not here: this Kept only answers questions; the problem says where to send it
503   not now, for the store does not work or too much is waiting: `Retry-After` says when; sending all of it again is safe
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from monitor.adapters.web.bodies import MEDIA_TYPES, arrivals_in, form_of, read_body, refuse_packed, refuse_too_long
from monitor.adapters.web.byte_budget import ByteBudget
from monitor.adapters.web.parameters import parameters_of
from monitor.adapters.web.problems import Problem, json_response
from monitor.adapters.web.ways import Answer
from monitor.service.doors.arrivals import Arrival, Receipt, Rejection, receipt_of
from monitor.service.doors.desk import CatchesUp, Takes
from monitor.service.ports.machine import Clock
from monitor.wire.acts.requests import EventParameters


class Intake:
    """Takes what senders send."""

    def __init__(self, pipeline: Takes, agenda: CatchesUp, clock: Clock, budget: ByteBudget) -> None:
        self._pipeline = pipeline
        self._agenda = agenda
        self._clock = clock
        self._budget = budget

    def answers(self) -> dict[str, Answer]:
        """What answers each operation."""
        return {"take_events": self.take_events, "end_catching_up": self.end_catching_up}

    async def take_events(self, request: Request) -> Response:
        """Takes the events in a request; see the top of this module."""
        form = form_of(request.headers)
        if form is None:
            found = request.headers.get("content-type", "none")
            expected = f"{', '.join(MEDIA_TYPES)}, or ce- headers"
            raise Problem(415, "Not a form of events", f"found content type {found}, expected {expected}")
        refuse_packed(request)
        catching_up = parameters_of(request, EventParameters, self._clock.now()).catching_up
        if catching_up:
            self._agenda.note_catching_up()
        host = request.client.host if request.client else "unknown"
        refuse_too_long(request, form.longest_bytes)
        with self._budget.share() as take:
            body = await read_body(request, form.longest_bytes, take)
            arrivals = await arrivals_in(form, request.headers, body, Arrival(b"", f"http {host}", catching_up))
            receipt = receipt_of(await self._pipeline.submit(arrivals))
        return _answer_receipt(receipt)

    async def end_catching_up(self, _: Request) -> Response:
        """Whoever sent the past is done: what time alone broke in it may be judged."""
        await self._agenda.release()
        return Response(status_code=204)


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

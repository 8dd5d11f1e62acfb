"""Owning a breach over HTTP: each act becomes an event, and is answered after the commit with the breach as it stands then."""

from __future__ import annotations

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from monitor.adapters.answers.breach_acts import RefusedAct, breach_named, prepared
from monitor.adapters.answers.reader import Reader
from monitor.adapters.web.admin import Hands
from monitor.adapters.web.gate import TOLD_BY
from monitor.adapters.web.parameters import body_of
from monitor.adapters.web.problems import Problem, json_response
from monitor.adapters.web.ways import Answer
from monitor.service.doors.arrivals import Arrival, Rejection
from monitor.service.ports.counts import Intake
from monitor.wire.acts.breach_acts import DEEDS, Deed


async def submitted(hands: Hands, request: Request, content: bytes) -> str:
    """What became of an event that Kept made of a request, once it is committed; raises Problem where it can't be read."""
    host = request.client.host if request.client else "unknown"
    (outcome,) = await hands.pipeline.submit([Arrival(content, f"http {host}")])
    if isinstance(outcome, Rejection):
        where = f"{outcome.key}: " if outcome.key else ""
        raise Problem(400, "Bad request", f"{where}found {outcome.found}, expected {outcome.expected}")
    return outcome


class Breaches:
    """Takes what people do about breaches."""

    def __init__(self, hands: Hands, reader: Reader) -> None:
        self._hands = hands
        self._reader = reader

    def answers(self) -> dict[str, Answer]:
        """What answers each operation."""
        return {f"breach_{deed.step}": partial(self._act, deed) for deed in DEEDS.values()}

    async def _act(self, deed: Deed, request: Request) -> Response:
        obligation: str = request.path_params["obligation"]
        said = await body_of(request, deed.said, self._hands.budget)
        now, told_by = self._hands.clock.now(), getattr(request.state, TOLD_BY, None)
        try:
            act = await self._reader.ask(
                lambda connection: prepared(connection, deed, said, obligation=obligation, now=now, told_by=told_by)
            )
        except RefusedAct as error:
            raise Problem(error.status, "Not to be done", str(error)) from None
        outcome = await submitted(self._hands, request, act.content)
        breach = await self._reader.ask(lambda connection: breach_named(connection, obligation, now))
        return json_response({"event": act.event, "repeated": outcome == Intake.DUPLICATE, "breach": breach})

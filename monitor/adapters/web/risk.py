"""Clearing a client of what put them at risk over HTTP: it becomes an event, and is answered after the commit."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from monitor.adapters.answers.breach_acts import RefusedAct
from monitor.adapters.answers.reader import Reader
from monitor.adapters.answers.risk_acts import outcome_of, prepared_clearance
from monitor.adapters.web.admin import Hands
from monitor.adapters.web.breaches import submitted
from monitor.adapters.web.gate import TOLD_BY
from monitor.adapters.web.parameters import body_of
from monitor.adapters.web.problems import Problem, json_response
from monitor.adapters.web.ways import Answer
from monitor.wire.acts.risk_acts import RiskClearance


class Risk:
    """Takes what people decide about clients at risk."""

    def __init__(self, hands: Hands, reader: Reader) -> None:
        self._hands = hands
        self._reader = reader

    def answers(self) -> dict[str, Answer]:
        """What answers each operation."""
        return {"clear_risk": self._clear}

    async def _clear(self, request: Request) -> Response:
        client: str = request.path_params["client"]
        said = await body_of(request, RiskClearance, self._hands.budget)
        now, told_by = self._hands.clock.now(), getattr(request.state, TOLD_BY, None)
        at = now if said.at is None else said.at
        try:
            act = await self._reader.ask(
                lambda reading: prepared_clearance(reading, client, said, now=now, told_by=told_by)
            )
        except RefusedAct as error:
            raise Problem(error.status, "Not to be done", str(error)) from None
        await submitted(self._hands, request, act.content)
        return json_response(await self._reader.ask(lambda reading: outcome_of(reading, client, act, at=at)))

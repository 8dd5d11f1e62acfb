"""What the past says of a promise, over HTTP."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from monitor.adapters.answers.attainability import UnknownHours, attainable
from monitor.adapters.answers.reader import Reader
from monitor.adapters.web.parameters import bad_parameters, parameters_of
from monitor.adapters.web.problems import Problem, json_response
from monitor.adapters.web.ways import Answer
from monitor.service.ports.machine import Clock
from monitor.wire.questions.parameters import AttainableParameters


class Promising:
    """Answers whoever thinks of promising something."""

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock

    def answers(self) -> dict[str, Answer]:
        """What answers each operation."""
        return {"attainable": self.show}

    async def show(self, request: Request) -> Response:
        """What the past says."""
        asked = parameters_of(request, AttainableParameters, self._clock.now())
        try:
            body = await self._reader.ask(lambda connection: attainable(connection, asked))
        except UnknownHours as error:
            raise bad_parameters([("hours", error.found, error.expected)]) from None
        if body is None:
            raise Problem(404, "Not found", "found no promise book recorded by then, expected one")
        return json_response(body)

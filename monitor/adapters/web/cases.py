"""One case over HTTP: as it stands, and explained from beginning to end."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from monitor.adapters.answers.case_reading import case_as_it_stands, explained_case
from monitor.adapters.answers.reader import Reader
from monitor.adapters.web.media import chosen_media
from monitor.adapters.web.parameters import parameters_of
from monitor.adapters.web.problems import Problem, json_response
from monitor.adapters.web.ways import Answer
from monitor.conventions.media_types import HTML, JSON, PLAIN_TEXT
from monitor.service.ports.machine import Clock
from monitor.wire.questions.parameters import ExplanationParameters, NoParameters


class Cases:
    """Answers what is asked about one case."""

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock

    def answers(self) -> dict[str, Answer]:
        """What answers each operation."""
        return {"case": self.show, "explanation": self.explain}

    async def show(self, request: Request) -> Response:
        """The case and its obligations."""
        now, name = self._clock.now(), request.path_params["case"]
        parameters_of(request, NoParameters, now)
        body = await self._reader.ask(lambda connection: case_as_it_stands(connection, name, now))
        return json_response(_found(body, name))

    async def explain(self, request: Request) -> Response:
        """The account of the case, in JSON or as plain text; a browser, which takes anything, is shown the text."""
        accept = request.headers.get("accept", "")
        # Notices link to it: before what asks for HTML somebody sits, whom lines help more than JSON does.
        form = chosen_media(accept, (PLAIN_TEXT, JSON) if HTML in accept.casefold() else (JSON, PLAIN_TEXT))
        now, name = self._clock.now(), request.path_params["case"]
        as_of = parameters_of(request, ExplanationParameters, now).as_of
        told_as_of = now if as_of is None else as_of
        body = _found(await self._reader.ask(lambda connection: explained_case(connection, name, told_as_of)), name)
        if form == JSON:
            return json_response(body)
        return Response("".join(f"{line}\n" for line in body["lines"]), media_type=PLAIN_TEXT)


def _found(body: dict[str, Any] | None, name: str) -> dict[str, Any]:
    if body is None:
        raise Problem(404, "Not found", f"found no case {name!r} recorded by then, expected one that an event names")
    return body

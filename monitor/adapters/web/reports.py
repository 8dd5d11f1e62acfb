"""Pages and reports over HTTP: the board, drafts, issuing a report, those that were issued, and whether a client fits."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from monitor.adapters.answers.attainability import UnknownHours
from monitor.adapters.answers.board import board
from monitor.adapters.answers.fit import fit
from monitor.adapters.answers.known_clients import NothingKnown
from monitor.adapters.answers.pages import Row
from monitor.adapters.answers.reader import Reader
from monitor.adapters.answers.reports import drafted, issue, issued
from monitor.adapters.web.admin import Hands
from monitor.adapters.web.media import chosen_media
from monitor.adapters.web.parameters import bad_parameters, body_of, parameters_of
from monitor.adapters.web.problems import Problem, json_response
from monitor.adapters.web.ways import Answer
from monitor.conventions.media_types import HTML
from monitor.wire.questions.fit_rows import FitParameters
from monitor.wire.questions.parameters import DraftParameters, NoParameters
from monitor.wire.questions.values import LARGEST
from monitor.wire.report.board import RENEWED_AFTER_SECONDS, board_of
from monitor.wire.report.body import ReportIssue
from monitor.wire.report.forms import FIT_WRITERS, WRITERS, Writers
from monitor.wire.report.style import POLICY

_PAGE_HEADERS: Final = {
    "content-security-policy": f"{POLICY}; frame-ancestors 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
# A page in a sandbox may not renew itself.
_BOARD_HEADERS: Final = {
    **_PAGE_HEADERS,
    "content-security-policy": f"{POLICY}; frame-ancestors 'none'",
    "refresh": str(RENEWED_AFTER_SECONDS),
    "cache-control": "no-store",
}


class Reports:
    """Answers who wants a report, and keeps what is issued."""

    def __init__(self, hands: Hands, reader: Reader) -> None:
        self._hands = hands
        self._reader = reader

    def answers(self) -> dict[str, Answer]:
        """What answers each operation."""
        return {
            "board": self.show_board,
            "report": self.show,
            "draft_report": self.draft,
            "issue_report": self.issue,
            "fit": self.fit,
        }

    async def show_board(self, request: Request) -> Response:
        """What is due next and what is late, and how each client is served."""
        chosen_media(request.headers.get("accept", ""), (HTML,))
        now = self._hands.clock.now()
        parameters_of(request, NoParameters, now)
        body = await self._reader.ask(lambda connection: board(connection, now))
        return Response(board_of(body), headers=_BOARD_HEADERS, media_type=HTML)

    async def show(self, request: Request) -> Response:
        """An issued report."""
        form = _form(request)
        parameters_of(request, NoParameters, self._hands.clock.now())
        number = request.path_params["report"]
        body = None
        if number <= LARGEST:
            body = await self._reader.ask(lambda connection: issued(connection, number))
        if body is None:
            raise Problem(404, "Not found", f"found no report {number}, expected one that was issued")
        return await self._written(body, form)

    async def draft(self, request: Request) -> Response:
        """A report that is not kept."""
        form = _form(request)
        now = self._hands.clock.now()
        asked = parameters_of(request, DraftParameters, now)
        try:
            body = await self._reader.ask(
                lambda connection: drafted(connection, asked.client, asked.period, as_of=asked.as_of, now=now)
            )
        except NothingKnown as error:
            raise Problem(404, "Not found", str(error)) from None
        return await self._written(body, form)

    async def issue(self, request: Request) -> Response:
        """Makes a report of what is known now, and keeps it."""
        asked = await body_of(request, ReportIssue, self._hands.budget)
        now = self._hands.clock.now()
        try:
            body = await self._reader.ask(
                lambda connection: drafted(connection, asked.client, asked.period, as_of=None, now=now)
            )
        except NothingKnown as error:
            raise Problem(404, "Not found", str(error)) from None
        kept = await self._hands.worker.run(lambda: issue(self._reader.engine, body, author=asked.author, now=now))
        return json_response(kept)

    async def fit(self, request: Request) -> Response:
        """Whether the firm and a client fit."""
        form = _form(request)
        asked = parameters_of(request, FitParameters, self._hands.clock.now())
        try:
            body = await self._reader.ask(lambda connection: fit(connection, asked))
        except NothingKnown as error:
            raise Problem(404, "Not found", str(error)) from None
        except UnknownHours as error:
            raise bad_parameters([("hours", error.found, error.expected)]) from None
        return await self._written(body, form, FIT_WRITERS)

    async def _written(self, body: Row, form: str, writers: Writers = WRITERS) -> Response:
        content = await self._reader.run(lambda: writers[form](body))
        return Response(content, headers=_PAGE_HEADERS if form == HTML else None, media_type=form)


def _form(request: Request) -> str:
    return chosen_media(request.headers.get("accept", ""), tuple(WRITERS))

"""Questions over HTTP: one answer for every row of the table of questions, in the form that is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from monitor.adapters.answers.answering import Asked, ask, ask_for_all
from monitor.adapters.answers.pages import Answer as Page
from monitor.adapters.answers.pages import UnreadableCursor
from monitor.adapters.answers.reader import Reader
from monitor.adapters.web.media import chosen_media
from monitor.adapters.web.parameters import parameters_of
from monitor.adapters.web.problems import Problem
from monitor.adapters.web.ways import Answer
from monitor.conventions.media_types import CSV, JSON, JSON_LINES
from monitor.domain.hours.instant import InstantUs, format_instant
from monitor.service.ports.machine import Clock
from monitor.wire.questions import QUESTIONS, Question
from monitor.wire.shown.rows_of_bytes import encoded

FORMS: Final = (JSON, CSV, *JSON_LINES)


class Questions:
    """Answers every question."""

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock

    def answers(self) -> dict[str, Answer]:
        """What answers each operation."""
        return {question.name: partial(self._answer, question) for question in QUESTIONS}

    async def _answer(self, question: Question, request: Request) -> Response:
        form = chosen_media(request.headers.get("accept", ""), FORMS)
        now = self._clock.now()
        subject = None if question.subject is None else request.path_params[question.subject]
        asked = Asked(question, parameters_of(request, question.parameters, now), now, subject)
        try:
            if form == JSON:
                return await self._in_one(request, asked)
            return await self._streamed(request, asked, form)
        except UnreadableCursor as error:
            raise Problem(
                400, "Bad parameter", f"cursor: found {error}, expected `next` of an answer to this"
            ) from None

    async def _in_one(self, request: Request, asked: Asked) -> Response:
        body, page = await self._reader.ask(lambda connection: _as_json(ask(connection, asked), asked.question))
        _refuse_nothing(asked, page)
        return Response(body, headers=_headers(request, page), media_type=JSON)

    async def _streamed(self, request: Request, asked: Asked, form: str) -> Response:
        """The first portion is read before anything is answered: what is wrong is told while it can be."""
        portions = ask_for_all(self._reader.connect, asked)
        first = await self._reader.run(lambda: next(portions))
        _refuse_nothing(asked, first)
        is_one_page = asked.parameters.limit is not None
        headers = _headers(request, first if is_one_page else first._replace(next=None))
        if request.method == "HEAD":
            return Response(headers=headers, media_type=form)
        return StreamingResponse(self._lines(asked, first, portions, form), headers=headers, media_type=form)

    async def _lines(self, asked: Asked, first: Page, portions: Iterator[Page], form: str) -> AsyncIterator[bytes]:
        columns = asked.question.columns
        page: Page | None = first
        is_first = True
        while page is not None:
            yield await self._reader.run(partial(encoded, page.rows, columns, is_csv=form == CSV, has_head=is_first))
            page, is_first = await self._reader.run(lambda: next(portions, None)), False


def _as_json(page: Page, question: Question) -> tuple[bytes, Page]:
    following = None if page.next is None else page.next.written()
    body = {
        "as_of": shown_as_of(page.as_of),
        "gone_before": shown_as_of(page.gone_before),
        question.rows: page.rows,
        "next": following,
    }
    return orjson.dumps(body), page


def shown_as_of(as_of: InstantUs) -> str | None:
    """The instant an answer stands as of; None before anything was recorded."""
    return format_instant(as_of) if as_of else None


def _refuse_nothing(asked: Asked, page: Page) -> None:
    """What an address names and nothing was ever recorded of is not there."""
    if asked.subject is not None and not page.rows and asked.parameters.cursor is None:
        found = f"found no {asked.question.subject} {asked.subject!r} recorded by then"
        raise Problem(404, "Not found", f"{found}, expected one that an answer names")


def _headers(request: Request, page: Page) -> dict[str, str]:
    headers = {} if not page.as_of else {"kept-as-of": format_instant(page.as_of)}
    if page.gone_before:
        headers["kept-gone-before"] = format_instant(page.gone_before)
    if page.next is not None:
        said: dict[str, Any] = {**request.query_params, "cursor": page.next.written()}
        headers["link"] = f'<{quote(request.url.path)}?{urlencode(said)}>; rel="next"'
    return headers

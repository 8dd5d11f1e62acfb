"""Answers in JSON, and everything that went otherwise than hoped for as a problem (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.conventions.media_types import JSON, PROBLEM
from monitor.errors import NotHere, TransientError
from monitor.wire.written.plain_words import LONGEST_SHOWN

RETRY_AFTER_SECONDS: Final = 1


class Problem(Exception):
    """An answer other than the one hoped for."""

    def __init__(
        self, status: int, title: str, detail: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
        self.headers = headers or {}

    def response(self) -> Response:
        """The answer itself."""
        return Response(orjson.dumps(self.body), self.status, headers=self.headers, media_type=PROBLEM)


def not_now(detail: str) -> Problem:
    """What whoever may try again in a moment is told."""
    return Problem(503, "Not now", detail, headers={"retry-after": str(RETRY_AFTER_SECONDS)})


def json_response(body: dict[str, Any], status: int = 200) -> Response:
    """An object as JSON."""
    return Response(orjson.dumps(body), status, media_type=JSON)


async def _answer_problem(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return problem.response()


async def _answer_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = error.detail
    if error.status_code == HTTPStatus.NOT_FOUND:
        detail = f"found no {request.url.path[:LONGEST_SHOWN]}, expected a path of /v1/openapi.json, /metrics, /healthz or /readyz"
    return Problem(error.status_code, error.detail, detail, headers=dict(error.headers or {})).response()


async def _answer_transient(_: Request, error: Exception) -> Response:
    return not_now(str(error)).response()


async def _answer_not_here(_: Request, error: Exception) -> Response:
    return Problem(501, "Not done here", str(error)).response()


async def _answer_fault(_: Request, error: Exception) -> Response:
    return Problem(500, "A fault of Kept", f"{type(error).__name__}; the log says more").response()


HANDLERS: Final[dict[Any, Any]] = {
    Problem: _answer_problem,
    HTTPException: _answer_http_exception,
    TransientError: _answer_transient,
    NotHere: _answer_not_here,
    Exception: _answer_fault,
}
"""What answers each exception that a request may end with."""

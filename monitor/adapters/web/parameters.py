"""Query parameters and JSON bodies by their models: whatever is wrong in them is a problem that names all of it."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from monitor.adapters.web.bodies import read_body, refuse_too_long
from monitor.adapters.web.byte_budget import ByteBudget
from monitor.adapters.web.problems import Problem
from monitor.conventions.media_types import JSON
from monitor.domain.hours.instant import InstantUs, format_instant
from monitor.wire.questions.parameters import AsOf
from monitor.wire.written.plain_words import describe_error

M = TypeVar("M", bound=BaseModel)

LONGEST_REQUEST: Final = 16_777_216
"""Bytes of a body in JSON that is no events."""


def parameters_of(request: Request, model: type[M], now: InstantUs) -> M:
    """The query of a request; raises Problem."""
    said = request.query_params.multi_items()
    twice = [name for name, count in Counter(name for name, _ in said).items() if count > 1]
    if twice:
        raise bad_parameters([(name, "the same parameter twice", "it once") for name in twice])
    try:
        parameters = model.model_validate(dict(said))
    except ValidationError as error:
        raise bad_parameters([_told(detail, model) for detail in error.errors()]) from None
    if isinstance(parameters, AsOf) and parameters.as_of is not None and parameters.as_of > now:
        raise bad_parameters([_ahead(parameters.as_of, now)])
    return parameters


def _ahead(as_of: InstantUs, now: InstantUs) -> tuple[str, str, str]:
    return "as_of", f"{format_instant(as_of)}, which is still to come", f"an instant up to now, {format_instant(now)}"


def _told(detail: Any, model: type[BaseModel]) -> tuple[str, str, str]:
    found, expected, key = describe_error(detail)
    if detail["type"] == "extra_forbidden":
        return key, found, f"one of {', '.join(model.model_fields)}" if model.model_fields else "no parameter"
    return key, found, expected


def bad_parameters(errors: list[tuple[str, str, str]]) -> Problem:
    """The problem that names parameters, each with what was found and what was expected."""
    return _bad("parameter", errors)


def _bad(what: str, errors: list[tuple[str, str, str]]) -> Problem:
    rows = [{"key": key, "found": found, "expected": expected} for key, found, expected in errors]
    detail = "; ".join(f"{key}: found {found}, expected {expected}" for key, found, expected in errors[:5])
    return Problem(400, f"Bad {what}", detail, errors=rows)


async def body_of(request: Request, model: type[M], budget: ByteBudget) -> M:
    """The body of a request in JSON; raises Problem."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if media != JSON:
        raise Problem(415, "Not JSON", f"found content type {media or 'none'}, expected {JSON}")
    refuse_too_long(request, LONGEST_REQUEST)
    with budget.share() as take:
        body = await read_body(request, LONGEST_REQUEST, take)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise _bad("request", [_told(detail, model) for detail in error.errors()]) from None

"""The forms a report can be had in: a page for people; JSON, JSON Lines and CSV for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import orjson

from monitor.conventions.media_types import CSV, HTML, JSON, JSON_LINES
from monitor.wire.questions import table
from monitor.wire.questions.fit_rows import FIT_COLUMNS
from monitor.wire.report.page import page_of
from monitor.wire.report.sheet import sheet_of
from monitor.wire.shown.csv_lines import csv_line

Body = dict[str, Any]
Writers = dict[str, Callable[[dict[str, Any]], bytes]]


def _as_page(body: Body) -> bytes:
    return page_of(body).encode()


def _as_json(body: Body) -> bytes:
    return orjson.dumps(body)


def _as_lines(body: Body) -> bytes:
    return b"".join(orjson.dumps(row, None, orjson.OPT_APPEND_NEWLINE) for row in _sections(body))


def _sections(body: Body) -> Iterator[Body]:
    """First what the report is, then every row of it, each with the section it belongs to."""
    yield {"section": "report", **{name: body[name] for name in _ABOUT}}
    yield from ({"section": "numbers", **row} for row in body["numbers"])
    yield from ({"section": "breaches", **row} for row in body["breaches"]["rows"])
    yield from ({"section": "credits", **row} for row in body["credits"] or ())
    yield from ({"section": "shares", **row} for row in body["shares"])
    yield from ({"section": "people", **row} for row in body["people"] or ())
    word = body.get("word")
    if word is not None:
        yield {"section": "word", **{name: value for name, value in word.items() if name != "rows"}}
        yield from ({"section": "said", **row} for row in word["rows"])
    yield from ({"section": "restated", **row} for row in (body["restated"] or {"rows": ()})["rows"])


_ABOUT: Final = ("client", "client_name", "firm", "period", "starts", "ends", "zone", "as_of", "is_over", "issued")


def _as_csv(body: Body) -> bytes:
    """The four numbers, a line for each promise; beside each what the client said in the period of all of them together."""
    columns, word = table.NUMBERS.columns, body.get("word") or {}
    said = [word.get(name) for name in _OF_WORD]
    lines = (csv_line([*(row[name] for name in columns), *said]) for row in body["numbers"])
    return b"".join([csv_line([*columns, *(f"client_{name}" for name in _OF_WORD)]), *lines])


_OF_WORD: Final = ("scores", "score", "score_lower", "score_upper", "in_words", "cases_rated")


def _fit_lines(body: Body) -> bytes:
    return b"".join(orjson.dumps(row, None, orjson.OPT_APPEND_NEWLINE) for row in _fit_sections(body))


def _fit_sections(body: Body) -> Iterator[Body]:
    """First what the answer is, then every row of it, each with the section it belongs to."""
    yield {"section": "fit", **{name: value for name, value in body.items() if name not in _FIT_LISTS}}
    yield from ({"section": "wishes", **row} for row in body["rows"])
    yield from ({"section": "priorities", **row} for row in body["priorities"])
    yield from ({"section": "tight", **row} for row in body["tight"]["rows"])
    yield {"section": "cost", **{name: value for name, value in body["cost"].items() if name != "rows"}}
    yield from ({"section": "late", **row} for row in body["cost"]["rows"])


_FIT_LISTS: Final = ("rows", "priorities", "tight", "cost")


def _fit_csv(body: Body) -> bytes:
    """What is wanted, a line for each service, way and priority."""
    lines = (csv_line([row[name] for name in FIT_COLUMNS]) for row in body["rows"])
    return b"".join([csv_line(FIT_COLUMNS), *lines])


FIT_WRITERS: Final[Writers] = {
    JSON: _as_json,
    HTML: lambda body: sheet_of(body).encode(),
    CSV: _fit_csv,
    **dict.fromkeys(JSON_LINES, _fit_lines),
}
"""Those of the sheet whether a client and the firm fit."""

WRITERS: Final[Writers] = {
    JSON: _as_json,
    HTML: _as_page,
    CSV: _as_csv,
    **dict.fromkeys(JSON_LINES, _as_lines),
}
"""By media type, the usual one first."""

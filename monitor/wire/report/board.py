"""The board as a page of HTML: who has to act now, and how each client is served, for the firm's own people.

It renews itself by a header of its answer; nothing on it is a script.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias
from urllib.parse import quote, urlencode

from monitor.domain.number import grouped, number_of
from monitor.wire.report import words
from monitor.wire.report.elements import Child, Element, element
from monitor.wire.report.frame import framed
from monitor.wire.report.lists import Cell, figures_of, list_of

Body: TypeAlias = dict[str, Any]

RENEWED_AFTER_SECONDS: Final = 30
_ZONE: Final = "UTC"
_COLUMNS: Final = ("When", "Client", "What was promised", "Case", "Who has it")
_WIDTHS: Final = (19, 25, 25, 15, 16)


def board_of(body: Body) -> str:
    """The page of a board, the body of `monitor.adapters.answers.board`."""
    sections = (*_head(body), *_due(body), *_late(body), *_clients(body))
    return framed(f"{body['firm'] or 'Kept'}: promises as they stand", element("main", *sections), _foot(body))


def _head(body: Body) -> list[Element]:
    return [
        element("div", element("span", body["firm"]), element("span", "For the firm's own people"), class_="firm"),
        element("p", f"{words.moment(body['now'], _ZONE)} {_ZONE}", class_="kicker"),
        element("h1", "Promises as they stand"),
        element("p", _lead(body), class_="lead"),
        _figures(body),
    ]


def _lead(body: Body) -> str:
    next_ones: Sequence[Body] = body["due"]
    if not next_ones:
        return "Nothing is due." if not body["late_count"] else "Nothing else is due; what is late is still to be done."
    first = next_ones[0]
    return f"Due next: {words.kind(first)} to {_named(body, first)}, in {words.length(first['left_seconds'])}."


def _figures(body: Body) -> Element:
    figures = (
        (_counted(body, "due_soon"), "due within the hour"),
        (_counted(body, "late_count"), "late, and still to be done"),
        (_counted(body, "broken_lately"), "broken, of what was due in the last 24 hours"),
        (
            f"{grouped(body['clients_late'])} of {grouped(body['clients_count'])}",
            "clients wait for something late",
        ),
    )
    return figures_of(figures)


def _counted(body: Body, name: str) -> str:
    number: int = body[name]
    return f"{grouped(number)}+" if number >= body["most_counted"] else grouped(number)


def _due(body: Body) -> list[Child]:
    if not body["due"]:
        return []
    note = "What is still in time, the soonest first. A case leads to its account: what counted, and what stood still."
    return [
        element("h2", "Due next"),
        element("p", note, class_="note"),
        list_of(_COLUMNS, _WIDTHS, [_obligation(body, row, "in") for row in body["due"]]),
    ]


def _late(body: Body) -> list[Child]:
    if not body["late"]:
        return []
    listed = len(body["late"])
    note = "The client still waits, the latest first." if listed < body["late_count"] else "The client still waits."
    return [
        element("h2", "Late, and still to be done"),
        element("p", note, class_="note"),
        list_of(_COLUMNS, _WIDTHS, [_obligation(body, row, "late by") for row in body["late"]]),
    ]


def _obligation(body: Body, row: Body, side: str) -> Sequence[Cell]:
    case: str = row["case"]
    return (
        (f"{side} {words.length(abs(row['left_seconds']))}", words.moment(row["due"], _ZONE)),
        (_named(body, row), row["tier"]),
        (words.kind(row), row["promise"]),
        element("a", case, href=f"/v1/explanations/{quote(case)}"),
        row["holder"] or "nobody",
    )


def _named(body: Body, row: Body) -> str:
    """What the firm calls a client; failing that the identifier."""
    client: str = row["client"]
    return body["names"].get(client) or client


def _clients(body: Body) -> list[Child]:
    if not body["clients"]:
        return []
    note = (
        "How often what was promised was done in time, of all that was ever decided; who waits for something late comes first. "
        "A client leads to the report of this month: promised, expected, attainable and delivered."
    )
    return [
        element("h2", "Clients"),
        element("p", note, class_="note"),
        list_of(
            ("Client", "#In time", "#Kept", "#Broken", "#Late now", "#Running"),
            (34, 14, 13, 13, 13, 13),
            [_client(body, row) for row in body["clients"]],
        ),
    ]


def _client(body: Body, row: Body) -> Sequence[Cell]:
    kept: int = row["kept"]
    late: int = row["open_late"]
    broken: int = row["done_late"] + late
    decided = kept + broken
    where = urlencode({"client": row["client"], "period": body["now"][: len("2026-11")]})
    return (
        element("a", _named(body, row), href=f"/v1/reports/draft?{where}"),
        words.percent(kept / decided if decided else None),
        grouped(kept),
        grouped(broken),
        grouped(late) if late else words.NONE,
        grouped(row["running"] + row["paused"]),
    )


def _foot(body: Body) -> Element:
    left = body["clients_count"] - len(body["clients"])
    further = f" {number_of(left, 'client is', 'clients are')} not listed here." if left else ""
    return element(
        "footer",
        element(
            "p",
            f"This page shows the state at {words.moment(body['now'], _ZONE)} {_ZONE} and renews itself every "
            f"{RENEWED_AFTER_SECONDS} seconds; lengths are calendar time.{further} The questions behind it are under /v1, "
            "and told in /v1/openapi.json.",
        ),
    )

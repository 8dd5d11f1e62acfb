"""The sheet for the talk whether to serve a client, and on which terms: a page for the firm's own people, not for the client."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from monitor.domain.number import grouped, number_of
from monitor.wire.report import words
from monitor.wire.report.elements import Child, Element, element
from monitor.wire.report.frame import framed
from monitor.wire.report.lists import list_of

Body: TypeAlias = dict[str, Any]

WAYS: Final = {
    "given": "Dates given",
    "asked": "Dates and times proposed",
    "urgency": "Urgency",
}


def sheet_of(body: Body) -> str:
    """The page of an answer whether client and firm fit, the body of `monitor.wire.answers.fit`."""
    return framed(
        f"{body['client_name']}: whether we fit ({body['firm']})",
        element("main", *_head(body), *_wanted(body), *_priorities(body), *_tight(body), *_late(body)),
        _foot(body),
    )


def _head(body: Body) -> list[Element]:
    since, until = (words.day(body[name], "UTC") for name in ("since", "until"))
    return [
        element("div", element("span", body["firm"]), element("span", "For the firm's own people"), class_="firm"),
        element("p", "Whether we fit: what they want by when, and what we achieve", class_="kicker"),
        element("h1", body["client_name"]),
        element("p", f"{since} to {until}; tier: {body['tier'] or 'none'}", class_="span"),
        *(element("p", says, class_="lead") for says in body["says"][:1]),
        *(element("p", says, class_="note") for says in body["says"][1:]),
    ]


def _wanted(body: Body) -> list[Child]:
    if not body["rows"]:
        return []
    share = words.percent(body["share"])
    return [
        element("h2", "What they want, and what we achieve"),
        element(
            "p",
            f"Lead times are working time in the hours {body['hours']!r}. Could: comparable cases show it in at least {share} of "
            "them; where they are too few they say nothing. Late: what was due to others in the hours of these wishes, and at other "
            "times; one need not come of the other.",
            class_="note",
        ),
        list_of(
            ("What", "#Wishes", "#They leave", "#We take", "#Could", "#Kept", "#Others late"),
            (14, 7, 16, 22, 11, 13, 17),
            [
                (
                    (_what(row), row["service"]),
                    grouped(row["wishes"]),
                    _lead(row),
                    (f"half: {words.length(row['half_seconds'])}", f"{share}: {words.length(row['tightest_seconds'])}"),
                    _of(row, "could", row["could"] + row["could_not"], "could_share"),
                    _of(row, "kept", row["kept"] + row["broken"], "kept_share"),
                    _others_late(row),
                )
                for row in body["rows"]
            ],
        ),
    ]


def _what(row: Body) -> str:
    return f"{WAYS[row['way']]}: {row['priority']}" if row["priority"] else WAYS[row["way"]]


def _lead(row: Body) -> tuple[str, str | None]:
    """The middle lead time, and how much was done in it."""
    done = f"{words.percent(row['compared_share'])} of {grouped(row['compared_of'])} in that"
    return words.length(row["lead_seconds"]), done


def _of(row: Body, name: str, of: int, share: str) -> tuple[str, str | None]:
    """So many of how many, with the interval of the share below."""
    if not of:
        return words.NONE, None
    return f"{grouped(row[name])} of {grouped(of)}", _between(row, share)


def _between(row: Body, share: str) -> str:
    lower, upper = (words.percent(row[f"{share}_{end}"]) for end in ("lower", "upper"))
    return f"{lower.removesuffix(' %')} to {upper}"


def _others_late(row: Body) -> tuple[str, str | None]:
    then, otherwise = words.percent(row["late_share"]), words.percent(row["late_share_outside"])
    return (
        f"{then} of {grouped(row['others_due'])}",
        f"else {otherwise} of {grouped(row['others_due_outside'])}",
    )


def _priorities(body: Body) -> list[Child]:
    rows = body["priorities"]
    if not any(row["priority"] for row in rows):
        return []
    return [
        element("h2", "How urgent their cases are"),
        list_of(
            ("Priority", "#Their cases", "#Share", "#Others' share"),
            (34, 22, 22, 22),
            [
                (
                    row["priority"] or "none told",
                    f"{grouped(row['cases'])} of {grouped(row['of'])}",
                    _percents(row, "share"),
                    _percents(row, "others_share"),
                )
                for row in rows
            ],
        ),
    ]


def _percents(row: Body, name: str) -> tuple[str, str | None]:
    return words.percent(row[name]), None if row[name] is None else _between(row, name)


def _tight(body: Body) -> list[Child]:
    found = body["tight"]
    if not found["total"]:
        return []
    return [
        element("h2", "What could not have been met"),
        *_more(found["total"] - len(found["rows"])),
        list_of(
            ("Wanted from, until", "Case", "What", "#Leaves", "#Done in that", "It was"),
            (23, 16, 22, 12, 14, 13),
            [
                (
                    (words.moment(row["since"], "UTC"), words.moment(row["wanted"], "UTC")),
                    (row["case"] or words.NONE, row["service"]),
                    (_what(row), row["words"]),
                    words.length(row["lead_seconds"]),
                    f"{grouped(row['compared_kept'])} of {grouped(row['compared_of'])}",
                    row["became"] or "not promised",
                )
                for row in found["rows"]
            ],
        ),
    ]


def _late(body: Body) -> list[Child]:
    found = body["cost"]
    if not found["others_late"]:
        return []
    return [
        element("h2", "What else was late in those hours"),
        *_more(found["others_late"] - len(found["rows"])),
        list_of(
            ("Due", "Client", "Case", "Promise"),
            (24, 24, 24, 28),
            [
                (words.moment(row["due"], "UTC"), row["client"], row["case"], (words.kind(row), row["promise"]))
                for row in found["rows"]
            ],
        ),
    ]


def _more(left: int) -> list[Element]:
    return [element("p", f"{number_of(left, 'more is', 'more are')} not listed here.", class_="note")] if left else []


def _foot(body: Body) -> Element:
    return element(
        "footer",
        element(
            "p",
            "They leave: half of the wishes leave so long at most, and so many of comparable cases were done in that. "
            "We take: half of comparable cases took so long at most, and in so long as many were done as are to be. They are the "
            "client's for the same service and priority, failing enough of them everybody's for these, then everybody's of that "
            "priority, then all. Intervals are Wilson's, 95 %. A dash means that there is no value, not zero. Instants are in UTC.",
        ),
        element("p", f"Recorded up to {body['as_of']}: asked again as of then, every figure is the same."),
    )

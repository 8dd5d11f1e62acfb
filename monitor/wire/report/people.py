"""The part of a report about the people: who was promised and who did the work, whom the client has met, through how many hands it went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from monitor.domain.number import grouped, number_of
from monitor.wire.report import words
from monitor.wire.report.elements import Child, Element, element
from monitor.wire.report.lists import list_of

_Rows: TypeAlias = Sequence[dict[str, Any]]


def people_section(body: dict[str, Any]) -> list[Child]:
    """Nothing where nobody did anything."""
    rows: _Rows | None = body["people"]
    if rows is not None and not rows:
        return []
    heading = element("h2", "People promised and people seen")
    if rows is None:
        reason = "There is too much work in this period to tell it by grade here; it can be asked for by itself."
        return [heading, element("p", reason, class_="note")]
    return [heading, *(element("p", says, class_="note") for says in _notes(rows)), _list(rows)]


def _notes(rows: _Rows) -> Iterator[str]:
    """What is to be said of all the work, a sentence or two each."""
    promised = {(row["promise"], row["version"]): row for row in rows if row["promised"]}
    for row in promised.values():
        yield f"{row['promise']}, version {row['version']}: {row['promised']}. {_delivered(row)}"
    if not promised:
        yield "Nothing was promised of who does the work."
    yield _met(rows[0])
    if rows[0].get("handoffs") is not None:  # in a report that was issued before it was told in them
        yield _handed_on(rows[0])


def _delivered(row: dict[str, Any]) -> str:
    share, most = row["delivered_share"], row["delivered_share_at_most"]
    if share is None:
        return f"No {row['measure']} of work are known."
    doubt = "" if most == share else f", at most {words.percent(most)} with people of whom too little is known"
    return f"By people as promised: {words.percent(share)} of the {row['measure']}{doubt}."


def _met(row: dict[str, Any]) -> str:
    """How much of the work people do whom the client has met, by time where any is known."""
    measure, name = ("minutes", "seconds") if row["met_seconds_share"] is not None else ("touches", "touches")
    share, most = row[f"met_{name}_share"], row[f"met_{name}_share_at_most"]
    if share is None:
        return "All that was done for you was done in meetings."
    doubt = "" if most == share else f", at most {words.percent(most)}: it is not known of everybody"
    return f"Of the {measure} of work for you, meetings left out, {words.percent(share)} are by people whom you have met{doubt}."


def _handed_on(row: dict[str, Any]) -> str:
    if not row["handoffs"] and not row["hand_downs"]:
        return "Your cases were never handed on."
    return (
        f"Your cases were handed on {_times(row['handoffs'])}, {grouped(row['returns'])} of them back to somebody who had had "
        f"them before; {_times(row['hand_downs'])} the work went to somebody more junior."
    )


def _times(number: int) -> str:
    return number_of(number, "time")


def _list(rows: _Rows) -> Element:
    return list_of(
        ("Grade", "Time with the firm", "Promise", "#Cases", "#Touches", "#Share", "#Time", "#As promised"),
        (15, 17, 18, 8, 10, 9, 12, 11),
        [
            (
                row["grade"],
                row["tenure"],
                row["promise"] or words.NONE,
                grouped(row["cases"]),
                grouped(row["touches"]),
                words.percent(row["touches_share"]),
                words.NONE if row["touches_unmeasured"] == row["touches"] else words.length(row["seconds"]),
                grouped(row["touches_as_promised"]) if row["promise"] else words.NONE,
            )
            for row in rows
        ],
    )

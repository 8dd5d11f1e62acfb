"""The part of a report about what was broken, and what was done about each."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from monitor.domain.number import number_of
from monitor.wire.report import words
from monitor.wire.report.elements import Child, element
from monitor.wire.report.lists import list_of

_STEPS: Final = (
    ("acknowledge", "Acknowledged"),
    ("explain", "Explained"),
    ("tell", "Told to you"),
    ("apologise", "Apologised"),
    ("remedy", "Made good"),
)


def breaches_section(body: dict[str, Any]) -> list[Child]:
    """Every breach that is listed, and how many more there are."""
    found = body["breaches"]
    heading = element("h2", "What was broken, and what was done about it")
    if not found["total"]:
        return [heading, element("p", "Nothing was broken.", class_="note")]
    left = found["total"] - len(found["rows"])
    note = (
        f"The first {number_of(len(found['rows']), 'is', 'are')} listed; {number_of(left, 'more is', 'more are')} not."
        if left
        else None
    )
    zone = body["zone"]
    return [
        heading,
        None if note is None else element("p", note, class_="note"),
        list_of(
            ("Since", "Case", "Promise", "What happened", "What was done"),
            (17, 13, 17, 20, 33),
            [
                (
                    element("span", words.moment(row["since"], zone), class_="when"),
                    (row["case"], row["holder"]),
                    (words.kind(row), row["promise"]),
                    _happened(row),
                    (_state(row), _done(row, zone) or None),
                )
                for row in found["rows"]
            ],
        ),
    ]


def _happened(row: dict[str, Any]) -> str:
    """What was broken, in the engine's words where it has some; of what was to be done, how late it was, in the promise's own time."""
    said = str(row["reason"])
    if said and row["kind"] != "callback":
        return said
    done = f"Done {words.length(row['late_seconds'])} late" if row["late_seconds"] else "Not done in time"
    return f"{done}; {said}" if said else done


def _state(row: dict[str, Any]) -> str:
    if row["verdict"] == "excused":
        by = f" by {row['excused_by']}" if row["excused_by"] else ""
        return f"Excused{by}" + (f": {row['excuse']}" if row["excuse"] else "")
    credit = f"Credit owed: {row['credit_owed']} {row['credit_owed_currency']}" if _has_credit(row) else None
    state = row["state"].replace("_", " ").capitalize()
    return f"{state}. {credit}" if credit else state


def _has_credit(row: dict[str, Any]) -> bool:
    return row["credit_owed"] is not None and Decimal(row["credit_owed"]) > 0


def _done(row: dict[str, Any], zone: str) -> str:
    """Each step that was taken, by whom and when, and in which words."""
    taken = []
    for step, says in _STEPS:
        if row[f"{step}_at"] is None:
            continue
        who = f" by {row[f'{step}_by']}" if row[f"{step}_by"] else ""
        said = f": {row[f'{step}_words'].rstrip('.')}" if row[f"{step}_words"] else ""
        taken.append(f"{says}{who}, {words.moment(row[f'{step}_at'], zone)}{said}.")
    if row["credit_given"]:
        approved = f", approved by {row['approved_by']}" if row["approved_by"] else ""
        taken.append(f"Credit given: {row['credit_given']} {row['credit_given_currency']}{approved}.")
    return " ".join(taken)

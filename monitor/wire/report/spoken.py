"""The part of a report about what the client said of how satisfied they are."""

from __future__ import annotations

from typing import Any, Final

from monitor.domain.number import grouped, number_of
from monitor.wire.report import words
from monitor.wire.report.elements import Child, element
from monitor.wire.report.lists import list_of

_WHY_LEFT_OUT: Final = {
    "before_contact": "given before the case had begun",
    "no_contact": "of a case that never began",
    "no_scale": "on no scale that can be read",
    "off_scale": "outside its own scale",
    "empty": "without a score or a word",
}


def word_section(body: dict[str, Any]) -> list[Child]:
    """What was said, in figures and word by word; nothing in a report from before it was told in them."""
    word = body.get("word")
    if word is None:
        return []
    heading = element("h2", "What you told us")
    if not word["total"]:
        return [heading, element("p", "You told us nothing of how satisfied you are in this period.", class_="note")]
    return [
        heading,
        element("p", _mean(word), " ", _record(word), class_="note"),
        _left_out(word),
        list_of(
            ("When", "Case", "Score", "In your words"),
            (18, 16, 22, 44),
            [
                (words.moment(row["at"], body["zone"]), row["case"], _score(row), row["words"] or words.NONE)
                for row in word["rows"]
            ],
        ),
    ]


def _mean(word: dict[str, Any]) -> str:
    """The mean on the range of all scales, and how sure one can be of it."""
    if word["score"] is None:
        return "You gave no score that can be read."
    return (
        f"{number_of(word['scores'], 'score')}, on average {_place(word['score'])} of 100, where 0 is the worst and 100 the best of the scale that each was "
        f"given on; as far as they show it, between {_place(word['score_lower'])} and {_place(word['score_upper'])}."
    )


def _record(word: dict[str, Any]) -> str:
    """What the record says of the same time."""
    counted = word["kept"] + word["broken"]
    if not counted:
        return "Of what was promised nothing was decided in the same time."
    return (
        f"In the same time {grouped(word['kept'])} of {number_of(counted, 'occasion')} "
        f"{'was' if counted == 1 else 'were'} kept, {words.percent(word['share'])}."
    )


def _left_out(word: dict[str, Any]) -> Child:
    counts = {why: word[f"left_out_{why}"] for why in _WHY_LEFT_OUT}
    if not any(counts.values()):
        return None
    listed = "; ".join(f"{count} {_WHY_LEFT_OUT[why]}" for why, count in counts.items() if count)
    return element("p", f"In no figure: {listed}.", class_="note")


def _score(row: dict[str, Any]) -> tuple[str, str | None]:
    if row["score"] is None:
        return words.NONE, None
    on = row["scale"] or "no scale"
    return f"{row['score']:g} on {on}", None if row["left_out"] is None else _WHY_LEFT_OUT[row["left_out"]]


def _place(value: float) -> str:
    return f"{100 * value:.0f}"

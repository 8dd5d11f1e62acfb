"""The part of a report that goes promise by promise: four numbers of each, and how it stands."""

from __future__ import annotations

from typing import Any

from monitor.domain.number import grouped, number_of
from monitor.wire.report import words
from monitor.wire.report.chart import drawing
from monitor.wire.report.elements import Child, Element, element


def promises_section(body: dict[str, Any]) -> list[Child]:
    """Each promise; those kept and not as expected are named before."""
    rows = body["numbers"]
    if not rows:
        return [
            element("h2", "Promise by promise"),
            element("p", "No promise was called upon, and the book makes you none by name or tier.", class_="note"),
        ]
    disappointed = [row for row in rows if row["state"] == "expectation_missed"]
    return [
        element("h2", "Promise by promise"),
        _disappointed(disappointed) if disappointed else None,
        *(_promise(row, body["said"].get(f"{row['promise']} {row['version']}")) for row in sorted(rows, key=_is_idle)),
    ]


def _is_idle(row: dict[str, Any]) -> bool:
    """What was not called upon comes last."""
    return bool(row["state"] == "nothing")


def _disappointed(rows: list[dict[str, Any]]) -> Element:
    listed = "; ".join(
        f"{words.kind(row)} ({row['promise']}), {grouped(row['within_expected'])} of {grouped(row['of'])} as expected"
        for row in rows
    )
    return element("p", f"Kept, and the expectation missed: {listed}.", class_="note")


def _promise(row: dict[str, Any], said: dict[str, Any] | None) -> Element:
    sign, state = words.STATES[row["state"]]
    name = f"{row['promise']}, version {row['version']}"
    heading = element("h3", words.kind(row), " ", element("span", name, class_="id"))
    badge = element("span", element("b", sign), state, class_=f"badge {row['state']}")
    return element(
        "section",
        element("header", heading, badge),
        None if said is None else _quotation(said),
        element("div", *(_four(row) if row["expected"] else _two(row)), class_="four"),
        drawing(row),
        element("p", _counts(row), class_="counts"),
        class_="promise",
    )


def _quotation(said: dict[str, Any]) -> Element:
    source = ", ".join(each for each in (said["by"], said["where"], said["on"]) if each)
    spoken = f"\u201c{said['words']}\u201d" if said["words"] else "Promised by "
    return element("blockquote", spoken, " " if said["words"] else None, element("cite", source))


def _four(row: dict[str, Any]) -> list[Element]:
    return [
        _number("Promised", _target(row["promised"], row["promised_seconds"]), _promised_below(row)),
        _number("Expected", *_expected(row)),
        _number("Attainable", words.length(row["attainable_seconds"]), _attainable_below(row)),
        _number("Delivered", words.percent(row["share"]), _delivered_below(row)),
    ]


def _two(row: dict[str, Any]) -> list[Element]:
    """Of what is no length of time: what was promised, in words, and how often that was so."""
    often = _often(row["promised_share"])
    return [
        element(
            "div",
            element("span", "Promised", class_="name"),
            element("span", row["promised"] or words.NONE, class_="says"),
            element("span", often, class_="label"),
            class_="wide",
        ),
        _number("Delivered", words.percent(row["share"]), _delivered_below(row)),
    ]


def _number(name: str, says: str, below: str) -> Element:
    return element(
        "div",
        element("span", name, class_="name"),
        element("span", says, class_="number"),
        element("span", below, class_="label"),
    )


def _target(says: str | None, seconds: float | None) -> str:
    return words.length(seconds) if seconds is not None else _without_rule(says or words.NONE)


def _without_rule(says: str) -> str:
    return says.partition(" (")[0]


def _rule_of(says: str | None) -> str:
    """When the last of so many business days is over, for whom the book's word for it says nothing."""
    rule = (says or "").partition(" (")[2].rstrip(")")
    return f", {words.DAY_RULES[rule]}" if rule in words.DAY_RULES else ""


def _time_of(says: str | None) -> str:
    for time in ("working time", "calendar time"):
        if says is not None and says.endswith(time):
            return f", {time}"
    return ""


def _promised_below(row: dict[str, Any]) -> str:
    return _often(row["promised_share"]) + _time_of(row["promised"]) + _rule_of(row["promised"])


def _often(share: float) -> str:
    return "each time" if share >= 1 else f"in {words.percent(share)} of cases"


def _expected(row: dict[str, Any]) -> tuple[str, str]:
    says = _target(row["expected"], row["expected_seconds"])
    if not row["is_expected_said"]:
        return says, "nothing else is known: as promised"
    if row["within_expected"] is None:
        return says, f"{_time_of(row['expected']).lstrip(', ')}, not comparable with what was promised".lstrip(", ")
    return (
        says,
        f"met {grouped(row['within_expected'])} of {number_of(row['of'], 'time')}, {words.percent(row['expected_share'])}",
    )


def _attainable_below(row: dict[str, Any]) -> str:
    finding = row["finding"]
    if finding is None:
        return "the past can't tell"
    cases = number_of(row["attainable_of"], "past case")
    if row["circle"] != "client":
        cases += " of everybody" if row["circle_name"] is None else f" of tier {row['circle_name']}"
    if finding == "too_few":
        return f"{cases}: too few to say"
    often = f"in {words.percent(row['attainable_share'])} of cases"
    if row["attainable_seconds"] is None:
        return f"{cases} show no time that is kept {often}"
    bound = words.percent(row["attainable_lower"])
    return f"{often}, by {cases}; the promise itself in {bound} at least"


def _delivered_below(row: dict[str, Any]) -> str:
    if not row["of"]:
        return "nothing decided"
    said = f"kept {grouped(row['kept'])} of {grouped(row['of'])}"
    if row["unknown"]:
        said += f"; {words.percent(row['lower'])} to {words.percent(row['upper'])} with what is unknown"
    return said


_LEFT_OUT = ("open_late", "waiting", "excused", "void", "unknown")
_NAMES = {"open_late": "open and late", "waiting": "not decided yet"}


def _counts(row: dict[str, Any]) -> str | None:
    """What else there is, where there is any."""
    there = [f"{grouped(row[name])} {_NAMES.get(name, name)}" for name in _LEFT_OUT if row[name]]
    return ", ".join(there).capitalize() + "." if there else None

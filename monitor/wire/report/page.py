"""A report as one page of HTML that needs nothing else: what an account manager puts before a client, on paper or a screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from monitor.domain.number import grouped, number_of
from monitor.wire.report import words
from monitor.wire.report.breaches import breaches_section
from monitor.wire.report.elements import Child, Element, element
from monitor.wire.report.frame import framed
from monitor.wire.report.lists import figures_of, list_of
from monitor.wire.report.people import people_section
from monitor.wire.report.promises import promises_section
from monitor.wire.report.spoken import word_section

Body: TypeAlias = dict[str, Any]


def page_of(body: Body) -> str:
    """The page of a report, the body of `monitor.adapters.answers.report_content`."""
    title = f"{body['client_name']}: {words.period(body['period'])}"
    return framed(f"{title} ({body['firm']})", element("main", *_head(body), *_sections(body)), _foot(body))


def _head(body: Body) -> list[Element]:
    starts, ends = words.day(body["starts"], body["zone"]), words.day(body["ends"], body["zone"], is_end=True)
    span = starts if starts == ends else f"{starts} to {ends}"
    return [
        element("div", element("span", body["firm"]), element("span", _issue(body)), class_="firm"),
        element("p", "What was promised, and what was done", class_="kicker"),
        element("h1", body["client_name"]),
        element("p", f"{words.period(body['period'])}, {span}", class_="span"),
        element("p", _lead(body), class_="lead"),
        _figures(body),
    ]


def _issue(body: Body) -> str:
    issued = body["issued"]
    if issued is None:
        return "Draft, not issued"
    return f"Report no. {issued['report']}, issued {words.day(issued['issued'], body['zone'])}"


def _lead(body: Body) -> str:
    """What there is to say, in two or three sentences."""
    rows = body["numbers"]
    counted, kept = sum(row["of"] for row in rows), sum(row["kept"] for row in rows)
    if not counted:
        said = "Nothing was decided in this period: no promise was called upon, or all that was is still open."
    else:
        asked = sum(row["state"] != "nothing" for row in rows)
        held = sum(row["state"] in ("kept", "expectation_missed") for row in rows)
        were = "was" if asked == 1 else "were"
        said = (
            f"Of {number_of(asked, 'promise')} that {were} called upon, {grouped(held)} {'was' if held == 1 else 'were'} kept; "
            f"of {number_of(counted, 'occasion')}, {grouped(kept)} {'was' if kept == 1 else 'were'}."
        )
        disappointed = sum(row["state"] == "expectation_missed" for row in rows)
        if disappointed:
            said += f" {number_of(disappointed, 'promise was', 'promises were')} kept and yet less than you expected."
    return said if body["is_over"] else f"{said} The period is still running."


def _figures(body: Body) -> Element:
    rows, found = body["numbers"], body["breaches"]
    counted, kept = sum(row["of"] for row in rows), sum(row["kept"] for row in rows)
    listed = len(found["rows"])
    told = "each one told" if listed == found["total"] else f"the first {grouped(listed)} told"
    unexpected = [row["kept_unexpected"] for row in rows if row["kept_unexpected"] is not None]
    figures = [
        (
            words.percent(kept / counted if counted else None),
            f"kept: {grouped(kept)} of {grouped(counted)}",
        ),
        (grouped(found["total"]), f"broken or excused, {told} below"),
        (
            grouped(sum(unexpected)) if unexpected else words.NONE,
            "kept, and not as expected",
        ),
        _credit_figure(body["credits"]),
    ]
    return figures_of(figures)


def _credit_figure(found: Sequence[Body] | None) -> tuple[str, str]:
    if found is None:
        return words.NONE, "in credits: too many breaches to sum up here"
    return "; ".join(f"{each['owed']} {each['currency']}" for each in found) or "none", "in credits owed to you"


def _sections(body: Body) -> list[Child]:
    return [
        *promises_section(body),
        *breaches_section(body),
        *_shares(body),
        *people_section(body),
        *word_section(body),
        *_restated(body),
    ]


def _shares(body: Body) -> list[Child]:
    rows: Sequence[Body] = body["shares"]
    if not rows:
        return []
    return [
        element("h2", "Shares over periods"),
        element(
            "p",
            "Some promises are to be kept in a share of cases, or of the work, over each period. The error budget is how many may be "
            "broken, or how much others may do.",
            class_="note",
        ),
        list_of(
            ("Promise", "Period", "Stands", "#Promised", "#Kept", "#Of", "#Budget left"),
            (28, 13, 15, 11, 10, 9, 14),
            [
                (
                    row["promise"],
                    row["period"],
                    "nothing decided" if row["state"] == "no_value" else row["state"].replace("_", " "),
                    words.percent(row["promised"]),
                    words.percent(row["share"]),
                    _whole(row),
                    _budget(row),
                )
                for row in rows
            ],
        ),
    ]


def _whole(row: Body) -> str:
    """What the share is a share of: so many cases, or so much work."""
    if row["measure"] == "cases":
        return grouped(row["kept"] + row["broken"])
    return f"{_amount(row['fit'] + row['below'])} {row['measure']}"


def _budget(row: Body) -> str:
    left = row["left"]
    if left is None:  # of a share of the work, in a report that was issued before these had budgets
        return words.NONE
    if row["measure"] == "cases":
        return f"{grouped(-left)} too many" if left < 0 else f"{grouped(left)} of {grouped(row['allowed'])}"
    measure = row["measure"]
    return (
        f"{_amount(-left)} {measure} too many"
        if left < 0
        else f"{_amount(left)} of {_amount(row['allowed'])} {measure}"
    )


def _amount(measured: float) -> str:
    """So many minutes or touches, to a hundredth."""
    return f"{measured:,.2f}".rstrip("0").rstrip(".")


def _restated(body: Body) -> list[Child]:
    found = body["restated"]
    if found is None:
        return []
    heading = element("h2", "Corrected since")
    if not found["total"]:
        return [heading, element("p", "Nothing in this report was corrected since it was issued.", class_="note")]
    zone = body["zone"]
    return [
        heading,
        element(
            "p",
            f"This report says what was known when it was issued. {number_of(found['total'], 'verdict')} came to be seen "
            f"otherwise since{_further(found)}.",
            class_="note",
        ),
        list_of(
            ("Learned", "Case", "Promise", "It was", "It is", "Why"),
            (18, 14, 18, 10, 10, 30),
            [
                (
                    words.moment(row["recorded"], zone),
                    row["case"],
                    row["promise"],
                    row["previous"] or words.NONE,
                    row["verdict"],
                    (row["reason"], _cause(row)),
                )
                for row in found["rows"]
            ],
        ),
    ]


def _cause(row: Body) -> str | None:
    return None if row["cause_id"] is None else f"{row['cause_source']} {row['cause_id']}"


def _further(found: Body) -> str:
    left = found["total"] - len(found["rows"])
    return f"; {number_of(left, 'more is', 'more are')} not listed here" if left else ""


_DEFINITIONS: Final = (
    (
        "Promised is what you were told; expected, what we understand you took it to be; attainable, the time within which our own "
        "past shows that it can be kept as often as promised; delivered, how long it took: half of them at most so long, and 95 of "
        "100. Times are those the promise counts: working time where it is in working hours, pauses left out."
    ),
    (
        "An obligation belongs to the period in which it began to be owed. What was excused or is void is left out of shares; what is "
        "unknown, because a source could not be heard or too little is known of somebody, is never counted as kept. A dash means that "
        "there is no value, not zero."
    ),
)


def _foot(body: Body) -> Element:
    as_of = words.moment(body["as_of"], body["zone"])
    return element(
        "footer",
        *(element("p", says) for says in _DEFINITIONS),
        element(
            "p",
            f"As of {as_of} ({body['zone']}), recorded {body['as_of']}: asked again as of then, every figure is the same.",
        ),
    )

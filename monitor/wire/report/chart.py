"""The four numbers of one promise as a drawing: four bars on one scale, in SVG. Each bar bears its name and its value."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from monitor.wire.report.elements import Element, element
from monitor.wire.report.words import length

_WIDTH: Final = 680
_LEFT: Final = 92
"""Where bars begin, behind their names."""
_RIGHT: Final = 445
"""Where the longest one ends: its value has room behind it."""
_ROW: Final = 25
_BAR: Final = 11


_VALUE_WIDTH: Final = 190
"""Of the longest value, more or less."""


class _Bar(NamedTuple):
    name: str
    style: str
    seconds: float | None
    says: str


def drawing(row: dict[str, Any]) -> Element | None:
    """The drawing of a row of numbers; None where there are no two lengths to compare."""
    bars = _bars(row)
    lengths = [bar.seconds for bar in bars if bar.seconds]
    delivered = [each for each in (row["median_seconds"], row["percentile_95_seconds"]) if each is not None]
    longest = max([*lengths, *delivered], default=0)
    if len(lengths) + bool(delivered) < 2 or not longest:
        return None

    def place(seconds: float) -> float:
        return round(_LEFT + (_RIGHT - _LEFT) * seconds / longest, 1)

    drawn = [each for number, bar in enumerate(bars) for each in _row(bar, number, place)]
    drawn += _delivered(row, len(bars), place)
    height = _ROW * (len(bars) + 1)
    limit = row["promised_seconds"]
    if limit:
        x = place(limit)
        drawn.insert(0, element("line", class_="limit", x1=x, x2=x, y1=4, y2=height - 4))
    says = "; ".join([*(f"{bar.name} {bar.says}" for bar in bars), f"Delivered {_said(row)}"])
    return element(
        "svg",
        element("title", says),
        *drawn,
        viewBox=f"0 0 {_WIDTH} {height}",
        role="img",
        class_="numbers",
        xmlns="http://www.w3.org/2000/svg",
    )


def _bars(row: dict[str, Any]) -> list[_Bar]:
    expected = row["expected_seconds"] if row["is_expected_said"] else None
    said = [
        _Bar("Promised", "promised", row["promised_seconds"], length(row["promised_seconds"])),
        _Bar("Expected", "expected", expected, length(expected)),
        _Bar("Attainable", "attainable", row["attainable_seconds"], length(row["attainable_seconds"])),
    ]
    return [bar for bar in said if bar.seconds is not None]


def _row(bar: _Bar, number: int, place: Any) -> list[Element]:
    y = number * _ROW + (_ROW - _BAR) / 2
    end = place(bar.seconds)
    return [
        _name(bar.name, number),
        element("rect", class_=bar.style, x=_LEFT, y=y, width=round(end - _LEFT, 1), height=_BAR),
        _value(bar.says, end, number),
    ]


def _delivered(row: dict[str, Any], number: int, place: Any) -> list[Element]:
    """To the median in full, up to the 95th percentile lighter, with an end stop; what is not known yet ends in a gap."""
    median, late = row["median_seconds"], row["percentile_95_seconds"]
    y = number * _ROW + (_ROW - _BAR) / 2
    drawn = [_name("Delivered", number)]
    reached = float(_LEFT)
    if late is not None:
        reached = place(late)
        drawn.append(element("rect", class_="most", x=_LEFT, y=y, width=round(reached - _LEFT, 1), height=_BAR))
        drawn.append(element("line", class_="stop", x1=reached, x2=reached, y1=y - 2, y2=y + _BAR + 2))
    if median is not None:
        end = place(median)
        drawn.append(element("rect", class_="half", x=_LEFT, y=y, width=round(end - _LEFT, 1), height=_BAR))
        reached = max(reached, end)
    drawn.append(_value(_said(row), _past_the_limit(row, reached, place), number))
    return drawn


def _past_the_limit(row: dict[str, Any], reached: float, place: Any) -> float:
    """Where the value stands: behind the line of what was promised, where it would cross it."""
    limit = place(row["promised_seconds"]) if row["promised_seconds"] else 0
    return float(limit) if reached < limit < reached + _VALUE_WIDTH else reached


def _said(row: dict[str, Any]) -> str:
    if not row["measured"]:
        return "nothing yet"
    median, late = row["median_seconds"], row["percentile_95_seconds"]
    half = f"half in {length(median)}" if median is not None else "half are still open"
    most = f"95 % in {length(late)}" if late is not None else "the slowest still open"
    return f"{half}, {most}" if median is not None else half


def _name(name: str, number: int) -> Element:
    return element("text", name, class_="name", x=0, y=number * _ROW + _ROW / 2 + 4)


def _value(says: str, end: float, number: int) -> Element:
    return element("text", says, class_="value", x=round(end + 8, 1), y=number * _ROW + _ROW / 2 + 4)

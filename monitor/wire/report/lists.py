"""Tables and rows of figures, from plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from monitor.wire.report.elements import Element, element

Cell: TypeAlias = "str | Element | tuple[str, str | None]"
"""A text; or a text with a smaller one below it."""


def list_of(columns: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[Cell]]) -> Element:
    """A table; `widths` are in hundredths. Columns whose name begins with `#` are of figures, and stand to the right."""
    is_figure = [name.startswith("#") for name in columns]
    head = [
        element("th", name.lstrip("#"), class_=_style(right), scope="col")
        for name, right in zip(columns, is_figure, strict=True)
    ]
    columns_of = element("colgroup", *(element("col", width=f"{width}%") for width in widths))
    lines = [element("tr", *(_cell(cell, right) for cell, right in zip(row, is_figure, strict=True))) for row in rows]
    return element(
        "div",
        element("table", columns_of, element("thead", element("tr", *head)), element("tbody", *lines)),
        class_="scrolled",
        tabindex="0",  # on a narrow screen it scrolls by itself, and has to be reached with the keyboard
    )


def figures_of(figures: Iterable[tuple[str, str]]) -> Element:
    """The row of figures at the head of a page: each with what it says."""
    cells = (
        element("div", element("span", figure, class_="figure"), element("span", says, class_="label"))
        for figure, says in figures
    )
    return element("div", *cells, class_="figures")


def _cell(cell: Cell, is_figure: bool) -> Element:
    if isinstance(cell, Element):
        return element("td", cell, class_=_style(is_figure))
    if isinstance(cell, str):
        return element("td", cell, class_=_style(is_figure))
    says, below = cell
    return element("td", says, None if below is None else element("small", below), class_=_style(is_figure))


def _style(is_figure: bool) -> str | None:
    return "n" if is_figure else None

"""What every page has: its own policy and looks, and nothing from elsewhere."""

from __future__ import annotations

from monitor.wire.report.elements import Element, element, written
from monitor.wire.report.style import POLICY, STYLE


def framed(title: str, *content: Element) -> str:
    """A whole page in HTML."""
    return written(
        element(
            "html",
            element(
                "head",
                element("meta", charset="utf-8"),
                element("meta", http_equiv="Content-Security-Policy", content=POLICY),
                element("meta", name="viewport", content="width=device-width, initial-scale=1"),
                element("meta", name="referrer", content="no-referrer"),
                element("title", title),
                element("style", STYLE),
            ),
            element("body", *content),
            lang="en",
        )
    )

"""What the dashboards ask, read from their JSON: for whoever holds it against what is exported."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

FOLDER: Final = Path(__file__).resolve().parent / "dashboards"
RATE_INTERVAL: Final = "4m"
RANGE: Final = "6h"


class Asked(NamedTuple):
    """A query and who asks it: a panel, a mark on the graphs or a variable of a dashboard. `expr` is as it is written."""

    dashboard: str
    by: str
    expr: str


def boards() -> dict[str, Any]:
    """Every dashboard by its uid."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.json")))
    return {board["uid"]: board for board in map(json.loads, texts)}


def panels(board: Any) -> list[Any]:
    """The panels of a dashboard, without the rows between them."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def asked(board: Any) -> Iterator[Asked]:
    """Every query of panels and marks."""
    for panel in panels(board):
        for target in panel["targets"]:
            yield Asked(board["uid"], panel["title"], target["expr"])
    for mark in board["annotations"]["list"]:
        yield Asked(board["uid"], mark["name"], mark["expr"])


def filled(expr: str, values: Mapping[str, str]) -> str:
    """An expression as Grafana sends it, with values for its variables; those not given are all there is."""
    known = {"__rate_interval": RATE_INTERVAL, "__range": RANGE, "tier": ".*", **values}
    for name in ("__rate_interval", "__range", "job", "instance", "kind", "tier", "client", "queue"):
        expr = expr.replace(f"${name}", known.get(name, ".+"))
    return expr

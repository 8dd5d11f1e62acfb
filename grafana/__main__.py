"""Writes every dashboard as JSON: the same bytes each time, so that a test can hold the files against this code."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard, Panel
from grafana_foundation_sdk.models.table import Options as TableOptions

from grafana import calls, client, health, overview, people

FOLDER: Final = Path(__file__).resolve().parent / "dashboards"
BOARDS: Final = (overview, client, people, calls, health)


def dashboards() -> Mapping[str, str]:
    """The text of each dashboard by the name of its file."""
    built = [_known_to_grafana(module.dashboard().build()) for module in BOARDS]
    return {f"{each.uid}.json": json.dumps(each, cls=JSONEncoder, indent=2, sort_keys=True) + "\n" for each in built}


def _known_to_grafana(board: Dashboard) -> Dashboard:
    """The dashboard with its panels numbered, and without the defaults that the SDK writes and Grafana's own types don't have."""
    for variable in board.templating.list_val or []:
        variable.auto = variable.auto_min = variable.auto_count = None
    for number, panel in enumerate(board.panels or [], start=1):
        panel.id_val = number
        if isinstance(panel, Panel) and isinstance(panel.options, TableOptions):
            panel.options.footer = None
    return board


def write(folder: Path) -> None:
    """Writes them to a folder, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in dashboards().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)

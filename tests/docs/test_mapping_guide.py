"""What `USING.md` says of mappings: each key is told, and the example becomes the events that a reader expects."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from monitor.testing import run_kept

ROOT: Final = Path(__file__).resolve().parents[2]
SECTION: Final = (
    (ROOT / "USING.md").read_text(encoding="utf-8").partition("## Your own data\n")[2].partition("\n## ")[0]
)
SCHEMA: Final[dict[str, Any]] = json.loads((ROOT / "schemas" / "mapping.schema.json").read_text(encoding="utf-8"))
KEYS: Final = sorted(set(SCHEMA["properties"]).union(*(part["properties"] for part in SCHEMA["$defs"].values())))


_PROSE: Final = re.sub(r"^```.*?^```", "", SECTION, flags=re.MULTILINE | re.DOTALL)
TOLD: Final = {word for quoted in re.findall(r"`([^`\n]+)`", _PROSE) for word in re.findall(r"[a-z_]+", quoted)}


def _block(language: str) -> str:
    [block] = re.findall(rf"^```{language}\n(.*?)^```", SECTION, re.MULTILINE | re.DOTALL)
    return str(block)


@pytest.mark.parametrize("key", KEYS)
def test_each_key_of_a_mapping_is_told(key: str) -> None:
    assert key in TOLD


def test_the_example_becomes_the_three_events_that_one_reads_in_it(tmp_path: Path) -> None:
    """Opened, taken by Ann, solved by Ann; in March before the 29th London's time is UTC."""
    (tmp_path / "mapping.yaml").write_text(_block("yaml"), encoding="utf-8")
    (tmp_path / "tickets.csv").write_text(_block("csv"), encoding="utf-8")
    code, out, err = run_kept("convert", "--mapping", tmp_path / "mapping.yaml", tmp_path / "tickets.csv")
    assert code == 0, err
    events = [json.loads(line) for line in out.splitlines()]
    assert [(event["type"], event["time"], event["data"]) for event in events] == [
        ("ticket.opened", "2026-03-02T09:00:00Z", {"priority": "high"}),
        ("ticket.assigned", "2026-03-02T09:20:00Z", {"holder": "Ann"}),
        ("ticket.resolved", "2026-03-02T11:05:00Z", {"by": "Ann"}),
    ]
    assert {(event["subject"], event["client"]) for event in events} == {("T-1", "ACME-01")}

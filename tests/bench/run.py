"""Runs every benchmark of this folder: `make bench`.

A benchmark is a module here with `run() -> list[dict]`; each entry says what was measured against what:
`bench` (its name), `value` and `unit`, `peer` (what it is held against), `ratio` (how many times better than the
peer) and `target` (the least ratio to reach, None where none is set). Entries go to `build/bench.jsonl`, a line each.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any, Final, TypeAlias

from rich.console import Console
from rich.table import Table

from monitor.domain.cases import engine

Entry: TypeAlias = dict[str, Any]

HERE: Final = Path(__file__).resolve().parent
RESULTS: Final = HERE.parents[1] / "build" / "bench.jsonl"
KEYS: Final = ("bench", "value", "unit", "peer", "ratio", "target")


def main(folder: Path = HERE, results: Path = RESULTS) -> int:
    """Runs and writes all, shows them; 1 where a ratio is under its target, a benchmark failed or nothing was measured, else 0."""
    results.parent.mkdir(parents=True, exist_ok=True)
    results.write_bytes(b"")
    failed = [name for name in modules(folder) if not ends_well(folder / f"{name}.py", results)]
    entries = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    if entries:
        show(entries)
        print(f"measured: {what_is_measured(str(engine.__file__))}")
    missed = [entry["bench"] for entry in entries if misses_target(entry)]
    if missed:
        sys.stderr.write(f"under target: {', '.join(missed)}\n")
    if failed:
        sys.stderr.write(f"failed: {', '.join(failed)}\n")
    if not entries:
        sys.stderr.write(f"found no benchmark in {folder}, expected modules with run()\n")
    return 1 if missed or failed or not entries else 0


def modules(folder: Path) -> list[str]:
    """The modules of the folder by name; what is in folders inside is started by them."""
    return sorted(path.stem for path in folder.glob("*.py") if path.stem != Path(__file__).stem)


def ends_well(path: Path, results: Path) -> bool:
    """Measures a module in a process of its own: what one keeps in memory is not in the figures of the next one's processes,
    and where one fails the others are measured all the same."""
    return subprocess.run([sys.executable, __file__, path, results], check=False).returncode == 0


def measure(path: Path, results: Path) -> None:
    """Writes the entries of a module, if it is a benchmark."""
    # A benchmark may use a neighbour as its peer's model: the folder is importable, as for a script.
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"found {path}, expected a Python module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, "run"):
        return
    with results.open("a", encoding="utf-8") as file:
        for entry in module.run():
            file.write(json.dumps(checked(entry, path.stem), ensure_ascii=False) + "\n")


def checked(entry: Entry, name: str) -> Entry:
    """The entry, if it has exactly the keys it should; raises ValueError."""
    if set(entry) != set(KEYS):
        raise ValueError(f"{name}: found keys {sorted(entry)}, expected {sorted(KEYS)}")
    return entry


def misses_target(entry: Entry) -> bool:
    """Whether there is a target and the ratio does not reach it; no ratio reaches none."""
    if entry["target"] is None:
        return False
    return entry["ratio"] is None or entry["ratio"] < entry["target"]


def what_is_measured(file: str) -> str:
    """In words, by the file that the engine was imported from."""
    if file.endswith(tuple(EXTENSION_SUFFIXES)):
        return f"what is shipped, the domain compiled ({file})"
    return f"the source, whose engine takes twice as long as the compiled one that is shipped ({file})"


def show(entries: list[Entry]) -> None:
    """Prints the entries as a table."""
    table = Table("bench", "value", "unit", "peer", "ratio", "target", "")
    for column in (1, 4, 5):
        table.columns[column].justify = "right"
    for entry in entries:
        verdict = "" if entry["target"] is None else "under" if misses_target(entry) else "ok"
        table.add_row(*(_shown(entry[key]) for key in KEYS), verdict)
    Console(soft_wrap=True).print(table)


def _shown(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float) and abs(value) < 100:
        return f"{value:.3g}"
    return f"{value:,.0f}" if isinstance(value, int | float) else str(value)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(*map(Path, sys.argv[1:]))
    else:
        sys.exit(main())

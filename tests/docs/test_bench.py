"""`make bench` runs what it finds, writes what was measured and fails where a target is missed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from monitor.domain.cases import engine
from monitor.testing import PATIENCE_SECONDS

RUNNER: Final = Path(__file__).resolve().parents[1] / "bench" / "run.py"

BENCHMARK: Final = """
def run():
    return [{{"bench": "{name}", "value": 12.5, "unit": "us", "peer": "businesstimedelta", "ratio": {ratio}, "target": {target}}}]
"""


def _bench(
    folder: Path, **benchmarks: tuple[float | None, float | None]
) -> tuple[subprocess.CompletedProcess[str], Path]:
    for name, (ratio, target) in benchmarks.items():
        (folder / f"{name}.py").write_text(BENCHMARK.format(name=name, ratio=ratio, target=target))
    results = folder / "build" / "bench.jsonl"
    script = (
        "import runpy, sys, pathlib as p; "
        f"main = runpy.run_path({str(RUNNER)!r})['main']; "
        f"sys.exit(main(p.Path({str(folder)!r}), p.Path({str(results)!r})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )
    return done, results


def test_every_entry_is_a_line_of_the_results(tmp_path: Path) -> None:
    done, results = _bench(tmp_path, hours=(30.0, 10), replay=(None, None))
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["bench"] for line in results.read_text().splitlines()] == ["hours", "replay"]
    assert "businesstimedelta" in done.stdout


def test_a_ratio_under_its_target_fails_by_name(tmp_path: Path) -> None:
    done, _ = _bench(tmp_path, hours=(9.9, 10), replay=(10, 10))
    assert done.returncode == 1
    assert done.stderr == "under target: hours\n"


def test_a_target_without_a_ratio_fails(tmp_path: Path) -> None:
    assert _bench(tmp_path, hours=(None, 10))[0].returncode == 1


def test_measuring_nothing_fails(tmp_path: Path) -> None:
    done, _ = _bench(tmp_path)
    assert done.returncode == 1
    assert "found no benchmark" in done.stderr


def test_where_one_fails_the_others_are_measured(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import no_such_module")
    done, results = _bench(tmp_path, hours=(30.0, 10))
    assert done.returncode == 1
    assert done.stderr.endswith("failed: broken\n")
    assert [json.loads(line)["bench"] for line in results.read_text().splitlines()] == ["hours"]


def test_it_says_whether_what_is_measured_is_compiled(tmp_path: Path) -> None:
    done, _ = _bench(tmp_path, hours=(30.0, 10))
    is_compiled = str(engine.__file__).endswith(".so")
    assert f"measured: {'what is shipped, the domain compiled' if is_compiled else 'the source,'}" in done.stdout

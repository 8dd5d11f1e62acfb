"""`kept run --demo` with Prometheus and Alertmanager on the machine: they watch it, and end with it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.request import urlopen

import pytest

from monitor.testing import PATIENCE_SECONDS, eventually
from tests.services.monitoring import answers
from tests.services.programs import Program

pytestmark = pytest.mark.slow

ROOT: Final = Path(__file__).resolve().parents[2]


class Demonstration:
    """It runs in a folder of its own, and says where its onlookers are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "build" / "demo"
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "monitor", "run", "--demo", "--port", "0"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        said = next(line for line in self.process.stdout if "alerts " in line) + self.process.stdout.readline()
        self.urls = re.findall(r"http://127\.0\.0\.1:\d+", said)

    def watchers(self) -> list[bool]:
        """Whether Prometheus and Alertmanager are well."""
        return [answers(f"{url}/-/healthy") for url in self.urls]

    def end(self, number: signal.Signals) -> int:
        """Sends a signal, and returns how it ended."""
        self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode


@pytest.fixture
def demonstration(tmp_path: Path, program: Program) -> Iterator[Demonstration]:
    program("prometheus")
    program("prometheus-alertmanager")
    started = Demonstration(tmp_path)
    eventually(lambda: started.watchers() == [True, True], "both are well")
    yield started
    started.process.kill()
    started.process.communicate()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)])
def test_the_onlookers_end_with_kept_however_it_ends(
    number: signal.Signals, code: int, demonstration: Demonstration
) -> None:
    assert demonstration.end(number) == code
    eventually(lambda: demonstration.watchers() == [False, False], "both are gone")


def test_the_onlookers_run_on_our_rules_and_tell_nobody_outside(demonstration: Demonstration) -> None:
    rules = demonstration.folder / "prometheus" / "rules"
    ours = ROOT / "deploy" / "prometheus" / "rules"
    assert {path.name: path.read_bytes() for path in rules.iterdir()} == {
        path.name: path.read_bytes() for path in ours.iterdir()
    }
    assert "webhook" not in (demonstration.folder / "alertmanager" / "alertmanager.yml").read_text()


def test_the_canary_goes_all_the_way_to_the_alert(demonstration: Demonstration) -> None:
    """Made by Kept, broken by the clock, told by a notice: Alertmanager has it."""
    _, alertmanager = demonstration.urls

    def alerts() -> set[str]:
        with urlopen(f"{alertmanager}/api/v2/alerts", timeout=PATIENCE_SECONDS) as answer:
            return {alert["labels"]["alertname"] for alert in json.load(answer)}

    eventually(lambda: "KeptCanary" in alerts(), "Alertmanager has the canary's alert")

"""What every test may ask for: real data, a search depth, and a build machine that accepts no skipped test."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

pytest_plugins = [
    "tests.services.postgres",
    "tests.services.kafka_broker",
    "tests.services.databases",
    "tests.services.programs",
    "tests.services.copies",
]

ROOT: Final = Path(__file__).resolve().parent.parent
DATA: Final = Path(os.environ.get("KEPT_DATA") or ROOT.parent / "shared" / "data")
"""Real logs, too large for the repository. `KEPT_DATA` names another folder."""

ON_BUILD_MACHINE: Final = os.environ.get("CI", "").casefold() in {"true", "1"}

# `fast` and `ci` are the same search every time: what was green stays green. `search` looks for new examples and prints
# what reproduces a failure. A busy machine is slow, not wrong: none has deadlines.
settings.register_profile(
    "fast", max_examples=25, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "ci",
    max_examples=100,
    derandomize=True,  # a build must not turn red by luck; `search` is for finding new examples
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "search",
    max_examples=1_000,
    derandomize=False,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci" if ON_BUILD_MACHINE else "fast")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder with the real logs."""
    if not DATA.is_dir():
        pytest.skip(f"no folder {DATA}: the real logs are not on this machine (KEPT_DATA names another folder)")
    return DATA


# What takes longest begins first, so that processes which share the tests end at about the same time.

LONGEST: Final = tuple(
    f"{folder}/test_{name}.py"
    for folder, names in {
        "acceptance": "chaos queries_workers installation edge_faults origin_gaps worker interruptions alerting crash publish",
        "docs": "rules rules_of_workers",
    }.items()
    for name in names.split()
)
"""Modules that take half a minute or more."""
FOLDERS: Final = ("acceptance", "simulation", "contract", "docs", "unit")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Orders modules by how long they take; in each, and among those of a folder, the order stays random."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[int, int]:
    path = item.path.relative_to(ROOT / "tests")
    folder, name = path.parts[0], path.as_posix()
    return (
        LONGEST.index(name) if name in LONGEST else len(LONGEST),
        FOLDERS.index(folder) if folder in FOLDERS else len(FOLDERS),
    )


class _Mixed(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Hands out modules in that order, but to every second process what waits before what reckons, and to the others what
    reckons first: all waiting at once they would leave the processors idle, and all reckoning keep each other from them."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        is_to_wait = self.nodes.index(node) % 2 == 0
        wanted = (scope for scope in self.workqueue if scope.startswith(WAITING) == is_to_wait)
        self.workqueue.move_to_end(next(wanted, next(iter(self.workqueue))), last=False)
        super()._assign_work_unit(node)


WAITING: Final = "tests/acceptance/"
"""Where tests wait for whole processes most of the time."""


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    """Ours, where modules are handed out whole."""
    return _Mixed(config, log) if config.getoption("dist") == "loadscope" else None


# A build machine that skips a test has not tested: both hooks turn a skip into a failure there.


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if ON_BUILD_MACHINE and report.skipped and not hasattr(report, "wasxfail"):
        _fail(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if ON_BUILD_MACHINE and report.skipped:
        _fail(report)
    return report


def _fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"skipped where CI=true, which is a failure: {reason}"

"""What every test may ask for: real data, a search depth, and a build machine that accepts no skipped test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Final, NamedTuple

import promql_parser
import pytest
from hypothesis import HealthCheck, settings

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
    max_examples=200,
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


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """Where a program is; a test that asks for one that is not here is skipped, and says so."""

    def find(name: str) -> str:
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"found no {name} on this machine: tests/install-services monitoring installs it on Debian")
        return found

    return find


class Selection(NamedTuple):
    """Series that an expression asks for: the name, and the labels it chooses them by."""

    name: str
    labels: frozenset[str]


@pytest.fixture(scope="session")
def selections() -> Callable[[str], list[Selection]]:
    """The selections in a PromQL expression; raises ValueError where it can't be parsed."""

    def read(expression: str) -> list[Selection]:
        found: list[Selection] = []

        def visit(node: promql_parser.Expr) -> bool:
            if isinstance(node, promql_parser.VectorSelector) and node.name:
                found.append(Selection(node.name, frozenset(matcher.name for matcher in node.matchers.matchers)))
            return True

        promql_parser.walk(promql_parser.parse(expression), visit)
        return found

    return read


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

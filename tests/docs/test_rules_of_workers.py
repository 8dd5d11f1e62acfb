"""The rules say of workers what they say of a daemon: each of their tests holds for the series of two workers, too.

Every series that workers show by partition is split into two partitions, one for each of two workers, and in the middle of
the test the first partition changes hands, and with it what belongs to none. The alerts expected stay the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from monitor.adapters.metrics import prometheus
from monitor.conventions.metric_name import PARTITION
from monitor.conventions.metrics import METRICS
from monitor.service.commits.totals import Totals
from tests.services.programs import Program, run_clean

pytestmark = pytest.mark.slow

FOLDER: Final = Path(__file__).resolve().parents[2] / "deploy" / "prometheus"
TEST_FILES: Final = sorted((FOLDER / "tests").glob("*.yaml"))

BY_PARTITION: Final = {
    metric.name for metric in prometheus.counted(Totals(), prometheus.Shown(["any"], ["any"], ["any"]))
}
"""What each worker shows of its partitions."""
OF_EACH_PROCESS: Final = {
    "kept_waiting_events",
    "kept_commit_duration_seconds",
    "kept_failed_commits",
    "kept_last_recorded_timestamp_seconds",
    "kept_agenda_next_timestamp_seconds",
    "kept_agenda_last_run_timestamp_seconds",
    "kept_catching_up",
    "kept_build",
    "kept_book_edition",
    "kept_rejudging",
}
"""What each process shows of itself, whoever has which partition. All else is shown by one of the workers."""
OF_THE_KEEPER: Final = {metric.name for metric in METRICS} - BY_PARTITION - OF_EACH_PROCESS
SUFFIX: Final = re.compile(r"(_total|_info|_bucket|_sum|_count)$")

GIVEN: Final = re.compile(r"^(\w+)\{(.*)\}$")
REPEATED: Final = re.compile(r"^(-?[\d.]+)(?:([+-])([\d.]+))?x(\d+)$")


def _samples(values: str) -> Iterator[str]:
    """What promtool makes of its notation: `0x2` is three samples, `1+2x2` is 1, 3, 5."""
    for word in values.split():
        if word.startswith("_x"):
            yield from ["_"] * int(word[2:])
        elif found := REPEATED.match(word):
            step = float((found[2] or "+") + (found[3] or "0"))
            yield from (_written(float(found[1]) + step * place) for place in range(int(found[4]) + 1))
        else:
            yield word


def _written(value: float) -> str:
    return repr(int(value)) if value == int(value) else repr(value)


def test_the_notation_is_read_as_promtool_reads_it() -> None:
    # https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
    assert list(_samples("-2+4x3")) == ["-2", "2", "6", "10"]
    assert list(_samples("1x2 _ _x2 stale")) == ["1", "1", "1", "_", "_", "_", "stale"]


def _series(name: str, labels: str, values: list[str]) -> dict[str, str]:
    return {"series": f"{name}{{{labels}}}", "values": " ".join(values)}


def _at(instance: str, labels: str) -> str:
    return re.sub(r'instance="[^"]*"', f'instance="{instance}"', labels)


def _changing_hands(name: str, labels: str, values: list[str], at: int) -> Iterator[dict[str, str]]:
    """A series that another instance shows from a sample on; that one sample both of them do."""
    if at + 1 >= len(values):
        yield _series(name, _at("a", labels), values)
        return
    yield _series(name, _at("a", labels), [*values[: at + 1], "stale"])
    yield _series(name, _at("b", labels), ["_"] * at + values[at:])


def _parts(values: list[str]) -> tuple[list[str], list[str]]:
    """Whole numbers as the sums of two; what is none belongs to the first, and the second has zeros."""
    halves = [str(int(value) // 2) if re.fullmatch(r"\d+", value) else value for value in values]
    if not all(re.fullmatch(r"\d+|_|stale", value) for value in values):
        return values, [value if value in {"_", "stale"} else "0" for value in values]
    rests = [
        str(int(value) - int(half)) if value.isdigit() else value for value, half in zip(values, halves, strict=True)
    ]
    return rests, halves


def _of_workers(given: dict[str, str], at: int) -> Iterator[dict[str, str]]:
    found = GIVEN.match(given["series"])
    assert found, given
    name, labels, values = found[1], found[2], list(_samples(given["values"]))
    metric = SUFFIX.sub("", name)
    if PARTITION + "=" in labels:
        yield given  # of workers as it stands
    elif metric in BY_PARTITION:
        first, second = _parts(values)
        yield from _changing_hands(name, f'{labels},{PARTITION}="0"', first, at)
        yield _series(name, _at("b", f'{labels},{PARTITION}="1"'), second)
    elif metric in OF_THE_KEEPER:
        yield from _changing_hands(name, labels, values, at)
    else:
        yield given


@pytest.mark.parametrize("at", [7])
@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.stem)
def test_alerts_of_two_workers_are_those_of_a_daemon(path: Path, at: int, program: Program, tmp_path: Path) -> None:
    document: Any = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    document["rule_files"] = [str((path.parent / file).resolve()) for file in document["rule_files"]]
    split = 0
    for test in document["tests"]:
        made = [series for given in test["input_series"] for series in _of_workers(given, at)]
        split += len(made) - len(test["input_series"])
        test["input_series"] = made
    # Those are about workers and what stands beside them as it is.
    assert split > 0 or path.stem in {"beside", "workers"}
    written = tmp_path / "tests.yaml"
    written.write_text(json.dumps(document))  # which is YAML, too
    run_clean(program("promtool"), "test", "rules", written)

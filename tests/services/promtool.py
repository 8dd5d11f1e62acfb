"""Expressions and rules, evaluated by promtool over series that a test makes up: what Prometheus would answer, without waiting."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from ruamel.yaml import YAML

INTERVAL_SECONDS: Final = 15
RULES: Final = sorted((Path(__file__).resolve().parents[2] / "deploy" / "prometheus" / "rules").glob("*.yaml"))
_FIRST: Final = ("kept-counters", "kept-verdicts", "kept-goals", "kept-restatements")
"""The groups that record what others ask for."""
_NOTHING: Final = [{"labels": "nothing", "value": -1}]
"""What no expression gives: promtool tells what it found wherever that is not what was expected."""

Answer: TypeAlias = dict[frozenset[str], float]
"""Values by their labels."""


def groups(paths: Iterable[Path]) -> list[Any]:
    """The groups of rules in files."""
    read = YAML(typ="safe", pure=True)
    return [group for path in paths for group in read.load(path.read_text(encoding="utf-8"))["groups"]]


def repeated(value: float | None, times: int) -> str:
    """So many samples of a value, in promtool's notation; of none where there is no value."""
    written = "_" if value is None else repr(value).replace("inf", "Inf").replace("nan", "NaN")
    if times > 1 and re.fullmatch(r"_|\d+(\.\d+)?", written):
        return f"_x{times}" if written == "_" else f"{written}x{times - 1}"
    return " ".join([written] * times)


def evaluated(
    promtool: str, series: Mapping[str, str], expressions: Sequence[str], instants: Sequence[int], folder: Path
) -> dict[int, dict[str, Answer]]:
    """What each expression gives at each of some instants, in seconds, with all rules evaluated once up to the last of them."""
    wanted = dict.fromkeys(expressions)
    asked = [
        {"expr": each, "eval_time": f"{instant}s", "exp_samples": _NOTHING} for instant in instants for each in wanted
    ]
    document = {
        "rule_files": [str(path) for path in RULES],
        "evaluation_interval": f"{INTERVAL_SECONDS}s",
        "group_eval_order": [*_FIRST, *(group["name"] for group in groups(RULES) if group["name"] not in _FIRST)],
        "tests": [
            {
                "interval": f"{INTERVAL_SECONDS}s",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "promql_expr_test": asked,
            }
        ],
    }
    file = folder / "asked.yaml"
    file.write_text(json.dumps(document))  # JSON is YAML, too
    done = subprocess.run(
        [promtool, "test", "rules", file],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GOGC": "800"},
    )
    found = _found(done.stdout + done.stderr)
    are_all_found = found.keys() == set(instants) and all(answers.keys() == wanted.keys() for answers in found.values())
    assert are_all_found, done.stdout[-2_000:] + done.stderr[-2_000:]
    return found


def _found(text: str) -> dict[int, dict[str, Answer]]:
    found: defaultdict[int, dict[str, Answer]] = defaultdict(dict)
    pattern = r'^ +expr: ("(?:[^"\\]|\\.)*"), time: (\w+),?\n +exp: .*\n +got: (.*)$'
    for expression, time, got in re.findall(pattern, text, re.MULTILINE):
        found[_seconds(time)][json.loads(expression)] = _answer(got)
    return dict(found)


_SECONDS: Final = {"h": 3_600, "m": 60, "s": 1}


def _seconds(time: str) -> int:
    """`1h2m3s`"""
    return sum(int(number) * _SECONDS[unit] for number, unit in re.findall(r"(\d+)([hms])", time))


def _answer(got: str) -> Answer:
    """`{a="1", b="2"} 3E+00, {...} 4E+00`"""
    answer: Answer = {}
    for name, labels, value in re.findall(r'([\w:]*)\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\} (\S+?)(?:, |$)', got):
        parts = re.findall(r'\w+="(?:[^"\\]|\\.)*"', labels)
        answer[frozenset([*parts, *([f'__name__="{name}"'] if name else [])])] = float(value)
    assert bool(answer) == (got != "nil"), got
    return answer

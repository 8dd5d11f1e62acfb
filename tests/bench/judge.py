"""How fast `kept judge` is from end to end, beside a process that only reads the same lines with pydantic, how much memory
it takes, and whether a hundred times the events take a hundred times as long.

Whole processes are measured: processor time and peak memory as the operating system counts them for a child. The
incidents are the log of `deploy/mappings/incidents.yaml`, from `../shared/data` or the folder that KEPT_DATA names;
where it is absent their entries are left out.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from monitor.demo.load import load_events

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parents[1]
BOOK: Final = HERE / "three_promises.yaml"
MAPPINGS: Final = ROOT / "deploy" / "mappings"
DATA: Final = Path(os.environ.get("KEPT_DATA", ROOT.parent / "shared" / "data"))
INCIDENTS: Final = DATA / "incident_events.csv.xz"
AFTER_INCIDENTS: Final = "2017-06-01T00:00:00Z"
AFTER_LOAD: Final = "2027-01-01T00:00:00Z"

FEW, MANY = 10_000, 1_000_000
ROUNDS: Final = 3

LEAST_RATE: Final = 0.3
"""Of a process that only reads the lines."""
LEAST_EVENNESS: Final = 0.6
"""A million events are to cost, each, what ten thousand do; the rest to 1 is what a shared machine's clock lets through."""
MOST_MEGABYTES: Final = 300

READ_ONLY: Final = str(HERE / "bare_pydantic.py")


class Cost(NamedTuple):
    """What a process took."""

    seconds: float
    megabytes: float


def run() -> list[dict[str, Any]]:
    """Rate and memory on the incidents, evenness and memory on events made up."""
    with TemporaryDirectory() as folder:
        return [*incidents(Path(folder)), *generated(Path(folder))]


def incidents(folder: Path) -> list[dict[str, Any]]:
    if not INCIDENTS.exists():
        sys.stderr.write(f"left out: kept judge on the incidents ({INCIDENTS} is absent)\n")
        return []
    events = folder / "incidents.jsonl"
    cost(
        [sys.executable, "-m", "monitor", "convert", "--mapping", str(MAPPINGS / "incidents.yaml"), str(INCIDENTS)],
        events,
    )
    if not events.stat().st_size:
        raise RuntimeError(f"found no event in what was made of {INCIDENTS}, expected some tens of thousands")
    judged = [judge_cost(MAPPINGS / "incidents.book.yaml", events, AFTER_INCIDENTS) for _ in range(ROUNDS)]
    read = [cost([sys.executable, READ_ONLY, str(events)]) for _ in range(ROUNDS)]
    seconds, megabytes = min(judged)
    return [
        entry(
            "kept judge, incidents",
            seconds,
            "s",
            "a process that reads the lines",
            min(read).seconds / seconds,
            LEAST_RATE,
        ),
        memory_entry("kept judge, incidents: memory", megabytes, 1),
    ]


def generated(folder: Path) -> list[dict[str, Any]]:
    """Time an event at ten thousand beside that at a million, what it takes to start left out."""
    one, few, many = (folder / f"{count}.jsonl" for count in (1, FEW, MANY))
    for path, count in ((one, 1), (few, FEW), (many, MANY)):
        write(path, load_events(1, count))
    start = min(judge_cost(BOOK, one, AFTER_LOAD) for _ in range(ROUNDS)).seconds
    at_few = min(judge_cost(BOOK, few, AFTER_LOAD) for _ in range(ROUNDS)).seconds - start
    whole = judge_cost(BOOK, many, AFTER_LOAD)
    at_many = whole.seconds - start
    us_an_event = at_many / MANY * 1e6
    return [
        entry(
            f"kept judge, {MANY:,} events",
            us_an_event,
            "us an event",
            f"the same for {FEW:,}",
            (at_few / FEW) / (at_many / MANY),
            LEAST_EVENNESS,
        ),
        memory_entry(f"kept judge, {MANY:,} events: memory", whole.megabytes, None),
    ]


def write(path: Path, lines: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(line + b"\n" for line in lines)


def judge_cost(book: Path, events: Path, as_of: str) -> Cost:
    """What `kept judge` takes; its rows go nowhere, nor do its counts: a table of thousands of clients takes longer to
    draw on the terminal than to judge."""
    return cost(
        [
            sys.executable,
            "-m",
            "monitor",
            "judge",
            str(events),
            "--book",
            str(book),
            "--as-of",
            as_of,
            "--format",
            "jsonl",
            "--counts",
            os.devnull,
        ]
    )


def cost(command: list[str], output: Path | None = None) -> Cost:
    """Runs a command to its end; raises RuntimeError where it fails."""
    target = os.devnull if output is None else str(output)
    written = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 1, target, written, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0o600),
    ]
    child = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
    # Not subprocess: only wait4 tells what this one child used.
    _, status, usage = os.wait4(child, 0)
    if status != 0:
        raise RuntimeError(f"found exit status {os.waitstatus_to_exitcode(status)} from {command}, expected 0")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def entry(bench: str, value: float, unit: str, peer: str, ratio: float, target: float | None) -> dict[str, Any]:
    return {
        "bench": bench,
        "value": round(value, 2),
        "unit": unit,
        "peer": peer,
        "ratio": round(ratio, 3),
        "target": target,
    }


def memory_entry(bench: str, megabytes: float, target: float | None) -> dict[str, Any]:
    return entry(bench, megabytes, "MB", f"{MOST_MEGABYTES} MB", MOST_MEGABYTES / megabytes, target)


if __name__ == "__main__":
    for line in run():
        sys.stdout.write(json.dumps(line) + "\n")

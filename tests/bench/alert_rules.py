"""How long Prometheus takes over Kept's rules, with 500 clients and three days of recorded rates behind it.

A Kept on the demonstration's promises and 500 clients is scraped by a Prometheus with the rules and intervals of `deploy/`.
Its database begins with what the rules look back on: the five-minute rates of three days, and an hour of counters. The
slower of the last two evaluations of each group counts, against a tenth of the group's interval.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from monitor.testing import Daemon
from tests.services.processes import free_ports

ROOT: Final = Path(__file__).resolve().parents[2]
CLIENTS: Final = 500
LOOKED_BACK_SECONDS: Final = 3 * 86_400
COUNTED_SECONDS: Final = 3_600
SHARE_OF_INTERVAL: Final = 0.1

_RECORDED: Final = ("job_kind_tier:kept_verdicts_broken:rate5m", "job_kind_tier:kept_verdicts_decided:rate5m")


def run() -> list[dict[str, Any]]:
    """One entry, of the slowest group; none where there is no Prometheus on this machine."""
    program = shutil.which("prometheus")
    if program is None:
        sys.stderr.write("found no prometheus on the PATH: its rules are not measured\n")
        return []
    with TemporaryDirectory() as name:
        folder = Path(name)
        kept = Daemon(_book(folder), folder / "kept.db")
        try:
            shares = _shares(kept, program, folder)
        finally:
            kept.kill()
    group, (seconds, interval) = max(shares.items(), key=lambda each: each[1][0] / each[1][1])
    return [
        {
            "bench": f"rules of {CLIENTS} clients, the slowest group ({group})",
            "value": round(seconds * 1_000, 2),
            "unit": "ms",
            "peer": f"a tenth of its interval of {interval} s",
            "ratio": round(SHARE_OF_INTERVAL * interval / seconds, 1),
            "target": 1.0,
        }
    ]


def _book(folder: Path) -> Path:
    """The demonstration's book with more clients."""
    text = (ROOT / "monitor" / "demo" / "book.yaml").read_text(encoding="utf-8")
    more = "".join(
        f"  client-{number}: {{tier: {('gold', 'silver', 'bronze')[number % 3]}}}\n" for number in range(CLIENTS)
    )
    path = folder / "book.yaml"
    path.write_text(text.replace("\nclients:\n", f"\nclients:\n{more}", 1), encoding="utf-8")
    return path


def _shares(kept: Daemon, program: str, folder: Path) -> dict[str, tuple[float, int]]:
    """By group: how long its evaluation took and how often it is evaluated, in seconds."""
    past = folder / "past.txt"
    with past.open("w", encoding="utf-8") as file:
        file.writelines(_past(kept, int(time.time())))
    blocks = ("tsdb", "create-blocks-from", "openmetrics", past, folder / "data")
    subprocess.run([shutil.which("promtool") or "promtool", *blocks], check=True, stdout=subprocess.DEVNULL)
    shutil.copytree(ROOT / "deploy" / "prometheus", folder / "prometheus")
    (folder / "prometheus" / "targets" / "kept.yaml").write_text(json.dumps([{"targets": [f"127.0.0.1:{kept.port}"]}]))
    (port,) = free_ports(1)
    words = [
        program,
        f"--config.file={folder / 'prometheus' / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    # It has no Alertmanager, and says so.
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as process:
        try:
            return _measured(f"http://127.0.0.1:{port}/api/v1/rules")
        finally:
            process.terminate()


def _measured(url: str) -> dict[str, tuple[float, int]]:
    """The slower of two evaluations of each group, once it has seen Kept."""
    slowest: dict[str, tuple[float, int]] = {}
    seen: dict[str, set[str]] = {}
    give_up_at = time.monotonic() + 240
    while (
        not seen or min(len(times) for times in seen.values()) < 4
    ):  # the first two may be from before the first scrape
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"found no four evaluations of every group after 240 s: {seen}")
        for group in _groups(url):
            times = seen.setdefault(group["name"], set())
            if group["lastEvaluation"] not in times and not group["lastEvaluation"].startswith("0001"):
                times.add(group["lastEvaluation"])
                if len(times) > 2:
                    before = slowest.get(group["name"], (0.0, 0))[0]
                    slowest[group["name"]] = (max(before, group["evaluationTime"]), int(group["interval"]))
        time.sleep(0.5)
    return slowest


def _groups(url: str) -> list[Any]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            groups: list[Any] = json.load(answer)["data"]["groups"]
    except OSError:
        return []
    return groups


def _past(kept: Daemon, now: int) -> Iterator[str]:
    """What the rules look back on, in OpenMetrics."""
    labels = f'instance="127.0.0.1:{kept.port}",job="kept"'
    series = [name for name in kept.metrics() if name.startswith("kept_verdicts_total{")]
    yield "# TYPE kept_verdicts counter\n"
    for name in series:
        held = name.replace("{", f"{{{labels},", 1)
        for step in range(COUNTED_SECONDS // 15):
            yield f"{held} {step // 7} {now - COUNTED_SECONDS + step * 15}\n"
    pairs = {re.sub(r".*kind=\"(\w+)\".*tier=\"(\w*)\".*", r"\1 \2", name) for name in series}
    for recorded in _RECORDED:
        yield f"# TYPE {recorded} gauge\n"
        for pair in sorted(pairs):
            kind, _, tier = pair.partition(" ")
            held = f'{recorded}{{job="kept",kind="{kind}",tier="{tier or "none"}"}}'
            for step in range(LOOKED_BACK_SECONDS // 30):
                yield f"{held} 0.0{step % 7 + 1} {now - LOOKED_BACK_SECONDS + step * 30}\n"
    yield "# EOF\n"

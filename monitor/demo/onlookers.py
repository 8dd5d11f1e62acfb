"""Prometheus and Alertmanager for the demonstration, where this machine has them: with the rules and routes of `deploy/`,
reached from this machine only, and gone when Kept is. Their data and what they say is in a folder of the demonstration."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Final

import orjson
from ruamel.yaml import YAML

DEPLOY: Final = Path(__file__).resolve().parents[2] / "deploy"
PROMETHEUS: Final = "prometheus"
ALERTMANAGER: Final = "prometheus-alertmanager"
USUAL_PORTS: Final[Mapping[str, int]] = {PROMETHEUS: 9090, ALERTMANAGER: 9093}
STOP_SECONDS: Final = 5
"""How long they may take to write down what they know before they are killed."""

_HOW_TO_GET_THEM: Final = "found no prometheus and prometheus-alertmanager on the PATH; on Debian: apt-get install prometheus prometheus-alertmanager"


def alertmanager_address() -> str:
    """Where an Alertmanager may listen: at its usual port, at any other where somebody has that."""
    return f"127.0.0.1:{_port(USUAL_PORTS[ALERTMANAGER])}"


def notices_for(alertmanager: str, folder: Path, *, kept: str | None) -> Path | None:
    """Writes settings by which Kept tells the Alertmanager at this address of breaches, and of the canary, whose way to an alert
    is seen so, with links to the runbook and to the Kept at `kept` (`host:port`), where its port is known by now; None where no
    Alertmanager will be started."""
    if _lacking() is not None:
        return None
    url, file = f"http://{alertmanager}", folder / "notices.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    receiver = {"name": "alertmanager", "alertmanager": url}
    links = {"runbook": _runbook()} | ({} if kept is None else {"kept": f"http://{kept}"})
    # JSON is YAML, too.
    file.write_bytes(orjson.dumps({"allow": url, "private": "127.0.0.0/8", "receivers": [receiver], "links": links}))
    return file


def _runbook() -> str:
    return (DEPLOY / "runbook.md").as_uri()


def _lacking() -> str | None:
    """What is missing for the onlookers to be started; None where nothing is."""
    if not all(shutil.which(name) for name in USUAL_PORTS):
        return _HOW_TO_GET_THEM
    if not (DEPLOY / "prometheus").is_dir():
        return f"found no folder {DEPLOY}, expected the rules there: run Kept from its repository"
    return None


@contextmanager
def onlookers(kept: Sequence[str], folder: Path, *, alertmanager: str = "") -> Iterator[list[str]]:
    """Starts them to watch every Kept at these addresses (`host:port`); gives lines that say where they are, or how to get them.

    `alertmanager` is the address that Alertmanager has to have, where somebody was told one.
    """
    lacking = _lacking()
    if lacking is not None:
        yield [f"  alerts       {lacking}"]
        return
    with ExitStack() as running:
        addresses = {
            PROMETHEUS: f"127.0.0.1:{_port(USUAL_PORTS[PROMETHEUS])}",
            ALERTMANAGER: alertmanager or alertmanager_address(),
        }
        commands = {ALERTMANAGER: _alertmanager(folder, addresses), PROMETHEUS: _prometheus(folder, kept, addresses)}
        for name, arguments in commands.items():
            program = str(shutil.which(name))
            running.enter_context(_running([program, *arguments], folder / f"{name}.log"))
        yield [
            # Debian's Prometheus has its alerts under another path than others, and its Alertmanager has no pages.
            f"  alerts       http://{addresses[PROMETHEUS]} (Prometheus: Alerts)",
            f"               amtool --alertmanager.url=http://{addresses[ALERTMANAGER]} alert",
            f"               (what Prometheus and Alertmanager say of themselves is in {folder})",
            "               (alerts link to dashboards in a Grafana on 127.0.0.1:3000, which is yours to start: grafana/README.md)",
        ]


def _port(usual: int) -> int:
    """The usual port, any other where somebody has it."""
    for port in (usual, 0):
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("found no free port on 127.0.0.1")


def _prometheus(folder: Path, kept: Sequence[str], addresses: Mapping[str, str]) -> list[str]:
    """Writes its configuration; returns its arguments."""
    ours = folder / "prometheus"
    shutil.rmtree(ours / "rules", ignore_errors=True)
    shutil.copytree(DEPLOY / "prometheus", ours, ignore=shutil.ignore_patterns("tests"), dirs_exist_ok=True)
    for name, watched in (("kept", list(kept)), ("alertmanager", [addresses[ALERTMANAGER]])):
        # JSON is YAML, too.
        (ours / "targets" / f"{name}.yaml").write_bytes(orjson.dumps([{"targets": watched}]))
    configuration = ours / "prometheus.yml"
    known = _yaml(configuration)
    known["global"]["external_labels"]["kept_runbook"] = _runbook()
    configuration.write_bytes(orjson.dumps(known))
    return [
        f"--config.file={configuration}",
        f"--storage.tsdb.path={ours / 'data'}",
        "--storage.tsdb.retention.time=1d",
        f"--web.listen-address={addresses[PROMETHEUS]}",
        f"--web.external-url=http://{addresses[PROMETHEUS]}/",
        "--log.level=warn",
    ]


def _alertmanager(folder: Path, addresses: Mapping[str, str]) -> list[str]:
    """Writes its configuration, in which receivers have nobody behind them; returns its arguments."""
    ours = folder / "alertmanager"
    ours.mkdir(parents=True, exist_ok=True)
    known = _yaml(DEPLOY / "alertmanager" / "alertmanager.yml")
    known["receivers"] = [{"name": receiver["name"]} for receiver in known["receivers"]]
    configuration = ours / "alertmanager.yml"
    configuration.write_bytes(orjson.dumps(known))
    return [
        f"--config.file={configuration}",
        f"--storage.path={ours / 'data'}",
        f"--web.listen-address={addresses[ALERTMANAGER]}",
        f"--web.external-url=http://{addresses[ALERTMANAGER]}/",
        "--cluster.listen-address=",  # alone
        "--log.level=warn",
    ]


def _yaml(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


@contextmanager
def _running(words: Sequence[str], log: Path) -> Iterator[None]:
    """A program that ends with this process, even if that is killed."""
    tethered = [sys.executable, "-m", "monitor.demo.tethered", str(os.getpid()), *words]
    with log.open("wb") as said:
        process = subprocess.Popen(tethered, stdin=subprocess.DEVNULL, stdout=said, stderr=said)  # noqa: S603  what this machine has
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

"""How fast events come in over HTTP, each acknowledged after its commit, beside a bare endpoint that only commits them.

A sender in a process of its own holds 64 connections, each of which sends an event, waits for the answer and sends the
next. Kept judges; the peer (`bare_intake.py`) writes a row. Batches of a hundred are held against `kept import` of as many events.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from importing import import_seconds  # type: ignore[import-not-found]  # run.py makes this folder importable

from monitor.demo.load import load_events

HERE: Final = Path(__file__).resolve().parent
BOOK: Final = HERE / "three_promises.yaml"
SINGLES: Final = 10_000
BATCHED: Final = 50_000
BATCH: Final = 100
ROUNDS: Final = 2
READY_SECONDS: Final = 30

SINGLY: Final = "HTTP, single events on 64 connections"
BARE: Final = "bare Starlette committing a row"
STOCK: Final = ("asyncio", "h11")
SAME: Final = ("uvloop", "httptools")
"""Kept's own event loop and parser."""

LEAST_SINGLES: Final = 0.5
LEAST_BATCHES: Final = 0.4


def run() -> list[dict[str, Any]]:
    """Two entries: single events, and batches."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        singles = write(folder / "singles.jsonl", SINGLES)
        batched = write(folder / "batched.jsonl", BATCHED)
        rates: dict[str, list[float]] = {"kept": [], STOCK[0]: [], SAME[0]: [], "batches": [], "import": []}
        for turn in range(ROUNDS):
            with kept(folder / f"kept{turn}.db") as port:
                rates["kept"].append(SINGLES / sending_seconds(port, singles, 1))
            for server in STOCK, SAME:
                with bare(folder / f"bare{turn}{server[0]}.db", server) as port:
                    rates[server[0]].append(SINGLES / sending_seconds(port, singles, 1))
            with kept(folder / f"batches{turn}.db") as port:
                rates["batches"].append(BATCHED / sending_seconds(port, batched, BATCH))
            rates["import"].append(BATCHED / import_seconds(batched, folder / f"import{turn}.db"))
    best = {name: max(found) for name, found in rates.items()}
    return [
        entry(SINGLY, best["kept"], f"{BARE}, uvicorn as it comes", best[STOCK[0]], LEAST_SINGLES),
        entry(SINGLY, best["kept"], f"{BARE}, uvloop and httptools", best[SAME[0]], None),
        entry(f"HTTP, batches of {BATCH}", best["batches"], "kept import", best["import"], LEAST_BATCHES),
    ]


def entry(bench: str, rate: float, peer: str, peer_rate: float, target: float | None) -> dict[str, Any]:
    return {
        "bench": bench,
        "value": round(rate),
        "unit": "events/s",
        "peer": f"{peer} ({peer_rate:,.0f}/s)",
        "ratio": round(rate / peer_rate, 3),
        "target": target,
    }


def write(path: Path, count: int) -> Path:
    with path.open("wb") as file:
        file.writelines(line + b"\n" for line in load_events(1, count))
    return path


@contextmanager
def kept(database: Path) -> Iterator[int]:
    port = free_port()
    command = ["-m", "monitor", "run", "--book", BOOK, "--database", database, "--port", port]
    with serving(command, port):
        yield port


@contextmanager
def bare(database: Path, server: tuple[str, str]) -> Iterator[int]:
    port = free_port()
    with serving([HERE / "bare_intake.py", database, port, *server], port):
        yield port


@contextmanager
def serving(command: list[Any], port: int) -> Iterator[int]:
    """A server in a process of its own, whose number is given, until it listens and then to the end of the block."""
    process = subprocess.Popen([sys.executable, *map(str, command)], stdout=subprocess.DEVNULL)
    try:
        await_listener(port)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=READY_SECONDS)


def await_listener(port: int) -> None:
    give_up_at = time.monotonic() + READY_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.05)
        else:
            return


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def sending_seconds(port: int, events: Path, batch: int) -> float:
    """How long the sender takes, as it says itself."""
    command = [sys.executable, HERE / "sending.py", port, events, batch]
    said = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE)
    return float(said.stdout)

"""A Kept in a process of its own, as somebody would start it."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, Final, TypeAlias

Start: TypeAlias = Callable[..., subprocess.Popen[str]]
"""Starts a module with arguments, and options as for a `Popen`."""

_HERE: Final = Path(__file__).resolve().parents[2]
"""Where the package is that is tested: the source, or what was built of it."""
PATIENCE_SECONDS: Final = 300
"""How long a condition may take on a slow and busy machine before a test gives up. Who waits less has no patience to fail by."""
SLACK: Final = 4
"""How many times slower a machine may be than one on which nothing else runs, where a test holds Kept to a length of time."""


STARTED: Final[list[subprocess.Popen[str]]] = []
"""What `kept` has started and no fixture has taken over."""


def _start(module: str, arguments: Sequence[str], **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-W", "error", "-m", module, *arguments], **options)  # noqa: S603  under test


_start_by: Start = _start


@contextmanager
def starting_by(start: Start) -> Iterator[None]:
    """Within it, processes are started by something else than the interpreter."""
    global _start_by  # noqa: PLW0603  of this process
    before, _start_by = _start_by, start
    try:
        yield
    finally:
        _start_by = before


def environment() -> dict[str, str]:
    """This process's own, in which another one finds the package that this one has, and before all others."""
    places = [str(_HERE), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(places), "PYTHONUNBUFFERED": "1"}


def kept(
    *arguments: str | Path, module: str = "monitor", settings: Mapping[str, str] | None = None, **options: Any
) -> subprocess.Popen[str]:
    """Starts the command, or a module that stands in for it, with more in its environment; what it prints is kept."""
    start = _start if options.keys() - {"stdout", "stderr"} else _start_by
    process = start(
        module,
        [str(word) for word in arguments],
        cwd=options.pop("cwd", _HERE),
        env={**environment(), **(settings or {})},
        stdout=options.pop("stdout", subprocess.PIPE),
        stderr=options.pop("stderr", subprocess.PIPE),
        text=True,
        **options,
    )
    STARTED.append(process)
    return process


def end_started(since: int = 0) -> None:
    """Ends what was started from a place in `STARTED` on, whatever state it is in, and closes what it said."""
    for process in STARTED[since:]:
        if process.poll() is None:
            process.kill()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        process.wait()
    del STARTED[since:]


def run_kept(*arguments: str | Path) -> tuple[int, str, str]:
    """Runs the command to its end: exit code, output, errors."""
    process = kept(*arguments)
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, out, err


def eventually(is_so: Callable[[], Any], what: str) -> Any:
    """Waits until a condition holds, and returns what it said.

    To look takes time of those who are waited for, so it looks less often the longer it takes: within a tenth of that.
    """
    began = time.monotonic()
    while not (found := is_so()):
        waited_seconds = time.monotonic() - began
        assert waited_seconds < PATIENCE_SECONDS, f"still not so: {what}"
        time.sleep(min(0.02 + waited_seconds / 10, 0.5))
    return found


def series_in(text: str) -> dict[str, float]:
    """Every series that an answer of `/metrics` has, by its name and labels as they are spelled there."""
    lines = (line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


class Running:
    """A command of Kept in a process of its own."""

    process: subprocess.Popen[str]

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """kill -9"""
        self.process.kill()
        self._end()

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        self.signal(signal.SIGTERM)
        return self._end()

    def _end(self) -> int:
        self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode


class Daemon(Running):
    """`kept run`."""

    health = "/readyz"
    """What answers 200 once it is there."""

    def __init__(
        self,
        book: Path | None,
        database: Path | str,
        *options: str,
        port: int = 0,
        errors: IO[str] | None = None,
        **how: Any,
    ) -> None:
        said: tuple[str | Path, ...] = () if book is None else ("--book", book)
        words: tuple[str | Path, ...] = ("run", *said, "--database", database, "--port", str(port), *options)
        if errors is not None:
            how["stderr"] = errors
        self._start(words, r"POST (http://\S+)/v1/events", how)

    def _start(self, words: tuple[str | Path, ...], announced: str, how: dict[str, Any]) -> None:
        """Starts a command and waits until it answers where it said, by a pattern, that it is."""
        self.process = kept(*words, **how)
        assert self.process.stdout is not None
        line = ""
        while not (found := re.search(announced, line)):
            line = self.process.stdout.readline()
            assert line, f"Kept ended: {self.process.communicate()}"
        self.url = found[1]
        self.port = int(self.url.rpartition(":")[2])
        eventually(self._answers, "Kept answers")

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            return True  # it was made to end before it was ready
        try:
            return self.ask(self.health)[0] == 200
        except OSError:
            return False

    def connect(self) -> http.client.HTTPConnection:
        """A connection of one's own."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """The status and body of an answer; raises OSError where there is none."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(self.connect()) as connection:
            connection.request("GET" if body is None else "POST", path, body, named)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def post(self, *events: bytes) -> dict[str, Any]:
        """Sends events and returns the receipt."""
        status, body = self.ask("/v1/events", b"\n".join(events), content_type="application/x-ndjson")
        receipt: dict[str, Any] = json.loads(body)
        return {"status": status, **receipt}

    def metrics(self) -> dict[str, float]:
        """Every series by its name and labels, as /metrics spells them."""
        return series_in(self.ask("/metrics")[1].decode())

    def metric(self, name: str, **labels: str) -> float:
        """The sum of the series that have these labels."""
        found = [
            value
            for key, value in self.metrics().items()
            if key.partition("{")[0] == name and labels.items() <= dict(re.findall(r'(\w+)="([^"]*)"', key)).items()
        ]
        assert found, f"no series {name} {labels}"
        return sum(found)

    def ended_with(self) -> int:
        """The exit code, once it has ended by itself: below 0 the signal."""
        return self._end()

"""Processes of Kept that say where their metrics are: started, read, signalled and ended."""

from __future__ import annotations

import http.client
import re
from contextlib import closing
from pathlib import Path
from typing import Any

from monitor.testing import kept
from monitor.testing.processes import Running, series_in


class WatchedProcess(Running):
    """A command of Kept that serves `/metrics` on a port of its own; what it says beside is in a log."""

    def __init__(self, command: str, *options: str | Path, log: Path, **how: Any) -> None:
        with log.open("a") as errors:
            self.process = kept(command, *options, stderr=errors, **how)
        assert self.process.stdout is not None
        line = ""
        while not (found := re.search(r"http://127.0.0.1:(\d+)/metrics", line)):
            line = self.process.stdout.readline()
            assert line, f"kept {command} ended with {self._end()}: {log.read_text()[-3_000:]}"
        self.port = int(found[1])

    def ask(self, path: str) -> tuple[int, str]:
        """Status and body of an answer."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def metrics(self) -> dict[str, float]:
        """Every series by its name and labels, as /metrics spells them; none where it can't tell."""
        status, text = self.ask("/metrics")
        return series_in(text) if status == 200 else {}

    def total(self, name: str, part: str = "") -> float:
        """The sum of the series of one metric, of those whose labels contain `part`."""
        return sum(value for key, value in self.metrics().items() if key.partition("{")[0] == name and part in key)

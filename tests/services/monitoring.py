"""A Prometheus, an Alertmanager and somebody who receives alerts: real servers with our configuration, in a hurry."""

from __future__ import annotations

import json
import re
import shutil
import signal
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from tests.services.processes import ServerFolder, await_answer, free_ports

_DEPLOY: Final = Path(__file__).resolve().parents[2] / "deploy"


class Prometheus:
    """A Prometheus with our rules, whose every interval is a second."""

    def __init__(self, program: str, kept: str, alertmanager: str = "") -> None:
        """Watches the Kept at an address, and tells an Alertmanager at another of what it finds."""
        self._folder = ServerFolder("prometheus", signal.SIGTERM, refuses_root=False)
        (port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        configuration = _hurried(self._folder.path, kept, alertmanager)
        self._process = self._folder.start(
            program,
            f"--config.file={configuration}",
            f"--storage.tsdb.path={self._folder.path / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--rules.alert.resend-delay=1s",
            "--log.level=warn",
        )
        await_answer(self._process, lambda: answers(f"{self.url}/-/ready"), self._folder.log)

    def ask(self, expression: str, *, at: float | None = None) -> list[Any]:
        """The series an expression gives; raises AssertionError where it is not understood."""
        asked = {"query": expression} | ({} if at is None else {"time": str(at)})
        answer = _fetch(f"{self.url}/api/v1/query?{urllib.parse.urlencode(asked)}")
        assert answer["status"] == "success", answer
        found: list[Any] = answer["data"]["result"]
        return found

    def rules(self) -> list[Any]:
        """Every rule, with its health and how long its last evaluation took."""
        groups = _fetch(f"{self.url}/api/v1/rules")["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def remove(self) -> None:
        """Ends it and removes its data."""
        self._folder.stop(self._process)
        self._folder.remove()


def _hurried(folder: Path, kept: str, alertmanager: str) -> Path:
    """Our configuration with seconds for minutes; nothing else is different. Durations in expressions stay as they are."""
    shutil.copytree(_DEPLOY / "prometheus", folder / "prometheus", ignore=shutil.ignore_patterns("tests"))
    for path in (folder / "prometheus" / "rules").glob("*.yaml"):
        text = re.sub(r"(interval|for): (\d+)s", r"\1: 1s", path.read_text(encoding="utf-8"))
        path.write_text(re.sub(r"((?:keep_firing_)?for): (\d+)[mh]", r"\1: 1s", text), encoding="utf-8")
    configuration = folder / "prometheus" / "prometheus.yml"
    configuration.write_text(re.sub(r"_interval: 15s", "_interval: 1s", configuration.read_text(encoding="utf-8")))
    for name, address in (("kept", kept), ("alertmanager", alertmanager)):
        targets = [{"targets": [address] if address else []}]
        (folder / "prometheus" / "targets" / f"{name}.yaml").write_text(json.dumps(targets))
    return configuration


class Alertmanager:
    """An Alertmanager with our routes that waits for nothing, and tells a receiver of the test's own."""

    def __init__(self, program: str, receiver: str, *, resolve_timeout: str = "5m") -> None:
        """`resolve_timeout`: how long an alert stands that does not say how long it does."""
        self._folder = ServerFolder("alertmanager", signal.SIGTERM, refuses_root=False)
        self._program = program
        (port,) = free_ports(1)
        self.address = f"127.0.0.1:{port}"
        text = (_DEPLOY / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8")
        text = text.replace("http://127.0.0.1:9095", receiver)
        text = re.sub(r"(group_wait|group_interval): \w+", r"\1: 1s", text)
        text = re.sub(r"resolve_timeout: \w+", f"resolve_timeout: {resolve_timeout}", text)
        # It may be night where the test runs.
        text = re.sub(r"\n *mute_time_intervals: .*", "", text)
        (self._folder.path / "alertmanager.yml").write_text(text, encoding="utf-8")
        self._start()

    def _start(self) -> None:
        self._process = self._folder.start(
            self._program,
            f"--config.file={self._folder.path / 'alertmanager.yml'}",
            f"--storage.path={self._folder.path / 'data'}",
            f"--web.listen-address={self.address}",
            "--cluster.listen-address=",
            "--log.level=warn",
        )
        await_answer(self._process, lambda: answers(f"http://{self.address}/-/ready"), self._folder.log)

    def restart(self) -> None:
        """Ends it and starts it again: of alerts it then knows only what it is told again."""
        self._folder.stop(self._process)
        self._start()

    def alerts(self) -> list[Any]:
        """The alerts it knows, with whether they are held back."""
        found: list[Any] = _fetch(f"http://{self.address}/api/v2/alerts")
        return found

    def add(self, labels: dict[str, str]) -> None:
        """Tells it of an alert, as Prometheus would."""
        body = json.dumps([{"labels": labels}]).encode()
        request = urllib.request.Request(f"http://{self.address}/api/v2/alerts", body, method="POST")
        request.add_header("content-type", "application/json")
        urllib.request.urlopen(request, timeout=30).close()

    def remove(self) -> None:
        """Ends it and removes its data."""
        self._folder.stop(self._process)
        self._folder.remove()


class Receiver:
    """Somebody who is told of alerts, and remembers."""

    def __init__(self, address: str) -> None:
        self.url = address
        self._told: list[tuple[str, Any]] = []
        self._lock = threading.Lock()

    def take(self, path: str, notice: Any) -> None:
        """Somebody tells, at a path that is the receiver's name."""
        with self._lock:
            self._told += [(path.strip("/"), alert) for alert in notice["alerts"]]

    def told(self, name: str, alert: str, status: str) -> list[Any]:
        """What a receiver was told of an alert: `firing` or `resolved`."""
        with self._lock:
            known = list(self._told)
        return [
            each
            for receiver, each in known
            if (receiver, each["labels"]["alertname"], each["status"]) == (name, alert, status)
        ]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.take(self.path, json.loads(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name http.server calls
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, name="receiver")
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answers(url: str) -> bool:
    """Whether somebody answers there, and is well."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _fetch(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)

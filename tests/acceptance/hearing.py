"""A receiver of the tests' own: it hears webhooks, or what Alertmanager says, and keeps all of it."""

from __future__ import annotations

import json
import ssl
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from monitor.testing import run_kept

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Ears(ThreadingHTTPServer):
    """What was posted, in the order in which it came; answers with `status`."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.requests = 0
        self.heard_at: list[float] = []
        """When each came, in seconds since the epoch."""
        self.status = 204
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def messages(self, phase: str, kind: str = "") -> list[dict[str, Any]]:
        """The data of webhooks of a phase, of alerts with such a name."""
        data = [body["data"] for _, body in list(self.heard)]
        return [each for each in data if each["phase"] == phase and kind in each["labels"]["alertname"]]


class _Handler(BaseHTTPRequestHandler):
    server: Ears

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.requests += 1
        if self.server.status < 300:
            self.server.heard_at.append(time.time())
            self.server.heard.append(({key.lower(): value for key, value in self.headers.items()}, json.loads(body)))
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@contextmanager
def ears(certificate: Path | None = None) -> Iterator[Ears]:
    """One that listens; over TLS where it is given a certificate with its key."""
    server = Ears()
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def folded_cases(database: Path | str, storms: Iterable[str]) -> set[str]:
    """The cases whose breaches are told of together, in the storms of these keys."""
    listed = [run_kept("notices", "list", "--database", database, "--storm", key)[1] for key in storms]
    rows = [json.loads(line) for text in listed for line in text.splitlines()]
    return {row["case"] for row in rows if row["kind"] == "broken"}


def certificate_for(name: str, folder: Path) -> tuple[Path, Path]:
    """A certificate for one name, e.g. `DNS:hooks.example`, that is its own authority: alone, and together with its key."""
    certificate, key, both = (folder / f"{part}.pem" for part in ("certificate", "key", "both"))
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=kept test hooks"]
    words += ["-addext", f"subjectAltName={name}", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(words, check=True, capture_output=True)
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return certificate, both


def webhook_settings(folder: Path, port: int, more: str = "") -> Path:
    """Settings with one webhook on this machine."""
    (folder / "desk.secret").write_text(SECRET)
    settings = folder / "notices.yaml"
    settings.write_text(
        f"allow: http://127.0.0.1:{port}\nprivate: 127.0.0.0/8\nreceivers:\n"
        f"  - {{name: desk, webhook: 'http://127.0.0.1:{port}/kept', secret_files: {folder / 'desk.secret'}}}\n{more}"
    )
    return settings

"""Sending to a daemon: in batches, each once acknowledged, in time, and with patience that ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from monitor.demo.sender import BATCH, LONGEST_PAUSE_SECONDS, TRIES, Sender, send_all, send_in_time
from monitor.domain.hours.instant import SECOND_US
from monitor.errors import ConfigError, TransientError


class Daemon(HTTPServer):
    """Takes batches, or answers with what it was told to; listens on a port of its own."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Door)
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.batches: list[tuple[str, str | None, list[bytes]]] = []
        self.shown: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Daemon

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, headers = self.server.answers.pop(0) if self.server.answers else (202, {})
        self.server.shown.append(self.headers["Authorization"])
        if status < 300:
            self.server.batches.append((self.path, self.headers["Content-Type"], body.splitlines()))
        self.send_response(status)
        for name, value in ({"Content-Length": "2"} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    server = Daemon()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def naps() -> list[float]:
    """How long the sender slept each time."""
    return []


@pytest.fixture
def sender(daemon: Daemon, naps: list[float]) -> Iterator[Sender]:
    made = Sender(daemon.url, sleep=naps.append)
    yield made
    made.close()


def test_lines_go_in_batches_to_the_intake(daemon: Daemon, sender: Sender) -> None:
    lines = [b"%d" % number for number in range(BATCH + 1)]
    send_all(sender, iter(lines))
    assert daemon.batches == [
        ("/v1/events", "application/x-ndjson", lines[:BATCH]),
        ("/v1/events", "application/x-ndjson", lines[BATCH:]),
    ]


def test_a_daemon_that_is_busy_is_given_the_time_it_asks_for(daemon: Daemon, sender: Sender, naps: list[float]) -> None:
    daemon.answers = [(503, {"Retry-After": "3"}), (503, {"Retry-After": "3600"})]
    sender.send([b"{}"])
    assert naps == [3.0, LONGEST_PAUSE_SECONDS]
    assert len(daemon.batches) == 1


def test_a_daemon_that_stays_busy_is_given_up(daemon: Daemon, sender: Sender) -> None:
    daemon.answers = [(503, {})] * TRIES
    with pytest.raises(TransientError, match=r"found 503 .* after 8 tries"):
        sender.send([b"{}"])


def test_a_refused_batch_is_not_tried_again(daemon: Daemon, sender: Sender) -> None:
    daemon.answers = [(400, {})]
    with pytest.raises(ConfigError, match="found 400"):
        sender.send([b"{}"])
    assert daemon.batches == []


def test_where_nobody_listens_the_sender_says_so(naps: list[float]) -> None:
    sender = Sender("http://127.0.0.1:9", sleep=naps.append)
    with pytest.raises(TransientError, match=r"http://127\.0\.0\.1:9: found .*refused"):
        sender.send([b"{}"])
    assert len(naps) == TRIES - 1


@pytest.mark.parametrize("url", ["127.0.0.1:8321", "ftp://x.example", "http://", "http://x:port", ""])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="expected an address such as"):
        Sender(url)


def test_each_line_goes_at_its_instant_and_what_is_due_together_goes_together(daemon: Daemon, sender: Sender) -> None:
    clock = [0]
    sent: list[int] = []

    def sleep(pause_seconds: float) -> None:
        sent.append(len(daemon.batches))
        clock[0] += round(pause_seconds * SECOND_US)

    stream = [(at * SECOND_US, b"%d" % at) for at in (1, 1, 2, 5)]
    send_in_time(sender, stream, now=lambda: clock[0], sleep=sleep)
    assert [lines for _, _, lines in daemon.batches] == [[b"1", b"1"], [b"2"], [b"5"]]
    assert clock == [5 * SECOND_US]
    assert sent == [0, 1, 2]


def test_a_sender_that_is_behind_catches_up_in_batches(daemon: Daemon, sender: Sender) -> None:
    stream = [(at, b"%d" % at) for at in range(BATCH + 10)]
    send_in_time(sender, stream, now=lambda: 10 * SECOND_US, sleep=lambda _: None)
    assert [len(lines) for _, _, lines in daemon.batches] == [BATCH, 10]


def test_a_token_is_shown_with_every_batch(daemon: Daemon) -> None:
    with closing(Sender(daemon.url, token="kept_x")) as sender:
        sender.send([b"1"])
    assert daemon.shown == ["Bearer kept_x"]

"""Ten thousand requests that are none, with slow senders beside them: the daemon keeps answering, and does not grow."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from typing import Final

import pytest

from monitor.adapters.web.http_protocol import CONNECTIONS, HEAD_SECONDS, LONGEST_HEAD_BYTES, SPARE_CONNECTIONS
from monitor.testing import SLACK, Daemon, cloud_event, eventually

pytestmark = pytest.mark.slow

REQUESTS: Final = 10_000
SENDERS: Final = 4
SLOW_SENDERS: Final = 100
GROWTH_BYTES: Final = 48 * 2**20
"""What the process may grow by: caches fill (SQLite's page cache alone may take 64 MB), buffers come and go."""

_HEAD: Final = b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/cloudevents+json\r\n"


@pytest.fixture
def daemon(book: Path, database: Path, tmp_path: Path) -> Iterator[Daemon]:
    with (tmp_path / "log.txt").open("w") as errors:
        running = Daemon(book, database, errors=errors)
        yield running
        running.kill()


def _event(name: str) -> bytes:
    return cloud_event("ticket.opened", name, time.time_ns() // 1_000, name, client="acme")


def _whole(body: bytes, head: bytes = _HEAD) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


# What is sent. Each takes dice and a number that no other request has.


def _noise(dice: Random, _: int) -> bytes:
    return dice.randbytes(dice.randrange(1, 300))


def _no_http(dice: Random, _: int) -> bytes:
    line = dice.choice([b"GET / HTTP/9.9", b"G\0T / HTTP/1.1", b"GET  HTTP/1.1", b"/v1/events", b"PRI * HTTP/2.0"])
    return line + b"\r\nHost: localhost\r\n\r\n"


def _bad_header(dice: Random, _: int) -> bytes:
    header = dice.choice(
        [b"no colon", b": empty", b"a b: c", b"x: a\0b", b"Content-Length: -1", b"Content-Length: 1e3"]
    )
    return _HEAD + header + b"\r\n\r\n"


def _two_lengths(dice: Random, number: int) -> bytes:
    other = dice.choice([b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n"])
    return _whole(b"two lengths %d" % number, _HEAD + other)


def _bad_chunks(dice: Random, _: int) -> bytes:
    chunks = dice.choice([b"zz\r\nabc\r\n", b"-1\r\n", b"5\r\nabc\r\n0\r\n\r\n", b"f" * 40 + b"\r\n"])
    return _HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks


def _long_head(dice: Random, _: int) -> bytes:
    name = dice.choice([b"x", b"cookie", b"authorization"])
    return _HEAD + name + b": " + b"x" * (LONGEST_HEAD_BYTES + dice.randrange(1, 20_000))


def _half_head(dice: Random, number: int) -> bytes:
    whole = _whole(b"half %d" % number)
    return whole[: dice.randrange(1, len(_HEAD))]


def _half_body(dice: Random, number: int) -> bytes:
    return _HEAD + b"Content-Length: %d\r\n\r\n" % dice.randrange(100, 1_000) + b"half %d" % number


def _elsewhere(dice: Random, _: int) -> bytes:
    line = dice.choice([b"GET /%2e%2e/etc/passwd", b"DELETE /v1/events", b"GET /v1/obligations?limit=x", b"BREW /"])
    return line + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"


def _another_form(dice: Random, number: int) -> bytes:
    form = dice.choice(
        [b"text/plain", b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x", b"\xff"]
    )
    return _whole(b"form %d" % number, _HEAD.replace(b"application/cloudevents+json", form))


def _no_event(dice: Random, number: int) -> bytes:
    good = _event(f"n{number}")
    shapes: list[bytes] = [
        b"%d" % number,
        good[: dice.randrange(1, len(good))] + b"%d" % number,
        good.replace(b"ticket.opened", b"ticket.%d" % number),
        b"[" * 2_000 + b"%d" % number,
        json.dumps({"specversion": "1.0", "id": number, "time": "never"}).encode(),
    ]
    return _whole(dice.choice(shapes))


KINDS: Final[tuple[Callable[[Random, int], bytes], ...]] = (
    _noise,
    _no_http,
    _bad_header,
    _two_lengths,
    _bad_chunks,
    _half_head,
    _half_body,
    _elsewhere,
    _another_form,
    _no_event,
    _no_event,
    _no_event,
)
GIVEN_UP: Final = (_noise, _half_head, _half_body, _bad_chunks)
"""What may wait for more to come: whoever sent it hangs up without an answer."""
SELDOM: Final = 40
"""One in so many has a head that is too long: each is 70 KB."""


def _send(port: int, dice: Random, number: int) -> tuple[int, bool]:
    """The status of the answer, 0 without one, and whether bytes are among the dead letters now."""
    kind = _long_head if number % SELDOM == 0 else dice.choice(KINDS)
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as connection:
        with suppress(ConnectionError):  # it was refused before all of it was sent
            connection.sendall(kind(dice, number))
        if kind in GIVEN_UP:
            return 0, False
        answer = _answer(connection)
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    return int(found[1]) if found else 0, b'"Unreadable"' in answer


def _answer(connection: socket.socket) -> bytes:
    """All of an answer; what came of it where it was cut off."""
    answer = b""
    with suppress(ConnectionError):
        while piece := connection.recv(65_536):
            answer += piece
            head, end, body = answer.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            if end and length and len(body) >= int(length[1]):
                break
    return answer


class _Attack(threading.Thread):
    """A share of the requests, one after the other."""

    def __init__(self, port: int, share: range) -> None:
        super().__init__()
        self._port = port
        self._share = share
        self.statuses: Counter[int] = Counter()
        self.letters = 0

    def run(self) -> None:
        dice = Random(self._share.start)
        for number in self._share:
            status, is_kept = _send(self._port, dice, number)
            self.statuses[status] += 1
            self.letters += is_kept


class _Dribble(threading.Thread):
    """Slow senders: a byte of a head each, now and then, until told to stop."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port
        self.stopped = threading.Event()

    def run(self) -> None:
        connections = [socket.create_connection(("127.0.0.1", self._port)) for _ in range(SLOW_SENDERS)]
        for byte in iter(_HEAD):
            for connection in connections:
                with suppress(OSError):  # hung up on
                    connection.send(bytes([byte]))
            if self.stopped.wait(0.5):
                break
        for connection in connections:
            connection.close()


def _resident_bytes(process: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found
    return int(found[1]) * 1_024


def _attack(daemon: Daemon, numbers: range) -> tuple[Counter[int], int]:
    threads = [_Attack(daemon.port, numbers[first::SENDERS]) for first in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum((thread.statuses for thread in threads), Counter()), sum(thread.letters for thread in threads)


def test_ten_thousand_malformed_requests_do_no_harm(daemon: Daemon) -> None:
    dribble = _Dribble(daemon.port)
    dribble.start()
    warm = REQUESTS // 5
    _, letters = _attack(daemon, range(1, warm))
    before = _resident_bytes(daemon.process.pid)
    statuses, more = _attack(daemon, range(warm, REQUESTS + 1))
    assert daemon.ask("/readyz")[0] == 200
    dribble.stopped.set()
    dribble.join()
    assert set(statuses) <= {0, 400, 404, 405, 413, 415, 431}, statuses
    assert statuses[400] > REQUESTS / 4
    assert daemon.post(_event("good"))["accepted"] == 1
    assert daemon.metric("kept_dead_letters_total") == letters + more > REQUESTS / 10
    assert _resident_bytes(daemon.process.pid) - before < GROWTH_BYTES
    assert daemon.stop() == 0


def test_a_head_without_end_is_cut_off(daemon: Daemon) -> None:
    with closing(socket.create_connection(("127.0.0.1", daemon.port), timeout=30)) as connection:
        connection.sendall(_HEAD + b"x: ")
        sent = 0
        with suppress(ConnectionError):
            while sent < 100 * LONGEST_HEAD_BYTES:
                sent += connection.send(b"x" * 4_096)
    # Sockets hold some of what was sent: the limit shows in the order of magnitude.
    assert sent < 100 * LONGEST_HEAD_BYTES
    assert daemon.ask("/healthz")[0] == 200


def test_whoever_never_comes_to_the_end_of_a_head_is_told_and_hung_up_on(daemon: Daemon) -> None:
    began = time.monotonic()
    with closing(socket.create_connection(("127.0.0.1", daemon.port), timeout=60)) as connection:
        connection.sendall(_HEAD)
        answer = _answer(connection)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert connection.recv(1) == b""
    assert time.monotonic() - began >= HEAD_SECONDS - 1


def test_the_rest_of_a_body_nobody_reads_is_not_waited_for(daemon: Daemon) -> None:
    head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
    with closing(socket.create_connection(("127.0.0.1", daemon.port), timeout=60)) as connection:
        connection.sendall(head)
        assert b" 200 " in _answer(connection)
        assert connection.recv(1) == b""


def test_more_connections_than_there_is_room_for_are_told_to_come_back(daemon: Daemon) -> None:
    idle = [socket.create_connection(("127.0.0.1", daemon.port)) for _ in range(CONNECTIONS)]
    with closing(socket.create_connection(("127.0.0.1", daemon.port), timeout=30)) as connection:
        connection.sendall(_whole(_event("crowded")))
        answer = _answer(connection).lower()
        assert answer.startswith(b"http/1.1 503 ")
        assert b"retry-after: " in answer
    idle += [socket.create_connection(("127.0.0.1", daemon.port), timeout=30) for _ in range(SPARE_CONNECTIONS + 1)]
    assert _answer(idle[-1]).startswith(b"HTTP/1.1 503 ")
    for connection in idle:
        connection.close()
    eventually(lambda: daemon.ask("/healthz")[0] == 200, "there is room again")
    assert daemon.post(_event("later"))["accepted"] == 1


def test_whoever_announces_much_and_sends_little_keeps_nobody_else_out(daemon: Daemon) -> None:
    head = _HEAD.replace(b"cloudevents+json", b"x-ndjson") + b"Content-Length: 16000000\r\n\r\n"
    slow = [socket.create_connection(("127.0.0.1", daemon.port)) for _ in range(20)]
    for connection in slow:
        connection.sendall(head)
    assert daemon.post(_event("good"))["accepted"] == 1
    for connection in slow:
        connection.close()


def test_it_stops_in_time_whoever_is_slow(daemon: Daemon) -> None:
    halves = [_HEAD, _HEAD + b"Content-Length: 1000\r\n\r\nhalf", b""]
    slow = [socket.create_connection(("127.0.0.1", daemon.port)) for _ in range(30)]
    for number, connection in enumerate(slow):
        connection.sendall(halves[number % len(halves)])
    assert daemon.ask("/healthz")[0] == 200
    began = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - began < 5 * SLACK
    for connection in slow:
        connection.close()


@pytest.mark.parametrize("kind", [_noise, _no_http, _bad_header, _bad_chunks])
def test_an_answer_to_what_is_no_http_says_so_as_a_problem(
    daemon: Daemon, kind: Callable[[Random, int], bytes]
) -> None:
    with closing(socket.create_connection(("127.0.0.1", daemon.port), timeout=30)) as connection:
        connection.sendall(kind(Random(4), 1))
        connection.shutdown(socket.SHUT_WR)
        answer = _answer(connection)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in answer
    assert b"x-content-type-options: nosniff" in answer

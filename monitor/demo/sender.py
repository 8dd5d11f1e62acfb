"""Sends lines of events, at once or each at its instant: to a running Kept over HTTP, or wherever else they are taken."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from itertools import islice
from typing import Final, Protocol
from urllib.parse import urlsplit

from monitor.domain.hours.instant import SECOND_US, InstantUs
from monitor.errors import ConfigError, TransientError

PATH: Final = "/v1/events"
BATCH: Final = 500
"""Lines sent together; some 150 kB, well under what Kept takes in one request."""
TRIES: Final = 8
"""How often a batch is sent before the sender gives up."""
TIMEOUT_SECONDS: Final = 30.0
LONGEST_PAUSE_SECONDS: Final = 10.0
"""The longest wait before another try, whatever the daemon asks for."""


class Destination(Protocol):
    """Where lines are sent."""

    def send(self, lines: list[bytes]) -> None:
        """Sends a batch and returns once it is acknowledged; raises TransientError where it is not taken."""
        ...

    def close(self) -> None:
        """Ends the connection."""
        ...


class Sender:
    """One connection to a daemon."""

    def __init__(self, url: str, *, token: str | None = None, sleep: Callable[[float], None] = time.sleep) -> None:
        self._url = url.rstrip("/")
        self._connection, self._path = _connection(self._url)
        self._sleep = sleep
        self._headers = {"Content-Type": "application/x-ndjson"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"

    def send(self, lines: list[bytes]) -> None:
        """Sends a batch and returns once it is acknowledged.

        Raises TransientError where the daemon can't be reached or takes nothing after several tries, ConfigError where it
        refuses the batch.
        """
        body = b"\n".join(lines) + b"\n"
        for attempt in range(1, TRIES + 1):
            found, pause_seconds = self._try(body)
            if not found:
                return
            if attempt < TRIES:
                self._sleep(min(pause_seconds or 0.1 * 2**attempt, LONGEST_PAUSE_SECONDS))
        raise TransientError(f"{self._url}: found {found} after {TRIES} tries, expected a running `kept run`")

    def close(self) -> None:
        self._connection.close()

    def _try(self, body: bytes) -> tuple[str, float]:
        """What stood in the way, if anything did, and how many seconds to wait before the next try (0: not said)."""
        try:
            self._connection.request("POST", self._path, body, self._headers)
            response = self._connection.getresponse()
            answer = response.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            return str(error) or type(error).__name__, 0.0
        if response.status < 300:
            return "", 0.0
        if response.status in {429, 503}:
            return f"{response.status} {response.reason}", _seconds(response)
        found = f"{response.status} {response.reason}: {answer[:200].decode(errors='replace')}"
        raise ConfigError.of(self._url, found, "2xx for a batch of events")


def _connection(url: str) -> tuple[HTTPConnection, str]:
    """An unopened connection, and the path of the events there."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if host is None or parts.scheme not in {"http", "https"}:
        raise ConfigError.of("--url", url, "an address such as http://127.0.0.1:8321")
    connected = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    return connected(host, port, timeout=TIMEOUT_SECONDS), parts.path + PATH


def _seconds(response: HTTPResponse) -> float:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else 0.0


def send_all(sender: Destination, lines: Iterator[bytes]) -> None:
    """Sends lines as fast as they are acknowledged."""
    while batch := list(islice(lines, BATCH)):
        sender.send(batch)


def send_in_time(
    sender: Destination,
    stream: Iterable[tuple[InstantUs, bytes]],
    *,
    now: Callable[[], InstantUs],
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Sends each line at its instant; those that are due together go together."""
    batch: list[bytes] = []
    for at, line in stream:
        wait_us = at - now()
        if batch and (wait_us > 0 or len(batch) >= BATCH):
            sender.send(batch)
            batch = []
            wait_us = at - now()
        if wait_us > 0:
            sleep(wait_us / SECOND_US)
        batch.append(line)
    if batch:
        sender.send(batch)

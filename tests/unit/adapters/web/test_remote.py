"""What a command says to a running Kept, and what it makes of the answers; the other side is played by a small server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from monitor.adapters.web import remote
from monitor.adapters.web.remote import RemoteKept
from monitor.errors import ConfigError, TransientError
from monitor.service.doors.arrivals import Rejection
from monitor.service.ports.counts import Intake
from monitor.wire.events.cloud_events import LONGEST_EVENT_BYTES
from monitor.wire.questions import table

Answer = tuple[int, dict[str, Any]]


class Player:
    """Answers as the script says, and notes what it is asked."""

    def __init__(self) -> None:
        self.script: list[Answer] = []
        self.asked: list[tuple[str, str, bytes]] = []
        self.shown: list[str | None] = []
        player = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                player.shown.append(self.headers.get("authorization"))
                player.asked.append((self.command, self.path, body))
                status, answer = player.script.pop(0)
                text = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST  # noqa: N815  the name the server looks for

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def player() -> Iterator[Player]:
    made = Player()
    yield made
    made.close()


@pytest.fixture
def kept(player: Player) -> Iterator[RemoteKept]:
    made = RemoteKept(player.url, rest=lambda _: None)
    yield made
    made.close()


def test_what_became_of_each_line_is_read_off_the_receipt(player: Player, kept: RemoteKept) -> None:
    rejected = [{"index": 2, "found": "f", "expected": "e", "key": "k"}]
    player.script = [(207, {"accepted": 1, "duplicates": 1, "rejected": rejected})]
    outcomes = kept.send([b"1", b"2", b"3"])
    assert sorted(map(str, outcomes[:2])) == [Intake.ACCEPTED, Intake.DUPLICATE]
    assert outcomes[2] == Rejection("f", "e", "k")
    assert player.asked == [("POST", "/v1/events?catching_up=true", b"1\n2\n3")]


def test_a_line_that_is_too_long_is_not_sent(player: Player, kept: RemoteKept) -> None:
    rejected = [{"index": 1, "found": "f", "expected": "e", "key": "k"}]
    player.script = [(207, {"accepted": 1, "duplicates": 0, "rejected": rejected})]
    outcomes = kept.send([b"1", b"x" * (LONGEST_EVENT_BYTES + 1), b"3"])
    assert outcomes[0] == Intake.ACCEPTED
    assert isinstance(outcomes[1], Rejection)
    assert outcomes[2] == Rejection("f", "e", "k")
    assert player.asked[0][2] == b"1\n3"


def test_not_now_means_again(player: Player, kept: RemoteKept) -> None:
    player.script = [(503, {}), (503, {}), (200, {"accepted": 1, "duplicates": 0, "rejected": []})]
    assert kept.send([b"1"]) == [Intake.ACCEPTED]
    assert len(player.asked) == 3


def test_it_gives_up_after_a_while(player: Player, kept: RemoteKept) -> None:
    player.script = [(503, {"detail": "the disk is full"})] * remote.TRIES
    with pytest.raises(TransientError, match="the disk is full"):
        kept.send([b"1"])


def test_an_answer_that_is_no_receipt_is_told(player: Player, kept: RemoteKept) -> None:
    player.script = [(404, {"detail": "no such path"})]
    with pytest.raises(TransientError, match="no such path"):
        kept.send([b"1"])


def test_nobody_there_is_told_with_the_address() -> None:
    kept = RemoteKept("http://127.0.0.1:9", rest=lambda _: None)
    with pytest.raises(TransientError, match=r"127\.0\.0\.1:9"):
        kept.ask("/v1/book")


@pytest.mark.parametrize("url", ["127.0.0.1:8321", "ftp://kept", "http://", "http://kept:port", ""])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="--url"):
        RemoteKept(url)


def test_an_answer_is_read_page_after_page(player: Player, kept: RemoteKept) -> None:
    first = {"as_of": None, "cases": [{"case": "A"}], "next": "abc"}
    player.script = [(200, first), (200, {**first, "cases": [{"case": "B"}], "next": None})]
    assert list(kept.rows(table.CASES, {"client": "Ann & Co"})) == [{"case": "A"}, {"case": "B"}]
    assert [path for _, path, _ in player.asked] == [
        "/v1/cases?client=Ann+%26+Co&limit=10000",
        "/v1/cases?client=Ann+%26+Co&limit=10000&cursor=abc",
    ]


def test_a_limit_is_one_page(player: Player, kept: RemoteKept) -> None:
    player.script = [(200, {"obligations": [{"case": "A"}], "next": "abc"})]
    assert list(kept.rows(table.OBLIGATIONS, {"limit": 1})) == [{"case": "A"}]
    assert [path for _, path, _ in player.asked] == ["/v1/obligations?limit=1"]


def test_a_name_with_a_slash_is_spelled_so_that_it_is_one(player: Player, kept: RemoteKept) -> None:
    player.script = [(200, {"decisions": [], "next": None})]
    assert list(kept.rows(table.HISTORY, {}, "A/own/2026-03-02T09:00:00Z")) == []
    assert player.asked[0][1] == "/v1/history/A%2Fown%2F2026-03-02T09%3A00%3A00Z?limit=10000"


def test_what_is_refused_is_told_with_every_fault(player: Player, kept: RemoteKept) -> None:
    fault = {"file": "book", "line": 3, "key": "zone", "found": "Mars", "expected": "a zone"}
    player.script = [(422, {"detail": "faults", "faults": [fault, {**fault, "line": 4}]})]
    with pytest.raises(ConfigError, match="book:4: zone: found Mars, expected a zone"):
        kept.tell("/v1/book", {"text": "x"})
    player.script = [(400, {"detail": "found tomorrow"})]
    with pytest.raises(ConfigError, match="found tomorrow"):
        kept.ask("/v1/verdicts", {"as_of": "2099-01-01"})


def test_what_is_told_is_not_told_twice(player: Player, kept: RemoteKept) -> None:
    player.script = [(503, {"detail": "not now"})]
    with pytest.raises(TransientError, match="not now"):
        kept.tell("/v1/book", {"text": "x"})
    assert len(player.asked) == 1


def test_a_token_is_shown_with_every_request(player: Player) -> None:
    player.script = [(200, {"obligations": []}), (503, {}), (200, {"obligations": []})]
    with closing(RemoteKept(player.url, rest=lambda _: None, token="kept_x")) as kept:
        kept.ask("/v1/obligations")
        kept.ask("/v1/obligations")
    assert player.shown == ["Bearer kept_x"] * 3


@pytest.mark.parametrize("status", [401, 403])
def test_whoever_is_not_let_in_is_told_what_to_show_and_does_not_try_again(player: Player, status: int) -> None:
    player.script = [(status, {"detail": "expected a valid token"})]
    refused = pytest.raises(ConfigError, match=r"expected a valid token.*--token-file")
    with closing(RemoteKept(player.url, rest=lambda _: None, token="kept_secret")) as kept, refused as caught:
        kept.send([b"1"])
    assert "kept_secret" not in str(caught.value)

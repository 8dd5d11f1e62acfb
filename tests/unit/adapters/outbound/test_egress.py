"""Where Kept may send anything, and what it takes for an answer."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Final

import pytest

from monitor.adapters.outbound.alertmanager import Alertmanager
from monitor.adapters.outbound.egress import Egress
from monitor.errors import TransientError
from monitor.service.notices.content import Links
from monitor.service.notices.courier import Message
from monitor.service.notices.notice import DeliveryRecord, Receiver, trial_notice
from monitor.testing import MONDAY
from monitor.wire.written.web_addresses import origin_of
from tests.acceptance.hearing import Ears, certificate_for, ears

LOOPBACK: Final = [ip_network("127.0.0.0/8")]


def test_an_address_that_is_not_on_the_list_is_not_even_asked_for() -> None:
    asked: list[str] = []

    def resolve(host: str, _: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    egress = Egress([origin_of("http://hooks.example")], LOOPBACK, resolve=resolve)
    for url in ("https://hooks.example", "http://hooks.example:81", "http://other.example"):
        with pytest.raises(TransientError, match="not on the list"):
            egress.post(url, b"", {})
    assert asked == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.1.1",
        "169.254.169.254",
        "::1",
        "fe80::1",
        "::ffff:10.1.2.3",
        "224.0.0.1",
        "0.0.0.0",
    ],
)
def test_a_name_of_an_address_that_is_not_public_is_refused(address: str) -> None:
    egress = Egress([origin_of("http://hooks.example")], resolve=lambda *_: ["93.184.216.34", address])
    with pytest.raises(TransientError, match="not public"):
        egress.post("http://hooks.example", b"", {})


def test_the_name_is_asked_for_once_and_the_connection_goes_where_it_led() -> None:
    answers = iter([["127.0.0.1"], ["203.0.113.1"]])
    with ears() as server:
        url = f"http://hooks.example:{server.port}/kept?a=b"
        egress = Egress([origin_of(url)], LOOPBACK, resolve=lambda *_: next(answers))
        assert egress.post(url, b"{}", {}).is_taken
        (headers, _) = server.heard[0]
    assert headers["host"] == f"hooks.example:{server.port}"
    assert next(answers) == ["203.0.113.1"]


def test_a_redirect_is_not_followed() -> None:
    with ears() as server:
        server.status = 307
        url = f"http://127.0.0.1:{server.port}"
        answer = Egress([origin_of(url)], LOOPBACK).post(url, b"{}", {})
    assert (answer.status, answer.is_taken, server.heard) == (307, False, [])


def test_nobody_there_can_be_tried_again() -> None:
    with ears() as server:
        url = f"http://127.0.0.1:{server.port}"
    with pytest.raises(TransientError, match="does not answer"):
        Egress([origin_of(url)], LOOPBACK).post(url, b"", {})


# Over TLS


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ears, Path]]:
    """Somebody who listens over TLS as hooks.example, and the authority that says so."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl (Debian: the package of that name)")
    certificate, both = certificate_for("DNS:hooks.example", tmp_path_factory.mktemp("tls"))
    with ears(both) as server:
        yield server, certificate


def _over_tls(host: str, server: Ears, authorities: Path | None) -> bool:
    """Whether a message to a host, which is this machine, was taken."""
    url = f"https://{host}:{server.port}/kept"
    egress = Egress([origin_of(url)], LOOPBACK, authorities=authorities, resolve=lambda *_: ["127.0.0.1"])
    return egress.post(url, b'{"a": 1}', {}).is_taken


def test_over_tls_an_authority_of_ones_own_is_believed_where_the_settings_name_it(hooks: tuple[Ears, Path]) -> None:
    server, authority = hooks
    before = len(server.heard)
    assert _over_tls("hooks.example", server, authority)
    (headers, body) = server.heard[before]
    # The name is that of the address in the settings, not the number it led to.
    assert (headers["host"], body) == (f"hooks.example:{server.port}", {"a": 1})


def test_a_certificate_of_an_authority_nobody_named_is_refused_and_nothing_is_said(hooks: tuple[Ears, Path]) -> None:
    server, _ = hooks
    before = server.requests
    with pytest.raises(TransientError, match="certificate verify failed"):
        _over_tls("hooks.example", server, None)
    assert server.requests == before


@pytest.mark.parametrize("host", ["other.example", "127.0.0.1"])
def test_a_certificate_for_another_name_is_refused_and_nothing_is_said(host: str, hooks: tuple[Ears, Path]) -> None:
    server, authority = hooks
    before = server.requests
    with pytest.raises(TransientError, match="certificate verify failed"):
        _over_tls(host, server, authority)
    assert server.requests == before


def test_who_speaks_no_tls_is_refused(hooks: tuple[Ears, Path]) -> None:
    _, authority = hooks
    with ears() as plain:
        with pytest.raises(TransientError, match="does not answer"):
            _over_tls("hooks.example", plain, authority)
        assert plain.heard == []


def _message(key: str) -> Message:
    delivery = DeliveryRecord(key, "a", "opened", 0, None, "test", "waiting", MONDAY, 0, MONDAY, None, "")
    return Message(delivery, trial_notice(key, MONDAY))


def test_what_is_refused_together_is_told_one_by_one() -> None:
    with ears() as server:
        server.status = 400
        url = f"http://127.0.0.1:{server.port}"
        receiver = Receiver("a", frozenset(), hears_standing_only=True)
        alertmanager = Alertmanager(receiver, url, Egress([origin_of(url)], LOOPBACK), Links())
        faults = alertmanager.send([_message("1"), _message("2"), _message("3")], MONDAY)
    assert faults == ["found status 400, expected 200"] * 3
    # Three together; one and two; two one by one.
    assert server.requests == 5

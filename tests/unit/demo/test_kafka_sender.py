"""What events are keyed by on their way to Kafka, and how a sender fails."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from monitor.commands.kafka_options import access_of
from monitor.demo.firm import demonstration_book
from monitor.demo.kafka_sender import KafkaSender, Keys
from monitor.errors import ConfigError, TransientError
from tests.services.processes import free_ports


def _line(case: str | None, client: str | None = None, **data: Any) -> bytes:
    return orjson.dumps({"source": "/hr", "subject": case, "client": client, "data": data})


def _keys_of(*lines: bytes, remembered: int = 10) -> list[bytes]:
    keys = Keys(demonstration_book(), remembered)
    return [keys.key_of(line) for line in lines]


def test_the_client_named_is_the_key() -> None:
    assert _keys_of(_line("A", "acme"), _line(None, "acme")) == [b"acme", b"acme"]


def test_an_address_of_the_book_is_its_client() -> None:
    # The demonstration book gives the client `tidewater` the addresses of its domain.
    assert _keys_of(_line("A", address="someone@tidewaterbooks.example")) == [b"tidewater"]


def test_a_case_keeps_its_key_when_an_event_names_nobody_or_somebody_else() -> None:
    assert _keys_of(_line("A", "acme"), _line("A"), _line("A", "umbra")) == [b"acme"] * 3


def test_a_case_that_nobody_is_known_of_is_its_own_key_to_the_end() -> None:
    assert _keys_of(_line("A"), _line("A", "acme"), _line("B", "acme")) == [b"A", b"A", b"acme"]


def test_an_address_that_nobody_knows_is_no_key() -> None:
    assert _keys_of(_line("A", address="stranger@elsewhere.example")) == [b"A"]


def test_what_is_about_nobody_is_keyed_by_its_source() -> None:
    assert _keys_of(_line(None)) == [b"/hr"]


def test_the_cases_used_last_are_remembered() -> None:
    lines = [_line("A", "acme"), _line("B", "umbra"), _line("A"), _line("C", "umbra"), _line("A"), _line("B")]
    # Two are remembered: C pushes B out, for A was used after it.
    assert _keys_of(*lines, remembered=2) == [b"acme", b"umbra", b"acme", b"umbra", b"acme", b"B"]


@pytest.mark.parametrize("address", ["", "broker", "broker:", ":9092", "broker:0", "broker:x", "one:1,two"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="HOST:PORT"):
        access_of(address, user=None, password_file=None, tls=False, authority=None)


def test_where_no_broker_listens_the_sender_says_so() -> None:
    (port,) = free_ports(1)
    with pytest.raises(TransientError, match=f"127.0.0.1:{port}.*expected a Kafka broker"):
        KafkaSender({"bootstrap_servers": f"127.0.0.1:{port}"}, "kept.events")

"""The settings of notices: read as a whole, or refused with every fault."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from monitor.domain.hours.instant import HOUR_US, MINUTE_US
from monitor.errors import ConfigError
from monitor.wire.notices.loading import load_notice_settings, read_notice_settings
from monitor.wire.written.web_addresses import Origin, origin_of

EXAMPLE: Final = Path(__file__).resolve().parents[4] / "deploy" / "examples" / "notices.yaml"


def test_the_example_has_no_faults_and_says_what_its_comments_say() -> None:
    settings = load_notice_settings(EXAMPLE)
    rules = settings.rules()
    assert [receiver.name for receiver in rules.receivers] == ["alertmanager", "client-desk"]
    assert [receiver.hears_standing_only for receiver in rules.receivers] == [True, False]
    assert rules.receivers[0].kinds == {"due_soon", "broken", "unknown", "missed", "canary"}
    assert rules.receivers[1].kinds == {"broken", "unknown"}
    assert (rules.stays, rules.storm_above, rules.give_up_after) == (15 * MINUTE_US, 20, 24 * HOUR_US)
    assert settings.origins == {Origin("http", "127.0.0.1", 9093), Origin("https", "hooks.example", 443)}


def test_every_fault_is_told_at_once_with_its_line() -> None:
    text = """allow: http://127.0.0.1:9093
private: 300.0.0.0/8
recievers: []
receivers:
  - {name: a}
storm_above: none
"""
    with pytest.raises(ConfigError) as caught:
        read_notice_settings(text, "n.yaml")
    assert [(fault.line, fault.key) for fault in caught.value.faults] == [
        (2, "private"),
        (3, "recievers"),
        (6, "storm_above"),
    ]


PAIRS: Final = [
    ("{name: a}", "neither of `alertmanager` and `webhook`"),
    ("{name: a, alertmanager: 'http://x:1', webhook: 'http://x:1', secret_files: s}", "both of"),
    ("{name: a, webhook: 'http://x:1'}", "a webhook without `secret_files`"),
    ("{name: a, alertmanager: 'http://x:1', secret_files: s}", "secrets of a receiver that is no webhook"),
    (
        "{name: a, webhook: 'http://x:1', secret_files: s, token_file: t}",
        "a token of a receiver that is no Alertmanager",
    ),
    ("{name: a, alertmanager: 'http://x:2'}", "an address at http://x:2"),
    ("{name: a, alertmanager: 'https://x:1'}", "an address at https://x:1"),
]


@pytest.mark.parametrize(("receiver", "found"), PAIRS)
def test_what_makes_no_sense_together_is_a_fault(receiver: str, found: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_notice_settings(f"allow: http://x:1\nreceivers:\n  - {receiver}\n", "n.yaml")
    (fault,) = caught.value.faults
    assert fault.line == 3
    assert fault.found.startswith(found)


def test_two_receivers_have_two_names() -> None:
    text = "allow: http://x:1\nreceivers:\n" + "  - {name: a, alertmanager: 'http://x:1'}\n" * 2
    with pytest.raises(ConfigError, match=r'n\.yaml:4: .*name: found "a" a second time'):
        read_notice_settings(text, "n.yaml")


@pytest.mark.parametrize(
    "url", ["", "x", "ftp://x", "http://", "http://u:p@x", "http://x:99999", "http://x:0", "http://x/#y", "http://a b"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="expected an address"):
        origin_of(url)

"""Alertmanager's configuration: who is told of what, asked of amtool."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from tests.services.programs import Program, run_clean

ROOT: Final = Path(__file__).resolve().parents[2]
FILE: Final = ROOT / "deploy" / "alertmanager" / "alertmanager.yml"

ROUTES: Final = {
    "client-pager": [
        "alertname=PromiseDueSoonUnheld team=client-service severity=critical kind=resolve",
        "alertname=PromiseBudgetBurningFast team=client-service severity=critical kind=resolve tier=bronze",
        "alertname=PromiseBroken team=client-service severity=warning kind=resolve tier=gold",
        "alertname=ClientWorkLate team=client-service severity=warning client=acme tier=gold",
    ],
    "client-desk": [
        "alertname=PromiseBroken team=client-service severity=warning kind=resolve tier=silver",
        "alertname=PromiseBroken team=client-service severity=warning kind=resolve tier=none",
        "alertname=PromiseBudgetBurningSlow team=client-service severity=warning kind=resolve tier=gold",
        "alertname=ShareMissed team=client-service severity=warning kind=resolve tier=gold client=acme promise=first",
    ],
    "kept-pager": ["alertname=KeptDown team=kept severity=critical job=kept"],
    "kept-desk": ["alertname=KeptDeadLetters team=kept severity=warning job=kept"],
    "context": [
        "alertname=PromiseDueSoon team=client-service severity=info",
        "alertname=KeptBookChanged team=kept severity=info",
    ],
    "outside": ["alertname=Watchdog team=kept severity=info"],
    "canary": ["alertname=KeptCanary team=kept severity=info client=kept-canary"],
    "nobody-yet": ["alertname=Made severity=critical team=elsewhere"],
}


@pytest.fixture(scope="module")
def configuration() -> Any:
    return YAML(typ="safe", pure=True).load(FILE.read_text(encoding="utf-8"))


def test_amtool_finds_nothing_to_complain_about(program: Program) -> None:
    run_clean(program("amtool"), "check-config", FILE)


@pytest.mark.parametrize(
    ("receiver", "labels"), [(receiver, labels) for receiver, alerts in ROUTES.items() for labels in alerts]
)
def test_an_alert_goes_to_its_receiver(receiver: str, labels: str, program: Program) -> None:
    chosen = ("--config.file", str(FILE), "--verify.receivers", receiver)
    run_clean(program("amtool"), "config", "routes", "test", *chosen, *labels.split())


def test_every_receiver_has_a_route_that_is_tested(configuration: Any) -> None:
    assert {receiver["name"] for receiver in configuration["receivers"]} == ROUTES.keys()


def _muted(route: Any) -> set[str]:
    """The receivers of a route and those below it that don't hear of everything at once."""
    own = {route["receiver"]} if route.get("mute_time_intervals") else set()
    return own.union(*(_muted(child) for child in route.get("routes", [])))


def test_only_the_desks_wait_for_the_morning(configuration: Any) -> None:
    assert _muted(configuration["route"]) == {"client-desk", "kept-desk"}


def test_nobody_is_told_by_an_address_or_a_secret_in_this_file(configuration: Any) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert not [word for word in ("password:", "credentials:", "api_key:", "_key:", "token:", "{{") if word in text]
    hooks = [hook for receiver in configuration["receivers"] for hook in receiver.get("webhook_configs", [])]
    assert all(hook["url"].startswith("http://127.0.0.1:") for hook in hooks)

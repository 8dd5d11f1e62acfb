"""The rules for Prometheus: each alert is labelled, explained, tested, and asks only for what Kept exports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from monitor.conventions.metrics import METRICS
from monitor.conventions.process_metrics import (
    EDGE_METRICS,
    NOTIFY_METRICS,
    ORIGIN_METRICS,
    PUBLISH_METRICS,
    WORKER_METRICS,
)
from monitor.service.notices.content import ALERT_NAMES, LABELS, STORM_NAMES
from tests.services.programs import Program, run_clean
from tests.services.promql import selections

ROOT: Final = Path(__file__).resolve().parents[2]
PROMETHEUS: Final = ROOT / "deploy" / "prometheus"
RULE_FILES: Final = sorted((PROMETHEUS / "rules").glob("*.yaml"))
TEST_FILES: Final = sorted((PROMETHEUS / "tests").glob("*.yaml"))
NOTICES: Final = [*ALERT_NAMES.values(), *STORM_NAMES.values()]
"""Alerts that Kept sends itself."""
SENT_BY_KEPT: Final = [{**dict.fromkeys(LABELS, "none"), "alertname": name} for name in NOTICES]
"""Each with the labels it always has."""
RUNBOOK: Final = (ROOT / "deploy" / "runbook.md").read_text(encoding="utf-8")

FOREIGN: Final = {"up", "process_start_time_seconds"}
"""Series that Prometheus itself and the process give."""
SUFFIXES: Final = ("", "_total", "_info", "_bucket", "_sum", "_count")
WITHOUT_END: Final = {"Watchdog"}
"""Alerts that always fire: they can neither be quiet nor lose their series."""


def _yaml(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


GROUPS: Final[list[Any]] = [group for path in RULE_FILES for group in _yaml(path)["groups"]]
RULES: Final[list[Any]] = [rule for group in GROUPS for rule in group["rules"]]
ALERTS: Final[dict[str, Any]] = {rule["alert"]: rule for rule in RULES if "alert" in rule}
RECORDED: Final[list[str]] = [rule["record"] for rule in RULES if "record" in rule]
TESTS: Final[list[Any]] = [test for path in TEST_FILES for test in _yaml(path)["tests"]]

each_alert = pytest.mark.parametrize("name", ALERTS)


def test_promtool_finds_nothing_to_complain_about(program: Program) -> None:
    run_clean(program("promtool"), "check", "rules", "--lint=all", "--lint-fatal", *RULE_FILES)
    run_clean(program("promtool"), "check", "config", PROMETHEUS / "prometheus.yml")


@pytest.mark.slow
@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.stem)
def test_the_rules_say_what_their_tests_expect(path: Path, program: Program) -> None:
    run_clean(program("promtool"), "test", "rules", path)


@each_alert
def test_an_alert_is_named_labelled_and_annotated_like_the_others(name: str) -> None:
    rule = ALERTS[name]
    assert re.fullmatch(r"([A-Z][a-z]+)+", name)
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert rule["labels"]["team"] in {"client-service", "kept"}
    assert rule["labels"].keys() == {"severity", "team"}
    assert rule["annotations"].keys() == {"summary", "description", "runbook_url", "dashboard_url"}
    assert rule["annotations"]["summary"].endswith(".")


@each_alert
def test_an_alert_does_not_end_because_a_scrape_did(name: str) -> None:
    assert "keep_firing_for" in ALERTS[name] or name in WITHOUT_END


@each_alert
def test_no_label_of_an_alert_holds_a_value_that_changes(name: str) -> None:
    assert not [value for value in ALERTS[name]["labels"].values() if "{{" in value]


@each_alert
def test_an_alert_leads_to_its_own_heading_of_the_runbook(name: str) -> None:
    assert ALERTS[name]["annotations"]["runbook_url"].endswith(f"#{name.lower()}")
    assert f"\n## {name}\n" in RUNBOOK


def test_the_runbook_has_no_heading_without_an_alert() -> None:
    assert sorted(re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE)) == sorted([*ALERTS, *NOTICES])


@pytest.mark.parametrize("name", sorted([*ALERTS, *NOTICES]))
def test_a_heading_of_the_runbook_answers_the_four_questions(name: str) -> None:
    section = RUNBOOK.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    asked = re.findall(r"^\*\*(.+)\*\*$", section, re.MULTILINE)
    assert asked == ["What it means.", "How to see it.", "What to do.", "When to stop worrying."]


@each_alert
def test_an_alert_leads_to_a_dashboard_that_exists(name: str) -> None:
    found = re.search(r"/d/([\w-]+)", ALERTS[name]["annotations"]["dashboard_url"])
    assert found
    assert (ROOT / "grafana" / "dashboards" / f"{found[1]}.json").is_file()


# Their tests


def _of(name: str, words: str) -> list[Any]:
    return [test for test in TESTS if test["name"].startswith(f"{name} {words}")]


def _moments(test: Any) -> list[bool]:
    """Whether the alert fires, at one moment after the other."""
    return [bool(moment.get("exp_alerts")) for moment in test["alert_rule_test"]]


@each_alert
def test_an_alert_is_tested_to_fire_and_to_resolve(name: str) -> None:
    moments = [_moments(test) for test in _of(name, "fires")]
    assert any(True in each for each in moments)
    assert name in WITHOUT_END or any(each[-1] is False and True in each for each in moments)


@each_alert
def test_an_alert_is_tested_not_to_fire(name: str) -> None:
    quiet = _of(name, "does not fire")
    assert quiet or name in WITHOUT_END
    assert not any(True in _moments(test) for test in quiet)
    assert all(test["input_series"] for test in quiet)


@each_alert
def test_an_alert_is_tested_to_survive_the_loss_of_its_series(name: str) -> None:
    lost = [test for test in TESTS if re.match(rf"{name} (fires always, and )?survives the loss", test["name"])]
    assert lost
    for test in lost:
        assert _moments(test)[:2] == [True, True]
        assert name in WITHOUT_END or any("stale" in series["values"] for series in test["input_series"])


def test_every_test_is_about_the_alert_it_is_named_after() -> None:
    for test in TESTS:
        assert {moment["alertname"] for moment in test["alert_rule_test"]} == {test["name"].split()[0]}


# What they ask for


def _is_exported(name: str) -> bool:
    metrics = (*METRICS, *EDGE_METRICS, *WORKER_METRICS, *ORIGIN_METRICS, *PUBLISH_METRICS, *NOTIFY_METRICS)
    return name in FOREIGN or any(name == metric.name + suffix for metric in metrics for suffix in SUFFIXES)


def test_every_expression_asks_only_for_series_that_exist() -> None:
    for rule in RULES:
        for name, _ in selections(rule["expr"]):
            assert name in RECORDED or _is_exported(name), f"{rule.get('alert') or rule['record']} asks for {name}"


def test_what_is_asked_of_kept_is_asked_of_its_job() -> None:
    for rule in RULES:
        for name, labels in selections(rule["expr"]):
            assert name in RECORDED or "job" in labels, f"{name} is asked for without its job"


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_series_is_named_by_level_metric_and_operation(name: str) -> None:
    level, metric, operation = name.split(":")
    assert set(level.split("_")) <= {"job", "partition", "kind", "tier"}
    assert metric.startswith("kept_")
    assert not metric.endswith("_total")
    assert re.fullmatch(r"(ratio_|avg_)?rate\d+[mhd]|sum\d+[hd]|increase\d+[hd]|ratio|max", operation)


def test_nothing_is_recorded_that_nobody_asks_for() -> None:
    dashboards = "".join(path.read_text() for path in (ROOT / "grafana" / "dashboards").glob("*.json"))
    asked = {name for rule in RULES for name, _ in selections(rule["expr"])}
    assert not [name for name in RECORDED if name not in asked and name not in dashboards]


def test_groups_are_evaluated_before_their_series_are_forgotten() -> None:
    assert all(group["interval"] in {"15s", "30s"} for group in GROUPS)


# What holds back what


def _inhibitions() -> Iterator[tuple[list[Any], list[Any], list[str]]]:
    for rule in _yaml(ROOT / "deploy" / "alertmanager" / "alertmanager.yml")["inhibit_rules"]:
        sources = _matched(rule["source_matchers"], SENT_BY_KEPT)
        yield sources, _matched(rule["target_matchers"]), rule["equal"]


def _matched(matchers: list[str], others: Sequence[dict[str, str]] = ()) -> list[Any]:
    """The alerts the tests expect anywhere, and others, that these matchers choose."""
    expected = [
        {"alertname": moment["alertname"], **alert["exp_labels"]}
        for test in TESTS
        for moment in test["alert_rule_test"]
        for alert in moment.get("exp_alerts", [])
    ]
    return [labels for labels in [*expected, *others] if all(_matches(matcher, labels) for matcher in matchers)]


def _matches(matcher: str, labels: dict[str, str]) -> bool:
    found = re.fullmatch(r'(\w+) (=|!=|=~|!~) "?(.*?)"?', matcher)
    assert found, matcher
    value, is_regular = labels.get(found[1], ""), "~" in found[2]
    is_so = bool(re.fullmatch(found[3], value)) if is_regular else value == found[3]
    return is_so is not found[2].startswith("!")


def test_what_holds_back_always_has_the_labels_it_is_compared_by() -> None:
    # Where a label is missing on both sides, Alertmanager takes them to be equal.
    for sources, targets, equal in _inhibitions():
        assert sources
        assert targets
        assert not [labels for labels in sources if not labels.keys() >= set(equal)]


def test_what_is_held_back_always_has_the_labels_it_is_compared_by() -> None:
    for _, targets, equal in _inhibitions():
        assert not [labels for labels in targets if not labels.keys() >= set(equal)]


def test_no_alert_holds_back_itself() -> None:
    for sources, targets, _ in _inhibitions():
        assert not {labels["alertname"] for labels in sources} & {labels["alertname"] for labels in targets}

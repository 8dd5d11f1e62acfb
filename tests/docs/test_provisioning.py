"""What Grafana is provisioned with: the published format, and nothing that is named and not there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
from ruamel.yaml import YAML

ROOT: Final = Path(__file__).resolve().parents[2]
GRAFANA: Final = ROOT / "grafana"
SCHEMA: Final = json.loads((Path(__file__).parent / "grafana-provisioning.schema.json").read_text(encoding="utf-8"))
FILES: Final = sorted([*GRAFANA.glob("provisioning/*/*.yaml"), *GRAFANA.glob("optional/*.yaml")])


def _yaml(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def _alertmanager() -> Any:
    return _yaml(ROOT / "deploy" / "alertmanager" / "alertmanager.yml")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_has_the_published_format(path: Path) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(_yaml(path))


def _contact_points() -> list[Any]:
    points: list[Any] = _yaml(GRAFANA / "provisioning" / "alerting" / "contact-points.yaml")["contactPoints"]
    return points


def _policies(tree: Any) -> list[Any]:
    return [tree, *(each for child in tree.get("routes", []) for each in _policies(child))]


def _mute_times() -> list[Any]:
    times: list[Any] = _yaml(GRAFANA / "provisioning" / "alerting" / "mute-times.yaml")["muteTimes"]
    return times


def test_the_policies_name_only_contact_points_and_mute_times_that_are_there() -> None:
    (tree,) = _yaml(GRAFANA / "optional" / "policies.yaml")["policies"]
    points, times = {point["name"] for point in _contact_points()}, {time["name"] for time in _mute_times()}
    for policy in _policies(tree):
        assert policy["receiver"] in points
        assert set(policy.get("mute_time_intervals", [])) <= times


def test_the_policies_are_not_provisioned_unless_somebody_wants_them_to() -> None:
    # They would replace the whole tree of the organisation.
    assert not [path for path in GRAFANA.glob("provisioning/*/*") if "policies" in _yaml(path)]
    assert "REPLACES" in (GRAFANA / "optional" / "policies.yaml").read_text(encoding="utf-8")


def test_the_contact_points_are_the_receivers_of_alertmanager() -> None:
    # What only Alertmanager sends: whatever nobody wants yet, what is context, its own sign of life, and Kept's canary.
    own = {"nobody-yet", "context", "outside", "canary"}
    receivers = _alertmanager()["receivers"]
    assert own < {each["name"] for each in receivers}
    hooks = {each["name"]: each["webhook_configs"][0]["url"] for each in receivers if each["name"] not in own}
    assert {point["name"]: point["receivers"][0]["settings"]["url"] for point in _contact_points()} == hooks


def test_the_mute_times_are_those_of_alertmanager() -> None:
    known = {each["name"]: each["time_intervals"] for each in _alertmanager()["time_intervals"]}
    assert {time["name"]: time["time_intervals"] for time in _mute_times()} == known


def test_no_secret_stands_in_a_file() -> None:
    for path in FILES:
        assert not re.search(r"(?i)password|secure|token|credential", path.read_text(encoding="utf-8"))


def test_the_dashboards_use_the_data_source_that_is_provisioned() -> None:
    uids = {source["uid"] for source in _yaml(GRAFANA / "provisioning" / "datasources" / "kept.yaml")["datasources"]}
    for path in (GRAFANA / "dashboards").glob("*.json"):
        first = json.loads(path.read_text(encoding="utf-8"))["templating"]["list"][0]
        assert first["current"]["value"] in uids

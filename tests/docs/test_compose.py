"""The container setup is what it claims to be: locked, without rights, and started with options that exist."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

ROOT: Final = Path(__file__).resolve().parents[2]
DOCKERFILE: Final = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")


COMPOSE: Final = YAML(typ="safe", pure=True).load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
WATCHERS: Final = ("prometheus", "alertmanager", "grafana")

each_service = pytest.mark.parametrize("name", ["kept", *WATCHERS])
each_watcher = pytest.mark.parametrize("name", WATCHERS)


@pytest.fixture(scope="module")
def kept() -> Any:
    return COMPOSE["services"]["kept"]


def test_there_are_kept_and_those_who_watch_it() -> None:
    assert list(COMPOSE["services"]) == ["kept", *WATCHERS]


def test_the_image_is_built_from_the_dockerfile(kept: Any) -> None:
    assert (ROOT / kept["build"]["context"] / kept["build"]["dockerfile"]).is_file()


@each_service
def test_a_service_has_no_rights_it_does_not_need(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["pids_limit"]


@each_service
def test_only_this_machine_reaches_a_service(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in COMPOSE["services"][name]["ports"])


@each_service
def test_every_volume_of_a_service_is_declared_and_every_file_is_there(name: str) -> None:
    for volume in COMPOSE["services"][name]["volumes"]:
        if volume["type"] == "volume":
            assert volume["source"] in COMPOSE["volumes"]
        elif not volume["source"].startswith("$"):
            assert (ROOT / volume["source"]).exists()
            assert volume["read_only"] is True


@each_watcher
def test_a_watcher_is_pinned_to_a_version_and_is_not_root(name: str) -> None:
    service = COMPOSE["services"][name]
    assert re.fullmatch(rf"(prom|grafana)/{name}:v?\d+\.\d+\.\d+", service["image"])
    assert not service["user"].startswith("0")


@each_watcher
def test_the_health_check_of_a_watcher_asks_its_own_port(name: str) -> None:
    service = COMPOSE["services"][name]
    inside = service["ports"][0].rpartition(":")[2]
    assert f"http://127.0.0.1:{inside}/" in service["healthcheck"]["test"][-1]


def test_prometheus_finds_kept_and_alertmanager_by_their_names() -> None:
    for name, port in (("kept", 8321), ("alertmanager", 9093)):
        path = ROOT / "deploy" / "compose" / "targets" / f"{name}.yaml"
        assert YAML(typ="safe", pure=True).load(path.read_text()) == [{"targets": [f"{name}:{port}"]}]
        assert (ROOT / "deploy" / "prometheus" / "targets" / path.name).is_file()
        assert COMPOSE["services"][name]["ports"][0].endswith(f":{port}")


def test_prometheus_shows_a_token_and_is_otherwise_configured_as_anywhere() -> None:
    here = (ROOT / "deploy" / "compose" / "prometheus.yml").read_text(encoding="utf-8")
    anywhere = (ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
    uncommented = re.sub(r"# (authorization:|  credentials_file:)", r"\1", anywhere)
    assert here == uncommented.replace("/etc/prometheus/kept.token", "/run/secrets/kept-metrics-token")
    assert COMPOSE["services"]["prometheus"]["secrets"] == ["kept-metrics-token"]
    assert COMPOSE["secrets"]["kept-metrics-token"]["file"].startswith("${KEPT_METRICS_TOKEN:?")


def test_grafana_is_given_what_its_provisioning_reads() -> None:
    given = COMPOSE["services"]["grafana"]["environment"]
    sources = (ROOT / "grafana" / "provisioning" / "datasources" / "kept.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"url: \$(\w+)", sources)) <= given.keys()
    targets = {volume["target"] for volume in COMPOSE["services"]["grafana"]["volumes"]}
    provider = (ROOT / "grafana" / "provisioning" / "dashboards" / "kept.yaml").read_text(encoding="utf-8")
    assert re.findall(r"path: (\S+)", provider)[0] in targets
    assert (ROOT / "grafana" / "dashboards" / Path(given["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]).name).is_file()


def test_grafana_has_the_version_whose_types_the_dashboards_are_checked_against() -> None:
    package = json.loads((ROOT / "tests" / "services" / "grafana-schema" / "package.json").read_text())
    assert COMPOSE["services"]["grafana"]["image"].endswith(":" + package["dependencies"]["@grafana/schema"])


def test_book_and_database_are_mounted_where_the_command_looks(kept: Any) -> None:
    options = dict(word.removeprefix("--").split("=") for word in kept["command"] if "=" in word)
    targets = {volume["target"]: volume.get("read_only", False) for volume in kept["volumes"]}
    assert targets[options["book"]] is True
    assert targets[str(Path(options["database"]).parent)] is False


def test_the_health_check_asks_the_port_it_listens_on(kept: Any) -> None:
    assert f"--port={kept['ports'][0].rpartition(':')[2]}" in kept["command"]
    assert "http://127.0.0.1:8321/healthz" in kept["healthcheck"]["test"][-1]
    compile(kept["healthcheck"]["test"][-1], "healthcheck", "exec")


def test_the_command_and_its_options_exist(kept: Any, commands: dict[str, frozenset[str]]) -> None:
    name, *options = kept["command"]
    assert {option.partition("=")[0] for option in options} <= commands[name]


def test_whoever_asks_must_show_a_token(kept: Any) -> None:
    assert not {"--allow-open", "--open-metrics"} & set(kept["command"])


def test_the_tokens_that_are_made_first_go_where_the_service_looks(
    kept: Any, commands: dict[str, frozenset[str]]
) -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    made = [line.split() for line in re.findall(r"run --rm kept token new (.*)", text)]
    assert len(made) == 2
    for words in made:
        options = dict(word.split("=") for word in words)
        assert set(options) <= commands["token new"]
        assert f"--database={options['--database']}" in kept["command"]


def test_the_base_image_is_pinned_to_a_version() -> None:
    images = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert images
    assert all(re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", image) for image in images)


def test_every_installation_is_by_hash_or_without_network() -> None:
    logical_lines = DOCKERFILE.replace("\\\n", " ").splitlines()
    installations = [part for line in logical_lines for part in line.split("&&") if "pip install" in part]
    assert installations
    assert all("--require-hashes" in part or "--no-index" in part for part in installations)


def test_the_image_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)
    assert users
    assert users[-1] not in {"root", "0"}

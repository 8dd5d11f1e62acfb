"""The container setup is what it claims to be: locked, without rights, and started with options that exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

ROOT: Final = Path(__file__).resolve().parents[2]
DOCKERFILE: Final = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def kept() -> Any:
    compose = YAML(typ="safe", pure=True).load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert list(compose["services"]) == ["kept"]
    assert "kept-data" in compose["volumes"]
    return compose["services"]["kept"]


def test_the_image_is_built_from_the_dockerfile(kept: Any) -> None:
    assert (ROOT / kept["build"]["context"] / kept["build"]["dockerfile"]).is_file()


def test_the_service_has_no_rights_it_does_not_need(kept: Any) -> None:
    assert kept["read_only"] is True
    assert kept["cap_drop"] == ["ALL"]
    assert kept["security_opt"] == ["no-new-privileges:true"]
    assert kept["mem_limit"]


def test_only_this_machine_reaches_it(kept: Any) -> None:
    assert all(port.startswith("127.0.0.1:") for port in kept["ports"])


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


def test_the_token_that_is_made_first_goes_where_the_service_looks(
    kept: Any, commands: dict[str, frozenset[str]]
) -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    (words,) = re.findall(r"run --rm kept token new (.*)", text)
    options = dict(word.split("=") for word in words.split())
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

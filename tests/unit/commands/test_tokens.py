"""`kept token` as its caller sees it, and the token that other commands read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.commands.credentials import VARIABLE, read_token
from monitor.commands.tokens import app
from monitor.domain.hours.instant import DAY_US, parse_instant
from monitor.errors import ConfigError
from monitor.service.doors.tokens import TOKEN


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "kept.db"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def listed(database: Path) -> list[dict[str, str | None]]:
    return [json.loads(line) for line in run("list", "--database", database, "--format", "jsonl").stdout.splitlines()]


def test_a_new_token_is_all_that_goes_to_standard_output(database: Path) -> None:
    result = run("new", "--database", database, "--name", "desk", "--scope", "ingest", "--scope", "read")
    assert result.exit_code == 0
    assert TOKEN.fullmatch(result.stdout.strip())
    assert "ingest read" in result.stderr
    assert result.stdout.strip() not in result.stderr


def test_a_token_is_listed_without_what_it_says(database: Path) -> None:
    made = run("new", "--database", database, "--name", "desk", "--scope", "ingest").stdout.strip()
    result = run("list", "--database", database, "--format", "jsonl")
    assert made.split("_")[2] not in result.stdout
    (row,) = listed(database)
    assert (row["id"], row["name"], row["scopes"], row["state"]) == (made.split("_")[1], "desk", "ingest", "valid")


def test_a_revoked_token_stays_on_the_list(database: Path) -> None:
    run("new", "--database", database, "--name", "desk", "--scope", "ingest")
    assert run("revoke", "desk", "--database", database).exit_code == 0
    assert [row["state"] for row in listed(database)] == ["revoked"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2999-01-31", "2999-01-31T00:00:00Z"), ("2999-01-31T12:00:00+01:00", "2999-01-31T11:00:00Z")],
)
def test_an_expiry_is_the_beginning_of_a_date_or_an_instant(database: Path, text: str, expected: str) -> None:
    run("new", "--database", database, "--name", "desk", "--scope", "ingest", "--expires", text)
    assert [row["expires"] for row in listed(database)] == [expected]


def test_an_expiry_in_days_counts_from_now(database: Path) -> None:
    run("new", "--database", database, "--name", "desk", "--scope", "ingest", "--expires", "90d")
    (row,) = listed(database)
    assert parse_instant(str(row["expires"])) - parse_instant(str(row["created"])) == 90 * DAY_US


@pytest.mark.parametrize("text", ["90", "0d", "soon", "2020-01-01", "2026-13-01", "2999-01-31T12:00:00"])
def test_an_expiry_that_is_none_or_past_is_refused(database: Path, text: str) -> None:
    result = run("new", "--database", database, "--name", "desk", "--scope", "ingest", "--expires", text)
    assert result.exit_code == 2
    assert not database.exists()


@pytest.mark.parametrize("words", [("list",), ("revoke", "desk")])
def test_a_question_to_a_database_that_is_not_there_makes_none(database: Path, words: tuple[str, ...]) -> None:
    assert isinstance(run(*words, "--database", database).exception, ConfigError)
    assert not database.exists()


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 65])
def test_a_name_that_nobody_could_read_is_refused(database: Path, name: str) -> None:
    assert run("new", "--database", database, "--name", name, "--scope", "ingest").exit_code == 2


def test_a_token_is_read_from_a_file_before_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_token(None) is None
    monkeypatch.setenv(VARIABLE, "kept_variable")
    assert read_token(None) == "kept_variable"
    file = tmp_path / "token"
    file.write_text("kept_file\n")
    assert read_token(file) == "kept_file"


@pytest.mark.parametrize("content", [b"", b"two words", b"two\r\nlines", b"\xff\xfe", b"x" * 5_000])
def test_what_is_no_token_is_refused_without_being_shown(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match="expected one token") as caught:
        read_token(file)
    assert content[:3].decode("latin-1") not in str(caught.value).replace(str(file), "") or not content


def test_a_token_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none: found No such file"):
        read_token(tmp_path / "none")

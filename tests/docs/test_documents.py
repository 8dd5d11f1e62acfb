"""What the documents for people name is there: files, headings, commands, options, targets, tests."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final

import pytest

from monitor.conventions.process_metrics import NOTIFY_METRICS, PUBLISH_METRICS, SERVE_METRICS

ROOT: Final = Path(__file__).resolve().parents[2]
DOCUMENTS: Final = (
    *("README.md", "USING.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "BOOK.md", "CHANGELOG.md"),
    *("deploy/README.md", "deploy/runbook.md", "grafana/README.md"),
)

MADE_LATER: Final = (".venv", "build", "http:", "https:", "mailto:", "/")
"""What files named in documents may begin with and not be in the repository."""

_LINK: Final = re.compile(r"\]\(<?([^)<>\s]+)>?(?:\s+\"[^\"]*\")?\)")
_QUOTED: Final = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_FENCED: Final = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_FILE: Final = re.compile(
    r"(?:monitor|tests|schemas|deploy|grafana|\.ci|examples)/[\w./*-]*"
    r"|[\w.-]+/[\w./*-]+\.(?:py|md|toml|ya?ml|json|lock)"
    r"|(?:[A-Z]{4,}\.md|LICENSE|Makefile|pyproject\.toml|requirements(?:-dev)?\.lock|docker-compose\.yml)"
)


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _prose(text: str) -> str:
    return _FENCED.sub("", text)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_somewhere(name: str) -> None:
    for link in _LINK.findall(_prose(_read(name))):
        if link.startswith(MADE_LATER):
            continue
        file, _, heading = link.partition("#")
        target = (ROOT / name).parent / file if file else ROOT / name
        assert target.exists(), f"{name} links to {link}, which does not exist"
        if heading:
            assert heading in _anchors(target), f"{name} links to {link}, but {target.name} has no such heading"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_file_named_exists(name: str) -> None:
    named = {quoted for quoted in _QUOTED.findall(_prose(_read(name))) if _FILE.fullmatch(quoted)}
    missing = [file for file in sorted(named) if not any(ROOT.glob(file.rstrip("/")))]
    assert not missing, f"{name} names files that do not exist"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_test_named_exists(name: str) -> None:
    named = {word for word in _QUOTED.findall(_prose(_read(name))) if re.fullmatch(r"test_\w+", word)}
    assert named <= _tests(), f"{name} names {sorted(named - _tests())}, which are no tests"


@cache
def _tests() -> frozenset[str]:
    """The names of all tests, those of files included."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    functions = (
        re.findall(r"^(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE) for path in files
    )
    return frozenset(chain((path.stem for path in files), *functions))


def test_what_each_command_does_is_said_where_their_use_is_described(commands: dict[str, frozenset[str]]) -> None:
    text = _read("USING.md")
    assert not [name for name in commands if not re.search(rf"\bkept {re.escape(name)}\b", text)]


def test_every_metric_of_those_beside_the_workers_is_told_where_their_running_is_described() -> None:
    text = _read("deploy/README.md")
    assert not [
        metric.name for metric in (*SERVE_METRICS, *PUBLISH_METRICS, *NOTIFY_METRICS) if metric.name not in text
    ]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_shown_exists(name: str, commands: dict[str, frozenset[str]]) -> None:
    for words in _shown_commands(_read(name)):
        if Path(words[0]).name == "kept":
            _assert_kept(words[1:], commands)
        elif words[0] == "make":
            _assert_targets(words[1:])


def test_every_command_of_the_runbook_exists(commands: dict[str, frozenset[str]]) -> None:
    shown = [words for words in _QUOTED.findall(_read("deploy/runbook.md")) if words.startswith("kept ")]
    assert shown
    for words in shown:
        _assert_kept(shlex.split(words)[1:], commands)


def _assert_kept(words: list[str], commands: dict[str, frozenset[str]]) -> None:
    if words[:1] in (["--help"], ["--version"], []):
        return
    spelled = max((name for name in commands if words[: len(name.split())] == name.split()), key=len, default=None)
    assert spelled is not None, f"found kept {' '.join(words)}, expected one of {sorted(commands)}"
    options = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    assert options <= commands[spelled], f"found kept {' '.join(words)}, expected options {sorted(commands[spelled])}"


def _assert_targets(words: list[str]) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    asked = {word for word in words if "=" not in word and not word.startswith("-")}
    assert asked <= targets, f"found make {' '.join(words)}, expected targets {sorted(targets)}"


def _shown_commands(text: str) -> Iterator[list[str]]:
    """The words of each command behind a `$` in the console blocks; pipes and lists are taken apart."""
    for language, block in _FENCED.findall(text):
        if language != "console":
            continue
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                yield from _simple_commands(line.removeprefix("$ "))


def _simple_commands(line: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, ";"]:
        if word in {"|", "||", "&&", ";", "&"}:
            without_settings = words[
                next((i for i, w in enumerate(words) if not re.match(r"[A-Z_]+=", w)), len(words)) :
            ]
            if without_settings:
                yield without_settings
            words = []
        else:
            words.append(word)


def _anchors(path: Path) -> set[str]:
    """The headings of a Markdown file as GitHub spells them in links."""
    headings = re.findall(r"^#+\s+(.+?)\s*$", _prose(path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

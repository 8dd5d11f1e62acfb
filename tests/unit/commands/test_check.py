"""`kept check` as its caller sees it: what it prints where, and how it exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from monitor.commands.check import check

GOOD = """\
book: Alder & Finch
calendars: {london: {zone: Europe/London, weekly: {mon-fri: ["09:00-17:30"]}}}
clients: {acme: {}, birch: {}}
promises:
  - {id: a, kind: own, within: 1h, hours: london}
  - {id: b, kind: resolve, within: 1h}
"""
BAD = "book: Finch\ncolour: red\nhours: london\n"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "book.yaml"


def run(book: Path, text: str, *options: str) -> Result:
    book.write_text(text, encoding="utf-8")
    app = typer.Typer()
    app.command()(check)
    return CliRunner().invoke(app, [str(book), *options])


def test_a_good_book_is_one_line(book: Path) -> None:
    result = run(book, GOOD)
    assert (result.exit_code, result.stdout, result.stderr) == (
        0,
        "Alder & Finch: 2 promises, 2 clients, 1 calendar\n",
        "",
    )


def test_each_fault_is_a_line_on_standard_error(book: Path) -> None:
    result = run(book, BAD)
    assert (result.exit_code, result.stdout) == (1, "")
    assert [line.split(" found ")[0] for line in result.stderr.splitlines()] == [
        f"{book}:2: colour:",
        f"{book}:3: hours:",
    ]


def test_a_missing_file_is_a_fault(book: Path) -> None:
    app = typer.Typer()
    app.command()(check)
    result = CliRunner().invoke(app, [str(book)])
    assert (result.exit_code, result.stderr) == (
        1,
        f"{book}: found No such file or directory, expected a file that can be read\n",
    )


def test_programs_get_an_object_a_fault_on_standard_output(book: Path) -> None:
    result = run(book, BAD, "--format", "jsonl")
    faults = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.exit_code, result.stderr) == (1, "")
    assert faults[1] == {
        "file": str(book),
        "line": 3,
        "key": "hours",
        "found": 'the unknown calendar "london"',
        "expected": "always",
    }


def test_programs_get_an_object_for_a_good_book(book: Path) -> None:
    result = run(book, GOOD, "--format", "jsonl")
    assert json.loads(result.stdout) == {"book": "Alder & Finch", "promises": 2, "clients": 2, "calendars": 1}
    assert result.exit_code == 0


def test_an_unknown_format_is_refused(book: Path) -> None:
    assert run(book, GOOD, "--format", "xml").exit_code == 2

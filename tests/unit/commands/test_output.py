"""Rows as tables, JSON Lines and CSV; no name, however hostile, is more than text."""

from __future__ import annotations

import csv
import io
import json
import sys
from typing import Any

import pytest

from monitor.commands.output import Format, chosen_format, print_table, write_rows
from tests.unit.commands.terminals import Terminal

COLUMNS = ("name", "count")
ROW = {"name": "acme", "count": 3}


def written(rows: list[dict[str, Any]], format_: Format, capsys: pytest.CaptureFixture[str]) -> str:
    write_rows(rows, COLUMNS, format_)
    return capsys.readouterr().out


def table(*rows: dict[str, Any], columns: tuple[str, ...] = COLUMNS, on: io.StringIO | None = None) -> str:
    stream = on or io.StringIO()
    print_table(rows, columns, file=stream)
    return stream.getvalue()


def test_json_is_a_line_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    found = written([ROW, {"name": "naïve", "count": None}], Format.JSONL, capsys).splitlines()
    assert [json.loads(line) for line in found] == [ROW, {"name": "naïve", "count": None}]


def test_csv_begins_with_the_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert written([ROW], Format.CSV, capsys) == "name,count\nacme,3\n"


def test_csv_of_no_rows_is_the_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert written([], Format.CSV, capsys) == "name,count\n"


@pytest.mark.parametrize("name", ['a,"b"', "a\nb", "a\r\nb", "a\rb"], ids=ascii)
def test_csv_quotes_what_would_break_a_row(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    # RFC 4180, 2.6: fields with line breaks, quotes or commas are in quotes. Python quotes a bare \r from 3.13 on only.
    found = written([{"name": name, "count": None}], Format.CSV, capsys)
    assert list(csv.reader(io.StringIO(found, newline="")))[1:] == [[name, ""]]


@pytest.mark.parametrize(
    "name",
    ["=1+2", "+44 20", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1+2", "\uff0b1", "\uff0d1", "\uff20SUM(A1)"],
)
def test_a_text_that_a_spreadsheet_would_run_is_marked_as_text(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    # The characters are those of OWASP's page on CSV injection.
    assert (
        next(csv.DictReader(io.StringIO(written([{"name": name, "count": 1}], Format.CSV, capsys), newline="")))["name"]
        == f"'{name}"
    )


def test_a_negative_number_is_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert written([{"name": "acme", "count": -3}], Format.CSV, capsys) == "name,count\nacme,-3\n"


def test_a_table_lines_up_its_columns() -> None:
    assert [line.rstrip() for line in table(ROW, {"name": "bolt & sons", "count": 12}).splitlines()] == [
        "name         count",
        "acme             3",
        "bolt & sons     12",
    ]


def test_a_table_leaves_out_columns_without_anything_in_them() -> None:
    assert "count" not in table({"name": "acme", "count": None})


def test_a_table_of_no_rows_has_all_its_columns() -> None:
    assert table().split() == ["name", "count"]


def test_nothing_is_cut_where_no_terminal_says_how_wide_it_is() -> None:
    assert "x" * 300 in table({"name": "x" * 300, "count": 1})


def test_a_narrow_terminal_gets_a_line_for_each_cell_and_no_name_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty characters beside five and two between them do not fit into 66 columns, and fit into 67."""
    monkeypatch.setenv("COLUMNS", "66")
    name = "T-1042/first_response/2026-03-02T09:04:00Z".ljust(60, "x")
    rows = ({"name": name, "count": 12345}, {"name": "acme", "count": None})
    narrow = ["name   " + name, "count  12345", "", "name   acme"]
    assert table(*rows, on=Terminal()).splitlines() == narrow
    monkeypatch.setenv("COLUMNS", "67")
    assert f"{name}  12345" in table(*rows, on=Terminal())


def test_a_narrow_terminal_still_gets_a_table_where_only_headings_have_to_be_broken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "9")
    *_, row = table(ROW, on=Terminal()).splitlines()
    assert row.split() == ["acme", "3"]


HOSTILE = [
    "[red]alarm[/red]",
    "[bold",
    "[/]",
    "[link=http://x.example]here[/link]",
    ":bug: :warning:",
    "50% {x} %s \\n",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_markup_in_a_name_is_only_text(name: str) -> None:
    assert name in table({"name": name, "count": 1})


CONTROLS = ["\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x9b31mred", "a\x08\x08b", "\x07", "\x00", "a\x7fb"]


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
@pytest.mark.parametrize("name", CONTROLS, ids=ascii)
def test_a_table_sends_the_terminal_no_control_characters_of_a_name(name: str, stream: type[io.StringIO]) -> None:
    plain = table({"name": "plain", "count": 1}, on=stream())
    controls = {
        character for character in table({"name": name, "count": 1}, on=stream()) if not character.isprintable()
    }
    assert controls <= {character for character in plain if not character.isprintable()} | {"\n"}
    assert "\x1b[31m" not in table({"name": name, "count": 1}, on=stream())


def test_a_newline_in_a_name_does_not_make_another_row() -> None:
    found = table({"name": "acme\nbolt", "count": 1}).splitlines()
    assert not any(line.startswith("bolt") for line in found)


def test_rows_are_json_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert chosen_format(None) is Format.JSONL


def test_rows_are_a_table_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert chosen_format(None) is Format.TABLE


def test_what_is_asked_for_is_what_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert chosen_format(Format.CSV) is Format.CSV

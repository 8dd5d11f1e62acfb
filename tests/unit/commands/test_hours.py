"""`kept hours`: single questions to a book's calendar, and many questions a line each."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from monitor.commands.hours import answer_line, answer_lines, app
from monitor.errors import ConfigError

BOOK = """\
book: Alder & Finch
calendars:
  london: {zone: Europe/London, weekly: {mon-fri: ["09:00-12:00", "13:00-17:30"]}}
"""

OFFICE: dict[str, Any] = {"zone": "Europe/London", "weekly": {"mon-fri": ["09:00-17:00"]}}
BETWEEN = {"id": 1, "calendar": OFFICE, "op": "between", "start": "2026-01-05T10:00:00Z", "end": "2026-01-06T10:00:00Z"}
AFTER = {"id": 2, "calendar": OFFICE, "op": "after", "start": "2026-07-01T16:00:00+01:00", "seconds": 7200}


@pytest.fixture
def book(tmp_path: Path) -> str:
    path = tmp_path / "book.yaml"
    path.write_text(BOOK)
    return str(path)


def kept_hours(*arguments: str, said: str = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=said)


def answer(question: dict[str, Any]) -> dict[str, Any]:
    return answer_line(json.dumps(question).encode())


# Single questions


def test_between_prints_seconds_and_hours(book: str) -> None:
    # Monday and Tuesday to 15:00: 7.5 h and 5 h.
    result = kept_hours("between", "2026-01-05T00:00Z", "2026-01-06T15:00Z", "--book", book, "--calendar", "london")
    assert result.stdout == "45000 s (12 h 30 min)\n"


def test_after_prints_the_instant_in_both_zones(book: str) -> None:
    result = kept_hours("after", "2026-07-01T16:30+01:00", "2h", "--book", book, "--calendar", "london")
    assert result.stdout == "2026-07-02T09:00:00Z\n2026-07-02T10:00:00+01:00 Europe/London\n"


def test_after_takes_every_target(book: str) -> None:
    result = kept_hours("after", "2026-01-09T10:00Z", "3 business days", "--book", book, "--calendar", "london")
    assert result.stdout.startswith("2026-01-14T10:00:00Z\n")


def test_after_may_roll_to_the_next_opening(book: str) -> None:
    arguments = ("after", "2026-01-05T16:30Z", "1h", "--book", book, "--calendar", "london")
    assert kept_hours(*arguments).stdout.startswith("2026-01-05T17:30:00Z\n")
    assert kept_hours(*arguments, "--roll-to-opening").stdout.startswith("2026-01-06T09:00:00Z\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("between", "2026-01-05", "2026-01-06T15:00Z", "--calendar", "london"), "without an offset"),
        (("between", "2026-01-05T00:00Z", "2026-01-06T15:00Z", "--calendar", "paris"), "expected one of"),
        (("after", "2026-01-05T00:00Z", "3d", "--calendar", "london"), "3 business days"),
        (("after", "2026-01-05T00:00Z", "9999999h", "--calendar", "london"), "2100"),
    ],
)
def test_what_cannot_be_asked_exits_with_2(book: str, arguments: tuple[str, ...], words: str) -> None:
    result = kept_hours(*arguments, "--book", book)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.replace("│", " ").split())


def test_a_faulty_book_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "book.yaml").write_text("book: [")
    arguments = (
        "between",
        "2026-01-05T00:00Z",
        "2026-01-06T15:00Z",
        "--calendar",
        "london",
        "--book",
        str(tmp_path / "book.yaml"),
    )
    assert isinstance(kept_hours(*arguments).exception, ConfigError)


def test_asking_nothing_exits_with_2() -> None:
    result = kept_hours()
    assert result.exit_code == 2
    assert "expected between, after or" in " ".join(result.stderr.replace("│", " ").split())


# Many questions


def test_a_question_between_two_instants_gets_seconds() -> None:
    assert answer(BETWEEN) == {"id": 1, "seconds": 28800}


def test_a_question_after_some_work_gets_the_end_in_utc() -> None:
    # An hour on Wednesday to 17:00 BST, an hour on Thursday to 10:00 BST.
    assert answer(AFTER) == {"id": 2, "end": "2026-07-02T09:00:00Z"}


def test_a_question_may_ask_to_roll() -> None:
    assert answer(AFTER | {"seconds": 3600}) == {"id": 2, "end": "2026-07-01T16:00:00Z"}
    assert answer(AFTER | {"seconds": 3600, "roll_to_opening": True}) == {"id": 2, "end": "2026-07-02T08:00:00Z"}


def test_fractions_of_a_second_are_exact() -> None:
    always = {"zone": "UTC", "weekly": "always"}
    start, end = "1990-01-01T00:00:00Z", "2100-12-31T23:59:59.999999Z"
    # 40,542 days less a microsecond.
    assert answer(BETWEEN | {"calendar": always, "start": start, "end": end}) == {"id": 1, "seconds": 3502828799.999999}
    assert answer(AFTER | {"calendar": always, "start": start, "seconds": 3502828799.999999}) == {"id": 2, "end": end}
    assert answer(AFTER | {"calendar": always, "start": start, "seconds": 0.1}) == {
        "id": 2,
        "end": "1990-01-01T00:00:00.100000Z",
    }


def test_whole_seconds_are_written_without_a_point() -> None:
    out = io.BytesIO()
    answer_lines([json.dumps(BETWEEN).encode()], out)
    assert out.getvalue() == b'{"id":1,"seconds":28800}\n'


def test_an_id_may_be_anything() -> None:
    assert answer(BETWEEN | {"id": "a-1"})["id"] == "a-1"
    assert answer(BETWEEN | {"id": None})["id"] is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"nonsense", "found no JSON"),
        (b"\xff", "found no JSON"),
        (b"[1]", "found [1], expected a JSON object"),
        (b'"x"', "expected a JSON object"),
    ],
)
def test_a_line_that_is_no_question_gets_an_error_without_id(line: bytes, words: str) -> None:
    result = answer_line(line)
    assert result["id"] is None
    assert words in result["error"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"op": "before"}, 'op: found "before", expected between or after'),
        ({"op": None}, "op: found null, expected between or after"),
        ({"op": ["between"]}, 'op: found ["between"], expected between or after'),
        ({"finish": 1}, 'found the key "finish", expected only calendar, id, op, '),
        ({"start": "2026-01-05T10:00:00"}, "start: found 2026-01-05T10:00:00 without an offset"),
        ({"start": "soon"}, "start: found 'soon', expected an ISO 8601 instant"),
        ({"start": 5}, "start: found 5, expected an ISO 8601 instant"),
        ({"start": "1989-12-31T23:59:59Z"}, "expected one in the years 1990 to 2100"),
        ({"seconds": -1}, "seconds: found -1, expected a number of 0 or more"),
        ({"seconds": "1"}, 'seconds: found "1", expected a number'),
        ({"seconds": True}, "seconds: found true, expected a number"),
        ({"seconds": 1e12}, "no answer before the end of the year 2100"),
        ({"roll_to_opening": 1}, "roll_to_opening: found 1, expected true or false"),
        ({"calendar": None}, "calendar: found None, expected an object"),
        ({"calendar": OFFICE | {"zone": "Mars"}}, "calendar.zone: found zone 'Mars'"),
        ({"calendar": {"zone": "UTC", "weekly": {}}}, "calendar: found a calendar that never opens"),
        ({"calendar": OFFICE | {"x": 1}}, "calendar.x: found `x`, expected no such key"),
    ],
)
def test_an_error_says_where_and_what_was_found_and_expected(change: dict[str, Any], words: str) -> None:
    result = answer(AFTER | change)
    assert result["id"] == 2
    assert words in result["error"]


def test_a_missing_key_is_an_error() -> None:
    question = {key: value for key, value in BETWEEN.items() if key != "end"}
    assert answer(question) == {"id": 1, "error": "end: found nothing, expected a value"}


def test_a_question_without_an_id_is_an_error() -> None:
    question = {key: value for key, value in BETWEEN.items() if key != "id"}
    assert answer(question) == {"id": None, "error": "id: found nothing, expected a value"}


def test_keys_of_the_other_operation_are_unknown() -> None:
    assert "roll_to_opening" in answer(BETWEEN | {"roll_to_opening": True})["error"]


def test_every_line_that_is_not_blank_gets_one_answer_in_order() -> None:
    lines = [json.dumps(BETWEEN | {"id": number}) for number in range(5)]
    said = "\n".join([lines[0], "", "oops", lines[1], "   ", *lines[2:]])
    for arguments in (("--jsonl",), ("--jsonl", "-")):
        result = kept_hours(*arguments, said=said)
        assert result.exit_code == 0
        assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [0, None, 1, 2, 3, 4]


def test_questions_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "questions.jsonl").write_text(json.dumps(AFTER))
    assert json.loads(kept_hours("--jsonl", str(tmp_path / "questions.jsonl")).stdout) == answer(AFTER)


def test_a_missing_file_exits_with_2(tmp_path: Path) -> None:
    assert kept_hours("--jsonl", str(tmp_path / "none")).exit_code == 2


def test_jsonl_and_a_single_question_exclude_each_other(book: str) -> None:
    result = kept_hours(
        "--jsonl", book, "between", "2026-01-05T00:00Z", "2026-01-06T15:00Z", "--book", book, "--calendar", "london"
    )
    assert result.exit_code == 2
    assert "expected one of them" in " ".join(result.stderr.replace("│", " ").split())

"""The questions as commands, of a database: options, formats, and who may write."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from monitor.adapters.journal.file_lock import FileLock
from monitor.cli import main
from monitor.commands.questions import _for_people
from monitor.domain.hours.instant import HOUR_US, MINUTE_US
from monitor.testing import BOOK, MONDAY, arrivals, cloud_event, commit_point, sqlite_store

STRICT: Final = BOOK.replace("within: 1h", "within: 20m")

Run: TypeAlias = Callable[..., str]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A was answered after half an hour, B an hour and a minute after it was opened; something could not be read."""
    file = tmp_path / "kept.db"
    store = sqlite_store(file)
    point = commit_point(store)
    events = [
        cloud_event("ticket.opened", "A", MONDAY, "1", client="acme"),
        cloud_event("email.sent", "A", MONDAY + 30 * MINUTE_US, "2", author="Ann"),
        cloud_event("ticket.opened", "B", MONDAY, "3", client="umbra"),
        cloud_event("email.sent", "B", MONDAY + 61 * MINUTE_US, "4", author="=Bo"),
        b"\xffrubbish",
    ]
    point.take(arrivals(events), MONDAY + 2 * HOUR_US)
    store.close()
    return file


@pytest.fixture
def run(database: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on the database and returns what it printed."""

    def command(*words: str | Path, code: int = 0) -> str:
        with pytest.raises(SystemExit) as end:
            main([*map(str, words), "--database", str(database)])
        assert (end.value.code or 0) == code
        out, err = capfd.readouterr()
        return out if code == 0 else err

    return command


def _lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_verdicts_are_lines_where_nobody_looks(run: Run) -> None:
    rows = _lines(run("verdicts", "--kind", "first_response"))
    assert {(row["case"], row["verdict"]) for row in rows} == {("A", "kept"), ("B", "broken")}


def test_who_asks_as_of_before_anything_was_recorded_is_told_so(
    database: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["verdicts", "--as-of", "2020-01-01", "--database", str(database)])
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("--as-of: found nothing that Kept had recorded by then")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("verdicts", "--client", "Acmee"), "--client: found no client 'Acmee', *; the nearest is 'acme'"),
        (
            ("cases", "--client", "zzz"),
            "--client: found no client 'zzz', expected one of the book, or that `kept clients` lists",
        ),
        (("shares", "--promise", "frist"), "--promise: found no promise 'frist', *; the nearest is 'first'"),
        (("obligations", "--tier", "sliver"), "--tier: found no tier 'sliver', *; the nearest is 'silver'"),
        (("touches", "--case", "Z"), "--case: found no case 'Z', expected one that `kept cases` lists"),
        (("history", "Z/first"), "obligation: found no 'Z/first', expected one that an answer names"),
        # What is known, and what Kept itself calls something, is no mistake where there is nothing of it.
        (("verdicts", "--client", "umbra", "--promise", "next", "--tier", "GOLD", "--case", "A"), ""),
        (("verdicts", "--client", "unidentified", "--promise", "date-given"), ""),
    ],
)
def test_an_empty_answer_says_which_name_nobody_knows(
    database: Path, capfd: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SystemExit) as end:
        main([*words, "--database", str(database)])
    out, err = capfd.readouterr()
    assert (end.value.code or 0, out) == (0, "")
    assert fnmatchcase(err.rstrip("\n"), said)


def test_people_read_instants_to_the_second_and_copy_names_whole(run: Run) -> None:
    """B was due at ten and answered a minute later."""
    shown = run("obligations", "--state", "all", "--format", "table")
    assert "2026-03-02T10:00:00Z" in shown
    assert _for_people({"due": "2026-03-02T10:00:00.123456Z", "case": "x/2026-03-02T10:00:00.5Z"}) == {
        "due": "2026-03-02T10:00:00Z",
        "case": "x/2026-03-02T10:00:00.5Z",
        "left": None,
    }


def test_a_number_that_is_none_is_said_with_what_was_found(run: Run) -> None:
    assert run("verdicts", "--limit", "many", code=2).startswith("--limit: found 'many', expected a whole number")


def test_verdicts_can_be_asked_as_of_before(run: Run) -> None:
    assert run("verdicts", "--as-of", "2026-03-02T10:59:59Z") == ""
    assert len(_lines(run("verdicts", "--as-of", "2026-03-02T11:00:00Z"))) == 4


def test_csv_has_every_column(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("verdicts", "--client", "umbra", "--format", "csv"))))
    assert {row["client"] for row in rows} == {"umbra"}
    assert rows[0]["restated"] == "false"


def test_a_table_tells_the_time_left_in_words(run: Run) -> None:
    told = run("verdicts", "--format", "table")
    # A had half an hour left; B was a minute late.
    assert "30 min" in told
    assert "late 1 min" in told


@pytest.mark.parametrize(
    ("words", "column", "found"),
    [
        (("clients",), "client", ["acme", "umbra"]),
        (("cases", "--client", "acme"), "case", ["A"]),
        (("obligations", "--state", "all", "--limit", "1"), "case", ["A"]),
        (("decisions", "--verdict", "broken", "--limit", "1"), "case", ["B"]),
        (("history", "A/first_response/2026-03-02T09:00:00Z"), "type", ["opened", "kept"]),
        (("people", "--client", "umbra", "--by", "person"), "person", ["=Bo"]),
        (("touches", "--case", "A"), "person", ["Ann"]),
        (("ledger", "--client", "acme"), "account", ["nobody"]),
        (("calls", "--each", "hour"), "offered", []),
        (("deadletters", "list"), "origin", ["test"]),
        (("book", "editions"), "edition", [1]),
    ],
)
def test_each_question_is_a_command(run: Run, words: tuple[str, ...], column: str, found: list[Any]) -> None:
    assert [row[column] for row in _lines(run(*words))] == found


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("obligations",), "One of open, all. "),
        (("verdicts",), "One of opened, due, ended, recorded. "),
        # Those of which an occasion takes a time (ARCHITECTURE.md, "Attainable"), and no other.
        (("attainable",), "One of first_response, next_response, update_every, own, resolve, by, answer_call. "),
    ],
)
def test_help_says_each_word_that_an_option_may_be_once(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    with pytest.raises(SystemExit):
        main([*words, "--help"])
    assert said in capfd.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("verdicts", "--since", "yesterday"), "--since"),
        (("verdicts", "--as-of", "2999-01-01"), "--as-of"),
        (("verdicts", "--by", "chance"), "'recorded'"),
        (("cases", "--limit", "0"), "--limit"),
        (("calls", "--each", "fortnight"), "--each"),
        (("calls", "--within", "soon"), "--within"),
    ],
)
def test_a_question_that_makes_no_sense_is_told_by_its_option(run: Run, words: tuple[str, ...], said: str) -> None:
    assert said in run(*words, code=2)


def test_a_place_to_ask_is_needed(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["cases"])
    assert end.value.code == 2
    assert "--database" in capfd.readouterr().err


def test_a_case_is_explained_from_the_journal(run: Run) -> None:
    told = run("explain", "--case", "B")
    assert "Case B of client umbra" in told
    assert "first_response: broken." in told
    assert "'Z'" in run("explain", "--case", "Z", code=2)


def test_a_letter_is_shown_as_it_arrived(database: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with closing(sqlite3.connect(database)) as connection:
        ((letter,),) = connection.execute("SELECT position FROM dead_letters").fetchall()
    with pytest.raises(SystemExit):
        main(["deadletters", "show", str(letter), "--database", str(database)])
    assert capfdbinary.readouterr().out == b"\xffrubbish"


def test_a_letter_is_dropped_with_who_and_why(run: Run) -> None:
    (letter,) = _lines(run("deadletters", "list"))
    number = str(letter["letter"])
    (dropped,) = _lines(run("deadletters", "drop", number, "--reason", "ours", "--author", "Ann"))
    assert (dropped["state"], dropped["author"], dropped["reason"]) == ("dropped", "Ann", "ours")
    assert run("deadletters", "list") == ""
    assert "already" in run("deadletters", "drop", number, "--reason", "again", code=2)
    assert "already" in run("deadletters", "retry", number, code=2)


def test_a_letter_that_still_can_not_be_read_is_told_why(run: Run) -> None:
    (letter,) = _lines(run("deadletters", "list"))
    assert "no JSON" in run("deadletters", "retry", str(letter["letter"]), code=2)
    assert len(_lines(run("deadletters", "list"))) == 1


def test_a_book_is_applied_and_shown(run: Run, tmp_path: Path) -> None:
    book = tmp_path / "strict.yaml"
    book.write_text(STRICT)
    (edition,) = _lines(run("book", "apply", book, "--author", "Ann", "--reason", "a contract"))
    assert (edition["edition"], edition["author"], edition["reason"]) == (2, "Ann", "a contract")
    assert run("book", "show") == STRICT
    # What opened before it is left alone.
    assert {row["verdict"] for row in _lines(run("verdicts", "--case", "A", "--kind", "first_response"))} == {"kept"}


def test_a_book_with_faults_is_told_with_every_line(run: Run, tmp_path: Path) -> None:
    book = tmp_path / "faulty.yaml"
    book.write_text(BOOK.replace("within: 1h", "within: soon").replace("within: 2h", "within: later"))
    told = run("book", "apply", book, "--reason", "r", code=2)
    assert len(told.splitlines()) == 2
    assert all("faulty.yaml:1" in line for line in told.splitlines())
    assert len(_lines(run("book", "editions"))) == 1


def test_a_preview_changes_nothing(run: Run, tmp_path: Path) -> None:
    book = tmp_path / "strict.yaml"
    book.write_text(STRICT)
    (change,) = (row for row in _lines(run("book", "preview", book)) if row["case"] == "A")
    assert (change["outcome_before"], change["outcome_after"]) == ("kept", "done_late")
    assert len(_lines(run("book", "editions"))) == 1


def test_a_restatement_lists_what_it_changes_and_then_does_it(run: Run, tmp_path: Path) -> None:
    book = tmp_path / "strict.yaml"
    book.write_text(STRICT)
    told = run("restate", "--book", book, "--dry-run", "--format", "table")
    # A was answered in half an hour, which is late now; B was late before, and is late by another due instant.
    assert [line.split() for line in told.splitlines()[2:4]] == [
        ["first_response", "done_late", "done_late", "1"],
        ["first_response", "kept", "done_late", "1"],
    ]
    assert len(_lines(run("book", "editions"))) == 1
    run("restate", "--book", book, "--reason", "a contract", "--since", "2026-03-02")
    assert {row["verdict"] for row in _lines(run("verdicts", "--kind", "first_response"))} == {"broken"}
    before = _lines(run("verdicts", "--kind", "first_response", "--as-of", "2026-03-02T11:00:00Z"))
    assert {row["verdict"] for row in before} == {"kept", "broken"}


def test_a_restatement_needs_a_reason(run: Run, tmp_path: Path) -> None:
    book = tmp_path / "strict.yaml"
    book.write_text(STRICT)
    assert "--reason" in run("restate", "--book", book, code=2)


def test_what_writes_needs_the_database_for_itself(run: Run, tmp_path: Path, database: Path) -> None:
    book = tmp_path / "strict.yaml"
    book.write_text(STRICT)
    lock = FileLock(database)
    lock.take()
    try:
        run("book", "apply", book, "--reason", "r", code=2)
        assert len(_lines(run("verdicts"))) == 4
    finally:
        lock.release()


# What the past says of a promise


def test_attainable_is_one_object_where_nobody_looks(run: Run) -> None:
    (found,) = _lines(run("attainable", "--kind", "first_response", "--within", "1h"))
    assert (found["finding"], found["kept"], found["of"]) == ("too_few", 1, 2)


def test_attainable_for_people_says_the_finding_first_and_what_stands_behind_it(run: Run) -> None:
    told = run("attainable", "--kind", "first_response", "--within", "1h", "--format", "table").splitlines()
    # One minute late of an hour; two cases show neither that 95 % is kept nor that it is not: 1 - 0.95**2 = 9.75 %.
    assert told[0] == "too few: kept 1 of 2 for everybody: too few cases to say; 59, all of them kept, would show 95 %"
    assert "  asked      first_response within 1 h of working time, hours 'always'" in told
    assert "  tightest   none" in told
    assert told[-1].split() == ["2026-03", "1", "2", "0.0253"]  # 1 - sqrt(0.95), rounded down


def test_attainable_as_csv_is_month_by_month(run: Run) -> None:
    told = run("attainable", "--kind", "first_response", "--within", "1h", "--format", "csv")
    assert told.splitlines() == ["month,kept,of,lower_bound", "2026-03,1,2,0.0253"]


def test_attainable_says_what_it_can_not_be_asked_and_what_it_needs(run: Run) -> None:
    assert run("attainable", "--kind", "resolve", "--within", "1h", "--hours", "mars", code=2) == (
        "--hours: found 'mars', expected a calendar of the book: always\n"
    )
    assert "--within: found '1 d'" in run("attainable", "--kind", "resolve", "--within", "1 d", code=2)
    assert "--kind" in run("attainable", "--within", "1h", code=2)
    assert run("attainable", "--kind", "resolve", "--within", "1h", "--as-of", "2020-01-01", code=2) == (
        "--as-of: found no promise book recorded by then, expected one\n"
    )


def test_fit_for_people_says_first_what_there_is_to_say(run: Run) -> None:
    told = run("fit", "--client", "acme", "--format", "table").splitlines()
    # One case, to be resolved within eight hours; what is not decided yet tells nothing.
    assert told[:2] == [
        "One wish with a time, which leaves 8 h of working time.",
        "Of 1 nothing can be said: too few comparable cases; 59, all of them in time, would show 95 %.",
    ]
    assert "What is wanted" in told
    assert "Could not have been met" not in told


def test_fit_is_a_section_a_line_or_a_line_of_csv_for_each_sort_of_wish_or_a_page(run: Run, tmp_path: Path) -> None:
    assert [row["section"] for row in _lines(run("fit", "--client", "acme"))] == ["fit", "wishes", "priorities", "cost"]
    (row,) = csv.DictReader(io.StringIO(run("fit", "--client", "acme", "--format", "csv")))
    assert (row["way"], row["wishes"], row["lead_seconds"]) == ("urgency", "1", "28800")
    assert run("fit", "--client", "acme", "--page", tmp_path / "fit.html") == ""
    assert (tmp_path / "fit.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_fit_says_what_it_can_not_be_asked(run: Run) -> None:
    expected = "--client: found 'nobody', of whom nothing was recorded, expected a client that `kept clients` shows"
    assert expected in run("fit", "--client", "nobody", code=2)
    assert expected in run("report", "--client", "nobody", "--period", "2026-Q1", code=2)
    assert "--hours: found 'mars'" in run("fit", "--client", "acme", "--hours", "mars", code=2)


def test_proposals_are_asked_like_any_question(run: Run) -> None:
    assert run("proposals") == ""


def test_the_register_is_asked_like_any_question(run: Run) -> None:
    rows = _lines(run("register", "--client", "umbra"))
    # The story has no message to answer after the first, and Umbra is of the silver tier.
    assert [(row["promise"], row["obligations"]) for row in rows] == [("first", 1), ("next", 0), ("resolve", 1)]
    assert [row["promise"] for row in _lines(run("register", "--finding", "never_exercised"))] == ["next"]

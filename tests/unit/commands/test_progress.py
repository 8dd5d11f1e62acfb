"""Bars are for terminals: elsewhere nothing is shown."""

from __future__ import annotations

import pytest

from monitor.commands.progress import bars, progress
from tests.unit.commands.terminals import terminal


def test_each_thing_has_a_bar_with_what_is_said_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(monkeypatch) as shown, bars() as report:
        report("a.jsonl", 5, 10, said="2000 lines")
        report("b.jsonl", 7, None, said="4000 lines")
    for text in ("a.jsonl", "2000 lines", "b.jsonl", "4000 lines"):
        assert text in shown.getvalue()


def test_one_bar_takes_how_much_is_done_and_how_much_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(monkeypatch) as shown, progress("copying") as report:
        report(1, 2)
    assert "copying" in shown.getvalue()


def test_a_bar_that_would_be_in_the_way_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(monkeypatch) as shown, bars(are_wanted=False) as report:
        report("a.jsonl", 5, 10)
    assert not shown.getvalue()


def test_without_a_terminal_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("copying") as report:
        report(1, 2)
    assert capsys.readouterr().err == ""

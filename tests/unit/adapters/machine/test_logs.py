"""The log: every line says when, how bad and what, and nothing from elsewhere can make a line of its own."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator

import pytest

from monitor.adapters.machine.logs import LogFormat, set_up_logging

FORGED = "id\n2026-01-01T00:00:00.000Z ERROR forged\r\x1b[31m\x9b\u2028\u202e\ud800"
"""An event's id that would be a line of the log, a colour, another order of letters, and half a character."""

_log = logging.getLogger("monitor.test")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in ("", "monitor", "uvicorn.error")]
    before = [(logger, logger.level, logger.handlers[:]) for logger in loggers]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers


def _fail() -> None:
    try:
        raise ValueError(FORGED)
    except ValueError:
        _log.exception("refused %s", FORGED)


def test_a_line_for_people_has_time_level_and_words(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(LogFormat.CONSOLE)
    _log.info("judged %s matters", 3)
    line = capsys.readouterr().err
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO judged 3 matters\n", line)


def test_a_line_for_programs_has_time_level_and_words(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(LogFormat.JSON)
    _log.warning("judged %s matters", 3)
    line = json.loads(capsys.readouterr().err)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line == {"level": "warning", "logger": "monitor.test", "message": "judged 3 matters"}


def test_no_text_from_elsewhere_begins_a_line_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(LogFormat.CONSOLE)
    _fail()
    first, *others = capsys.readouterr().err.removesuffix("\n").split("\n")
    assert r"refused id\n2026" in first
    assert others
    assert all(line.startswith("    ") for line in others)
    assert all(line.isprintable() for line in (first, *others))


def test_no_text_from_elsewhere_ends_a_line_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(LogFormat.JSON)
    _fail()
    (line,) = capsys.readouterr().err.removesuffix("\n").split("\n")
    assert json.loads(line)["message"].startswith("refused id\n2026")
    assert "ValueError" in json.loads(line)["exception"]


def test_what_senders_do_wrong_is_not_told_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(LogFormat.CONSOLE)
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    assert capsys.readouterr().err == ""

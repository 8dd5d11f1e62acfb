"""The command `kept`: what it answers, how it ends, and what it does not wait for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.cli import COMMANDS, main
from monitor.testing import PATIENCE_SECONDS, kept, run_kept

HEAVY = ("sqlalchemy", "alembic", "uvicorn", "starlette", "prometheus_client", "aiokafka", "faust", "holidays")
"""What only a running Kept needs; each costs tenths of a second to import."""
LIGHT = ("judge", "explain", "hours", "check", "convert", "simulate", "schemas")


def ended(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    return int(caught.value.code or 0)


def test_a_canary_wants_brokers_to_be_sent_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(["serve", "--database", str(tmp_path / "kept.db"), "--canary"]) == 2
    assert "no brokers" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_tells_how_it_is_called(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended([command, "--help"]) == 0
    out, err = capsys.readouterr()
    assert f"Usage: kept {command}" in out
    assert err == ""


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f" {command} " in out for command in COMMANDS)


def test_no_command_is_help_and_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended([]) == 2
    assert "Usage: kept" in "".join(capsys.readouterr())


def test_a_command_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(["nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["judge"], ["judge", "x.jsonl"], ["judge", "--colour", "--book", "b", "x"], ["explain", "x"]]
)
def test_a_command_called_wrongly_is_refused_with_how_to_call_it(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"Usage: kept {arguments[0]}" in err


def test_a_mistake_in_a_book_is_a_line_and_no_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = tmp_path / "book.yaml"
    book.write_text("bok: x\n", encoding="utf-8")
    assert ended(["judge", "--book", str(book), "-"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{book}:1" in err
    assert "Traceback" not in err


_IMPORTED = """\
import sys
from monitor.cli import main
try:
    main([sys.argv[1], "--help"])
except SystemExit:
    pass
print(*sorted({name.partition(".")[0] for name in sys.modules} & set(sys.argv[2:])), file=sys.stderr)
"""


@pytest.mark.slow
@pytest.mark.parametrize("command", LIGHT)
def test_a_command_does_not_wait_for_what_only_a_server_needs(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTED, command, *HEAVY], capture_output=True, text=True, check=True
    )
    assert done.stderr.split() == []


@pytest.fixture
def long_judgement(tmp_path: Path) -> tuple[Path, Path]:
    """A book and events whose rows fill a pipe's buffer several times."""
    book, events = tmp_path / "book.yaml", tmp_path / "events.jsonl"
    book.write_text("book: A\npromises: [{id: first, kind: first_response, within: 1h}]\n", encoding="utf-8")
    line = {"specversion": "1.0", "type": "ticket.opened", "source": "/d", "time": "2026-03-02T10:00:00Z"}
    lines = [json.dumps(line | {"id": str(number), "subject": f"K{number}"}) for number in range(3000)]
    events.write_text("\n".join(lines), encoding="utf-8")
    return book, events


@pytest.mark.slow
@pytest.mark.parametrize("format_", ["jsonl", "csv", "table"])
def test_whoever_has_seen_enough_ends_it_quietly(long_judgement: tuple[Path, Path], format_: str) -> None:
    book, events = long_judgement
    process = kept("judge", "--book", book, "--format", format_, events)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    process.wait(PATIENCE_SECONDS)
    assert "Traceback" not in said
    assert "Broken" not in said


@pytest.mark.slow
def test_whoever_has_seen_enough_is_no_failure(long_judgement: tuple[Path, Path]) -> None:
    book, events = long_judgement
    process = kept("judge", "--book", book, "--format", "jsonl", events)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    process.stderr.read()
    process.stderr.close()
    assert process.wait(PATIENCE_SECONDS) == 0


FULL = Path("/dev/full")
"""A device on which there is never any room; Linux has one."""


@pytest.mark.slow
@pytest.mark.skipif("not FULL.exists()", reason="found no /dev/full, expected a device without room")
@pytest.mark.parametrize("format_", ["jsonl", "csv", "table"])
def test_a_full_disk_under_the_output_is_a_line_and_a_failure(long_judgement: tuple[Path, Path], format_: str) -> None:
    book, events = long_judgement
    with FULL.open("w") as full:
        process = kept("judge", "--book", book, "--format", format_, events, stdout=full)
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert said.splitlines()[0] == "the output: found No space left on device, expected room to write it"
    assert "Traceback" not in said
    assert "Exception" not in said


@pytest.mark.skipif("not FULL.exists()", reason="found no /dev/full, expected a device without room")
def test_rejects_that_find_no_room_are_not_passed_over(
    long_judgement: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    book, _ = long_judgement
    assert ended(["judge", "--book", str(book), "--rejects", str(FULL), str(book)]) == 1
    assert "/dev/full: found No space left on device, expected a file that can be written" in capsys.readouterr().err


@pytest.mark.slow
def test_python_m_monitor_is_the_command() -> None:
    code, out, err = run_kept("judge", "--help")
    assert (code, err) == (0, "")
    assert "Usage: kept judge" in out

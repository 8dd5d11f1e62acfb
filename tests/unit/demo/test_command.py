"""`kept simulate`: to a file, to standard output, to a daemon; and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import orjson
import pytest
import typer
from typer.testing import CliRunner, Result

from monitor.commands import simulate as command
from monitor.demo import sender as sender_module
from monitor.demo.firm import BOOK_PATH
from monitor.domain.hours.instant import SECOND_US, InstantUs, parse_instant
from monitor.errors import ConfigError
from monitor.wire.events.cloud_events import decode_event

NOW: Final[InstantUs] = parse_instant("2026-11-22T10:00:00Z")


def run(*words: str) -> Result:
    app = typer.Typer()
    app.command()(command.simulate)
    return CliRunner().invoke(app, words)


class Listener:
    """Stands in for the sender to a daemon."""

    lines: list[bytes]

    def __init__(self, url: str, *, token: str | None) -> None:
        Listener.lines = []
        self.url = url
        self.token = token

    def send(self, lines: list[bytes]) -> None:
        Listener.lines += lines

    def close(self) -> None:
        pass


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> type[Listener]:
    monkeypatch.setattr(command, "Sender", Listener)
    return Listener


def test_events_go_to_standard_output_and_counts_to_standard_error() -> None:
    result = run("--events", "50")
    lines = result.stdout.splitlines()
    assert [decode_event(line).time >= parse_instant(command.DEFAULT_START) for line in lines] == [True] * 50
    assert result.stderr.splitlines()[-1].split() == ["50", "events"]


def test_counts_by_type_add_up(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    result = run("--cases", "10", "--output", str(file))
    *types, total = [line.split() for line in result.stderr.splitlines()]
    assert sum(int(count) for count, _ in types) == int(total[0]) == len(file.read_bytes().splitlines())
    kinds = {orjson.loads(line)["type"] for line in file.read_bytes().splitlines()}
    assert {name for _, name in types} == kinds


def test_days_and_start_bound_the_history(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    run("--days", "0.5", "--start", "2026-06-01T09:00:00+02:00", "-o", str(file))
    times = [decode_event(line).time for line in file.read_bytes().splitlines()]
    assert parse_instant("2026-06-01T07:00:00Z") <= times[0]
    assert times[-1] < parse_instant("2026-06-01T19:00:00Z")


def test_load_writes_exactly_as_many_lines(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    run("--load", "--events", "1234", "-o", str(file))
    assert len(file.read_bytes().splitlines()) == 1234


def test_disorder_and_duplicates_disturb_the_same_events(tmp_path: Path) -> None:
    plain, disturbed = tmp_path / "plain.jsonl", tmp_path / "disturbed.jsonl"
    run("--cases", "10", "-o", str(plain))
    run("--cases", "10", "--disorder", "0.2", "--duplicates", "0.2", "-o", str(disturbed))
    straight, crooked = plain.read_bytes().splitlines(), disturbed.read_bytes().splitlines()
    assert len(crooked) > len(straight)
    assert set(crooked) == set(straight)
    assert list(dict.fromkeys(crooked)) != straight


def test_the_book_is_copied_out_but_over_nothing(tmp_path: Path) -> None:
    file = tmp_path / "book.yaml"
    assert run("--book", str(file)).exit_code == 0
    assert file.read_bytes() == BOOK_PATH.read_bytes()
    again = run("--book", str(file))
    assert isinstance(again.exception, ConfigError)
    assert "found a file that exists" in str(again.exception)


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    result = run("--events", "5", "-o", str(tmp_path / "no" / "events.jsonl"))
    assert isinstance(result.exception, ConfigError)
    assert "events.jsonl" in str(result.exception)


@pytest.mark.parametrize(
    "words",
    [
        ["--load"],
        ["--load", "--events", "5", "--cases", "5"],
        ["--load", "--events", "5", "--days", "5"],
        ["--url", "http://127.0.0.1:9", "--start", "2026-01-01T00:00:00Z"],
        ["--start", "yesterday"],
        ["--disorder", "2"],
        ["--speed", "0"],
    ],
)
def test_what_contradicts_itself_is_refused(words: list[str]) -> None:
    assert run(*words).exit_code == 2


def test_a_history_goes_to_a_daemon_at_once(listener: type[Listener]) -> None:
    run("--url", "http://127.0.0.1:8321", "--cases", "10")
    assert len({decode_event(line).case for line in listener.lines} - {None}) >= 10


def test_live_events_go_to_a_daemon_at_their_instant(listener: type[Listener], monkeypatch: pytest.MonkeyPatch) -> None:
    now: list[InstantUs] = [NOW]
    slept: list[float] = []

    def sleep(pause_seconds: float) -> None:
        slept.append(pause_seconds)
        now[0] += round(pause_seconds * SECOND_US)

    class Clock:
        def now(self) -> InstantUs:
            return now[0]

    def send_in_time(sender: Any, stream: Any, *, now: Any) -> None:
        sender_module.send_in_time(sender, stream, now=now, sleep=sleep)

    monkeypatch.setattr(command, "SystemClock", Clock)
    monkeypatch.setattr(command, "send_in_time", send_in_time)
    result = run("--url", "http://127.0.0.1:8321", "--events", "60", "--speed", "30")
    times = [decode_event(line).time for line in listener.lines]
    assert len(times) == 60
    assert times[0] >= NOW
    assert times[-1] <= now[0] == NOW + round(sum(slept) * SECOND_US)
    assert result.stderr.splitlines()[-1].split() == ["60", "events"]


def test_a_demonstration_that_is_interrupted_still_says_what_it_sent(
    listener: type[Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(sender: Any, stream: Any, *, now: Any) -> None:
        del sender, now
        next(iter(stream))
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "send_in_time", interrupted)
    result = run("--url", "http://127.0.0.1:8321")
    assert result.exit_code == 0
    assert result.stderr.splitlines()[-1].split() == ["1", "events"]

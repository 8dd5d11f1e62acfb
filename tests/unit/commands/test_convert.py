"""`kept convert` writes what can be converted, says what can't, and stops for nothing but a faulty mapping or file."""

from __future__ import annotations

import gzip
import io
import lzma
import subprocess
import sys
from contextlib import redirect_stderr
from pathlib import Path
from textwrap import dedent
from typing import Any, Final

import orjson
import pytest

from monitor.commands.convert import Tally, convert, convert_rows, open_export, open_rows
from monitor.commands.rejects import SHOWN, Rejects
from monitor.errors import ConfigError
from monitor.wire.events.cloud_events import decode_event
from monitor.wire.mapping.loading import load_mapping
from tests.unit.commands.terminals import terminal

MAPPING: Final = dedent("""\
    mapping: Tickets
    source: /tickets
    case: number
    time: at
    times: {format: "%Y-%m-%d %H:%M", zone: Europe/London}
    events:
      - {type: ticket.opened, when: first}
      - {type: ticket.changed, when: {changed: [state]}, data: {status: state}}
    """)

ORDERED: Final = MAPPING + "order: [at]\n"

EXPORT: Final = dedent("""\
    number,at,state
    T1,2026-01-05 10:00,New
    T2,2026-01-05 09:00,New
    T1,2026-01-05 08:00,Older
    """)


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "map.yaml"
    path.write_text(MAPPING, encoding="utf-8")
    return path


def events_in(path: Path) -> list[Any]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def converted(text: str | bytes, mapping: Path) -> tuple[list[Any], list[Any], str, Tally]:
    """Events, rejects, report and counts of one export."""
    raw = text.encode() if isinstance(text, str) else text
    mapping_file = load_mapping(mapping)
    export = open_rows(mapping_file, io.BytesIO(raw), "x.csv")
    out, kept, report = io.BytesIO(), mapping.with_name("rejects.jsonl"), io.StringIO()
    with redirect_stderr(report), Rejects("row", kept) as rejects:
        tally = convert_rows(mapping_file, export, out, rejects=rejects)
    made = [orjson.loads(line) for line in out.getvalue().splitlines()]
    return made, events_in(kept), report.getvalue(), tally


def test_every_line_written_is_an_event_kept_reads(mapping: Path, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(EXPORT, encoding="utf-8")
    convert(str(tmp_path / "x.csv"), mapping, tmp_path / "out.jsonl")
    lines = (tmp_path / "out.jsonl").read_bytes().splitlines()
    assert [decode_event(line).type for line in lines] == ["ticket.opened", "ticket.opened", "ticket.changed"]


def test_rows_come_as_they_are_unless_the_mapping_orders_them(mapping: Path) -> None:
    assert [event["id"] for event in converted(EXPORT, mapping)[0]] == [
        "T1/1/ticket.opened",
        "T2/1/ticket.opened",
        "T1/2/ticket.changed",
    ]
    mapping.write_text(ORDERED, encoding="utf-8")
    times = [(event["subject"], event["time"]) for event in converted(EXPORT, mapping)[0]]
    assert times == [
        ("T1", "2026-01-05T08:00:00Z"),
        ("T2", "2026-01-05T09:00:00Z"),
        ("T1", "2026-01-05T10:00:00Z"),
    ]


@pytest.mark.parametrize("text", [MAPPING, ORDERED], ids=["as it comes", "ordered"])
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"T1,soon,New", ("at", "'soon'", "a time written as %Y-%m-%d %H:%M")),
        (b",2026-01-05 10:00,New", ("number", "nothing", "a value")),
        (b"T1,2026-01-05 10:00,New,1", ("", "4 columns", "3 columns")),
        (b"T1,2026-01-05 10:00,caf\xe9", ("", "byte 0xe9", "text in utf-8")),
        (b"T1,2026-03-29 01:30,New", ("at", "'2026-03-29 01:30'", "a time that exists in Europe/London")),
    ],
)
def test_a_bad_row_is_reported_counted_and_kept_and_stops_nothing(
    mapping: Path, text: str, bad: bytes, reason: tuple[str, str, str]
) -> None:
    key, found, expected = reason
    mapping.write_text(text, encoding="utf-8")
    made, rejected, report, tally = converted(EXPORT.encode() + bad + b"\nT3,2026-01-06 10:00,New\n", mapping)
    assert [event["subject"] for event in made][-1] == "T3"
    assert tally == Tally(rows=5, rejected=1, events=4)
    (row,) = rejected
    assert (row["file"], row["line"], row["key"], row["found"]) == ("x.csv", 5, key, found)
    assert row["expected"].startswith(expected)
    assert "".join(row["cells"]).startswith(bad.split(b",")[0].decode())
    assert report.startswith(f"x.csv:5:{' ' + key + ':' if key else ''} found {found}, expected {expected}")
    assert "1 of 5 rows rejected, kept in " in report


def test_the_first_bad_rows_are_reported_and_all_are_kept(mapping: Path) -> None:
    count = SHOWN + 5
    _, rejected, report, _ = converted("number,at,state\n" + "T1,soon,New\n" * count, mapping)
    assert len(rejected) == count
    assert len(report.splitlines()) == SHOWN + 2
    assert "... and 5 more" in report


def test_nothing_is_said_where_all_went_well(mapping: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.csv").write_text(EXPORT, encoding="utf-8")
    convert(str(tmp_path / "x.csv"), mapping, tmp_path / "out.jsonl", tmp_path / "rejects.jsonl")
    assert capfd.readouterr() == ("", "")
    assert events_in(tmp_path / "rejects.jsonl") == []


@pytest.mark.parametrize(("ending", "pack"), [("", bytes), (".gz", gzip.compress), (".xz", lzma.compress)])
def test_an_export_may_be_packed(mapping: Path, tmp_path: Path, ending: str, pack: Any) -> None:
    path = tmp_path / f"x.csv{ending}"
    path.write_bytes(pack(EXPORT.encode()))
    convert(str(path), mapping, tmp_path / "out.jsonl")
    assert len(events_in(tmp_path / "out.jsonl")) == 3


@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip.compress), (".xz", lzma.compress)])
@pytest.mark.parametrize("text", [MAPPING, ORDERED], ids=["as it comes", "ordered"])
def test_an_archive_that_breaks_off_is_a_fault_of_the_file(
    mapping: Path, tmp_path: Path, text: str, ending: str, pack: Any
) -> None:
    mapping.write_text(text, encoding="utf-8")
    path = tmp_path / f"x.csv{ending}"
    path.write_bytes(pack(EXPORT.encode())[:-9])
    with pytest.raises(ConfigError, match="a damaged archive"):
        convert(str(path), mapping, tmp_path / "out.jsonl")


def test_a_file_that_is_no_archive_is_a_fault_of_the_file(mapping: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.csv.gz"
    path.write_bytes(EXPORT.encode())
    with pytest.raises(ConfigError, match="a damaged archive"):
        convert(str(path), mapping, tmp_path / "out.jsonl")


def test_a_missing_export_is_a_fault() -> None:
    with pytest.raises(ConfigError, match="No such file"):
        open_export("/nowhere/x.csv")


def test_a_place_that_cannot_be_written_is_a_fault(mapping: Path, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(EXPORT, encoding="utf-8")
    with pytest.raises(ConfigError, match="a file that can be written"):
        convert(str(tmp_path / "x.csv"), mapping, tmp_path / "none" / "out.jsonl")


def test_columns_the_export_lacks_are_faults_of_the_mapping_with_line_and_key(mapping: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        converted("no,when,state\n", mapping)
    faults = [(fault.file, fault.line, fault.key) for fault in caught.value.faults]
    assert faults == [(str(mapping), 3, "case"), (str(mapping), 4, "time")]


def test_the_command_reads_standard_input_and_writes_standard_output(mapping: Path) -> None:
    command = [sys.executable, "-m", "monitor", "convert", "--mapping", str(mapping), "-"]
    done = subprocess.run(command, input=EXPORT.encode(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert [decode_event(line).case for line in done.stdout.splitlines()] == ["T1", "T2", "T1"]


def test_the_command_refuses_a_faulty_mapping_with_every_fault(mapping: Path) -> None:
    mapping.write_text(MAPPING.replace("case:", "kase:").replace("ticket.changed", "ticket.chnged"), encoding="utf-8")
    command = [sys.executable, "-m", "monitor", "convert", "--mapping", str(mapping), "-"]
    done = subprocess.run(command, input=b"", capture_output=True, check=False, text=False)
    assert done.returncode == 2
    assert done.stderr.count(b"expected") == 3


def test_whoever_watches_sees_a_bar(mapping: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mapping_file = load_mapping(mapping)
    export = open_rows(mapping_file, io.BytesIO(EXPORT.encode()), "x.csv")
    rejects = Rejects("row", None)
    with terminal(monkeypatch) as shown:
        tally = convert_rows(mapping_file, export, io.BytesIO(), rejects=rejects, watched=True)
    assert tally == Tally(rows=3, rejected=0, events=3)
    assert "x.csv" in shown.getvalue()

"""`kept judge`: every verdict, and a bad line is reported, counted, kept, and stops nothing."""

from __future__ import annotations

import base64
import csv
import gc
import gzip
import io
import json
import lzma
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.cli import main
from monitor.commands.judge import read_judgement
from monitor.domain.hours.instant import parse_instant
from monitor.wire.answers.statements import STATEMENT_COLUMNS, TALLY_COLUMNS, statement_row

BOOK: Final = """\
book: Alder & Finch
robots: [autoresponder]
statuses: {waiting: {pauses: client}}
clients:
  acme: {contacts: ["@acme.example", "+44 20 7946 0000"]}
  bolt: {}
promises:
  - {id: first, kind: first_response, within: 1h, pauses: [waiting], for: {client: acme}}
"""
"""Open around the clock: due is an hour after the message."""

_NUMBERS: Final = count(1)


def event(kind: str, time: str, case: str | None = "K1", **said: Any) -> bytes:
    """One line; `client`, `source` and `id` are of the envelope, the rest is data. `time` is an hour of 2 March 2026."""
    envelope = {key: said.pop(key) for key in ("client", "source", "id") if key in said}
    instant = time if "T" in time or not time else f"2026-03-02T{time}:00Z"
    line = {
        "specversion": "1.0",
        "type": kind,
        "source": "/desk",
        "id": f"e{next(_NUMBERS)}",
        "time": instant,
        "data": said,
    }
    if case is not None:
        line["subject"] = case
    return json.dumps(line | envelope).encode() + b"\n"


GOOD: Final = [
    event("ticket.opened", "10:00", "K1", client="acme"),
    event("email.sent", "10:30", "K1", author="anna"),
    event("ticket.opened", "10:00", "K2", client="acme"),
]
"""K1 is kept with half an hour to spare, K2 waits for ever."""
AS_OF: Final = ("--as-of", "2026-03-02T12:00:00Z")


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def verdicts(self) -> dict[str, str]:
        return {row["case"]: row["verdict"] for row in self.rows}


Judge = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    """A command ends its process, so it may leave the collector off; here others follow."""
    yield
    gc.enable()


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.yaml"
    path.write_text(BOOK, encoding="utf-8")
    return path


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"".join(GOOD))
    return path


@pytest.fixture
def judge(book: Path, capsys: pytest.CaptureFixture[str]) -> Judge:
    """Runs `kept judge` as of noon unless told otherwise, without a terminal."""

    def run(*arguments: str | Path) -> Ran:
        as_of = () if "--as-of" in arguments else AS_OF
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["judge", "--book", str(book), *as_of, *map(str, arguments)])
        out, err = capsys.readouterr()
        return Ran(int(ended.value.code or 0), out, err)

    return run


def test_each_obligation_is_a_row_of_json(judge: Judge, events: Path) -> None:
    done = judge(events)
    assert (done.code, done.verdicts) == (0, {"K1": "kept", "K2": "broken"})


def test_a_row_has_exactly_the_documented_keys_in_their_order(judge: Judge, events: Path) -> None:
    assert all(tuple(row) == STATEMENT_COLUMNS for row in judge(events).rows)


def test_the_figures_of_a_row(judge: Judge, events: Path) -> None:
    # K2: due 11:00, judged at 12:00.
    [row] = [row for row in judge(events).rows if row["case"] == "K2"]
    assert row == {
        "case": "K2",
        "client": "acme",
        "promise": "first",
        "version": 1,
        "kind": "first_response",
        "opened": "2026-03-02T10:00:00Z",
        "due": "2026-03-02T11:00:00Z",
        "verdict": "broken",
        "ended": None,
        "elapsed_seconds": 7200,
        "elapsed_calendar_seconds": 7200,
        "paused_seconds": 0,
        "remaining_seconds": None,
        "late_working_seconds": 3600,
        "late_calendar_seconds": 3600,
        "reason": "still not done, 1 h after it was due",
    }


def test_due_is_null_while_paused(judge: Judge, tmp_path: Path) -> None:
    path = tmp_path / "paused.jsonl"
    path.write_bytes(GOOD[2] + event("ticket.changed", "10:20", "K2", status="Waiting"))
    [row] = judge(path).rows
    assert (row["verdict"], row["due"], row["elapsed_seconds"], row["paused_seconds"], row["remaining_seconds"]) == (
        "paused",
        None,
        1200,
        6000,
        2400,
    )


# Where events come from


@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip.compress), (".xz", lzma.compress)])
def test_files_may_be_packed(judge: Judge, tmp_path: Path, ending: str, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / f"events.jsonl{ending}"
    path.write_bytes(pack(b"".join(GOOD)))
    assert judge(path).verdicts == {"K1": "kept", "K2": "broken"}


def test_a_dash_reads_standard_input(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"".join(GOOD))))
    assert judge("-").verdicts == {"K1": "kept", "K2": "broken"}


def test_several_files_are_one_set_of_events(judge: Judge, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.jsonl" for number in range(3)]
    for path, line in zip(paths, reversed(GOOD), strict=True):
        path.write_bytes(line)
    assert judge(*paths).verdicts == {"K1": "kept", "K2": "broken"}


@pytest.mark.parametrize("content", [b"", b"\n \n\t\n"], ids=["empty", "blank lines"])
def test_a_file_without_events_is_no_rows_and_no_fault(judge: Judge, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "none.jsonl"
    path.write_bytes(content)
    done = judge(path)
    assert (done.code, done.out) == (0, "")
    assert "rejected" not in done.err


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("none.jsonl", None, "No such file or directory"),
        ("cut.jsonl.gz", gzip.compress(b"".join(GOOD))[:-12], "ended before the end-of-stream marker"),
        ("cut.jsonl.xz", lzma.compress(b"".join(GOOD))[:-12], "ended before the end-of-stream marker"),
        ("no.jsonl.gz", b"".join(GOOD), "Not a gzipped file"),
        ("no.jsonl.xz", b"".join(GOOD), "not supported by decoder"),
        ("damaged.jsonl.gz", gzip.compress(b"")[:10] + b"\x07" + bytes(20), "invalid block type"),
    ],
    ids=["missing", "cut gz", "cut xz", "no gz", "no xz", "damaged gz"],
)
def test_a_file_that_cannot_be_read_is_named_and_nothing_is_raised(
    judge: Judge, events: Path, tmp_path: Path, name: str, content: bytes | None, found: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    done = judge(events, path)
    assert done.code == 2
    assert str(path) in done.err
    assert found in done.err


# Bad lines

WHOLE: Final = event("ticket.opened", "10:00", "K3", client="acme")
BAD: Final[dict[str, bytes]] = {
    "no JSON": b"{oops\n",
    "an array": b"[1, 2]\n",
    "wrong type": event("ticket.exploded", "10:00"),
    "no time": WHOLE.replace(b'"time": "2026-03-02T10:00:00Z", ', b""),
    "naive time": WHOLE.replace(b"10:00:00Z", b"10:00:00"),
    "numeric time": WHOLE.replace(b'"2026-03-02T10:00:00Z"', b"1772445600"),
    "numeric time as a text": WHOLE.replace(b"2026-03-02T10:00:00Z", b"1772445600"),
    "time beyond all": WHOLE.replace(b"2026-03-02T10:00:00Z", b"9999-12-31T23:59:59-10:00"),
    "far future": WHOLE.replace(b"2026", b"2098"),
    "before 1990": WHOLE.replace(b"2026", b"1989"),
    "date given beyond all": event("promise.made", "10:00", "K3", promise="P1", by="9999-12-31T23:59:59-10:00"),
    "unknown case": event("ticket.assigned", "10:00", "K9", holder="anna"),
    "no case": event("ticket.opened", "10:00", None),
    "5 MB": event("ticket.opened", "10:00", "K3", status="x" * 5_000_000),
    "nesting": WHOLE[:-2] + b', "x": ' + b"[" * 5000 + b"]" * 5000 + b"}\n",
    "NUL bytes": bytes(30) + b"\n",
    "Latin-1": WHOLE.replace(b"acme", b"caf\xe9"),
    "wrong value": event("ticket.opened", "10:00", "K3", tags="vip"),
}


@pytest.mark.parametrize("line", BAD.values(), ids=BAD)
def test_a_bad_line_is_reported_with_file_and_line_counted_and_stops_nothing(
    judge: Judge, tmp_path: Path, line: bytes
) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(GOOD[0] + line + GOOD[1] + GOOD[2])
    done = judge(path)
    assert (done.code, done.verdicts) == (0, {"K1": "kept", "K2": "broken"})
    assert f"{path}:2: " in done.err
    assert "1 line rejected" in done.err


@pytest.mark.parametrize("line", BAD.values(), ids=BAD)
def test_a_bad_line_is_kept_as_it_was(judge: Judge, tmp_path: Path, line: bytes) -> None:
    path, kept = tmp_path / "mixed.jsonl", tmp_path / "rejects.jsonl"
    path.write_bytes(GOOD[0] + line + GOOD[1] + GOOD[2])
    judge(path, "--rejects", kept)
    [reject] = [json.loads(text) for text in kept.read_bytes().splitlines()]
    original = reject["text"].encode() + b"\n" if "text" in reject else base64.b64decode(reject["base64"])
    assert (reject["file"], reject["line"], original) == (str(path), 2, line)
    assert reject["found"]
    assert reject["expected"]


def test_a_file_in_utf_16_is_rejected_line_by_line(judge: Judge, events: Path, tmp_path: Path) -> None:
    path, kept = tmp_path / "wide.jsonl", tmp_path / "rejects.jsonl"
    wide = b"".join(GOOD).decode().encode("utf-16")
    path.write_bytes(wide)
    done = judge(events, path, "--rejects", kept)
    assert done.verdicts == {"K1": "kept", "K2": "broken"}
    texts = [json.loads(text) for text in kept.read_bytes().splitlines()]
    parts = [base64.b64decode(each["base64"]) if "base64" in each else each["text"].encode() + b"\n" for each in texts]
    assert b"".join(parts) == wide + b"\n"  # the last piece is the second half of a newline


def test_the_first_bad_lines_are_shown_and_all_are_counted(judge: Judge, tmp_path: Path) -> None:
    path, kept = tmp_path / "bad.jsonl", tmp_path / "rejects.jsonl"
    path.write_bytes(b"{oops\n" * 25)
    done = judge(path, "--rejects", kept)
    assert done.err.count("found no JSON") == 20
    assert "... and 5 more" in done.err
    assert f"25 lines rejected, kept in {kept}" in done.err
    assert len(kept.read_bytes().splitlines()) == 25


def test_nothing_is_said_of_rejects_where_there_are_none(judge: Judge, events: Path, tmp_path: Path) -> None:
    done = judge(events, "--rejects", tmp_path / "rejects.jsonl")
    assert "rejected" not in done.err
    assert (tmp_path / "rejects.jsonl").read_bytes() == b""


def test_a_rejects_file_that_cannot_be_written_stops_before_judging(judge: Judge, events: Path, tmp_path: Path) -> None:
    done = judge(events, "--rejects", tmp_path / "none" / "rejects.jsonl")
    assert (done.code, done.out) == (2, "")
    assert "a file that can be written" in done.err


@pytest.mark.parametrize("option", ["--rejects", "--counts"])
def test_the_events_are_not_overwritten(judge: Judge, events: Path, option: str) -> None:
    judge(events, option, events)
    assert events.read_bytes() == b"".join(GOOD)


# Cases that are never opened


def test_every_line_of_a_case_that_nothing_opens_is_rejected(judge: Judge, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(
        event("ticket.assigned", "10:00", "K9", holder="anna") + GOOD[0] + event("ticket.closed", "11:00", "K9")
    )
    done = judge(path)
    assert [f"{path}:{line}: subject: found case 'K9', which is never opened" in done.err for line in (1, 3)] == [
        True,
        True,
    ]
    assert "2 lines rejected" in done.err


def test_what_is_said_of_a_case_before_its_opening_is_no_fault(judge: Judge, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(event("ticket.assigned", "09:00", "K1", holder="anna") + GOOD[0])
    assert "rejected" not in judge(path).err


@pytest.mark.parametrize(
    "join", [{"kind": "case.linked", "to": "K1"}, {"kind": "ticket.merged", "into": "K1"}], ids=["linked", "merged"]
)
def test_a_line_that_counts_for_another_case_is_not_rejected(
    judge: Judge, tmp_path: Path, join: dict[str, str]
) -> None:
    # K8 goes on in K1, which is open: its assignment is K1's.
    path = tmp_path / "events.jsonl"
    joined = event(join.pop("kind"), "10:05", "K8", **join)
    path.write_bytes(GOOD[0] + joined + event("ticket.assigned", "10:10", "K8", holder="anna"))
    assert "rejected" not in judge(path).err


def test_a_case_opened_after_as_of_is_not_called_never_opened(judge: Judge, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(
        event("ticket.assigned", "09:00", "K1", holder="anna") + event("ticket.opened", "13:00", "K1", client="acme")
    )
    assert "never opened" not in judge(path).err


def test_a_case_in_which_only_a_robot_of_the_book_spoke_is_rejected_like_any_never_opened(
    judge: Judge, tmp_path: Path
) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(GOOD[0] + event("email.sent", "10:00", "K9", author="Autoresponder"))
    done = judge(path)
    assert [row["case"] for row in done.rows] == ["K1"]
    assert "1 line rejected" in done.err


# As of


def test_as_of_leaves_out_what_came_later(judge: Judge, events: Path) -> None:
    assert judge(events, "--as-of", "2026-03-02T10:29:59Z").verdicts == {"K1": "running", "K2": "running"}


def test_as_of_includes_its_instant(judge: Judge, events: Path) -> None:
    assert judge(events, "--as-of", "2026-03-02T10:30:00Z").verdicts["K1"] == "kept"


def test_as_of_before_everything_is_no_rows(judge: Judge, events: Path) -> None:
    done = judge(events, "--as-of", "2026-03-01T00:00:00Z")
    assert (done.code, done.out) == (0, "")


def test_as_of_an_instant_to_come_breaks_what_will_be_late(judge: Judge, events: Path) -> None:
    assert judge(events, "--as-of", "2090-01-01T00:00:00Z").verdicts == {"K1": "kept", "K2": "broken"}


def test_as_of_a_date_is_its_beginning_in_utc_as_in_every_question(judge: Judge, events: Path) -> None:
    """K1 is answered and K2 late on 2 March: at its beginning nothing had happened, at its end all of it."""
    assert judge(events, "--as-of", "2026-03-02").verdicts == {}
    assert judge(events, "--as-of", "2026-03-03").verdicts == {"K1": "kept", "K2": "broken"}


@pytest.mark.parametrize("text", ["yesterday", "01/03/2026", "2026-03-02T10:00:00"])
def test_as_of_needs_an_instant_with_an_offset_or_a_date(judge: Judge, events: Path, text: str) -> None:
    done = judge(events, "--as-of", text)
    assert (done.code, done.out) == (2, "")
    said = done.err.replace("\n", "").replace("│", "").replace(" ", "")
    assert f"--as-of:found'{text}'" in said
    assert "2026-07-01T10:00:00+01:00,oradate,e.g.2026-07-01" in said


# The same set of events

SMALL: Final = [
    *GOOD,
    event("email.received", "11:00", "K1"),
    event("ticket.changed", "10:10", "K2", status="waiting"),
    event("ticket.changed", "10:40", "K2", status="open"),
    event("ticket.resolved", "11:20", "K2"),
    event("email.received", "10:05", "K3", address="ann@acme.example"),
    event("ticket.merged", "10:50", "K3", into="K2"),
    event("promise.made", "10:15", "K1", promise="P1", by="2026-03-02T11:15:00Z"),
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(SMALL), st.lists(st.sampled_from(SMALL), max_size=6))
def test_neither_order_nor_repetition_of_lines_changes_a_row(
    book: Path, tmp_path: Path, ordered: list[bytes], repeated: list[bytes]
) -> None:
    def rows(lines: list[bytes]) -> list[str]:
        path = tmp_path / "small.jsonl"
        path.write_bytes(b"".join(lines))
        found = read_judgement([path], book, parse_instant("2026-03-02T12:00:00Z"), None).statements()
        return sorted(json.dumps(statement_row(statement)) for statement in found)

    assert rows([*ordered, *repeated]) == rows(SMALL)


# Clients


@pytest.mark.parametrize(
    ("line", "client"),
    [
        (event("email.received", "10:00", "K1", address="Ann@ACME.example"), "acme"),
        (event("call.offered", "10:00", "K1", call="C1", number="+44 (20) 7946-0000"), "acme"),
        (event("email.received", "10:00", "K1", address="ann@nobody.example", client="acme"), "acme"),
        (event("email.received", "10:00", "K1", address="ann@nobody.example"), "unidentified"),
        (event("email.received", "10:00", "K1"), "unidentified"),
    ],
)
def test_addresses_and_numbers_find_their_client_and_nobody_is_unidentified(
    judge: Judge, tmp_path: Path, line: bytes, client: str
) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(line + event("promise.made", "10:01", "K1", promise="P1", by="2026-03-02T18:00:00Z"))
    assert {row["client"] for row in judge(path).rows} == {client}


# Counts


def counts_of(path: Path) -> dict[tuple[str, str], dict[str, int]]:
    rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert all(tuple(row) == TALLY_COLUMNS for row in rows)
    return {(row["client"], row["kind"]): {name: row[name] for name in TALLY_COLUMNS[2:] if row[name]} for row in rows}


def test_counts_go_to_a_file_with_open_late_beside_done_late_and_no_promise_apart(
    judge: Judge, events: Path, tmp_path: Path
) -> None:
    late = event("ticket.opened", "10:00", "K4", client="acme") + event("email.sent", "11:30", "K4")
    other = event("ticket.opened", "10:00", "K5", client="bolt")
    events.write_bytes(b"".join(GOOD) + late + other)
    judge(events, "--counts", tmp_path / "counts.jsonl")
    assert counts_of(tmp_path / "counts.jsonl") == {
        ("acme", "first_response"): {"kept": 1, "open_late": 1, "done_late": 1},
        ("bolt", "first_response"): {"no_promise": 1},
        ("(all)", "first_response"): {"kept": 1, "open_late": 1, "done_late": 1, "no_promise": 1},
    }


def test_counts_stand_on_the_error_stream_beside_json(judge: Judge, events: Path) -> None:
    done = judge(events)
    assert "open_late" in done.err
    assert "2 cases" in done.err


def test_counts_stand_below_a_table(judge: Judge, events: Path) -> None:
    done = judge(events, "--format", "table")
    assert "open_late" in done.out
    assert done.err == ""


def test_counts_that_cannot_be_written_are_a_fault(judge: Judge, events: Path, tmp_path: Path) -> None:
    done = judge(events, "--counts", tmp_path / "none" / "counts.jsonl")
    assert done.code == 2
    assert "a file that can be written" in done.err


def test_the_facts_of_calls_stand_below_the_counts(judge: Judge, tmp_path: Path) -> None:
    # Waits: 15 s answered, 45 s answered, 90 s hung up: mean 50 s, median 45 s. One of two answered within 20 s.
    path = tmp_path / "calls.jsonl"
    lines = []
    for call, answer, seconds in (("C1", "answered", 15), ("C2", "answered", 45), ("C3", "abandoned", 90)):
        lines.append(event("call.offered", "10:00", call, call=call, queue="help"))
        lines.append(event(f"call.{answer}", f"2026-03-02T10:{seconds // 60:02}:{seconds % 60:02}Z", call, call=call))
    path.write_bytes(b"".join(lines))
    said = judge(path).err
    assert "3 calls: 2 answered, 1 hung up (1 while queueing), 0 neither" in said
    assert "3 queued: mean wait 50.0 s, median 45.0 s, longest 90 s" in said
    assert "answered within 20 s: 1 of 2 (50.0%)" in said
    assert "answered within 60 s: 2 of 2 (100.0%)" in said


def test_without_calls_nothing_is_said_of_calls(judge: Judge, events: Path) -> None:
    assert "calls" not in judge(events).err


# Formats


def test_csv_has_the_columns_and_empty_cells_where_there_is_nothing(judge: Judge, events: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(judge(events, "--format", "csv").out)))
    assert tuple(rows[0]) == STATEMENT_COLUMNS
    assert [(row["case"], row["verdict"], row["ended"]) for row in rows] == [
        ("K1", "kept", "2026-03-02T10:30:00Z"),
        ("K2", "broken", ""),
    ]


@pytest.mark.parametrize("name", ["=1+2", "+1", "-1", "@SUM(A1)"])
def test_csv_runs_no_formula(judge: Judge, tmp_path: Path, name: str) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(event("ticket.opened", "10:00", name, client="acme"))
    [row] = csv.DictReader(io.StringIO(judge(path, "--format", "csv").out))
    assert row["case"] == f"'{name}"


def test_json_has_names_as_they_are(judge: Judge, tmp_path: Path) -> None:
    name = "=\x1b[31m[red]:bug:\n"
    path = tmp_path / "events.jsonl"
    path.write_bytes(event("ticket.opened", "10:00", name, client="acme"))
    assert judge(path).rows[0]["case"] == name


def test_a_table_has_every_row(judge: Judge, events: Path) -> None:
    lines = judge(events, "--format", "table").out.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["case", "K1", "K2"]


def test_a_format_there_is_not_is_refused(judge: Judge, events: Path) -> None:
    assert judge(events, "--format", "xml").code == 2


# The book


def test_a_faulty_book_is_refused_with_every_fault(judge: Judge, book: Path, events: Path) -> None:
    book.write_text(BOOK.replace("within", "witin").replace("robots", "robuts"), encoding="utf-8")
    done = judge(events)
    assert (done.code, done.out) == (2, "")
    assert f"{book}:2" in done.err
    assert f"{book}:8" in done.err


def test_a_missing_book_is_refused(judge: Judge, book: Path, events: Path) -> None:
    book.unlink()
    assert judge(events).code == 2

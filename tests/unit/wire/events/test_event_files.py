"""Files of events line by line, whatever is in them."""

from __future__ import annotations

import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from monitor.wire.events.event_files import LONGEST_LINE_BYTES, STANDARD_INPUT, read_lines, size_of

Pack = Callable[[bytes], bytes]
PACKED = pytest.mark.parametrize(("ending", "pack"), [("", bytes), (".gz", gzip.compress), (".xz", lzma.compress)])


def lines(path: Path) -> list[tuple[int, bytes]]:
    return [(line.number, line.text) for line in read_lines(path)]


def written(tmp_path: Path, content: bytes, ending: str = "") -> Path:
    path = tmp_path / f"events.jsonl{ending}"
    path.write_bytes(content)
    return path


@PACKED
def test_lines_are_numbered_from_1_packed_or_not(tmp_path: Path, ending: str, pack: Pack) -> None:
    assert lines(written(tmp_path, pack(b"a\nb\nc\n"), ending)) == [(1, b"a\n"), (2, b"b\n"), (3, b"c\n")]


def test_blank_lines_are_counted_and_passed_over(tmp_path: Path) -> None:
    assert lines(written(tmp_path, b"\n  \t\na\n\r\n\nb\n")) == [(3, b"a\n"), (6, b"b\n")]


def test_a_last_line_needs_no_newline(tmp_path: Path) -> None:
    assert lines(written(tmp_path, b"a\nb")) == [(1, b"a\n"), (2, b"b")]


@PACKED
def test_an_empty_file_has_no_lines(tmp_path: Path, ending: str, pack: Pack) -> None:
    assert lines(written(tmp_path, pack(b""), ending)) == []


def test_bytes_that_are_no_text_are_left_as_they_are(tmp_path: Path) -> None:
    assert lines(written(tmp_path, b"\xff\xfe\x00a\n\x00\x00\n")) == [(1, b"\xff\xfe\x00a\n"), (2, b"\x00\x00\n")]


def test_standard_input_is_a_file_named_by_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"a\nb\n")))
    assert lines(STANDARD_INPUT) == [(1, b"a\n"), (2, b"b\n")]


def test_an_endless_line_is_cut_and_the_next_one_is_whole(tmp_path: Path) -> None:
    found = lines(written(tmp_path, b"x" * (LONGEST_LINE_BYTES + 5) + b"\nnext\n"))
    assert [(number, len(text)) for number, text in found] == [(1, LONGEST_LINE_BYTES), (2, 5)]


def test_an_endless_last_line_ends_the_file(tmp_path: Path) -> None:
    found = lines(written(tmp_path, b"x" * (LONGEST_LINE_BYTES + 5)))
    assert [number for number, _ in found] == [1]


def test_a_line_of_just_the_limit_is_whole(tmp_path: Path) -> None:
    found = lines(written(tmp_path, b"x" * (LONGEST_LINE_BYTES - 1) + b"\nnext\n"))
    assert [(number, len(text)) for number, text in found] == [(1, LONGEST_LINE_BYTES), (2, 5)]


@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip.compress), (".xz", lzma.compress)])
def test_an_archive_that_breaks_off_says_so_after_its_last_line(tmp_path: Path, ending: str, pack: Pack) -> None:
    path = written(tmp_path, pack(b"a\n" * 10)[:-6], ending)
    with pytest.raises(EOFError):
        lines(path)


@pytest.mark.parametrize(("ending", "error"), [(".gz", gzip.BadGzipFile), (".xz", lzma.LZMAError)])
def test_what_is_no_archive_says_so(tmp_path: Path, ending: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        lines(written(tmp_path, b"a\nb\n", ending))


def test_an_archive_with_damage_inside_raises_only_what_is_documented(tmp_path: Path) -> None:
    # A gzip header, then deflate data whose first block is of the reserved type 3 (RFC 1951, 3.2.3).
    damaged = gzip.compress(b"")[:10] + b"\x07" + b"\x00" * 20
    with pytest.raises((OSError, EOFError, lzma.LZMAError)):
        lines(written(tmp_path, damaged, ".gz"))


def test_deflate_has_a_reserved_block_type() -> None:
    # What the test above leans on.
    with pytest.raises(zlib.error, match="invalid block type"):
        zlib.decompress(b"\x07\x00\x00", wbits=-15)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        lines(tmp_path / "none.jsonl")


def test_the_size_is_that_of_the_file_and_unknown_for_standard_input(tmp_path: Path) -> None:
    assert (size_of(written(tmp_path, b"abc")), size_of(STANDARD_INPUT)) == (3, None)

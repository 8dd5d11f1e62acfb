"""Every row of an export is read, or said why not; a bad one spoils no other."""

from __future__ import annotations

import io

import pytest

from monitor.errors import ConfigError
from monitor.wire.mapping.model import Dialect
from monitor.wire.mapping.rows import LONGEST_CELL, BadRow, Export, Row


def export_of(text: str | bytes, dialect: Dialect | None = None) -> Export:
    raw = text.encode() if isinstance(text, str) else text
    return Export(io.BytesIO(raw), dialect or Dialect(), "x.csv")


def good(export: Export) -> list[tuple[int, dict[str, str]]]:
    rows = list(export.rows())
    assert all(isinstance(row, Row) for row in rows), rows
    return [(row.line, row.cells) for row in rows if isinstance(row, Row)]


def only_bad(export: Export) -> BadRow:
    bad = [row for row in export.rows() if isinstance(row, BadRow)]
    assert len(bad) == 1, bad
    return bad[0]


def test_cells_are_told_apart_by_column() -> None:
    assert good(export_of("a,b\n1,2\n3,4\n")) == [(2, {"a": "1", "b": "2"}), (3, {"a": "3", "b": "4"})]


def test_the_dialect_says_delimiter_quote_and_encoding() -> None:
    dialect = Dialect(delimiter=";", quote="'", encoding="cp1252")
    assert good(export_of("a;b\n'caf\xe9;1';2\n".encode("cp1252"), dialect)) == [(2, {"a": "caf\xe9;1", "b": "2"})]


def test_a_byte_order_mark_is_no_part_of_the_first_column() -> None:
    assert export_of(b"\xef\xbb\xbfa,b\n").columns == ("a", "b")


def test_empty_lines_are_passed_over_and_counted() -> None:
    assert good(export_of("a,b\n\n1,2\n")) == [(3, {"a": "1", "b": "2"})]


def test_a_row_over_several_lines_has_the_number_of_its_first() -> None:
    assert good(export_of('a,b\n"1\nstill 1",2\n3,4\n')) == [
        (2, {"a": "1\nstill 1", "b": "2"}),
        (4, {"a": "3", "b": "4"}),
    ]


@pytest.mark.parametrize(("row", "found"), [("1", "1 column"), ("1,2,3", "3 columns")])
def test_a_row_with_another_number_of_columns_is_bad(row: str, found: str) -> None:
    bad = only_bad(export_of(f"a,b\n1,2\n{row}\n3,4\n"))
    assert (bad.line, bad.reason.found, bad.reason.expected) == (3, found, "2 columns")


def test_a_row_in_another_encoding_is_bad_and_the_others_are_not() -> None:
    export = export_of(b"a,b\n1,caf\xe9\n3,\xc3\xa9\n")
    bad, row = export.rows()
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.reason.found, bad.reason.expected) == (2, "byte 0xe9", "text in utf-8")
    assert row == Row(3, {"a": "3", "b": "\xe9"})


def test_a_quote_that_is_never_closed_is_told_with_the_lines_it_took() -> None:
    bad = only_bad(export_of('a,b\n1,2\n"3,4\n5,6\n'))
    assert (bad.line, bad.reason.found) == (3, "1 column over lines 3 to 4 (a quote that is never closed?)")


def test_an_endless_cell_is_bad_and_reading_goes_on() -> None:
    export = export_of("a,b\n" + "x" * (LONGEST_CELL + 1) + ",1\n3,4\n")
    bad, row = export.rows()
    assert isinstance(bad, BadRow)
    assert (bad.line, row) == (2, Row(3, {"a": "3", "b": "4"}))


def test_wide_text_that_breaks_off_ends_the_export_with_a_bad_row() -> None:
    raw = "a,b\n1,2\n".encode("utf-16-le") + b"\x00\xd8"
    rows = list(export_of(raw, Dialect(encoding="utf-16-le")).rows())
    assert [type(row) for row in rows][-1] is BadRow


def test_half_a_character_is_no_text() -> None:
    bad = only_bad(export_of(b"a,b\n1,\\ud800\n", Dialect(encoding="raw_unicode_escape")))
    assert bad.reason.found == "half a character"


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"", "an empty file"),
        (b"a,b,a\n", "the column 'a' twice"),
        (b"a,\xe9\n", "byte 0xe9 in the header"),
    ],
)
def test_an_export_without_a_usable_header_is_refused(raw: bytes, found: str) -> None:
    with pytest.raises(ConfigError) as caught:
        export_of(raw)
    assert [fault.found for fault in caught.value.faults] == [found]

"""YAML as people get it wrong, and rubbish: a fault with a line comes out, never another exception."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.errors import ConfigError, Fault
from monitor.wire.book import load_book, read_book
from monitor.wire.written.yaml_reader import read_yaml


def fault_in(text: str) -> Fault:
    with pytest.raises(ConfigError) as caught:
        read_book(text, "book.yaml")
    (fault,) = caught.value.faults
    return fault


def fault_of_file(path: Path) -> Fault:
    with pytest.raises(ConfigError) as caught:
        load_book(path)
    (fault,) = caught.value.faults
    assert fault.file == str(path)
    return fault


# Files


def test_a_missing_file_is_a_fault_of_the_file(tmp_path: Path) -> None:
    fault = fault_of_file(tmp_path / "none.yaml")
    assert (fault.line, fault.found) == (0, "No such file or directory")


def test_a_folder_is_no_book(tmp_path: Path) -> None:
    assert fault_of_file(tmp_path).found == "Is a directory"


def test_a_file_that_is_not_utf_8_is_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "book.yaml"
    path.write_bytes(b"book: Finch\nzone: UTC # Z\xfcrich\n")
    fault = fault_of_file(path)
    assert (fault.line, fault.found) == (2, "byte 0xfc that is not UTF-8")


def test_utf_16_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "book.yaml"
    path.write_bytes("book: Finch".encode("utf-16"))
    assert fault_of_file(path).line == 1


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet\n", "---\n", "--- ~\n"])
def test_an_empty_file_is_refused(text: str) -> None:
    fault = fault_in(text)
    assert (fault.line, fault.found) == (0, "an empty file")


@pytest.mark.parametrize(("text", "found"), [("- a\n", "a list"), ("hello", '"hello"'), ("[]", "an empty list")])
def test_a_file_that_is_no_mapping_is_refused(text: str, found: str) -> None:
    assert fault_in(text).found == found


# Syntax


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("book: Finch\nzone: UTC\n\tversion: 1\n", 3, "a tab"),
        ("book: Finch\nclients:\n  acme: {contacts: [@acme.example]}\n", 3, "a text that begins with @"),
        ("book: Finch\npromises:\n - {within: %5}\n", 3, "a text that begins with %"),
        ("book: Finch\nzone: Europe: London\n", 2, "a second colon"),
        ("book: Finch\ngrades: [a\nzone: UTC\n", 2, "a list in brackets that goes wrong"),
        ("book: Finch\nclients: {a: b\n- c\n", 2, "a group in braces that goes wrong"),
        ("book: Finch\nversion: 'a\nzone: UTC\n", 2, "a quote that is never closed"),
        ("book: Finch\n zone: UTC\n", 2, "a second colon"),
        ("book: Finch\nclients:\n    a: {}\n  b: {}\n", 4, "a line that stands further in or out than its neighbours"),
        ("book: Finch\nversion: 'a' b\n", 2, "more text behind a value"),
        ('book: Finch\nversion: "a\\q"\n', 2, "a backslash in double quotes"),
        ("book: Finch\nzone\n", 2, "a line without a colon"),
    ],
)
def test_a_slip_of_syntax_is_one_fault_on_its_line(text: str, line: int, found: str) -> None:
    fault = fault_in(text)
    assert (fault.line, fault.found) == (line, found)


def test_a_tag_is_refused() -> None:
    fault = fault_in("book: Finch\nversion: !!python/object/apply:os.system [ls]\n")
    assert (fault.line, fault.key, fault.expected) == (2, "version", "a plain value")


def test_nul_is_refused() -> None:
    assert fault_in('book: Finch\nversion: "1\\0"\n').found == "the character NUL"


def test_half_a_character_is_refused() -> None:
    assert fault_in('book: Finch\nversion: "\\ud83d"\n').found == "half a character"


def test_a_merge_key_is_refused() -> None:
    fault = fault_in("book: Finch\nclients:\n  a: &a {tier: gold}\n  b:\n    <<: *a\n")
    assert (fault.line, fault.key, fault.found) == (5, "clients.b.<<", "a merge key")


def test_a_second_document_is_refused() -> None:
    assert fault_in("book: Finch\n---\nbook: Alder\n").found == "a second document"


def test_a_list_as_a_key_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        read_book("book: Finch\n? [a, b]\n: c\n", "book.yaml")
    assert (caught.value.faults[0].line, caught.value.faults[0].found) == (2, "a list or group as a key")


def test_an_alias_repeats_what_its_anchor_says() -> None:
    book = read_book("book: Finch\nclients: {a: &one {tier: gold}, b: *one}\n", "book.yaml")
    assert book.tier_of("b") == "gold"


def test_an_alias_without_an_anchor_is_refused() -> None:
    assert fault_in("book: Finch\nversion: *one\n").found == "*one"


def test_an_alias_to_what_it_stands_in_is_refused() -> None:
    assert fault_in("book: Finch\nclients: &all {a: *all}\n").key == "clients.a"


def test_aliases_that_would_multiply_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "values" in fault_in("\n".join(lines)).found


def test_nesting_without_end_is_refused() -> None:
    assert fault_in("a: " + "[" * 5000).found == "deeper nesting"


# Lines and texts


def test_every_scalar_is_the_text_that_was_written() -> None:
    source = read_yaml("a: [1, 1.10, 0x10, on, no, true, 2026-01-01, 1:30, 1e3]", "x")
    assert source.root == {"a": ["1", "1.10", "0x10", "on", "no", "true", "2026-01-01", "1:30", "1e3"]}


def test_quotes_make_a_text_of_nothing() -> None:
    assert read_yaml('a: ["", "~", "null"]', "x").faults == []


def test_lines_count_from_one_also_in_flow_style_and_blocks() -> None:
    source = read_yaml("a:\n  - b\n  - {c: d,\n     e: f}\n\n\ng: |\n  h\n", "x")
    places = [("a", 0), ("a", 1, "c"), ("a", 1, "e"), ("g",), ("nowhere",), ("a", 7, "z")]
    assert [source.line_of(place) for place in places] == [2, 3, 4, 7, 1, 2]


def test_carriage_returns_do_not_count_twice() -> None:
    assert read_yaml("a: 1\r\nb: 2\r\n", "x").line_of(("b",)) == 2


# Rubbish

BOOKISH = """
book promises id kind own by within 1h for clients a calendars zone UTC weekly mon-fri 09:00-17:30 staff grades statuses
pauses true warn 50% from 2026-01-01 hours always when priority sources version holidays country GB tier contacts ~
99999999999999999999999999999999999999999999999999 first_response seniority at_least share until dates closed
answered_by contact each <<
"""
WORDS = st.sampled_from(BOOKISH.split())
MARKS = st.sampled_from(
    [*":-[]{},&*!|>'\"%@`#?\t\n ", ": ", "- ", "\n  ", "\n    - ", "---\n", "...", "\\", "\x00", "\x85", "\ufeff"]
)
SCRAPS = st.lists(st.one_of(WORDS, MARKS, st.characters()), max_size=40).map("".join)
VALUES = st.recursive(
    st.one_of(WORDS, st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(WORDS, st.text(max_size=3)), inner, max_size=5)
    ),
    max_leaves=30,
)


def spelled(value: object) -> str:
    """Any value as YAML in one line."""
    if isinstance(value, list):
        return f"[{', '.join(map(spelled, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{spelled(key)}: {spelled(entry)}" for key, entry in value.items()) + "}"
    text = str(value)
    return text if text.isalnum() else '"' + "".join(f"\\U{ord(character):08x}" for character in text) + '"'


@given(SCRAPS)
@example('a: "\\UFFFFFFFF"')
@example("%YAML 9.9.9\n---\na")
@example("%YAML x\n---\na")
@example("%TAG ! !\n---\na")
@example("a: !<")
@example("&a *a")
def test_rubbish_gives_faults_and_no_other_exception(text: str) -> None:
    with suppress(ConfigError):
        read_book(text, "book.yaml")


@given(st.dictionaries(WORDS, VALUES, max_size=6))
def test_values_in_wrong_places_give_faults_and_no_other_exception(value: dict[str, object]) -> None:
    with suppress(ConfigError):
        read_book(spelled(value), "book.yaml")


@given(
    st.lists(
        st.dictionaries(WORDS, VALUES, max_size=6).map(
            lambda entry: {"id": "a", "kind": "own", "within": "1h"} | entry
        ),
        max_size=4,
    )
)
def test_promises_with_wrong_values_give_faults_and_no_other_exception(promises: list[dict[str, object]]) -> None:
    with suppress(ConfigError):
        read_book(spelled({"book": "Finch", "promises": promises}), "book.yaml")


@given(SCRAPS)
def test_every_fault_of_rubbish_is_one_line_and_names_a_line_of_the_file(text: str) -> None:
    # Unicode knows more line ends than "\n"; YAML counts some of them.
    lines = len(text.splitlines()) + 2
    faults: list[Fault] = []
    try:
        read_book("book: Finch\n" + text, "book.yaml")
    except ConfigError as error:
        faults = error.faults
    assert all(0 <= fault.line <= lines and str(fault).isprintable() for fault in faults)

"""A mapping file is refused with everything that is wrong with it, and nothing else is."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Final

import pytest

from monitor.errors import ConfigError, Fault
from monitor.wire.events.cloud_events import EVENT_TYPES
from monitor.wire.mapping.loading import MappingFile, load_mapping

MAPPINGS: Final = sorted(Path(__file__).resolve().parents[4].joinpath("deploy/mappings").glob("*.yaml"))

SOUND: Final = dedent("""\
    mapping: Tickets
    source: /tickets
    case: number
    time: at
    times: {format: "%Y-%m-%d %H:%M"}
    tables:
      priorities: {1 - High: high}
    events:
      - type: ticket.opened
        when: first
        data: {priority: {column: prio, table: priorities}, channel: {text: email}}
    """)


def load(text: str, folder: Path) -> MappingFile:
    path = folder / "map.yaml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path)


def faults(text: str, folder: Path) -> list[Fault]:
    with pytest.raises(ConfigError) as caught:
        load(text, folder)
    return caught.value.faults


def only_fault(text: str, folder: Path) -> tuple[int, str, str, str]:
    found = faults(text, folder)
    assert len(found) == 1, found
    return found[0].line, found[0].key, found[0].found, found[0].expected


@pytest.mark.parametrize("path", [path for path in MAPPINGS if ".book." not in path.name], ids=lambda path: path.name)
def test_the_mappings_we_ship_are_sound(path: Path) -> None:
    assert load_mapping(path).mapping.events


def test_a_plain_word_is_a_column_and_a_fixed_text_may_name_some(tmp_path: Path) -> None:
    mapping = load(SOUND.replace("case: number", "case: {text: '{line}/{call}'}"), tmp_path).mapping
    assert mapping.case.columns == ("line", "call")
    assert mapping.time.columns == ("at",)


def test_every_fault_is_reported_at_once_with_its_line(tmp_path: Path) -> None:
    text = SOUND.replace("source: /tickets", "sorce: /tickets").replace("ticket.opened", "ticket.opend")
    found = [(fault.line, fault.key) for fault in faults(text, tmp_path)]
    assert found == [(1, "source"), (2, "sorce"), (9, "events[0].type")]


def test_a_missing_key_is_named_with_what_it_is_for(tmp_path: Path) -> None:
    _, key, found, expected = only_fault(SOUND.replace("time: at\n", ""), tmp_path)
    assert (key, found, expected) == ("time", "nothing", "`time`: the column that says when the row became true")


def test_an_unknown_key_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    line, key, found, expected = only_fault(SOUND.replace("when: first", "when: {becoms: {a: b}}"), tmp_path)
    assert (line, key, found) == (10, "events[0].when.becoms", "the unknown key `becoms`")
    assert "did you mean becomes?" in expected


def test_an_unknown_type_of_event_is_answered_with_a_guess(tmp_path: Path) -> None:
    line, key, found, expected = only_fault(SOUND.replace("ticket.opened", "ticket.opend"), tmp_path)
    assert (line, key, found) == (9, "events[0].type", '"ticket.opend"')
    assert "did you mean ticket.opened?" in expected


@pytest.mark.parametrize(
    ("form", "found"),
    [
        ("%Y-%m-%d", "without an hour"),
        ("%Y-%m %H:%M", "part of a date"),
        ("%Y-%m-%d %Q", "%Q in"),
        ("%Y-%m-%d %H:%M %Z", "%Z in"),
        ("%Y-%m-%d %H:%H", "a letter twice"),
        ("%Y-%m-%d %I:%M", "without an hour"),
        ("%H:%M", "without a date"),
    ],
)
def test_a_format_that_gives_no_instant_is_refused(form: str, found: str, tmp_path: Path) -> None:
    fault = only_fault(SOUND.replace("%Y-%m-%d %H:%M", form), tmp_path)
    assert fault[0] == 5
    assert found in fault[2]


def test_a_date_beside_a_format_that_has_one_is_refused(tmp_path: Path) -> None:
    text = SOUND.replace('%H:%M"}', '%H:%M", date: 1999-03-01}')
    assert "has a date of its own" in only_fault(text, tmp_path)[2]


def test_an_unknown_zone_is_refused(tmp_path: Path) -> None:
    text = SOUND.replace('%H:%M"}', '%H:%M", zone: Europe/Londn}')
    assert only_fault(text, tmp_path)[1] == "times.zone"


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    for name in ("utf-9", "rot13", "undefined"):
        assert only_fault(f"{SOUND}file: {{encoding: {name}}}\n", tmp_path)[1:3] == ("file.encoding", f'"{name}"')


def test_a_delimiter_is_one_character_or_tab(tmp_path: Path) -> None:
    assert load(SOUND + "file: {delimiter: tab}\n", tmp_path).mapping.file.delimiter == "\t"
    assert only_fault(SOUND + 'file: {delimiter: "::"}\n', tmp_path)[1] == "file.delimiter"


def test_an_unknown_table_is_refused(tmp_path: Path) -> None:
    fault = only_fault(SOUND.replace("table: priorities", "table: prios"), tmp_path)
    assert fault[1:3] == ("events[0].data.priority.table", 'the table "prios"')


def test_an_unknown_field_of_the_event_is_refused(tmp_path: Path) -> None:
    fault = only_fault(SOUND.replace("channel:", "chanel:"), tmp_path)
    assert fault[1:3] == ("events[0].data.chanel", "the unknown field `chanel`")
    assert "did you mean channel?" in fault[3]


def test_a_fixed_text_that_the_event_refuses_is_refused(tmp_path: Path) -> None:
    fault = only_fault(SOUND.replace("text: email", "text: telepathy"), tmp_path)
    assert fault[1:3] == ("events[0].data.channel.text", '"telepathy"')


def test_an_entry_of_a_table_that_the_event_refuses_is_refused(tmp_path: Path) -> None:
    text = SOUND.replace("channel: {text: email}", "channel: {column: how, table: priorities}")
    assert only_fault(text, tmp_path)[:3] == (7, "tables.priorities.1 - High", '"high"')


def test_a_field_the_event_cannot_do_without_is_asked_for(tmp_path: Path) -> None:
    text = SOUND + "  - type: call.offered\n    data: {queue: q}\n"
    assert only_fault(text, tmp_path)[1:] == (
        "events[1].data",
        "nothing",
        "`call`, which call.offered cannot do without",
    )


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("{column: a, text: b}", "`column` and `text`"),
        ("{otherwise: x, column: a}", "`otherwise` without a table"),
        ("{text: a, table: priorities}", "a table, split or find without a column"),
        ("{text: a, find: x}", "a table, split or find without a column"),
        ("{column: a, split: x, find: x}", "both split and find"),
        ("{column: a, find: '(x'}", '"(x" (missing ), unterminated subpattern at position 0)'),
        ("{column: a, find: '(x)(y)'}", '"(x)(y)" with 2 groups'),
        ("{text: 'a {b'}", '"a {b" with a brace of its own'),
    ],
)
def test_a_value_comes_from_one_place(value: str, found: str, tmp_path: Path) -> None:
    assert only_fault(SOUND.replace("{text: email}", value), tmp_path)[2] == found


def test_a_time_is_chosen_in_one_way(tmp_path: Path) -> None:
    text = SOUND.replace("time: at", "time: {first_of: [a], latest_of: [b]}")
    assert only_fault(text, tmp_path)[2] == "`first_of` and `latest_of`"


def test_no_mapping_speaks_as_kept_itself(tmp_path: Path) -> None:
    assert only_fault(SOUND.replace("/tickets", "kept"), tmp_path)[1] == "source"


def test_an_empty_file_is_refused_by_its_missing_keys(tmp_path: Path) -> None:
    assert {fault.key for fault in faults("", tmp_path)} == {"mapping", "source", "times", "case", "time", "events"}


def test_a_list_for_a_mapping_is_refused(tmp_path: Path) -> None:
    assert only_fault("- a\n", tmp_path)[3] == "a group of `key: value` lines"


def test_a_key_twice_is_refused(tmp_path: Path) -> None:
    assert only_fault(SOUND + "case: other\n", tmp_path)[1] == "case"


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_mapping(tmp_path / "none.yaml")


def test_each_column_the_export_lacks_is_named_once_where_the_mapping_first_names_it(tmp_path: Path) -> None:
    mapping_file = load(SOUND, tmp_path)
    found = mapping_file.header_faults(("number", "pri"), "export.csv")
    assert [(fault.line, fault.key, fault.found) for fault in found] == [
        (4, "time", 'column "at"'),
        (11, "events[0].data.priority", 'column "prio"'),
    ]
    assert "a column of export.csv: one of number, pri" in found[0].expected


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_every_type_of_event_may_be_mapped(event_type: str, tmp_path: Path) -> None:
    required = [name for name, field in EVENT_TYPES[event_type].model_fields.items() if field.is_required()]
    data = ", ".join(f"{name}: column" for name in required)
    text = SOUND + f"  - type: {event_type}\n    data: {{{data}}}\n"
    assert load(text, tmp_path).mapping.events[1].type == event_type

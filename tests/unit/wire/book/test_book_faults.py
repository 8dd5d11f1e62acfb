"""What is wrong with a book: on which line, under which key, and in which words."""

from __future__ import annotations

import pytest

from monitor.errors import ConfigError, Fault
from monitor.wire.book import read_book

TOP = """\
book: Alder & Finch
grades: [trainee, senior, partner]
calendars:
  london: {zone: Europe/London, weekly: {mon-fri: ["09:00-17:30"]}}
statuses:
  waiting on client: {pauses: client}
clients:
  acme: {tier: gold, contacts: ["@acme.example"]}
staff:
  R. Finch: {grade: senior, left: 2026-06-01}
"""


def faults_in(text: str) -> list[Fault]:
    with pytest.raises(ConfigError) as caught:
        read_book(text, "book.yaml")
    return caught.value.faults


def fault_in(text: str) -> tuple[int, str, str, str]:
    """(line, key, found, expected) of the only fault."""
    (fault,) = faults_in(text)
    assert fault.file == "book.yaml"
    return fault.line, fault.key, fault.found, fault.expected


def promise_fault(*lines: str) -> tuple[int, str, str, str]:
    """The only fault of a promise written below TOP: `promises:` is line 11, its `id` line 12, `lines` from line 13 on."""
    return fault_in(TOP + "promises:\n  - id: one\n" + "".join(f"    {line}\n" for line in lines))


# Keys


def test_an_unknown_key_is_refused_on_its_line() -> None:
    assert fault_in("book: Finch\nzone: UTC\ncolour: red\n")[:3] == (3, "colour", "the unknown key `colour`")


def test_an_unknown_key_close_to_a_known_one_is_taken_for_a_slip() -> None:
    line, key, _, expected = promise_fault("kind: own", "within: 1h", "hors: london")
    assert (line, key, expected) == (15, "promises[0].hors", "a known key (did you mean `hours`?)")


def test_a_key_of_another_kind_is_refused_and_the_kind_named() -> None:
    line, key, _, expected = promise_fault("kind: own", "within: 1h", "each_message: true")
    assert (line, key) == (15, "promises[0].each_message")
    assert expected.endswith("; `each_message` belongs to next_response")


def test_an_unknown_key_deep_inside_is_refused_on_its_own_line() -> None:
    line, key, _, expected = promise_fault("kind: own", "within: 1h", "when:", "  priority: high", "  chanel: email")
    assert (line, key, expected) == (17, "promises[0].when.chanel", "a known key (did you mean `channel`?)")


def test_a_missing_key_is_reported_on_the_line_of_its_entry_with_what_it_is_for() -> None:
    line, key, found, expected = promise_fault("kind: own")
    assert (line, key, found) == (12, "promises[0].within", "nothing")
    assert expected == "`within`: how long it may take: `4h`, `3 business days`, `3 days`"


def test_a_book_without_a_name_is_refused() -> None:
    assert fault_in("zone: UTC\n")[1:3] == ("book", "nothing")


def test_the_same_key_twice_is_refused_on_the_second_line() -> None:
    assert fault_in("book: Finch\nzone: UTC\nzone: Europe/London\n") == (
        3,
        "zone",
        "the key a second time",
        "it once: line 2 has it",
    )


def test_a_key_without_a_value_is_one_fault() -> None:
    assert promise_fault("kind: own", "within:") == (
        14,
        "promises[0].within",
        "nothing",
        "a value, or the key left out",
    )


# Values


@pytest.mark.parametrize(
    ("line", "found", "expected"),
    [
        ("within: soon", '"soon"', "a length such as 4h"),
        ("within: 3d", '"3d"', "either '3 business days'"),
        ("within: 0h", '"0h"', "a target of more than zero"),
        ("within: 0 business days", "0 days", "at least 1"),
        ("within: -1h", '"-1h"', "a length such as 4h"),
        ("within: 4000 days", '"4000 days"', "a target of at most ten years"),
        ("within: 12345678901h", '"12345678901h"', "a number of at most nine digits"),
        ("within: [1h]", "a list", "a text"),
        ("within: {a: b}", "a group of keys", "a text"),
    ],
)
def test_what_is_no_target_is_refused(line: str, found: str, expected: str) -> None:
    fault = promise_fault("kind: own", line)
    assert fault[:3] == (14, "promises[0].within", found)
    assert fault[3].startswith(expected)


@pytest.mark.parametrize(
    ("line", "key", "found", "expected"),
    [
        ("share: 101%", "share", '"101%"', "a percentage from 0% to 100%"),
        ("share: -1%", "share", '"-1%"', "a percentage from 0% to 100%"),
        ("share: 0%", "share", '"0%"', "a percentage above 0%, up to 100%"),
        ("share: 0.9", "share", '"0.9"', "a percentage such as 90%"),
        ("warn: [50%, 120%]", "warn[1]", '"120%"', "a percentage from 0% to 100%"),
        ("warn: 0m", "warn", '"0m"', "a duration of more than zero and at most ten years"),
        ("warn: []", "warn", "an empty list", "at least 1 of them"),
        ("from: 2026-02-30", "from", "2026-02-30 (day is out of range for month)", "a date such as 2026-01-31"),
        ("from: 1782864000", "from", '"1782864000"', "a date such as 2026-01-31"),
        ("until: 01/02/2026", "until", '"01/02/2026"', "a date such as 2026-01-31"),
        ("until: 9999-01-01", "until", '"9999-01-01"', "a date between 1900 and 9998"),
        ("roll_to_opening: yes", "roll_to_opening", '"yes"', "true or false"),
        ("version: two", "version", '"two"', "a whole number"),
        ("version: 0", "version", '"0"', "1 or more"),
        ("when: {priority: []}", "when.priority", "an empty list", "at least 1 of them"),
        ("for: gold", "for", '"gold"', "a group with such keys as client, tier"),
        ("pauses: []", "pauses", "an empty list", "true, false or a list of statuses"),
        ("reopen: resumed", "reopen", '"resumed"', "one of resume, restart, new_cycle, stay (did you mean resume?)"),
        ("each: decade", "each", '"decade"', "one of day, week, month, quarter, year"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(line: str, key: str, found: str, expected: str) -> None:
    assert promise_fault("kind: own", "within: 1h", line) == (15, f"promises[0].{key}", found, expected)


@pytest.mark.parametrize("key", ["when: {channel: fax}", "channels: fax", "channels: [email, fax]"])
def test_a_channel_that_kept_does_not_know_is_refused(key: str) -> None:
    line, _, found, expected = promise_fault("kind: first_response", "within: 1h", key)
    assert (line, found) == (15, '"fax"')
    assert expected == "one of email, chat, call, letter, visit, remote, portal, ticket"


def test_a_channel_of_a_source_is_checked_too() -> None:
    assert fault_in("book: Finch\nsources:\n  /desk:\n    channels: [fax]\n")[:2] == (4, "sources./desk.channels[0]")


def test_an_unknown_kind_is_refused_with_all_kinds() -> None:
    line, key, found, expected = promise_fault("kind: first_respons", "within: 1h")
    assert (line, key, found) == (13, "promises[0].kind", '"first_respons"')
    assert expected.endswith("update_every (did you mean first_response?)")


def test_a_promise_without_a_kind_is_refused() -> None:
    assert promise_fault("within: 1h")[:3] == (12, "promises[0].kind", "nothing")


def test_a_promise_that_is_a_mere_text_is_refused() -> None:
    assert fault_in(TOP + "promises: [answer quickly]\n")[:3] == (11, "promises[0]", '"answer quickly"')


def test_an_unknown_zone_is_refused() -> None:
    assert fault_in("book: Finch\nzone: Europe/Lundon\n")[:3] == (2, "zone", "zone 'Europe/Lundon'")


def test_a_long_text_is_cut_short_in_the_fault() -> None:
    found = promise_fault("kind: own", f"within: {'x' * 500}")[2]
    assert found == f'"{"x" * 60}..." (500 characters)'


def test_a_name_longer_than_an_index_takes_is_refused() -> None:
    """Of two bytes each in UTF-8: 512 bytes are allowed, 514 are not."""
    assert read_book(f"book: Finch\nclients: {{{'é' * 256}: {{}}}}\n", "book.yaml").clients.keys() == {"é" * 256}
    (fault,) = faults_in(f"book: Finch\nclients: {{{'é' * 257}: {{}}}}\n")
    assert (fault.line, fault.expected) == (2, "at most 512 bytes in UTF-8, not 514")


def test_a_fault_is_one_line_without_control_characters() -> None:
    (fault,) = faults_in('book: Finch\n"a\\nb\\e[31m": 1\n')
    assert str(fault).isprintable()


# Calendars


def test_an_empty_calendar_is_refused() -> None:
    # T5.
    assert fault_in("book: Finch\ncalendars:\n  never: {zone: Europe/London, weekly: {mon: []}}\n") == (
        3,
        "calendars.never",
        "a calendar that never opens",
        "hours on at least one day",
    )


@pytest.mark.parametrize(
    "weekly", ["{tue: ['09:00-17:00']}", "{mon: ['08:00-12:00', '13:00-17:00']}", "{fri: ['22:00-06:00']}", "always"]
)
def test_split_shifts_nights_single_days_and_around_the_clock_are_accepted(weekly: str) -> None:
    # T5.
    read_book(f"book: Finch\ncalendars:\n  desk: {{zone: Europe/London, weekly: {weekly}}}\n", "book.yaml")


def test_hours_that_nobody_can_read_are_refused() -> None:
    text = "book: Finch\ncalendars:\n  desk:\n    zone: UTC\n    weekly:\n      mon-fri:\n        - 9-5\n"
    assert fault_in(text)[:3] == (7, "calendars.desk.weekly.mon-fri[0]", '"9-5"')


def test_no_client_has_the_name_of_the_canary() -> None:
    line, key, found, _ = fault_in("book: Finch\nclients:\n  kept-canary: {name: Canary}\n")
    assert (line, key, found) == (3, "clients.kept-canary", "a client called kept-canary")


def test_always_cannot_be_defined() -> None:
    text = "book: Finch\ncalendars:\n  always: {zone: UTC, weekly: always}\n"
    assert fault_in(text)[:2] == (3, "calendars.always")


def test_an_unknown_calendar_is_refused() -> None:
    line, key, found, expected = promise_fault("kind: own", "within: 1h", "hours: londn")
    assert (line, key, found) == (15, "promises[0].hours", 'the unknown calendar "londn"')
    assert expected == "one of london, always (did you mean london?)"


def test_an_unknown_calendar_of_the_whole_book_is_refused_once() -> None:
    text = "book: Finch\nhours: london\npromises:\n  - {id: a, kind: own, within: 1h}\n"
    assert fault_in(text)[:2] == (2, "hours")


def test_a_calendar_with_a_fault_is_not_unknown_as_well() -> None:
    text = "book: Finch\ncalendars:\n  london: {zone: UTC, weekly: {}}\npromises:\n  - {id: a, kind: own, within: 1h, hours: london}\n"
    assert fault_in(text)[:2] == (3, "calendars.london")


# Names


def test_an_unknown_client_is_refused() -> None:
    assert promise_fault("kind: own", "within: 1h", "for:", "  client: acne") == (
        16,
        "promises[0].for.client",
        'the unknown client "acne"',
        "acme",
    )


def test_a_tier_that_no_client_has_can_never_match() -> None:
    assert promise_fault("kind: own", "within: 1h", "for: {tier: silver}")[:3] == (
        15,
        "promises[0].for.tier",
        'the unknown tier "silver"',
    )


def test_a_listed_tier_needs_no_clients() -> None:
    read_book("tiers: [gold, silver]\n" + TOP + "promises: [{id: a, kind: own, within: 1h, for: {tier: silver}}]", "b")


def test_a_client_of_a_tier_that_is_not_listed_is_refused() -> None:
    assert fault_in("book: Finch\ntiers: [silver, bronze]\nclients:\n  acme:\n    tier: gold\n")[:2] == (
        5,
        "clients.acme.tier",
    )


def test_a_promise_to_a_client_and_a_tier_is_refused() -> None:
    assert promise_fault("kind: own", "within: 1h", "for: {client: acme, tier: gold}")[1:3] == (
        "promises[0].for",
        "both a client and a tier",
    )


def test_a_promise_to_nobody_is_refused() -> None:
    assert promise_fault("kind: own", "within: 1h", "for: {}")[1:3] == (
        "promises[0].for",
        "neither a client nor a tier",
    )


def test_an_unknown_status_is_refused() -> None:
    assert promise_fault("kind: resolve", "within: 1h", "pauses:", "  - Waiting on Client", "  - waiting") == (
        17,
        "promises[0].pauses[1]",
        'the unknown status "waiting"',
        "waiting on client",
    )


def test_statuses_that_differ_only_in_capitals_are_refused() -> None:
    text = "book: Finch\nstatuses:\n  Waiting: {pauses: client}\n  waiting: {pauses: third party}\n"
    assert fault_in(text)[:3] == (4, "statuses.waiting", '"waiting" a second time')


def test_a_grade_off_the_scale_is_refused() -> None:
    assert promise_fault("kind: attend", "at_least: senor")[:3] == (
        14,
        "promises[0].at_least",
        'the unknown grade "senor"',
    )


def test_a_person_of_a_grade_off_the_scale_is_refused() -> None:
    text = "book: Finch\ngrades: [senior]\nstaff:\n  A. Reed:\n    grade: boss\n"
    assert fault_in(text)[:2] == (5, "staff.A. Reed.grade")


def test_a_grade_twice_on_the_scale_is_refused() -> None:
    assert fault_in("book: Finch\ngrades:\n  - senior\n  - partner\n  - Senior\n")[:2] == (5, "grades[2]")


def test_a_grade_that_nobody_has_reached_is_refused() -> None:
    assert promise_fault("kind: seniority", "at_least: partner") == (
        14,
        "promises[0].at_least",
        '"partner"',
        "a grade that somebody in `staff` has reached",
    )


def test_somebody_of_a_higher_grade_has_reached_the_lower_ones() -> None:
    read_book(TOP + "promises: [{id: a, kind: attend, at_least: trainee}]", "book.yaml")


def test_somebody_who_left_before_the_promise_began_does_not_count() -> None:
    assert promise_fault("kind: attend", "at_least: senior", "from: 2026-06-01")[:2] == (14, "promises[0].at_least")


def test_without_a_staff_list_any_grade_of_the_scale_may_be_promised() -> None:
    read_book("book: Finch\ngrades: [senior]\npromises: [{id: a, kind: attend, at_least: senior}]", "book.yaml")


@pytest.mark.parametrize(
    ("key", "lines"),
    [
        ("people[1]", ("kind: attend", "people: [R. Finch, A. Read]")),
        ("authors[1]", ("kind: by", "authors: [R. Finch, A. Read]")),
    ],
)
def test_a_person_who_is_not_on_the_staff_list_is_refused(key: str, lines: tuple[str, ...]) -> None:
    assert promise_fault(*lines)[:3] == (14, f"promises[0].{key}", '"A. Read", who is not in `staff`')


def test_a_short_abandon_that_is_longer_than_the_promised_wait_is_refused() -> None:
    found = promise_fault("kind: answer_call", "within: 20s", "short_abandon: 30s")
    assert found[1:3] == ("promises[0].short_abandon", "30 s")


def test_a_measure_without_a_share_is_refused() -> None:
    found = promise_fault("kind: seniority", "people: R. Finch", "of: touches")
    assert found[1:3] == ("promises[0].of", "touches without a share")


def test_a_grade_to_be_equal_to_must_be_promised() -> None:
    found = promise_fault("kind: seniority", "tenure: 6 months", "substitution: {equal_grade: true}")
    assert found[1:3] == ("promises[0].substitution.equal_grade", "no grade to be equal to")


def test_either_of_one_condition_is_refused() -> None:
    found = promise_fault("kind: seniority", "people: R. Finch", "substitution: {told_first: true, either: true}")
    assert found[1:3] == ("promises[0].substitution.either", "one condition")


def test_a_share_of_cases_needs_a_period() -> None:
    found = promise_fault("kind: seniority", "people: R. Finch", "share: 60%", "of: cases")
    assert found[1:3] == ("promises[0].of", "cases of one case")


def test_all_of_the_work_of_a_period_is_refused_for_it_is_judged_by_case() -> None:
    found = promise_fault("kind: seniority", "people: R. Finch", "over: month")
    assert found[1:3] == ("promises[0].over", "month without a share")


def test_a_share_finer_than_one_in_a_million_is_refused() -> None:
    found = promise_fault("kind: resolve", "within: 4h", "share: 99.99999%")
    assert found[1:3] == ("promises[0].share", '"99.99999%"')
    assert found[3] == "a percentage of at most four decimals"


def test_without_a_staff_list_anybody_may_be_named() -> None:
    read_book("book: Finch\npromises: [{id: a, kind: attend, people: A. Reed}]", "book.yaml")


def test_a_robot_may_be_an_author() -> None:
    read_book("robots: [Autobot]\n" + TOP + "promises: [{id: a, kind: by, authors: Autobot}]", "book.yaml")


def test_somebody_who_left_before_joining_is_refused() -> None:
    text = "book: Finch\nstaff:\n  A. Reed:\n    joined: 2026-01-01\n    left: 2026-01-01\n"
    assert fault_in(text)[:3] == (5, "staff.A. Reed.left", "2026-01-01")


def test_an_absence_that_is_over_before_it_begins_is_refused() -> None:
    text = "book: Finch\nstaff:\n  A. Reed:\n    absent:\n      - {from: 2026-07-01, until: 2026-07-01}\n"
    assert fault_in(text)[:3] == (5, "staff.A. Reed.absent[0].until", "2026-07-01")


@pytest.mark.parametrize("written", ["Jo@ACME.example", "+44 20 7946 0000"])
def test_an_address_that_two_clients_claim_is_refused(written: str) -> None:
    text = f"""\
book: Finch
clients:
  acme: {{contacts: [jo@acme.example, "+442079460000"]}}
  birch:
    contacts:
      - office@birch.example
      - "{written}"
"""
    line, key, _, expected = fault_in(text)
    assert (line, key) == (7, "clients.birch.contacts[1]")
    assert expected == "an address of birch alone: acme has it too"


def test_a_client_may_have_an_address_twice() -> None:
    read_book("book: Finch\nclients: {acme: {contacts: [jo@acme.example, JO@acme.example]}}", "book.yaml")


@pytest.mark.parametrize("written", ["acme", "jo@", "jo doe@acme.example", "12"])
def test_what_is_no_address_is_refused(written: str) -> None:
    assert fault_in(f"book: Finch\nclients:\n  acme: {{contacts: {written}}}\n")[:2] == (3, "clients.acme.contacts[0]")


# References


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"Ref (\d+", "a regular expression"),
        (r"Ref \d+", "a group around the name of the case"),
        (r"(\d*)", "a pattern that is not found in an empty text"),
        # Each of these takes time that grows with a power of the text, or doubles with each of its characters.
        (r"Ref (\d+)+", "no group that repeats"),
        (r"Ref (?:a|b)*(\d)", "no group that repeats"),
        (r"Ref (a|aa){2,9}", "no group that repeats"),
        (r"(\w*)\w*\w*x", "at most 2 repetitions"),
        (r"(a)?a?a?a", "at most 2 choices"),
        (r"(a|b|c|d)", "at most 2 choices"),
        # Between a group and its repetition a remark, or in this way of writing a space, may stand.
        (r"Ref (\d+)(?#often)+", "nothing after (? but"),
        (r"(?x)Ref (\d+) +", "nothing after (? but"),
    ],
)
def test_a_reference_that_finds_nothing_or_takes_for_ever_is_refused(pattern: str, expected: str) -> None:
    line, key, found, wanted = fault_in(f"book: Finch\nreferences:\n  - 'Our ref ([^*+?|{{]+)'\n  - '{pattern}'\n")
    assert (line, key) == (4, "references[1]")
    assert found.startswith(pattern)
    assert wanted.startswith(expected)


def test_a_long_reference_and_too_many_are_refused() -> None:
    long = "x" * 98 + "(y)"
    assert fault_in(f"book: Finch\nreferences: {long}\n")[:2] == (2, "references")
    many = ", ".join(f"'R{number} (x)'" for number in range(11))
    assert fault_in(f"book: Finch\nreferences: [{many}]\n")[1:3] == ("references", "11 patterns")


@pytest.mark.parametrize(
    "pattern", [r"\[#(?P<case>[\w-]+)\]", r"(?i)our ref\.? ?(\S+)", r"(?<=Ref )(\d{4,8})", r"\(\?+(\d+)\)"]
)
def test_a_reference_as_firms_write_them_is_taken(pattern: str) -> None:
    assert read_book(f"book: Finch\nreferences: '{pattern}'\n", "book.yaml").references.texts == (pattern,)


# Keys that contradict each other


@pytest.mark.parametrize(
    ("lines", "line", "key"),
    [
        (("kind: own", "within: 1h", "from: 2026-02-01", "until: 2026-02-01"), 16, "until"),
        (("kind: own", "within: 1h", "each: month"), 15, "each"),
        (("kind: own", "within: 1h", "days: end_of_day"), 15, "days"),
        (("kind: own", "within: 3 days", "roll_to_opening: true"), 15, "roll_to_opening"),
        (("kind: own", "within: 1h", "pause_counts: wall"), 15, "pause_counts"),
        (("kind: answer_call", "within: 20s", "formula: offered", "short_abandon: 5s"), 16, "short_abandon"),
    ],
)
def test_an_option_without_effect_is_refused(lines: tuple[str, ...], line: int, key: str) -> None:
    # T18: an unused field is refused.
    assert promise_fault(*lines)[:2] == (line, f"promises[0].{key}")


@pytest.mark.parametrize("kind", ["attend", "seniority", "handoffs"])
def test_a_promise_of_nothing_is_refused(kind: str) -> None:
    assert promise_fault(f"kind: {kind}")[:2] == (12, "promises[0]")


def test_an_until_before_the_start_of_the_book_is_refused() -> None:
    text = "book: Finch\nfrom: 2026-07-01\npromises:\n  - id: a\n    kind: own\n    within: 1h\n    until: 2026-06-01\n"
    assert fault_in(text)[:2] == (7, "promises[0].until")


# All at once


def test_every_fault_is_reported_at_once_in_the_order_of_the_file() -> None:
    text = """\
book: Alder & Finch
colour: red
grades: [senior]
zone: Europe/Lundon
calendars:
  never: {zone: Europe/London}
statuses:
  waiting: {pauses: nobody}
clients:
  acme: {tier: gold, contacts: [nonsense]}
promises:
  - id: one
    kind: own
    within: 3d
    hours: london
  - id: two
    kind: resolve
    within: 1h
    for: {client: acne}
  - id: three
    kind: attend
    at_least: partner
  - id: two
    kind: resolve
    within: 2h
    when: {priority: high}
"""
    assert [(fault.line, fault.key) for fault in faults_in(text)] == [
        (2, "colour"),
        (4, "zone"),
        (6, "calendars.never"),
        (8, "statuses.waiting.pauses"),
        (10, "clients.acme.contacts[0]"),
        (14, "promises[0].within"),
        (15, "promises[0].hours"),
        (19, "promises[1].for.client"),
        (22, "promises[2].at_least"),
        (23, "promises[3].id"),
    ]


def test_a_refused_section_hides_no_other_fault_and_makes_none() -> None:
    text = "book: Finch\nclients: 5\ngrades: 7\npromises:\n  - {id: a, kind: attend, for: {client: acme}, at_least: senior, until: x}\n"
    assert [fault.key for fault in faults_in(text)] == ["clients", "grades", "promises[0].until"]

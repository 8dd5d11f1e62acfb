"""`kept explain`: one case so that a client's lawyer could follow it, and every figure adds up."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from monitor.cli import main

BOOK: Final = """\
book: Alder & Finch
zone: Europe/London
grades: [trainee, senior]
calendars:
  london: {zone: Europe/London, weekly: {mon-fri: ["09:00-17:30"]}}
hours: london
statuses: {waiting: {pauses: client, reason: the client was asked}}
clients: {acme: {}}
staff:
  anna: {grade: senior}
promises:
  - id: first
    version: 1
    kind: first_response
    within: 1h
    until: 2026-03-01
  - id: first
    version: 2
    from: 2026-03-01
    kind: first_response
    within: 2h
    said: {by: R. Finch, on: 2025-11-03, where: letter 4.2, words: "Within two hours."}
  - {id: settled, kind: resolve, within: 12h}
"""

_NUMBERS: Final = count(1)


def event(kind: str, time: str, case: str = "K1", **said: Any) -> str:
    line = {
        "specversion": "1.0",
        "type": kind,
        "source": "/desk",
        "id": f"e{next(_NUMBERS)}",
        "time": time,
        "subject": case,
    }
    if "id" in said:
        line["id"] = said.pop("id")
    return json.dumps({**line, "client": "acme", "data": said})


EVENTS: Final = [
    event("ticket.opened", "2026-03-27T16:00:00+00:00", id="open-1", channel="email"),
    event("ticket.assigned", "2026-03-27T16:10:00+00:00", holder="anna"),
    event("ticket.changed", "2026-03-27T17:00:00+00:00", status="waiting"),
    event("ticket.changed", "2026-03-30T10:00:00+01:00", status="open"),
    event("email.sent", "2026-03-30T10:30:00+01:00", id="mail-1", author="anna"),
    event("ticket.assigned", "2026-03-30T10:40:00+01:00", holder="ben"),
    event("ticket.resolved", "2026-03-30T11:00:00+01:00", id="done-1"),
    event("ticket.closed", "2026-03-30T12:00:00+01:00"),
]
"""Friday 27 March 16:00 GMT to Monday 30 March 12:00 BST; the clocks go forward in between."""


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Explain = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    yield
    gc.enable()


@pytest.fixture
def explain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Explain:
    """Runs `kept explain` on some events as of Tuesday 31 March, for the case K1 unless told otherwise."""
    (tmp_path / "book.yaml").write_text(BOOK, encoding="utf-8")

    def run(events: list[str] = EVENTS, case: str = "K1", *, as_of: str = "2026-03-31T10:00:00Z") -> Ran:
        (tmp_path / "events.jsonl").write_text("\n".join(events), encoding="utf-8")
        book, file = tmp_path / "book.yaml", tmp_path / "events.jsonl"
        with pytest.raises(SystemExit) as ended:
            main(["explain", "--book", str(book), "--case", case, "--as-of", as_of, str(file)])
        out, err = capsys.readouterr()
        return Ran(int(ended.value.code or 0), out, err)

    return run


def part(text: str, beginning: str) -> list[str]:
    """The lines of the paragraph that begins so."""
    [found] = [paragraph for paragraph in text.split("\n\n") if paragraph.startswith(beginning)]
    return found.splitlines()


def seconds(length: str) -> int:
    hours, minutes, rest = length.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


_LENGTH: Final = r"(\d+:\d\d:\d\d) h"


PEOPLE_BOOK: Final = BOOK.replace(
    "  anna: {grade: senior}\n", "  anna: {grade: senior, joined: 2026-03-02}\n  ben: {grade: trainee}\n"
) + (
    "  - {id: hands, kind: handoffs, at_most: 0}\n"
    "  - {id: seniors, kind: seniority, at_least: senior, said: {by: R. Finch}}\n"
)


def test_it_tells_who_did_what_and_through_whose_hands_the_case_went(explain: Explain, tmp_path: Path) -> None:
    (tmp_path / "book.yaml").write_text(PEOPLE_BOOK, encoding="utf-8")
    heading, *told = part(explain().out, "Who did what since the opening")
    assert heading == "Who did what since the opening; promised: at least senior [seniors]"
    # Without the instants and the names of events. Anna joined on 2 March, 25 and 28 days before, Ben at an unknown time.
    assert [line.split(")  ")[1].split("  [")[0] for line in told] == [
        "anna (senior, 25 days with the firm): took it on, as promised",
        "anna (senior, 28 days with the firm): replied, as promised",
        "ben (trainee, tenure unknown): took it on, not as promised",
        "hand-off from anna to ben",
        "handed down from anna (senior, 28 days with the firm) to ben (trainee, tenure unknown)",
    ]


def test_it_says_what_was_promised_of_people_and_what_broke_it(explain: Explain, tmp_path: Path) -> None:
    (tmp_path / "book.yaml").write_text(PEOPLE_BOOK, encoding="utf-8")
    text = explain().out
    found = part(text, "seniority: broken.")
    assert found[0] == (
        "seniority: broken. Ben (trainee, tenure unknown) took it on, promised by R. Finch: at least senior."
    )
    assert found[2].split() == ["target", "at", "least", "senior"]
    assert found[4].split(maxsplit=1) == ["due", "never: what is done decides it"]
    assert part(text, "handoffs: broken.")[0] == (
        "handoffs: broken. 1 hand-off, the last from anna to ben, at most 0 promised."
    )


def test_somebody_who_stands_in_as_the_promise_allows_is_told_so(explain: Explain, tmp_path: Path) -> None:
    allowed = "at_least: senior, substitution: {told_first: true}"
    (tmp_path / "book.yaml").write_text(PEOPLE_BOOK.replace("at_least: senior", allowed), encoding="utf-8")
    told = event("breach.client_told", "2026-03-30T10:35:00+01:00", by="anna")
    heading, *lines = part(explain([*EVENTS, told]).out, "Who did what since the opening")
    promised = "at least senior, or others if the client was told first"
    assert heading == f"Who did what since the opening; promised: {promised} [seniors]"
    # Anna answered at 10:30; Ben, a trainee, took it on at 10:40, after the client was told at 10:35.
    assert [line.split("firm): ")[-1].split("unknown): ")[-1].split("  [")[0] for line in lines[1:3]] == [
        "replied, as promised",
        "took it on, standing in, as the promise allows",
    ]


def test_what_happened_is_told_in_words_and_instants_not_in_the_programs_own_numbers(explain: Explain) -> None:
    events = [
        event("meeting.scheduled", "2026-03-30T09:00:00Z", meeting="M1", at="2026-03-30T12:00:00Z", invited=["anna"]),
        event("callback.promised", "2026-03-30T09:05:00Z", by="2026-03-30T15:00:00Z"),
        event("meeting.held", "2026-03-30T12:00:00Z", meeting="M1", attended=["anna"], seconds=1_800),
        event("meeting.held", "2026-03-30T13:00:00Z", client_attended=False),
    ]
    happened = [line.split(")  ", 1)[1].split("  [")[0] for line in part(explain(events).out, "What happened")[1:]]
    assert happened == [
        "meeting.scheduled: meeting M1, at 2026-03-30T12:00:00Z, invited anna",
        "callback.promised: by 2026-03-30T15:00:00Z",
        "meeting.held: side firm, channel remote, author anna, genuine yes, length 0:30:00 h, meeting M1",
        "meeting.held: side firm, channel remote, meeting without a name, the client did not come, nobody tells who came",
    ]


def test_a_book_that_does_not_care_who_works_tells_nothing_of_people(explain: Explain, tmp_path: Path) -> None:
    plain = BOOK.replace("grades: [trainee, senior]\n", "").replace("staff:\n  anna: {grade: senior}\n", "")
    (tmp_path / "book.yaml").write_text(plain, encoding="utf-8")
    assert "Who did what" not in explain().out


def test_it_says_which_case_of_whom_and_as_of_when(explain: Explain) -> None:
    assert explain().out.splitlines()[0] == "Case K1 of client acme, as of 2026-03-31T10:00:00Z"


def test_it_tells_every_event_of_the_case_in_order(explain: Explain) -> None:
    found = [
        line.split(")  ")[1].split(":")[0].split("  [")[0]
        for line in part(explain(EVENTS[::-1]).out, "What happened")[1:]
    ]
    assert found == [
        "ticket.opened",
        "ticket.assigned",
        "ticket.changed",
        "ticket.changed",
        "email.sent",
        "ticket.assigned",
        "ticket.resolved",
        "ticket.closed",
    ]


def test_it_says_why_what_came_as_another_case_is_told_in_this_one(explain: Explain, tmp_path: Path) -> None:
    (tmp_path / "book.yaml").write_text(BOOK + "references: ['\\[#(\\w+)\\]']\n", encoding="utf-8")
    times = (f"2026-03-30T{hour}:00:00Z" for hour in ("09", "10", "11"))
    events = [
        *EVENTS[:2],
        event("email.received", next(times), case="mail/1", title="Re: [#K1] the bill", message_id="<1@acme>"),
        event("call.answered", next(times), case="call/1", call="c1", agent="ben", about=["K1"]),
        event("email.sent", next(times), case="mail/2", author="anna", in_reply_to=["<1@acme>"]),
    ]
    told = [line.split("]")[-1] for line in part(explain(events).out, "What happened")[1:]]
    assert told == [
        "",
        "",
        ", came as case mail/1, names case K1",
        ", came as case call/1, names case K1",
        ", came as case mail/2, answers or is answered by another message",
    ]


def test_local_time_stands_beside_utc_on_both_sides_of_the_clock_change(explain: Explain) -> None:
    text = explain().out
    assert "2026-03-27T16:00:00Z (Fri 27 Mar 16:00:00 GMT)" in text
    assert "2026-03-30T09:00:00Z (Mon 30 Mar 10:00:00 BST)" in text


def test_it_names_the_promise_its_version_and_who_said_it(explain: Explain) -> None:
    [line] = [line for line in part(explain().out, "first_response")[1:] if line.startswith("  promise")]
    assert line == '  promise       first version 2 (R. Finch, 2025-11-03, letter 4.2: "Within two hours.")'


def test_it_names_the_version_that_was_in_force_at_the_opening(explain: Explain) -> None:
    events = [event("ticket.opened", "2026-02-27T16:00:00Z"), event("email.sent", "2026-03-02T10:00:00Z")]
    assert "  promise       first version 1" in part(explain(events).out, "first_response")


def test_it_names_the_target_and_the_hours_it_is_counted_in(explain: Explain) -> None:
    assert "  target        12 h of working time, hours 'london' (Europe/London)" in part(explain().out, "resolve")


def test_it_names_the_events_that_opened_and_ended_an_obligation(explain: Explain) -> None:
    found = part(explain().out, "first_response")
    assert any(line.startswith("  opened ") and line.endswith("by ticket.opened [/desk open-1]") for line in found)
    assert any(line.startswith("  ended ") and line.endswith("by email.sent [/desk mail-1]") for line in found)


def test_every_interval_of_the_resolution_with_its_reason(explain: Explain) -> None:
    # Friday 16:00-17:00 GMT counts, the pause over the weekend does not, Monday 10:00-11:00 BST counts: 2 h of 12.
    found = [line.strip() for line in part(explain().out, "resolve") if " to " in line]
    assert [(line[: line.index("Z")], line.split("  ")[-1].strip()) for line in found] == [
        ("2026-03-27T16:00:00", "counts: within the hours 'london'"),
        ("2026-03-27T17:00:00", "does not count: the client was asked (waiting for the client)"),
        ("2026-03-30T09:00:00", "counts: within the hours 'london'"),
    ]


def test_what_it_counts_adds_up_by_the_printed_figures(explain: Explain) -> None:
    for beginning, hours in (("resolve", 2), ("first_response", 3)):
        # first_response does not pause: Friday 16:00-17:30, Monday 09:00-10:30.
        found = part(explain().out, beginning)
        counted = [seconds(re.findall(_LENGTH, line)[0]) for line in found if " to " in line]
        [total] = [seconds(re.findall(_LENGTH, line)[0]) for line in found if line.startswith("  counted")]
        assert sum(counted) == total == hours * 3600


def test_a_breach_says_how_late_in_both_times(explain: Explain) -> None:
    # Two hours from Friday 16:00: 90 min on Friday, so due Monday 09:30; answered 10:30.
    found = part(explain().out, "first_response")
    assert found[0].startswith("first_response: broken. ")
    assert "  due           2026-03-30T08:30:00Z (Mon 30 Mar 09:30:00 BST)" in found
    assert "  late          1:00:00 h of working time, 1:00:00 h by the calendar" in found


def test_a_kept_promise_says_what_was_left(explain: Explain) -> None:
    found = part(explain().out, "resolve")
    assert found[0].startswith("resolve: kept. ")
    assert "  left          10:00:00 h" in found


def test_a_paused_clock_has_no_due_instant(explain: Explain) -> None:
    found = part(explain(EVENTS[:3]).out, "resolve")
    assert found[0] == "resolve: paused. The client was asked (client) since 2026-03-27T17:00:00Z."
    assert "  due           not while paused" in found


def test_the_ledger_adds_up_by_the_printed_figures_to_the_wall_time(explain: Explain) -> None:
    # Fri 16:00 GMT to Mon 12:00 BST is 8 h + 24 h + 23 h + 12 h = 67 h. nobody 10 min, anna 50 min + 40 min, ben 20 min;
    # the client 64 h of the pause (Fri 17:00 to Mon 10:00 is 7 + 24 + 23 + 10) and 1 h from resolution to closing.
    lines = part(explain().out, "Whose time")[1:]
    amounts = {line.split(" h  ")[1]: seconds(line.split(" h  ")[0].strip()) for line in lines}
    total = amounts.pop("in all")
    assert sum(amounts.values()) == total == 67 * 3600
    assert {name: amount / 60 for name, amount in amounts.items()} == {
        "nobody": 10,
        "anna (senior)": 90,
        "ben (grade unknown)": 20,
        "client": 65 * 60,
    }


def test_a_kind_that_is_promised_to_others_only_is_said_not_to_apply(explain: Explain, tmp_path: Path) -> None:
    (tmp_path / "book.yaml").write_text(
        BOOK.replace("acme: {}", "acme: {}, bolt: {}").replace("kind: resolve,", "kind: resolve, for: {client: bolt},"),
        encoding="utf-8",
    )
    assert part(explain().out, "resolve") == ["resolve: no promise applies to this case."]


def test_a_date_given_is_explained_without_a_promise_of_the_book(explain: Explain) -> None:
    given = event("promise.made", "2026-03-30T11:30:00+01:00", promise="P1", by="2026-04-01T17:00:00+01:00")
    found = part(explain([*EVENTS[:5], given]).out, "by:")
    assert "  target        the date given" in found
    assert "  due           2026-04-01T16:00:00Z" in found


def test_as_of_tells_only_what_had_happened(explain: Explain) -> None:
    text = explain(as_of="2026-03-27T18:00:00Z").out
    assert "email.sent" not in text
    assert "2026-03-30" not in part(text, "What happened")[-1]


def test_other_cases_are_not_told(explain: Explain) -> None:
    assert "K2" not in explain([*EVENTS, event("ticket.opened", "2026-03-27T16:00:00Z", "K2")]).out


def test_merged_cases_are_told_together(explain: Explain) -> None:
    other = [
        event("ticket.opened", "2026-03-27T16:05:00Z", "K2"),
        event("ticket.merged", "2026-03-27T16:20:00Z", "K2", into="K1"),
    ]
    text = explain([*EVENTS, *other], "K2").out
    assert {line.split(" of ")[0] for line in text.splitlines() if line.startswith("Case ")} == {"Case K1", "Case K2"}
    assert "first_response: void. Merged into K1." in text.splitlines()


def test_a_case_that_only_a_merge_names_can_be_explained(explain: Explain) -> None:
    # The client waits in K1; K2 opens with the merge, and `kept judge` shows it a row.
    events = [EVENTS[0], event("ticket.merged", "2026-03-27T16:20:00Z", "K1", into="K2")]
    done = explain(events, "K2")
    assert (done.code, done.err) == (0, "")
    assert "Case K2 of client acme" in done.out


def test_a_case_that_no_event_names_is_refused(explain: Explain) -> None:
    done = explain(case="K9")
    assert (done.code, done.out) == (2, "")
    assert "--case: found 'K9', expected a case that an event names" in done.err


@pytest.mark.parametrize("name", ["\x1b[31mred", "\x9b31mred", "\x1b]0;title\x07"], ids=ascii)
def test_a_name_sends_the_terminal_no_control_characters(explain: Explain, name: str) -> None:
    text = explain([event("ticket.opened", "2026-03-27T16:00:00Z", holder=name, status=name)]).out
    assert not {character for character in text if not character.isprintable()} - {"\n"}


def test_a_name_with_a_newline_cannot_write_a_line_of_the_account(explain: Explain) -> None:
    text = explain([event("ticket.opened", "2026-03-27T16:00:00Z", holder="anna\nresolve: kept. Well done.")]).out
    assert "resolve: kept. Well done." not in text.splitlines()

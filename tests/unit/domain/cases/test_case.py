"""Every rule of the engine, one by one, worked by hand.

The calendar is London, Monday to Friday 09:00-17:30, in the week of Monday 2 March 2026 (no clock change); a time without
a day is Monday's. The rules are ARCHITECTURE.md's; where a test says T and a number, it is that test of the research.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from monitor.domain.cases.coverage import Coverage, Gap
from monitor.domain.cases.decisions import Decision, DecisionType
from monitor.domain.cases.engine import step
from monitor.domain.cases.matter import Matter
from monitor.domain.cases.obligation import Obligation
from monitor.domain.facts.events import CallStep, Event, StaffChanged
from monitor.domain.figures.ledger import Account, ledger
from monitor.domain.hours.instant import MINUTE_US
from monitor.domain.hours.target import parse_target
from monitor.domain.promises.clock_rules import BeforeFirstReply, MeasuredFrom, OnChange, PauseCount, Reopen
from monitor.domain.promises.knowledge import Person
from monitor.domain.promises.promise import Answer, Kind, Promise
from monitor.domain.work.directory import Directory
from tests.unit.domain.builders import (
    PAUSING,
    amended,
    assigned,
    at,
    book,
    call,
    changed,
    client_changed,
    closed,
    deleted,
    event,
    excused,
    held,
    linked,
    merged,
    noted,
    opened,
    promise,
    promised,
    received,
    reopened,
    resolved,
    sent,
    shown,
    split,
    withdrawn,
)

FIRST = promise("first_response", "1h", pauses_in=PAUSING)
NEXT = promise("next_response", "2h", pauses_in=PAUSING)
RESOLVE = promise("resolve", "4h", pauses_in=PAUSING)
OWN = promise("own", "30m")
UPDATE = promise("update_every", "2h", pauses_in=PAUSING)


def told(
    promises: Promise | Sequence[Promise], *events: Event, now: str = "fri 12:00", coverage: Coverage | None = None
) -> list[str]:
    """What is held true of each obligation, e.g. `resolve 09:00 kept, due 13:00, ended 12:00`; Monday goes without saying.

    An obligation of another case than K1, of another promise than the kind's only one, or with a name says so.
    """
    every = (promises,) if isinstance(promises, Promise) else tuple(promises)
    matter, _ = step(Matter(book(*every)), events, at(now))
    return [
        _told(obligation, case.id, at(now), coverage or Coverage())
        for case in matter.cases.values()
        for obligation in case.obligations
    ]


def _told(obligation: Obligation, case: str, now: int, coverage: Coverage) -> str:
    name = obligation.promise.id if obligation.kind is not Kind.BY else f"by {obligation.occasion}"
    where = "" if case == "K1" else f"{case}: "
    verdict = obligation.verdict(now, coverage).value
    text = f"{where}{name} {shown(obligation.opened)} {verdict}"
    if verdict != "void":
        text += "" if obligation.due is None else f", due {shown(obligation.due)}"
        text += "" if obligation.ended is None else f", ended {shown(obligation.ended)}"
    return text.replace("mon ", "")


def decided(matter: Matter, events: Sequence[Event], now: str) -> list[str]:
    """The decisions of one step, e.g. `broken 10:00`: the type and since when it is true."""
    _, decisions = step(matter, events, at(now))
    return [_decided(decision) for decision in decisions]


def _decided(decision: Decision) -> str:
    return f"{decision.type} {shown(decision.at)}".replace("mon ", "")


# Due


def test_an_answer_exactly_at_the_due_instant_keeps_the_promise() -> None:
    # One hour from 09:00.
    assert told(FIRST, received("09:00"), sent("10:00")) == ["first_response 09:00 kept, due 10:00, ended 10:00"]


def test_an_answer_a_microsecond_after_the_due_instant_is_late() -> None:
    [first] = told(FIRST, received("09:00"), sent(at("10:00") + 1))
    assert first.startswith("first_response 09:00 broken, due 10:00, ended 10:00")


def test_it_still_runs_at_the_due_instant() -> None:
    assert told(FIRST, received("09:00"), now="10:00") == ["first_response 09:00 running, due 10:00"]


def test_ten_days_without_an_event_are_a_breach_at_the_due_instant_decided_once() -> None:  # T1
    matter = Matter(book(FIRST))
    assert decided(matter, [received("09:00")], "09:00") == ["opened 09:00"]
    assert matter.wakes_at == at("10:00") + 1
    assert decided(matter, [], "2026-03-12 09:00") == ["broken 10:00"]
    assert decided(matter, [], "2026-03-22 09:00") == []


def test_an_answer_after_the_due_instant_and_before_anybody_looked_is_a_breach() -> None:  # T2
    matter = Matter(book(FIRST))
    step(matter, [received("09:00")], at("09:00"))
    # The answer of 10:30 is the first that the engine hears after 09:00.
    assert decided(matter, [sent("10:30")], "10:30") == ["broken 10:00", "done_late 10:30"]


def test_working_time_used_up_at_closing_is_due_at_that_closing() -> None:
    # 4 h from 13:30 are up at 17:30.
    assert told(RESOLVE, opened("13:30"), now="13:30") == ["resolve 13:30 running, due 17:30"]


def test_roll_to_opening_moves_a_due_instant_at_closing_to_the_next_opening() -> None:
    rolling = promise("resolve", target=parse_target("4h", roll_to_opening=True))
    assert told(rolling, opened("13:30"), now="13:30") == ["resolve 13:30 running, due tue 09:00"]


def test_roll_to_opening_still_rolls_after_a_pause() -> None:
    # 4 h from 12:30, one of them paused: up at 17:30.
    rolling = promise("resolve", target=parse_target("4h", roll_to_opening=True), pauses_in=PAUSING)
    events = [opened("12:30"), changed("13:00", status="waiting"), changed("14:00", status="working")]
    assert told(rolling, *events, now="14:00") == ["resolve 12:30 running, due tue 09:00"]


def test_what_comes_out_of_hours_counts_from_the_next_opening() -> None:
    assert told(FIRST, received("20:00"), now="20:00") == ["first_response 20:00 running, due tue 10:00"]


def test_a_window_across_the_clock_change_is_as_long_as_the_time_that_passes() -> None:  # T3
    # 22:00-06:00 in the night to 29 March 2026, when 01:00 became 02:00: 7 hours. The eighth is Sunday's 22:00-23:00.
    night = promise("resolve", "8h", hours="night")
    [told_now] = told(night, opened("2026-03-28 22:00"), now="2026-03-28 22:00")
    assert told_now.endswith("due 2026-03-29 23:00")


def test_a_business_day_ends_on_the_next_working_date_at_the_same_time() -> None:
    # Friday 6 March 15:00; the next working date is Monday the 9th.
    days = promise("resolve", "1 business day")
    assert told(days, opened("fri 15:00"), now="fri 15:00") == ["resolve fri 15:00 running, due 2026-03-09 15:00"]


def test_a_kept_promise_knows_by_how_much() -> None:  # T20
    matter, _ = step(Matter(book(FIRST)), [received("09:00"), sent("09:20")], at("12:00"))
    [first] = matter.cases["K1"].obligations
    # 20 of 60 minutes used.
    assert first.elapsed_until(at("12:00")) == 20 * MINUTE_US
    assert first.remaining_until(at("12:00")) == 40 * MINUTE_US


def test_open_and_late_differs_from_done_late() -> None:  # T20
    done, still_open = (received("09:00", case="K1"), sent("11:00", case="K1")), received("09:00", case="K2")
    assert told(FIRST, *done, still_open) == [
        "first_response 09:00 broken, due 10:00, ended 11:00",
        "K2: first_response 09:00 broken, due 10:00",
    ]


# First response


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(sent("09:30", genuine=False), id="automatic mail or internal note"),
        pytest.param(sent("09:30", author="robot"), id="robot of the book"),
        pytest.param(sent("09:30", author="Robot"), id="robot of the book, spelled otherwise"),
        pytest.param(sent("09:30", source="kept"), id="own warning"),
        pytest.param(call("09:30", CallStep.ANSWERED, genuine=False), id="robot on the telephone"),
        pytest.param(call("09:30", CallStep.OFFERED), id="call waiting in a queue"),
        pytest.param(call("09:30", CallStep.ABANDONED), id="call given up"),
        pytest.param(assigned("09:30", "anna"), id="assignment"),
        pytest.param(changed("09:30", status="working"), id="status"),
    ],
)
def test_only_a_person_who_reaches_the_client_answers(reply: Event) -> None:  # T10
    told_now = told(FIRST, opened("09:00", status="new"), reply, now="09:30")
    assert told_now == ["first_response 09:00 running, due 10:00"]


@pytest.mark.parametrize(
    "meeting",
    [
        pytest.param(held("09:30", "anna"), id="anna"),
        pytest.param(held("09:30", "robot", "anna"), id="a robot that takes notes, and anna"),
        pytest.param(held("09:30", tells_who=False), id="nobody tells who"),
    ],
)
def test_a_meeting_with_the_client_answers_whoever_is_named_first(meeting: Event) -> None:  # T11
    # Half an hour after the message, of one that was promised; what a meeting lacks of names is in doubt, not that it was.
    assert told(FIRST, received("09:00"), meeting) == ["first_response 09:00 kept, due 10:00, ended 09:30"]


@pytest.mark.parametrize(
    "meeting",
    [
        pytest.param(held("09:30"), id="nobody of the firm came"),
        pytest.param(held("09:30", "robot"), id="a robot alone"),
        pytest.param(held("09:30", "anna", client_came=False), id="the client did not come"),
        pytest.param(held("09:30", tells_who=False, client_came=False), id="nobody tells who, and no client"),
        pytest.param(held("09:30", "anna", source="kept"), id="told by Kept"),
    ],
)
def test_a_meeting_of_one_side_answers_nobody(meeting: Event) -> None:  # T11
    told_now = told(FIRST, received("09:00"), meeting, now="09:45")
    assert told_now == ["first_response 09:00 running, due 10:00"]


@pytest.mark.parametrize("message", [received("09:00", genuine=False), received("09:00", author="robot")])
def test_an_automatic_message_of_the_client_starts_no_clock(message: Event) -> None:  # T10
    assert told(FIRST, message) == []


@pytest.mark.parametrize("channel", ["email", "chat", "letter", "visit", "remote", "portal", "call"])
def test_every_channel_starts_and_stops_the_clock(channel: str) -> None:  # T11
    assert told(FIRST, received("09:00", channel=channel), now="09:10") == ["first_response 09:00 running, due 10:00"]
    assert told(FIRST, received("09:00"), sent("09:30", channel=channel)) == [
        "first_response 09:00 kept, due 10:00, ended 09:30"
    ]


def test_a_case_opened_by_staff_has_no_response_clock_until_the_client_speaks() -> None:
    assert told(FIRST, opened("09:00", by_client=False)) == []
    assert told(FIRST, opened("09:00", by_client=False), received("10:00"), now="10:00") == [
        "first_response 10:00 running, due 11:00"
    ]


def test_a_later_ticket_is_the_message_of_a_client_who_was_not_heard_before() -> None:
    offered, ticket = call("09:00", CallStep.OFFERED), opened("09:10")
    assert told(FIRST, offered, ticket, now="09:10") == ["first_response 09:10 running, due 10:10"]


def test_a_later_ticket_of_a_client_who_waits_is_no_second_message() -> None:
    assert told(FIRST, received("09:00"), opened("09:05"), now="09:10") == ["first_response 09:00 running, due 10:00"]


@pytest.mark.parametrize(
    ("answers", "what"),
    [
        (Answer.STATUS_CHANGE, changed("09:30", status="working")),
        (Answer.STATUS_CHANGE, resolved("09:30")),
        (Answer.ASSIGNMENT, assigned("09:30", "anna")),
        (Answer.TEAM_ASSIGNMENT, assigned("09:30", None, "desk")),
    ],
)
def test_answered_by_adds_what_counts_as_an_answer(answers: Answer, what: Event) -> None:
    either = promise("first_response", "1h", answered_by=[Answer.CONTACT, answers])
    assert told(either, opened("09:00", status="new"), what) == ["first_response 09:00 kept, due 10:00, ended 09:30"]


def test_the_first_status_that_is_known_is_no_change_of_status() -> None:
    by_status = promise("first_response", "1h", answered_by=[Answer.STATUS_CHANGE])
    assert told(by_status, received("09:00"), changed("09:10", status="new"), now="09:30") == [
        "first_response 09:00 running, due 10:00"
    ]


def test_only_chosen_channels_and_authors_answer() -> None:
    by_anna = promise("first_response", "1h", channels=["call"], authors=["anna"])
    events = [
        received("09:00"),
        sent("09:10"),
        sent("09:20", channel="call", author="ben"),
        sent("09:30", channel="call"),
    ]
    assert told(by_anna, *events) == ["first_response 09:00 kept, due 10:00, ended 09:30"]


def test_whoever_of_the_chosen_comes_to_a_meeting_answers_though_another_is_named_first() -> None:
    by_anna = promise("first_response", "1h", authors=["anna"])
    assert told(by_anna, received("09:00"), held("09:20", "ben"), held("09:30", "ben", "anna")) == [
        "first_response 09:00 kept, due 10:00, ended 09:30"
    ]


def test_once_answered_a_client_gets_no_second_first_response() -> None:
    assert told(FIRST, received("09:00"), sent("09:10"), received("09:20")) == [
        "first_response 09:00 kept, due 10:00, ended 09:10"
    ]


# Calls


def test_an_inbound_call_answered_is_the_client_speaking_and_then_the_firm() -> None:
    assert told(FIRST, call("09:00", CallStep.ANSWERED)) == ["first_response 09:00 kept, due 10:00, ended 09:00"]


def test_an_outbound_call_answered_is_the_firm_speaking() -> None:
    assert told(FIRST, received("09:00"), call("09:30", CallStep.ANSWERED, inbound=False)) == [
        "first_response 09:00 kept, due 10:00, ended 09:30"
    ]


def test_a_voicemail_is_the_client_speaking() -> None:
    assert told(FIRST, call("09:00", CallStep.VOICEMAIL, agent=None), now="09:00") == [
        "first_response 09:00 running, due 10:00"
    ]


def test_a_call_in_a_queue_opens_the_case_and_no_response_clock() -> None:
    assert told([FIRST, RESOLVE], call("09:00", CallStep.OFFERED), now="09:00") == ["resolve 09:00 running, due 13:00"]


# Next response


def test_the_next_response_counts_from_the_first_unanswered_message() -> None:
    events = [received("09:00"), sent("09:10"), received("10:00"), received("11:00")]
    assert told(NEXT, *events, now="11:00")[1:] == ["next_response 10:00 running, due 12:00"]


def test_each_message_starts_the_clock_of_the_next_response_afresh() -> None:
    each = promise("next_response", "2h", each_message=True)
    events = [received("09:00"), sent("09:10"), received("10:00"), received("11:00")]
    assert told(each, *events, now="11:00")[1:] == ["next_response 10:00 running, due 13:00"]


def test_a_further_message_does_not_save_a_next_response_that_is_late() -> None:
    each = promise("next_response", "2h", each_message=True)
    events = [received("09:00"), sent("09:10"), received("10:00"), received("12:01")]
    assert told(each, *events)[1:] == ["next_response 10:00 broken, due 12:00"]


def test_every_waiting_spell_is_an_obligation_of_its_own() -> None:
    events = [received("09:00"), received("09:05"), sent("12:00"), received("13:00"), sent("13:30")]
    # Two hours each: the first spell, of two messages, is one miss.
    assert told(NEXT, *events) == [
        "next_response 09:00 broken, due 11:00, ended 12:00",
        "next_response 13:00 kept, due 15:00, ended 13:30",
    ]


def test_before_the_first_reply_a_next_response_waits_where_a_first_response_is_promised() -> None:
    assert told([FIRST, NEXT], received("09:00"), now="09:00") == ["first_response 09:00 running, due 10:00"]


def test_before_the_first_reply_a_next_response_runs_where_no_first_response_is_promised() -> None:
    assert told(NEXT, received("09:00"), now="09:00") == ["next_response 09:00 running, due 11:00"]


def test_before_first_reply_run_runs_beside_a_first_response() -> None:
    always = promise("next_response", "2h", before_first_reply=BeforeFirstReply.RUN)
    assert told([FIRST, always], received("09:00"), sent("09:30")) == [
        "first_response 09:00 kept, due 10:00, ended 09:30",
        "next_response 09:00 kept, due 11:00, ended 09:30",
    ]


def test_before_first_reply_wait_never_runs_before_the_first_reply() -> None:
    later = promise("next_response", "2h", before_first_reply=BeforeFirstReply.WAIT)
    assert told(later, received("09:00")) == []
    assert told(later, received("09:00"), sent("09:10"), received("10:00"), now="10:00") == [
        "next_response 10:00 running, due 12:00"
    ]


def test_a_contact_that_an_open_response_does_not_count_leaves_the_client_waiting() -> None:
    by_call = promise("next_response", "2h", channels=["call"])
    # Still one spell: the mail of 10:00 is no answer, so the message of 10:30 is no new wait.
    assert told(by_call, received("09:00"), sent("10:00"), received("10:30"), now="10:30") == [
        "next_response 09:00 running, due 11:00"
    ]


def test_a_second_wait_may_begin_at_the_instant_of_the_first() -> None:
    # Sources that date to the minute: asked, answered and asked again.
    events = [received("09:00", sequence=1), sent("09:00", sequence=2), received("09:00", sequence=3)]
    assert told(NEXT, *events, now="09:00") == [
        "next_response 09:00 kept, due 11:00, ended 09:00",
        "next_response 09:00 running, due 11:00",
    ]


# Updates


def test_an_update_is_due_after_the_last_contact_of_the_firm_and_before_the_first_after_the_opening() -> None:
    assert told(UPDATE, opened("09:00"), sent("10:00"), received("10:30"), now="10:30") == [
        "update_every 09:00 kept, due 11:00, ended 10:00",
        "update_every 10:00 running, due 12:00",
    ]


def test_measured_from_any_contact_the_clients_message_restarts_the_clock() -> None:
    either = promise("update_every", "2h", measured_from=MeasuredFrom.ANY_CONTACT)
    assert told(either, opened("09:00"), received("10:30"), now="10:30") == ["update_every 09:00 running, due 12:30"]


def test_measured_after_the_first_contact_nothing_runs_before_it() -> None:
    later = promise("update_every", "2h", measured_from=MeasuredFrom.AFTER_FIRST_CONTACT)
    assert told(later, opened("09:00")) == []
    assert told(later, opened("09:00"), sent("10:00"), now="10:00") == ["update_every 10:00 running, due 12:00"]


def test_measured_while_not_waiting_the_clients_message_ends_the_clock() -> None:
    quiet = promise("update_every", "2h", measured_from=MeasuredFrom.WHILE_NOT_WAITING)
    assert told(quiet, opened("09:00"), sent("10:00"), received("10:30")) == ["update_every 10:00 void"]


def test_a_contact_at_the_opening_is_no_second_period() -> None:
    assert told(UPDATE, sent("09:00"), now="09:00") == ["update_every 09:00 running, due 11:00"]


def test_resolving_ends_the_periodic_updates() -> None:
    assert told(UPDATE, opened("09:00"), resolved("10:00")) == ["update_every 09:00 void"]


# Own


def test_a_case_is_owned_when_a_person_gets_it() -> None:
    assert told(OWN, opened("09:00"), assigned("09:05", None, "desk"), assigned("09:20", "anna")) == [
        "own 09:00 kept, due 09:30, ended 09:20"
    ]


def test_a_team_owns_a_case_only_where_the_promise_says_so() -> None:
    by_team = promise("own", "30m", answered_by=[Answer.ASSIGNMENT, Answer.TEAM_ASSIGNMENT])
    assert told(by_team, opened("09:00"), assigned("09:05", None, "desk")) == ["own 09:00 kept, due 09:30, ended 09:05"]


@pytest.mark.parametrize("given", [opened("09:00", holder="robot"), opened("09:00")])
def test_a_robot_owns_nothing(given: Event) -> None:
    assert told(OWN, given, assigned("09:05", "robot")) == ["own 09:00 broken, due 09:30"]


def test_a_case_that_opens_with_a_holder_is_owned_at_once() -> None:
    assert told(OWN, opened("09:00", holder="anna")) == ["own 09:00 kept, due 09:30, ended 09:00"]


def test_a_later_ticket_with_a_holder_is_an_assignment() -> None:
    assert told(OWN, received("09:00"), opened("09:10", holder="anna")) == ["own 09:00 kept, due 09:30, ended 09:10"]


# Dates given


def test_a_date_given_is_kept_by_the_next_contact_after_it() -> None:
    # The mail in which the date was given is no such contact.
    assert told([], received("09:00"), sent("09:30"), promised("09:30", "12:00"), sent("12:00")) == [
        "by P1 09:30 kept, due 12:00, ended 12:00"
    ]


def test_a_date_given_without_any_contact_is_broken() -> None:
    assert told([], promised("09:30", "12:00"), received("11:00")) == ["by P1 09:30 broken, due 12:00"]


def test_a_date_for_the_resolution_is_kept_by_nothing_less() -> None:
    promise_made = promised("09:30", "12:00", by_resolving=True)
    assert told([], promise_made, sent("10:00"), resolved("11:00")) == ["by P1 09:30 kept, due 12:00, ended 11:00"]


def test_an_amendment_counts_only_with_the_clients_consent() -> None:
    made = promised("09:30", "12:00")
    assert told([], made, amended("10:00", "15:00"), now="10:00") == ["by P1 09:30 running, due 15:00"]
    assert told([], made, amended("10:00", "15:00", agreed=False), now="10:00") == ["by P1 09:30 running, due 12:00"]


def test_an_amendment_comes_too_late_after_the_date() -> None:
    assert told([], promised("09:30", "12:00"), amended("12:01", "15:00")) == ["by P1 09:30 broken, due 12:00"]


def test_a_date_withdrawn_in_time_is_void() -> None:
    assert told([], promised("09:30", "12:00"), withdrawn("11:00")) == ["by P1 09:30 void"]


def test_a_second_date_of_the_same_name_is_ignored() -> None:
    assert told([], promised("09:30", "12:00"), promised("10:00", "17:00"), now="10:00") == [
        "by P1 09:30 running, due 12:00"
    ]


def test_the_books_promise_says_what_keeps_a_date() -> None:
    by_call = promise("by", hours="always", channels=["call"])
    assert told(by_call, promised("09:30", "12:00"), sent("10:00"), sent("11:00", channel="call")) == [
        "by P1 09:30 kept, due 12:00, ended 11:00"
    ]


# Pauses


def test_a_pause_moves_the_due_instant_by_its_working_time() -> None:
    # 4 h from 09:00; paused 16:00 to Tuesday 10:00, of which 1.5 h + 1 h are open: 2.5 h. Five more... 13:00 has passed, so:
    # opened 15:00: one hour used at 16:00, three left from Tuesday 10:00.
    events = [opened("15:00"), changed("16:00", status="waiting"), changed("tue 10:00", status="working")]
    assert told(RESOLVE, *events, now="tue 10:00") == ["resolve 15:00 running, due tue 13:00"]


def test_a_pause_counted_in_wall_time_moves_the_due_instant_by_all_of_it() -> None:
    # Unpaused: 15:00-17:30, then Tuesday 09:00-10:30. The pause of 16:00 to 17:00 is one hour by the wall: 11:30.
    wall = promise("resolve", "4h", pauses_in=PAUSING, pause_count=PauseCount.WALL)
    events = [opened("15:00"), changed("16:00", status="waiting"), changed("20:00", status="working")]
    # Four hours by the wall.
    assert told(wall, *events, now="20:00") == ["resolve 15:00 running, due tue 14:30"]


def test_a_pause_that_only_hides_does_not_move_the_due_instant() -> None:
    hiding = promise("resolve", "4h", pauses_in=PAUSING, pause_count=PauseCount.HIDE)
    pause, resume = changed("10:00", status="waiting"), changed("12:00", status="working")
    assert told(hiding, opened("09:00"), pause, now="11:00") == ["resolve 09:00 paused"]
    assert told(hiding, opened("09:00"), pause, resume, now="12:00") == ["resolve 09:00 running, due 13:00"]


def test_while_paused_there_is_no_due_instant() -> None:
    assert told(RESOLVE, opened("09:00"), changed("10:00", status="waiting"), now="fri 12:00") == [
        "resolve 09:00 paused"
    ]


@pytest.mark.parametrize("status", ["supplier", "Supplier"])
def test_a_status_pauses_however_it_is_spelled(status: str) -> None:
    assert told(RESOLVE, opened("09:00"), changed("10:00", status=status)) == ["resolve 09:00 paused"]


def test_from_one_pausing_status_to_another_it_is_one_pause() -> None:
    to_supplier = changed("10:30", status="supplier")
    events = [opened("09:00"), changed("10:00", status="waiting"), to_supplier, changed("11:00", status="working")]
    assert told(RESOLVE, *events, now="11:00") == ["resolve 09:00 running, due 14:00"]


def test_a_clock_that_opens_in_a_pausing_status_starts_paused() -> None:
    events = [opened("09:00", status="waiting"), changed("10:00", status="working")]
    assert told(RESOLVE, *events, now="10:00") == ["resolve 09:00 running, due 14:00"]


def test_a_clock_may_pause_at_its_due_instant() -> None:
    # Nothing is left when it goes on at 14:00, and at that instant it is in time.
    events = [
        opened("09:00"),
        changed("13:00", status="waiting"),
        changed("14:00", status="working"),
        resolved("14:00", source="z"),
    ]
    assert told(RESOLVE, *events) == ["resolve 09:00 kept, due 14:00, ended 14:00"]


def test_a_breach_is_not_paused_away() -> None:
    assert told(RESOLVE, opened("09:00"), changed("13:01", status="waiting")) == ["resolve 09:00 broken, due 13:00"]


def test_an_answer_while_paused_keeps_the_promise() -> None:
    events = [received("09:00"), changed("09:30", status="waiting"), sent("15:00")]
    # Half an hour was left at 09:30, and at 15:00 as well.
    assert told(FIRST, *events) == ["first_response 09:00 kept, due 15:30, ended 15:00"]


@pytest.mark.parametrize("counts", [PauseCount.HIDE, PauseCount.WALL])
def test_an_answer_while_paused_keeps_the_promise_however_pauses_count(counts: PauseCount) -> None:
    odd = promise("first_response", "1h", pauses_in=PAUSING, pause_count=counts)
    [first] = told(odd, received("09:00"), changed("10:00", status="waiting"), sent("20:00"))
    assert first.startswith("first_response 09:00 kept")


# Resolution


def test_resolving_ends_the_clock_of_the_resolution() -> None:
    assert told(RESOLVE, opened("09:00"), resolved("12:00"), closed("16:00")) == [
        "resolve 09:00 kept, due 13:00, ended 12:00"
    ]


def test_closing_ends_it_as_well() -> None:
    assert told(RESOLVE, opened("09:00"), closed("14:00")) == ["resolve 09:00 broken, due 13:00, ended 14:00"]


def test_a_resolution_that_ends_at_the_closing_runs_on_when_resolved() -> None:
    closing = promise("resolve", "4h", until_closed=True)
    assert told(closing, opened("09:00"), resolved("10:00"), now="10:00") == ["resolve 09:00 running, due 13:00"]
    assert told(closing, opened("09:00"), resolved("10:00"), closed("12:00")) == [
        "resolve 09:00 kept, due 13:00, ended 12:00"
    ]


def test_resolving_releases_a_response_that_is_not_late() -> None:
    assert told(FIRST, received("09:00"), resolved("09:30")) == ["first_response 09:00 void"]


def test_resolving_ends_a_response_that_is_late_as_broken() -> None:
    assert told(FIRST, received("09:00"), resolved("11:00")) == ["first_response 09:00 broken, due 10:00, ended 11:00"]


def test_an_answer_in_time_after_the_resolution_keeps_a_released_response() -> None:
    assert told(FIRST, received("09:00"), resolved("09:30"), sent("09:40")) == [
        "first_response 09:00 kept, due 10:00, ended 09:40"
    ]


def test_an_answer_too_late_after_the_resolution_leaves_it_void() -> None:
    assert told(FIRST, received("09:00"), resolved("09:30"), sent("10:01")) == ["first_response 09:00 void"]


def test_a_message_to_a_resolved_case_starts_no_clock() -> None:
    events = [received("09:00"), sent("09:10"), resolved("09:30"), received("10:00")]
    assert told(NEXT, *events)[1:] == []


# Reopening: T8.


def test_reopened_to_resume_it_stands_again_without_the_time_it_was_resolved() -> None:
    # 4 h; one used at 10:00; on from 12:00.
    events = [opened("09:00"), resolved("10:00"), reopened("12:00")]
    assert told(RESOLVE, *events, now="12:00") == ["resolve 09:00 running, due 15:00"]


def test_reopened_to_resume_a_breach_is_broken_and_open_again() -> None:
    events = [opened("09:00"), resolved("14:00"), reopened("15:00")]
    assert told(RESOLVE, *events) == ["resolve 09:00 broken, due 13:00"]


def test_reopened_to_restart_the_clock_starts_afresh() -> None:
    again = promise("resolve", "4h", reopen=Reopen.RESTART)
    assert told(again, opened("09:00"), resolved("10:00"), reopened("12:00"), now="12:00") == [
        "resolve 09:00 running, due 16:00"
    ]


def test_reopened_to_restart_a_breach_stays_and_a_new_cycle_opens() -> None:
    again = promise("resolve", "4h", reopen=Reopen.RESTART)
    assert told(again, opened("09:00"), resolved("13:30"), reopened("tue 09:00"), now="tue 09:00") == [
        "resolve 09:00 broken, due 13:00, ended 13:30",
        "resolve tue 09:00 running, due tue 13:00",
    ]


def test_reopened_to_a_new_cycle_the_verdict_of_the_first_stays() -> None:
    cycle = promise("resolve", "4h", reopen=Reopen.NEW_CYCLE)
    assert told(cycle, opened("09:00"), resolved("10:00"), reopened("12:00"), now="12:00") == [
        "resolve 09:00 kept, due 13:00, ended 10:00",
        "resolve 12:00 running, due 16:00",
    ]


def test_two_cycles_of_one_instant_have_names_of_their_own_whatever_else_there_is() -> None:
    cycle = promise("resolve", "4h", reopen=Reopen.NEW_CYCLE)
    events = [opened("09:00"), resolved("09:00", source="e"), reopened("09:00", source="f")]
    for others in ([], [OWN, UPDATE, NEXT]):
        matter, _ = step(Matter(book(cycle, *others)), events, at("09:00"))
        names = [obligation.id for obligation in matter.cases["K1"].obligations if obligation.kind is Kind.RESOLVE]
        assert names == ["K1/resolve/2026-03-02T09:00:00Z", "K1/resolve/2026-03-02T09:00:00Z+2"]


def test_reopened_to_stay_nothing_happens() -> None:
    stay = promise("resolve", "4h", reopen=Reopen.STAY)
    assert told(stay, opened("09:00"), resolved("10:00"), reopened("12:00")) == [
        "resolve 09:00 kept, due 13:00, ended 10:00"
    ]


def test_reopened_in_a_pausing_status_it_is_paused() -> None:
    events = [opened("09:00"), resolved("10:00"), changed("11:00", status="waiting"), reopened("12:00")]
    assert told(RESOLVE, *events) == ["resolve 09:00 paused"]


def test_reopened_a_released_response_runs_on() -> None:
    # 30 of 60 minutes used at 09:30; on from 12:00.
    assert told(FIRST, received("09:00"), resolved("09:30"), reopened("12:00"), now="12:00") == [
        "first_response 09:00 running, due 12:30"
    ]


def test_reopened_a_response_that_was_late_is_open_again() -> None:
    assert told(FIRST, received("09:00"), resolved("11:00"), reopened("12:00")) == [
        "first_response 09:00 broken, due 10:00"
    ]


@pytest.mark.parametrize("rule", Reopen)
def test_reopened_a_client_who_was_answered_meanwhile_is_owed_no_response(rule: Reopen) -> None:
    first = promise("first_response", "1h", reopen=rule)
    # The answer of 11:00 came too late to keep it, but it came.
    assert told(first, received("09:00"), resolved("09:30"), sent("11:00"), reopened("12:00")) == [
        "first_response 09:00 void"
    ]


def test_reopened_a_message_that_came_while_resolved_is_answered_from_the_message() -> None:
    events = [received("09:00"), sent("09:10"), resolved("09:30"), received("10:00"), reopened("11:00")]
    assert told(NEXT, *events, now="11:00")[1:] == ["next_response 10:00 running, due 12:00"]


def test_reopened_a_case_that_somebody_holds_is_owned() -> None:
    events = [opened("09:00"), resolved("09:10"), assigned("09:40", "anna"), reopened("10:00")]
    # 10 of 30 minutes used, on from 10:00.
    assert told(OWN, *events) == ["own 09:00 kept, due 10:20, ended 10:00"]


def test_a_change_while_resolved_counts_at_the_reopening() -> None:
    events = [_OPENED_LOW, resolved("10:00"), changed("11:00", priority="high"), reopened("12:00")]
    # 4 h from 09:00, less the two that it was resolved.
    assert told(_low_and_high(OnChange.FROM_START), *events, now="12:00") == ["high 09:00 running, due 15:00"]


def test_a_resolution_that_answers_ends_the_wait() -> None:
    by_status = promise("next_response", "1h", answered_by=[Answer.CONTACT, Answer.STATUS_CHANGE])
    events = [received("09:00"), resolved("09:30"), received("10:00"), reopened("10:30")]
    assert told(by_status, *events, now="10:30") == [
        "next_response 09:00 kept, due 10:00, ended 09:30",
        "next_response 10:00 running, due 11:00",
    ]


def test_reopened_updates_go_on() -> None:
    cycle = promise("update_every", "2h", reopen=Reopen.NEW_CYCLE)
    assert told(cycle, opened("09:00"), resolved("10:00"), reopened("12:00"), now="12:00") == [
        "update_every 09:00 void",
        "update_every 12:00 running, due 14:00",
    ]


def test_reopened_for_a_client_known_only_now_there_is_one_update() -> None:
    for_acme = promise("update_every", "2h", client="acme")
    unknown = received("09:00", client=None)
    told_now = told(
        for_acme, unknown, resolved("09:30", client=None), received("10:00"), reopened("10:30"), now="10:30"
    )
    assert told_now == ["update_every 10:30 running, due 12:30"]


# Change


def _low_and_high(rule: OnChange) -> list[Promise]:
    low = promise("resolve", "8h", id="low", priority=["low"], on_change=rule, pauses_in=PAUSING)
    return [low, promise("resolve", "4h", id="high", priority=["high"], pauses_in=PAUSING)]


_OPENED_LOW = opened("09:00", priority="low")
_PAUSE = (changed("10:00", status="waiting"), changed("10:30", status="working"))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # 4 h from 09:00, and the half hour that was paused (T7).
        (OnChange.FROM_START, "high 09:00 running, due 13:30"),
        # 4 h from 11:00.
        (OnChange.FROM_CHANGE, "high 09:00 running, due 15:00"),
        # 4 h from 09:30, and the pause, which came after.
        (OnChange.FROM_ASSIGNMENT, "high 09:00 running, due 14:00"),
        # 8 h from 09:00 and the pause: 17:30 is 8.5 h from 09:00.
        (OnChange.KEEP, "low 09:00 running, due 17:30"),
    ],
)
def test_a_change_counts_as_the_present_promise_says_and_the_pause_survives(rule: OnChange, expected: str) -> None:
    events = [_OPENED_LOW, assigned("09:30", "anna"), *_PAUSE, changed("11:00", priority="High")]
    assert told(_low_and_high(rule), *events, now="11:00") == [expected]


def test_giving_a_case_to_nobody_is_no_assignment_to_count_from() -> None:
    events = [_OPENED_LOW, assigned("09:30", "anna"), assigned("10:00", None), changed("11:00", priority="high")]
    assert told(_low_and_high(OnChange.FROM_ASSIGNMENT), *events, now="11:00") == ["high 09:00 running, due 13:30"]


def test_a_breach_stays_governed_as_it_was() -> None:
    high_to_low = [opened("09:00", priority="high"), changed("13:01", priority="low")]
    assert told(_low_and_high(OnChange.FROM_START), *high_to_low) == ["high 09:00 broken, due 13:00"]


def test_a_change_of_tier_is_a_change() -> None:
    gold, silver = promise("resolve", "1h", id="g", tier="gold"), promise("resolve", "8h", id="s", tier="silver")
    # However the system that tells of it writes it: capital letters make no difference in tiers.
    for tier in ("silver", "Silver", "SILVER"):
        assert told([gold, silver], opened("09:00"), client_changed("09:30", tier), now="09:30") == [
            "s 09:00 running, due 17:00"
        ]


def test_a_tier_in_other_capitals_is_no_change() -> None:
    gold, every = promise("resolve", "1h", id="g", tier="gold"), promise("resolve", "8h", id="e")
    matter, _ = step(Matter(book(gold, every)), [opened("09:00"), client_changed("09:30", "GOLD")], at("09:30"))
    assert matter.cases["K1"].tier == "gold"


@pytest.mark.parametrize(
    ("events", "tier"),
    [
        ([client_changed("10:00", "silver")], "silver"),
        ([resolved("09:30"), client_changed("10:00", "silver")], "gold"),
        ([resolved("09:30"), client_changed("10:00", "silver"), closed("11:00")], "gold"),
        ([resolved("09:30"), client_changed("10:00", "silver"), reopened("11:00")], "silver"),
        ([deleted("09:30"), client_changed("10:00", "silver")], "gold"),
        ([merged("09:30", into="K2"), client_changed("10:00", "silver")], "gold"),
        ([client_changed("10:00", "silver", client="umbra")], "gold"),
    ],
)
def test_a_case_that_is_over_is_told_under_the_tier_of_its_end(events: list[Event], tier: str) -> None:
    gold = client_changed("08:00", "gold")
    matter, _ = step(Matter(book(promise("resolve", "8h"))), [gold, opened("09:00"), *events], at("12:00"))
    assert matter.cases["K1"].tier == tier


def test_a_client_known_only_after_the_end_has_the_tier_it_has_then() -> None:
    events = [opened("09:00", client=None), resolved("09:30", client=None), client_changed("10:00", "gold")]
    known, later = noted("11:00"), client_changed("11:30", "silver")
    matter, _ = step(Matter(book(promise("resolve", "8h"))), [*events, known, later], at("12:00"))
    assert (matter.cases["K1"].client, matter.cases["K1"].tier) == ("acme", "gold")


def test_the_client_becoming_known_is_a_change() -> None:
    for_acme = promise("resolve", "1h", client="acme")
    events = [opened("09:00", client=None), received("09:30", client=None, address="Jo@Acme.example")]
    assert told(for_acme, *events, now="09:30") == ["resolve 09:00 running, due 10:00"]


def test_what_no_promise_covers_any_more_is_void_and_stands_again_when_one_does() -> None:
    high = promise("resolve", "4h", priority=["high"])
    away, back = changed("10:00", priority="low"), changed("11:00", priority="high")
    assert told(high, opened("09:00", priority="high"), away) == ["resolve 09:00 void"]
    assert told(high, opened("09:00", priority="high"), away, back, now="11:00") == ["resolve 09:00 running, due 13:00"]


def test_a_dropped_response_does_not_stand_again_once_the_client_was_answered() -> None:
    high = promise("first_response", "1h", priority=["high"])
    events = [
        opened("09:00", priority="high"),
        changed("09:10", priority="low"),
        sent("09:20"),
        changed("09:30", priority="high"),
    ]
    assert told(high, *events) == ["first_response 09:00 void"]


def test_what_was_promised_to_nobody_at_the_opening_opens_from_there_with_the_pauses_since() -> None:
    high = promise("resolve", "4h", priority=["high"], pauses_in=PAUSING)
    # 4 h from 09:00 and the two paused hours.
    pause = [changed("10:00", status="waiting"), changed("12:00", status="working")]
    assert told(high, _OPENED_LOW, *pause, changed("14:00", priority="high"), now="14:00") == [
        "resolve 09:00 running, due 15:00"
    ]


def test_a_case_held_since_before_it_was_promised_is_owned_since() -> None:
    high = promise("own", "30m", priority=["high"])
    assert told(high, _OPENED_LOW, assigned("09:05", "anna"), changed("14:00", priority="high")) == [
        "own 09:00 kept, due 09:30, ended 09:05"
    ]


def test_what_was_owned_in_the_past_has_no_pauses_since() -> None:
    high = promise("own", "1h", priority=["high"], pauses_in=PAUSING)
    pause = [changed("09:10", status="waiting"), changed("09:20", status="working")]
    assert told(high, _OPENED_LOW, assigned("09:05", "anna"), *pause, changed("14:00", priority="high")) == [
        "own 09:00 kept, due 10:00, ended 09:05"
    ]


@pytest.mark.parametrize("contact", [sent("11:00"), call("11:00", CallStep.ANSWERED)])
def test_an_update_promised_later_counts_from_the_last_contact(contact: Event) -> None:
    high = promise("update_every", "2h", priority=["high"])
    assert told(high, _OPENED_LOW, contact, changed("12:00", priority="high"), now="12:00") == [
        "update_every 11:00 running, due 13:00"
    ]


def test_a_next_response_promised_later_opens_beside_a_first_response() -> None:
    high = promise("next_response", "2h", priority=["high"], before_first_reply=BeforeFirstReply.RUN)
    assert told([FIRST, high], _OPENED_LOW, changed("09:30", priority="high"), now="09:30") == [
        "first_response 09:00 running, due 10:00",
        "next_response 09:00 running, due 11:00",
    ]


# Which promise


def test_the_version_in_force_at_the_opening_governs_to_the_end() -> None:  # T6
    first = promise("resolve", "4h", version=1, ends_at=at("tue 00:00"))
    second = promise("resolve", "1h", version=2, starts_at=at("tue 00:00"))
    old, new = opened("16:30"), opened("tue 09:00", case="K2")
    # 1 h on Monday, 3 h on Tuesday; and 1 h for the new one.
    assert told([first, second], old, new, now="tue 09:00") == [
        "resolve 16:30 running, due tue 12:00",
        "K2: resolve tue 09:00 running, due tue 10:00",
    ]


def test_the_most_specific_promise_wins() -> None:
    everybody, gold = promise("resolve", "8h", id="everybody"), promise("resolve", "4h", id="gold", tier="gold")
    acme = promise("resolve", "1h", id="acme", client="acme")
    assert told([everybody, gold, acme], opened("09:00"), now="09:00") == ["acme 09:00 running, due 10:00"]
    assert told([everybody, gold], opened("09:00"), now="09:00") == ["gold 09:00 running, due 13:00"]


def test_of_two_promises_as_specific_the_first_in_the_book_wins() -> None:
    assert told([promise("resolve", "2h", id="a"), promise("resolve", "1h", id="b")], opened("09:00"), now="09:00") == [
        "a 09:00 running, due 11:00"
    ]


def test_what_nobody_promised_is_not_judged() -> None:  # T16
    assert told(promise("resolve", "1h", client="bolt"), opened("09:00")) == []


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"priority": ["high"]}, {"priority": "High"}),
        ({"service": ["tax"]}, {"service": "Tax"}),
        ({"tags": ["vip", "other"]}, {"tags": ["VIP"]}),
        ({"channel": ["letter"]}, {"channel": "letter"}),
    ],
)
def test_a_promise_covers_the_cases_it_names(condition: dict[str, Any], said: dict[str, Any]) -> None:
    some = promise("resolve", "4h", **condition)
    assert told(some, opened("09:00", **said), now="09:00") == ["resolve 09:00 running, due 13:00"]
    assert told(some, opened("09:00"), now="09:00") == []


def test_what_was_said_before_the_opening_holds_from_the_opening_on() -> None:
    vip = promise("resolve", "4h", tags=["vip"], pauses_in=PAUSING)
    before = changed("08:00", tags=["vip"], status="waiting")
    assert told(vip, before, opened("09:00")) == ["resolve 09:00 paused"]


# Merged, linked, split, deleted: T9.


def test_merged_the_wait_goes_on_in_the_survivor_and_the_rest_is_void() -> None:
    events = [
        received("09:00"),
        opened("08:00", case="K2", by_client=False),
        merged("09:30", "K2"),
        sent("09:50", case="K2"),
    ]
    assert told([FIRST, RESOLVE], *events, now="09:50") == [
        "K2: resolve 08:00 running, due 13:00",
        "K2: first_response 09:00 kept, due 10:00, ended 09:50",
        "resolve 09:00 void",
        "first_response 09:00 void",
    ]


def test_merged_the_earlier_of_two_waits_counts() -> None:
    events = [received("09:00"), received("09:20", case="K2"), merged("09:30", "K2")]
    assert told(FIRST, *events, now="09:30") == [
        "first_response 09:00 void",
        "K2: first_response 09:20 running, due 10:00",
    ]


def test_merged_a_breach_stays_with_the_case_that_made_it() -> None:
    events = [received("09:00"), opened("09:00", case="K2", by_client=False), merged("11:00", "K2")]
    assert told(FIRST, *events)[0] == "first_response 09:00 broken, due 10:00, ended 11:00"


def test_merged_the_later_events_are_the_survivors() -> None:
    events = [opened("08:59", case="K2"), opened("09:00"), merged("09:30", "K2"), sent("09:40", case="K1")]
    assert told(FIRST, *events, now="09:40")[0] == "K2: first_response 08:59 kept, due 10:00, ended 09:40"


def test_merged_the_dates_given_go_along_also_two_of_one_name() -> None:
    made, other = promised("09:00", "12:00"), promised("09:00", "13:00", case="K2")
    assert told([], made, other, merged("09:30", "K2"), sent("11:00", case="K2")) == [
        "K2: by P1 09:00 kept, due 13:00, ended 11:00",
        "K2: by P1 09:00 kept, due 12:00, ended 11:00",
    ]


@pytest.mark.parametrize("links", [[linked("09:05", "K2")], [linked("09:05", "K2"), linked("09:06", "K1", case="K2")]])
def test_linked_cases_are_one_from_the_beginning(links: list[Event]) -> None:
    assert told(FIRST, received("09:00"), *links, sent("09:30", case="K2")) == [
        "K2: first_response 09:00 kept, due 10:00, ended 09:30"
    ]


def test_split_a_case_starts_at_its_first_message() -> None:
    assert told([FIRST, RESOLVE], split("10:00", "K9", "09:30"), now="10:00") == [
        "resolve 09:30 running, due 13:30",
        "first_response 09:30 running, due 10:30",
    ]


def test_deleted_what_is_open_is_void() -> None:
    assert told([FIRST, RESOLVE], opened("09:00"), deleted("09:30")) == [
        "resolve 09:00 void",
        "first_response 09:00 void",
    ]


def test_deleted_a_breach_stays() -> None:
    assert told(FIRST, opened("09:00"), deleted("10:30")) == ["first_response 09:00 broken, due 10:00, ended 10:30"]


# Excused and unknown


def test_a_breach_that_was_excused_shows_as_excused() -> None:
    assert told(FIRST, received("09:00"), excused("11:00", kind="first_response")) == [
        "first_response 09:00 excused, due 10:00"
    ]


def test_an_excuse_names_its_obligation() -> None:
    named = excused("11:00", obligation="K1/first_response/2026-03-02T09:00:00Z")
    assert told([FIRST, RESOLVE], received("09:00"), named) == [
        "resolve 09:00 broken, due 13:00",
        "first_response 09:00 excused, due 10:00",
    ]


def test_an_excuse_does_not_touch_what_is_kept() -> None:
    assert told(FIRST, received("09:00"), excused("09:10", kind="first_response"), sent("09:30")) == [
        "first_response 09:00 kept, due 10:00, ended 09:30"
    ]


def _silent(starts_at: str, ends_at: str, *channels: str) -> Coverage:
    return Coverage((Gap(at(starts_at), at(ends_at), "desk", "silent", frozenset(channels) or None),))


def test_a_breach_is_unknown_while_an_answer_may_have_been_lost() -> None:  # T16
    assert told(FIRST, received("09:00"), coverage=_silent("09:30", "09:40")) == [
        "first_response 09:00 unknown, due 10:00"
    ]


def test_a_gap_after_the_due_instant_leaves_the_breach_certain() -> None:
    assert told(FIRST, received("09:00"), coverage=_silent("10:01", "11:00")) == [
        "first_response 09:00 broken, due 10:00"
    ]


def test_a_gap_on_a_channel_that_does_not_count_leaves_the_breach_certain() -> None:
    by_call = promise("first_response", "1h", channels=["call"])
    assert told(by_call, received("09:00"), coverage=_silent("09:30", "09:40", "email")) == [
        "first_response 09:00 broken, due 10:00"
    ]


def test_what_is_kept_is_kept_whatever_was_not_heard() -> None:
    assert told(FIRST, received("09:00"), sent("09:30"), coverage=_silent("09:00", "17:00")) == [
        "first_response 09:00 kept, due 10:00, ended 09:30"
    ]


def test_what_was_unknown_is_decided_once_the_gap_is_closed() -> None:
    matter = Matter(book(FIRST))
    step(matter, [received("09:00")], at("12:00"), _silent("09:30", "09:40"))
    assert decided(matter, [], "12:00") == ["broken 10:00"]


# Late, early and double: T13.


def test_an_answer_in_time_that_arrives_late_restates_the_breach() -> None:
    matter = Matter(book(FIRST))
    step(matter, [received("09:00")], at("09:00"))
    assert decided(matter, [], "11:00") == ["broken 10:00"]
    # Sent at 09:30, heard at 12:00 after something of 11:30.
    step(matter, [received("11:30", source="z")], at("11:30"))
    assert decided(matter, [sent("09:30")], "12:00")[:1] == ["restated 09:30"]


def test_an_event_that_comes_twice_decides_nothing_more() -> None:
    matter = Matter(book(FIRST))
    step(matter, [received("09:00"), sent("09:30")], at("09:30"))
    assert decided(matter, [received("09:00"), sent("09:30")], "09:40") == []


def test_one_identity_with_other_words_is_still_a_duplicate() -> None:
    message = received("09:00")
    assert told(FIRST, message, message._replace(client=None, type="other"), now="09:00") == [
        "first_response 09:00 running, due 10:00"
    ]


def test_events_of_one_instant_count_in_the_order_of_their_sequence() -> None:
    # Assigned, then taken away; and the other way round.
    first, second = assigned("09:00", "anna", sequence=2), assigned("09:00", None, sequence=3)
    matter, _ = step(Matter(book()), [opened("09:00", sequence=1), second, first], at("10:00"))
    assert matter.cases["K1"].holder is None


# Whose time it was


def _minutes(promises: Sequence[Promise], *events: Event, now: str) -> dict[str, int]:
    matter, _ = step(Matter(book(*promises)), events, at(now))
    accounts = ledger(matter.cases["K1"], at(now), Directory({}))
    return {account.name: time // MINUTE_US for account, time in accounts.items()}


def test_from_anna_to_ben_and_back_each_is_charged_their_own_minutes() -> None:  # T12
    events = [opened("09:00"), assigned("09:10", "anna"), assigned("10:00", "ben"), assigned("10:20", "anna")]
    # 10 minutes of nobody, 50 + 40 of Anna, 20 of Ben: 120 minutes to 11:00.
    assert _minutes([RESOLVE], *events, now="11:00") == {"nobody": 10, "anna": 90, "ben": 20}


def test_each_moment_is_charged_to_the_first_account_that_applies() -> None:
    events = [
        opened("09:00", holder="anna"),
        changed("10:00", status="waiting"),
        changed("10:30", status="supplier"),
        changed("11:00", status="working"),
        assigned("11:30", None, "desk"),
        resolved("17:00"),
        reopened("17:15"),
        closed("20:00"),
    ]
    # Anna 09:00-10:00 and 11:00-11:30, the client 10:00-10:30 and 17:00-17:15, the supplier half an hour,
    # the team 11:30-17:00 and 17:15-17:30, closed hours 17:30-20:00; nothing after the closing.
    assert _minutes([RESOLVE], *events, now="tue 12:00") == {
        "anna": 90,
        "client": 45,
        "third party": 30,
        "desk": 345,
        "closed hours": 150,
    }


def test_a_promotion_parts_a_holders_time() -> None:
    directory = Directory({"anna": Person("anna", "associate", None, None, None)})
    directory.take(event("10:00", "staff.changed", StaffChanged("anna", "senior", None, None, None), case=None))
    matter, _ = step(Matter(book(RESOLVE)), [opened("09:00", holder="anna")], at("11:00"))
    assert ledger(matter.cases["K1"], at("11:00"), directory) == {
        Account("anna", "associate", is_person=True): 60 * MINUTE_US,
        Account("anna", "senior", is_person=True): 60 * MINUTE_US,
    }


def test_the_calendar_of_a_case_is_that_of_its_resolution() -> None:
    always, night = promise("own", "1h", hours="always"), promise("resolve", "8h", hours="night")
    assert _minutes([always, night], opened("21:00"), now="23:00") == {"closed hours": 60, "nobody": 60}


def test_decisions_say_which_obligation_since_when_and_by_which_event() -> None:
    matter = Matter(book(FIRST))
    step(matter, [received("09:00")], at("09:00"))
    reply = sent("09:30")
    _, [decision] = step(matter, [reply], at("09:31"))
    assert (decision.type, decision.obligation) == (DecisionType.KEPT, "K1/first_response/2026-03-02T09:00:00Z")
    assert (decision.at, decision.cause) == (at("09:30"), reply.identity)

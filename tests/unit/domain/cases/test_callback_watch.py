"""Whether callers are called back, worked by hand: the rule "callback" of ARCHITECTURE.md.

A callback is promised within an hour, around the clock, on Monday 2 March 2026; so what is asked for at 09:10 is due at 10:10.
"""

from __future__ import annotations

from typing import Any

import pytest

from monitor.domain.cases.engine import step
from monitor.domain.cases.matter import Matter
from monitor.domain.cases.statement import state
from monitor.domain.facts.events import Call, CallStep, Event
from monitor.domain.promises.promise import Promise
from monitor.domain.promises.promised_calls import CallbackTerms, RungAgain
from tests.unit.domain.builders import (
    at,
    book,
    call,
    callback_promised,
    closed,
    deleted,
    event,
    excused,
    held_true,
    linked,
    merged,
    opened,
    promise,
    reopened,
    resolved,
    sent,
    shown,
)

OFFERED, ANSWERED, ABANDONED, TRANSFERRED, VOICEMAIL, ENDED = CallStep


def called_back(*, any_channel: bool = False, **terms: Any) -> Promise:
    channels = None if any_channel else ["call"]
    return promise("callback", "1h", hours="always", channels=channels, callback=CallbackTerms(**terms))


HUNG_UP_TOO = called_back(abandoned=True)
WITHIN_AN_HOUR = called_back()


def voicemail(when: str, name: str = "C1", **more: Any) -> Event:
    return call(when, VOICEMAIL, call=name, agent=None, **more)


def hangs_up(rings: str, when: str, name: str = "C1", *, queue: str | None = "helpline") -> list[Event]:
    return [
        call(each, kind, call=name, agent=None, queue=queue) for each, kind in ((rings, OFFERED), (when, ABANDONED))
    ]


def reaches(when: str, **more: Any) -> Event:
    return sent(when, channel="call", **more)


def misses(when: str, **more: Any) -> Event:
    return sent(when, channel="call", genuine=False, **more)


def rings(when: str, step: CallStep = ANSWERED, name: str = "OUT", **more: Any) -> Event:
    """A call that the firm makes."""
    return call(when, step, call=name, inbound=False, **more)


def judged(by: Promise | None, *events: Event, now: str = "fri 12:00") -> list[str]:
    """What is held true of each callback, e.g. `C1 kept, due 10:10, ended 09:40`."""
    return held_true(book(*([] if by is None else [by])), *events, now=now)


def reason(by: Promise | None, *events: Event, now: str = "fri 12:00") -> str:
    matter, _ = step(Matter(book(*([] if by is None else [by]))), events, at(now))
    [(case, obligation)] = [(case, each) for case in matter.cases.values() for each in case.obligations]
    return state(case, obligation, at(now)).reason


# What asks for a callback


def test_a_voicemail_asks_for_a_callback_from_there() -> None:
    assert judged(WITHIN_AN_HOUR, voicemail("09:10"), now="10:10") == ["C1 running, due 10:10"]
    assert judged(WITHIN_AN_HOUR, voicemail("09:10"), now="10:11") == ["C1 broken, due 10:10"]
    assert judged(called_back(voicemail=False), voicemail("09:10")) == []


def test_hanging_up_in_a_queue_asks_for_one_where_that_is_promised() -> None:
    assert judged(HUNG_UP_TOO, *hangs_up("09:00", "09:10"), now="09:30") == ["C1 running, due 10:10"]
    assert judged(WITHIN_AN_HOUR, *hangs_up("09:00", "09:10")) == []


def test_hanging_up_in_the_voice_menu_asks_for_none() -> None:
    assert judged(HUNG_UP_TOO, *hangs_up("09:00", "09:10", queue=None)) == []


def test_who_hangs_up_at_once_asks_for_none() -> None:
    # 10 minutes in the queue count as short here, 11 do not.
    patient = called_back(abandoned=True, short_abandon=at("09:11") - at("09:00"))
    assert judged(patient, *hangs_up("09:00", "09:10")) == []
    assert judged(patient, *hangs_up("09:00", "09:11"), now="09:30") == ["C1 running, due 10:11"]


def test_a_callback_promised_in_words_is_due_when_it_was_promised_whatever_the_book_says() -> None:
    said = [opened("09:00"), callback_promised("09:10", "15:00")]
    for by in (None, WITHIN_AN_HOUR):
        assert judged(by, *said, now="15:00") == ["running, due 15:00"]
        assert judged(by, *said, now="15:01") == ["broken, due 15:00"]


def test_a_callback_promised_in_words_stands_beside_the_one_that_a_call_asked_for() -> None:
    said = [voicemail("09:10"), callback_promised("09:12", "12:00"), reaches("10:30")]
    assert judged(WITHIN_AN_HOUR, *said) == ["C1 broken, due 10:10, ended 10:30", "kept, due 12:00, ended 10:30"]


def test_two_promises_of_one_instant_are_two() -> None:
    said = [callback_promised("09:00", "10:00"), callback_promised("09:00", "11:00")]
    assert judged(None, *said, now="09:30") == ["running, due 10:00", "2026-03-02T09:00:00Z+2 running, due 11:00"]


def test_the_same_call_asks_once() -> None:
    events = [*hangs_up("09:00", "09:10"), reaches("09:20"), call("09:30", ABANDONED, agent=None)]
    assert judged(HUNG_UP_TOO, *events) == ["C1 kept, due 10:10, ended 09:20"]


def test_calls_that_go_unanswered_in_a_row_ask_for_one_callback_from_the_first() -> None:
    events = [*hangs_up("09:00", "09:10"), *hangs_up("09:20", "09:30", "C2"), voicemail("09:40", "C3")]
    assert judged(HUNG_UP_TOO, *events, now="09:50") == ["C1 running, due 10:10"]
    assert judged(HUNG_UP_TOO, *events, reaches("10:05")) == ["C1 kept, due 10:10, ended 10:05"]
    # Whoever rings after that asks anew.
    again = [*events, reaches("10:05"), *hangs_up("10:10", "10:15", "C4")]
    assert judged(HUNG_UP_TOO, *again, now="10:20")[1:] == ["C4 running, due 11:15"]


def test_who_was_answered_and_hangs_up_while_being_put_through_asks_for_none_but_may_by_voicemail() -> None:
    answered = [call("09:00", OFFERED), call("09:01", ANSWERED), call("09:05", TRANSFERRED)]
    assert judged(HUNG_UP_TOO, *answered, call("09:08", ABANDONED)) == []
    assert judged(HUNG_UP_TOO, *answered, voicemail("09:08"), now="09:30") == ["C1 running, due 10:08"]


# What keeps it, and what does not


@pytest.mark.parametrize("back", [reaches("10:10"), rings("10:10")])
def test_reaching_the_client_by_telephone_keeps_it_up_to_and_including_due(back: Event) -> None:
    assert judged(WITHIN_AN_HOUR, voicemail("09:10"), back) == ["C1 kept, due 10:10, ended 10:10"]


def test_whoever_is_called_back_late_was_called_back_late() -> None:
    assert judged(WITHIN_AN_HOUR, voicemail("09:10"), reaches("10:11")) == ["C1 broken, due 10:10, ended 10:11"]


def test_attempts_that_reach_nobody_keep_nothing_and_are_told() -> None:
    # At 09:20 nobody picked up; at 09:40 the firm's call ended on the client's answering machine.
    tried = [voicemail("09:10"), misses("09:20"), rings("09:40", VOICEMAIL), rings("09:41", ENDED)]
    assert judged(WITHIN_AN_HOUR, *tried, now="10:11") == ["C1 broken, due 10:10"]
    assert reason(WITHIN_AN_HOUR, *tried, now="10:11") == (
        "still not done, 1 min after it was due; "
        "2 attempts did not reach the client (2026-03-02T09:20:00Z, 2026-03-02T09:40:00Z)"
    )
    assert reason(WITHIN_AN_HOUR, *tried[:2], now="09:30") == (
        "not yet due; 1 attempt did not reach the client (2026-03-02T09:20:00Z)"
    )


def test_attempts_are_told_when_it_was_kept_too() -> None:
    assert reason(WITHIN_AN_HOUR, voicemail("09:10"), misses("09:20"), reaches("09:30")).endswith(
        "40 min before it was due; 1 attempt did not reach the client (2026-03-02T09:20:00Z)"
    )


@pytest.mark.parametrize("nobody", [reaches("09:30", author="robot"), reaches("09:30", source="kept")])
def test_robots_call_nobody_back(nobody: Event) -> None:
    assert judged(WITHIN_AN_HOUR, voicemail("09:10"), nobody, now="09:40") == ["C1 running, due 10:10"]


def test_another_channel_keeps_it_only_where_that_is_promised() -> None:
    written = [voicemail("09:10"), sent("09:30")]
    assert judged(WITHIN_AN_HOUR, *written, now="09:40") == ["C1 running, due 10:10"]
    assert judged(called_back(any_channel=True), *written) == ["C1 kept, due 10:10, ended 09:30"]


def test_a_callback_to_another_number_of_the_client_counts() -> None:
    # The case is the matter: who rang from the office may be reached at home.
    asked = voicemail("09:10", address="+44 20 7946 0000", client=None)
    back = rings("09:30", address="+44 7700 900123", client=None)
    assert judged(WITHIN_AN_HOUR, asked, back) == ["C1 kept, due 10:10, ended 09:30"]


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (RungAgain.RELEASED, "C1 void, due 10:10"),
        (RungAgain.KEPT, "C1 kept, due 10:10, ended 09:30"),
        (RungAgain.STILL_OWED, "C1 broken, due 10:10"),
    ],
)
def test_the_book_says_what_becomes_of_it_when_the_client_rings_again_and_is_answered(
    rule: RungAgain, found: str
) -> None:
    events = [voicemail("09:10"), call("09:29", OFFERED, call="C2"), call("09:30", ANSWERED, call="C2")]
    assert judged(called_back(rung_again=rule), *events) == [found]


def test_who_rings_again_when_it_is_late_was_not_called_back_in_time() -> None:
    events = [voicemail("09:10"), call("10:30", ANSWERED, call="C2")]
    assert judged(WITHIN_AN_HOUR, *events) == ["C1 broken, due 10:10, ended 10:30"]


def test_ringing_again_without_an_answer_changes_nothing() -> None:
    events = [voicemail("09:10"), *hangs_up("09:20", "09:25", "C2"), call("09:30", ANSWERED, call="C3", agent="robot")]
    assert judged(WITHIN_AN_HOUR, *events, now="09:40") == ["C1 running, due 10:10"]


def test_a_call_in_which_it_was_promised_does_not_end_it_when_it_goes_on_with_somebody_else() -> None:
    events = [
        call("09:00", ANSWERED),
        callback_promised("09:05", "12:00"),
        call("09:06", TRANSFERRED),
        call("09:07", ANSWERED, agent="ben"),
    ]
    assert judged(None, *events, now="09:30") == ["running, due 12:00"]


# The case it belongs to


def test_a_resolution_or_a_reopening_changes_nothing() -> None:
    events = [voicemail("09:10"), resolved("09:20"), closed("09:25"), reopened("09:30")]
    assert judged(WITHIN_AN_HOUR, *events, now="10:11") == ["C1 broken, due 10:10"]
    assert judged(WITHIN_AN_HOUR, *events[:3], reaches("09:40")) == ["C1 kept, due 10:10, ended 09:40"]


def test_a_voicemail_to_a_closed_case_asks_too() -> None:
    assert judged(WITHIN_AN_HOUR, opened("08:00"), closed("08:30"), voicemail("09:10"), now="09:30") == [
        "C1 running, due 10:10"
    ]


def test_a_deletion_makes_it_void_unless_it_was_late() -> None:
    assert judged(WITHIN_AN_HOUR, voicemail("09:10"), deleted("09:30")) == ["C1 void, due 10:10"]
    assert judged(WITHIN_AN_HOUR, voicemail("09:10"), deleted("10:30")) == ["C1 broken, due 10:10, ended 10:30"]


def test_it_goes_on_in_the_case_into_which_its_own_is_merged() -> None:
    merging = [voicemail("09:10"), opened("09:15", case="K2"), merged("09:20", "K2")]
    assert judged(WITHIN_AN_HOUR, *merging, reaches("09:30", case="K2")) == ["C1 kept, due 10:10, ended 09:30"]


def test_a_callback_in_another_case_counts_where_the_two_are_one() -> None:
    elsewhere = [voicemail("09:10"), reaches("09:30", case="K2")]
    assert judged(WITHIN_AN_HOUR, *elsewhere, now="09:40") == ["C1 running, due 10:10"]
    assert judged(WITHIN_AN_HOUR, *elsewhere, linked("11:00", "K2")) == ["C1 kept, due 10:10, ended 09:30"]


def test_a_callback_heard_of_late_takes_the_breach_back() -> None:
    matter, first = step(Matter(book(WITHIN_AN_HOUR)), [voicemail("09:10")], at("10:30"))
    _, second = step(matter, [reaches("10:00")], at("10:40"))
    assert [each.type.value for each in first] == ["opened", "broken"]
    assert [(each.type.value, each.previous, shown(each.ended)) for each in second] == [("kept", "broken", "mon 10:00")]


def test_its_breach_may_be_excused() -> None:
    events = [voicemail("09:10"), excused("11:00", kind="callback")]
    assert judged(WITHIN_AN_HOUR, *events) == ["C1 excused, due 10:10"]


def test_a_promise_in_words_follows_calls_that_were_known_before_it() -> None:
    # In order and all at once: the book promises nothing, so nobody followed the calls of the case until 09:05.
    events = [
        call("09:00", ANSWERED),
        callback_promised("09:05", "12:00"),
        event("09:07", "call.answered", Call(ANSWERED, "C1", inbound=True, queue=None, agent="ben", genuine=True)),
    ]
    matter = Matter(book())
    for each in events:
        matter, _ = step(matter, [each], each.time)
    [obligation] = matter.cases["K1"].obligations
    assert obligation.verdict(at("09:30")).value == "running"

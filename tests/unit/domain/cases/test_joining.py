"""One matter, all channels: which cases messages show to be one, worked by hand. The rule "Joined" of ARCHITECTURE.md."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from monitor.domain.cases.engine import step
from monitor.domain.cases.gathering import Gathering
from monitor.domain.cases.joining import names_in, thread_of
from monitor.domain.cases.matter import Matter
from monitor.domain.facts.events import CallStep, Event
from monitor.domain.promises.promise import Book
from tests.unit.domain.builders import (
    at,
    book,
    call,
    held,
    linked,
    opened,
    promise,
    received,
    sent,
    shown,
    split,
)

REPLIES = book(promise("next_response", "2h", hours="always"))
M1, M2 = thread_of("<1@firm.example>"), thread_of("<2@acme.example>")


def judged(*events: Event, by: Book = REPLIES) -> dict[str, list[str]]:
    """What is held true on Friday in each case that is one, e.g. `{"4711": ["kept mon 10:00"]}`; the same in any order."""
    found = []
    for ordered in permutations(events) if len(events) < 5 else [events, events[::-1]]:
        at_once, _ = step(Matter(by), ordered, at("fri 12:00"))
        one_by_one = Matter(by)
        for event in ordered:
            one_by_one, _ = step(one_by_one, [event], at("fri 12:00"))
        found += [_said(at_once), _said(one_by_one)]
    assert all(each == found[0] for each in found)
    return found[0]


def _said(matter: Matter) -> dict[str, list[str]]:
    return {
        name: [
            f"{obligation.verdict(at('fri 12:00')).value} {shown(obligation.ended) or ''}".strip()
            for obligation in case.obligations
        ]
        for name, case in sorted(matter.cases.items())
        if case.opened_at is not None
    }


def ticket(when: str = "09:00", case: str = "4711", **more: Any) -> Event:
    return opened(when, case=case, channel="portal", **more)


def test_an_email_that_names_the_ticket_answers_it() -> None:
    # Asked at 09:00 in the portal, answered at 10:00 by an email with [#4711] in its subject line.
    answer = sent("10:00", case="mail/1", references=["4711"])
    assert judged(ticket(), answer) == {"4711": ["kept mon 10:00"]}
    assert judged(ticket(), sent("10:00", case="mail/1")) == {"4711": ["broken"], "mail/1": []}


def test_a_reply_belongs_to_the_thread_it_answers() -> None:
    first = sent("09:00", case="mail/1", references=[M1])
    reply = received("10:00", case="mail/2", references=[M2, M1])
    answer = sent("11:00", case="mail/3", references=[M2])
    assert judged(first, reply, answer) == {"mail/1": ["kept mon 11:00"]}


def test_a_call_an_email_a_letter_a_visit_and_a_ticket_are_one_case() -> None:
    # Each asks again of what was asked at 09:00, and the visit at 10:30 answers all of it.
    events = [
        ticket(),
        call("09:10", CallStep.VOICEMAIL, case="call/1", agent=None, references=["4711"]),
        received("09:20", case="mail/1", references=["4711", M1]),
        received("09:30", case="post/1", channel="letter"),
        linked("09:40", "4711", case="post/1"),
        held("10:30", "anna", case="visit/1"),
        linked("12:00", "4711", case="visit/1"),
    ]
    assert judged(*events) == {"4711": ["kept mon 10:30"]}


def test_a_message_that_names_a_case_of_another_client_joins_nothing() -> None:
    answer = sent("10:00", case="mail/1", client="bolt", references=["4711"])
    assert judged(ticket(), answer) == {"4711": ["broken"], "mail/1": []}


def test_a_message_of_nobody_known_joins_nothing_until_it_is_known_who_it_is() -> None:
    answer = sent("10:00", case="mail/1", client=None, address="x@nobody.example", references=["4711"])
    assert judged(ticket(), answer) == {"4711": ["broken"], "mail/1": []}
    assert judged(ticket(), answer, received("11:00", case="mail/1")) == {"4711": ["kept mon 10:00", "broken"]}


def test_a_name_that_is_no_case_joins_nothing() -> None:
    assert judged(ticket(), sent("10:00", case="mail/1", references=["invoice 12"])) == {
        "4711": ["broken"],
        "mail/1": [],
    }


def test_two_messages_that_name_a_case_of_another_client_are_not_one_for_that() -> None:
    ours = ticket(client="bolt")
    events = [
        ours,
        received("10:00", case="mail/1", references=["4711"]),
        sent("11:00", case="mail/2", references=["4711"]),
    ]
    assert judged(*events) == {"4711": ["broken"], "mail/1": ["broken"], "mail/2": []}


def test_two_tickets_stay_two_whatever_messages_say() -> None:
    events = [ticket(references=[M1]), ticket("09:30", "4712", references=[M1]), sent("10:00", case="4711")]
    assert judged(*events) == {"4711": ["kept mon 10:00"], "4712": ["broken"]}
    # Nor does a message in between make them one: it belongs to the one that is named first.
    both = sent("10:00", case="mail/1", references=["4711", "4712"])
    assert judged(ticket(), ticket("09:30", "4712"), both) == {"4711": ["kept mon 10:00"], "4712": ["broken"]}


def test_two_tickets_that_the_firm_links_are_one() -> None:
    events = [ticket(), ticket("09:30", "4712"), linked("12:00", "4712"), sent("10:00", case="4712")]
    assert judged(*[each._replace(case="4711") if each.type == "case.linked" else each for each in events]) == {
        "4712": ["kept mon 10:00"]
    }


def test_what_was_split_off_is_not_joined_again_by_its_messages() -> None:
    events = [
        ticket(references=[M1]),
        split("09:30", "4711", "09:10", case="4713"),
        sent("10:00", case="4713", references=[M1]),
    ]
    assert judged(*events) == {"4711": ["broken"], "4713": ["kept mon 10:00"]}


def test_a_ticket_gives_its_name_to_the_mail_it_is_made_of() -> None:
    mail = received("09:00", case="mail/1", references=[M1])
    made = opened("09:05", case="4711", references=[M1], by_client=False)
    assert judged(mail, made, sent("10:00", case="4711")) == {"4711": ["kept mon 10:00"]}


BY_TITLE = book(
    promise("next_response", "2h", hours="always"), references=(r"\[#(?P<case>\w+)\]", r"(?i)our ref\. (\S+)")
)


def names(title: str, *references: str) -> tuple[str, ...]:
    return names_in(sent("10:00", case="mail/1", title=title, references=references), BY_TITLE)


def test_a_title_names_the_case_that_the_first_pattern_found_in_it_holds() -> None:
    assert names("Re: [#4711] the bill, [#4712]") == ("4711",)
    assert names("Our ref. 4712, your [#4711]") == ("4711",)
    assert names("OUR REF. 4712") == ("4712",)
    assert names("The bill of 4711") == ()
    assert names("") == ()


def test_a_title_is_asked_only_where_the_message_names_no_case() -> None:
    assert names("Re: [#4711]", "4712") == ("4712",)
    assert names("Re: [#4711]", M1) == ("4711", M1)


def test_a_reference_far_back_in_a_title_or_too_long_for_one_is_none() -> None:
    # Of a title 200 characters are looked at: this reference ends with the 200th, the next one behind it.
    assert names("." * 193 + "[#4711]") == ("4711",)
    assert names("." * 194 + "[#4711]") == ()
    assert names("Our ref. " + "4" * 100) == ("4" * 100,)
    assert names("Our ref. " + "4" * 101) == ()


def test_a_book_without_references_reads_no_title() -> None:
    assert names_in(sent("10:00", case="mail/1", title="Re: [#4711]"), REPLIES) == ()


def test_an_email_whose_title_names_the_ticket_answers_it() -> None:
    # Asked at 09:00, answered at 10:00 by an email; to another client it would answer nothing.
    answer = sent("10:00", case="mail/1", title="Re: [#4711] the bill")
    assert judged(ticket(), answer, by=BY_TITLE) == {"4711": ["kept mon 10:00"]}
    assert judged(ticket(), answer) == {"4711": ["broken"], "mail/1": []}
    assert judged(ticket(), answer._replace(client="bolt"), by=BY_TITLE) == {"4711": ["broken"], "mail/1": []}


def test_what_titles_may_join_is_gathered_into_one_matter() -> None:
    gathering = Gathering(BY_TITLE)
    for each in (sent("10:00", case="mail/1", title="[#4711]"), ticket()):
        gathering.add(each)
    assert [len(matter.events) for matter in gathering.matters()] == [2]


def test_what_messages_may_join_is_gathered_into_one_matter_in_any_order() -> None:
    events = [
        ticket(),
        sent("10:00", case="mail/1", references=["4711", M1]),
        received("11:00", case="mail/2", references=[M1]),
    ]
    for ordered in permutations(events):
        gathering = Gathering(REPLIES)
        for event in ordered:
            gathering.add(event)
        assert [len(matter.events) for matter in gathering.matters()] == [3]

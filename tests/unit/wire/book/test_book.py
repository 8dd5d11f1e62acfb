"""What a book without faults becomes in the domain."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from monitor.domain.hours.instant import FOREVER_US, MINUTE_US, InstantUs, parse_instant
from monitor.domain.hours.period import PeriodKind
from monitor.domain.hours.target import BusinessDays, DayRule, WorkingDuration
from monitor.domain.promises.clock_rules import BeforeFirstReply, PauseCount, Reopen
from monitor.domain.promises.knowledge import Party, Person, SourceRule, StatusRule
from monitor.domain.promises.promise import Answer, Book, Conditions, Kind, Promise, Said, Subject, WarningRule
from monitor.domain.promises.promised_calls import CallTerms, Credit, Formula
from monitor.domain.promises.promised_people import HandoffLimits, Measure, SeniorityTerms, Substitution, Tenure
from monitor.domain.promises.promised_shares import ShareTerms
from monitor.wire.book import load_book, read_book, read_entries
from monitor.wire.book.promises import AnswerCall
from monitor.wire.book.promises_of_people import Seniority

TOP = """\
book: Alder & Finch
from: 2026-07-01
zone: Europe/London
calendars:
  new york: {zone: America/New_York, weekly: {mon-fri: ["09:00-17:30"]}}
statuses:
  Waiting on Client: {pauses: client}
  with supplier: {pauses: third party, reason: a supplier has to answer}
clients:
  acme: {name: Acme Ltd, tier: Gold, contacts: ["@Acme.example", "+44 (20) 7946-0000"]}
  birch: {tier: silver}
promises:
"""


def book_of(*promises: str, top: str = TOP) -> Book:
    top = top if promises else top.replace("promises:\n", "")
    return read_book(top + "".join(f"  - {promise}\n" for promise in promises), "book.yaml")


def promise_of(text: str, top: str = TOP) -> Promise:
    (promise,) = book_of(text, top=top).promises
    return promise


def at(text: str) -> InstantUs:
    return parse_instant(text)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "book.yaml"
    path.write_text("book: Ä & Finch\n", encoding="utf-8")
    assert load_book(path).name == "Ä & Finch"


def test_a_byte_order_mark_is_no_part_of_the_book(tmp_path: Path) -> None:
    path = tmp_path / "book.yaml"
    path.write_bytes(b"\xef\xbb\xbfbook: Finch\n")
    assert load_book(path).name == "Finch"


def test_a_book_needs_no_more_than_its_name() -> None:
    book = read_book("book: Finch", "book.yaml")
    assert (book.name, book.version, book.zone, book.promises) == ("Finch", "1", "UTC", ())


def test_a_version_that_looks_like_a_number_stays_as_it_is_written() -> None:
    assert read_book("book: Finch\nversion: 1.10", "book.yaml").version == "1.10"


def test_on_is_a_key_and_not_a_truth_value() -> None:
    promise = promise_of(
        "{id: a, kind: own, within: 1h, said: {by: R. Finch, on: 2025-11-03, where: here, words: Yes.}}"
    )
    assert promise.said == Said("R. Finch", "2025-11-03", "here", "Yes.")


def test_promises_keep_the_order_of_the_file() -> None:
    book = book_of("{id: b, kind: own, within: 1h}", "{id: a, kind: resolve, within: 1h}")
    assert [promise.id for promise in book.promises] == ["b", "a"]


# Dates


def test_a_promise_starts_at_midnight_in_the_zone_of_its_calendar() -> None:
    promise = promise_of("{id: a, kind: own, within: 1h, hours: new york, from: 2026-07-10}")
    assert promise.starts_at == at("2026-07-10T04:00:00Z")


def test_a_promise_without_a_calendar_starts_at_midnight_in_the_zone_of_the_book() -> None:
    assert promise_of("{id: a, kind: own, within: 1h, from: 2026-07-10}").starts_at == at("2026-07-09T23:00:00Z")


def test_a_promise_without_a_date_starts_with_the_book() -> None:
    assert promise_of("{id: a, kind: own, within: 1h}").starts_at == at("2026-06-30T23:00:00Z")


def test_without_any_date_a_promise_holds_since_ever_and_for_ever() -> None:
    promise = promise_of("{id: a, kind: own, within: 1h}", top="book: Finch\npromises:\n")
    assert (promise.starts_at, promise.ends_at) == (0, FOREVER_US)


def test_until_is_the_first_day_that_a_promise_no_longer_governs() -> None:
    assert promise_of("{id: a, kind: own, within: 1h, until: 2026-12-01}").ends_at == at("2026-12-01T00:00:00Z")


def test_a_midnight_that_does_not_exist_is_the_end_of_the_gap() -> None:
    # In Beirut the clocks went from 00:00 to 01:00 on 2024-03-31 (tzdata, rule Lebanon): 22:00Z the day before.
    top = TOP.replace("Europe/London", "Asia/Beirut")
    promise = promise_of("{id: a, kind: own, within: 1h, from: 2024-03-31}", top=top)
    assert promise.starts_at == at("2024-03-30T22:00:00Z")


def test_a_version_governs_until_the_next_one_begins() -> None:
    book = book_of(
        "{id: a, version: 1, kind: own, within: 2h}",
        "{id: a, version: 2, kind: own, within: 1h, from: 2026-08-01}",
    )
    assert [promise.ends_at for promise in book.promises] == [at("2026-07-31T23:00:00Z"), FOREVER_US]


def test_a_version_that_ends_before_the_next_one_begins_leaves_a_gap() -> None:
    book = book_of(
        "{id: a, version: 1, kind: own, within: 2h, until: 2026-07-15}",
        "{id: a, version: 2, kind: own, within: 1h, from: 2026-08-01}",
    )
    assert book.promises[0].ends_at == at("2026-07-14T23:00:00Z")


def test_versions_may_stand_in_any_order() -> None:
    book = book_of(
        "{id: a, version: 3, kind: own, within: 2h, from: 2026-09-01}",
        "{id: a, version: 1, kind: own, within: 1h}",
    )
    assert book.promises[1].ends_at == book.promises[0].starts_at


def test_the_version_in_force_at_the_opening_governs() -> None:
    # T6: a policy edited mid-case; what opened before keeps the old one.
    book = book_of(
        "{id: a, version: 1, kind: own, within: 2h}",
        "{id: a, version: 2, kind: own, within: 1h, from: 2026-08-01}",
    )
    versions = [book.terms(Subject("acme"), at(f"2026-07-31T{time}Z")).own for time in ("22:59:59", "23:00:00")]
    assert [promise.version for promise in versions if promise] == [1, 2]


# Names


def test_conditions_are_case_folded() -> None:
    text = "{id: a, kind: own, within: 1h, when: {priority: [High, 1], channel: Email, service: PAY, tag: [VIP]}}"
    assert promise_of(text).when == Conditions(
        priority=frozenset({"high", "1"}),
        channel=frozenset({"email"}),
        service=frozenset({"pay"}),
        tags=frozenset({"vip"}),
    )


def test_a_tier_is_spelled_as_the_clients_have_it() -> None:
    assert promise_of("{id: a, kind: own, within: 1h, for: {tier: gOLD}}").tier == "Gold"


def test_a_tier_is_spelled_as_the_list_of_tiers_has_it() -> None:
    book = book_of("{id: a, kind: own, within: 1h, for: {tier: Gold}}", top="tiers: [GOLD, silver]\n" + TOP)
    assert (book.promises[0].tier, book.tier_of("acme")) == ("GOLD", "GOLD")
    assert [book.tier_named(tier) for tier in ("gold", "Silver", "bronze")] == ["GOLD", "silver", "bronze"]


def test_contacts_are_found_however_they_are_written() -> None:
    book = book_of()
    assert [book.client_of(text) for text in ("Jo@ACME.example", "+442079460000", "+44 20 7946 0000")] == ["acme"] * 3


def test_a_telephone_number_needs_no_quotes() -> None:
    book = read_book("book: Finch\nclients: {acme: {contacts: [+442079460000]}}", "book.yaml")
    assert book.client_of("+44 20 7946 0000") == "acme"


def test_a_client_is_called_by_its_id_where_it_has_no_name() -> None:
    assert book_of().clients["birch"].name == "birch"


def test_statuses_are_case_folded_and_give_their_own_words_as_the_reason() -> None:
    assert book_of().statuses == {
        "waiting on client": StatusRule(Party.CLIENT, "Waiting on Client"),
        "with supplier": StatusRule(Party.THIRD_PARTY, "a supplier has to answer"),
    }


def test_robots_are_known_as_written_and_case_folded() -> None:
    assert read_book("book: Finch\nrobots: [AutoBot]", "book.yaml").robots == {"AutoBot", "autobot"}


def test_people_join_and_leave_at_midnight_in_the_zone_of_the_book() -> None:
    text = (
        "grades: [senior]\nstaff: {A. Reed: {grade: senior, team: pay, joined: 1985-02-01, left: 2026-07-01}}\n" + TOP
    )
    assert book_of(top=text).staff["A. Reed"] == Person(
        "A. Reed", "senior", "pay", at("1985-02-01T00:00:00Z"), at("2026-06-30T23:00:00Z")
    )


def test_an_absence_begins_and_ends_at_midnight_in_the_zone_of_the_book() -> None:
    text = "staff: {A. Reed: {absent: [{from: 2026-06-30, until: 2026-07-14}]}}\n" + TOP
    # London is at UTC+1 in summer.
    span = (at("2026-06-29T23:00:00Z"), at("2026-07-13T23:00:00Z"))
    assert book_of(top=text).staff["A. Reed"].absences == (span,)


def test_a_source_has_its_silence_and_channels() -> None:
    text = "book: Finch\nsources: {/desk: {silent_after: 15m, sequenced: true, channels: [call, Email]}, /mail: {}}"
    assert read_book(text, "book.yaml").sources == {
        "/desk": SourceRule(15 * MINUTE_US, sequenced=True, channels=frozenset({"call", "email"})),
        "/mail": SourceRule(None, sequenced=False, channels=None),
    }


# Hours and targets


def test_always_is_built_in() -> None:
    book = book_of("{id: a, kind: own, within: 1h, hours: always}")
    hours = book.promises[0].hours
    assert (hours.between(0, 0), hours.is_open(at("2026-07-04T03:00:00Z")), hours.zone) == (0, True, "Europe/London")


def test_the_book_may_name_the_calendar_of_promises_that_name_none() -> None:
    book = book_of("{id: a, kind: own, within: 1h}", top="hours: new york\n" + TOP)
    assert (book.promises[0].hours_name, book.hours) == ("new york", book.calendars["new york"])


def test_options_of_the_target_reach_it() -> None:
    book = book_of(
        "{id: a, kind: own, within: 4h, roll_to_opening: true, expected: 2h}",
        "{id: b, kind: resolve, within: 3 business days, days: end_of_day}",
    )
    assert [promise.target for promise in book.promises] == [
        WorkingDuration(240 * MINUTE_US, roll_to_opening=True),
        BusinessDays(3, DayRule.END_OF_DAY),
    ]
    assert book.promises[0].expected == WorkingDuration(120 * MINUTE_US, roll_to_opening=True)


def test_a_periodic_update_calls_its_target_every() -> None:
    assert promise_of("{id: a, kind: update_every, every: 2h}").target == WorkingDuration(120 * MINUTE_US)


def test_a_date_given_to_a_client_needs_no_target() -> None:
    assert promise_of("{id: a, kind: by, warn: 30m}").target is None


def test_warnings_are_shares_or_times_before() -> None:
    promise = promise_of("{id: a, kind: own, within: 4h, warn: [50%, 12.5 %, 30m]}")
    assert promise.warn == (WarningRule(share=0.5), WarningRule(share=0.125), WarningRule(before=30 * MINUTE_US))


# Options


def test_next_response_and_resolve_pause_in_every_status_by_themselves() -> None:
    # semantics.md, "pending: which clocks pause".
    kinds = {"first_response", "next_response", "own", "resolve"}
    book = book_of(
        *(f"{{id: {kind}, kind: {kind}, within: 1h}}" for kind in kinds), "{id: u, kind: update_every, every: 1h}"
    )
    pausing = {promise.kind for promise in book.promises if promise.pauses_in == {"waiting on client", "with supplier"}}
    still = {promise.kind for promise in book.promises if not promise.pauses_in}
    assert (pausing, still) == (
        {Kind.NEXT_RESPONSE, Kind.RESOLVE},
        {Kind.FIRST_RESPONSE, Kind.OWN, Kind.UPDATE_EVERY},
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("true", {"waiting on client", "with supplier"}),
        ("false", set()),
        ("[WITH supplier]", {"with supplier"}),
        ("with supplier", {"with supplier"}),
    ],
)
def test_a_promise_may_say_in_which_statuses_it_pauses(written: str, expected: set[str]) -> None:
    assert promise_of(f"{{id: a, kind: resolve, within: 1h, pauses: {written}}}").pauses_in == expected


def test_the_options_of_a_clock_reach_the_domain() -> None:
    text = "{id: a, kind: resolve, within: 1h, pause_counts: wall, reopen: new_cycle, on_change: keep, ends_at: closed}"
    promise = promise_of(text)
    assert (promise.pause_count, promise.reopen, promise.on_change.value, promise.until_closed) == (
        PauseCount.WALL,
        Reopen.NEW_CYCLE,
        "keep",
        True,
    )


def test_the_options_of_an_answer_reach_the_domain() -> None:
    text = "answered_by: [contact, assignment], channels: call, authors: [A. Reed], each_message: true, before_first_reply: run"
    promise = promise_of(f"{{id: a, kind: next_response, within: 1h, {text}}}")
    assert promise.answered_by == {Answer.CONTACT, Answer.ASSIGNMENT}
    assert (promise.channels, promise.authors) == (frozenset({"call"}), frozenset({"A. Reed"}))
    assert (promise.each_message, promise.before_first_reply) == (True, BeforeFirstReply.RUN)


def test_only_a_named_person_owns_a_case_unless_the_promise_says_otherwise() -> None:
    assert promise_of("{id: a, kind: own, within: 1h}").answered_by == {Answer.ASSIGNMENT}


def test_whether_a_next_response_waits_for_the_first_reply_is_left_open_by_itself() -> None:
    # semantics.md: it waits where there is a first_response promise, else it runs.
    assert promise_of("{id: a, kind: next_response, within: 1h}").before_first_reply is None


def test_a_periodic_update_is_measured_as_the_promise_says() -> None:
    promise = promise_of("{id: a, kind: update_every, every: 1h, measured_from: any_contact}")
    assert promise.measured_from.value == "any_contact"


# Kinds that wait to be judged


def test_a_kind_that_is_not_judged_yet_becomes_a_promise_too() -> None:
    promise = promise_of("{id: a, kind: answer_call, within: 20s, share: 90%, for: {tier: gold}}")
    assert (promise.kind, promise.tier, promise.target) == (
        Kind.ANSWER_CALL,
        "Gold",
        WorkingDuration(20_000_000),
    )


def test_how_calls_are_counted_is_told_in_the_domains_words() -> None:
    promise = promise_of(
        "{id: a, kind: answer_call, within: 20s, formula: without_short_abandons, short_abandon: 5s, neither: missed}"
    )
    assert promise.calls == CallTerms(Formula.WITHOUT_SHORT_ABANDONS, 5_000_000, Credit.MISSED)


def test_limits_of_hand_offs_are_told_in_the_domains_words() -> None:
    promise = promise_of(
        "{id: a, kind: handoffs, at_most: 2, returns: 0, transfers: 1, one_owner: true, without_holder: 30m, inside_team: ignore}"
    )
    without_holder = WorkingDuration(30 * MINUTE_US)
    assert promise.handoffs == HandoffLimits(2, 0, 1, True, without_holder, counts_inside_team=False)


def test_what_a_promise_says_nothing_of_is_no_limit() -> None:
    assert promise_of("{id: a, kind: handoffs, returns: 0}").handoffs == HandoffLimits(returns=0)


def test_seniority_is_told_in_the_domains_words() -> None:
    top = TOP.replace("promises:", "grades: [junior, senior]\npromises:")
    promise = promise_of(
        "{id: a, kind: seniority, at_least: senior, people: [A. Reed, B. Lund], tenure: 6 months, share: 60%,"
        " of: touches, substitution: {told_first: true, equal_grade: true, either: true}}",
        top,
    )
    assert promise.seniority == SeniorityTerms(
        at_least="senior",
        people=("A. Reed", "B. Lund"),
        tenure=Tenure(6, "month"),
        share_millionths=600_000,
        measure=Measure.TOUCHES,
        substitution=Substitution(told_first=True, equal_grade=True, is_one_enough=True),
        zone="Europe/London",
    )


def test_without_a_share_all_of_the_work_is_promised() -> None:
    terms = promise_of("{id: a, kind: seniority, people: A. Reed}").seniority
    assert terms is not None
    assert (terms.is_of_everything, terms.substitution) == (True, None)


def test_a_share_over_a_period_is_not_judged_by_case_and_stands_beside_the_terms_of_cases() -> None:
    book = book_of("{id: a, kind: seniority, people: A. Reed, share: 60%, over: month}")
    terms = book.promises[0].seniority
    assert terms is not None
    assert (terms.over, terms.words) == (PeriodKind.MONTH, "60 % of the minutes each month, by A. Reed")
    found = book.terms(Subject("acme"), at("2026-07-01T09:00:00Z"))
    assert (found.seniority, found.work) == (None, book.promises[0])
    assert Kind.SENIORITY not in book.kinds


def test_a_share_of_cases_is_one_of_those_in_which_the_people_promised_did_everything() -> None:
    promise = promise_of("{id: a, kind: seniority, people: A. Reed, share: 95%, of: cases, over: quarter}")
    assert promise.share == ShareTerms(950_000, PeriodKind.QUARTER)
    assert promise.seniority is not None
    assert (promise.seniority.is_of_everything, promise.seniority.over) == (True, None)
    assert promise.seniority.words == "by A. Reed"


@pytest.mark.parametrize(
    "said",
    [
        "kind: first_response, within: 1h",
        "kind: next_response, within: 1h",
        "kind: update_every, every: 1h",
        "kind: own, within: 1h",
        "kind: resolve, within: 1h",
        "kind: by",
        "kind: answer_call, within: 20s",
        "kind: callback, within: 1h",
        "kind: attend, people: A. Reed",
        "kind: handoffs, at_most: 1",
    ],
)
def test_any_kind_can_be_promised_as_a_share_over_a_period(said: str) -> None:
    assert promise_of(f"{{id: a, {said}, share: 95%, each: year}}").share == ShareTerms(950_000, PeriodKind.YEAR)


def test_its_details_are_in_the_entries() -> None:
    text = (
        TOP
        + "  - {id: a, kind: answer_call, within: 20s, formula: offered}\n  - {id: b, kind: seniority, tenure: 6 months}\n"
    )
    call, seniority = read_entries(text, "book.yaml").promises
    assert isinstance(call, AnswerCall)
    assert call.formula is Formula.OFFERED
    assert isinstance(seniority, Seniority)
    assert seniority.tenure == Tenure(6, "month")


@pytest.mark.slow
def test_a_large_book_loads_in_a_second() -> None:
    # This process's own time, the better of two: the machine may be busy. ruamel.yaml takes three quarters of it.
    clients = "".join(f"  c{i}: {{name: Client {i}, tier: gold, contacts: ['@c{i}.example']}}\n" for i in range(1000))
    promises = [f"{{id: p{i}, kind: own, within: 1h, for: {{client: c{i}}}, warn: [50%]}}" for i in range(300)]
    top = f"book: Large\nclients:\n{clients}promises:\n"
    assert min(seconds_to_load(promises, top) for _ in range(2)) < 1


def seconds_to_load(promises: list[str], top: str) -> float:
    start = time.process_time()
    assert len(book_of(*promises, top=top).promises) == len(promises)
    return time.process_time() - start


@pytest.mark.parametrize(
    ("written", "terms"),
    [
        ("share: 95%", ShareTerms(950_000, PeriodKind.MONTH)),
        ("share: 99.9%, each: quarter", ShareTerms(999_000, PeriodKind.QUARTER)),
        ("share: 33.3333%, each: day", ShareTerms(333_333, PeriodKind.DAY)),
        ("warn: 80%", None),
    ],
)
def test_a_share_is_a_number_of_a_million_over_a_month_where_nothing_else_is_said(
    written: str, terms: ShareTerms | None
) -> None:
    assert promise_of(f"{{id: a, kind: resolve, within: 4h, {written}}}").share == terms

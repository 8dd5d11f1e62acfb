"""The register: every promise of all editions and cases, what gives cause for doubt about each, and as of when.

The book's promises run around the clock; Monday is 2026-03-02, 09:00 UTC.
"""

from __future__ import annotations

from random import Random
from typing import Any

import orjson
import pytest
from sqlalchemy import select, update

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.register_events import case_promises
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.location import Location
from monitor.domain.cases.obligation import Verdict
from monitor.domain.figures.register import RegisterState
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs, format_instant
from monitor.service.editions.shelf import BookText, Offer
from monitor.testing import MONDAY, arrivals, cloud_event, judge_what_is_left
from monitor.wire.questions import table
from tests.contract.growing import GrowingJournal, on_each_database

HEAD = """
book: Test & Sons
from: 2020-01-01
zone: UTC
hours: always
tiers: [gold, silver]
clients:
  acme: {tier: gold}
  umbra: {tier: silver}
promises:
"""
BOOK = (
    HEAD
    + """
  - {id: first, kind: first_response, within: 1h, said: {by: R. Finch, on: 2025-11-03, where: letter 4.2, words: "Within the hour."}}
  - {id: gold-resolve, kind: resolve, for: {tier: gold}, within: 8h}
"""
)
LATER = BOOK.replace("id: first, kind", "id: first, version: 2, kind").replace("within: 1h", "within: 2h")


class Firm(GrowingJournal):
    """A journal with a book, asked for its register."""

    def __init__(self, database: Location, book: str = BOOK) -> None:
        super().__init__(database, book, MONDAY)

    def take(self, *events: bytes, at: InstantUs | None = None) -> None:
        self.now = self.now + 1 if at is None else at
        self.point.take(arrivals(events), self.now)

    def say(self, step: str, at: InstantUs, promise: str = "call", case: str = "P", **data: Any) -> None:
        event = cloud_event(f"promise.{step}", case, at, f"{step}-{case}-{at}", client="acme", promise=promise, **data)
        self.take(event, at=max(at, self.now + 1))

    def apply(self, book: str, since: InstantUs | None = None) -> None:
        self.now += 1
        self.point.apply(Offer(BookText(book, "new.yaml"), "Ann", "a test", since=since), self.now)
        judge_what_is_left(self.point, self.now + 1)
        self.now += 2

    def register(self, **parameters: Any) -> list[dict[str, Any]]:
        return self.rows(table.REGISTER, **parameters)

    def found(self, **parameters: Any) -> dict[str, str]:
        return {row["promise"]: row["findings"] for row in self.register(**parameters)}


firm = on_each_database(Firm)


def in_hours(hours: float) -> InstantUs:
    return MONDAY + round(hours * HOUR_US)


# The book


def test_a_promise_of_the_book_says_to_whom_what_and_who_said_it(firm: Firm) -> None:
    first, resolve = firm.register()
    assert (first["promise"], first["version"], first["made_in"], first["kind"]) == (
        *("first", 1, "book", "first_response"),
    )
    assert (first["client"], first["tier"], first["target"]) == (None, None, "1 h of working time")
    assert (first["said_by"], first["said_on"], first["said_where"], first["said_words"]) == (
        *("R. Finch", "2025-11-03", "letter 4.2", "Within the hour."),
    )
    assert (first["since"], first["until"], first["state"]) == ("2020-01-01T00:00:00Z", None, "in_force")
    assert (resolve["tier"], resolve["said_by"]) == ("gold", None)


def test_a_second_version_ends_the_first_where_its_edition_begins(firm: Firm) -> None:
    firm.apply(LATER)
    at = firm.register(promise="first")[1]["since"]
    rows = [(row["version"], row["until"], row["state"], row["target"]) for row in firm.register(promise="first")]
    assert rows == [(1, at, "ended", "1 h of working time"), (2, None, "in_force", "2 h of working time")]
    editions = [(row["promise"], row["first_edition"], row["last_edition"]) for row in firm.register()]
    assert editions == [("first", 1, 1), ("first", 2, 2), ("gold-resolve", 1, 2)]


def test_a_promise_that_says_something_else_under_its_version_is_told_beside_the_first(firm: Firm) -> None:
    firm.take(cloud_event("ticket.opened", "A", MONDAY, "1", client="acme"))
    firm.apply(BOOK.replace("within: 1h", "within: 2h"))
    for number in range(2):
        firm.take(cloud_event("ticket.opened", f"B{number}", firm.now, f"b{number}", client="acme"), at=firm.now + 9)
    rows = [(row["version"], row["target"], row["obligations"]) for row in firm.register(promise="first")]
    assert rows == [(1, "1 h of working time", 1), (1, "2 h of working time", 2)]


def test_what_a_restatement_took_the_place_of_is_still_told(firm: Firm) -> None:
    firm.apply(BOOK.replace("within: 1h", "within: 2h"), since=-(2**62))
    rows = [(row["target"], row["state"]) for row in firm.register(promise="first")]
    assert rows == [("1 h of working time", "replaced"), ("2 h of working time", "in_force")]


def test_what_begins_later_is_planned(any_database: Location) -> None:
    firm = Firm(any_database, HEAD + "  - {id: soon, kind: resolve, within: 8h, from: 2027-01-01}\n")
    firm.take(cloud_event("ticket.opened", "A", MONDAY, "1", client="acme"))
    (row,) = firm.register()
    assert (row["state"], row["since"]) == ("planned", "2027-01-01T00:00:00Z")
    assert "never_exercised" not in row["findings"]
    firm.store.close()


def test_what_was_never_called_upon_what_nobody_said_and_for_what_nobody_answers(firm: Firm) -> None:
    assert firm.found() == {
        "first": "never_exercised",
        "gold-resolve": "never_exercised, no_source, nobody_answerable",
    }
    firm.take(cloud_event("ticket.opened", "A", MONDAY, "1", client="acme"))
    assert firm.found() == {"first": "", "gold-resolve": "no_source, nobody_answerable"}
    firm.take(
        cloud_event("ticket.assigned", "A", in_hours(1), "2", holder="Ann"),
        cloud_event("ticket.resolved", "A", in_hours(2), "3"),
    )
    assert firm.found() == {"first": "", "gold-resolve": "no_source"}
    # To Umbra nothing was owed yet; the promise to the gold tier is none to them.
    assert firm.found(client="umbra") == {"first": "never_exercised"}


def test_each_finding_says_what_it_rests_on(firm: Firm) -> None:
    (row,) = firm.register(promise="gold-resolve")
    assert row["rests_on"] == (
        "never_exercised: no obligation in the journal was bound by it; "
        "no_source: the book does not say who said it, when, where or in which words; "
        "nobody_answerable: nobody is named who said it, and of 0 obligations by it none has a holder"
    )


@pytest.mark.parametrize(
    ("narrower", "is_contradicted"),
    [
        ("for: {client: acme}, within: 3h", True),
        # Who answers within half an hour has answered within the hour, too.
        ("for: {client: acme}, within: 30m", False),
        ("for: {tier: gold}, within: 3h", True),
        # For some cases only: an exception that the book states.
        ("for: {client: acme}, when: {priority: [low]}, within: 3h", False),
        # Working time and calendar time can't be compared.
        ("for: {client: acme}, within: 3 days", False),
    ],
)
def test_a_promise_is_contradicted_by_a_narrower_one_that_asks_less(
    any_database: Location, narrower: str, is_contradicted: bool
) -> None:
    own = f"  - {{id: own, kind: first_response, {narrower}}}\n"
    firm = Firm(any_database, BOOK.replace("promises:\n", f"promises:\n{own}"))
    found = {row["promise"] for row in firm.register(finding="contradicted")}
    assert found == ({"own", "first"} if is_contradicted else set())
    firm.store.close()


# Cases


def test_a_date_is_amended_with_the_clients_consent_and_withdrawn(firm: Firm) -> None:
    firm.say("made", MONDAY, by=format_instant(in_hours(8)), speaker="Ann", words="I'll come back by five.")
    (made,) = firm.register(case="P")
    assert (made["promise"], made["made_in"], made["kind"], made["client"]) == ("call", "case", "by", "acme")
    assert (made["state"], made["due"], made["verdict"]) == ("made", "2026-03-02T17:00:00Z", "running")
    assert (made["said_by"], made["said_words"], made["since"]) == (
        *("Ann", "I'll come back by five.", "2026-03-02T09:00:00Z"),
    )
    firm.say("amended", in_hours(1), by=format_instant(in_hours(24)), agreed=True)
    (amended,) = firm.register(case="P")
    assert (amended["state"], amended["due"], amended["findings"]) == ("amended", "2026-03-03T09:00:00Z", "")
    firm.say("withdrawn", in_hours(2))
    (withdrawn,) = firm.register(case="P")
    assert (withdrawn["state"], withdrawn["until"], withdrawn["verdict"]) == (
        *("withdrawn", "2026-03-02T11:00:00Z", "void"),
    )


def test_a_proposal_is_declined_or_made(firm: Firm) -> None:
    firm.say("proposed", MONDAY, kind="resolve", within="4h", speaker="M. Penn")
    (row,) = firm.register(case="P")
    assert (row["state"], row["kind"], row["target"], row["said_by"]) == ("proposed", "resolve", "4h", "M. Penn")
    firm.say("declined", in_hours(1))
    assert firm.register(case="P")[0]["state"] == "declined"
    firm.say("made", in_hours(2), by=format_instant(in_hours(8)))
    (row,) = firm.register(case="P")
    assert (row["state"], row["kind"], row["until"]) == ("made", "by", None)


def test_what_was_declined_without_a_proposal_on_record_is_of_no_known_kind(firm: Firm) -> None:
    firm.say("declined", MONDAY)
    (row,) = firm.register(case="P")
    assert (row["state"], row["kind"], row["verdict"], row["obligations"]) == ("declined", None, None, 0)


def test_a_date_that_has_passed_is_neither_moved_nor_withdrawn(firm: Firm) -> None:
    firm.say("made", MONDAY, by=format_instant(in_hours(1)), speaker="Ann")
    firm.say("amended", in_hours(2), by=format_instant(in_hours(9)), agreed=True)
    firm.say("withdrawn", in_hours(3))
    (row,) = firm.register(case="P")
    assert (row["state"], row["due"], row["until"]) == ("made", "2026-03-02T10:00:00Z", None)


@pytest.mark.parametrize("step", ["made", "amended"])
def test_another_date_without_consent_contradicts_the_first(firm: Firm, step: str) -> None:
    firm.say("made", MONDAY, by=format_instant(in_hours(8)), speaker="Ann")
    firm.say(step, in_hours(1), by=format_instant(in_hours(24)))
    (row,) = firm.register(case="P")
    assert (row["due"], row["findings"]) == ("2026-03-02T17:00:00Z", "contradicted")
    assert row["rests_on"] == (
        "contradicted: by 2026-03-02T17:00:00Z, and without the client's consent by 2026-03-03T09:00:00Z, "
        f"{step} 2026-03-02T10:00:00Z"
    )


def test_a_date_that_nobody_is_named_for(firm: Firm) -> None:
    firm.say("made", MONDAY, by=format_instant(in_hours(8)))
    assert firm.found(case="P") == {"call": "no_source, nobody_answerable"}


def test_a_date_made_against_the_record_is_found_where_one_client_is_asked_about(firm: Firm) -> None:
    for number in range(60):
        name, opened = f"D{number}", MONDAY + number
        made = {"client": "acme", "promise": "old", "by": format_instant(in_hours(30)), "speaker": "Ann"}
        firm.take(
            cloud_event("promise.made", name, opened, f"{name}1", **made),
            cloud_event("email.sent", name, in_hours(20), f"{name}2", author="Ann"),
        )
    firm.now = in_hours(40)
    # All sixty took twenty hours: nineteen were never enough, and twenty-one always were.
    firm.say("made", in_hours(40), "hasty", by=format_instant(in_hours(59)), speaker="Ann")
    firm.say("made", in_hours(40), "sober", "Q", by=format_instant(in_hours(61)), speaker="Ann")
    found = firm.found(client="acme")
    assert (found["hasty"], found["sober"]) == ("made_against_the_record", "")
    assert firm.found()["hasty"] == ""


@pytest.mark.parametrize("seed", range(5))
def test_what_stands_of_a_date_is_what_the_engine_holds_of_it(firm: Firm, seed: int) -> None:
    random = Random(seed)
    for number in range(10):
        case = f"P{number}"
        firm.say("made", MONDAY, case=case, by=format_instant(in_hours(8)))
        for hour in sorted(random.sample(range(1, 24), 4)):
            step = random.choice(["made", "amended", "amended", "withdrawn"])
            data: dict[str, Any] = {}
            if step != "withdrawn":
                data["by"] = format_instant(in_hours(random.randrange(1, 48)))
            if step == "amended":
                data["agreed"] = random.choice([True, False])
            firm.say(step, in_hours(hour), case=case, **data)
    with firm.store._engine.connect() as connection:
        found = list(case_promises(Known(connection, firm.now + MINUTE_US)))
    assert len(found) == 10
    for each in found:
        assert each.date is not None
        is_withdrawn = each.given.state is RegisterState.WITHDRAWN
        assert is_withdrawn == (each.date.verdict is Verdict.VOID), each
        assert is_withdrawn or each.given.due == each.date.due, each


def test_what_is_not_read_any_more_is_a_promise_by_itself(firm: Firm) -> None:
    firm.say("made", MONDAY, by=format_instant(in_hours(8)), speaker="Ann")
    event = t.EVENTS.c
    with firm.store._engine.begin() as connection:
        (content,) = connection.scalars(select(event.content).where(event.type == "promise.made"))
        spoilt = bytes(content).replace(b"2026-03-02T17:00:00Z", b"soon")
        connection.execute(update(t.EVENTS).where(event.type == "promise.made").values(content=spoilt))
    (row,) = firm.register(case="P")
    assert (row["promise"], row["state"], row["due"]) == (f"made-P-{MONDAY}", "made", None)
    assert row["said_words"].startswith("not read any more: found 'soon'")


# As of


def test_as_of_an_instant_the_register_is_the_one_told_then(firm: Firm) -> None:
    told: dict[InstantUs, bytes] = {}

    def tell() -> None:
        firm.now += MINUTE_US  # past what was recorded meanwhile
        told[firm.now] = orjson.dumps([firm.register(), firm.register(client="acme")])

    tell()
    firm.take(cloud_event("ticket.opened", "A", MONDAY, "1", client="acme"))
    tell()
    firm.say("proposed", in_hours(1), by=format_instant(in_hours(30)))
    tell()
    firm.say("made", in_hours(2), by=format_instant(in_hours(30)))
    tell()
    firm.apply(LATER)
    tell()
    firm.say("withdrawn", in_hours(3))
    firm.apply(BOOK.replace("within: 8h", "within: 4h"), since=MONDAY - DAY_US)
    tell()
    assert len(set(told.values())) == 6
    for as_of, then in told.items():
        at = format_instant(as_of)
        assert orjson.dumps([firm.register(as_of=at), firm.register(as_of=at, client="acme")]) == then


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"kind": "resolve"}, ["gold-resolve"]),
        ({"promise": "call"}, ["call"]),
        ({"state": "made"}, ["call"]),
        ({"finding": "no_source"}, ["gold-resolve", "call"]),
        ({"client": "umbra"}, ["first"]),
        ({"client": "acme"}, ["first", "gold-resolve", "call"]),
    ],
)
def test_the_register_is_asked_by_what_its_rows_say(firm: Firm, asked: dict[str, str], names: list[str]) -> None:
    firm.say("made", MONDAY, by=format_instant(in_hours(8)))
    assert [row["promise"] for row in firm.register(**asked)] == names


# Cases that were merged


def _merge(firm: Firm, case: str, into: str, hours: float) -> None:
    event = cloud_event("ticket.merged", case, in_hours(hours), f"{case}-{into}", into=into)
    firm.take(event, at=max(in_hours(hours), firm.now + 1))


def _rows_of(firm: Firm, **parameters: Any) -> list[tuple[Any, ...]]:
    columns = ("case", "promise", "state", "due", "verdict", "said_by")
    return [tuple(row[name] for name in columns) for row in firm.register(**parameters) if row["made_in"] == "case"]


def test_what_is_said_of_a_date_after_its_case_was_merged_is_told_with_it_wherever_it_was_said(firm: Firm) -> None:
    firm.say("made", MONDAY, by=format_instant(in_hours(8)), speaker="Ann", case="A")
    _merge(firm, "A", "B", 1)
    firm.say("amended", in_hours(2), by=format_instant(in_hours(20)), agreed=True, case="B")
    moved = ("A", "call", "amended", "2026-03-03T05:00:00Z", "running", "Ann")
    assert _rows_of(firm) == [moved]
    # Asked of one of the cases, what was said in the others counts.
    assert _rows_of(firm, case="A") == [moved]
    assert _rows_of(firm, case="B") == []
    firm.say("withdrawn", in_hours(3), case="B")
    assert _rows_of(firm) == [("A", "call", "withdrawn", "2026-03-03T05:00:00Z", "void", "Ann")]


def test_what_is_promised_in_a_case_that_was_merged_is_promised_where_it_goes_on(firm: Firm) -> None:
    firm.take(cloud_event("ticket.opened", "A", MONDAY, "a", client="acme"))
    _merge(firm, "A", "B", 1)
    _merge(firm, "B", "C", 2)
    firm.say("made", in_hours(3), by=format_instant(in_hours(8)), speaker="Ann", case="A")
    firm.say("amended", in_hours(4), by=format_instant(in_hours(20)), agreed=True, case="B")
    assert _rows_of(firm) == [("C", "call", "amended", "2026-03-03T05:00:00Z", "running", "Ann")]


def test_of_two_dates_of_one_name_each_case_means_its_own(firm: Firm) -> None:
    for case, hours in (("A", 8), ("B", 9)):
        firm.say("made", MONDAY, by=format_instant(in_hours(hours)), speaker="Ann", case=case)
    _merge(firm, "A", "B", 1)
    firm.say("withdrawn", in_hours(2), case="A")
    assert [row[:3] for row in _rows_of(firm)] == [("A", "call", "withdrawn"), ("B", "call", "made")]


def test_before_a_merge_was_known_nothing_of_it_is_told(firm: Firm) -> None:
    firm.say("made", MONDAY, by=format_instant(in_hours(8)), speaker="Ann", case="A")
    firm.say("amended", in_hours(2), by=format_instant(in_hours(20)), agreed=True, case="B")
    before, known = _rows_of(firm), firm.now
    assert [row[:3] for row in before] == [("A", "call", "made"), ("B", "call", "amended")]
    _merge(firm, "A", "B", 1)
    assert [row[:3] for row in _rows_of(firm)] == [("A", "call", "amended")]
    assert _rows_of(firm, as_of=format_instant(known)) == before


# Callbacks, and what is owed for breaches


def test_a_callback_promised_in_words_is_told_with_who_said_it_and_what_became_of_it(firm: Firm) -> None:
    said = {"by": format_instant(in_hours(2)), "speaker": "Ann", "words": "I'll ring you by eleven."}
    firm.take(
        cloud_event("callback.promised", "P", MONDAY, "c1", client="acme", **said),
        cloud_event("callback.promised", "P", in_hours(1), "c2", client="acme", by=format_instant(in_hours(3))),
        at=in_hours(1),
    )
    known = firm.now
    firm.take(cloud_event("callback.made", "P", in_hours(2.5), "m", reached=True, agent="Ann"), at=in_hours(2.5))
    columns = ("made_in", "kind", "state", "said_by", "said_words", "due", "verdict", "obligations", "findings")
    first, second = (tuple(row[name] for name in columns) for row in firm.register(case="P"))
    assert first == (
        *("case", "callback", "made", "Ann", "I'll ring you by eleven.", "2026-03-02T11:00:00Z", "broken", 1, ""),
    )
    assert second[3:] == (None, None, "2026-03-02T12:00:00Z", "kept", 1, "no_source, nobody_answerable")
    assert {row["verdict"] for row in firm.register(kind="callback", as_of=format_instant(known))} == {"running"}
    assert [row["client"] for row in firm.register(client="acme", kind="callback")] == ["acme", "acme"]
    assert firm.register(client="umbra", kind="callback") == []


def test_a_callback_that_a_call_asked_for_was_said_by_nobody_and_is_not_told(any_database: Location) -> None:
    firm = Firm(any_database, BOOK + "  - {id: rings, kind: callback, within: 2h, voicemail: true}\n")
    call = {"call": "1", "direction": "inbound"}
    firm.take(cloud_event("call.voicemail", "P", MONDAY, "v", client="acme", **call))
    assert [row["promise"] for row in firm.register(kind="callback")] == ["rings"]
    firm.store.close()


OWING = (
    BOOK
    + """
breaches:
  currency: GBP
  owed:
    - {id: all, acknowledge: 4h}
    - {id: slow, for: {tier: gold}, of: [resolve], acknowledge: 1h, remedy: 5 business days, credit: {amount: 50, at_most: 200, each: month}}
"""
)


def test_what_the_book_owes_for_breaches_is_told_step_by_step(any_database: Location) -> None:
    firm = Firm(any_database, OWING)
    firm.take(cloud_event("ticket.opened", "A", MONDAY, "1", client="acme"))
    firm.now = in_hours(9)
    firm.point.wake(firm.now)
    columns = ("kind", "tier", "conditions", "target", "state", "obligations", "findings")
    rows = [tuple(row[name] for name in columns) for row in firm.register() if row["promise"] in ("all", "slow")]
    # The first response was broken after an hour, the resolution after eight: one breach each, each by its own entry.
    remedy = "5 business days, a credit of 50 GBP each, at most 200 a month"
    assert rows == [
        ("acknowledge", None, None, "4 h of working time", "in_force", 1, ""),
        ("acknowledge", "gold", "of: resolve", "1 h of working time", "in_force", 1, ""),
        ("remedy", "gold", "of: resolve", remedy, "in_force", 1, ""),
    ]
    assert {row["kind"] for row in firm.register(client="umbra") if row["promise"] in ("all", "slow")} == {
        "acknowledge"
    }
    # Another credit is another wording of the same version; of the old one it is told until when it was.
    firm.apply(OWING.replace("amount: 50", "amount: 60"))
    assert [
        (row["state"], row["target"].partition("credit of ")[2], row["first_edition"])
        for row in firm.register(promise="slow", kind="remedy")
    ] == [("ended", "50 GBP each, at most 200 a month", 1), ("in_force", "60 GBP each, at most 200 a month", 2)]
    firm.store.close()


def test_what_is_owed_for_breaches_that_never_came_was_never_called_upon(any_database: Location) -> None:
    firm = Firm(any_database, OWING)
    assert {(row["promise"], row["findings"]) for row in firm.register() if row["promise"] in ("all", "slow")} == {
        ("all", "never_exercised"),
        ("slow", "never_exercised"),
    }
    firm.store.close()

"""People, touches, the ledger and calls, asked of the journal: a week worked by hand, as of any recorded instant."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, Final

import orjson
import pytest

from monitor.adapters.answers import retelling
from monitor.adapters.answers.answering import Asked, ask
from monitor.adapters.answers.pages import UnreadableCursor
from monitor.adapters.answers.reader import Reader, TooLong
from monitor.adapters.journal.location import Location
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US, InstantUs, format_instant
from monitor.errors import TransientError
from monitor.service.editions.shelf import BookText, Offer
from monitor.testing import BOOK, MONDAY, HttpKept, arrivals, cloud_event, judge_what_is_left
from monitor.wire.questions import Question, table
from tests.contract.growing import GrowingJournal, cut, on_each_database

PEOPLE: Final = (
    BOOK.replace("acme: {tier: gold,", "acme: {tier: gold, zone: America/New_York,").replace(
        "promises:\n",
        "promises:\n"
        "  - {id: senior-half, kind: seniority, for: {client: acme}, at_least: senior, share: 50%, of: minutes}\n"
        "  - {id: calls, kind: answer_call, within: 20s, formula: without_short_abandons, short_abandon: 5s}\n",
    )
    + "grades: [trainee, associate, senior]\n"
    + "staff:\n"
    + "  Ann: {grade: senior, team: desk, joined: 2020-01-01}\n"
    + "  Bea: {grade: trainee, team: desk, joined: 2025-12-01}\n"
    + "  Cy: {grade: associate, team: night, joined: 2025-03-01}\n"
)
"""Acme's work is to be done half by seniors, in minutes. On that Monday Bea has been there three months, Cy twelve."""


class Journal(GrowingJournal):
    """A journal that grows, and can be asked."""

    def __init__(self, database: Location) -> None:
        super().__init__(database, PEOPLE, MONDAY)

    def take(self, *events: bytes, at: InstantUs | None = None) -> None:
        self.now = self.now + 1 if at is None else at
        self.point.take(arrivals(events), self.now)

    def apply(self, text: str, since: InstantUs | None = None) -> None:
        self.now += 1
        self.point.apply(Offer(BookText(text, "new.yaml"), "Ann", "because", since=since), self.now)
        judge_what_is_left(self.point, self.now)

    def ask(self, question: Question, **parameters: Any) -> Any:
        asked = Asked(question, question.parameters.model_validate(parameters), self.now)
        with self.store._engine.connect() as connection:
            return ask(connection, asked)


journal = on_each_database(Journal)


def _at(minutes: float) -> InstantUs:
    return MONDAY + round(minutes * MINUTE_US)


def _logged(case: str, minutes: float, person: str, worked: int) -> bytes:
    return cloud_event("work.logged", case, _at(minutes), f"{case}-{minutes}", person=person, seconds=worked * 60)


def _week(journal: Journal) -> None:
    """A for acme: Ann works 30 minutes, Bea 20, Zoe, of whom nobody knows, 10, and Cy replies. B for umbra: Bea works 5."""
    journal.take(
        cloud_event("ticket.opened", "A", MONDAY, "A1", client="acme", team="desk"),
        _logged("A", 30, "Ann", 30),
        _logged("A", 50, "Bea", 20),
        _logged("A", 60, "Zoe", 10),
        cloud_event("email.sent", "A", _at(70), "A2", author="Cy"),
        cloud_event("ticket.opened", "B", MONDAY, "B1", client="umbra"),
        _logged("B", 20, "Bea", 5),
        at=MONDAY + DAY_US,
    )


# Who does the work


def test_the_work_is_told_by_grade_and_tenure_beside_what_was_promised(journal: Journal) -> None:
    _week(journal)
    rows = journal.rows(table.PEOPLE)
    assert cut(rows, "client", "promise", "grade", "tenure", "touches", "seconds", "touches_unmeasured") == [
        ("acme", "senior-half", "trainee", "under 6 months", 1, 1_200, 0),
        ("acme", "senior-half", "associate", "6 to 24 months", 1, 0, 1),
        ("acme", "senior-half", "senior", "24 months and longer", 1, 1_800, 0),
        ("acme", "senior-half", "unknown", "unknown", 1, 600, 0),
        ("umbra", None, "trainee", "under 6 months", 1, 300, 0),
    ]
    # Of 60 minutes Ann's 30 are half; with the 10 of whom nothing is known it may be two thirds.
    delivered = ("measure", "promised_share", "delivered_share", "delivered_share_at_most")
    assert set(cut(rows[:4], *delivered)) == {("minutes", 0.5, 0.5, 0.666667)}
    assert cut(rows[4:], *delivered) == [(None, None, None, None)]
    counts = ("touches_as_promised", "touches_below", "touches_in_doubt")
    assert cut(rows[:4], *counts) == [(0, 1, 0), (0, 1, 0), (1, 0, 0), (0, 0, 1)]
    times = ("seconds_as_promised", "seconds_below", "seconds_in_doubt", "seconds_share")
    assert cut(rows[:4], *times) == [
        (0, 1_200, 0, 0.333333),
        (0, 0, 0, 0.0),
        (1_800, 0, 0, 0.5),
        (0, 0, 600, 0.166667),
    ]


def test_rows_can_be_of_people_of_a_period_and_of_a_grade(journal: Journal) -> None:
    _week(journal)
    everybody = journal.rows(table.PEOPLE, by="person", client="acme")
    assert cut(everybody, "person", "cases") == [("Bea", 1), ("Cy", 1), ("Ann", 1), ("Zoe", 1)]
    until = format_instant(_at(50))
    assert cut(journal.rows(table.PEOPLE, client="acme", until=until), "grade", "seconds_share") == [("senior", 1.0)]
    # A share is one of all the work, whichever rows are shown.
    assert cut(journal.rows(table.PEOPLE, grade="senior"), "grade", "seconds_share") == [("senior", 0.5)]


def test_each_touch_says_who_did_what_and_whether_that_was_promised(journal: Journal) -> None:
    _week(journal)
    rows = journal.rows(table.TOUCHES, client="acme")
    assert cut(rows, "at", "person", "grade", "way", "seconds", "as_promised") == [
        ("2026-03-02T09:30:00Z", "Ann", "senior", "logged work", 1_800, "yes"),
        ("2026-03-02T09:50:00Z", "Bea", "trainee", "logged work", 1_200, "no"),
        ("2026-03-02T10:00:00Z", "Zoe", "unknown", "logged work", 600, "unknown"),
        ("2026-03-02T10:10:00Z", "Cy", "associate", "replied", None, "no"),
    ]
    assert cut(journal.rows(table.TOUCHES, person="Bea"), "case") == [("B",), ("A",)]
    assert cut(journal.rows(table.TOUCHES, case="B", grade="trainee", tenure="under 6 months"), "client") == [
        ("umbra",)
    ]


def test_whoever_is_not_named_is_unknown_and_may_be_somebody_whom_the_client_has_met(journal: Journal) -> None:
    """Ann meets acme and works ten minutes; somebody who is not named speaks with them for thirty: of 40 minutes Ann has 25 %."""
    call = {"call": "T", "client": "acme"}
    journal.take(
        cloud_event("meeting.held", "A", MONDAY, "A1", client="acme", attended=["Ann"]),
        _logged("A", 10, "Ann", 10),
        cloud_event("call.answered", "A", _at(20), "A2", **call),
        cloud_event("call.ended", "A", _at(50), "A3", **call),
        at=MONDAY + DAY_US,
    )
    touches = journal.rows(table.TOUCHES, client="acme")
    assert cut(touches, "person", "grade", "tenure", "way", "seconds", "as_promised")[-1] == (
        *(None, "unknown", "unknown", "spoke", 1_800, "unknown"),
    )
    rows = journal.rows(table.PEOPLE, client="acme", by="person")
    assert cut(rows, "person", "grade", "touches", "seconds") == [
        ("Ann", "senior", 2, 600),
        (None, "unknown", 1, 1_800),
    ]
    shares = ("delivered_share", "delivered_share_at_most", "met_seconds_share", "met_seconds_share_at_most")
    assert set(cut(rows, *shares)) == {(0.25, 1.0, 0.25, 1.0)}


def test_through_how_many_hands_a_clients_work_went_is_told_for_the_period(journal: Journal) -> None:
    """At 9:00 Ann (senior, desk) has it, at 9:10 Cy (associate, night), at 9:20 Bea (trainee, desk), at 9:30 Cy again: three
    hand-offs, of which the second is back to the desk, the third back to the night, and the first two go down."""
    steps = enumerate(("Ann", "Cy", "Bea", "Cy"))
    opened = cloud_event("ticket.opened", "A", MONDAY, "A0", client="acme")
    given = [cloud_event("ticket.assigned", "A", _at(10 * i), f"A{i + 1}", holder=name) for i, name in steps]
    journal.take(opened, *given, at=MONDAY + DAY_US)
    hands = ("handoffs", "returns", "hand_downs")
    assert set(cut(journal.rows(table.PEOPLE, client="acme"), *hands)) == {(3, 2, 2)}
    # Until 9:20 only the first of them; and umbra's work has nothing to do with it.
    until = format_instant(_at(20))
    assert set(cut(journal.rows(table.PEOPLE, client="acme", until=until), *hands)) == {(1, 0, 1)}
    # Nothing was owed that is void: a hand-down is no obligation.
    assert cut(journal.rows(table.CLIENTS, client="acme"), "void") == [(0,)]


def test_a_conversation_has_its_length_once_it_is_over(journal: Journal) -> None:
    said = {"call": "T", "agent": "Cy", "client": "umbra"}
    journal.take(cloud_event("call.answered", "T", MONDAY, "1", **said), at=MONDAY + HOUR_US)
    before = journal.point.last_recorded
    journal.take(cloud_event("call.ended", "T", _at(7), "2", call="T"))
    assert cut(journal.rows(table.TOUCHES), "way", "seconds") == [("spoke", 420)]
    assert cut(journal.rows(table.TOUCHES, as_of=format_instant(before)), "way", "seconds") == [("spoke", None)]
    assert cut(journal.rows(table.PEOPLE), "touches", "touches_unmeasured", "seconds") == [(1, 0, 420)]


def test_as_of_before_a_late_change_of_staff_people_are_who_they_were_known_to_be(journal: Journal) -> None:
    _week(journal)
    before = format_instant(journal.point.last_recorded)
    journal.take(cloud_event("staff.changed", None, MONDAY, "s1", person="Bea", grade="senior"))
    assert cut(journal.rows(table.PEOPLE, client="acme", grade="senior"), "tenure", "seconds") == [
        ("under 6 months", 1_200),
        ("24 months and longer", 1_800),
    ]
    assert cut(journal.rows(table.PEOPLE, client="acme", grade="senior", as_of=before), "seconds") == [(1_800,)]


def test_as_of_before_an_edition_the_book_is_as_it_was(journal: Journal) -> None:
    _week(journal)
    before = format_instant(journal.point.last_recorded)
    journal.apply(
        PEOPLE.replace("Bea: {grade: trainee", "Bea: {grade: associate") + "tenure_bands: [90 days]\n", MONDAY
    )
    assert ("associate", "90 days and longer") in cut(journal.rows(table.PEOPLE, client="umbra"), "grade", "tenure")
    told = journal.rows(table.PEOPLE, client="umbra", as_of=before)
    assert cut(told, "grade", "tenure") == [("trainee", "under 6 months")]


def test_whose_a_case_was_is_told_as_of_then(journal: Journal) -> None:
    """The client of a case is the first that an event names: a late one gives it to another."""
    journal.take(cloud_event("ticket.opened", "A", _at(10), "1", client="acme", holder="Ann"), at=MONDAY + HOUR_US)
    before = format_instant(journal.point.last_recorded)
    journal.take(cloud_event("email.received", "A", MONDAY, "0", client="umbra", author="u"))
    assert cut(journal.rows(table.TOUCHES, client="acme"), "person") == []
    assert cut(journal.rows(table.TOUCHES, client="umbra"), "person") == [("Ann",)]
    assert cut(journal.rows(table.TOUCHES, client="acme", as_of=before), "person") == [("Ann",)]
    assert cut(journal.rows(table.TOUCHES, client="umbra", as_of=before), "person") == []


# Whose time it was


def test_a_to_b_to_a_charges_both_with_their_own_minutes_and_the_clients_clock_goes_on(journal: Journal) -> None:
    # Nobody 10 minutes, Ann 20, Bea 15, Ann 5, then closed: fifty minutes by the wall.
    journal.take(
        cloud_event("ticket.opened", "A", MONDAY, "1", client="acme"),
        cloud_event("ticket.assigned", "A", _at(10), "2", holder="Ann"),
        cloud_event("ticket.assigned", "A", _at(30), "3", holder="Bea"),
        cloud_event("ticket.assigned", "A", _at(45), "4", holder="Ann"),
        cloud_event("ticket.closed", "A", _at(50), "5"),
        at=MONDAY + DAY_US,
    )
    rows = journal.rows(table.LEDGER, case="A")
    assert cut(rows, "account", "holder", "grade", "seconds", "spells", "share") == [
        ("person", "Ann", "senior", 1_500, 2, 0.5),
        ("person", "Bea", "trainee", 900, 1, 0.3),
        ("nobody", None, None, 600, 1, 0.2),
    ]
    assert {(row["client_clock_seconds"], row["wall_seconds"]) for row in rows} == {(3_000, 3_000)}


def test_the_clients_own_turn_is_no_time_of_the_firm_and_a_period_cuts_what_lies_in_it(journal: Journal) -> None:
    journal.take(
        cloud_event("ticket.opened", "A", MONDAY, "1", client="acme", holder="Ann"),
        cloud_event("ticket.changed", "A", _at(10), "2", status="waiting"),
        cloud_event("ticket.changed", "A", _at(40), "3", status="open"),
        cloud_event("ticket.closed", "A", _at(60), "4"),
        cloud_event("ticket.opened", "B", _at(50), "b", client="acme", team="desk"),
        at=_at(70),
    )
    rows = journal.rows(table.LEDGER, client="acme")
    assert cut(rows, "case", "account", "holder", "seconds") == [
        (None, "person", "Ann", 30 * 60),
        (None, "team", "desk", 20 * 60),
        (None, "client", None, 30 * 60),
    ]
    assert {(row["client_clock_seconds"], row["wall_seconds"]) for row in rows} == {(50 * 60, 80 * 60)}
    period = {"since": format_instant(_at(35)), "until": format_instant(_at(55))}
    assert cut(journal.rows(table.LEDGER, by="case", **period), "case", "account", "seconds") == [
        ("A", "person", 15 * 60),
        ("A", "client", 5 * 60),
        ("B", "team", 5 * 60),
    ]


# Calls


def _call(
    name: str, *steps: tuple[float, str], queue: str = "tax", client: str = "umbra", base: InstantUs = MONDAY
) -> list[bytes]:
    """The steps of a call by their seconds; `queued` is offering it in the queue."""
    told = []
    for second, step in steps:
        kind, data = ("offered", {"queue": queue}) if step == "queued" else (step, {})
        at, data = base + round(second * SECOND_US), {"call": name, "client": client, **data}
        told.append(cloud_event(f"call.{kind}", name, at, f"{name}-{second}-{step}", **data))
    return told


def test_calls_are_counted_and_shared_by_each_formula(journal: Journal) -> None:
    journal.take(
        *_call("c1", (0, "offered"), (5, "queued"), (25, "answered"), (60, "transferred"), (90, "ended")),  # 20 s
        *_call("c2", (0, "queued"), (21, "answered")),
        *_call("c3", (0, "queued"), (4, "abandoned")),
        *_call("c4", (0, "queued"), (15, "abandoned")),
        *_call("c5", (0, "queued"), (30, "abandoned")),
        *_call("c6", (0, "queued"), (10, "voicemail"), (40, "ended")),
        *_call("c7", (0, "queued"), (8, "ended")),
        *_call("c8", (0, "offered"), (3, "abandoned")),
        *_call("c9", (0, "queued")),
        at=MONDAY + HOUR_US,
    )
    row, menu = journal.rows(table.CALLS)
    assert (menu["queue"], menu["offered"], menu["left_menu"], menu["share_offered"]) == (None, 0, 1, None)
    counts = ("offered", "answered", "within", "abandoned", "short_abandons", "voicemail", "cut_off", "waiting")
    assert cut([row], *counts, "unpromised", "transfers", "queued") == [(8, 2, 1, 3, 1, 1, 1, 1, 0, 1, 7)]
    # Waits 20, 21, 4, 15, 30, 10 and 8 s: 108 in all.
    assert (row["average_wait_seconds"], row["longest_wait_seconds"]) == (round(108 / 7, 6), 30)
    shares = {
        "share_answered": 1 / 2,
        "share_offered": 1 / 7,
        "share_without_short_abandons": 1 / 4,  # two answered, two who hung up after five seconds or later
        "share_abandons_within_met": 3 / 7,  # with who hung up after 4 and 15 s
        "share_without_abandons": 1 / 4,  # two answered, two neither
    }
    assert {name: row[name] for name in shares} == {name: round(share, 6) for name, share in shares.items()}


def test_a_wait_that_is_asked_about_takes_the_place_of_the_one_promised(journal: Journal) -> None:
    journal.take(
        *_call("c1", (0, "queued"), (25, "answered")),
        *_call("c2", (0, "queued"), (8, "abandoned")),
        at=MONDAY + HOUR_US,
    )
    assert cut(journal.rows(table.CALLS), "within", "share_answered") == [(0, 0.0)]
    asked = journal.rows(table.CALLS, within="25s", short_abandon="10s")
    assert cut(asked, "within", "short_abandons", "share_answered", "share_without_short_abandons") == [
        (1, 1, 1.0, 1.0)
    ]


def test_an_interval_in_which_no_call_counts_has_no_share(journal: Journal) -> None:
    journal.take(*_call("c1", (0, "queued")), at=MONDAY + HOUR_US)
    (row,) = journal.rows(table.CALLS)
    assert (row["offered"], row["share_offered"], row["average_wait_seconds"], row["longest_wait_seconds"]) == (
        1,
        None,
        None,
        None,
    )


def test_a_call_nobody_promised_anything_of_is_in_no_share(journal: Journal) -> None:
    journal.apply(
        PEOPLE.replace("kind: answer_call, within", "kind: answer_call, for: {client: acme}, within"), MONDAY - DAY_US
    )
    journal.take(*_call("c1", (0, "queued"), (5, "answered")), at=MONDAY + HOUR_US)
    assert cut(journal.rows(table.CALLS), "answered", "unpromised", "within", "share_offered") == [(1, 1, 0, None)]


@pytest.mark.parametrize(
    ("each", "starts"),
    [
        # Acme is in New York, five hours behind: 04:30 UTC on Monday 2 March is Sunday 1 March, 23:30, there.
        ("hour", "2026-03-02T04:00:00Z"),
        ("day", "2026-03-01T05:00:00Z"),
        ("week", "2026-02-23T05:00:00Z"),
        ("month", "2026-03-01T05:00:00Z"),
    ],
)
def test_intervals_are_those_of_the_clients_zone(journal: Journal, each: str, starts: str) -> None:
    at = MONDAY - 4 * HOUR_US - 30 * MINUTE_US
    journal.take(*_call("c1", (0, "queued"), (5, "answered"), client="acme", base=at), at=MONDAY)
    assert cut(journal.rows(table.CALLS, each=each), "starts", "each") == [(starts, each)]


def test_queues_are_told_apart_or_pooled(journal: Journal) -> None:
    # Tax: 1 of 1 in time; pay: none of 3. Pooled that is 1 of 4, not the mean of 1 and 0.
    journal.take(
        *_call("c1", (0, "queued"), (5, "answered")),
        *(event for n in range(3) for event in _call(f"p{n}", (0, "queued"), (50, "answered"), queue="pay")),
        at=MONDAY + HOUR_US,
    )
    assert cut(journal.rows(table.CALLS), "queue", "share_offered") == [("pay", 0.0), ("tax", 1.0)]
    assert cut(journal.rows(table.CALLS, by="client"), "queue", "share_offered") == [(None, 0.25)]
    assert cut(journal.rows(table.CALLS, queue="tax"), "offered") == [(1,)]


# As of, and pages

TELLING: Final[list[tuple[Question, dict[str, Any]]]] = [
    (table.PEOPLE, {}),
    (
        table.PEOPLE,
        {"client": "acme", "by": "person", "since": "2026-03-02T12:00:00Z", "until": "2026-03-02T18:00:00Z"},
    ),
    (table.TOUCHES, {}),
    (table.TOUCHES, {"client": "umbra", "until": "2026-03-02T18:00:00Z"}),
    (table.LEDGER, {"by": "case"}),
    (table.LEDGER, {"client": "acme", "since": "2026-03-02T12:00:00Z", "until": "2026-03-02T18:00:00Z"}),
    (table.CALLS, {"each": "hour"}),
    (table.CALLS, {"client": "acme", "since": "2026-03-02T12:00:00Z"}),
]


def _story(random: Random, journal: Journal) -> Iterator[None]:
    """Work on cases by people who are promoted and move, some of it told late; calls; cases merged; books that change."""
    cases = [f"C{number}" for number in range(6)]
    happenings: list[tuple[str, dict[str, Any]]] = [
        ("ticket.opened", {}),
        ("email.sent", {"author": "Ann"}),
        ("work.logged", {"person": "Bea", "seconds": 600}),
        ("ticket.assigned", {"holder": "Cy"}),
        ("ticket.assigned", {"holder": "Bea", "team": "desk"}),
        ("ticket.closed", {}),
        ("ticket.reopened", {}),
        ("call.offered", {"call": "T", "queue": "tax"}),
        ("call.answered", {"call": "T", "agent": "Zoe"}),
        ("call.ended", {"call": "T"}),
        ("staff.changed", {"person": "Bea", "grade": "senior"}),
        ("staff.changed", {"person": "Cy", "team": "desk", "joined": "2026-01-15"}),
        ("ticket.merged", {"into": "C0"}),
        ("meeting.held", {"attended": ["Cy"]}),
        ("meeting.held", {}),
    ]
    for turn in range(30):
        at = MONDAY + turn * 30 * MINUTE_US
        happened = at - random.choice([0, 0, 0, 5 * HOUR_US])
        kind, data = random.choice(happenings)
        case = None if kind == "staff.changed" else random.choice(cases)
        named = {} if case is None else {"client": random.choice(["acme", "umbra"])}
        journal.take(cloud_event(kind, case, happened, f"{turn}", **named, **data), at=at)
        yield
        if turn % 11 == 10:
            journal.apply(PEOPLE.replace("Cy: {grade: associate", "Cy: {grade: senior"), MONDAY)
            yield


def _told(journal: Journal, as_of: InstantUs | None) -> bytes:
    said = {} if as_of is None else {"as_of": format_instant(as_of)}
    answers = (journal.ask(question, **parameters, **said) for question, parameters in TELLING)
    return orjson.dumps([(answer.rows, answer.as_of) for answer in answers])


@pytest.mark.parametrize("seed", range(4))
def test_asked_again_as_of_then_every_answer_is_the_one_given_then(journal: Journal, seed: int) -> None:
    told: dict[InstantUs, bytes] = {}
    for _ in _story(Random(seed), journal):
        told[journal.ask(table.TOUCHES).as_of] = _told(journal, None)
    assert len(set(told.values())) > 15
    for as_of, answer in told.items():
        assert _told(journal, as_of) == answer


@pytest.mark.parametrize("seed", range(4))
def test_what_is_asked_of_one_client_and_period_is_that_part_of_everything(journal: Journal, seed: int) -> None:
    """SQL leaves out no matter that is concerned: the answers are those of a question about everything, cut by hand."""
    for _ in _story(Random(seed), journal):
        pass
    since, until = "2026-03-02T12:00:00Z", "2026-03-02T18:00:00Z"
    everything = journal.rows(table.TOUCHES)
    assert everything
    for client in ("acme", "umbra", "unidentified"):
        expected = [row for row in everything if row["client"] == client and since <= row["at"] < until]
        assert journal.rows(table.TOUCHES, client=client, since=since, until=until) == expected


@pytest.mark.parametrize("seed", range(4))
def test_every_second_is_on_one_account_and_periods_add_up(journal: Journal, seed: int) -> None:
    for _ in _story(Random(seed), journal):
        pass
    whole = journal.rows(table.LEDGER, by="case")
    noon = "2026-03-02T12:00:00Z"
    parts = [*journal.rows(table.LEDGER, by="case", until=noon), *journal.rows(table.LEDGER, by="case", since=noon)]
    for case in {row["case"] for row in whole}:
        rows = [row for row in whole if row["case"] == case]
        assert sum(row["seconds"] for row in rows) == pytest.approx(rows[0]["wall_seconds"])
        assert sum(row["seconds"] for row in parts if row["case"] == case) == pytest.approx(rows[0]["wall_seconds"])


async def test_over_http_pages_follow_one_another_and_csv_has_all_rows(any_database: Location) -> None:
    async with HttpKept(any_database) as kept:
        for number in range(3):
            at = MONDAY + number * MINUTE_US
            await kept.take(cloud_event("ticket.opened", f"C{number}", at, f"{number}", client="acme", holder="=Ann"))
        first = await kept.http.get("/v1/touches?limit=2")
        following = await kept.http.get(first.links["next"]["url"])
        assert [row["case"] for row in (*first.json()["touches"], *following.json()["touches"])] == ["C0", "C1", "C2"]
        assert following.json()["next"] is None
        table = await kept.http.get("/v1/people", headers={"accept": "text/csv"})
        assert table.text.splitlines()[0].startswith("client,promise,version,promised,measure")
        refused = await kept.http.get("/v1/calls?within=soon")
        assert (refused.status_code, refused.json()["errors"][0]["key"]) == (400, "within")


def test_a_question_that_takes_too_long_is_ended_between_two_portions(journal: Journal) -> None:
    _week(journal)
    asked = Asked(table.TOUCHES, table.TOUCHES.parameters.model_validate({}), journal.now)
    reader = Reader(journal.store._engine, seconds=0)
    with pytest.raises(TooLong, match="expected one about less"), reader.connect() as connection:
        ask(connection, asked)
    reader.close()


def test_one_question_at_a_time_reads_the_events(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    _week(journal)
    monkeypatch.setattr(retelling, "PATIENCE_SECONDS", 0.01)
    with retelling._alone(), pytest.raises(TransientError, match="under way"):
        journal.rows(table.PEOPLE)
    assert journal.rows(table.PEOPLE)


def test_pages_go_on_behind_the_rows_of_the_one_before_as_of_the_same_instant(journal: Journal) -> None:
    _week(journal)
    whole = journal.rows(table.TOUCHES)
    first = journal.ask(table.TOUCHES, limit=2)
    journal.take(_logged("B", 1, "Ann", 1))
    second = journal.ask(table.TOUCHES, limit=2, cursor=first.next.written())
    third = journal.ask(table.TOUCHES, limit=2, cursor=second.next.written())
    assert [*first.rows, *second.rows, *third.rows] == whole
    assert third.next is None
    with pytest.raises(UnreadableCursor):
        journal.ask(table.TOUCHES, client="acme", cursor=first.next.written())


# Whom the client has met

MET: Final = ("touches_met", "touches_unmet", "touches_met_in_doubt")


def test_the_work_of_people_whom_the_client_has_met_is_told_also_where_they_met_long_before(journal: Journal) -> None:
    """In February acme met Ann, in another case; in the week Ann works 30 of 60 minutes, and one of four touches is hers."""
    february = MONDAY - 20 * DAY_US
    journal.take(cloud_event("meeting.held", "M", february, "M1", client="acme", attended=["Ann"]), at=february)
    _week(journal)
    since = format_instant(MONDAY)
    rows = journal.rows(table.PEOPLE, client="acme", since=since)
    assert cut(rows, "grade", *MET) == [
        ("trainee", 0, 1, 0),
        ("associate", 0, 1, 0),
        ("senior", 1, 0, 0),
        ("unknown", 0, 1, 0),
    ]
    shares = ("met_touches_share", "met_touches_share_at_most", "met_seconds_share", "met_seconds_share_at_most")
    assert set(cut(rows, *shares)) == {(0.25, 0.25, 0.5, 0.5)}
    assert cut(rows, "seconds_met", "seconds_unmet") == [(0, 1_200), (0, 0), (1_800, 0), (0, 600)]
    # Of umbra's work nobody was met; and asked without a period the meeting itself is a touch, and no work.
    assert cut(journal.rows(table.PEOPLE, client="umbra"), *shares) == [(0.0, 0.0, 0.0, 0.0)]
    assert set(cut(journal.rows(table.PEOPLE, client="acme"), *shares)) == {(0.25, 0.25, 0.5, 0.5)}


def test_where_nobody_tells_who_came_it_is_not_known_whom_the_client_met_and_as_of_before_it_was(
    journal: Journal,
) -> None:
    _week(journal)
    before = format_instant(journal.point.last_recorded)
    journal.take(cloud_event("meeting.held", "M", _at(60), "M1", client="acme"))
    named = ("grade", "met_seconds_share", "met_seconds_share_at_most", "seconds_met_in_doubt")
    assert cut(journal.rows(table.PEOPLE, client="acme"), *named) == [
        ("trainee", 0.0, 1.0, 1_200),
        ("associate", 0.0, 1.0, 0),
        ("senior", 0.0, 1.0, 1_800),
        ("unknown", 0.0, 1.0, 600),
    ]
    assert {row["met_seconds_share_at_most"] for row in journal.rows(table.PEOPLE, client="acme", as_of=before)} == {
        0.0
    }
    # Before the meeting it is known that nobody had been met.
    until = format_instant(_at(60))
    assert {row["met_seconds_share_at_most"] for row in journal.rows(table.PEOPLE, client="acme", until=until)} == {0.0}

"""Periods that ended short of their share are told of, once; on every database. What is due is told by heart: a first response is
owed within an hour, around the clock; acme is promised 95 % each month, and its November ends at 5:00Z on 1 December."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from typing import Any, Final

import pytest
from sqlalchemy import select

from monitor.adapters.answers.ended_shares import EndedSharesOfCases
from monitor.adapters.answers.ended_work import EndedSharesOfWork
from monitor.adapters.answers.reader import Reader
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.notice_table import NoticeTable
from monitor.domain.figures.shares import Occasions
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs, parse_instant
from monitor.domain.promises.shared_promises import ShareKey
from monitor.service.commits.retention import first_progress, read_policy
from monitor.service.editions.shelf import BookText, Offer
from monitor.service.notices.notice import NoticeRules, Receiver
from monitor.service.notices.notifier import Notifier
from monitor.service.notices.share_notifier import ShareNotifier
from monitor.service.ports.machine import Machine
from monitor.testing import InlineWorker, ManualClock, cloud_event, judge_what_is_left
from monitor.wire.questions import table
from tests.contract.growing import on_each_database
from tests.contract.test_shares import NOVEMBER, SHARED, Journal

DECEMBER: Final = parse_instant("2026-12-01T05:00:00Z")
TOLD_AT: Final = DECEMBER + 5 * MINUTE_US
DESK: Final = Receiver("desk", frozenset({"missed"}), hears_standing_only=False)


class Teller:
    """Whoever tells of missed shares, on a clock of its own, and may be started again."""

    def __init__(self, journal: Journal, now: InstantUs) -> None:
        self.journal = journal
        self.clock = ManualClock(now)
        self.reader = Reader(journal.store._engine, readers=1)
        self.start()

    def start(self) -> None:
        store = NoticeTable(self.journal.store._engine, self.journal.store._lock)
        machine, rules, turn = Machine(self.clock, InlineWorker()), NoticeRules((DESK,), storm_above=5), asyncio.Lock()
        self.notifier = Notifier(store, rules, machine, lambda: self.journal.now, turn)
        self.shares = [
            ShareNotifier(sort(self.reader), store, rules, machine, turn)
            for sort in (EndedSharesOfCases, EndedSharesOfWork)
        ]

    def look(self, at: InstantUs) -> None:
        """What was told as of an instant, and ended by the clock."""
        self.clock.set(at)
        asyncio.run(self._look())

    async def _look(self) -> None:
        await self.notifier.look()
        for notifier in self.shares:
            await notifier.look()

    def messages(self) -> list[tuple[str, str, str]]:
        """(client, period, phase) of each, in the order in which they were made."""
        row, notice = t.DELIVERIES.c, t.NOTICES.c
        asked = select(notice.client, notice.period, row.phase).join(t.NOTICES, notice.key == row.notice)
        with self.journal.store._engine.connect() as connection:
            found = connection.execute(asked.order_by(row.created, notice.client, notice.period, row.place))
            return [(each.client, each.period, each.phase) for each in found]

    def notices(self) -> list[Any]:
        with self.journal.store._engine.connect() as connection:
            return list(connection.execute(select(t.NOTICES).where(t.NOTICES.c.kind == "missed")))


journal = on_each_database(Journal)


@pytest.fixture
def teller(journal: Journal) -> Iterator[Teller]:
    found = Teller(journal, NOVEMBER)
    with closing(found.reader):
        found.look(NOVEMBER)
        yield found


def _excuse(journal: Journal, case: str) -> None:
    words = {"kind": "first_response", "reason": "flood", "approved_by": "Ann"}
    journal.take(cloud_event("breach.excused", case, journal.now, f"excuse-{case}", **words), at=journal.now + 1)


def test_a_month_that_ended_short_of_its_share_is_told_five_minutes_after_its_end_and_once(
    journal: Journal, teller: Teller
) -> None:
    """38 of 41 are kept, and of 41 two may be broken."""
    journal.cases("acme", NOVEMBER, kept=38, broken=3)
    teller.look(TOLD_AT - 1)
    assert teller.messages() == []
    teller.look(TOLD_AT)
    assert teller.messages() == [("acme", "2026-11", "opened")]
    [notice] = teller.notices()
    assert (notice.promise, notice.version, notice.tier) == ("gold-first", 1, "gold")
    assert (notice.promised, notice.kept, notice.counted, notice.measure) == (950_000, 38, 41, "cases")
    assert (notice.starts_at, notice.says) == (DECEMBER, "92.6 % of the cases of 2026-11 kept, 95 % promised")
    teller.start()
    teller.look(TOLD_AT + HOUR_US)
    teller.look(TOLD_AT + 2 * HOUR_US)
    assert len(teller.messages()) == 1
    # What is told is what the question says, once something was recorded after the end.
    journal.cases("umbra", DECEMBER + HOUR_US, kept=1)
    [row] = journal.shares(state="missed", client="acme", since="2026-11-15")
    assert (row["period"], row["kept"], row["broken"]) == ("2026-11", 38, 3)
    [listed] = journal.rows(table.NOTICES)
    assert (listed["kind"], listed["period"], listed["promised"], listed["delivered"]) == (
        "missed",
        "2026-11",
        0.95,
        0.926829,
    )


def test_a_month_that_kept_its_share_is_not_told(journal: Journal, teller: Teller) -> None:
    journal.cases("acme", NOVEMBER, kept=38, broken=2)
    teller.look(TOLD_AT)
    assert teller.notices() == []


def test_each_clients_month_ends_on_its_own_clocks(journal: Journal, teller: Teller) -> None:
    """Sydney's November ends at 13:00Z on 30 November."""
    journal.cases("koala", NOVEMBER, broken=1)
    teller.look(parse_instant("2026-11-30T13:04:59Z"))
    assert teller.notices() == []
    teller.look(parse_instant("2026-11-30T13:05:00Z"))
    assert teller.messages() == [("koala", "2026-11", "opened")]


def test_what_is_still_open_may_save_a_period_and_is_waited_for(journal: Journal, teller: Teller) -> None:
    """Half an hour before the month ends in New York one of one is open; two hours later it is broken."""
    opened = DECEMBER - 30 * MINUTE_US
    journal.take(cloud_event("ticket.opened", "A", opened, "A-1", client="acme"), at=opened)
    teller.look(TOLD_AT)
    assert teller.notices() == []
    journal.pass_until(opened + HOUR_US + 1)
    teller.look(opened + HOUR_US + 1)
    assert teller.messages() == [("acme", "2026-11", "opened")]


def test_an_excuse_takes_it_back_and_what_comes_late_tells_it_again(journal: Journal, teller: Teller) -> None:
    """38 of 41; excused, 38 of 40, which is 95 %; with another breach of November, heard of in December, 38 of 41."""
    broken = journal.cases("acme", NOVEMBER, kept=38, broken=3)[-1]
    teller.look(TOLD_AT)
    _excuse(journal, broken)
    teller.look(TOLD_AT + HOUR_US)
    assert teller.messages()[1:] == [("acme", "2026-11", "resolved")]
    [notice] = teller.notices()
    assert notice.reason == "kept: 95 % of the cases of 2026-11 kept, 95 % promised"
    journal.now = DECEMBER + 5 * HOUR_US
    journal.cases("acme", NOVEMBER, broken=1)
    teller.look(TOLD_AT + 6 * HOUR_US)
    assert teller.messages()[2:] == [("acme", "2026-11", "reopened-1")]
    assert [each.key for each in teller.notices()] == [notice.key]


def test_a_restated_verdict_takes_it_back_long_after_it_was_told(journal: Journal, teller: Teller) -> None:
    """One of one broken; in February its answer within half an hour is heard of."""
    [case] = journal.cases("acme", NOVEMBER, broken=1)
    teller.look(TOLD_AT)
    teller.look(TOLD_AT + 3 * DAY_US)
    teller.look(TOLD_AT + 3 * DAY_US + MINUTE_US)
    assert [phase for *_, phase in teller.messages()] == ["opened", "resolved"]
    later = DECEMBER + 70 * DAY_US
    late = cloud_event("email.sent", case, NOVEMBER + 30 * MINUTE_US, "late", author="Ann")
    journal.take(late, at=later)
    teller.look(later + HOUR_US)
    assert [phase for *_, phase in teller.messages()] == ["opened", "resolved", "resolved-1"]
    [notice] = teller.notices()
    assert notice.reason == "kept: 100 % of the cases of 2026-11 kept, 95 % promised"


def test_a_past_is_not_told_of_at_the_first_start_but_for_the_last_three_days(journal: Journal) -> None:
    """acme missed September and October; umbra the week that ended on Monday 30 November at 0:00Z, and each before."""
    for days in (0, 35, 61):
        journal.cases("acme", NOVEMBER - 61 * DAY_US + days * DAY_US, broken=1)
    for weeks in range(3):
        journal.cases("umbra", NOVEMBER + weeks * 7 * DAY_US, broken=1)
    teller = Teller(journal, DECEMBER - HOUR_US)
    with closing(teller.reader):
        teller.look(DECEMBER - HOUR_US)
        assert teller.messages() == [("umbra", "2026-W48", "opened")]
        teller.look(TOLD_AT)
        assert teller.messages()[1:] == [("acme", "2026-11", "opened")]


def test_what_ended_while_nobody_looked_is_told_afterwards(journal: Journal, teller: Teller) -> None:
    journal.cases("acme", NOVEMBER, broken=1)
    journal.cases("acme", NOVEMBER + 30 * DAY_US, broken=1)
    teller.start()
    teller.look(DECEMBER + 45 * DAY_US)
    assert teller.messages() == [("acme", "2026-11", "opened"), ("acme", "2026-12", "opened")]


def test_many_at_once_are_one_notice(journal: Journal, teller: Teller) -> None:
    """Six clients whom the book does not know have weeks of its own zone."""
    for number in range(6):
        journal.cases(f"client-{number}", NOVEMBER, broken=1)
    teller.look(parse_instant("2026-11-16T00:05:00Z"))
    assert teller.messages() == [("", "2026-W46", "opened"), ("", "2026-W46", "counted")]
    [storm] = [each for each in teller.notices() if each.folded]
    assert (storm.folded, storm.left, storm.says) == (6, 6, "")
    assert {row["client"] for row in journal.rows(table.NOTICES, storm=storm.key)} == {
        f"client-{number}" for number in range(6)
    }


def test_another_edition_of_the_book_tells_and_takes_back(journal: Journal, teller: Teller) -> None:
    """Of umbra's week half of two are kept: enough for 50 %, too few for 60 %, and no promise at all in the end."""
    journal.cases("umbra", NOVEMBER, kept=1, broken=1)
    ended = parse_instant("2026-11-16T00:05:00Z")
    teller.look(ended)
    assert teller.notices() == []
    texts = [SHARED.replace("share: 50%", "share: 60%"), SHARED.replace("{id: first,", "{id: other,")]
    for number, text in enumerate(texts):
        journal.now = ended + number + 1
        journal.point.apply(Offer(BookText(text, "new.yaml"), "Ann", "agreed", since=0), journal.now)
        judge_what_is_left(journal.point, journal.now)
        teller.look(ended + (number + 1) * HOUR_US)
    assert [each for each in teller.messages() if each[0] == "umbra"] == [
        ("umbra", "2026-W46", "opened"),
        ("umbra", "2026-W46", "resolved"),
    ]


def test_what_retention_has_taken_cases_from_is_left_as_it_was(journal: Journal, teller: Teller) -> None:
    """One of two kept, promised 95 %; the case that was broken is closed and taken out: the other one alone would be all."""
    kept, broken = journal.cases("acme", NOVEMBER, kept=1, broken=1)
    journal.take(cloud_event("ticket.closed", broken, journal.now, "closed"), at=journal.now + 1)
    teller.look(TOLD_AT)
    later = DECEMBER + 40 * DAY_US
    gone = journal.point.retire(first_progress(read_policy("30d"), later), later)
    assert gone is not None
    assert gone.record.cases == 1
    late = cloud_event("email.sent", kept, NOVEMBER + 10 * MINUTE_US, "late", author="Ann")
    journal.take(late, at=later + 1)
    teller.look(later + HOUR_US)
    [notice] = teller.notices()
    assert (notice.kept, notice.counted, notice.is_settled) == (1, 2, False)


# Of the work


WORK: Final = """
book: Test & Sons
from: 2020-01-01
zone: UTC
hours: always
grades: [trainee, senior]
staff:
  Ann: {grade: senior, joined: 2020-01-01}
  Bea: {grade: trainee, joined: 2026-01-01}
clients: {acme: {}, umbra: {}}
promises:
  - {id: seniors, kind: seniority, at_least: senior, share: 60%, over: month}
"""
APRIL: Final = parse_instant("2026-04-10T09:00:00Z")
MAY: Final = parse_instant("2026-05-01T00:05:00Z")
"""Five minutes after April has ended."""


def _worked(case: str, client: str, at: InstantUs, **minutes: int) -> list[bytes]:
    opened = cloud_event("ticket.opened", case, at, f"{case}-0", client=client)
    return [
        opened,
        *(
            cloud_event("work.logged", case, at + HOUR_US, f"{case}-{who}", person=who, seconds=60 * number)
            for who, number in minutes.items()
        ),
    ]


@pytest.fixture
def of_work(any_database: Location) -> Iterator[Teller]:
    journal = Journal(any_database, WORK)
    teller = Teller(journal, APRIL)
    teller.look(APRIL)
    yield teller
    teller.reader.close()
    journal.store.close()


def test_a_month_in_which_others_did_too_much_is_told_and_taken_back_by_late_work(of_work: Teller) -> None:
    """Half of acme's hour is Ann's; with another hour of hers 90 of 120 minutes are. Umbra has what was promised."""
    journal = of_work.journal
    journal.take(*_worked("A", "acme", APRIL, Ann=30, Bea=30), *_worked("U", "umbra", APRIL, Ann=60), at=APRIL + DAY_US)
    of_work.look(MAY - 1)
    assert of_work.messages() == []
    of_work.look(MAY)
    assert of_work.messages() == [("acme", "2026-04", "opened")]
    [notice] = of_work.notices()
    assert (notice.measure, notice.kept, notice.counted) == ("minutes", 30 * MINUTE_US, 60 * MINUTE_US)
    assert notice.says == "50 % of the minutes of 2026-04 as promised, 60 % promised"
    # Work in May is May's.
    journal.take(*_worked("B", "acme", MAY + 15 * DAY_US, Ann=600), at=MAY + 16 * DAY_US)
    of_work.look(MAY + DAY_US)
    assert len(of_work.messages()) == 1
    late = cloud_event("work.logged", "A", APRIL + DAY_US, "late", person="Ann", seconds=3_600)
    journal.take(late, at=journal.now + 1)
    of_work.look(MAY + 2 * DAY_US)
    assert of_work.messages()[1:] == [("acme", "2026-04", "resolved")]


def test_late_news_of_a_grade_concern_everybody(of_work: Teller) -> None:
    """Bea was a senior in April all along; afterwards it turns out that she was not."""
    journal = of_work.journal
    journal.take(*_worked("A", "acme", APRIL, Bea=30), *_worked("U", "umbra", APRIL, Bea=60), at=APRIL + DAY_US)
    of_work.look(MAY)
    assert of_work.messages() == [("acme", "2026-04", "opened"), ("umbra", "2026-04", "opened")]
    for number, grade in enumerate(["senior", "trainee"]):
        told = cloud_event("staff.changed", None, APRIL - 1, f"s{number}", person="Bea", grade=grade, sequence=number)
        journal.take(told, at=MAY + number + 1)
        of_work.look(MAY + (number + 1) * HOUR_US)
    assert [phase for client, _, phase in of_work.messages() if client == "umbra"] == [
        "opened",
        "resolved",
        "reopened-1",
    ]


def test_the_length_of_a_call_that_ended_after_the_month_counts_in_it(of_work: Teller) -> None:
    """Bea answered an hour before midnight and talked until two; before that only Ann's minute was known."""
    journal, answered = of_work.journal, MAY - 65 * MINUTE_US
    journal.take(
        *_worked("A", "acme", APRIL, Ann=1),
        cloud_event("call.answered", "A", answered, "c1", call="C", direction="inbound", agent="Bea"),
        at=answered + MINUTE_US,
    )
    of_work.look(MAY)
    assert of_work.messages() == []
    journal.take(cloud_event("call.ended", "A", answered + 3 * HOUR_US, "c2", call="C"), at=answered + 3 * HOUR_US)
    of_work.look(answered + 4 * HOUR_US)
    assert of_work.messages() == [("acme", "2026-04", "opened")]
    [notice] = of_work.notices()
    assert (notice.kept, notice.counted) == (MINUTE_US, 181 * MINUTE_US)


def test_a_case_that_becomes_another_clients_takes_its_work_along(of_work: Teller) -> None:
    """Umbra's case B, all of it Bea's, becomes part of acme's A in May: what was told of umbra is taken back."""
    journal = of_work.journal
    journal.take(*_worked("A", "acme", APRIL, Ann=600), *_worked("B", "umbra", APRIL, Bea=60), at=APRIL + DAY_US)
    of_work.look(MAY)
    assert of_work.messages() == [("umbra", "2026-04", "opened")]
    journal.take(cloud_event("case.linked", "B", MAY + DAY_US, "l", to="A"), at=MAY + DAY_US)
    of_work.look(MAY + 2 * DAY_US)
    assert of_work.messages()[1:] == [("umbra", "2026-04", "resolved")]


def test_another_edition_tells_of_the_last_month_and_takes_back_what_it_does_not_promise(of_work: Teller) -> None:
    """Two thirds are Ann's: enough for 60 %, too few for 70 %."""
    journal = of_work.journal
    journal.take(*_worked("A", "acme", APRIL, Ann=40, Bea=20), at=APRIL + DAY_US)
    of_work.look(MAY)
    assert of_work.messages() == []
    for number, share in enumerate(["70%", "60%"]):
        journal.now = MAY + number + 1
        text = WORK.replace("share: 60%", f"share: {share}")
        journal.point.apply(Offer(BookText(text, "new.yaml"), "Ann", "agreed", since=0), journal.now)
        judge_what_is_left(journal.point, journal.now)
        of_work.look(MAY + (number + 1) * HOUR_US)
    assert of_work.messages() == [("acme", "2026-04", "opened"), ("acme", "2026-04", "resolved")]


URGENT: Final = WORK.replace("share: 60%", "share: 60%, when: {priority: [urgent]}")
GOLD: Final = WORK.replace("clients:", "tiers: [gold]\nclients:").replace("share: 60%", "share: 60%, for: {tier: gold}")


@pytest.mark.parametrize(
    ("book", "said", "happening", "told"),
    [
        (URGENT, {"client": "acme"}, ("ticket.changed", {"priority": "urgent"}), ["acme opened"]),
        (URGENT, {"client": "acme", "priority": "urgent"}, ("ticket.changed", {"priority": "low"}), ["acme resolved"]),
        (WORK, {}, ("email.received", {"client": "acme", "author": "Bo"}), ["unidentified resolved", "acme opened"]),
        (GOLD, {"client": "acme"}, ("client.changed", {"client": "acme", "tier": "Gold"}), ["acme opened"]),
    ],
)
def test_what_is_learned_later_of_a_case_that_goes_on_moves_the_work_of_the_month_before(
    any_database: Location, book: str, said: dict[str, str], happening: tuple[str, dict[str, str]], told: list[str]
) -> None:
    """All that was done in April are Bea's ten minutes, and she is no senior; on 3 May another promise governs them."""
    journal = Journal(any_database, book)
    teller, later = Teller(journal, APRIL), MAY + 2 * DAY_US
    with closing(journal.store), closing(teller.reader):
        teller.look(APRIL)
        opened = cloud_event("ticket.opened", "A", APRIL, "A-0", **said)
        work = cloud_event("work.logged", "A", APRIL + HOUR_US, "A-1", person="Bea", seconds=600)
        journal.take(opened, work, at=APRIL + DAY_US)
        teller.look(MAY)
        before = len(teller.messages())
        kind, data = happening
        case = None if kind == "client.changed" else "A"
        journal.take(cloud_event(kind, case, later, "A-2", **data), at=later)
        teller.look(later + HOUR_US)
        assert sorted(f"{client} {phase}" for client, _, phase in teller.messages()[before:]) == sorted(told)
        missed = {row["client"] for row in journal.shares(kind="seniority", state="missed", since="2026-04-02")}
        assert {each.client for each in teller.notices() if not each.is_settled} == missed


def test_a_tier_that_is_told_again_is_no_reason_to_count_anew(
    any_database: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(any_database, GOLD)
    teller = Teller(journal, APRIL)
    counted: list[Any] = []

    def count(_: object, __: object, wanted: object) -> dict[ShareKey, Occasions]:
        counted.append(wanted)
        return {}

    with closing(journal.store), closing(teller.reader):
        for number in range(2):
            at = MAY + (number + 10) * DAY_US
            told = cloud_event("client.changed", None, at, f"t{number}", client="acme", tier="gold")
            journal.take(told, at=at)
            teller.look(at + HOUR_US)
            monkeypatch.setattr(EndedSharesOfWork, "_count", count)
        assert counted == []

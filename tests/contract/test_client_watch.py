"""Clients at risk followed event by event are those that the question finds, whatever happens in between; on every database."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager
from random import Random
from typing import Any, Final

import pytest
from sqlalchemy import Connection

from monitor.adapters.answers.reader import Connect
from monitor.adapters.answers.risk import facts_of_case
from monitor.adapters.journal.location import Location
from monitor.adapters.metrics import client_watch, following, told_tiers
from monitor.adapters.metrics.client_watch import ClientWatch, Satisfaction, Standing
from monitor.domain.facts.events import Event
from monitor.domain.figures.risk import RiskFact
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs
from monitor.errors import TransientError
from monitor.service.editions.shelf import BookText, Offer
from monitor.testing import MONDAY, ManualClock, arrivals, cloud_event, judge_what_is_left
from monitor.wire.events.cloud_events import recall_event
from monitor.wire.questions import table
from tests.contract.growing import GrowingJournal, on_each_database
from tests.contract.test_risk import BOOK

ONLY_WORDS: Final = BOOK.partition("risk:")[0] + "risk:\n  score_below: 50%\n"
CLIENTS: Final = ("acme", "umbra", "koala")


class Journal(GrowingJournal):
    """A journal that grows and is watched."""

    def __init__(self, database: Location, book: str = BOOK) -> None:
        super().__init__(database, book, MONDAY)
        self.clock = ManualClock(MONDAY)
        self.watch = self.new_watch()

    def new_watch(self, connect: Connect | None = None) -> ClientWatch:
        return ClientWatch(connect or self.store._engine.connect, self.clock)

    def take(self, *events: bytes, at: InstantUs) -> None:
        """These events arrive at an instant, which is recorded in any case: a question goes up to it."""
        self.now = max(self.now + 1, at)
        self.clock.set(self.now)
        self.pass_until(self.now)
        heartbeat = cloud_event("source.heartbeat", None, self.now, f"h{self.next_number()}")
        self.point.take(arrivals([*events, heartbeat]), self.now)
        judge_what_is_left(self.point, self.now)

    def standing(self) -> Counter[tuple[str, str]]:
        """What the question says."""
        return Counter((row["client"], row["fact"]) for row in self.rows(table.RISK))


def _followed(watch: ClientWatch) -> Counter[tuple[str, str]]:
    watch.look()
    return Counter({(client, fact.value): number for client, fact, number in watch.readings.risks})


journal = on_each_database(Journal)


def _happening(random: Random, number: int, now: InstantUs) -> bytes:
    """Something happens: some of it late, some of it about whose a case is or who has it."""
    case, at = f"C{random.randrange(5)}", now - random.choice([0, 0, HOUR_US, 30 * HOUR_US])
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("ticket.opened", {}),
        ("email.sent", {"author": random.choice(["Ann", "Bea", "Bea"])}),
        ("ticket.assigned", {"holder": random.choice(["Ann", "Bea", "Zoe"]), "team": random.choice(["desk", "ops"])}),
        ("ticket.resolved", {}),
        ("satisfaction.recorded", {"score": random.randint(0, 6), "scale": "1-5"}),
        ("case.linked", {"to": f"C{random.randrange(5)}"}),
        ("ticket.merged", {"into": f"C{random.randrange(5)}"}),
    ]
    kind, data = random.choices(kinds, [3, 3, 5, 1, 3, 0.2, 0.2])[0]
    envelope = {"client": random.choice(CLIENTS)} if kind in ("ticket.opened", "email.sent") else {}
    return cloud_event(kind, case, at, f"{number}", **envelope, **data)


ALL_FACTS: Final = {"unowned", "below_grade", "run_around", "silence", "bad_word"}


@pytest.mark.parametrize(
    ("seed", "book", "facts"), [(0, BOOK, ALL_FACTS), (1, BOOK, ALL_FACTS), (2, ONLY_WORDS, {"bad_word"})]
)
def test_followed_facts_are_those_the_question_finds(
    any_database: Location, seed: int, book: str, facts: set[str]
) -> None:
    random, seen, journal = Random(seed), set[str](), Journal(any_database, book)
    # The one fact that chance seldom brings: acme was promised seniors, and Bea is none.
    opened = cloud_event("ticket.opened", "K", MONDAY, "k1", client="acme")
    journal.take(opened, cloud_event("email.sent", "K", MONDAY + 1, "k2", author="Bea"), at=MONDAY + 1)
    seen |= {fact for _, fact in journal.standing()}
    for number in range(60):
        events = [_happening(random, number, journal.now)]
        if number == 20:
            events.append(cloud_event("staff.changed", None, MONDAY, "staff", person="Zoe", team="ops"))
        if random.random() < 0.1:
            cleared = {"by": "R. Finch", "reason": "We met."}
            events.append(cloud_event("client.risk_cleared", None, journal.now, f"c{number}", client="acme", **cleared))
        journal.take(*events, at=journal.now + random.choice([MINUTE_US, HOUR_US, 9 * HOUR_US]))
        if number == 40:
            text = book.replace("handoffs: 1", "handoffs: 2").replace("score_below: 50%", "score_below: 80%")
            journal.point.apply(Offer(BookText(text, "new.yaml"), "Ann", "agreed", since=0), journal.now + 1)
            journal.now += 2
            judge_what_is_left(journal.point, journal.now)
            journal.take(at=journal.now)
        if random.random() < 0.7:
            assert _followed(journal.watch) == journal.standing()
            anew = journal.new_watch()
            anew.look()
            assert journal.watch.readings == anew.readings
            seen |= {fact for _, fact in journal.standing()}
    assert seen == facts
    journal.store.close()


def test_silence_is_seen_without_any_event(journal: Journal) -> None:
    journal.take(cloud_event("ticket.opened", "A", MONDAY, "1", client="acme"), at=MONDAY)
    journal.clock.set(MONDAY + DAY_US - 1)
    assert _followed(journal.watch)["acme", "silence"] == 0
    journal.clock.set(MONDAY + DAY_US)
    assert _followed(journal.watch)["acme", "silence"] == 1
    # A question goes up to what was recorded last, which is the opening.
    assert journal.standing()["acme", "silence"] == 0


def test_a_clearing_is_seen_and_what_comes_after_it_again(journal: Journal) -> None:
    bad = {"score": 1, "scale": "1-5"}
    journal.take(
        cloud_event("ticket.opened", "A", MONDAY, "1", client="acme"),
        cloud_event("email.sent", "A", MONDAY + MINUTE_US, "2", author="Ann"),
        cloud_event("satisfaction.recorded", "A", MONDAY + HOUR_US, "3", **bad),
        at=MONDAY + HOUR_US,
    )
    journal.watch.look()
    assert journal.watch.readings.risks == (Standing("acme", RiskFact.BAD_WORD, 1),)
    cleared = cloud_event(
        "client.risk_cleared", None, MONDAY + 2 * HOUR_US, "4", client="acme", by="R. Finch", reason="Met."
    )
    journal.take(cleared, at=MONDAY + 2 * HOUR_US)
    journal.watch.look()
    assert not journal.watch.readings.risks
    journal.take(cloud_event("satisfaction.recorded", "A", MONDAY + 3 * HOUR_US, "5", **bad), at=MONDAY + 3 * HOUR_US)
    journal.watch.look()
    assert journal.watch.readings.risks == (Standing("acme", RiskFact.BAD_WORD, 1),)


def test_scores_of_the_last_quarter_are_shown_with_their_number(journal: Journal) -> None:
    journal.take(
        cloud_event("ticket.opened", "A", MONDAY, "1", client="acme"),
        cloud_event("satisfaction.recorded", "A", MONDAY + 1, "2", score=5, scale="1-5"),
        cloud_event("satisfaction.recorded", "A", MONDAY + DAY_US, "3", score=2, scale="1-5"),
        cloud_event("satisfaction.recorded", "A", MONDAY + DAY_US, "4", score=9, scale="1-5"),
        at=MONDAY + DAY_US,
    )
    journal.watch.look()
    # 1 and 1/4; 9 of 1 to 5 is no score.
    assert journal.watch.readings.words == (Satisfaction("acme", 2, 0.625),)
    journal.clock.set(MONDAY + 1 + 90 * DAY_US)
    journal.watch.look()
    assert journal.watch.readings.words == (Satisfaction("acme", 1, 0.25),)


def test_a_book_without_a_section_risk_puts_nobody_at_risk_and_scores_are_shown_all_the_same(
    any_database: Location,
) -> None:
    journal = Journal(any_database, BOOK.partition("risk:")[0])
    journal.take(
        cloud_event("ticket.opened", "A", MONDAY, "1", client="acme"),
        cloud_event("satisfaction.recorded", "A", MONDAY + 1, "2", score=1, scale="1-5"),
        at=MONDAY + 3 * DAY_US,
    )
    journal.watch.look()
    readings = journal.watch.readings
    assert (readings.risks, readings.facts, readings.words) == ((), (), (Satisfaction("acme", 1, 0.0),))
    journal.store.close()


def test_a_look_reads_again_only_what_something_was_recorded_of(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(10):
        opened = cloud_event("ticket.opened", f"C{number}", MONDAY, f"{number}", client="acme")
        journal.take(opened, at=MONDAY)
    read: list[str] = []

    def noted(case: Any, limits: Any) -> Any:
        read.append(case.case)
        return facts_of_case(case, limits)

    monkeypatch.setattr(client_watch, "facts_of_case", noted)
    journal.watch.look()
    assert sorted(read) == [f"C{number}" for number in range(10)]
    read.clear()
    journal.take(cloud_event("email.sent", "C3", MONDAY + 1, "x", author="Ann"), at=MONDAY + HOUR_US)
    journal.watch.look()
    journal.watch.look()
    assert read == ["C3"]


def _of_tier(tier: str, at: InstantUs, name: str, client: str = "acme") -> bytes:
    return cloud_event("client.changed", None, at, name, client=client, tier=tier)


def test_the_tier_of_a_client_is_that_said_last_of_the_present_whenever_it_was_read(journal: Journal) -> None:
    noon = MONDAY + 4 * HOUR_US
    steps: list[tuple[list[bytes], dict[str, str]]] = [
        ([_of_tier("gold", noon, "1")], {"acme": "gold"}),
        ([_of_tier("silver", noon - HOUR_US, "2")], {"acme": "gold"}),  # late
        (
            [_of_tier("bronze", noon + 3 * HOUR_US, "3"), _of_tier("silver", noon, "4", "koala")],
            {"acme": "gold", "koala": "silver"},
        ),
        ([], {"acme": "bronze", "koala": "silver"}),  # its time has come
    ]
    for hour, (changes, tiers) in enumerate(steps):
        journal.take(*changes, at=noon + hour * HOUR_US)
        journal.watch.look()
        assert journal.watch.readings.tiers == tiers


def test_a_look_reads_only_the_changes_of_clients_that_are_new(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def noted(content: bytes) -> Event:
        read.append(recall_event(content).id)
        return recall_event(content)

    monkeypatch.setattr(told_tiers, "recall_event", noted)
    journal.take(*[_of_tier("gold", MONDAY + number, f"{number}") for number in range(10)], at=MONDAY + HOUR_US)
    journal.watch.look()
    assert len(read) == 10
    journal.take(_of_tier("silver", MONDAY + HOUR_US, "new"), at=MONDAY + 2 * HOUR_US)
    journal.watch.look()
    journal.watch.look()
    assert read[10:] == ["new"]


def test_after_a_failure_it_goes_on_where_it_was(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "MATTERS_A_READ", 2)
    for number in range(6):
        opened = cloud_event("ticket.opened", f"C{number}", MONDAY, f"{number}", client="acme")
        journal.take(opened, at=MONDAY + 2 * DAY_US)
    answered = iter([True, True, True, False])

    def connect() -> AbstractContextManager[Connection]:
        if not next(answered, True):
            raise TransientError("away")
        return journal.store._engine.connect()

    watch = journal.new_watch(connect)
    with pytest.raises(TransientError):
        watch.look()
    assert watch.readings.looked_at == 0
    assert _followed(watch) == journal.standing()
    assert _followed(watch)["acme", "silence"] == 6

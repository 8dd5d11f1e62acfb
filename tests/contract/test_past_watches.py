"""What is shown of the past (what is attainable, what the register says, what clients wish) is what the questions answer; on
every database. Worked by hand: of 59 cases all kept 95 % are shown, of 58 they are not (0.95 ** 59 = 0.0485, 0.95 ** 58 = 0.0510)."""

from __future__ import annotations

from typing import Any, Final

import pytest

from monitor.adapters.answers.fit import fit
from monitor.adapters.journal.location import Location
from monitor.adapters.metrics.attainable_watch import AttainableReading, AttainableWatch, attainable_series
from monitor.adapters.metrics.fit_watch import FitWatch, fit_series
from monitor.adapters.metrics.register_watch import RegisterWatch, register_series
from monitor.conventions import promise_metrics
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs, format_instant
from monitor.errors import TransientError
from monitor.service.editions.shelf import BookText, Offer
from monitor.testing import MONDAY, ManualClock, arrivals, cloud_event
from monitor.wire.questions import table
from monitor.wire.questions.fit_rows import FitParameters
from tests.contract.growing import GrowingJournal, on_each_database

BOOK: Final = """
book: Test & Sons
from: 2020-01-01
zone: UTC
hours: always
tiers: [gold]
clients:
  acme: {tier: gold}
  bolt: {}
promises:
  - {id: quick, kind: first_response, when: {priority: [urgent]}, within: 10m}
  - {id: first, kind: first_response, within: 1h, share: 90%, each: month, said: {by: Ann, where: here}}
  - {id: days, kind: own, within: 2 business days}
  - {id: done, kind: resolve, within: 10h}
"""


class Journal(GrowingJournal):
    """A journal that grows by whole cases, and the watches that look at it."""

    def __init__(self, database: Location) -> None:
        super().__init__(database, BOOK, MONDAY)
        self.clock = ManualClock()
        connect = self.store._engine.connect
        self.attainable = AttainableWatch(connect, lambda: self.point.book, self.clock)
        self.register = RegisterWatch(connect, self.clock)
        self.fit = FitWatch(connect, self.clock)

    def take(self, *events: bytes, at: InstantUs) -> None:
        self.now = max(self.now + 1, at)
        self.clock.set(self.now)
        self.point.take(arrivals(events), self.now)
        self.pass_until(self.now)

    def answered(self, number: int, minutes: int, **data: Any) -> None:
        """So many cases that are answered after so many minutes."""
        events = []
        for _ in range(number):
            case = f"C{self.next_number()}"
            events.append(cloud_event("ticket.opened", case, MONDAY, f"{case}-1", client="bolt", **data))
            answer = MONDAY + minutes * MINUTE_US
            events.append(cloud_event("email.sent", case, answer, f"{case}-2", author="Ann"))
        self.take(*events, at=MONDAY + 2 * HOUR_US)

    def promise(self, name: str) -> AttainableReading:
        [found] = [each for each in self.attainable.readings.asked if each.promise == name]
        return found


journal = on_each_database(Journal)


def _series(metrics: Any, name: str) -> dict[tuple[str, ...], float]:
    """The values of one metric by its labels."""
    return {
        tuple(sample.labels.values()): sample.value
        for metric in metrics
        for sample in metric.samples
        if metric.name == name
    }


# What is attainable


def test_a_promise_is_held_against_what_promises_with_the_same_conditions_governed(journal: Journal) -> None:
    journal.answered(59, 5, priority="urgent")
    journal.answered(40, 30)
    journal.answered(1, 90)
    journal.attainable.look()
    quick, first = journal.promise("quick"), journal.promise("first")
    # All 59 urgent ones within ten minutes; of the others 40 of 41 within the hour: the slow ones are not urgent ones.
    assert (quick.kept, quick.of, quick.asked, quick.delivered) == (59, 59, 0.95, 1.0)
    assert quick.lower == pytest.approx(0.05 ** (1 / 59))
    assert quick.promised == 10 * MINUTE_US
    assert quick.tightest == 5 * MINUTE_US
    assert (first.kept, first.of, first.asked) == (40, 41, 0.9)
    assert first.delivered == pytest.approx(40 / 41)
    # The bound p of 40 of 41: p ** 41 + 41 (1 - p) p ** 40 is 5 %.
    assert first.lower is not None
    assert first.lower**41 + 41 * (1 - first.lower) * first.lower**40 == pytest.approx(0.05)


def test_an_edition_that_a_worker_learns_of_later_is_asked_about_then(journal: Journal) -> None:
    """Nothing is recorded between the edition, which another worker made, and this one's knowing of it."""
    books = [journal.point.book]
    journal.attainable._book = lambda: books[-1]
    journal.point.apply(Offer(BookText(BOOK.replace("10m", "5m"), "new.yaml"), "Ann", "agreed", since=0), MONDAY + 1)
    journal.attainable.look()
    assert journal.promise("quick").promised == 10 * MINUTE_US
    books.append(journal.point.book)
    journal.attainable.look()
    assert journal.promise("quick").promised == 5 * MINUTE_US


def test_too_little_evidence_is_no_series_and_what_was_delivered_is_told_all_the_same(journal: Journal) -> None:
    journal.answered(28, 30)
    journal.attainable.look()
    metrics = list(attainable_series(journal.attainable.readings))
    first = ("first_response", "first", "1")
    # 90 % takes 29 cases: 0.9 ** 28 = 0.0523, 0.9 ** 29 = 0.0471.
    assert _series(metrics, promise_metrics.ATTAINABLE_OCCASIONS.name)[first] == 28
    assert first not in _series(metrics, promise_metrics.ATTAINABLE_LOWER.name) | _series(
        metrics, promise_metrics.ATTAINABLE_KEPT.name
    )
    assert first not in _series(metrics, promise_metrics.ATTAINABLE_TIGHTEST.name)
    assert _series(metrics, promise_metrics.ATTAINABLE_DELIVERED.name) == {first: 1.0}
    journal.answered(1, 30)
    journal.attainable.look()
    metrics = list(attainable_series(journal.attainable.readings))
    assert _series(metrics, promise_metrics.ATTAINABLE_LOWER.name) == {first: pytest.approx(0.05 ** (1 / 29))}
    assert _series(metrics, promise_metrics.ATTAINABLE_TIGHTEST.name) == {first: 1_800}
    # Of days nobody can say how long they are.
    assert set(_series(metrics, promise_metrics.ATTAINABLE_PROMISED.name).values()) == {600, 3_600, 36_000}


def test_promises_beyond_the_limit_are_left_out_and_counted(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.conventions.limits.PROMISES_WITH_SERIES", 1)
    journal.attainable.look()
    metrics = list(attainable_series(journal.attainable.readings))
    assert set(_series(metrics, promise_metrics.ATTAINABLE_ASKED.name)) == {("first_response", "quick", "1")}
    assert _series(metrics, promise_metrics.ATTAINABLE_LEFT_OUT.name) == {(): 3}


def test_a_look_that_fails_leaves_what_was_known_and_one_that_is_not_wanted_forgets(journal: Journal) -> None:
    journal.answered(59, 5)
    watch = journal.attainable
    watch.look()
    known, connect = watch.readings, watch._connect

    def away() -> Any:
        raise TransientError("away")

    watch._connect = away
    with pytest.raises(TransientError):
        watch.look()
    assert watch.readings == known
    watch.forget()
    assert not watch.readings.asked
    watch._connect = connect
    watch.look()
    assert watch.readings == known


# The register


def _given(case: str, at: InstantUs, by: InstantUs, name: str = "p", client: str = "acme", **said: Any) -> bytes:
    kept_by = {"by": format_instant(by), "kept_by": "resolution"}
    return cloud_event("promise.made", case, at, f"{case}-{name}-{at}", client=client, promise=name, **kept_by, **said)


def test_promises_are_counted_by_where_they_stand_and_those_that_bind_by_what_is_found(journal: Journal) -> None:
    opened = [cloud_event("ticket.opened", case, MONDAY, f"{case}-1", client="acme") for case in "AB"]
    said = (
        _given("A", MONDAY + 1, MONDAY + DAY_US, speaker="Ann", words="By tomorrow."),
        _given("B", MONDAY + 1, MONDAY + DAY_US),
        _given("B", MONDAY + 2, MONDAY + DAY_US, name="gone"),
        cloud_event("promise.withdrawn", "B", MONDAY + 3, "w", promise="gone", client="acme"),
        cloud_event("promise.proposed", "A", MONDAY + 4, "x", promise="later", client="acme", speaker="Ann"),
    )
    journal.take(*opened, *said, at=MONDAY + HOUR_US)
    journal.register.look()
    metrics = list(register_series(journal.register.readings, ["acme"]))
    standing = _series(metrics, promise_metrics.REGISTER_PROMISES.name)
    assert {labels: count for labels, count in standing.items() if count} == {
        ("book", "in_force"): 4,
        ("case", "made"): 2,
        ("case", "withdrawn"): 1,
        ("case", "proposed"): 1,
    }
    # Only `first` says who said it. `quick` was never exercised, for nothing was urgent. Of B's date nobody is named, nor
    # does anybody have the case; what was withdrawn counts no more.
    findings = {
        labels: count for labels, count in _series(metrics, promise_metrics.REGISTER_FINDINGS.name).items() if count
    }
    assert findings == {
        ("book", "never_exercised"): 1,
        ("book", "no_source"): 3,
        ("book", "nobody_answerable"): 3,
        ("case", "no_source"): 1,
        ("case", "nobody_answerable"): 1,
    }
    assert _series(metrics, promise_metrics.CLIENT_REGISTER_FINDINGS.name) == {
        ("acme", "no_source"): 1,
        ("acme", "nobody_answerable"): 1,
    }
    others = list(register_series(journal.register.readings, []))
    assert set(_series(others, promise_metrics.CLIENT_REGISTER_FINDINGS.name)) == {
        ("_other", "no_source"),
        ("_other", "nobody_answerable"),
    }
    # The date of A is over the next day: it binds nobody any more.
    journal.take(cloud_event("ticket.resolved", "B", MONDAY + 2 * HOUR_US, "r"), at=MONDAY + 2 * HOUR_US)
    journal.register.look()
    assert not journal.register.readings.of_clients


def test_a_promise_that_begins_while_nothing_is_recorded_is_in_force(journal: Journal) -> None:
    """It begins on 3 March, at midnight in UTC: fifteen hours after the Monday on which it was written down."""
    text = BOOK + "  - {id: spring, kind: next_response, within: 2h, from: 2026-03-03}\n"
    journal.take(cloud_event("ticket.opened", "A", MONDAY, "A-1", client="acme"), at=MONDAY)
    journal.point.apply(Offer(BookText(text, "new.yaml"), "Ann", "agreed"), MONDAY + 1)
    counts = []
    for at in (MONDAY + 2, MONDAY + 15 * HOUR_US - 1, MONDAY + 15 * HOUR_US):
        journal.clock.set(at)
        journal.register.look()
        promises = journal.register.readings.promises
        counts.append((promises["book", "in_force"], promises["book", "planned"]))
    assert counts == [(4, 1), (4, 1), (5, 0)]


def test_the_counts_are_those_of_the_rows_that_are_asked_for(journal: Journal) -> None:
    for number in range(59):
        journal.take(
            _given(f"R{number}", MONDAY, MONDAY + 20 * HOUR_US, speaker="Ann"),
            cloud_event("ticket.resolved", f"R{number}", MONDAY + 9 * HOUR_US, f"R{number}-2"),
            at=MONDAY + 9 * HOUR_US,
        )
    # What was given all those times took nine hours: eight were never enough, and thirty always were.
    now = MONDAY + DAY_US
    for case, hours in (("A", 8), ("B", 30)):
        journal.take(_given(case, now, now + hours * HOUR_US, speaker="Ann", words="So."), at=now + 2)
    journal.register.look()
    asked = journal.rows(table.REGISTER, client="acme")
    against = [row["case"] for row in asked if "made_against_the_record" in row["findings"]]
    assert against == ["A"]
    assert journal.register.readings.findings["case", "made_against_the_record"] == 1
    assert journal.register.readings.of_clients["acme", "made_against_the_record"] == 1
    assert journal.register.readings.unasked == 0


# Fit


def test_the_wishes_of_each_client_are_those_of_the_sheet(journal: Journal) -> None:
    for number in range(59):
        journal.take(
            cloud_event("ticket.opened", f"R{number}", MONDAY, f"R{number}-1", client="bolt"),
            cloud_event("ticket.resolved", f"R{number}", MONDAY + 9 * HOUR_US, f"R{number}-2"),
            at=MONDAY + 9 * HOUR_US,
        )
    now = MONDAY + DAY_US
    opened = cloud_event("ticket.opened", "A", now, "A-1", client="acme")
    journal.take(opened, _given("A", now + 1, now + HOUR_US), at=now + 2)
    journal.take(at=now + 2 * HOUR_US)
    journal.fit.look()
    for client, wishes in journal.fit.readings.clients:
        with journal.store._engine.connect() as connection:
            sheet = fit(connection, FitParameters(client=client))
        assert (wishes.could, wishes.could_not, wishes.too_few) == tuple(
            sheet[name] for name in ("could", "could_not", "too_few")
        )
    metrics = list(fit_series(journal.fit.readings))
    # Of acme: the date within the hour, which no case was resolved in, and the ten hours that the promise leaves. Of bolt: those
    # ten hours, 59 times, of which all were kept.
    assert _series(metrics, promise_metrics.FIT_WISHES.name) == {
        ("acme", "attainable"): 1,
        ("acme", "not_attainable"): 1,
        ("acme", "too_few"): 0,
        ("bolt", "attainable"): 59,
        ("bolt", "not_attainable"): 0,
        ("bolt", "too_few"): 0,
    }
    became = _series(metrics, promise_metrics.FIT_PROMISED.name)
    assert {labels: count for labels, count in became.items() if count} == {
        ("acme", "broken"): 1,
        ("acme", "waiting"): 1,
        ("bolt", "kept"): 59,
    }


def test_a_client_without_wishes_has_no_series(journal: Journal) -> None:
    journal.fit.look()
    assert [reading.client for reading in journal.fit.readings.clients] == ["acme", "bolt"]
    assert not _series(fit_series(journal.fit.readings), promise_metrics.FIT_WISHES.name)

"""Series that answer one question of whoever watches, straight from a journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.adapters.journal.database import engine_for
from monitor.adapters.journal.location import Location
from monitor.adapters.metrics.beside import Beside
from monitor.adapters.metrics.notice_status import NoticeStatus, notice_status
from monitor.adapters.metrics.prometheus import KeptCollector, Watched, shown_by
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US
from monitor.service.editions.shelf import BookText, Offer
from monitor.service.intake.agenda import Agenda
from monitor.service.intake.pipeline import Pipeline
from monitor.testing import (
    BOOK,
    MONDAY,
    InlineWorker,
    ManualClock,
    arrivals,
    cloud_event,
    commit_point,
    judge_what_is_left,
    sqlite_store,
)
from monitor.wire.book.loading import read_book

LISTENING_BOOK = BOOK + "sources:\n  /test: {silent_after: 30m}\n  /telephony: {silent_after: 8h}\n"


class Kept:
    """A journal and the series about it, at an instant set by hand."""

    def __init__(self, file: Path) -> None:
        self._store = sqlite_store(file)
        self._engine = engine_for(Location(file))
        self.clock = ManualClock()
        self.point = commit_point(self._store, LISTENING_BOOK)
        self.beside = Beside(self._engine, self._engine.connect, lambda: self.point.book, self.clock)
        self._watched = watched_by(self)

    def notices(self) -> NoticeStatus:
        return notice_status(self._engine, self.clock.now())

    def take(self, *events: bytes) -> None:
        self.point.take(arrivals(events), self.clock.now())

    def value(self, name: str, **labels: str) -> float | None:
        """One series; None where there is no such series."""
        samples = (sample for metric in KeptCollector(self._watched).collect() for sample in metric.samples)
        return next((each.value for each in samples if each.name == name and each.labels == labels), None)

    def close(self) -> None:
        self._engine.dispose()
        self._store.close()


def watched_by(kept: Kept) -> Watched:
    worker, point = InlineWorker(), kept.point
    pipeline, agenda = Pipeline(point, kept.clock, worker), Agenda(point, kept.clock, worker)
    return Watched(point, pipeline, agenda, kept.beside, kept.notices, "1.0")


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    opened = Kept(tmp_path / "kept.db")
    yield opened
    opened.close()


def _unheld(kept: Kept) -> float | None:
    return kept.value("kept_unheld_obligations", kind="first_response")


def test_a_client_is_shown_with_the_tier_that_events_gave_it_by_now(kept: Kept) -> None:
    # Silver by the book, gold since ten, told in other capitals; bronze from eleven on, which is still to come, and told first.
    changes = [("11", HOUR_US * 2, "bronze"), ("10", HOUR_US, "Gold"), ("9", 0, "silver")]
    for number, (name, after, tier) in enumerate(changes):
        kept.take(cloud_event("client.changed", None, MONDAY + after, name, client="umbra", tier=tier))
        kept.clock.set(MONDAY + HOUR_US + number)
    kept.beside.clients.look()
    assert kept.value("kept_client_info", client="umbra", tier="gold") == 1
    assert kept.value("kept_client_info", client="umbra", tier="silver") is None
    kept.clock.set(MONDAY + 2 * HOUR_US)
    kept.beside.clients.look()
    assert kept.value("kept_client_info", client="umbra", tier="bronze") == 1


def test_a_tier_that_no_client_has_yet_has_series_from_the_start() -> None:
    # A client may be moved there by an event: a series that is born with its first breach shows no increase.
    book = read_book(BOOK.replace("[gold, silver]", "[gold, silver, bronze]"), "test-book.yaml")
    assert shown_by(book).tiers == ["bronze", "gold", "silver", ""]


def test_what_is_due_within_a_quarter_of_an_hour_and_held_by_nobody_is_counted(kept: Kept) -> None:
    kept.take(cloud_event("ticket.opened", "A", MONDAY, "1", client="acme"))
    kept.clock.set(MONDAY + 44 * MINUTE_US)
    assert _unheld(kept) == 0
    kept.clock.set(MONDAY + 45 * MINUTE_US)
    assert _unheld(kept) == 1


@pytest.mark.parametrize("holder", [{"holder": "Ann"}, {"team": "tax"}])
def test_what_a_person_or_a_team_holds_is_not_unheld(kept: Kept, holder: dict[str, str]) -> None:
    kept.take(
        cloud_event("ticket.opened", "A", MONDAY, "1", client="acme"),
        cloud_event("ticket.assigned", "A", MONDAY, "2", **holder),
    )
    kept.clock.set(MONDAY + 50 * MINUTE_US)
    assert _unheld(kept) == 0


def test_what_was_answered_is_not_unheld(kept: Kept) -> None:
    kept.take(
        cloud_event("ticket.opened", "A", MONDAY, "1", client="acme"),
        cloud_event("email.sent", "A", MONDAY + 1, "2", author="Ann"),
    )
    kept.clock.set(MONDAY + 50 * MINUTE_US)
    assert _unheld(kept) == 0


def test_a_source_that_was_never_heard_is_expected_all_the_same(kept: Kept) -> None:
    assert kept.value("kept_source_silent_after_seconds", source="/telephony") == 8 * 3_600
    assert kept.value("kept_source_last_event_timestamp_seconds", source="/telephony") is None


def test_a_source_the_book_does_not_name_has_no_silence_to_exceed(kept: Kept) -> None:
    kept.take(cloud_event("ticket.opened", "A", MONDAY, "1", client="acme", source="/elsewhere"))
    assert kept.value("kept_source_silent_after_seconds", source="/elsewhere") is None
    assert kept.value("kept_source_last_event_timestamp_seconds", source="/elsewhere") == MONDAY / 1e6


def test_a_new_edition_of_the_book_is_counted_and_its_rejudging_shows_until_it_is_done(kept: Kept) -> None:
    kept.take(cloud_event("ticket.opened", "A", MONDAY, "1", client="acme"))
    assert (kept.value("kept_book_edition"), kept.value("kept_rejudging")) == (1, 0)
    stricter = BookText(LISTENING_BOOK.replace("within: 1h", "within: 30m"), "stricter.yaml")
    kept.point.apply(Offer(stricter, "Ann", "agreed", since=MONDAY), MONDAY + HOUR_US)
    assert (kept.value("kept_book_edition"), kept.value("kept_rejudging")) == (2, 1)
    judge_what_is_left(kept.point, MONDAY + HOUR_US)
    assert (kept.value("kept_book_edition"), kept.value("kept_rejudging")) == (2, 0)


SHARED_BOOK = BOOK.replace(
    "{id: first, kind: first_response, within: 1h, warn: [50%]}",
    "{id: first, kind: first_response, within: 1h, share: 75%, each: month}",
)


def _of_share(kept: Kept, name: str, period: str | None = "running", client: str = "acme") -> float | None:
    labels = {"client": client, "promise": "first", "version": "1"}
    return kept.value(name, **labels, **({} if period is None else {"period": period}))


def _restate(kept: Kept, text: str, at: int) -> None:
    kept.point.apply(Offer(BookText(text, "shared.yaml"), "Ann", "agreed", since=0), at)
    judge_what_is_left(kept.point, at)


def test_a_share_has_series_once_it_was_looked_at_and_none_of_them_is_a_value_for_nothing(kept: Kept) -> None:
    _restate(kept, SHARED_BOOK, MONDAY)
    assert _of_share(kept, "kept_share_budget_left_breaches") is None
    assert kept.value("kept_shares_last_read_timestamp_seconds") == 0
    kept.beside.shares.look()
    assert kept.value("kept_shares_last_read_timestamp_seconds") == MONDAY / 1e6
    assert (_of_share(kept, "kept_share_budget_left_breaches"), _of_share(kept, "kept_share_broken")) == (0, 0)
    assert (_of_share(kept, "kept_share_ratio"), _of_share(kept, "kept_share_pace_ratio")) == (None, None)
    assert _of_share(kept, "kept_share_promised_ratio", None) == 0.75
    # 1 March 2026 at midnight in UTC, a day and nine hours before that Monday at nine.
    assert _of_share(kept, "kept_share_period_start_timestamp_seconds", None) == MONDAY / 1e6 - 33 * 3_600


def test_the_running_share_follows_what_is_decided_and_becomes_the_last_one(kept: Kept) -> None:
    _restate(kept, SHARED_BOOK, MONDAY)
    kept.beside.shares.look()
    for number in range(4):
        kept.take(cloud_event("ticket.opened", f"C{number}", MONDAY, "1", client="acme", source=f"/{number}"))
    for number in range(2):
        kept.take(cloud_event("email.sent", f"C{number}", MONDAY + 1, "2", author="Ann", source=f"/{number}"))
    kept.clock.set(MONDAY + 2 * HOUR_US)
    kept.point.wake(kept.clock.now())
    kept.beside.shares.look()
    # Two of four: a quarter of four may be broken, one; that is twice as many as allowed.
    assert _of_share(kept, "kept_share_ratio") == 0.5
    assert _of_share(kept, "kept_share_broken") == 2
    assert _of_share(kept, "kept_share_budget_left_breaches") == -1
    assert _of_share(kept, "kept_share_pace_ratio") == 2
    # 35 hours of 744 have passed: 85 by the end, of which 21 may be broken.
    assert _of_share(kept, "kept_share_budget_left_by_end_breaches") == 19
    assert _of_share(kept, "kept_share_broken", "last") == 0
    kept.clock.set(MONDAY + 31 * DAY_US)
    kept.beside.shares.look()
    assert _of_share(kept, "kept_share_budget_left_by_end_breaches", "last") == -1
    assert _of_share(kept, "kept_share_broken") == 0


def test_shares_beyond_the_limit_are_counted_as_left_out(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.conventions.limits.SHARES_WITH_SERIES", 1)
    _restate(kept, SHARED_BOOK, MONDAY)
    kept.beside.shares.look()
    assert kept.value("kept_shares_left_out") == 1
    assert _of_share(kept, "kept_share_broken", client="acme") == 0
    assert _of_share(kept, "kept_share_broken", client="umbra") is None


RISK_BOOK = LISTENING_BOOK + "risk:\n  score_below: 50%\n"


def _rated(case: str, number: int, client: str, *scores: int) -> list[bytes]:
    opened = cloud_event("ticket.opened", case, MONDAY, f"{case}0", client=client)
    return [
        opened,
        *(
            cloud_event(
                "satisfaction.recorded", case, MONDAY + number + 1, f"{case}{number}s", score=score, scale="1-5"
            )
            for number, score in enumerate(scores, start=number)
        ),
    ]


def test_clients_at_risk_have_series_once_they_were_looked_at_and_none_where_no_fact_stands(kept: Kept) -> None:
    _restate(kept, RISK_BOOK, MONDAY)
    kept.take(*_rated("A", 0, "acme", 1, 5, 2))
    assert kept.value("kept_clients_last_read_timestamp_seconds") == 0
    assert kept.value("kept_clients_at_risk") is None
    kept.clock.set(MONDAY + HOUR_US)
    kept.beside.clients.look()
    # Scores of 1 and 2 lie below the middle of 1 to 5; the three stand at 0, 1 and 1/4.
    assert kept.value("kept_client_at_risk", client="acme", fact="bad_word") == 2
    assert kept.value("kept_clients_at_risk") == 1
    assert kept.value("kept_client_scores", client="acme") == 3
    assert kept.value("kept_client_score_ratio", client="acme") == pytest.approx(1.25 / 3)
    assert kept.value("kept_clients_last_read_timestamp_seconds") == (MONDAY + HOUR_US) / 1e6
    cleared = cloud_event(
        "client.risk_cleared", None, MONDAY + HOUR_US, "c", client="acme", by="R. Finch", reason="Met."
    )
    kept.take(cleared)
    kept.beside.clients.look()
    assert kept.value("kept_client_at_risk", client="acme", fact="bad_word") is None
    assert kept.value("kept_clients_at_risk") == 0


def test_clients_at_risk_beyond_the_limit_are_together(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.conventions.limits.CLIENTS_WITH_SERIES", 1)
    _restate(kept, RISK_BOOK, MONDAY)
    kept.take(*_rated("A", 0, "acme", 1), *_rated("B", 10, "umbra", 1, 2), *_rated("C", 20, "bolt", 5))
    kept.clock.set(MONDAY + HOUR_US)
    kept.beside.clients.look()
    assert kept.value("kept_client_at_risk", client="acme", fact="bad_word") == 1
    assert kept.value("kept_client_at_risk", client="_other", fact="bad_word") == 2
    assert kept.value("kept_clients_at_risk") == 2
    # 0, 1/4 and 1.
    assert kept.value("kept_client_scores", client="_other") == 3
    assert kept.value("kept_client_score_ratio", client="_other") == pytest.approx(1.25 / 3)


def test_where_the_book_names_no_facts_there_are_no_series_of_risk(kept: Kept) -> None:
    kept.beside.clients.look()
    assert kept.value("kept_clients_at_risk") is None


def test_what_the_past_says_is_shown_once_it_was_asked(kept: Kept) -> None:
    kept.take(cloud_event("ticket.opened", "A", MONDAY, "1", client="acme"))
    asked = ("attainable", "register", "fit")
    assert [kept.value("kept_past_last_read_timestamp_seconds", question=each) for each in asked] == [0, 0, 0]
    assert kept.value("kept_register_promises", made_in="book", state="in_force") is None
    for watch in (kept.beside.attainable, kept.beside.register, kept.beside.fit):
        watch.look()
    assert {kept.value("kept_past_last_read_timestamp_seconds", question=each) for each in asked} == {MONDAY / 1e6}
    promises = len(kept.point.book.promises)
    assert kept.value("kept_register_promises", made_in="book", state="in_force") == promises
    assert kept.value("kept_register_promises", made_in="case", state="made") == 0
    assert kept.value("kept_attainable_left_out") == 0
    [timed] = [each for each in kept.point.book.promises if each.kind == "first_response"]
    labels = {"kind": "first_response", "promise": timed.id, "version": str(timed.version)}
    # The one there is waits: nothing is counted, and of nothing there is no share.
    assert kept.value("kept_attainable_occasions", **labels) == 0
    assert kept.value("kept_attainable_lower_bound_ratio", **labels) is None

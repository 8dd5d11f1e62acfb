"""Series that answer one question of whoever watches, straight from a journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.adapters.breach_status import Unowned, unowned_breaches
from monitor.adapters.database import engine_for
from monitor.adapters.location import Location
from monitor.adapters.notice_status import NoticeStatus, notice_status
from monitor.adapters.prometheus import KeptCollector, Watched
from monitor.adapters.time_left import TimeLeft, time_left
from monitor.domain.instant import HOUR_US, MINUTE_US
from monitor.service.agenda import Agenda
from monitor.service.pipeline import Pipeline
from monitor.service.shelf import BookText
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

LISTENING_BOOK = BOOK + "sources:\n  /test: {silent_after: 30m}\n  /telephony: {silent_after: 8h}\n"


class Kept:
    """A journal and the series about it, at an instant set by hand."""

    def __init__(self, file: Path) -> None:
        self._store = sqlite_store(file)
        self._engine = engine_for(Location(file))
        self.clock = ManualClock()
        self.point = commit_point(self._store, LISTENING_BOOK)
        self._watched = watched_by(self)

    def unowned_breaches(self) -> dict[Unowned, int]:
        return unowned_breaches(self._engine)

    def time_left(self, kinds: list[str]) -> TimeLeft:
        return time_left(self._engine, kinds, self.clock.now())

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
    return Watched(point, pipeline, agenda, kept.time_left, kept.notices, kept.unowned_breaches, "1.0")


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    opened = Kept(tmp_path / "kept.db")
    yield opened
    opened.close()


def _unheld(kept: Kept) -> float | None:
    return kept.value("kept_unheld_obligations", kind="first_response")


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
    kept.point.apply(stricter, MONDAY + HOUR_US, author="Ann", reason="agreed", since=MONDAY)
    assert (kept.value("kept_book_edition"), kept.value("kept_rejudging")) == (2, 1)
    judge_what_is_left(kept.point, MONDAY + HOUR_US)
    assert (kept.value("kept_book_edition"), kept.value("kept_rejudging")) == (2, 0)

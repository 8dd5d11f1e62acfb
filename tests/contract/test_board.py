"""The board: what is due next and what is late as things stand, and how each client is served; every figure worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.adapters.answers import board as answers
from monitor.adapters.answers.board import board
from monitor.adapters.journal.location import Location
from monitor.conventions.media_types import HTML
from monitor.domain.hours.instant import HOUR_US, MINUTE_US
from monitor.service.intake.canary_source import promised
from monitor.testing import BOOK, MONDAY, HttpKept, arrivals, cloud_event
from monitor.wire.report.board import board_of
from tests.contract.growing import GrowingJournal, cells, cut, on_each_database

# First responses are due an hour after opening, resolutions eight hours after for acme, which is gold, and a day for umbra.
ANSWERED_LATE = [
    cloud_event("ticket.opened", "B", MONDAY - HOUR_US, "b1", client="umbra"),
    cloud_event("email.sent", "B", MONDAY + 30 * MINUTE_US, "b2", author="Ann"),
]
NOT_ANSWERED = cloud_event("ticket.opened", "C/1 <b>", MONDAY - 30 * MINUTE_US, "c1", client="acme", holder="Joe")
IN_TIME = cloud_event("ticket.opened", "A", MONDAY, "a1", client="acme")
NOW = MONDAY + 45 * MINUTE_US
"""09:45."""


class Journal(GrowingJournal):
    """A firm that promises around the clock."""

    def __init__(self, database: Location) -> None:
        super().__init__(database, BOOK, MONDAY - HOUR_US)

    def board(self) -> dict[str, Any]:
        """As things stand."""
        with self.store._engine.connect() as connection:
            return board(connection, self.now)


journal = on_each_database(Journal)


def test_it_tells_what_is_due_what_is_late_and_how_clients_are_served(journal: Journal) -> None:
    for event in (ANSWERED_LATE[0], NOT_ANSWERED, IN_TIME, ANSWERED_LATE[1]):
        journal.point.take(arrivals([event]), MONDAY + 30 * MINUTE_US)
    journal.pass_until(NOW)
    found = journal.board()
    assert cells(found, "firm", "now", "due_soon", "late_count") == ("Test & Sons", "2026-03-02T09:45:00Z", 1, 1)
    assert cut(found["due"], "case", "kind", "due", "left_seconds", "holder") == [
        ("A", "first_response", "2026-03-02T10:00:00Z", 900, None),
        ("C/1 <b>", "resolve", "2026-03-02T16:30:00Z", 24_300, "Joe"),
        ("A", "resolve", "2026-03-02T17:00:00Z", 26_100, None),
        ("B", "resolve", "2026-03-03T08:00:00Z", 80_100, None),
    ]
    assert cut(found["late"], "case", "client", "due", "left_seconds") == [
        ("C/1 <b>", "acme", "2026-03-02T09:30:00Z", -900)
    ]
    # B was due at 09:00 and answered at 09:30, C at 09:30 and not answered.
    assert cells(found, "broken_lately", "clients_late", "clients_count") == (2, 1, 2)
    assert cut(found["clients"], "client", "running", "kept", "open_late", "done_late") == [
        ("acme", 3, 0, 1, 0),
        ("umbra", 1, 0, 0, 1),
    ]
    # At ten on Tuesday the last 24 hours have the three resolutions: of 16:30, 17:00 and 08:00. A's first response was due at ten on
    # Monday, which they just don't have any more.
    journal.pass_until(MONDAY + 25 * HOUR_US)
    assert cells(journal.board(), "due_soon", "late_count", "broken_lately") == (0, 5, 3)


def test_what_it_shows_is_bounded_and_the_canary_is_not_in_it(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.point.take(arrivals([promised(MONDAY)]), MONDAY)
    assert cells(journal.board(), "due_soon", "due", "clients_count") == (0, [], 2)  # those of the book
    cases = [cloud_event("ticket.opened", f"{n:02}", MONDAY + n, f"{n}", client="acme") for n in range(20)]
    journal.point.take(arrivals(cases), MONDAY + MINUTE_US)
    journal.pass_until(MONDAY + MINUTE_US)
    found = journal.board()
    assert (found["due_soon"], len(found["due"])) == (20, 15)
    monkeypatch.setattr(answers, "MOST_COUNTED", 20)
    page = board_of(journal.board())
    assert "20+" in page


async def test_it_is_a_page_that_renews_itself_and_leads_to_cases_and_reports(tmp_path: Any) -> None:
    async with HttpKept(Location(tmp_path / "kept.db")) as kept:
        empty = await kept.http.get("/")
        assert "Nothing is due." in empty.text
        await kept.take(NOT_ANSWERED)
        kept.clock.set(NOW)
        await kept.agenda.turn()
        page = await kept.http.get("/", headers={"accept": "text/html,*/*;q=0.8"})
        assert (page.status_code, page.headers["refresh"]) == (200, "30")
        assert page.headers["content-type"].startswith(HTML)
        # A page in a sandbox may not renew itself, and a name of a case is no markup.
        assert "sandbox" not in page.headers["content-security-policy"]
        assert "late by 15 min" in page.text
        assert "<b>" not in page.text
        [account] = {part.partition('"')[0] for part in page.text.split('href="') if part.startswith("/v1/expl")}
        assert account == "/v1/explanations/C/1%20%3Cb%3E"
        assert (await kept.http.get(account)).status_code == 200
        assert (await kept.http.get("/v1/reports/draft?client=acme&period=2026-03")).status_code == 200
        assert 'href="/v1/reports/draft?client=acme&amp;period=2026-03"' in page.text
        assert (await kept.http.get("/", headers={"accept": "application/json"})).status_code == 406

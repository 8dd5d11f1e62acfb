"""The question about shares, asked of the journal on every database. What is due is told by heart: a first response is owed
within an hour, around the clock."""

from __future__ import annotations

from typing import Any, Final

import pytest

from monitor.adapters.answers.answering import Asked, ask
from monitor.adapters.answers.pages import UnreadableCursor
from monitor.adapters.journal.location import Location
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs, format_instant, parse_instant
from monitor.service.editions.shelf import BookText, Offer
from monitor.testing import arrivals, cloud_event, judge_what_is_left
from monitor.wire.questions import table
from tests.contract.growing import GrowingJournal, cells, on_each_database

SHARED: Final = """
book: Test & Sons
from: 2020-01-01
zone: UTC
hours: always
tiers: [gold, silver]
clients:
  acme: {tier: gold, zone: America/New_York}
  koala: {tier: gold, zone: Australia/Sydney}
  umbra: {tier: silver}
promises:
  - {id: gold-first, kind: first_response, for: {tier: gold}, within: 1h, share: 95%, each: month}
  - {id: first, kind: first_response, within: 1h, share: 50%, each: week}
  - {id: next, kind: next_response, within: 2h}
"""

NOVEMBER: Final = parse_instant("2026-11-10T09:00:00Z")


class Journal(GrowingJournal):
    """A journal that grows, and can be asked about shares."""

    def __init__(self, database: Location, book: str = SHARED) -> None:
        super().__init__(database, book, 0)

    def take(self, *events: bytes, at: InstantUs) -> None:
        self.now = at
        self.point.take(arrivals(events), at)
        self.pass_until(at)

    def cases(self, client: str, opened: InstantUs, *, kept: int = 0, broken: int = 0) -> list[str]:
        """Cases that opened at an instant: answered after half an hour, or after two."""
        names = []
        for number in range(kept + broken):
            case = f"{client}-{self.next_number()}"
            answered = opened + (30 * MINUTE_US if number < kept else 2 * HOUR_US)
            self.take(
                cloud_event("ticket.opened", case, opened, f"{case}-1", client=client),
                cloud_event("email.sent", case, answered, f"{case}-2", author="Ann"),
                at=max(self.now + 1, opened + 3 * HOUR_US),
            )
            names.append(case)
        return names

    def shares(self, **parameters: Any) -> list[dict[str, Any]]:
        return self.rows(table.SHARES, **parameters)

    def share(self, client: str, promise: str, **parameters: Any) -> dict[str, Any]:
        [row] = self.shares(client=client, promise=promise, **parameters)
        return row

    def page(self, **parameters: Any) -> Any:
        asked = Asked(table.SHARES, table.SHARES.parameters.model_validate(parameters), self.now)
        with self.store._engine.connect() as connection:
            return ask(connection, asked)


journal = on_each_database(Journal)


def test_of_forty_two_may_be_broken_and_the_third_is_too_many(journal: Journal) -> None:
    journal.cases("acme", NOVEMBER, kept=38, broken=2)
    row = journal.share("acme", "gold-first")
    assert cells(row, "kept", "broken", "share", "allowed", "left", "state") == (38, 2, 0.95, 2, 0, "on_course")
    assert cells(row, "period", "zone", "promised", "version") == ("2026-11", "America/New_York", 0.95, 1)
    journal.cases("acme", NOVEMBER + DAY_US, broken=1)
    # 38 of 41 are 92.68 %. About ten days of thirty: about a hundred and thirty by the end, of which six may be broken.
    row = journal.share("acme", "gold-first")
    assert cells(row, "share", "allowed", "left", "state") == (0.926829, 2, -1, "at_risk")


def test_a_month_ends_on_a_quiet_night(journal: Journal) -> None:
    """Nothing is recorded after the 10th. In New York November ends at 05:00 UTC on 1 December: 39 of 41 are 95.12 %."""
    journal.cases("acme", NOVEMBER, kept=39, broken=2)
    midnight = parse_instant("2026-12-01T05:00:00Z")
    journal.now = midnight - 1
    assert cells(journal.share("acme", "gold-first"), "period", "state") == ("2026-11", "on_course")
    # A minute later, for what is recorded as of midnight is there by then.
    journal.now = midnight + MINUTE_US
    then = journal.page(client="acme", promise="gold-first")
    assert cells(then.rows[0], "period", "state", "kept") == ("2026-12", "no_value", 0)
    november, december = journal.shares(client="acme", promise="gold-first", since=format_instant(NOVEMBER))
    assert cells(november, "period", "state", "share") == ("2026-11", "kept", 0.951219)
    assert december["period"] == "2026-12"
    assert {row["period"] for row in journal.rows(table.NUMBERS, client="acme")} == {"2026-12"}
    before = format_instant(midnight - 1)
    assert cells(journal.share("acme", "gold-first", as_of=before), "period", "state") == ("2026-11", "on_course")
    # Asked again with the instant that it stands as of it is the same, whatever comes behind it.
    journal.cases("acme", midnight + HOUR_US, broken=3)
    assert journal.page(client="acme", promise="gold-first", as_of=format_instant(then.as_of)) == then


def test_the_pages_of_an_answer_are_told_at_one_instant(journal: Journal) -> None:
    journal.cases("acme", NOVEMBER, kept=1)
    month = {"since": format_instant(NOVEMBER), "kind": "first_response"}
    journal.now = parse_instant("2026-12-01T04:59:59Z")
    whole = journal.page(**month)
    first = journal.page(**month, limit=1)
    journal.now += 60 * DAY_US
    rest = journal.page(**month, cursor=first.next.written())
    assert first.rows + rest.rows == whole.rows


def test_dates_hand_offs_and_who_does_the_work_are_kept_in_a_share_of_cases(any_database: Location) -> None:
    """Of four cases of acme's November Ann has the first two alone; Zoe, a junior, takes the third over from her, and the date given
    in the fourth passes. So 3 of 4 are not handed on, 3 of 4 are Ann's work alone, and 1 of 2 dates is kept."""
    promised = """grades: [junior, senior]
staff:
  Ann: {grade: senior}
  Zoe: {grade: junior}
promises:
  - {id: dates, kind: by, share: 50%, each: month}
  - {id: hands, kind: handoffs, at_most: 0, share: 90%, each: month}
  - {id: seniors, kind: seniority, at_least: senior, share: 75%, of: cases, over: month}
"""
    journal = Journal(any_database, SHARED[: SHARED.index("promises:")] + promised)
    day = format_instant(NOVEMBER + DAY_US)
    for number in range(4):
        case = f"A{number}"
        events = [cloud_event("ticket.opened", case, NOVEMBER, f"{case}-1", client="acme", holder="Ann")]
        if number == 2:
            events.append(cloud_event("ticket.assigned", case, NOVEMBER + 1, f"{case}-2", holder="Zoe"))
        if number >= 2:
            events.append(cloud_event("promise.made", case, NOVEMBER + 2, f"{case}-3", promise="P", by=day))
        if number < 3:
            events.append(cloud_event("email.sent", case, NOVEMBER + HOUR_US, f"{case}-4", author="Ann"))
        journal.take(*events, at=NOVEMBER + 2 * HOUR_US + number)
    ended = NOVEMBER + 2 * DAY_US
    journal.take(
        *(cloud_event("ticket.resolved", f"A{number}", ended, f"A{number}-5") for number in range(4)), at=ended
    )
    found = {row["promise"]: cells(row, "kept", "broken", "share") for row in journal.shares(client="acme")}
    assert found == {"dates": (1, 1, 0.5), "hands": (3, 1, 0.75), "seniors": (3, 1, 0.75)}
    assert {row["measure"] for row in journal.shares(client="acme")} == {"cases"}
    journal.store.close()


def test_the_turn_of_the_month_is_the_clients_own(journal: Journal) -> None:
    """October ends on 31 October at 13:00Z in Sydney (+11:00), on 1 November at 04:00Z in New York (still -04:00)."""
    for at in ("2026-10-30T12:00:00Z", "2026-10-31T12:59:59Z", "2026-10-31T13:00:00Z", "2026-11-01T03:59:59Z"):
        journal.cases("koala", parse_instant(at), kept=1)
        journal.cases("acme", parse_instant(at), kept=1)
    journal.cases("koala", parse_instant("2026-11-01T04:00:00Z"), kept=1)
    journal.cases("acme", parse_instant("2026-11-01T04:00:00Z"), kept=1)
    months = {
        client: [cells(row, "period", "kept", "state") for row in journal.shares(client=client, since="2026-10-15")]
        for client in ("acme", "koala")
    }
    assert months == {
        "acme": [("2026-10", 4, "kept"), ("2026-11", 1, "on_course")],
        "koala": [("2026-10", 2, "kept"), ("2026-11", 3, "on_course")],
    }


def test_an_obligation_belongs_to_the_period_it_opened_in_whenever_it_is_decided(journal: Journal) -> None:
    last_of_october = parse_instant("2026-11-01T03:30:00Z")
    journal.cases("acme", last_of_october, broken=1)
    rows = journal.shares(client="acme", since="2026-10-15")
    assert [cells(row, "period", "broken", "state") for row in rows] == [
        ("2026-10", 1, "missed"),
        ("2026-11", 0, "no_value"),
    ]


def test_a_period_without_occasions_is_there_and_has_no_value(journal: Journal) -> None:
    journal.cases("acme", NOVEMBER, kept=1)
    row = journal.share("koala", "gold-first")
    assert cells(row, "share", "lower", "upper", "pace", "state", "kept") == (None, None, None, None, "no_value", 0)


def test_an_excuse_takes_its_breach_out_of_the_share(journal: Journal) -> None:
    # Half of two are promised: one of each is just enough, and so is the one that is left.
    [_, broken] = journal.cases("umbra", NOVEMBER, kept=1, broken=1)
    assert cells(journal.share("umbra", "first"), "broken", "excused", "share") == (1, 0, 0.5)
    excuse = cloud_event(
        "breach.excused", broken, journal.now, "excuse", kind="first_response", reason="flood", approved_by="Ann"
    )
    journal.take(excuse, at=journal.now + 1)
    assert cells(journal.share("umbra", "first"), "broken", "excused", "share") == (0, 1, 1.0)


def test_a_restated_verdict_changes_later_answers_only(journal: Journal) -> None:
    [case] = journal.cases("umbra", NOVEMBER, broken=1)
    before = journal.page(client="umbra")
    late = cloud_event("email.sent", case, NOVEMBER + 10 * MINUTE_US, "late", author="Bo")
    journal.take(late, at=journal.now + HOUR_US)
    after = journal.page(client="umbra")
    assert cells(before.rows[0], "kept", "broken") == (0, 1)
    assert cells(after.rows[0], "kept", "broken") == (1, 0)
    asked_again = journal.page(client="umbra", as_of=format_instant(before.as_of))
    assert (asked_again.rows, asked_again.as_of) == (before.rows, before.as_of)


def test_what_becomes_known_later_of_an_earlier_period_adds_no_row_to_an_earlier_answer(journal: Journal) -> None:
    journal.cases("umbra", NOVEMBER, kept=1)
    before = journal.page(client="umbra", since="2026-09-01")
    long_ago = NOVEMBER - 30 * DAY_US
    journal.take(cloud_event("ticket.opened", "old", long_ago, "old", client="umbra"), at=journal.now + HOUR_US)
    assert (
        len(journal.shares(client="umbra", since="2026-09-01")) == len(before.rows) + 5
    )  # the weeks from that of 11 October on
    assert len(before.rows) == 1
    asked_again = journal.page(client="umbra", since="2026-09-01", as_of=format_instant(before.as_of))
    assert asked_again.rows == before.rows


def test_a_book_applied_later_changes_later_answers_only(journal: Journal) -> None:
    journal.cases("umbra", NOVEMBER, kept=1, broken=1)
    before = journal.page(client="umbra")
    journal.now += 1
    text = SHARED.replace("share: 50%", "share: 80%")
    journal.point.apply(Offer(BookText(text, "new.yaml"), "Ann", "more", since=0), journal.now)
    judge_what_is_left(journal.point, journal.now)
    # A day and a half of seven: nine by the end, of which a fifth is one.
    assert cells(journal.share("umbra", "first"), "promised", "left", "left_by_end", "state") == (0.8, -1, 0, "at_risk")
    asked_again = journal.page(client="umbra", as_of=format_instant(before.as_of))
    assert asked_again.rows == before.rows
    assert cells(before.rows[0], "promised", "left", "state") == (0.5, 0, "on_course")


def test_what_still_waits_is_shown_and_counts_for_nothing(journal: Journal) -> None:
    journal.take(cloud_event("ticket.opened", "A", NOVEMBER, "A-1", client="acme"), at=NOVEMBER)
    assert cells(journal.share("acme", "gold-first"), "waiting", "share", "state") == (1, None, "no_value")


def test_a_client_the_book_does_not_know_has_periods_of_the_books_zone(journal: Journal) -> None:
    journal.cases("stranger", NOVEMBER, kept=1)
    [row] = journal.shares(client="stranger")
    assert cells(row, "promise", "kept", "period", "zone") == ("first", 1, "2026-W46", "UTC")


def test_pages_go_on_behind_the_last_row(journal: Journal) -> None:
    journal.cases("acme", NOVEMBER - 40 * DAY_US, kept=1)
    journal.cases("umbra", NOVEMBER, kept=1)
    whole = journal.page(since="2026-10-01")
    rows, cursor = [], None
    while True:
        said: dict[str, Any] = {} if cursor is None else {"cursor": cursor}
        page = journal.page(since="2026-10-01", limit=3, **said)
        rows += page.rows
        if page.next is None:
            break
        cursor = page.next.written()
    assert rows == whole.rows
    # Gold clients have October and November, umbra the weeks from 28 September, 5, 12, 19, 26 October, 2 and 9 November on.
    assert len(rows) == 2 * 2 + 7
    with pytest.raises(UnreadableCursor):
        journal.page(since="2026-10-01", cursor=_made_up_cursor(journal))


def _made_up_cursor(journal: Journal) -> str:
    """A cursor of this question that a reader made up: other values than rows are ordered by."""
    page = journal.page(since="2026-10-01", limit=1)
    return str(page.next.moved(0, (1, "a", 1, 1)).written())


def test_of_states_one_can_be_asked_for(journal: Journal) -> None:
    journal.cases("umbra", NOVEMBER, broken=1)
    assert [row["client"] for row in journal.shares(state="at_risk")] == ["umbra"]
    assert {row["client"] for row in journal.shares(state="no_value")} == {"acme", "koala"}


def test_before_anything_was_recorded_there_are_no_shares(any_database: Location) -> None:
    opened = Journal(any_database)
    assert opened.shares(as_of="2000-01-01") == []
    opened.store.close()

"""What is over goes from every database alike; the rest of what retention does is told in `tests/unit/service`."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from sqlalchemy import select

from monitor.adapters.answers.answering import Asked, ask, ask_for_all
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.location import Location
from monitor.adapters.metrics.client_watch import ClientWatch, Satisfaction
from monitor.domain.hours.instant import HOUR_US, format_instant
from monitor.testing import MONDAY, ManualClock, cloud_event, store_at
from monitor.wire.questions import Question, table
from tests.unit.service.commits.test_retention import LATER, Kept, tell


def test_what_is_over_goes_and_its_counts_stay(any_database: Location) -> None:
    with closing(store_at(any_database)) as store:
        kept = Kept(store)
        tell(kept)
        before = kept.point.totals()
        record = kept.retire()
        # Of five cases with three events each three were closed long ago.
        assert (record.matters, record.cases, record.events) == (3, 3, 9)
        assert kept.column(t.CASES.c.id) == ["recent", "resolved"]
        assert set(kept.column(t.DECISIONS.c.case_id)) == {"recent", "resolved"}
        with store._engine.connect() as connection:
            emptied = connection.execute(select(t.EVENTS.c.client, t.EVENTS.c.origin).where(t.EVENTS.c.content == b""))
            assert emptied.all() == [(None, "")] * 9
        kept.restart()
        assert kept.point.totals() == before


def _rows(kept: Kept, question: Question, **said: Any) -> list[dict[str, Any]]:
    asked = Asked(question, question.parameters.model_validate(said), LATER)
    return [row for answer in ask_for_all(kept.store._engine.connect, asked) for row in answer.rows]


def test_an_answer_says_before_when_something_is_gone(any_database: Location) -> None:
    with closing(store_at(any_database)) as store:
        kept = Kept(store)
        tell(kept)

        def gone() -> tuple[int, list[str]]:
            asked = Asked(
                table.VERDICTS, table.VERDICTS.parameters.model_validate({"as_of": format_instant(LATER)}), LATER
            )
            with store._engine.connect() as connection:
                answer = ask(connection, asked)
            return answer.gone_before, sorted({row["case"] for row in answer.rows})

        before, cases = gone()
        assert (before, len(cases)) == (0, 5)
        record = kept.retire()
        assert gone() == (record.before, ["recent", "resolved"])


def test_of_what_is_gone_nothing_is_told_that_was_promised_or_said(any_database: Location) -> None:
    with closing(store_at(any_database)) as store:
        kept = Kept(store)
        kept.take(
            cloud_event("ticket.opened", "gone", MONDAY, "1", client="acme"),
            cloud_event("promise.proposed", "gone", MONDAY + 1, "2", promise="p", words="Soon."),
            cloud_event("email.sent", "gone", MONDAY + 2, "3", author="Ann"),
            cloud_event("satisfaction.recorded", "gone", MONDAY + HOUR_US, "4", score=2, scale="1-5"),
            cloud_event("ticket.resolved", "gone", MONDAY + HOUR_US, "5"),
            cloud_event("ticket.closed", "gone", MONDAY + HOUR_US, "6"),
        )
        watch = ClientWatch(store._engine.connect, ManualClock(LATER))
        watch.look()
        assert [row["promise"] for row in _rows(kept, table.PROPOSALS)] == ["p"]
        assert watch.readings.words == (Satisfaction("acme", 1, 0.25),)
        assert kept.retire().cases == 1
        watch.look()
        assert not watch.readings.words
        assert not _rows(kept, table.PROPOSALS)
        assert not [row for row in _rows(kept, table.REGISTER) if row["made_in"] == "case"]
        assert not _rows(kept, table.PERCEPTION)

"""Who had a case is on record with the grade that person had when it came true, and told with it; instants by hand.

A first response is promised within an hour, warned about after half of it; MONDAY is nine o'clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from monitor.adapters.journal.location import Location
from monitor.adapters.journal.notice_table import NoticeTable
from monitor.domain.hours.instant import HOUR_US, MINUTE_US
from monitor.service.notices.content import Links, content_of
from monitor.service.notices.notice import NoticeRules, Receiver
from monitor.service.notices.notifier import Notifier
from monitor.service.ports.machine import Machine
from monitor.testing import BOOK, MONDAY, HttpKept, InlineWorker, cloud_event

GRADED_BOOK = BOOK + "grades: [junior, senior]\nstaff:\n  Bea: {grade: junior}\n"


@pytest.fixture
async def kept(any_database: Location) -> AsyncIterator[HttpKept]:
    async with HttpKept(any_database, GRADED_BOOK) as opened:
        yield opened


async def _open(kept: HttpKept, case: str, **held_by: str) -> None:
    await kept.take(cloud_event("ticket.opened", case, MONDAY, case, client="umbra", by="client", **held_by))


async def _promote(kept: HttpKept, person: str, at: int) -> None:
    await kept.take(cloud_event("staff.changed", None, at, f"{person}{at}", person=person, grade="senior"))


async def _come_to(kept: HttpKept, at: int) -> None:
    kept.clock.set(at)
    await kept.agenda.turn()


async def _grades(kept: HttpKept, question: str, **asked: Any) -> list[tuple[str, str | None, str | None]]:
    rows = await kept.rows(question, kind="first_response", **asked)
    return [(row["type"], row["holder"], row["grade"]) for row in rows]


async def test_each_decision_has_the_grade_of_its_own_instant(kept: HttpKept) -> None:
    await _open(kept, "A", holder="Bea")
    await _come_to(kept, MONDAY + 40 * MINUTE_US)
    await _promote(kept, "Bea", MONDAY + 40 * MINUTE_US)
    await _come_to(kept, MONDAY + HOUR_US + 1)
    expected = [("opened", "Bea", "junior"), ("warned", "Bea", "junior"), ("broken", "Bea", "senior")]
    assert await _grades(kept, "decisions") == expected
    # What comes to be known later changes no row.
    await _promote(kept, "Bea", MONDAY - HOUR_US)
    assert await _grades(kept, "decisions") == expected
    assert [row["grade"] for row in await kept.rows("breaches", state="all", kind="first_response")] == ["senior"]


@pytest.mark.parametrize(
    ("held_by", "holder"), [({}, None), ({"team": "tax"}, "tax"), ({"holder": "Zoe"}, "Zoe")], ids=str
)
async def test_nobody_a_team_and_a_stranger_have_no_grade(
    kept: HttpKept, held_by: dict[str, str], holder: str | None
) -> None:
    await _open(kept, "A", **held_by)
    await _come_to(kept, MONDAY + HOUR_US + 1)
    assert (await _grades(kept, "verdicts"))[0] == ("broken", holder, None)


async def _told(kept: HttpKept) -> dict[str, tuple[str, str]]:
    """(holder, grade) by case, as notices of what stands say it."""
    table = NoticeTable(kept.store._engine, kept.store._lock)
    rules = NoticeRules((Receiver("desk", frozenset({"broken"}), hears_standing_only=True),))
    notifier = Notifier(
        table, rules, Machine(kept.clock, InlineWorker()), lambda: kept.point.last_recorded, asyncio.Lock()
    )
    await notifier.look()
    said = {
        notice.case_id or "": content_of(notice, Links(), kept.clock.now()).annotations
        for notice in table.standing(["broken"], "", 100)
    }
    return {case: (words["holder"], words["grade"]) for case, words in said.items()}


async def test_a_notice_says_it_and_unknown_is_said(kept: HttpKept) -> None:
    for case, held_by in {"A": {"holder": "Bea"}, "B": {"holder": "Zoe"}, "C": {"team": "tax"}, "D": {}}.items():
        await _open(kept, case, **held_by)
    await _come_to(kept, MONDAY + HOUR_US + 1)
    expected = {"A": ("Bea", "junior"), "B": ("Zoe", "unknown"), "C": ("tax", "unknown"), "D": ("nobody", "none")}
    assert await _told(kept) == expected
    listed = {row["case"]: row["grade"] for row in await kept.rows("notices")}
    assert listed == {"A": "junior", "B": None, "C": None, "D": None}

"""Clients at risk, over HTTP: each fact by its limit, worked by heart; cleared by a person; raised anew; as of any instant.

The book runs around the clock; on Monday at nine acme opens its case.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
import pytest_asyncio

from monitor.adapters.journal.location import Location
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs, format_instant
from monitor.testing import MONDAY, OWNING_BOOK, HttpKept, cloud_event

BOOK: Final = (
    OWNING_BOOK.replace(
        "promises:\n", "promises:\n  - {id: seniors, kind: seniority, for: {client: acme}, at_least: senior}\n"
    )
    + """
grades: [trainee, senior]
robots: [mailer]
staff:
  Ann: {grade: senior, team: desk}
  Bea: {grade: trainee, team: desk}
risk:
  unowned_after: 2h
  below_grade: true
  handoffs: 1
  returns: 0
  silent_after: 24h
  score_below: 50%
"""
)


@pytest_asyncio.fixture
async def kept(any_database: Location) -> AsyncIterator[HttpKept]:
    async with HttpKept(any_database, BOOK) as running:
        yield running


def _at(hours: float) -> InstantUs:
    return MONDAY + round(hours * HOUR_US)


async def _heard(kept: HttpKept, hours: float, *events: bytes) -> None:
    """The clock is moved on, and these events arrive."""
    kept.clock.set(_at(hours))
    await kept.agenda.turn()
    await kept.take(*events, cloud_event("source.heartbeat", None, _at(hours), f"h{hours}"))


async def _facts(kept: HttpKept, **asked: Any) -> list[tuple[str, str, str]]:
    return [(row["fact"], row["at"], row["case"]) for row in await kept.rows("risk", **asked)]


def _opened(case: str = "A", client: str = "acme", hours: float = 0) -> bytes:
    return cloud_event("ticket.opened", case, _at(hours), f"{case}0", client=client)


def _sent(hours: float, case: str = "A", author: str = "Ann") -> bytes:
    return cloud_event("email.sent", case, _at(hours), f"{case}-{hours}", author=author)


def _assigned(hours: float, holder: str) -> bytes:
    return cloud_event("ticket.assigned", "A", _at(hours), f"A-{hours}", holder=holder, team="desk")


async def test_who_is_served_as_promised_is_not_at_risk(kept: HttpKept) -> None:
    await _heard(kept, 5, _opened(), _sent(0.5))
    assert await _facts(kept) == []


async def test_a_breach_that_nobody_owns_in_time_is_a_fact(kept: HttpKept) -> None:
    # Due at ten, broken then, and two hours later still to be acknowledged and all else.
    await _heard(kept, 2.9, _opened(), _sent(1.5))
    assert await _facts(kept) == []
    await _heard(kept, 3.1)
    assert await _facts(kept) == [("unowned", "2026-03-02T12:00:00Z", "A")]


async def test_work_by_others_than_were_promised_is_a_fact(kept: HttpKept) -> None:
    await _heard(kept, 1, _opened(), _sent(0.5, author="Bea"))
    assert await _facts(kept) == [("below_grade", "2026-03-02T09:30:00Z", "A")]


async def test_one_hand_off_too_many_is_a_fact(kept: HttpKept) -> None:
    # Ann to Zoe is the one that may be, Zoe back to Ann is a return, and none may be.
    await _heard(kept, 1, _opened("B", "umbra"), _sent(0.1, "B"))
    moved = [
        cloud_event("ticket.assigned", "B", _at(hours), f"B-{hours}", holder=holder, team="desk")
        for hours, holder in ((0.2, "Ann"), (0.3, "Zoe"), (0.4, "Ann"))
    ]
    await _heard(kept, 1.1, *moved)
    assert await _facts(kept) == [("run_around", "2026-03-02T09:24:00Z", "B")]


async def test_silence_in_an_open_case_is_a_fact_until_the_client_hears_again(kept: HttpKept) -> None:
    automatic = cloud_event("email.sent", "A", _at(3), "A3", author="Ann", automatic=True)
    await _heard(kept, 24.4, _opened(), _sent(0.5), automatic)
    assert await _facts(kept, fact="silence") == []
    await _heard(kept, 25)
    assert await _facts(kept, fact="silence") == [("silence", "2026-03-03T09:30:00Z", "A")]
    await _heard(kept, 26, _sent(25.5))
    assert await _facts(kept, fact="silence") == []
    resolved = cloud_event("ticket.resolved", "A", _at(26.5), "A4")
    await _heard(kept, 80, resolved)
    assert await _facts(kept, fact="silence") == []


async def test_a_bad_score_is_a_fact_and_one_off_its_scale_is_none(kept: HttpKept) -> None:
    said = [
        cloud_event("satisfaction.recorded", "A", _at(1 + number / 10), f"s{number}", score=score, scale=scale)
        for number, (score, scale) in enumerate([(2, "1-5"), (3, "1-5"), (4, "nps"), (5, "nps"), (0, "1-5")])
    ]
    await _heard(kept, 2, _opened(), _sent(0.5), *said)
    # 2 of 1 to 5 is at a quarter, 4 of 0 to 10 at two fifths; 3 and 5 are in the middle, 0 is no score.
    assert await _facts(kept) == [
        ("bad_word", "2026-03-02T10:00:00Z", "A"),
        ("bad_word", "2026-03-02T10:12:00Z", "A"),
    ]
    assert [row["says"] for row in await kept.rows("risk")] == [
        "a score of 2 on the scale 1-5",
        "a score of 4 on the scale nps",
    ]


async def test_a_person_clears_a_client_and_what_happens_after_that_raises_it_anew(kept: HttpKept) -> None:
    await _heard(kept, 2, _opened(), _sent(0.5, author="Bea"))
    answer = await kept.tell("/v1/risk/acme/clear", by="R. Finch", reason="We met.")
    assert (answer.status_code, answer.json()["cleared"], answer.json()["standing"]) == (200, 1, 0), answer.text
    before = format_instant(_at(2) - 1)
    assert await _facts(kept) == []
    (row,) = await kept.rows("risk", state="cleared")
    assert (row["cleared"], row["cleared_by"], row["reason"]) == ("2026-03-02T11:00:00Z", "R. Finch", "We met.")
    bad = cloud_event("satisfaction.recorded", "A", _at(2.5), "s1", score=1, scale="1-5")
    await _heard(kept, 3, bad)
    assert await _facts(kept) == [("bad_word", "2026-03-02T11:30:00Z", "A")]
    # Nothing was recorded before the events of that first moment.
    assert await _facts(kept, as_of=before) == []
    assert len(await _facts(kept, state="all")) == 2


async def test_an_answer_as_of_before_the_clearing_does_not_know_it(kept: HttpKept) -> None:
    await _heard(kept, 2, _opened(), _sent(0.5, author="Bea"))
    kept.clock.set(_at(4))
    assert (await kept.tell("/v1/risk/acme/clear", by="R. Finch", reason="We met.")).status_code == 200
    assert await _facts(kept) == []
    as_of = format_instant(_at(3))
    assert await _facts(kept, as_of=as_of) == [("below_grade", "2026-03-02T09:30:00Z", "A")]


async def test_said_twice_with_its_instant_it_is_a_repeat(kept: HttpKept) -> None:
    await _heard(kept, 2, _opened(), _sent(0.5, author="Bea"))
    said = {"by": "R. Finch", "reason": "We met.", "at": "2026-03-02T10:30:00Z"}
    answers = [(await kept.tell("/v1/risk/acme/clear", **said)).json() for _ in range(2)]
    assert [answer["repeated"] for answer in answers] == [False, True]
    assert answers[0]["event"] == answers[1]["event"]


@pytest.mark.parametrize(
    ("client", "said", "status"),
    [
        ("umbra", {"by": "R. Finch", "reason": "why not"}, 409),
        ("acme", {"by": "R. Finch", "reason": "too early", "at": "2026-03-02T09:29:59Z"}, 409),
        ("acme", {"by": "R. Finch", "reason": "too late", "at": "2026-03-02T11:00:01Z"}, 400),
        ("acme", {"reason": "nobody"}, 400),
        ("acme", {"by": "mailer", "reason": "a robot decides nothing"}, 400),
        ("acme", {"by": "R. Finch", "reason": "  "}, 400),
        ("acme", {"by": "R. Finch"}, 400),
    ],
)
async def test_what_would_clear_nothing_is_refused(
    kept: HttpKept, client: str, said: dict[str, Any], status: int
) -> None:
    await _heard(kept, 2, _opened(), _sent(0.5, author="Bea"))
    answer = await kept.tell(f"/v1/risk/{client}/clear", **said)
    assert answer.status_code == status, answer.text
    assert len(await _facts(kept)) == 1


async def test_an_event_by_which_a_robot_clears_or_somebody_without_a_word_clears_nothing(kept: HttpKept) -> None:
    await _heard(kept, 2, _opened(), _sent(0.5, author="Bea"))
    said = [{"by": "mailer", "reason": "All is well."}, {"by": "R. Finch", "reason": " "}]
    for number, data in enumerate(said):
        event = cloud_event("client.risk_cleared", None, _at(2), f"c{number}", client="acme", **data)
        await _heard(kept, 2.1 + number / 10, event)
    assert await _facts(kept) == [("below_grade", "2026-03-02T09:30:00Z", "A")]


async def test_a_clearing_of_nobody_is_a_dead_letter(kept: HttpKept) -> None:
    nobody = cloud_event("client.risk_cleared", None, MONDAY + MINUTE_US, "c1", by="R. Finch", reason="?")
    assert (await kept.post(nobody)).status_code != 200
    assert kept.letters() == [nobody]


async def test_whoever_is_not_known_is_not_at_risk(kept: HttpKept) -> None:
    stranger = cloud_event("ticket.opened", "S", MONDAY, "S0")
    await _heard(kept, DAY_US * 3 / HOUR_US, stranger)
    assert await _facts(kept) == []

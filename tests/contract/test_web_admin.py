"""The promise book, restatements and dead letters over HTTP; with T4, T6, T15 and T17 of the field's complaints.

Due instants are told by heart: the book's promises run around the clock, a first response is owed within an hour.
"""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio

from monitor.adapters.journal.location import Location
from monitor.conventions.media_types import PROBLEM
from monitor.domain.cases.obligation import Verdict
from monitor.domain.figures.tally import outcome_of
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs
from monitor.service.judging.judgement import Judgement
from monitor.testing import BOOK, MONDAY, HttpKept, cloud_event
from monitor.wire.answers.statements import statement_row
from monitor.wire.events.cloud_events import decode_event

STRICT: Final = BOOK.replace("within: 1h", "within: 20m")
FAULTY: Final = BOOK.replace("within: 1h", "within: soon").replace("within: 2h", "witin: 2h")
SAID: Final = {"author": "Ann", "reason": "a new contract"}

IN_HOURS: Final = BOOK.replace("hours: always", "hours: london").replace(
    "zone: UTC",
    'zone: UTC\ncalendars:\n  london: {zone: UTC, weekly: {mon-fri: ["09:00-17:00"]}, holidays: []}',
)
"""The same promises in working hours."""


@pytest_asyncio.fixture
async def kept(any_database: Location) -> AsyncIterator[HttpKept]:
    async with HttpKept(any_database) as opened:
        yield opened


def _opened(case: str, at: InstantUs = MONDAY) -> bytes:
    return cloud_event("ticket.opened", case, at, f"{case}-1", client="acme")


def _answered(case: str, at: InstantUs) -> bytes:
    return cloud_event("email.sent", case, at, f"{case}-{at}", author="Ann")


async def _judge_what_is_left(kept: HttpKept) -> None:
    while kept.point.is_rejudging:
        await kept.agenda.turn()


async def _verdicts(kept: HttpKept, **asked: Any) -> dict[str, tuple[str, str]]:
    rows = await kept.rows("verdicts", kind="first_response", **asked)
    return {row["case"]: (row["verdict"], row["due"]) for row in rows}


# The book


async def test_the_book_in_force_is_shown_with_its_edition(kept: HttpKept) -> None:
    found = (await kept.http.get("/v1/book")).json()
    assert found["text"] == BOOK
    assert (found["edition"]["edition"], found["edition"]["since"]) == (1, None)


async def test_a_new_book_governs_what_opens_from_then_on(kept: HttpKept) -> None:
    """T6: the policy was edited while a case was open; the version it opened under governs it, new cases use the new one."""
    await kept.take(_opened("A"))
    kept.clock.set(MONDAY + MINUTE_US)
    applied = await kept.tell("/v1/book", text=STRICT, **SAID)
    assert applied.json()["edition"] | {"digest": ""} == {
        "edition": 2,
        "recorded": "2026-03-02T09:01:00Z",
        "since": "2026-03-02T09:01:00Z",
        "restates": False,
        "author": "Ann",
        "reason": "a new contract",
        "digest": "",
    }
    await _judge_what_is_left(kept)
    await kept.take(_opened("B", MONDAY + 2 * MINUTE_US))
    assert await _verdicts(kept) == {
        "A": ("running", "2026-03-02T10:00:00Z"),
        "B": ("running", "2026-03-02T09:22:00Z"),
    }
    assert (await kept.http.get("/v1/book")).json()["text"] == STRICT
    assert (await kept.http.get("/v1/book?as_of=2026-03-02T09:00:30Z")).json()["text"] == BOOK
    assert [row["edition"] for row in await kept.rows("book/editions")] == [1, 2]


async def test_every_fault_of_a_book_is_told_with_line_and_key_and_nothing_changes(kept: HttpKept) -> None:
    for path in ("/v1/book", "/v1/restatements"):
        answer = await kept.tell(path, text=FAULTY, **SAID)
        assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
        faults = answer.json()["faults"]
        # Lines 13 and 14 of the book are the promises `first` and `next`.
        assert {fault["line"] for fault in faults} == {13, 14}
        assert any("promises[0].within" in fault["key"] for fault in faults)
        assert all(fault["found"] and fault["expected"] for fault in faults)
    assert (await kept.tell("/v1/book/preview", text=FAULTY)).status_code == 422
    assert len(await kept.rows("book/editions")) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "text"),
        ({"text": BOOK, **SAID, "autor": "Bo"}, "autor"),
        ({"text": BOOK, "author": "", "reason": "r"}, "author"),
    ],
)
async def test_a_body_that_is_not_as_expected_is_told_by_key(kept: HttpKept, body: dict[str, Any], said: str) -> None:
    answer = await kept.tell("/v1/book", **body)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]


async def test_a_body_is_json(kept: HttpKept) -> None:
    answer = await kept.http.post("/v1/book", content=b"book: x", headers={"content-type": "application/yaml"})
    assert answer.status_code == 415
    answer = await kept.http.post("/v1/book", content=b"book: x", headers={"content-type": "application/json"})
    assert answer.status_code == 400


async def test_a_preview_counts_all_and_lists_some(kept: HttpKept) -> None:
    for case in "AB":
        await kept.take(_opened(case), _answered(case, MONDAY + 30 * MINUTE_US))
    kept.clock.set(MONDAY + HOUR_US)
    found = (await kept.tell("/v1/book/preview", text=STRICT, limit=1)).json()
    # Answered after 30 minutes: kept within an hour, late within 20 minutes.
    assert found["counts"] == [
        {"kind": "first_response", "outcome_before": "kept", "outcome_after": "done_late", "obligations": 2}
    ]
    assert (found["changed"], len(found["changes"]), found["left_out"]) == (2, 1, 1)
    assert found["changes"][0]["due_after"] == "2026-03-02T09:20:00Z"
    assert len(await kept.rows("book/editions")) == 1


# Restatements


async def test_a_holiday_added_yesterday_for_last_week(kept: HttpKept) -> None:
    """T4: the dry run lists the changes; the answer as of before the edit is unchanged."""
    kept.clock.set(MONDAY - HOUR_US)
    await kept.tell("/v1/book", text=IN_HOURS, **SAID)
    kept.clock.set(MONDAY)
    # Monday 9:00, answered on Tuesday at 9:30: an hour of Monday and half an hour of Tuesday too late.
    await kept.take(_opened("A"))
    kept.clock.set(MONDAY + DAY_US + 30 * MINUTE_US)
    await kept.agenda.turn()
    await kept.take(_answered("A", MONDAY + DAY_US + 30 * MINUTE_US))
    before = await kept.http.get("/v1/verdicts")
    assert (await _verdicts(kept))["A"] == ("broken", "2026-03-02T10:00:00Z")

    kept.clock.set(MONDAY + 7 * DAY_US)
    holiday = IN_HOURS.replace("holidays: []", "holidays: [2026-03-02]")
    asked = {"text": holiday, "since": "2026-03-02", **SAID}
    dry = (await kept.tell("/v1/restatements", dry_run=True, **asked)).json()
    assert dry["edition"] is None
    changes = {row["kind"]: row for row in dry["preview"]["changes"]}
    # Nobody worked on Monday: the hour begins on Tuesday at 9:00.
    assert changes["first_response"]["due_after"] == "2026-03-03T10:00:00Z"
    assert (changes["first_response"]["outcome_before"], changes["first_response"]["outcome_after"]) == (
        "done_late",
        "kept",
    )
    assert (await kept.http.get("/v1/verdicts")).content == before.content

    done = (await kept.tell("/v1/restatements", **asked)).json()
    assert (done["edition"]["restates"], done["preview"]) == (True, None)
    await _judge_what_is_left(kept)
    assert (await _verdicts(kept))["A"] == ("kept", "2026-03-03T10:00:00Z")
    as_of = before.json()["as_of"]
    assert (await kept.http.get(f"/v1/verdicts?as_of={as_of}")).content == before.content


async def test_a_corrected_report_and_the_one_that_was_published(kept: HttpKept) -> None:
    """T17: a report was published and then corrected; the old figures can be had again, and the difference is listed."""
    for number, case in enumerate("ABC"):
        await kept.take(_opened(case), _answered(case, MONDAY + (number + 1) * 15 * MINUTE_US))
    kept.clock.set(MONDAY + DAY_US)
    asked = {"kind": "first_response", "since": "2026-03-01", "until": "2026-04-01"}
    published = await kept.http.get("/v1/verdicts", params=asked)
    figures = Counter(row["verdict"] for row in published.json()["verdicts"])
    assert figures == {"kept": 3}

    await kept.tell("/v1/restatements", text=STRICT, since="2026-03-01", **SAID)
    await _judge_what_is_left(kept)
    # Answered after 15, 30 and 45 minutes: one of them within 20.
    corrected = await kept.rows("verdicts", **asked)
    assert Counter(row["verdict"] for row in corrected) == {"kept": 1, "broken": 2}
    again = await kept.http.get("/v1/verdicts", params={**asked, "as_of": published.json()["as_of"]})
    assert again.content == published.content
    feed = await kept.rows("decisions", after=max(row["position"] for row in published.json()["verdicts"]))
    listed = {
        row["case"]: (row["previous"], row["verdict"]) for row in feed if row["restated"] and row["type"] == "restated"
    }
    assert listed == {"B": ("kept", "broken"), "C": ("kept", "broken")}
    assert {row["cause_id"] for row in feed if row["type"] == "restated"} == {"edition/2"}


async def test_metrics_answers_and_a_recount_agree_on_every_case(kept: HttpKept) -> None:
    """T15: the live metric, the answer of the API and the events judged afresh say the same."""
    events = []
    for number in range(12):
        case, at = f"C{number}", MONDAY + number * 7 * MINUTE_US
        events.append(_opened(case, at))
        if number % 3:
            events.append(_answered(case, at + number * 10 * MINUTE_US))
        if number % 4 == 1:
            events.append(cloud_event("ticket.resolved", case, at + 9 * HOUR_US, f"{case}-r"))
    now = MONDAY + 20 * HOUR_US
    kept.clock.set(now)
    await kept.take(*events)
    await kept.agenda.turn()
    rows = await kept.rows("verdicts")
    answered = {(row["case"], row["kind"]): (row["verdict"], row["due"], row["ended"]) for row in rows}

    judgement = Judgement(kept.point.book, now)
    judgement.gather(map(decode_event, events))
    recount = [statement_row(statement) for statement in judgement.statements()]
    assert {(row["case"], row["kind"]): (row["verdict"], row["due"], row["ended"]) for row in recount} == answered
    assert len(answered) > 20

    outcomes = Counter(
        (row["kind"], outcome_of(Verdict(row["verdict"]), is_done=row["ended"] is not None).value) for row in rows
    )
    (acme,) = await kept.rows("clients", client="acme")
    by_outcome: Counter[str] = Counter()
    for (_, outcome), count in outcomes.items():
        by_outcome[outcome] += count
    assert {name: count for name, count in acme.items() if count and name != "client"} == by_outcome
    metrics = await kept.metrics()
    for (kind, outcome), count in outcomes.items():
        assert f'kept_obligations{{kind="{kind}",outcome="{outcome}",tier="gold"}} {float(count)}' in metrics


# Dead letters


UNKNOWN_TYPE: Final = cloud_event("ticket.opened", "A", MONDAY, "1", client="acme").replace(
    b"ticket.opened", b"ticket.opnd"
)


async def _letter(kept: HttpKept, **asked: Any) -> dict[str, Any]:
    (row,) = await kept.rows("deadletters", **asked)
    return row


async def test_a_letter_is_shown_with_its_bytes(kept: HttpKept) -> None:
    await kept.post(b"\xff\x00rubbish")
    row = await _letter(kept)
    assert (row["state"], row["bytes"], row["author"]) == ("open", 9, None)
    shown = (await kept.http.get(f"/v1/deadletters/{row['letter']}")).json()
    assert shown["letter"] == row
    assert shown["content"] is None
    assert base64.b64decode(shown["content_base64"]) == b"\xff\x00rubbish"
    octets = await kept.http.get(f"/v1/deadletters/{row['letter']}", headers={"accept": "application/octet-stream"})
    assert octets.content == b"\xff\x00rubbish"


async def test_a_letter_that_is_taken_now_is_done(kept: HttpKept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept.point, "_decode", lambda content: decode_event(b"" if b"gold" in content else content))
    odd = cloud_event("ticket.opened", "A", MONDAY, "1", client="acme", priority="gold")
    await kept.post(odd)
    row = await _letter(kept)
    # Kept learns to read it: what was wrong with Kept, not with the event, is the reason to try again.
    monkeypatch.setattr(kept.point, "_decode", decode_event)
    kept.clock.set(MONDAY + MINUTE_US)
    done = await kept.tell(f"/v1/deadletters/{row['letter']}/retry", author="Ann")
    assert (done.status_code, done.json()["state"], done.json()["author"]) == (200, "retried", "Ann")
    assert done.json()["ended"] == "2026-03-02T09:01:00Z"
    assert [case["case"] for case in await kept.rows("cases")] == ["A"]
    assert await kept.rows("deadletters") == []
    assert kept.letters() == [odd]
    assert (await kept.tell(f"/v1/deadletters/{row['letter']}/retry", author="Bo")).status_code == 409


async def test_a_letter_that_still_can_not_be_read_waits_on(kept: HttpKept) -> None:
    await kept.post(UNKNOWN_TYPE)
    row = await _letter(kept)
    answer = await kept.tell(f"/v1/deadletters/{row['letter']}/retry", author="Ann")
    assert answer.status_code == 422
    assert "ticket.opnd" in answer.json()["detail"]
    assert await _letter(kept) == row


async def test_a_letter_that_is_dropped_is_kept_with_who_and_why(kept: HttpKept) -> None:
    await kept.post(b"rubbish")
    number = (await _letter(kept))["letter"]
    assert (await kept.tell(f"/v1/deadletters/{number}/drop", author="Ann")).status_code == 400
    dropped = (await kept.tell(f"/v1/deadletters/{number}/drop", author="Ann", reason="a test of ours")).json()
    assert (dropped["state"], dropped["author"], dropped["reason"]) == ("dropped", "Ann", "a test of ours")
    assert await kept.rows("deadletters") == []
    assert await _letter(kept, state="dropped") == await _letter(kept, state="all") == dropped
    assert kept.letters() == [b"rubbish"]
    assert (await kept.tell(f"/v1/deadletters/{number}/drop", author="Ann", reason="again")).status_code == 409


@pytest.mark.parametrize("number", ["7", "99999999999999999999999"])
async def test_a_letter_that_is_not_there_is_not_found(kept: HttpKept, number: str) -> None:
    answers: list[httpx.Response] = [
        await kept.http.get(f"/v1/deadletters/{number}"),
        await kept.tell(f"/v1/deadletters/{number}/drop", author="Ann", reason="r"),
    ]
    assert [answer.status_code for answer in answers] == [404, 404]


async def test_two_who_end_a_letter_at_once_are_told_apart(kept: HttpKept) -> None:
    await kept.post(b"rubbish")
    number = (await _letter(kept))["letter"]
    drops = (kept.tell(f"/v1/deadletters/{number}/drop", author=name, reason="r") for name in ("Ann", "Bo"))
    assert sorted(answer.status_code for answer in await asyncio.gather(*drops)) == [200, 409]

"""Questions over HTTP: forms of answers, pages, what is refused and how it is told."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import pytest_asyncio

from monitor.adapters.journal.location import Location
from monitor.conventions.media_types import PROBLEM
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US
from monitor.testing import MONDAY, HttpKept, cloud_event
from monitor.wire.interface.openapi import openapi


@pytest_asyncio.fixture
async def kept(tmp_path: Path) -> AsyncIterator[HttpKept]:
    async with HttpKept(Location(tmp_path / "kept.db")) as opened:
        for number, case in enumerate("ABC"):
            at = MONDAY + number * MINUTE_US
            await opened.take(cloud_event("ticket.opened", case, at, case, client="acme", holder="=HYPERLINK(1)"))
        yield opened


async def test_an_answer_says_as_of_which_recorded_instant_it_stands(kept: HttpKept) -> None:
    kept.clock.set(MONDAY + HOUR_US)
    await kept.take(cloud_event("email.sent", "A", MONDAY + MINUTE_US, "9", author="Ann"))
    kept.clock.set(MONDAY + DAY_US)
    answer = await kept.http.get("/v1/verdicts")
    assert answer.json()["as_of"] == "2026-03-02T10:00:00Z"
    assert answer.headers["kept-as-of"] == "2026-03-02T10:00:00Z"


async def test_pages_follow_one_another_by_link(kept: HttpKept) -> None:
    answer = await kept.http.get("/v1/verdicts?kind=resolve&limit=2")
    assert [row["case"] for row in answer.json()["verdicts"]] == ["A", "B"]
    assert answer.links["next"]["url"].startswith("/v1/verdicts?kind=resolve&limit=2&cursor=")
    following = await kept.http.get(answer.links["next"]["url"])
    assert [row["case"] for row in following.json()["verdicts"]] == ["C"]
    assert following.json()["next"] is None
    assert "link" not in following.headers


async def test_csv_and_json_lines_have_all_rows_where_no_limit_is_said(
    kept: HttpKept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.adapters.answers.answering.ROWS_A_PORTION", 2)
    rows = (await kept.http.get("/v1/verdicts")).json()["verdicts"]
    lines = await kept.http.get("/v1/verdicts", headers={"accept": "application/x-ndjson"})
    assert [orjson.loads(line) for line in lines.text.splitlines()] == rows
    table = await kept.http.get("/v1/verdicts", headers={"accept": "text/csv"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    read = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["obligation"] for row in read] == [row["obligation"] for row in rows]
    assert list(read[0]) == list(rows[0])


async def test_a_page_of_csv_has_its_limit_and_a_link(kept: HttpKept) -> None:
    answer = await kept.http.get("/v1/cases?limit=2", headers={"accept": "text/csv"})
    assert len(answer.text.splitlines()) == 3
    following = await kept.http.get(answer.links["next"]["url"], headers={"accept": "text/csv"})
    assert [row["case"] for row in csv.DictReader(io.StringIO(following.text))] == ["C"]


async def test_no_cell_of_csv_is_run_as_a_formula(kept: HttpKept) -> None:
    answer = await kept.http.get("/v1/cases", headers={"accept": "text/csv"})
    assert {row["holder"] for row in csv.DictReader(io.StringIO(answer.text))} == {"'=HYPERLINK(1)"}


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/*", "text/csv"),
        ("text/html, application/*;q=0.8", "application/json"),
        ("application/json;q=0.1, text/csv", "text/csv"),
        ("application/json;q=0, */*", "text/csv"),
        ("application/jsonl", "application/jsonl"),
    ],
)
async def test_the_form_wanted_most_is_given(kept: HttpKept, accept: str, expected: str) -> None:
    answer = await kept.http.get("/v1/cases", headers={"accept": accept})
    assert answer.headers["content-type"].partition(";")[0] == expected


async def test_a_form_that_nobody_has_is_refused(kept: HttpKept) -> None:
    answer = await kept.http.get("/v1/cases", headers={"accept": "image/png, text/html;q=0.9"})
    assert (answer.status_code, answer.headers["content-type"]) == (406, PROBLEM)
    assert "text/csv" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "key", "said"),
    [
        ("clinet=acme", "clinet", "expected one of as_of, limit"),
        ("kind=prompt", "kind", "'first_response'"),
        ("since=yesterday", "since", "an instant in RFC 3339"),
        ("since=2026-03-02T09:00:00", "since", "an instant in RFC 3339"),
        ("limit=0", "limit", "greater than or equal to 1"),
        ("limit=10001", "limit", "less than or equal to 10000"),
        ("client=a&client=b", "client", "twice"),
        ("client=", "client", "not empty"),
        ("client=%00", "client", "pattern"),
        ("as_of=2026-03-09", "as_of", "still to come"),
        # Fourteen hours later there is no year any more.
        ("as_of=9999-12-31T23:59:59-14:00", "as_of", "an instant"),
        ("cursor=nonsense", "cursor", "no cursor"),
    ],
)
async def test_what_can_not_be_asked_is_told_by_name(kept: HttpKept, query: str, key: str, said: str) -> None:
    answer = await kept.http.get(f"/v1/verdicts?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)
    assert key in answer.json()["detail"]
    assert said in answer.json()["detail"]


async def test_everything_wrong_is_told_at_once(kept: HttpKept) -> None:
    problem = (await kept.http.get("/v1/verdicts?a=1&kind=x&limit=many")).json()
    assert [error["key"] for error in problem["errors"]] == ["limit", "kind", "a"]


async def test_an_offset_may_be_written_with_a_plus(kept: HttpKept) -> None:
    rows = await kept.rows("verdicts", kind="resolve", since="2026-03-02T10:01:00+01:00")
    answer = await kept.http.get("/v1/verdicts?kind=resolve&since=2026-03-02T10:01:00+01:00")
    assert answer.json()["verdicts"] == rows
    assert [row["case"] for row in rows] == ["B", "C"]


async def test_a_date_is_its_beginning(kept: HttpKept) -> None:
    assert await kept.rows("verdicts", since="2026-03-03") == []
    assert len(await kept.rows("verdicts", since="2026-03-02", until="2026-03-03", kind="resolve")) == 3


async def test_head_says_what_get_would(kept: HttpKept) -> None:
    asked = await kept.http.get("/v1/cases")
    head = await kept.http.head("/v1/cases")
    assert (head.status_code, head.headers["content-type"]) == (200, asked.headers["content-type"])
    lines = await kept.http.head("/v1/cases", headers={"accept": "text/csv"})
    assert (lines.status_code, lines.content) == (200, b"")
    assert lines.headers["kept-as-of"] == asked.headers["kept-as-of"]


@pytest.mark.parametrize(
    ("path", "allowed"), [("/v1/cases", "GET, HEAD, OPTIONS"), ("/v1/book", "GET, POST, HEAD, OPTIONS")]
)
async def test_options_and_refusals_tell_what_is_allowed(kept: HttpKept, path: str, allowed: str) -> None:
    options = await kept.http.options(path)
    assert (options.status_code, options.headers["allow"]) == (204, allowed)
    refused = await kept.http.delete(path)
    assert (refused.status_code, refused.headers["allow"], refused.headers["content-type"]) == (405, allowed, PROBLEM)


async def test_one_case_has_its_obligations(kept: HttpKept) -> None:
    found = (await kept.http.get("/v1/cases/A")).json()
    assert found["case"]["client"] == "acme"
    assert {row["kind"] for row in found["obligations"]} == {"first_response", "resolve"}
    assert (await kept.http.get("/v1/cases/Z")).status_code == 404


async def test_a_name_with_a_slash_is_one_name(kept: HttpKept) -> None:
    await kept.take(cloud_event("ticket.opened", "X/1 é", MONDAY, "x", client="acme"))
    assert (await kept.http.get("/v1/cases/X%2F1%20%C3%A9")).json()["case"]["case"] == "X/1 é"
    (name,) = {row["obligation"] for row in await kept.rows("verdicts", case="X/1 é", kind="resolve")}
    answer = await kept.http.get(f"/v1/history/{name.replace('/', '%2F')}?limit=1")
    assert [row["type"] for row in answer.json()["decisions"]] == ["opened"]


async def test_a_history_of_nothing_is_not_found(kept: HttpKept) -> None:
    answer = await kept.http.get("/v1/history/A/own/never")
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)


async def test_an_explanation_is_what_was_known_then(kept: HttpKept) -> None:
    kept.clock.set(MONDAY + 2 * HOUR_US)
    told = (await kept.http.get("/v1/explanations/A")).json()["lines"]
    assert any(line.startswith("first_response: broken") for line in told)
    kept.clock.set(MONDAY + 3 * HOUR_US)
    await kept.take(cloud_event("email.sent", "A", MONDAY + MINUTE_US, "late", author="Ann"))
    now = (await kept.http.get("/v1/explanations/A")).json()["lines"]
    assert any(line.startswith("first_response: kept") for line in now)
    then = await kept.http.get("/v1/explanations/A?as_of=2026-03-02T11:00:00Z")
    assert then.json()["lines"] == told
    plain = await kept.http.get("/v1/explanations/A?as_of=2026-03-02T11:00:00Z", headers={"accept": "text/plain"})
    assert plain.text.splitlines() == told


async def test_a_browser_that_follows_the_link_of_a_notice_is_shown_lines_and_a_program_json(kept: HttpKept) -> None:
    """The first is what Chromium and Firefox send for a page, the second what curl sends."""
    kept.clock.set(MONDAY + 2 * HOUR_US)
    browser = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    shown = await kept.http.get("/v1/explanations/A", headers=browser)
    assert shown.headers["content-type"].startswith("text/plain")
    program = await kept.http.get("/v1/explanations/A", headers={"accept": "*/*"})
    assert shown.text.splitlines() == program.json()["lines"]


async def test_an_explanation_of_nothing_is_not_found(kept: HttpKept) -> None:
    assert (await kept.http.get("/v1/explanations/Z")).status_code == 404
    assert (await kept.http.get("/v1/explanations/A?as_of=2020-01-01")).status_code == 404


async def test_the_document_is_served_as_it_is_generated(kept: HttpKept) -> None:
    assert (await kept.http.get("/v1/openapi.json")).json() == openapi()


async def test_too_many_questions_at_once_are_told_to_come_back(
    kept: HttpKept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept.reader, "_most", 1)
    answers = await asyncio.gather(*(kept.http.get("/v1/cases") for _ in range(5)))
    refused = [answer for answer in answers if answer.status_code == 503]
    assert refused
    assert all(answer.headers["retry-after"] for answer in refused)
    assert (await kept.http.get("/v1/cases")).status_code == 200


def test_every_operation_is_in_the_document_with_what_refuses_it() -> None:
    for path, methods in openapi()["paths"].items():
        for operation in methods.values():
            answers: dict[str, Any] = operation["responses"]
            assert operation["summary"], path
            assert ("401" in answers) == (operation.get("security") != []), path

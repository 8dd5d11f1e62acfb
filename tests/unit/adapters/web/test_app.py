"""Kept over HTTP, without a network: every form of events, and every answer."""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import orjson
import pytest
import pytest_asyncio
from sqlalchemy import select

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.location import Location
from monitor.adapters.web.bodies import LONGEST_BATCH_BYTES
from monitor.adapters.web.gate import GuardedRoute, Way
from monitor.conventions.media_types import CLOUDEVENT, CLOUDEVENTS_BATCH, PROBLEM
from monitor.domain.hours.instant import HOUR_US
from monitor.service.doors.tokens import Scope, new_token
from monitor.testing import MONDAY, HttpKept, cloud_event
from monitor.wire.events.cloud_events import LONGEST_EVENT_BYTES

OPENED = cloud_event("ticket.opened", "A", MONDAY, "1", client="acme")
LINES = "application/x-ndjson"


@pytest_asyncio.fixture
async def kept(tmp_path: Path) -> AsyncIterator[HttpKept]:
    async with HttpKept(Location(tmp_path / "kept.db")) as opened:
        yield opened


def _counts(answer: httpx.Response) -> tuple[int, int, int]:
    body = answer.json()
    return body["accepted"], body["duplicates"], len(body["rejected"])


async def test_a_structured_event_is_taken_once(kept: HttpKept) -> None:
    answer = await kept.post(OPENED)
    assert (answer.status_code, _counts(answer)) == (200, (1, 0, 0))
    answer = await kept.post(OPENED, f"{CLOUDEVENT}; charset=utf-8")
    assert (answer.status_code, _counts(answer)) == (200, (0, 1, 0))


async def test_a_batch_is_taken_and_its_bad_members_are_named(kept: HttpKept) -> None:
    events = [orjson.loads(OPENED), {"id": "x"}, orjson.loads(OPENED)]
    answer = await kept.post(orjson.dumps(events), CLOUDEVENTS_BATCH)
    assert (answer.status_code, _counts(answer)) == (207, (1, 1, 1))
    (rejected,) = answer.json()["rejected"]
    assert rejected["index"] == 1
    assert rejected["found"]
    assert rejected["expected"]


async def test_an_empty_batch_is_fine(kept: HttpKept) -> None:
    answer = await kept.post(b"[]", CLOUDEVENTS_BATCH)
    assert (answer.status_code, _counts(answer)) == (200, (0, 0, 0))


@pytest.mark.parametrize("body", [b"{}", b"[", b"7", b""])
async def test_a_batch_that_is_no_array_is_kept_as_it_came(kept: HttpKept, body: bytes) -> None:
    answer = await kept.post(body, CLOUDEVENTS_BATCH)
    assert answer.status_code == 400
    assert kept.letters() == [body]


async def test_json_lines_are_taken_line_by_line(kept: HttpKept) -> None:
    other = cloud_event("ticket.opened", "B", MONDAY, "2", client="acme")
    answer = await kept.post(OPENED + b"\r\n\n" + other + b"\nrubbish", LINES)
    assert (answer.status_code, _counts(answer)) == (207, (2, 0, 1))
    assert kept.letters() == [b"rubbish"]


async def test_a_binary_event_is_put_together_from_its_headers(kept: HttpKept) -> None:
    headers = {
        "ce_specversion": "1.0",
        "ce_type": "ticket.opened",
        "ce_source": "/t",
        "ce_id": "1",
        "ce_subject": "A%20B",
    }
    headers |= {"ce_time": "2026-03-02T09:00:00Z", "ce_client": "acme"}
    answer = await kept.post(b'{"priority": "high"}', "application/json", **headers)
    assert (answer.status_code, _counts(answer)) == (200, (1, 0, 0))
    with kept.engine.connect() as connection:
        assert connection.execute(select(t.CASES.c.id, t.CASES.c.priority)).all() == [("A B", "high")]


async def test_data_of_a_binary_event_that_is_no_json_is_refused(kept: HttpKept) -> None:
    answer = await kept.post(b'{}, "id": "forged"', "application/json", ce_specversion="1.0", ce_id="1")
    assert answer.status_code == 400
    assert answer.json()["rejected"][0]["key"] == "data"


async def test_what_can_not_be_read_is_a_problem_with_what_where_and_expected(kept: HttpKept) -> None:
    body = OPENED.replace(b"2026-03-02T09:00:00Z", b"yesterday")
    answer = await kept.post(body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == PROBLEM
    problem = answer.json()
    assert problem["status"] == 400
    assert "time" in problem["detail"]
    assert "yesterday" in problem["detail"]
    assert kept.letters() == [body]


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "application/xml", ""])
async def test_other_content_types_are_refused(kept: HttpKept, content_type: str) -> None:
    answer = await kept.post(OPENED, content_type)
    assert answer.status_code == 415
    assert CLOUDEVENT in answer.json()["detail"]


@pytest.mark.parametrize("encoding", ["gzip", "deflate, gzip", "br"])
async def test_a_packed_body_is_refused_as_such(kept: HttpKept, encoding: str) -> None:
    answer = await kept.post(gzip.compress(OPENED), content_encoding=encoding)
    assert answer.status_code == 415
    assert f"content encoding {encoding}, expected a body as it is" in answer.json()["detail"]
    assert answer.headers["accept-encoding"] == "identity"  # RFC 9110, 15.5.16 and 12.5.3
    assert kept.letters() == []
    assert (await kept.post(OPENED, content_encoding="identity")).status_code == 200


@pytest.mark.parametrize(("content_type", "longest"), [(CLOUDEVENT, LONGEST_EVENT_BYTES), (LINES, LONGEST_BATCH_BYTES)])
async def test_too_much_is_refused_and_kept_nowhere(kept: HttpKept, content_type: str, longest: int) -> None:
    answer = await kept.post(b"x" * (longest + 1), content_type)
    assert answer.status_code == 413
    assert kept.letters() == []


async def test_too_much_is_refused_also_where_its_length_is_not_said(kept: HttpKept) -> None:
    pieces = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal pieces
        while True:
            pieces += 1
            yield b"x" * 65_536

    answer = await kept.http.post("/v1/events", content=endless(), headers={"content-type": CLOUDEVENT})
    assert answer.status_code == 413
    assert pieces <= LONGEST_EVENT_BYTES // 65_536 + 2


async def test_a_store_that_can_not_write_is_told_with_when_to_come_back(
    kept: HttpKept, caplog: pytest.LogCaptureFixture
) -> None:
    kept.script.fail_in(2)
    answer = await kept.post(OPENED)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert (await kept.post(OPENED)).json()["accepted"] == 1


async def test_readiness_tells_of_the_store_and_the_agenda(kept: HttpKept) -> None:
    assert (await kept.http.get("/healthz")).status_code == 200
    assert (await kept.http.get("/readyz")).status_code == 503
    await kept.agenda.turn()
    assert (await kept.http.get("/readyz")).json() == {"ready": True, "store": True, "agenda": True}
    kept.is_writable = False
    assert (await kept.http.get("/readyz")).status_code == 503
    kept.is_writable = True
    kept.clock.set(MONDAY + HOUR_US)
    assert (await kept.http.get("/readyz")).json()["agenda"] is False


async def test_open_obligations_come_soonest_first(kept: HttpKept) -> None:
    await kept.post(OPENED)
    await kept.post(cloud_event("ticket.opened", "B", MONDAY - HOUR_US, "2", client="acme"))
    rows = (await kept.http.get("/v1/obligations?state=open")).json()["obligations"]
    assert [(row["case"], row["kind"]) for row in rows] == [
        ("B", "first_response"),
        ("A", "first_response"),
        ("B", "resolve"),
        ("A", "resolve"),
    ]
    assert rows[1]["left_seconds"] == 3_600
    assert rows[1]["due"] == "2026-03-02T10:00:00Z"
    first = (await kept.http.get("/v1/obligations?limit=1")).json()["obligations"]
    assert first == rows[:1]


@pytest.mark.parametrize("query", ["state=closed", "limit=0", "limit=many", "limit=10001", "limit=%C2%B2"])
async def test_questions_that_make_no_sense_are_refused(kept: HttpKept, query: str) -> None:
    answer = await kept.http.get(f"/v1/obligations?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == PROBLEM


async def test_an_unknown_path_is_a_problem_too(kept: HttpKept) -> None:
    answer = await kept.http.get("/nothing")
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)
    assert answer.json()["detail"].startswith("found no /nothing, expected a path of /v1/openapi.json")
    answer = await kept.http.get("/v1/events")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")
    assert answer.json()["detail"] == "found GET /v1/events, expected POST, OPTIONS"


async def test_catching_up_breaks_nothing_until_it_ends(kept: HttpKept) -> None:
    kept.clock.set(MONDAY + 5 * HOUR_US)
    url = "/v1/events?catching_up=true"
    await kept.http.post(url, content=OPENED, headers={"content-type": CLOUDEVENT})
    await kept.agenda.turn()
    broken = _series("kept_verdicts_total", kind="first_response", restated="false", verdict="broken")
    assert f"{broken} 0.0" in await kept.metrics()
    assert (await kept.http.post("/v1/caught-up")).status_code == 204
    await kept.agenda.turn()
    assert f"{broken} 1.0" in await kept.metrics()


async def test_every_series_is_there_from_the_start_with_zero(kept: HttpKept) -> None:
    text = await kept.metrics()
    for expected in (
        _series("kept_verdicts_total", kind="resolve", restated="true", verdict="unknown") + " 0.0",
        'kept_restatements_total{kind="resolve"} 0.0',
        'kept_time_used_ratio_bucket{kind="resolve",le="1.0",tier="gold"} 0.0',
        'kept_running_obligations{kind="resolve",left="15m"} 0.0',
        'kept_obligation_earliest_due_timestamp_seconds{kind="resolve"} +Inf',
        'kept_client_info{client="umbra",tier="silver"} 1.0',
        "kept_late_events_total 0.0",
        'kept_client_verdicts_total{client="umbra",verdict="broken"} 0.0',
        'kept_client_verdicts_total{client="_other",verdict="broken"} 0.0',
        'kept_client_restatements_total{client="acme"} 0.0',
        'kept_decisions_total{kind="next_response",type="warned"} 0.0',
        'kept_open_obligations{kind="by",outcome="open_late",tier="gold"} 0.0',
        'kept_client_open_obligations{client="acme",outcome="running"} 0.0',
        'kept_events_total{outcome="rejected"} 0.0',
        "kept_dead_letters_total 0.0",
        "kept_agenda_next_timestamp_seconds +Inf",
        'kept_build_info{book="Test & Sons",version="1.0"} 1.0',
        "kept_book_edition 1.0",
        "kept_rejudging 0.0",
        'kept_unheld_obligations{kind="resolve"} 0.0',
    ):
        assert expected in text


async def test_metrics_agree_with_what_is_in_the_journal(kept: HttpKept) -> None:
    answered = cloud_event("email.sent", "A", MONDAY + 1, "2", author="Ann")
    await kept.post(OPENED + b"\n" + answered + b"\n?", LINES)
    text = await kept.metrics()
    for expected in (
        _series("kept_verdicts_total", kind="first_response", restated="false", verdict="kept") + " 1.0",
        'kept_time_used_ratio_count{kind="first_response",tier="gold"} 1.0',
        'kept_time_used_ratio_bucket{kind="first_response",le="0.1",tier="gold"} 1.0',
        'kept_running_obligations{kind="resolve",left="1d"} 1.0',
        'kept_running_obligations{kind="resolve",left="more"} 0.0',
        f'kept_obligation_earliest_due_timestamp_seconds{{kind="resolve"}} {(MONDAY + 8 * HOUR_US) / 1e6}',
        'kept_client_verdicts_total{client="acme",verdict="kept"} 1.0',
        'kept_obligations{kind="first_response",outcome="kept",tier="gold"} 1.0',
        'kept_open_obligations{kind="resolve",outcome="running",tier="gold"} 1.0',
        'kept_client_open_obligations{client="acme",outcome="running"} 1.0',
        'kept_events_total{outcome="accepted"} 2.0',
        'kept_events_total{outcome="rejected"} 1.0',
        "kept_dead_letters_total 1.0",
        f'kept_source_last_event_timestamp_seconds{{source="/test"}} {(MONDAY + 1) / 1e6}',
        f"kept_agenda_next_timestamp_seconds {(MONDAY + 8 * HOUR_US + 1) / 1e6}",
    ):
        assert expected in text, text


def _series(name: str, **labels: str) -> str:
    """A series of the case that the tests open: a ticket of a client of tier gold."""
    named = sorted({"channel": "ticket", "tier": "gold", **labels}.items())
    listed = ",".join(f'{key}="{value}"' for key, value in named)
    return f"{name}{{{listed}}}"


async def test_clients_beyond_the_limit_are_counted_together(kept: HttpKept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.conventions.limits.CLIENTS_WITH_SERIES", 2)
    for client in ("acme", "first stranger", "second stranger"):
        await kept.post(cloud_event("ticket.opened", client, MONDAY, client, client=client))
        await kept.post(cloud_event("email.sent", client, MONDAY + 1, client + "!", author="Ann"))
    text = await kept.metrics()
    assert 'kept_client_verdicts_total{client="acme",verdict="kept"} 1.0' in text
    assert 'kept_client_verdicts_total{client="_other",verdict="kept"} 2.0' in text
    assert "stranger" not in text
    assert "kept_clients_left_out 2.0" in text


async def test_whoever_scrapes_is_told_one_format(kept: HttpKept) -> None:
    answer = await kept.http.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


OPEN_TO_ALL = {"/healthz", "/readyz"}
"""What a load balancer asks, which has no token."""


def _ways(kept: HttpKept) -> list[Way]:
    assert all(isinstance(route, GuardedRoute) for route in kept.app.routes)
    return [way for route in kept.app.routes if isinstance(route, GuardedRoute) for way in route.by_method.values()]


async def test_every_route_states_the_scope_it_needs(kept: HttpKept) -> None:
    assert {way.path for way in _ways(kept) if way.needs is None} == OPEN_TO_ALL


async def test_from_the_first_token_on_every_route_asks_for_one(kept: HttpKept) -> None:
    kept.tokens.add(new_token("desk", [Scope.INGEST], MONDAY).record)
    await kept.watch.look()
    for way in _ways(kept):
        for method in (way.method, "OPTIONS", "DELETE"):
            answer = await kept.http.request(method, re.sub(r"{.*?}", "7", way.path))
            assert (answer.status_code == 401) == (way.path not in OPEN_TO_ALL), (method, way.path)


@pytest.mark.parametrize(("scope", "allowed"), [(Scope.READ, {Scope.READ}), (Scope.ADMIN, set(Scope))])
async def test_a_token_opens_what_its_scope_allows_and_nothing_else(
    kept: HttpKept, scope: Scope, allowed: set[Scope]
) -> None:
    token = new_token("desk", [scope], MONDAY)
    kept.tokens.add(token.record)
    await kept.watch.look()
    shown = {"authorization": f"Bearer {token.text}"}
    for way in _ways(kept):
        answer = await kept.http.request(way.method, re.sub(r"{.*?}", "7", way.path), headers=shown)
        assert (answer.status_code == 403) == (way.needs is not None and way.needs not in allowed), way.path

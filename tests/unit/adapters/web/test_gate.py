"""The gate over HTTP: each route with the scope it needs, each refusal with its status, and what every answer carries."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from monitor.adapters.journal.database import engine_for, migrate
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.token_table import TokenTable
from monitor.adapters.web.gate import Gate, GuardedRoute, Way
from monitor.adapters.web.headers import SecurityHeaders
from monitor.adapters.web.problems import HANDLERS
from monitor.conventions.media_types import PROBLEM
from monitor.domain.hours.instant import MINUTE_US
from monitor.service.doors.admission import Admission
from monitor.service.doors.token_watch import TokenWatch
from monitor.service.doors.tokens import Scope, new_token
from monitor.testing import MONDAY, ManualClock

INGEST, READ, ADMIN = (new_token(scope, [scope], MONDAY) for scope in Scope)


async def _fine(_: Request) -> Response:
    return Response("fine")


async def _broken(_: Request) -> Response:
    raise RuntimeError("a fault")


async def _framed(_: Request) -> Response:
    return Response("a page", headers={"content-security-policy": "default-src 'self'"})


WAYS = [
    Way("POST", "/send", Scope.INGEST, _fine),
    Way("GET", "/ask/{case}", Scope.READ, _fine),
    Way("POST", "/change", Scope.ADMIN, _fine),
    Way("GET", "/open", None, _fine),
    Way("GET", "/broken", None, _broken),
    Way("GET", "/page", None, _framed),
]


class House:
    """Some doors behind a gate."""

    def __init__(self, file: Path) -> None:
        self.engine = engine_for(Location(file))
        migrate(self.engine, Location(file))
        self.clock = ManualClock()
        self.table = TokenTable(self.engine)
        self.watch = TokenWatch(self.table.records, self.clock)
        gate = Gate(Admission(is_own=True), self.watch, self.clock)
        app = Starlette(routes=[GuardedRoute({way.method: way}, gate) for way in WAYS], exception_handlers=HANDLERS)
        transport = httpx.ASGITransport(SecurityHeaders(app), raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://localhost")

    async def hand_out(self) -> None:
        for token in (INGEST, READ, ADMIN):
            self.table.add(token.record)
        await self.watch.look()


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path / "kept.db")
    yield made
    await made.http.aclose()
    made.engine.dispose()


def _bearer(text: str) -> dict[str, str]:
    return {"authorization": f"Bearer {text}"}


async def test_no_token_is_a_401_that_says_how_and_not_why(house: House) -> None:
    await house.hand_out()
    house.table.revoke(READ.record.id, MONDAY)
    await house.watch.look()
    answers = [
        await house.http.get("/ask/A", headers=headers)
        for headers in ({}, _bearer("kept_forged"), _bearer(READ.text), {"authorization": "Basic eA=="})
    ]
    assert {(answer.status_code, answer.headers["www-authenticate"], answer.text) for answer in answers} == {
        (401, 'Bearer realm="kept"', answers[0].text)
    }
    assert answers[0].headers["content-type"] == PROBLEM


async def test_a_token_for_something_else_is_a_403_that_says_what_is_needed(house: House) -> None:
    await house.hand_out()
    answer = await house.http.post("/change", headers=_bearer(READ.text))
    assert answer.status_code == 403
    assert "admin" in answer.json()["detail"]
    assert 'error="insufficient_scope", scope="admin"' in answer.headers["www-authenticate"]
    assert READ.text not in answer.text


async def test_each_token_opens_its_own_doors(house: House) -> None:
    await house.hand_out()
    asked = [("POST", "/send"), ("GET", "/ask/A"), ("HEAD", "/ask/A"), ("POST", "/change"), ("GET", "/open")]
    opened = {}
    for token in (INGEST, READ, ADMIN):
        answers = [await house.http.request(*request, headers=_bearer(token.text)) for request in asked]
        opened[token.record.name] = [answer.status_code for answer in answers]
    assert opened == {
        "ingest": [200, 403, 403, 403, 200],
        "read": [403, 200, 200, 403, 200],
        "admin": [200, 200, 200, 200, 200],
    }


async def test_a_page_from_elsewhere_is_refused_while_nobody_is_asked(house: House) -> None:
    assert (await house.http.post("/send")).status_code == 200
    for headers in ({"host": "rebound.example"}, {"origin": "https://elsewhere.example"}):
        answer = await house.http.post("/send", headers=headers)
        assert answer.status_code == 403
        assert next(iter(headers.values())).removeprefix("https://") in answer.json()["detail"]


async def test_a_token_is_asked_for_whatever_the_host_is_called(house: House) -> None:
    await house.hand_out()
    answer = await house.http.get("/ask/A", headers={"host": "kept.example", **_bearer(READ.text)})
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/open", "/ask/A", "/broken", "/nowhere"])
async def test_every_answer_tells_browsers_to_keep_off(house: House, path: str) -> None:
    await house.hand_out()
    headers = (await house.http.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "access-control-allow-origin" not in headers


async def test_an_answer_may_have_a_policy_of_its_own(house: House) -> None:
    answer = await house.http.get("/page")
    assert answer.headers.get_list("content-security-policy") == ["default-src 'self'"]


async def test_refusals_are_told_once_a_minute_and_no_token_with_them(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.hand_out()
    caplog.clear()  # that tokens changed is told where a command has set up the log in this process before
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            await house.http.post("/change", headers=_bearer(READ.text))
        house.clock.set(MONDAY + MINUTE_US)
        await house.http.post("/change", headers=_bearer(READ.text))
    assert [record.getMessage().split()[0] for record in caplog.records] == ["1", "3"]
    assert READ.text not in caplog.text

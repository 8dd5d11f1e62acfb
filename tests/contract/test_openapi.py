"""What a running Kept answers is what its OpenAPI document says, whatever it is asked: fuzzed from the document itself."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Coroutine, Iterator
from pathlib import Path
from threading import Thread
from typing import Any, Final, TypeVar

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from monitor.adapters.journal.location import Location
from monitor.domain.hours.instant import DAY_US, MINUTE_US
from monitor.testing import BOOK, MONDAY, HttpKept, cloud_event
from monitor.wire.interface.openapi import openapi

T = TypeVar("T")

EXAMPLES: Final = 20
"""Requests for each operation; the whole stays under a minute."""
CHECKS: Final[list[Any]] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
OPERATIONS: Final = [
    (path, method) for path, methods in openapi()["paths"].items() for method in methods if method != "parameters"
]


class Running:
    """A Kept with data in it, on an event loop of its own."""

    def __init__(self, file: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever)
        self._thread.start()
        self._kept: HttpKept = self.wait(self._start(file))

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """What the work gives on the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)

    async def _start(self, file: Path) -> HttpKept:
        kept = await HttpKept(Location(file)).__aenter__()
        await kept.agenda.turn()
        # Names that a URL has to spell otherwise, and a restatement.
        for number, case in enumerate(("A", "B/2", "C d+é")):
            opened = cloud_event("ticket.opened", case, MONDAY + number, f"{number}-1", client="acme", holder="=Ann")
            answered = cloud_event("email.sent", case, MONDAY + 30 * MINUTE_US, f"{number}-2", author="Ann")
            await kept.take(opened, answered)
        await kept.post(b"rubbish")
        kept.clock.set(MONDAY + DAY_US)
        await kept.tell(
            "/v1/restatements", text=BOOK.replace("within: 1h", "within: 20m"), author="Ann", reason="a test"
        )
        while kept.point.is_rejudging:
            await kept.agenda.turn()
        return kept

    def answer(self, method: str, url: str, headers: Any, body: bytes | str | None) -> httpx.Response:
        """One answer."""
        return self.wait(self._kept.http.request(method, url, headers=headers, content=body))

    def stop(self) -> None:
        """Ends it."""
        self.wait(self._kept.__aexit__())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    started = Running(tmp_path_factory.mktemp("openapi") / "kept.db")
    yield started
    started.stop()


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda value: value.strip("/"))
def test_no_answer_departs_from_the_document(running: Running, path: str, method: str) -> None:
    schema = schemathesis.openapi.from_dict(openapi())

    @given(case=schema[path][method].as_strategy())
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.explicit, Phase.generate],
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def fuzz(case: Any) -> None:
        asked = requests.Request(**_request(case)).prepare()
        assert asked.url is not None
        body = asked.body if isinstance(asked.body, bytes | str) else None
        answer = running.answer(method.upper(), asked.url, dict(asked.headers), body)
        case.validate_response(answer, checks=CHECKS)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the fuzzer thinks of its own dependencies is not under test
        fuzz()


def _request(case: Any) -> dict[str, Any]:
    known = ("method", "url", "headers", "params", "data", "json", "cookies")
    said = case.as_transport_kwargs(base_url="http://localhost")
    return {key: value for key, value in said.items() if key in known}


def test_every_question_that_is_answered_is_as_described(running: Running) -> None:
    # The fuzzer seldom guesses what is there: these are the addresses of it.
    schema = schemathesis.openapi.from_dict(openapi())
    there = [
        ("/v1/clients", {}),
        ("/v1/cases", {}),
        ("/v1/cases/{case}", {"case": "C d+é"}),
        ("/v1/obligations", {}),
        ("/v1/verdicts", {}),
        ("/v1/decisions", {}),
        ("/v1/history/{obligation}", {"obligation": "B/2/first_response/2026-03-02T09:00:00.000001Z"}),
        ("/v1/explanations/{case}", {"case": "B/2"}),
        ("/v1/deadletters", {}),
        ("/v1/notices", {}),
        ("/v1/book", {}),
        ("/v1/book/editions", {}),
        ("/v1/proposals", {}),
        ("/v1/register", {}),
        ("/readyz", {}),
    ]
    for path, subject in there:
        operation = schema[path]["get"]
        case = operation.Case(path_parameters=subject)
        asked = requests.Request(**_request(case)).prepare()
        assert asked.url is not None
        answer = running.answer("GET", asked.url, {"accept": "application/json"}, None)
        assert answer.status_code == 200, (path, answer.text)
        case.validate_response(answer, checks=CHECKS)


def test_what_the_past_says_of_a_promise_is_as_described(running: Running) -> None:
    case = schemathesis.openapi.from_dict(openapi())["/v1/attainable"]["get"].Case(
        query={"kind": "first_response", "within": "1h", "client": "acme", "share": "90%"}
    )
    asked = requests.Request(**_request(case)).prepare()
    assert asked.url is not None
    answer = running.answer("GET", asked.url, {}, None)
    assert (answer.status_code, answer.json()["of"]) == (200, 3), answer.text
    case.validate_response(answer, checks=CHECKS)


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("within=1h", "kind: found nothing, expected `kind`"),
        ("kind=resolve", "within: found nothing, expected `within`"),
        ("kind=handoffs&within=1h", "kind: found 'handoffs', expected one of first_response, next_response"),
        ("kind=resolve&within=soon", "within: found 'soon', expected a length such as 4h"),
        ("kind=resolve&within=1h&share=100%25", "share: found '100%', expected a percentage below 100%"),
        ("kind=resolve&within=1h&hours=mars", "hours: found 'mars', expected a calendar of the book: always"),
    ],
)
def test_a_promise_that_cant_be_asked_about_is_refused_by_name(running: Running, query: str, detail: str) -> None:
    answer = running.answer("GET", f"http://localhost/v1/attainable?{query}", {}, None)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(detail)

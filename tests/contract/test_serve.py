"""A Kept that only answers, beside one that writes: what it does itself, and what it says is done elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from monitor.adapters.journal.location import Location
from monitor.conventions.media_types import CLOUDEVENT
from monitor.conventions.process_metrics import SERVE_METRICS
from monitor.domain.hours.instant import HOUR_US, MINUTE_US
from monitor.service.doors.tokens import Scope, new_token
from monitor.service.ports.records import LetterState
from monitor.testing import BOOK, MONDAY, ManualClock, arrivals, cloud_event, commit_point, store_at
from tests.services.serving import Served

OPENED = cloud_event("ticket.opened", "A", MONDAY, "1", client="acme")


@pytest.fixture
def served(any_database: Location) -> Iterator[Served]:
    """Beside a journal with a case that is answered after half an hour, and bytes that are no event."""
    store = store_at(any_database)
    point = commit_point(store)
    answered = cloud_event("email.sent", "A", MONDAY + 30 * MINUTE_US, "2", author="Ann")
    point.take(arrivals([OPENED, answered, b"rubbish"]), MONDAY + HOUR_US)
    opened = Served(any_database, ManualClock(MONDAY + HOUR_US))
    yield opened
    opened.close()
    store.close()


def test_it_is_ready_as_long_as_the_database_answers(served: Served) -> None:
    answer = served.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "store": True})


def test_its_metrics_are_its_own_and_count_no_verdict_twice(served: Served) -> None:
    served.get("/v1/nowhere")
    text = served.get("/metrics").text
    named = {line.partition("{")[0].partition(" ")[0] for line in text.splitlines() if not line.startswith("#")}
    assert {metric.name for metric in SERVE_METRICS} == {
        name.removesuffix("_total") for name in named if name.startswith("kept_serve_")
    }
    others = {name for name in named if name.startswith("kept_") and not name.startswith("kept_serve_")}
    assert others == {"kept_build_info"}
    assert 'kept_serve_answers_total{status="4xx"} 1' in text
    # Monday, 2 March 2026, 10:00 in UTC, as `date +%s` has it.
    assert "kept_serve_last_recorded_timestamp_seconds 1772445600.0" in text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/book", {"text": BOOK, "author": "Ann", "reason": "because"}),
        ("/v1/restatements", {"text": BOOK, "author": "Ann", "reason": "because"}),
        ("/v1/caught-up", {}),
    ],
)
def test_what_only_those_do_who_judge_is_refused_and_said_so(served: Served, path: str, body: dict[str, str]) -> None:
    answer = served.tell(path, **body)
    assert (answer.status_code, answer.json()["title"]) == (501, "Not done here")
    assert "expected it" in answer.json()["detail"]
    assert len(served.get("/v1/book/editions").json()["editions"]) == 1


@pytest.mark.parametrize(
    ("query", "says"), [("", "expected events in the topic kept.events"), ("?catching_up=true", "found events sent as")]
)
def test_without_a_broker_no_event_is_taken(served: Served, query: str, says: str) -> None:
    before = served.get("/v1/decisions").content
    answer = served.post(f"/v1/events{query}", cloud_event("ticket.opened", "B", MONDAY, "9"), CLOUDEVENT)
    assert answer.status_code == 501
    assert says in answer.json()["detail"]
    assert served.get("/v1/decisions").content == before


def test_a_preview_says_what_another_book_would_change(served: Served) -> None:
    # Answered after 30 minutes: with 20 promised it would have been late.
    answer = served.tell("/v1/book/preview", text=BOOK.replace("within: 1h", "within: 20m"))
    (change,) = answer.json()["changes"]
    assert (change["case"], change["outcome_before"], change["outcome_after"]) == ("A", "kept", "done_late")


def test_a_dead_letter_is_dropped_once(served: Served) -> None:
    (letter,) = served.get("/v1/deadletters").json()["dead_letters"]
    path = f"/v1/deadletters/{letter['letter']}/drop"
    answer = served.tell(path, author="Ann", reason="ours")
    assert (answer.status_code, answer.json()["state"]) == (200, LetterState.DROPPED)
    assert served.tell(path, author="Ann", reason="ours").status_code == 409


def test_a_dead_letter_is_not_tried_again_without_a_broker(served: Served) -> None:
    (letter,) = served.get("/v1/deadletters").json()["dead_letters"]
    assert served.tell(f"/v1/deadletters/{letter['letter']}/retry", author="Ann").status_code == 501
    assert served.get("/v1/deadletters").json()["dead_letters"][0]["state"] == "open"


def test_a_token_made_while_it_runs_is_asked_for(served: Served) -> None:
    secret = new_token("reader", [Scope.READ], MONDAY)
    served.add_token(secret.record)
    assert served.get("/v1/cases").status_code == 401
    assert served.get("/v1/cases", authorization=f"Bearer {secret.text}").status_code == 200


def test_a_report_is_issued_and_kept(served: Served) -> None:
    issued = served.tell("/v1/reports", client="acme", period="2026-03", author="Ann")
    assert issued.status_code == 200
    number = issued.json()["report"]
    again = served.get(f"/v1/reports/{number}").json()
    # One message, answered within the hour that was promised.
    assert (again["client"], {row["kind"]: row["kept"] for row in again["numbers"]}["first_response"]) == ("acme", 1)

"""`kept serve` as a process beside a Kept that writes: the same answers, and events handed on to a real broker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from monitor.conventions.media_types import CLOUDEVENT
from monitor.conventions.topics import HEADER_RESULT, HEADER_SENDER
from monitor.domain.hours.instant import MINUTE_US, SECOND_US
from monitor.testing import BOOK, Daemon, cloud_event, eventually, run_kept
from monitor.wire.questions import QUESTIONS, table
from tests.services.kafka_broker import KafkaBroker
from tests.services.kafka_reading import read_topic
from tests.services.serving import ServeProcess

pytestmark = pytest.mark.slow

OPENED: Final = 1_770_000_000 * SECOND_US
"""In February 2026: long over."""

FORMS: Final = ("application/json", "text/csv", "application/jsonl")
ASKED: Final = (
    *(question.path for question in QUESTIONS if question.subject is None and question is not table.OBLIGATIONS),
    "/v1/cases?limit=1",
    "/v1/verdicts?client=acme&by=due&since=2026-02-01&until=2026-03-01",
    "/v1/decisions?after=3&limit=2",
)
"""Every question, but what is owed: that tells how much time is left now."""


@pytest.fixture
def daemon(book: Path, postgres_url: str) -> Iterator[Daemon]:
    """On a server, with a case that was answered after half an hour, and one that nobody answered."""
    started = Daemon(book, postgres_url)
    events = [
        cloud_event("ticket.opened", "A/1", OPENED, "1", client="acme"),
        cloud_event("email.sent", "A/1", OPENED + 30 * MINUTE_US, "2", author="Ann"),
        cloud_event("ticket.opened", "B é", OPENED, "3", client="umbra"),
    ]
    assert started.post(*events, b"rubbish")["accepted"] == 3
    yield started
    assert started.stop() == 0


@pytest.fixture
def served(daemon: Daemon, postgres_url: str) -> Iterator[ServeProcess]:
    started = ServeProcess(postgres_url)
    yield started
    assert started.stop() == 0


def _answers(kept: Daemon, path: str) -> list[tuple[int, bytes]]:
    return [kept.ask(path, accept=form) for form in FORMS]


def test_it_answers_as_the_daemon_does_byte_for_byte(daemon: Daemon, served: ServeProcess) -> None:
    # By now both resolutions and B's first response are late.
    eventually(lambda: daemon.metric("kept_verdicts_total", verdict="broken") == 3, "what is late is decided")
    for path in ASKED:
        answers = _answers(daemon, path)
        assert {status for status, _ in answers} == {200}, path
        assert _answers(served, path) == answers
    found = json.loads(daemon.ask("/v1/verdicts?case=A/1")[1])
    history, as_of = found["verdicts"][0]["obligation"], found["as_of"]
    for path in (
        f"/v1/history/{history}",
        f"/v1/explanations/B%20%C3%A9?as_of={as_of}",
        "/v1/book",
        "/v1/deadletters/6",
        "/v1/cases/C",
    ):
        assert served.ask(path) == daemon.ask(path)


def test_what_was_answered_as_of_an_instant_stays_so_over_a_restatement(
    daemon: Daemon, served: ServeProcess, tmp_path: Path
) -> None:
    path = f"/v1/verdicts?as_of={json.loads(served.ask('/v1/verdicts')[1])['as_of']}"
    before = served.ask(path)
    strict = tmp_path / "strict.yaml"
    strict.write_text(BOOK.replace("within: 1h", "within: 20m"))
    assert run_kept("restate", "--book", strict, "--reason", "a contract", "--url", daemon.url)[0] == 0
    asked = "/v1/verdicts?case=A/1&kind=first_response"
    eventually(
        lambda: json.loads(served.ask(asked)[1])["verdicts"][0]["verdict"] == "broken", "it is judged again and shown"
    )
    assert served.ask(path) == before


def test_the_database_being_away_is_told_and_over_when_it_is_back(served: ServeProcess, postgres: Any) -> None:
    postgres.crash()
    try:
        eventually(lambda: served.ask("/readyz")[0] == 503, "it says that it is not ready")
        assert served.ask("/v1/cases")[0] == 503
        assert served.metrics()["kept_serve_last_recorded_timestamp_seconds"] != 0
    finally:
        postgres.start()
    eventually(lambda: served.ask("/readyz")[0] == 200, "it is ready by itself")
    assert served.ask("/v1/cases")[0] == 200


def test_a_database_without_kept_in_it_keeps_it_from_starting(postgres: Any) -> None:
    url = postgres.empty_database()
    code, _, err = run_kept("serve", "--database", url, "--port", "0")
    assert (code, "found schema None" in err, len(err.splitlines())) == (2, True, 1)


# Events


def _handing_on(kafka: KafkaBroker, database: str) -> tuple[ServeProcess, str, str]:
    events, letters = kafka.topic(), kafka.topic(partitions=1)
    topics = ("--events-topic", events, "--dead-letters-topic", letters)
    return ServeProcess(database, "--kafka", kafka.address, *topics), events, letters


def test_events_go_to_the_partitions_of_their_cases_and_the_rest_to_the_dead_letters(
    kafka: KafkaBroker, postgres_url: str
) -> None:
    served, events, letters = _handing_on(kafka, postgres_url)
    sent = [cloud_event("ticket.opened", f"C{number}", OPENED, str(number), client="acme") for number in range(40)]
    sent += [
        cloud_event("source.heartbeat", None, OPENED, "40"),
        cloud_event("client.changed", None, OPENED, "41", client="acme", tier="gold"),
    ]
    receipt = served.post(*sent, b"rubbish")
    assert (receipt["status"], receipt["accepted"], receipt["rejected"][0]["index"]) == (207, 42, 42)
    found = read_topic(events, bootstrap_servers=kafka.address)
    assert sorted(record.value for record in found) == sorted(sent)
    for record in found:
        event = orjson.loads(record.value)
        assert record.key.decode() == event.get("subject") or event.get("client") or event["source"]
    assert len({record.partition for record in found}) > 1
    (letter,) = read_topic(letters, bootstrap_servers=kafka.address)
    headers = dict(letter.headers)
    assert (letter.value, headers[HEADER_RESULT], headers[HEADER_SENDER]) == (
        b"rubbish",
        b"unreadable",
        b"http 127.0.0.1",
    )
    assert served.metric("kept_serve_events_total", outcome="accepted") == 42
    assert served.ask("/readyz")[1] == b'{"ready":true,"store":true,"brokers":true}'
    assert served.stop() == 0


def test_while_no_broker_answers_senders_are_told_to_come_back(kafka: KafkaBroker, postgres_url: str) -> None:
    served, events, _ = _handing_on(kafka, postgres_url)
    event = cloud_event("ticket.opened", "C", OPENED, "1", client="acme")
    kafka.crash()
    try:
        status, body = served.ask("/v1/events", event, content_type=CLOUDEVENT)
        assert (status, json.loads(body)["title"]) == (503, "Not now")
        eventually(lambda: served.ask("/readyz")[0] == 503, "it says that it is not ready")
        assert served.ask("/v1/cases")[0] == 200
    finally:
        kafka.start()
    eventually(lambda: served.ask("/v1/events", event, content_type=CLOUDEVENT)[0] == 200, "it is taken")
    # It may be there twice, for the first try may have come through after all; it has one identity.
    found = read_topic(events, bootstrap_servers=kafka.address)
    assert {record.value for record in found} == {event}
    assert served.stop() == 0


def test_topics_that_are_not_there_keep_it_from_starting(kafka: KafkaBroker, postgres_url: str) -> None:
    asked = ("--kafka", kafka.address, "--events-topic", "nowhere", "--dead-letters-topic", "nor-here")
    code, _, err = run_kept("serve", "--database", postgres_url, "--port", "0", *asked)
    assert code == 2
    assert [line.partition("found ")[2].partition(",")[0] for line in err.splitlines()] == [
        "no topic nowhere",
        "no topic nor-here",
    ]

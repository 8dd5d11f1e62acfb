"""What docker-compose.yml starts, started from the programs of this machine: a firm's own JSON goes in at a topic, the
verdict comes out where questions are answered, and as a decision in a topic."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from monitor.conventions.topics import DECISIONS_TOPIC
from monitor.testing import PATIENCE_SECONDS, eventually
from tests.acceptance.hearing import folded_cases
from tests.acceptance.journals import rows
from tests.services.installation import ROOT, STARTED, Installation
from tests.services.kafka_broker import KafkaBroker, kafka_or_skip
from tests.services.kafka_reading import read_topic
from tests.services.monitoring import Alertmanager, Receiver, receiving
from tests.services.postgres import PostgresServer, programs_or_skip
from tests.services.programs import Program

pytestmark = pytest.mark.slow

CASES: Final = 60


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as told:
        yield told


@pytest.fixture
def alertmanager(program: Program, receiver: Receiver) -> Iterator[Alertmanager]:
    running = Alertmanager(program("prometheus-alertmanager"), receiver.url)
    yield running
    running.remove()


@pytest.fixture
def installation(
    own_kafka: KafkaBroker, postgres: PostgresServer, alertmanager: Alertmanager, tmp_path: Path
) -> Iterator[Installation]:
    book = ROOT / "deploy" / "examples" / "book.yaml"
    started = Installation(tmp_path, own_kafka, postgres, book, alertmanager=alertmanager.address)
    started.start("tests.acceptance.hurried")  # or the canary would break after a minute
    yield started
    for service in started.running.values():
        if service.process.poll() is None:
            service.kill()


def _change(number: int, kind: str, at: str, **more: str) -> bytes:
    """A record as the ticket system of deploy/edge/tickets.yaml writes it."""
    ticket = {"number": f"T-{number}", "priority": "high", "status": "new"}
    return json.dumps(
        {"change": f"{kind}-{number}", "kind": kind, "at": at, "account": "acme", "ticket": ticket, **more}
    ).encode()


async def _send(address: str, topic: str, records: list[bytes]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=address)
    await producer.start()
    try:
        for record in records:
            await producer.send(topic, record)
        await producer.flush()
    finally:
        await producer.stop()


def _verdicts(installation: Installation, **asked: str) -> list[dict[str, Any]]:
    query = "&".join(f"{key}={value}" for key, value in asked.items())
    status, body = installation.running["serve"].ask(f"/v1/verdicts?limit=1000&{query}")
    assert status == 200, body
    found: list[dict[str, Any]] = json.loads(body)["verdicts"]
    return found


def _summed(installation: Installation, name: str, **labels: str) -> float:
    return sum(installation.running[worker].metric(name, **labels) for worker in ("worker-1", "worker-2"))


def test_a_firms_own_records_become_verdicts_that_are_answered_published_and_told(
    installation: Installation, own_kafka: KafkaBroker, receiver: Receiver
) -> None:
    # Monday, 2 March 2026, 09:00 in London, where the firm opens; nobody ever answered: broken at 10:00 by the book's hour.
    records = [_change(number, "created", "2026-03-02T09:00:00+00:00") for number in range(CASES)]
    asyncio.run(_send(own_kafka.address, "firm.tickets", records))
    asked = {"kind": "first_response", "verdict": "broken"}
    eventually(lambda: len(_verdicts(installation, **asked)) == CASES, "every case is judged")
    verdicts = _verdicts(installation, **asked)
    assert {(row["due"], row["client"]) for row in verdicts} == {("2026-03-02T10:00:00Z", "acme")}
    assert {row["case"] for row in verdicts} == {f"T-{number}" for number in range(CASES)}

    # The workers share the work, and their counters together are the history.
    for worker in ("worker-1", "worker-2"):
        assert installation.running[worker].metric("kept_verdicts_total", verdict="broken") > 0
    of_clients = "FROM decisions WHERE client <> 'kept-canary'"
    broken = rows(installation.database, f"SELECT count(*) {of_clients} AND type = 'broken' AND NOT restated")[0][0]
    eventually(
        lambda: _summed(installation, "kept_verdicts_total", verdict="broken", restated="false") == broken,
        "the counters are the history",
    )

    # Whoever is on call is told: of the first ones singly, of so many at once together.
    def told_of() -> set[str]:
        storms = {
            alert["labels"]["notice"] for alert in receiver.told("client-pager", "ManyObligationsBroken", "firing")
        }
        singly = receiver.told("client-pager", "ObligationBroken", "firing")
        return {alert["labels"]["case"] for alert in singly} | folded_cases(installation.database, storms)

    eventually(lambda: told_of() == {f"T-{number}" for number in range(CASES)}, "every breach is told of")

    # An event over HTTP takes the same way.
    answer = {
        "specversion": "1.0", "type": "email.sent", "source": "/mail", "id": "m1", "time": "2026-03-02T09:30:00Z",
        "subject": "T-7", "client": "acme", "data": {"author": "A. Reed"},
    }  # fmt: skip
    assert installation.running["serve"].post(orjson.dumps(answer))["accepted"] == 1
    eventually(
        lambda: _verdicts(installation, case="T-7", kind="first_response")[0]["verdict"] == "kept",
        "what came late is restated",
    )

    # Every decision is in the topic, those of a case in their order.
    def is_published() -> bool:
        return installation.running["publish"].metric("kept_publish_positions_behind") == 0

    eventually(is_published, "all is published")
    found = [orjson.loads(record.value) for record in read_topic(DECISIONS_TOPIC, bootstrap_servers=own_kafka.address)]
    decided = rows(installation.database, "SELECT id FROM decisions WHERE case_id = 'T-7' ORDER BY position")
    assert [(event["id"],) for event in found if event["subject"] == "T-7"] == decided
    assert {event["id"] for event in found} == {
        row[0] for row in rows(installation.database, f"SELECT id {of_clients}")
    }

    # The canary that `kept serve` sends was broken by a worker; nobody publishes it.
    seen = "kept_canary_last_broken_timestamp_seconds"
    eventually(lambda: installation.running["serve"].metric(seen) > 0, "the canary is seen broken")
    told = "kept_canary_last_told_timestamp_seconds"
    eventually(lambda: installation.running["notify"].metric(told) > 0, "the canary is told to Alertmanager")

    assert installation.stop() == dict.fromkeys(STARTED, 0)


def test_the_script_starts_all_of_it_watched_and_stops_in_good_order(
    usual_ports: None, program: Program, tmp_path: Path
) -> None:
    kafka_or_skip()
    programs_or_skip()
    program("prometheus")
    program("prometheus-alertmanager")
    errors = tmp_path / "errors"
    with errors.open("w") as stderr:
        script = subprocess.Popen(
            [ROOT / "deploy" / "run-here", "--folder", tmp_path / "here"],
            env={**os.environ, "KEPT_PYTHON": sys.executable},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    try:
        _await_all_watched(script, errors)
    finally:
        script.terminate()
        script.communicate(timeout=PATIENCE_SECONDS)
    assert script.returncode == 0


def _await_all_watched(script: subprocess.Popen[str], errors: Path) -> None:
    assert script.stdout is not None
    said = ""
    while "alerts" not in said:
        line = script.stdout.readline()
        assert line, errors.read_text()
        said += line
    prometheus = re.search(r"alerts +(http://\S+) ", said)
    assert prometheus is not None
    asked = f"{prometheus[1]}/api/v1/query?query=up%7Bjob%3D%22kept%22%7D"
    eventually(lambda: _found(asked) == ["1"] * len(STARTED), "all are watched")


def _found(address: str) -> list[str]:
    """The values that Prometheus answers with; none before it answers."""
    with suppress(OSError), urllib.request.urlopen(address, timeout=30) as answer:
        return [row["value"][1] for row in json.load(answer)["data"]["result"]]
    return []

"""Three weeks and a day of the demonstration firm, judged once for all tests here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import orjson
import pytest

from monitor.demo.firm import demonstration_book
from monitor.demo.simulate import events
from monitor.domain.cases.statement import Statement
from monitor.domain.hours.instant import DAY_US, InstantUs, parse_instant
from monitor.service.judging.judgement import Judgement
from monitor.wire.events.cloud_events import decode_event

START: Final[InstantUs] = parse_instant("2026-03-02T08:00:00Z")
"""A Monday; the second week from here is the bad one."""
DAYS: Final = 22


@pytest.fixture(scope="session")
def history() -> list[dict[str, Any]]:
    """The events of three weeks and a day."""
    return list(events(1, START, until=START + DAYS * DAY_US))


@pytest.fixture(scope="session")
def statements(history: list[dict[str, Any]]) -> list[Statement]:
    """What holds of every obligation in them."""
    return judged(history, START + DAYS * DAY_US)


def judged(history: Iterable[dict[str, Any]], now: InstantUs) -> list[Statement]:
    """Events against the demonstration's own book."""
    judgement = Judgement(demonstration_book(), now)
    judgement.gather(decode_event(orjson.dumps(event)) for event in history)
    return list(judgement.statements())

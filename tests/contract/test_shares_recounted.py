"""Shares against a second reckoning of the rule "Shares" of ARCHITECTURE.md: by hand from the verdicts, with the standard library's
dates and fractions, over random stories."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from monitor.adapters.answers.answering import Asked, ask_for_all
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs, format_instant
from monitor.testing import cloud_event
from monitor.wire.questions import table
from tests.contract.growing import on_each_database
from tests.contract.test_shares import NOVEMBER, Journal

ZONES: Final = {"acme": "America/New_York", "koala": "Australia/Sydney"}
PROMISED: Final = {"gold-first": (Fraction(95, 100), "month"), "first": (Fraction(1, 2), "week")}
AS: Final = {"running": "waiting", "paused": "waiting"}


journal = on_each_database(Journal)


def _tell(random: Random, journal: Journal, turns: int) -> None:
    """Cases of four clients, most of them answered in time, some late or not at all; resolved, excused, told late."""
    for number in range(turns):
        now = NOVEMBER - 20 * DAY_US + number * 9 * HOUR_US
        opened = now - random.choice([0, HOUR_US, 3 * HOUR_US, 5 * DAY_US])
        case, client = f"C{number}", random.choice(["acme", "koala", "umbra", "stranger"])
        events = [cloud_event("ticket.opened", case, opened, f"{number}-1", client=client)]
        if random.random() < 0.8:
            answered = opened + random.choice([1, 30, 60, 61, 90]) * MINUTE_US
            events.append(cloud_event("email.sent", case, answered, f"{number}-2", author="Ann"))
        if random.random() < 0.2:
            before = f"C{random.randrange(number + 1)}"
            why = {"kind": "first_response", "reason": "flood", "approved_by": "Ann"}
            events.append(cloud_event("breach.excused", before, now, f"{number}-3", **why))
        if random.random() < 0.2:
            events.append(cloud_event("ticket.resolved", case, opened + 10 * MINUTE_US, f"{number}-4"))
        journal.take(*random.sample(events, len(events)), at=now + 2 * HOUR_US)


def _period(client: str, kind: str, opened: str) -> tuple[str, datetime, datetime]:
    zone = ZoneInfo(ZONES.get(client, "UTC"))
    day = (
        datetime.fromisoformat(opened).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    )
    if kind == "week":
        first = day - timedelta(days=day.weekday())
        return first.strftime("%G-W%V"), first.replace(tzinfo=zone), (first + timedelta(days=7)).replace(tzinfo=zone)
    first = day.replace(day=1)
    return first.strftime("%Y-%m"), first.replace(tzinfo=zone), (first + timedelta(days=31)).replace(day=1, tzinfo=zone)


def _recounted(verdicts: list[dict[str, Any]], as_of: InstantUs) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    counts: dict[tuple[str, str, str], Counter[str]] = {}
    bounds = {}
    for row in verdicts:
        if row["promise"] not in PROMISED:
            continue
        name, starts, ends = _period(row["client"], PROMISED[row["promise"]][1], row["opened"])
        key = (row["client"], row["promise"], name)
        bounds[key] = (starts, ends)
        counts.setdefault(key, Counter())[AS.get(row["verdict"], row["verdict"])] += 1
    now = datetime.fromisoformat(format_instant(as_of))
    return {key: _figures(PROMISED[key[1]][0], counts[key], *bounds[key], now) for key in counts}


def _figures(
    promised: Fraction, counts: Counter[str], starts: datetime, ends: datetime, now: datetime
) -> tuple[Any, ...]:
    kept, broken, unknown, waiting = (counts[name] for name in ("kept", "broken", "unknown", "waiting"))
    counted = kept + broken
    # Differences of instants, not of wall clocks: all in UTC.
    length, elapsed = (
        moment.astimezone(ZoneInfo("UTC")) - starts.astimezone(ZoneInfo("UTC")) for moment in (ends, now)
    )
    expected = counted + waiting
    if now < ends and elapsed > timedelta():
        expected = max(
            expected, floor(counted * Fraction(length // timedelta.resolution, elapsed // timedelta.resolution))
        )
    left = floor((1 - promised) * counted) - broken
    left_by_end = floor((1 - promised) * (expected + unknown)) - broken
    share = floor(Fraction(kept, counted) * 1_000_000) / 1_000_000 if counted else None
    return kept, broken, unknown, waiting, counts["excused"], counts["void"], share, left, left_by_end


@pytest.mark.parametrize("seed", range(3))
def test_shares_are_those_that_verdicts_add_up_to(journal: Journal, seed: int) -> None:
    _tell(Random(seed), journal, 90)
    asked = Asked(table.VERDICTS, table.VERDICTS.parameters.model_validate({}), journal.now)
    answers = list(ask_for_all(journal.store._engine.connect, asked))
    recounted = _recounted([row for answer in answers for row in answer.rows], answers[0].as_of)
    names = ("kept", "broken", "unknown", "waiting", "excused", "void", "share", "left", "left_by_end")
    found = {
        (row["client"], row["promise"], row["period"]): tuple(row[name] for name in names)
        for row in journal.shares(since="2026-09-01")
    }
    assert {key: figures for key, figures in found.items() if any(figures[:6])} == recounted
    assert len(recounted) > 8
    assert len({figures[6] for figures in recounted.values()}) > 3

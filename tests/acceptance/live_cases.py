"""Cases that happen now, as fast as is asked for: a book of promises of some seconds, and stories that keep or break them.

A part of each story is told by the help desk in its own JSON, the rest in events as they are. Beside what is sent stands
the event that it is, made here and not by Kept's mappings, so that a judgement of these events is independent of the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any, Final, NamedTuple

import orjson

from monitor.domain.hours.instant import format_instant

CLIENTS: Final = 40
LONGEST_SECONDS: Final = 36
"""After so long everything that was promised of what happened is due: a resolution in 25 s, paused 4 s, and 6 s more."""

BOOK: Final = """\
book: A busy desk
from: 2020-01-01
zone: UTC
hours: always
tiers: [gold, silver]
grades: [associate, senior]
statuses:
  waiting: {pauses: client}
staff:
  Ann: {grade: senior, team: day}
  Bea: {grade: associate, team: day}
  Cy: {grade: senior, team: night}
breaches:
  currency: GBP
  causes: [overlooked]
  owed:
    - {id: own-up, of: [first_response, resolve], acknowledge: 6s}
promises:
  - {id: first, kind: first_response, within: 6s, warn: [50%]}
  - {id: next, kind: next_response, within: 6s}
  - {id: own, kind: own, within: 5s}
  - {id: resolve, kind: resolve, within: 25s}
  - {id: gold-resolve, kind: resolve, for: {tier: gold}, within: 15s}
  - {id: hands, kind: handoffs, at_most: 1}
  - {id: seniors, kind: seniority, for: {tier: gold}, at_least: senior}
clients:
""" + "".join(f"  client{number}: {{tier: {('gold', 'silver')[number % 2]}}}\n" for number in range(CLIENTS))

STRICTER_BOOK: Final = BOOK.replace("first_response, within: 6s", "first_response, within: 4s").replace("25s", "20s")
"""What somebody may restate the past by; and then by the first one again."""

MAPPING: Final = """\
mapping: The desk
source: /desk
case: ticket.number
client: account
id: change
time: at
times: {format: iso}
events:
  - type: ticket.opened
    when: {equals: {kind: [opened]}}
    data: {priority: ticket.priority, status: ticket.status}
  - type: ticket.assigned
    when: {equals: {kind: [assigned]}}
    data: {holder: person}
  - type: ticket.resolved
    when: {equals: {kind: [resolved]}}
    data: {by: person}
"""


class Sent(NamedTuple):
    """What goes to a source, and the event that it is; None where it is none."""

    by_desk: bool
    key: bytes
    content: bytes
    event: bytes | None


class _Step(NamedTuple):
    """What happens so many seconds after the opening of its case."""

    delay: float
    type: str
    data: dict[str, Any]


class Stories:
    """All cases at once; whoever sends says when it is."""

    def __init__(self, seed: int) -> None:
        self._dice = Random(seed)
        self._seed = seed
        self._numbers = count(1)
        self._cases = 0
        self._coming: list[tuple[float, int, str, str, _Step]] = []
        self._last_us = 0

    def open_case(self, at: float) -> None:
        """One more, which begins at this instant, in seconds since the epoch."""
        self._cases += 1
        case, client = self._name(self._cases), f"client{self._dice.randrange(CLIENTS)}"
        for step in self._story():
            heappush(self._coming, (at + step.delay, next(self._numbers), case, client, step))

    def happened(self, until: float) -> Iterator[Sent]:
        """What has happened by an instant, in order; each carries the time at which it is sent."""
        while self._coming and self._coming[0][0] <= until:
            _, number, case, client, step = heappop(self._coming)
            yield self._told(number, case, client, step, until)

    def affair(self, at: float) -> Sent:
        """Something that concerns every case of a client or of a person."""
        number, dice, stamp = next(self._numbers), self._dice, self._stamp(at)
        if dice.random() < 0.3:
            client = f"client{dice.randrange(CLIENTS)}"
            return _ready_made(number, stamp, "client.changed", None, client, {"tier": dice.choice(["gold", "silver"])})
        change = {"person": dice.choice(["Ann", "Bea", "Cy"]), "grade": dice.choice(["associate", "senior"])}
        return _ready_made(number, stamp, "staff.changed", None, None, change)

    def rubbish(self) -> Sent:
        """What nobody can read."""
        return Sent(by_desk=True, key=b"", content=b'{"kind": "opened", "at": %d' % next(self._numbers), event=None)

    def _stamp(self, at: float) -> str:
        """No two events have one time: the order of those would hang on numbers that the desk's mapping gives them."""
        self._last_us = max(int(at * 1e6), self._last_us + 1)
        return format_instant(self._last_us)

    def _name(self, number: int) -> str:
        return f"C{self._seed}-{number}"

    def _story(self) -> Iterator[_Step]:
        dice = self._dice
        yield _Step(0, "ticket.opened", {"priority": dice.choice(["normal", "high"]), "status": "new"})
        yield _Step(dice.uniform(0.2, 5.5), "ticket.assigned", {"holder": dice.choice(["Ann", "Bea", "Cy"])})
        if dice.random() < 0.85:
            yield _Step(dice.uniform(0.5, 6.5), "email.sent", {"author": dice.choice(["Ann", "Bea", "Cy"])})
        if dice.random() < 0.1:
            yield _Step(dice.uniform(1, 9), "breach.acknowledged", {"by": "Ann"})
        if dice.random() < 0.15:
            paused = dice.uniform(2, 8)
            yield _Step(paused, "ticket.changed", {"status": "waiting"})
            yield _Step(paused + dice.uniform(0.5, 4), "ticket.changed", {"status": "open"})
        if dice.random() < 0.5:
            asked = dice.uniform(3, 8)
            yield _Step(asked, "email.received", {"author": "Joe"})
            yield _Step(asked + dice.uniform(0.5, 7), "email.sent", {"author": dice.choice(["Ann", "Bea"])})
        if dice.random() < 0.1:
            yield _Step(dice.uniform(4, 9), "ticket.assigned", {"holder": dice.choice(["Ann", "Bea", "Cy"])})
        if dice.random() < 0.02 and self._cases > 1:
            yield _Step(dice.uniform(0.5, 8), "case.linked", {"to": self._name(self._cases - 1)})
        if dice.random() < 0.9:
            yield _Step(dice.uniform(5, 26), "ticket.resolved", {"by": "Ann"})

    def _told(self, number: int, case: str, client: str, step: _Step, at: float) -> Sent:
        stamp = self._stamp(at)
        kind = {"ticket.opened": "opened", "ticket.assigned": "assigned", "ticket.resolved": "resolved"}.get(step.type)
        if kind is None:
            return _ready_made(number, stamp, step.type, case, client, step.data)
        person = step.data.get("holder") or step.data.get("by")
        ticket = {"number": case, "priority": step.data.get("priority"), "status": step.data.get("status")}
        change = {"change": number, "kind": kind, "at": stamp, "account": client, "person": person, "ticket": ticket}
        event = _event(str(number), "/desk", stamp, step.type, case, client, step.data)
        return Sent(by_desk=True, key=case.encode(), content=orjson.dumps(change), event=event)


def _ready_made(
    number: int, stamp: str, type_: str, case: str | None, client: str | None, data: dict[str, Any]
) -> Sent:
    event = _event(str(number), "/mail", stamp, type_, case, client, data)
    return Sent(by_desk=False, key=(case or client or "/mail").encode(), content=event, event=event)


def _event(
    id_: str, source: str, stamp: str, type_: str, case: str | None, client: str | None, data: dict[str, Any]
) -> bytes:
    event: dict[str, Any] = {"specversion": "1.0", "id": id_, "source": source, "type": type_, "time": stamp}
    event |= {"subject": case} if case else {}
    event |= {"client": client} if client else {}
    return orjson.dumps(event | {"data": data})

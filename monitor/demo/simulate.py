"""The stream of events of the demonstration firm: all its cases at once, in the order of time, from one seed.

Cases arrive, each is a story (`stories.py`), and a heap keeps the next event of every story that is under way. Beside
them run the firm's own affairs: heartbeats of its systems, people who come and go, a client that changes its tier.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import count, islice
from random import Random  # noqa: TID251  the simulator throws dice
from typing import Any, Final, TypeAlias
from zlib import crc32

from monitor.conventions.media_types import JSON
from monitor.demo.firm import CLIMBER, CLIMBS_IN, CLIMBS_TO, UNHAPPY, ClientDesk, Firm, demonstration_book
from monitor.demo.openings import CHANNELS, MATTERS
from monitor.demo.scene import MAIL, TELEPHONY, Scene, Step, Story
from monitor.demo.season import QUARTER_US, WEEK_US, Seasons
from monitor.demo.stories import matter
from monitor.domain.facts.events import UNIDENTIFIED
from monitor.domain.hours.instant import HOUR_US, DurationUs, InstantUs, format_instant

CASES_PER_HOUR: Final = 16.0
"""Cases that all clients together open in an hour in which all of them are at work."""
LIVE_CASES_PER_HOUR: Final = 480.0
"""As much for a live demonstration: with six to twelve events a case something arrives every few seconds."""

CLOSED: Final = {"gold": 0.12, "silver": 0.04, "bronze": 0.03}
"""How likely a client writes out of its hours, compared with in them, by tier."""
SIZES: Final = {"gold": 3.0, "silver": 2.0, "bronze": 1.0}
"""How much work a client gives compared with others, by tier."""
STRANGERS: Final = 0.012
"""Share of cases by people the book does not know."""
PRIORITIES: Final = {"low": 18, "normal": 52, "high": 20, "urgent": 10}
PRIORITIES_AT_NIGHT: Final = {"low": 5, "normal": 30, "high": 25, "urgent": 40}
"""How pressing cases are, in the client's hours and out of them."""
TAGS: Final = ((), ("year-end",), ("board",))
TAG_WEIGHTS: Final = (80, 14, 6)

HEARTBEAT_EVERY: Final[DurationUs] = 3 * HOUR_US
"""How often a system says that it is alive; the book gives each eight hours."""
PERSONNEL: Final = "/hr"
CRM: Final = "/crm"

_BASE36: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Traffic:
    """How many cases arrive. In steady traffic it is as many at any hour: whoever is awake gives more work."""

    cases_per_hour: float
    is_steady: bool = False


def events(
    seed: int, start: InstantUs, *, cases: int | None = None, until: InstantUs | None = None
) -> Iterator[dict[str, Any]]:
    """CloudEvents of the firm in the order of time, from `start` on.

    Without `cases` (how many are opened; all are told to their end) and `until` (exclusive) the stream has no end.
    The same arguments give the same events. Its memory is that of the cases under way.
    """
    for at, event in _history(seed, start, cases):
        if until is not None and at >= until:
            return
        yield event


def live_events(seed: int, start: InstantUs, speed: float = 1.0) -> Iterator[tuple[InstantUs, dict[str, Any]]]:
    """The instant at which to send each event, and the event stamped with it, beginning at `start`, without end.

    With a `speed` above 1 the firm's days are that much shorter. Identifiers depend on `start`, so that the streams of
    two runs don't meet.
    """
    seasons = Seasons(start, QUARTER_US)
    for at, event in _steps(seed, seasons, Traffic(LIVE_CASES_PER_HOUR, is_steady=True), None):
        sent_at = start + int((at - start) / speed)
        event["time"] = format_instant(sent_at)
        yield sent_at, event


def _history(seed: int, start: InstantUs, cases: int | None) -> Iterator[Step]:
    return _steps(seed, Seasons(start, WEEK_US), Traffic(CASES_PER_HOUR), cases)


# All stories at once

_Running: TypeAlias = tuple[InstantUs, int, Step, Story]
"""The next event of a story, when it is due, and a number that tells stories of one instant apart."""


def _steps(seed: int, seasons: Seasons, traffic: Traffic, cases: int | None) -> Iterator[Step]:
    firm = Firm(demonstration_book(), seasons, seed)
    prefix = _prefix(seed, seasons.start)
    running: list[_Running] = []
    for number, story in enumerate(_affairs(firm, prefix)):
        _begin(running, number, story)
    affairs = len(running)
    heapify(running)
    arriving = islice(_arrivals(firm, traffic, prefix, seed), cases)
    scene = next(arriving, None)
    for number in count(affairs):
        while running and (scene is None or running[0][0] <= scene.at):
            _, order, step, story = heappop(running)
            yield step
            _begin(running, order, story)
            if scene is None and len(running) <= affairs and all(order < affairs for _, order, _, _ in running):
                return
        if scene is None:
            return
        _begin(running, number, matter(scene))
        scene = next(arriving, None)


def _begin(running: list[_Running], order: int, story: Story) -> None:
    """Puts the next event of a story into the heap, if it has one."""
    step = next(story, None)
    if step is not None:
        heappush(running, (step[0], order, step, story))


def _prefix(seed: int, start: InstantUs) -> str:
    """What tells the cases of this seed and start from those of others."""
    number = crc32(f"{seed}/{start}".encode())
    return "".join(_BASE36[number // 36**place % 36] for place in range(5))


# Cases arrive


def _arrivals(firm: Firm, traffic: Traffic, prefix: str, seed: int) -> Iterator[Scene]:
    """Cases as they are opened, without end."""
    dice = Random(f"{seed}/arrivals")  # noqa: S311  no secret
    at, number = firm.seasons.start, 0
    while True:
        mean_us = HOUR_US / traffic.cases_per_hour / firm.seasons.load(at)
        at += int(mean_us * (dice.uniform(0.4, 1.6) if traffic.is_steady else dice.expovariate(1)))
        client = _caller(firm, traffic, at, dice)
        if client is not None:
            number += 1
            yield _scene(firm, f"{prefix}-{number:05d}", client, at)


def _caller(firm: Firm, traffic: Traffic, at: InstantUs, dice: Random) -> str | None:
    """Who opens a case at an instant; None for nobody."""
    if dice.random() < STRANGERS:
        return UNIDENTIFIED
    desks = list(firm.clients.values())
    if traffic.is_steady:
        return dice.choices(desks, [SIZES[desk.tier] * _wakefulness(desk, at) for desk in desks])[0].id
    desk = dice.choices(desks, [SIZES[desk.tier] for desk in desks])[0]
    return desk.id if dice.random() < _wakefulness(desk, at) else None


def _wakefulness(desk: ClientDesk, at: InstantUs) -> float:
    return 1.0 if desk.hours.is_open(at) else CLOSED[desk.tier]


def _scene(firm: Firm, case: str, client: str, at: InstantUs) -> Scene:
    """A new case; each has dice of its own, so that its story does not depend on the others."""
    dice = Random(case)  # noqa: S311  no secret
    priorities = PRIORITIES if firm.desk(client).hours.is_open(at) else PRIORITIES_AT_NIGHT
    return Scene(
        firm=firm,
        dice=dice,
        case=case,
        client=client,
        at=at,
        opened_at=at,
        channel=dice.choices(tuple(CHANNELS), tuple(CHANNELS.values()))[0],
        priority=dice.choices(tuple(priorities), tuple(priorities.values()))[0],
        service=dice.choice(tuple(MATTERS)),
        tags=dice.choices(TAGS, TAG_WEIGHTS)[0],
    )


# The firm's own affairs


def _affairs(firm: Firm, prefix: str) -> Iterator[Story]:
    """Streams of facts that belong to no case."""
    for source in (TELEPHONY, MAIL):
        yield _heartbeats(source, firm.seasons.start, f"{prefix}-alive")
    yield _personnel(firm, f"{prefix}-hr")
    yield _accounts(firm, f"{prefix}-crm")


def _heartbeats(source: str, start: InstantUs, prefix: str) -> Story:
    for number in count():
        yield _fact(start + number * HEARTBEAT_EVERY, "source.heartbeat", source, f"{prefix}.{number}", {})


def _personnel(firm: Firm, prefix: str) -> Story:
    for number in count(1):
        at = firm.seasons.opening(number)
        for position, data in enumerate(firm.roster.changes(number)):
            yield _fact(at, "staff.changed", PERSONNEL, f"{prefix}.{number}.{position}", data)


def _accounts(firm: Firm, prefix: str) -> Story:
    """A client moves up a tier, one is talked to and stays, another one changes its name."""
    at = firm.seasons.opening(CLIMBS_IN)
    yield _fact(at, "client.changed", CRM, f"{prefix}.1", {"tier": CLIMBS_TO}, about=CLIMBER)
    at = firm.seasons.opening(CLIMBS_IN + 1)
    met = {"by": "Rosalind Finch", "reason": "we met, and they give us another chance"}
    yield _fact(at, "client.risk_cleared", CRM, f"{prefix}.2", met, about=UNHAPPY)
    renamed = {"name": "Tidewater Books & Maps LLC"}
    yield _fact(at, "client.changed", CRM, f"{prefix}.3", renamed, about="tidewater")


def _fact(
    at: InstantUs, type_: str, source: str, identifier: str, data: dict[str, Any], *, about: str | None = None
) -> Step:
    """A CloudEvent that belongs to no case, but may be `about` a client."""
    event: dict[str, Any] = {"specversion": "1.0", "id": identifier, "source": source, "type": type_}
    event["time"] = format_instant(at)
    if about is not None:
        event["client"] = about
    return at, event | {"datacontenttype": JSON, "data": data}

"""Events for benchmarks: as many lines as asked for, fast, in the order of time, of cases like the demonstration's.

Theory of operation. Time advances by ticks, and at each tick one case is opened. A case follows one of a few hundred
courses; a course has six to ten events, each a fixed number of ticks after the opening. So at tick t the event that
course c has after d ticks belongs to case t - d, if that case follows c: which events a tick brings depends only
on t modulo the number of courses. They are listed beforehand, as JSON with holes for the case and the time, and there is
nothing to remember of the cases under way.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count as count_from
from itertools import islice
from random import Random  # noqa: TID251  the simulator throws dice
from typing import Any, Final, NamedTuple, TypeAlias

import orjson

from monitor.conventions.media_types import JSON
from monitor.demo.firm import ClientDesk, Firm, demonstration_book
from monitor.demo.openings import MATTERS
from monitor.demo.scene import HELPDESK, MAIL, TIMESHEETS
from monitor.demo.season import WEEK_US, Seasons
from monitor.domain.hours.instant import SECOND_US, InstantUs, parse_instant, to_datetime

LOAD_START: Final[InstantUs] = parse_instant("2026-03-02T08:00:00Z")
"""A Monday morning in London, in winter time and long before the next holiday."""

COURSES: Final = 240
"""How many different cases there are: enough that no two neighbours are alike, few enough to be written at once."""
LONGEST_SECONDS: Final = 16 * 3600
"""How long the longest course takes; the shortest an eighth of it."""
MOST_TICKS: Final = 5_000
"""As much in ticks, for runs long enough; it is also how many cases are under way."""
FEWEST_TICKS: Final = 16
_STEP_MILLISECONDS: Final = 17
"""Between two events of one tick; there are never so many that the next second begins."""

_CASE, _TIME = "<case>", "<time>"


class Planned(NamedTuple):
    """An event of a course: what it is, and how many ticks after the opening."""

    delay: int
    event: dict[str, Any]


Tick: TypeAlias = list[tuple[bytes, int]]
"""What happens at a tick: JSON with holes for case, time and case, and how many ticks ago the case was opened."""


def load_events(seed: int, count: int) -> Iterator[bytes]:
    """`count` CloudEvents as JSON lines without line ends, in the order of time; the last cases are still open at the end."""
    return islice(_lines(seed, min(MOST_TICKS, max(FEWEST_TICKS, count // 100))), count)


def _lines(seed: int, longest: int) -> Iterator[bytes]:
    ticks = _ticks(seed, longest)
    tick_us = LONGEST_SECONDS * SECOND_US // longest // SECOND_US * SECOND_US
    for number in count_from():
        stamp = to_datetime(LOAD_START + number * tick_us).strftime("%Y-%m-%dT%H:%M:%S").encode()
        for template, delay in ticks[number % COURSES]:
            case = number - delay
            if case >= 0:
                yield template % (case, stamp, case)


def _ticks(seed: int, longest: int) -> list[Tick]:
    dice = Random(seed)  # noqa: S311  no secret
    firm = Firm(demonstration_book(), Seasons(LOAD_START, WEEK_US), seed)
    ticks: list[list[Planned]] = [[] for _ in range(COURSES)]
    for course in range(COURSES):
        for planned in _course(firm, dice, longest):
            ticks[(course + planned.delay) % COURSES].append(planned)
    return [[_template(seed, planned, position) for position, planned in enumerate(tick)] for tick in ticks]


def _template(seed: int, planned: Planned, position: int) -> tuple[bytes, int]:
    milliseconds = position * _STEP_MILLISECONDS
    text = orjson.dumps(planned.event).decode().replace("%", "%%")
    text = text.replace(_CASE, f"L{seed}-%07d").replace(_TIME, f"%s.{milliseconds:03d}Z")
    return text.encode(), planned.delay


# One case


def _course(firm: Firm, dice: Random, longest: int) -> list[Planned]:
    """The events of one case, each at least a tick after the one before."""
    desk = dice.choice(list(firm.clients.values()))
    bodies = _bodies(firm, desk, dice)
    span = longest * dice.uniform(0.125, 1)
    delays = [0, *sorted(int(span * dice.random() ** 1.5) for _ in bodies[1:])]
    planned: list[Planned] = []
    for position, (delay, (type_, source, data)) in enumerate(zip(delays, bodies, strict=True)):
        delay_after = max(delay, planned[-1].delay + 1) if planned else 0
        planned.append(Planned(delay_after, _event(desk, position, type_, source, data)))
    return planned


_Body: TypeAlias = tuple[str, str, dict[str, Any]]


def _bodies(firm: Firm, desk: ClientDesk, dice: Random) -> list[_Body]:
    holder = firm.somebody(desk.id, LOAD_START, dice)
    address, service = dice.choice(desk.addresses), dice.choice(tuple(MATTERS))
    opened = {"by": "client", "channel": "email", "status": "new", "service": service}
    opened |= {"priority": dice.choice(("low", "normal", "normal", "high", "urgent")), "title": MATTERS[service][0]}
    answer = {"address": address, "author": holder.name, "text": "Thank you. This is what we have found so far."}
    question = {"address": address, "text": "One more thing about this, please."}
    exchange: list[_Body] = [("email.received", MAIL, question), ("email.sent", MAIL, answer)]
    pause: list[_Body] = [
        ("ticket.changed", HELPDESK, {"status": "waiting on client"}),
        ("ticket.changed", HELPDESK, {"status": "in progress"}),
    ]
    work: list[_Body] = [("work.logged", TIMESHEETS, {"person": holder.name, "seconds": dice.randint(5, 90) * 60})]
    middle = dice.choice(([exchange], [exchange, pause], [pause, exchange], [exchange, work], [pause], [work]))
    return [
        ("ticket.opened", HELPDESK, opened),
        ("ticket.assigned", HELPDESK, {"holder": holder.name, "team": holder.team}),
        ("email.sent", MAIL, answer),
        *(body for part in middle for body in part),
        ("ticket.resolved", HELPDESK, {"by": holder.name, "reason": "settled by mail"}),
        ("ticket.closed", HELPDESK, {"by": "Alma", "reason": "no answer for some days"}),
    ]


def _event(desk: ClientDesk, position: int, type_: str, source: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{_CASE}.{position}",
        "source": source,
        "type": type_,
        "time": _TIME,
        "subject": _CASE,
        "client": desk.id,
        "datacontenttype": JSON,
        "data": data,
    }

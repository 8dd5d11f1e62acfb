"""How fast the engine decides, decoding left out, beside pydantic reading the same events.

The events are those of many cases at once, in the order of time. Both sides are timed in turns, so that a busy machine
slows both, in processor time, and the best of each counts; garbage collection is off, as `kept judge` and `kept import`
have it.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from functools import partial
from itertools import groupby
from pathlib import Path
from time import process_time
from typing import Any, Final

from bare_pydantic import validate_json  # type: ignore[import-not-found]  # run.py makes this folder importable

from monitor.demo.load import load_events
from monitor.domain.cases.engine import step
from monitor.domain.cases.matter import Matter
from monitor.domain.facts.events import Call, CallStep, Event
from monitor.domain.hours.instant import MINUTE_US, SECOND_US
from monitor.domain.promises.promise import Book
from monitor.domain.work.directory import Directory
from monitor.wire.book import load_book, read_book
from monitor.wire.events.cloud_events import decode_event
from tests.bench.entries import within

BOOK: Final = Path(__file__).with_name("three_promises.yaml")
STAFF: Final = Path(__file__).with_name("staff.yaml")
"""What the book has besides, to promise something of people: the staff of its events."""
HANDS: Final = "  - {id: no-run-around, kind: handoffs, at_most: 2, returns: 0}\n"
BOTH: Final = HANDS + "  - {id: no-novices, kind: seniority, at_least: trainee}\n"
CALLS: Final = "  - {id: calls, kind: answer_call, within: 20s, hours: office}\n"
EVENTS: Final = 20_000
BATCH: Final = 1_000
"""Events that the importer hands over at once, each case's together."""
LATE_EVENTS: Final = 50
ROUNDS: Final = 7

LEAST_RATE: Final = 0.5
"""Of pydantic's, in batches; one event at a time comes close to it and is reported without a target."""
LEAST_RATE_WITH_HANDS: Final = 2 / 3
"""Of the engine's own without promises about people, what people did counted with it."""
LEAST_RATE_WITH_PEOPLE: Final = 2 / 3
"""The same with a second such promise, which is two more decisions a case."""
LEAST_RATE_WITH_CALLS: Final = 2 / 3
"""Of the engine's own on the same calls where nothing is promised of them."""
MOST_LATE_MS: Final = 1.0


def run() -> list[dict[str, Any]]:
    """Entries for events one by one, in batches, with people followed, with calls, and for a late one into a case of fifty."""
    book = load_book(BOOK)
    hands, people = (read_book(BOOK.read_text() + promise + STAFF.read_text(), STAFF.name) for promise in (HANDS, BOTH))
    calls = read_book(BOOK.read_text() + CALLS, BOOK.name)
    lines = list(load_events(1, EVENTS))
    events = [decode_event(line) for line in lines]
    grouped, called = by_case(events), by_case(with_calls(events))
    one_by_one, batches, with_hands, with_people, unpromised, promised, pydantic = best_seconds(
        partial(step_one_by_one, book, events),
        partial(step_in_batches, book, grouped),
        partial(step_in_batches, hands, grouped),
        partial(step_in_batches, people, grouped),
        partial(step_in_batches, book, called),
        partial(step_in_batches, calls, called),
        partial(validate, lines),
    )
    told = conversation()
    late = min(late_seconds(book, told) for _ in range(200))
    return [
        entry("engine, one event at a time", one_by_one, pydantic, None),
        entry(f"engine, batches of {BATCH:,} by case", batches, pydantic, LEAST_RATE),
        against_itself("engine, the same with hand-offs promised", with_hands, batches, LEAST_RATE_WITH_HANDS),
        against_itself(
            "engine, the same with hand-offs and seniority promised", with_people, batches, LEAST_RATE_WITH_PEOPLE
        ),
        against_itself("engine, answers to calls promised", promised, unpromised, LEAST_RATE_WITH_CALLS, len(called)),
        within(f"engine, a late event into a case of {LATE_EVENTS}", late * 1e3, MOST_LATE_MS, "ms"),
    ]


def entry(bench: str, seconds: float, peer_seconds: float, target: float | None) -> dict[str, Any]:
    return {
        "bench": bench,
        "value": round(seconds / EVENTS * 1e6, 2),
        "unit": "us an event",
        "peer": "bare pydantic reading them",
        "ratio": round(peer_seconds / seconds, 3),
        "target": target,
    }


def against_itself(
    bench: str, seconds: float, without_seconds: float, target: float | None, count: int = EVENTS
) -> dict[str, Any]:
    """An entry that holds the engine against itself on as many events without the promises about people, or calls."""
    return {
        "bench": bench,
        "value": round(seconds / count * 1e6, 2),
        "unit": "us an event",
        "peer": "without them",
        "ratio": round(without_seconds / seconds, 3),
        "target": target,
    }


def best_seconds(*candidates: Callable[[], None]) -> list[float]:
    """The least processor time of each candidate, timed in turns."""
    best = [float("inf")] * len(candidates)
    gc.disable()
    try:
        for _ in range(ROUNDS):
            for index, candidate in enumerate(candidates):
                start = process_time()
                candidate()
                best[index] = min(best[index], process_time() - start)
    finally:
        gc.enable()
        gc.collect()
    return best


def validate(lines: list[bytes]) -> None:
    for line in lines:
        validate_json(line)


def step_one_by_one(book: Book, events: list[Event]) -> None:
    matters: dict[str | None, Matter] = {}
    directory = Directory(book.staff, book.grades)
    for event in events:
        matter = matters.get(event.case)
        if matter is None:
            matter = matters[event.case] = Matter(book, directory)
        step(matter, (event,), event.time)


def by_case(events: list[Event]) -> list[Event]:
    """The events of each case together, as the importer has them before it hands them over."""
    return sorted(events, key=case_of)


def with_calls(events: list[Event]) -> list[Event]:
    """The events, and in each case a call beside its opening that waits in a queue, is answered and ends."""
    steps = ((CallStep.OFFERED, 1), (CallStep.ANSWERED, 9), (CallStep.ENDED, 90))
    called = [
        event._replace(
            id=f"{event.id}-{step.value}",
            time=event.time + seconds * SECOND_US,
            type=f"call.{step.value}",
            fact=Call(step, f"{event.case}-call", inbound=True, queue="desk", agent="Priya Raman", genuine=True),
        )
        for event in events
        if event.type == "ticket.opened"
        for step, seconds in steps
    ]
    return sorted([*events, *called], key=lambda event: event[:4])


def step_in_batches(book: Book, events: list[Event]) -> None:
    matters: dict[str | None, Matter] = {}
    directory = Directory(book.staff, book.grades)
    for start in range(0, len(events), BATCH):
        for case, group in groupby(events[start : start + BATCH], key=case_of):
            matter = matters.get(case)
            if matter is None:
                matter = matters[case] = Matter(book, directory)
            told = list(group)
            step(matter, told, told[-1].time)
            for followed in matter.cases.values():
                if followed.conduct is not None:
                    _ = followed.conduct.counts  # as a commit asks for what people did


def case_of(event: Event) -> str:
    assert event.case is not None
    return event.case


def late_seconds(book: Book, told: list[Event]) -> float:
    """The time of one step with an event that comes before all but the first of a case's fifty."""
    first, late, *others = told
    matter = Matter(book)
    for event in (first, *others):
        step(matter, (event,), event.time)
    start = process_time()
    step(matter, (late,), others[-1].time)
    return process_time() - start


def conversation() -> list[Event]:
    """A case opened and then answers and questions in turns; one more than are at hand when the late one comes."""
    said = {event.type: event for event in map(decode_event, load_events(1, 2_000))}
    opened = said["ticket.opened"]
    turns = (said["email.sent"], said["email.received"])
    return [opened] + [
        turns[number % 2]._replace(
            id=f"late-{number}", case=opened.case, time=opened.time + (number + 1) * 20 * MINUTE_US
        )
        for number in range(LATE_EVENTS)
    ]


if __name__ == "__main__":
    for line in run():
        sys.stdout.write(json.dumps(line) + "\n")

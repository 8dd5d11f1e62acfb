"""The load generator: exactly as many lines as asked for, in order, of cases like real ones, at a steady pace."""

from __future__ import annotations

from collections import Counter
from itertools import islice, pairwise
from typing import Final

import pytest

from monitor.demo.firm import demonstration_book
from monitor.demo.load import load_events
from monitor.domain.facts.events import Event
from monitor.wire.events.cloud_events import decode_event

COUNT: Final = 20_000


@pytest.fixture(scope="module")
def load() -> list[bytes]:
    return list(load_events(1, COUNT))


@pytest.fixture(scope="module")
def decoded(load: list[bytes]) -> list[Event]:
    return [decode_event(line) for line in load]


@pytest.mark.parametrize("count", [0, 1, 10, 1_000, 12_345])
def test_there_are_exactly_as_many_lines_as_asked_for(count: int) -> None:
    assert sum(1 for _ in load_events(1, count)) == count


def test_the_same_seed_gives_the_same_bytes(load: list[bytes]) -> None:
    assert list(load_events(1, COUNT)) == load
    assert list(load_events(2, COUNT)) != load


def test_lines_come_in_the_order_of_time(decoded: list[Event]) -> None:
    assert all(earlier.time <= later.time for earlier, later in pairwise(decoded))


def test_events_of_one_case_never_share_an_instant(decoded: list[Event]) -> None:
    assert len({(event.case, event.time) for event in decoded}) == COUNT


def test_no_two_lines_have_the_same_identity(decoded: list[Event]) -> None:
    assert len({event.identity for event in decoded}) == COUNT


def test_a_line_measures_what_events_measure(load: list[bytes]) -> None:
    lengths = [len(line) for line in load]
    assert min(lengths) > 200
    assert max(lengths) < 400
    assert 250 < sum(lengths) / COUNT < 400


def test_cases_have_six_to_ten_events_from_opening_to_closing(decoded: list[Event]) -> None:
    cases: dict[str, list[str]] = {}
    for event in decoded:
        cases.setdefault(event.case or "", []).append(event.type)
    whole = [types for types in cases.values() if types[-1] == "ticket.closed"]
    assert len(whole) > 0.85 * len(cases)
    assert all(types[0] == "ticket.opened" for types in cases.values())
    assert {len(types) for types in whole} <= set(range(6, 11))
    assert Counter(types.count("ticket.resolved") for types in whole).keys() == {1}


def test_every_client_of_the_book_has_cases(decoded: list[Event]) -> None:
    assert {event.client for event in decoded} == set(demonstration_book().clients)


def test_a_long_run_begins_as_soon_as_a_short_one() -> None:
    assert len(list(islice(load_events(1, 1_000_000_000), 5))) == 5

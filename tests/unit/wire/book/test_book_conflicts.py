"""Promises that get in each other's way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.promises.promise import Conditions, Kind
from monitor.errors import ConfigError, Fault
from monitor.wire.book import read_book
from monitor.wire.book.conflicts import _takers
from monitor.wire.book.scopes import Scope

TOP = "book: Finch\nclients: {acme: {tier: gold}, birch: {tier: silver}}\npromises:\n"


def faults_among(*promises: str) -> list[Fault]:
    """The faults of promises written one a line from line 4 on; `own` and `1h` are understood."""
    text = TOP + "".join(f"  - {{kind: own, within: 1h, {promise}}}\n" for promise in promises)
    try:
        read_book(text, "book.yaml")
    except ConfigError as error:
        return error.faults
    return []


def fault_among(*promises: str) -> Fault:
    (fault,) = faults_among(*promises)
    return fault


# Versions


def test_the_same_id_and_version_twice_is_refused() -> None:
    fault = fault_among("id: a", "id: a, when: {priority: high}")
    assert (fault.line, fault.key, fault.found) == (5, "promises[1].id", "a, version 1, a second time")


def test_a_version_that_begins_with_the_one_before_is_refused() -> None:
    fault = fault_among("id: a, from: 2026-02-01", "id: a, version: 2, from: 2026-02-01")
    assert (fault.line, fault.key, fault.found) == (5, "promises[1].from", "2026-02-01")


def test_a_version_that_begins_before_the_one_before_is_refused() -> None:
    fault = fault_among("id: a, version: 2, from: 2026-01-01", "id: a, version: 1, from: 2026-02-01")
    assert (fault.line, fault.key) == (4, "promises[0].from")


def test_a_version_without_a_date_begins_with_the_book() -> None:
    top = TOP.replace("clients", "from: 2026-07-01\nzone: Europe/London\nclients")
    with pytest.raises(ConfigError) as caught:
        read_book(top + "  - {id: a, kind: own, within: 1h}\n  - {id: a, version: 2, kind: own, within: 2h}\n", "b")
    (fault,) = caught.value.faults
    assert (fault.line, fault.key, fault.found) == (7, "promises[1].from", "2026-07-01")


def test_a_version_of_another_kind_is_refused() -> None:
    text = (
        TOP
        + "  - {id: a, kind: own, within: 1h}\n  - {id: a, version: 2, kind: resolve, within: 1h, from: 2026-02-01}\n"
    )
    with pytest.raises(ConfigError) as caught:
        read_book(text, "book.yaml")
    assert [(fault.line, fault.key) for fault in caught.value.faults] == [(5, "promises[1].kind")]


# Ties


def test_two_promises_alike_tie() -> None:
    fault = fault_among("id: a", "id: b")
    assert (fault.line, fault.key, fault.found) == (5, "promises[1].id", "b, which ties with a on line 4")


def test_conditions_in_another_order_and_other_capitals_tie() -> None:
    fault = fault_among("id: a, when: {priority: [high, low]}", "id: b, when: {priority: [LOW, high]}")
    assert "ties with a" in fault.found


def test_promises_whose_times_only_overlap_tie() -> None:
    assert "ties" in fault_among("id: a, until: 2026-06-01", "id: b, from: 2026-05-31").found


def test_promises_one_after_the_other_do_not_tie() -> None:
    assert faults_among("id: a, until: 2026-06-01", "id: b, from: 2026-06-01") == []


def test_promises_to_different_people_do_not_tie() -> None:
    names = ("id: a", "id: b, for: {tier: gold}", "id: c, for: {tier: silver}", "id: d, for: {client: acme}")
    assert faults_among(*names) == []


def test_tiers_that_differ_only_in_capitals_are_one() -> None:
    assert "ties" in fault_among("id: a, for: {tier: gold}", "id: b, for: {tier: GOLD}").found


def test_promises_of_different_kinds_do_not_tie() -> None:
    read_book(TOP + "  - {id: a, kind: own, within: 1h}\n  - {id: b, kind: resolve, within: 1h}\n", "book.yaml")


# Promises that can never match


def test_a_narrow_promise_behind_a_wide_one_can_never_match() -> None:
    fault = fault_among("id: a", "id: b, when: {priority: high}")
    assert (fault.line, fault.key) == (5, "promises[1].id")
    assert fault.found == "b, which can never match: a on line 4 takes every case first"


def test_a_narrow_promise_before_a_wide_one_is_fine() -> None:
    assert faults_among("id: a, when: {priority: high}", "id: b") == []


def test_several_promises_may_take_every_case_between_them() -> None:
    names = ("id: a, when: {priority: high}", "id: b, when: {priority: low}", "id: c, when: {priority: [low, high]}")
    assert fault_among(*names).found == "c, which can never match: a on line 4 and b on line 5 take every case first"


def test_one_case_left_over_is_enough() -> None:
    names = ("id: a, when: {priority: high}", "id: b, when: {channel: email}")
    assert faults_among(*names, "id: c, when: {priority: [high, low], channel: [email, chat]}") == []


def test_a_promise_that_outlives_the_wider_one_can_match() -> None:
    assert faults_among("id: a, until: 2026-06-01", "id: b, when: {priority: high}") == []


def test_promises_one_after_the_other_may_take_every_case_between_them() -> None:
    names = ("id: a, until: 2026-06-01", "id: b, from: 2026-06-01", "id: c, when: {priority: high}")
    assert "a on line 4 and b on line 5 take" in fault_among(*names).found


def test_a_promise_to_everybody_does_not_take_the_cases_of_one_to_a_tier() -> None:
    assert faults_among("id: a", "id: b, for: {tier: gold}, when: {priority: high}") == []


def test_a_later_version_may_be_narrower_than_an_earlier_one() -> None:
    assert faults_among("id: a", "id: a, version: 2, from: 2026-02-01, when: {priority: high}") == []


# Against every case there is

WORDS = st.one_of(st.none(), st.frozensets(st.sampled_from("xyz"), min_size=1))
TIMES = st.tuples(st.integers(0, 3), st.integers(1, 3)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@st.composite
def scopes(draw: st.DrawFn) -> Scope:
    starts_at, ends_at = draw(TIMES)
    when = Conditions(priority=draw(WORDS), channel=draw(WORDS), tags=draw(WORDS))
    return Scope(0, "a", 1, Kind.OWN, None, None, when, None, starts_at, ends_at)


def covers(scope: Scope, case: tuple[int, str, str, frozenset[str]]) -> bool:
    at, priority, channel, tags = case
    when = scope.when
    return (
        scope.starts_at <= at < scope.ends_at
        and (when.priority is None or priority in when.priority)
        and (when.channel is None or channel in when.channel)
        and (when.tags is None or bool(when.tags & tags))
    )


@given(scope=scopes(), rivals=st.lists(scopes(), max_size=4))
def test_a_promise_can_never_match_exactly_if_every_case_of_it_is_taken(scope: Scope, rivals: list[Scope]) -> None:
    # "o" is a word that no promise lists.
    sets = [frozenset(tags) for tags in ("o", "x", "y", "z", "xy", "xz", "yz", "xyz", "")]
    cases = [(at, p, c, tags) for at in range(7) for p in "xyzo" for c in "xyzo" for tags in sets]
    left = [case for case in cases if covers(scope, case) and not any(covers(rival, case) for rival in rivals)]
    assert bool(_takers(scope, rivals)) == (not left)

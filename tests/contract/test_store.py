"""What every store must do; run over each database Kept knows (`tests/services/databases.py`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest

from monitor.adapters.journal.location import Location
from monitor.adapters.journal.lookups import PORTION_IN_AN_ARRAY
from monitor.adapters.journal.store import SqlStore
from monitor.domain.hours.instant import FOREVER_US
from monitor.service.ports.changes import Changes
from monitor.service.ports.counts import Counts, DecisionKey, IntakeKey, ObligationKey, OwningKey, RatioKey, Ratios
from monitor.service.ports.records import (
    CaseRecord,
    DeadLetter,
    DecisionRecord,
    EventRecord,
    MatterRecord,
    ObligationRecord,
)
from monitor.testing import Crash, store_at

Opener: TypeAlias = Callable[[], SqlStore]


@pytest.fixture
def opener(any_database: Location) -> Opener:
    """Opens the same database as often as one likes, one after the other."""
    return lambda: store_at(any_database)


@pytest.fixture
def store(opener: Opener) -> Iterator[SqlStore]:
    opened = opener()
    yield opened
    opened.close()


def _event(position: int, case: str | None = "A", *, event_type: str = "ticket.opened", time: int = 5) -> EventRecord:
    return EventRecord(
        position, "/s", str(position), event_type, case, "acme", time, 7, 100 + position, "test", b"\x00{}"
    )


def _case(case: str, matter: str, client: str = "acme") -> CaseRecord:
    return CaseRecord(case, matter, client, "open", "Ann", None, "email", "high", "gold", 5)


def _obligation(
    name: str, case: str, *, verdict: str = "running", due: int | None = 50, is_open: bool = True
) -> ObligationRecord:
    return ObligationRecord(
        name, case, "acme", "p", 1, "resolve", None, "email", "gold", 5, due, verdict, None, 1, is_open, False, "", 1, 3
    )


def _decision(position: int, name: str) -> DecisionRecord:
    return DecisionRecord(
        position, name, 100, 1, None, "broken", "A/resolve", "A", "acme", "p", 1, "resolve", None, None, None, "Ann",
        "senior", 5, 50, "broken", "running", False, 50, None, True, 0, None, None, None, None, None, "",
    )  # fmt: skip


def _write(store: SqlStore, changes: Changes) -> None:
    with store.begin() as transaction:
        transaction.write(changes)


def test_an_empty_journal_begins_at_the_beginning(store: SqlStore) -> None:
    resumption = store.resumption()
    assert (resumption.last_position, resumption.recorded, resumption.earliest_wake) == (0, 0, FOREVER_US)
    assert resumption.counts == Counts()


def test_what_is_committed_is_there_after_opening_again(opener: Opener) -> None:
    first = opener()
    changes = Changes(
        100,
        [_event(1), _event(2, None, event_type="client.changed")],
        [MatterRecord("A", 60, held=False)],
        [],
        [_case("A", "A")],
        [_obligation("A/resolve", "A")],
        [_decision(3, "d1")],
        [DeadLetter(4, "digest", 104, "test", "found", "expected", "key", b"\xff")],
    )
    _write(first, changes)
    first.close()
    second = opener()
    resumption = second.resumption()
    assert (resumption.last_position, resumption.recorded, resumption.earliest_wake) == (4, 104, 60)
    with second.begin() as transaction:
        assert transaction.cases_in(["A"]) == changes.cases
        assert transaction.obligations_of(["A"]) == changes.obligations
        assert list(transaction.events_of(["A"])) == [("A", b"\x00{}")]
        assert transaction.matters_of(["A", "B"]) == {"A": "A"}
        assert transaction.known_dead_letters(["digest", "other"]) == {"digest"}
    assert list(second.client_changes()) == [b"\x00{}"]
    second.close()


def test_what_is_not_committed_never_was(store: SqlStore) -> None:
    with pytest.raises(Crash):
        _write_and_crash(store, Changes(100, [_event(1)]))
    assert store.resumption().last_position == 0


def _write_and_crash(store: SqlStore, changes: Changes) -> None:
    with store.begin() as transaction:
        transaction.write(changes)
        raise Crash


def test_a_transaction_sees_what_it_wrote(store: SqlStore) -> None:
    with store.begin() as transaction:
        transaction.write(Changes(100, [_event(1)], [MatterRecord("A", 60, held=False)]))
        assert transaction.known([("/s", "1"), ("/s", "2"), ("/t", "1")]) == {("/s", "1")}
        assert transaction.earliest_wake() == 60


def test_events_are_told_apart_by_source_and_id_however_many(store: SqlStore) -> None:
    count = 3 * PORTION_IN_AN_ARRAY + 1
    _write(store, Changes(100, [_event(position) for position in range(1, count + 1)]))
    asked = [(source, str(number)) for source in ("/s", "/t") for number in range(2 * count)]
    with store.begin() as transaction:
        assert transaction.known(asked) == {("/s", str(number)) for number in range(1, count + 1)}


def test_rows_of_the_present_take_the_place_of_those_before(store: SqlStore) -> None:
    _write(
        store,
        Changes(
            100,
            matters=[MatterRecord("A", 60, held=False)],
            cases=[_case("A", "A")],
            obligations=[_obligation("o", "A")],
        ),
    )
    after = _obligation("o", "A", verdict="paused", due=None)
    _write(
        store,
        Changes(
            101,
            matters=[MatterRecord("A", FOREVER_US, held=False)],
            cases=[_case("A", "A", "umbra")],
            obligations=[after],
        ),
    )
    with store.begin() as transaction:
        assert transaction.earliest_wake() == FOREVER_US
        assert transaction.cases_in(["A"]) == [_case("A", "A", "umbra")]
        assert transaction.obligations_of(["A"]) == [after]
        assert transaction.matters_of_client("acme", 0) == []
        assert transaction.matters_of_client("umbra", 0) == ["A"]


@pytest.mark.parametrize(
    ("phase", "wakes_at", "since", "is_told"),
    [
        ("open", FOREVER_US, 6, True),
        ("closed", FOREVER_US, 6, False),
        ("resolved", FOREVER_US, 6, False),
        ("closed", 60, 6, True),  # a date given outlives its case
        ("closed", FOREVER_US, 5, True),  # what happened at 5 may be judged otherwise
    ],
)
def test_what_concerns_a_client_concerns_no_matter_that_is_over(
    store: SqlStore, phase: str, wakes_at: int, since: int, *, is_told: bool
) -> None:
    case = _case("A", "A")._replace(phase=phase)
    _write(store, Changes(100, [_event(1, time=5)], [MatterRecord("A", wakes_at, held=False)], cases=[case]))
    with store.begin() as transaction:
        assert transaction.matters_of_client("acme", since) == (["A"] if is_told else [])


def test_changes_of_staff_are_told_in_the_order_in_which_they_came(store: SqlStore) -> None:
    changes = [_event(position, None, event_type="staff.changed") for position in (1, 3)]
    _write(store, Changes(100, [changes[0], _event(2), changes[1]._replace(content=b"{}")]))
    assert list(store.staff_changes()) == [changes[0].content, b"{}"]


def test_what_was_never_due_and_ended_since_is_found_by_its_verdict(store: SqlStore) -> None:
    matters = [MatterRecord(name, 60, held=False) for name in "ABC"]
    ends = {"A": ("kept", None, 50), "B": ("kept", None, 60), "C": ("kept", 70, 60)}
    rows = [
        _obligation(name, name, verdict=verdict, due=due)._replace(ended=ended)
        for name, (verdict, due, ended) in ends.items()
    ]
    _write(store, Changes(100, [], matters, [], [_case(name, name) for name in "ABC"], rows))
    with store.begin() as transaction:
        assert sorted(transaction.matters_concluded_since(50, ["kept"])) == ["A", "B"]
        assert transaction.matters_concluded_since(51, ["kept", "unknown"]) == ["B"]
        assert transaction.matters_concluded_since(0, ["unknown"]) == []


def test_the_matters_in_which_something_happened_since_are_found(store: SqlStore) -> None:
    matters = [MatterRecord(name, 60, held=False) for name in "AB"]
    cases = [_case("A", "A"), _case("B", "B")]
    events = [_event(1, "A")._replace(time=50), _event(2, "B")._replace(time=60), _event(3, "B")._replace(time=70)]
    _write(store, Changes(100, events, matters, [], cases))
    with store.begin() as transaction:
        found = [sorted(transaction.matters_since(since)) for since in (50, 60, 70, 71)]
    assert found == [["A", "B"], ["B"], ["B"], []]


def test_matters_that_may_say_a_name_are_found_however_json_writes_it(store: SqlStore) -> None:
    # Three spellings of Zoë (RFC 8259, 7), one event without her, and one in another case of a matter.
    said = [
        b'{"author":"Zo\xc3\xab"}',
        rb'{"author":"Zo\u00eb"}',
        rb'{"author":"\u005a\u006F\u00EB"}',
        b'{"author":"Zo"}',
    ]
    names = ["plain", "escaped", "all escaped", "another"]
    matters = [MatterRecord(name, 60, held=False) for name in [*names, "joined"]]
    cases = [*(_case(name, name) for name in names), _case("one", "joined"), _case("two", "joined")]
    contents = [*zip(names, said, strict=True), ("one", said[3]), ("two", said[0])]
    events = [_event(place, case)._replace(content=text) for place, (case, text) in enumerate(contents, start=1)]
    _write(store, Changes(100, events, matters, [], cases))
    with store.begin() as transaction:
        found = {"plain", "escaped", "all escaped", "joined"}
        assert transaction.matters_naming([*names, "joined"], "Zoë") == found
        assert transaction.matters_naming(["plain", "another"], "Zoë") == {"plain"}
        # A stroke may be written in two ways: whoever has one in the name may be anywhere.
        assert transaction.matters_naming(names, "A/B") == set(names)


def test_a_matter_joined_to_another_is_gone_and_its_cases_have_moved(store: SqlStore) -> None:
    both = [MatterRecord("A", 60, held=False), MatterRecord("B", 70, held=False)]
    _write(store, Changes(100, matters=both, cases=[_case("A", "A"), _case("B", "B")]))
    _write(
        store, Changes(101, matters=[MatterRecord("B", 65, held=False)], gone_matters=["A"], cases=[_case("A", "B")])
    )
    with store.begin() as transaction:
        assert transaction.matters_of(["A", "B"]) == {"A": "B", "B": "B"}
        assert transaction.matters_due(100, 10) == ["B"]


def test_deadlines_come_earliest_first_and_held_ones_not_at_all(store: SqlStore) -> None:
    wakes = {"A": 30, "B": 10, "C": 20, "D": 40}
    matters = [MatterRecord(name, wakes_at, held=name == "B") for name, wakes_at in wakes.items()]
    _write(store, Changes(100, matters=matters))
    with store.begin() as transaction:
        assert transaction.matters_due(30, 10) == ["C", "A"]
        assert transaction.matters_due(40, 2) == ["C", "A"]
        assert transaction.has_held()
        transaction.release_held()
        assert not transaction.has_held()
        assert transaction.matters_due(30, 10) == ["B", "C", "A"]


def test_late_and_open_matters_are_found(store: SqlStore) -> None:
    _write(
        store,
        Changes(
            100,
            matters=[MatterRecord(name, 1, held=False) for name in "ABC"],
            cases=[_case(name, name) for name in "ABC"],
            obligations=[
                _obligation("a", "A", verdict="broken", due=50),
                _obligation("b", "B", verdict="unknown", due=70),
                _obligation("c", "C", verdict="kept", due=90, is_open=False),
            ],
        ),
    )
    with store.begin() as transaction:
        assert sorted(transaction.matters_due_since(50, ["broken", "unknown"])) == ["A", "B"]
        assert transaction.matters_due_since(51, ["broken", "unknown"]) == ["B"]
        assert transaction.matters_due_since(0, ["unknown"]) == ["B"]
        assert transaction.matters_open("", 10) == ["A", "B"]
        assert transaction.matters_open("A", 10) == ["B"]


def test_counts_add_up_over_commits_and_openings(opener: Opener) -> None:
    key = DecisionKey("broken", "broken", False, "resolve", "acme", "email", "")
    standing = ObligationKey("resolve", "acme", "gold", "kept", False)
    ratio = RatioKey("resolve", "gold", 500_000)
    step = OwningKey("tell", "resolve", "gold", 100)
    for _ in range(2):
        store = opener()
        more = Counts(
            Counter({key: 2}),
            Counter({standing: 3}),
            {ratio: Ratios(1, 400_000)},
            Counter({IntakeKey("accepted"): 5}),
            heard={"/s": 9},
            owning={step: Ratios(1, 90)},
        )
        _write(store, Changes(100, counts=more))
        store.close()
    store = opener()
    counts = store.resumption().counts
    assert counts.decisions == {key: 4}
    assert counts.obligations == {standing: 6}
    assert counts.ratios == {ratio: Ratios(2, 800_000)}
    assert counts.owning == {step: Ratios(2, 180)}
    assert counts.intake == {IntakeKey("accepted"): 10}
    assert counts.heard == {"/s": 9}
    store.close()


def test_clients_keep_the_order_in_which_they_came(store: SqlStore) -> None:
    _write(store, Changes(100, counts=Counts(clients=["zeta", "alpha"])))
    _write(store, Changes(101, counts=Counts(clients=["beta"])))
    assert store.resumption().counts.clients == ["zeta", "alpha", "beta"]


def test_notes_are_kept_and_replaced(store: SqlStore) -> None:
    assert store.note("book") is None
    for value in ("one", "two"):
        with store.begin() as transaction:
            transaction.remember("book", value)
    assert store.note("book") == "two"


def test_numbers_of_a_source_are_told_only_where_they_matter(store: SqlStore) -> None:
    heard = Counts(heard={"/s": 6})
    _write(store, Changes(100, [_event(1, time=5), _event(2, time=6)], counts=heard))
    assert sorted(store.heard_from("/s", numbers=True)) == [(5, 7), (6, 7)]
    assert list(store.heard_from("/s", numbers=False)) == [(6, -1)]
    assert list(store.heard_from("/t", numbers=False)) == []

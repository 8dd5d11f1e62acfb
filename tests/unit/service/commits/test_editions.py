"""What becomes of what was judged when the book changes: nothing, unless somebody asks for it by name.

Due instants are told by heart: the book's promises run around the clock, a first response is owed within an hour.
"""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.store import SqlStore
from monitor.domain.cases.workload import FigureKey
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs
from monitor.errors import ConfigError, TransientError
from monitor.service.commits.commit_point import CommitPoint
from monitor.service.commits.preview import preview
from monitor.service.editions.shelf import BookText, Offer
from monitor.service.matters.figures import read_figures
from monitor.service.ports.counts import Moved
from monitor.testing import (
    BOOK,
    MONDAY,
    FaultyStore,
    Script,
    arrivals,
    cloud_event,
    commit_point,
    judge_what_is_left,
    no_space,
    small_book,
    sqlite_store,
)
from monitor.wire.events.cloud_events import decode_event, recall_event
from tests.unit.service.matters.figure_sums import net, summed

STRICT = BOOK.replace("within: 1h", "within: 20m")
LOOSE = BOOK.replace("within: 1h", "within: 3h")
OPENED = cloud_event("ticket.opened", "A", MONDAY, "1", client="acme")
ANSWERED = cloud_event("email.sent", "A", MONDAY + 30 * MINUTE_US, "2", author="Ann")
LATER = MONDAY + DAY_US


def _apply(point: CommitPoint, text: str, now: InstantUs, since: InstantUs | None = None) -> int:
    offered = BookText(text, "new.yaml")
    edition = point.apply(Offer(offered, "Ann", "a new contract", since=since), now)
    judge_what_is_left(point, now)
    return edition.number


def _first_responses(store: SqlStore) -> dict[str, tuple[str, InstantUs | None]]:
    """Verdict and due instant of each case's first response."""
    row = t.OBLIGATIONS.c
    with store._engine.connect() as connection:
        asked = select(row.case_id, row.verdict, row.due).where(row.kind == "first_response")
        return {case: (verdict, due) for case, verdict, due in connection.execute(asked)}


def _decisions(store: SqlStore, **where: Any) -> list[Any]:
    row = t.DECISIONS.c
    with store._engine.connect() as connection:
        asked = select(row.type, row.verdict, row.cause_id).filter_by(kind="first_response", **where)
        return [tuple(found) for found in connection.execute(asked.order_by(row.position))]


def test_what_opened_before_a_change_is_governed_as_it_was(point: CommitPoint, store: SqlStore) -> None:
    point.take(arrivals([OPENED]), MONDAY)
    assert _apply(point, STRICT, MONDAY + MINUTE_US) == 2
    at = MONDAY + 2 * MINUTE_US
    point.take(arrivals([cloud_event("ticket.opened", "B", at, "3", client="acme")]), at)
    assert _first_responses(store) == {
        "A": ("running", MONDAY + HOUR_US),
        "B": ("running", at + 20 * MINUTE_US),
    }


def test_a_restart_knows_the_editions(point: CommitPoint, store: SqlStore) -> None:
    point.take(arrivals([OPENED]), MONDAY)
    _apply(point, STRICT, MONDAY + MINUTE_US)
    again = commit_point(store, now=MONDAY + 2 * MINUTE_US)
    again.take(arrivals([cloud_event("ticket.assigned", "A", MONDAY + MINUTE_US, "4", holder="Ann")]), LATER)
    again.wake(LATER)
    assert _first_responses(store)["A"] == ("broken", MONDAY + HOUR_US)


def test_a_book_with_faults_changes_nothing(point: CommitPoint, store: SqlStore) -> None:
    point.take(arrivals([OPENED]), MONDAY)
    with pytest.raises(ConfigError, match=r"new\.yaml"):
        _apply(point, BOOK.replace("within: 1h", "within: soon"), MONDAY + 1)
    assert len(store.editions()) == 1
    point.wake(LATER)
    assert _first_responses(store)["A"] == ("broken", MONDAY + HOUR_US)


def test_only_a_book_file_that_was_changed_is_a_new_edition(point: CommitPoint, store: SqlStore) -> None:
    _apply(point, STRICT, MONDAY + 1)
    # The daemon is started again with the file it was first started with: what was applied meanwhile stays in force.
    again = commit_point(store, BOOK, MONDAY + 2)
    assert [edition.text for edition in store.editions()] == [BOOK, STRICT]
    assert not again.reread(BookText(BOOK, "test-book.yaml"), MONDAY + 3)
    assert again.reread(BookText(LOOSE, "test-book.yaml"), MONDAY + 4)
    assert store.editions()[-1].reason == "test-book.yaml was changed"
    assert again.start(None, MONDAY + 5) is False


def test_without_any_book_there_is_nothing_to_start_with(store: SqlStore) -> None:
    point = CommitPoint(store, lambda text, _: small_book(text), decode_event, recall_event)
    with pytest.raises(ConfigError, match="no promise book"):
        point.start(None, MONDAY)


def test_a_restatement_judges_what_is_over_and_says_so(point: CommitPoint, store: SqlStore) -> None:
    point.take(arrivals([OPENED, ANSWERED]), MONDAY + HOUR_US)
    # Answered after 30 minutes: kept within an hour, broken within 20 minutes.
    number = _apply(point, STRICT, LATER, since=MONDAY)
    assert _first_responses(store)["A"] == ("broken", MONDAY + 20 * MINUTE_US)
    assert _decisions(store) == [
        ("opened", "kept", "1"),
        ("kept", "kept", "2"),
        ("restated", "broken", f"edition/{number}"),
    ]


def test_a_restatement_and_its_opposite_are_both_on_record(point: CommitPoint, store: SqlStore) -> None:
    point.take(arrivals([OPENED, ANSWERED]), MONDAY + HOUR_US)
    for turn, text in enumerate([STRICT, BOOK, STRICT, BOOK]):
        _apply(point, text, LATER + turn, since=MONDAY)
    verdicts = [verdict for kind, verdict, _ in _decisions(store) if kind == "restated"]
    assert verdicts == ["broken", "kept", "broken", "kept"]
    row = t.DECISIONS.c
    with store._engine.connect() as connection:
        ids = connection.scalars(select(row.id)).all()
    assert len(set(ids)) == len(ids)


def test_what_a_new_book_does_not_promise_is_withdrawn_by_a_restatement_only(
    point: CommitPoint, store: SqlStore
) -> None:
    point.take(arrivals([OPENED]), MONDAY)
    without = "\n".join(line for line in BOOK.splitlines() if "first_response" not in line)
    _apply(point, without, MONDAY + 1)
    assert _first_responses(store)["A"][0] == "running"
    _apply(point, without, MONDAY + 2, since=MONDAY)
    assert _first_responses(store)["A"][0] == "void"
    assert _decisions(store)[-1][0] == "withdrawn"


def test_a_preview_lists_what_would_change_and_changes_nothing(point: CommitPoint, store: SqlStore) -> None:
    point.take(arrivals([OPENED, ANSWERED]), MONDAY + HOUR_US)
    book = point.shelf.book_with(BookText(STRICT, "new.yaml"), MONDAY)
    (change,) = preview(store, book, decode_event, LATER)
    assert change.outcomes == ("kept", "done_late")
    assert change.before is not None
    assert (change.before.due, change.after.due) == (MONDAY + HOUR_US, MONDAY + 20 * MINUTE_US)
    assert _first_responses(store)["A"] == ("kept", MONDAY + HOUR_US)
    assert len(store.editions()) == 1


def test_a_preview_tells_exactly_what_the_restatement_then_does(point: CommitPoint, store: SqlStore) -> None:
    events = [OPENED, ANSWERED, cloud_event("ticket.opened", "B", MONDAY, "5", client="umbra")]
    point.take(arrivals(events), MONDAY + HOUR_US)
    point.wake(LATER)
    book = point.shelf.book_with(BookText(LOOSE, "new.yaml"), MONDAY)
    told = {
        change.after.id: (change.after.verdict, change.after.due)
        for change in preview(store, book, decode_event, LATER)
    }
    _apply(point, LOOSE, LATER, since=MONDAY)
    assert {name: _standing(store, name) for name in told} == told
    assert len(told) == 2


def _standing(store: SqlStore, obligation: str) -> tuple[str, InstantUs | None]:
    row = t.OBLIGATIONS.c
    with store._engine.connect() as connection:
        verdict, due = connection.execute(select(row.verdict, row.due).where(row.id == obligation)).one()
    return verdict, due


@pytest.mark.parametrize("step", range(15))
def test_a_restatement_that_is_interrupted_goes_on_after_the_restart(
    store: SqlStore, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.service.editions.rejudging.MATTERS_A_PORTION", 1)
    point = commit_point(store)
    for case in "ABC":
        at = MONDAY + ord(case)
        opened = cloud_event("ticket.opened", case, at, f"{case}1", client="acme")
        point.take(
            arrivals([opened, cloud_event("email.sent", case, at + 30 * MINUTE_US, f"{case}2", author="Ann")]), LATER
        )
    script = Script(no_space)
    faulty = commit_point(FaultyStore(store, script), now=LATER)
    script.fail_in(step)
    with suppress(TransientError):
        _apply(faulty, STRICT, LATER, since=MONDAY)
    script.disarm()
    again = commit_point(store, now=LATER + 1)
    if len(store.editions()) == 1:
        _apply(again, STRICT, LATER + 1, since=MONDAY)
    judge_what_is_left(again, LATER + 1)
    assert {verdict for verdict, _ in _first_responses(store).values()} == {"broken"}
    assert [kind for kind, _, _ in _decisions(store)].count("restated") == 3


def test_another_edition_ends_no_restatement_that_was_not_done_yet(point: CommitPoint, store: SqlStore) -> None:
    closed = cloud_event("ticket.closed", "A", MONDAY + HOUR_US, "3", by="Ann")
    point.take(arrivals([OPENED, ANSWERED, closed]), MONDAY + HOUR_US)
    point.apply(Offer(BookText(STRICT, "new.yaml"), "Ann", "a new contract", since=MONDAY), LATER)
    # It governs what opens from now on, and nothing of A is open; but A waits for its turn by the one before.
    assert _apply(point, LOOSE, LATER + 1) == 3
    assert _first_responses(store)["A"] == ("broken", MONDAY + 20 * MINUTE_US)


def test_an_edition_whose_commit_was_not_answered_is_known_afterwards(store: SqlStore) -> None:
    script = Script(no_space)
    point = commit_point(FaultyStore(store, script))
    # Begin, read, write, written: the fifth step is the answer to a commit that happened.
    script.fail_in(4)
    with pytest.raises(TransientError):
        _apply(point, STRICT, MONDAY)
    point.take(arrivals([cloud_event("ticket.opened", "A", MONDAY + 1, "1", client="acme")]), MONDAY + 1)
    assert _first_responses(store)["A"] == ("running", MONDAY + 1 + 20 * MINUTE_US)
    assert _apply(point, LOOSE, MONDAY + 2) == 3


def test_an_event_does_not_wait_for_its_matters_turn(point: CommitPoint, store: SqlStore) -> None:
    point.take(arrivals([OPENED, ANSWERED]), MONDAY + HOUR_US)
    point.apply(Offer(BookText(STRICT, "new.yaml"), "Ann", "r", since=MONDAY), LATER)
    # Nothing was judged again yet; the next event of the case finds it judged by the new edition all the same.
    point.take(arrivals([cloud_event("ticket.assigned", "A", LATER, "9", holder="Ann")]), LATER)
    assert _first_responses(store)["A"] == ("broken", MONDAY + 20 * MINUTE_US)


def test_a_client_identified_later_is_on_record(point: CommitPoint, store: SqlStore) -> None:
    point.take(arrivals([cloud_event("ticket.opened", "A", MONDAY, "1")]), MONDAY)
    named = cloud_event("ticket.changed", "A", MONDAY + MINUTE_US, "2", client="umbra", status="open")
    point.take(arrivals([named]), MONDAY + MINUTE_US)
    row = t.DECISIONS.c
    with store._engine.connect() as connection:
        asked = select(row.type, row.client, row.tier, row.revision, row.cause_id).filter_by(kind="first_response")
        told = [tuple(found) for found in connection.execute(asked.order_by(row.position))]
    assert told == [
        ("opened", "unidentified", None, 1, "1"),
        ("corrected", "umbra", "silver", 2, "2"),
    ]


@pytest.mark.parametrize("since", [None, MONDAY])
def test_another_way_to_name_cases_is_refused_and_changes_nothing(
    point: CommitPoint, store: SqlStore, since: InstantUs | None
) -> None:
    point.take(arrivals([OPENED]), MONDAY)
    with pytest.raises(ConfigError) as refused:
        _apply(point, STRICT + "references: Ref (\\d+)\n", LATER, since)
    [fault] = refused.value.faults
    assert (fault.file, fault.key, fault.found) == ("new.yaml", "references", "Ref (\\d+)")
    assert fault.expected.startswith("none, ")
    assert len(store.editions()) == 1
    assert _apply(point, STRICT, LATER, since) == 2


def test_the_same_way_to_name_cases_stands_in_every_edition(tmp_path: Path) -> None:
    with closing(sqlite_store(tmp_path / "other.db")) as store:
        named = "references: Ref (\\d+)\n"
        point = commit_point(store, BOOK + named)
        assert _apply(point, STRICT + named, LATER) == 2


@pytest.mark.parametrize("words", ["references: Ref (\\d+)\n", ""])
def test_a_book_file_that_was_changed_is_taken_up_at_the_next_start_unless_it_names_cases_otherwise(
    point: CommitPoint, store: SqlStore, words: str
) -> None:
    point.take(arrivals([OPENED]), MONDAY)
    if words:
        with pytest.raises(ConfigError):
            commit_point(store, STRICT + words, LATER)
    else:
        commit_point(store, STRICT, LATER)
    assert len(store.editions()) == (1 if words else 2)


PEOPLE = BOOK.replace(
    "promises:\n",
    """grades: [trainee, senior]
staff:
  Ann: {grade: senior}
  Bea: {grade: trainee}
breaches:
  currency: GBP
  causes: [overlooked]
  owed:
    - {id: own-up, of: seniority, acknowledge: 2h}
promises:
  - {id: seniors, kind: seniority, at_least: senior}
""",
)


def test_a_breach_by_a_deed_and_what_was_owed_for_it_are_taken_back_by_a_book_in_which_it_is_none(
    store: SqlStore,
) -> None:
    point = commit_point(store, PEOPLE)
    worked = cloud_event("work.logged", "A", MONDAY + MINUTE_US, "2", person="Bea", seconds=60)
    point.take(arrivals([OPENED, worked]), MONDAY + 2 * MINUTE_US)
    assert _by_kind(store) == {"seniority": "broken", "acknowledge": "running"}
    # By what is known now nothing was ever due or done, and yet it was told: it has no instant but the one that was said.
    _apply(point, PEOPLE.replace("Bea: {grade: trainee", "Bea: {grade: senior"), MONDAY + HOUR_US, since=MONDAY)
    assert _by_kind(store) == {"seniority": "running", "acknowledge": "void"}


def test_what_people_did_is_counted_once_in_a_matter_that_is_joined_while_a_new_book_comes_to_it(
    store: SqlStore,
) -> None:
    point = commit_point(store, PEOPLE)
    cases = [cloud_event("ticket.opened", case, MONDAY, f"{case}1", client="acme") for case in "AB"]
    worked = [cloud_event("work.logged", case, MONDAY + 1, f"{case}2", person="Bea", seconds=60) for case in "AB"]
    point.take(arrivals([*cases, *worked]), MONDAY + MINUTE_US)
    promoted = BookText(PEOPLE.replace("Bea: {grade: trainee", "Bea: {grade: senior"), "new.yaml")
    point.apply(Offer(promoted, "Ann", "a new year"), MONDAY + HOUR_US)
    point.take(arrivals([cloud_event("case.linked", "A", MONDAY + 2, "A3", to="B")]), MONDAY + HOUR_US)
    judge_what_is_left(point, MONDAY + HOUR_US)
    with store._engine.connect() as connection:
        texts = connection.scalars(select(t.MATTER_FIGURES.c.figures)).all()
        counted = connection.execute(select(t.FIGURE_COUNTS)).all()
    # Two touches by Bea, both of them a senior's by now, in the one matter that there is.
    assert len(texts) == 1
    assert summed(map(read_figures, texts)) == net({FigureKey(*row[:-2]): Moved(*row[-2:]) for row in counted})


def _by_kind(store: SqlStore) -> dict[str, str]:
    row = t.OBLIGATIONS.c
    with store._engine.connect() as connection:
        asked = select(row.kind, row.verdict).where(row.kind.in_(["seniority", "acknowledge"]))
        return {row[0]: row[1] for row in connection.execute(asked)}

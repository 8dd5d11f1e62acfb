"""Every question, asked of the journal: as of any recorded instant the answer is the one given then, byte for byte.

Due instants are told by heart: the book's promises run around the clock, a first response is owed within an hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import quote

import httpx
import orjson
import pytest

from monitor.adapters.answers.answering import Asked, ask, ask_for_all
from monitor.adapters.answers.pages import UnreadableCursor
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.store import SqlStore
from monitor.conventions.media_types import JSON, JSON_LINES
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs, format_instant, parse_instant
from monitor.service.commits.commit_point import CommitPoint
from monitor.service.editions.shelf import BookText, Offer
from monitor.testing import (
    BOOK,
    MONDAY,
    ManualClock,
    arrivals,
    cloud_event,
    commit_point,
    judge_what_is_left,
    store_at,
)
from monitor.wire.questions import Question, table
from tests.services.serving import Served

LATER: Final = MONDAY + DAY_US


class Journal:
    """A journal that grows, and can be asked."""

    def __init__(self, database: Location) -> None:
        self.store: SqlStore = store_at(database)
        self.point: CommitPoint = commit_point(self.store)
        self.now = MONDAY

    def take(self, *events: bytes, at: InstantUs | None = None) -> None:
        self.now = self.now + 1 if at is None else at
        self.point.take(arrivals(events), self.now)

    def restate(self, text: str) -> None:
        self.now += 1
        self.point.apply(Offer(BookText(text, "new.yaml"), "Ann", "because", since=MONDAY), self.now)
        judge_what_is_left(self.point, self.now)

    def close(self) -> None:
        self.store.close()

    def ask(self, question: Question, subject: str | None = None, **parameters: Any) -> dict[str, Any]:
        asked = self._asked(question, subject, parameters)
        with self.store._engine.connect() as connection:
            answer = ask(connection, asked)
        following = None if answer.next is None else answer.next.written()
        return {"rows": answer.rows, "as_of": answer.as_of, "next": following}

    def rows(self, question: Question, subject: str | None = None, **parameters: Any) -> list[dict[str, Any]]:
        asked = self._asked(question, subject, parameters)
        return [row for answer in ask_for_all(self.store._engine.connect, asked) for row in answer.rows]

    def _asked(self, question: Question, subject: str | None, parameters: dict[str, Any]) -> Asked:
        return Asked(question, question.parameters.model_validate(parameters), self.now, subject)


class ServedJournal(Journal):
    """A journal that is asked through a Kept that only answers."""

    def __init__(self, database: Location) -> None:
        super().__init__(database)
        self._clock = ManualClock()
        self._served = Served(database, self._clock)

    def ask(self, question: Question, subject: str | None = None, **parameters: Any) -> dict[str, Any]:
        answer = self._get(question, subject, parameters, JSON)
        body = answer.json()
        as_of = 0 if body["as_of"] is None else parse_instant(body["as_of"])
        return {"rows": body[question.rows], "as_of": as_of, "next": body["next"]}

    def rows(self, question: Question, subject: str | None = None, **parameters: Any) -> list[dict[str, Any]]:
        answer = self._get(question, subject, parameters, JSON_LINES[0])
        return [orjson.loads(line) for line in answer.content.splitlines()]

    def _get(self, question: Question, subject: str | None, said: dict[str, Any], form: str) -> httpx.Response:
        # What lies ahead can't be asked about: where a test does, it is later at the door.
        as_of = getattr(question.parameters.model_validate(said), "as_of", None)
        self._clock.set(max(self.now, as_of or 0))
        path = question.path if subject is None else question.path.partition("{")[0] + quote(subject, safe="")
        answer = self._served.get(path, said, form)
        if answer.status_code == 400 and "cursor" in answer.text:
            raise UnreadableCursor(answer.json()["detail"])
        assert answer.status_code == 200, answer.text
        return answer

    def close(self) -> None:
        self._served.close()
        super().close()


@pytest.fixture(params=["sqlite", "postgresql", "served"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    """In a file, in a database of a server, and that asked over HTTP beside whoever writes it."""
    is_file = request.param == "sqlite"
    database = Location(tmp_path / "kept.db") if is_file else Location.parse(request.getfixturevalue("postgres_url"))
    opened = ServedJournal(database) if request.param == "served" else Journal(database)
    yield opened
    opened.close()


def _opened(case: str, at: InstantUs = MONDAY, **more: Any) -> bytes:
    return cloud_event("ticket.opened", case, at, f"{case}-1", **{"client": "acme", **more})


def _answered(case: str, at: InstantUs) -> bytes:
    return cloud_event("email.sent", case, at, f"{case}-{at}", author="Ann")


# As of


TELLING: Final[list[tuple[Question, dict[str, Any]]]] = [
    (table.VERDICTS, {}),
    (table.VERDICTS, {"client": "acme", "since": "2026-03-02", "until": "2026-03-03"}),
    (table.VERDICTS, {"kind": "first_response", "verdict": "kept"}),
    *((table.VERDICTS, {"by": by, "since": "2026-03-02T09:30:00Z"}) for by in ("due", "ended", "recorded")),
    (table.DECISIONS, {}),
    (table.EDITIONS, {}),
    (table.BREACHES, {}),
    (table.BREACHES, {"client": "acme", "state": "open"}),
    (table.PROPOSALS, {}),
    (table.REGISTER, {}),
    (table.REGISTER, {"client": "acme"}),
]
"""Questions whose answers must stand for ever."""


def _told(journal: Journal, as_of: InstantUs | None) -> bytes:
    said = {} if as_of is None else {"as_of": format_instant(as_of)}
    return orjson.dumps([journal.ask(question, **parameters, **said) for question, parameters in TELLING])


def _story(random: Random, journal: Journal) -> Iterator[None]:
    """Cases opened, answered, resolved and reopened, some of it told late; deadlines that pass; books that restate."""
    cases = [f"C{number}" for number in range(6)]
    for turn in range(40):
        at = MONDAY + turn * 20 * MINUTE_US
        happened = at - random.choice([0, 0, 0, 3 * HOUR_US])
        case = random.choice(cases)
        kind = random.choice(["ticket.opened", "email.sent", "email.received", "ticket.resolved", "ticket.reopened"])
        data = {"author": "Ann"} if kind.startswith("email") else {}
        if turn % 10 == 9:
            kind, data = "promise.proposed", {"promise": f"{turn}", "kind": "first_response", "within": "1h"}
        journal.take(
            cloud_event(kind, case, happened, f"{turn}", client=random.choice(["acme", "umbra"]), **data), at=at
        )
        yield
        journal.point.wake(at)
        yield
        if turn % 13 == 12:
            journal.restate(BOOK.replace("within: 1h", f"within: {turn}m"))
            yield


@pytest.mark.parametrize("seed", range(2))
def test_asked_again_as_of_then_every_answer_is_the_one_given_then(journal: Journal, seed: int) -> None:
    told: dict[InstantUs, bytes] = {}
    for _ in _story(Random(seed), journal):
        as_of = journal.ask(table.VERDICTS)["as_of"]
        told[as_of] = _told(journal, None)
    assert len(told) > 40
    assert len(set(told.values())) > 40
    assert {as_of: _told(journal, as_of) for as_of in told} == told


def test_between_two_recorded_instants_the_earlier_one_stands(journal: Journal) -> None:
    """Of what is reckoned the time that passed since counts, too; it is told as of the instant asked for, before and after."""
    journal.take(_opened("A"), at=MONDAY + HOUR_US)
    journal.now = between = MONDAY + 2 * HOUR_US - 1
    first = _told(journal, between)
    assert journal.ask(table.VERDICTS, as_of=format_instant(between))["as_of"] == MONDAY + HOUR_US
    assert journal.ask(table.LEDGER, as_of=format_instant(between))["as_of"] == between
    journal.take(_opened("B"), at=MONDAY + 2 * HOUR_US)
    assert _told(journal, between) == first
    assert _told(journal, MONDAY + 2 * HOUR_US) != first


def test_before_anything_was_recorded_nothing_held(journal: Journal) -> None:
    journal.take(_opened("A"))
    answer = journal.ask(table.VERDICTS, as_of="2020-01-01")
    assert (answer["rows"], answer["as_of"]) == ([], 0)


def test_an_instant_after_the_last_recorded_one_is_answered_as_of_that(journal: Journal) -> None:
    journal.take(_opened("A"), at=MONDAY + HOUR_US)
    assert journal.ask(table.VERDICTS, as_of="2026-03-09")["as_of"] == MONDAY + HOUR_US


def test_a_letter_and_an_edition_are_recorded_instants_too(journal: Journal) -> None:
    journal.take(b"rubbish", at=MONDAY + HOUR_US)
    assert journal.ask(table.VERDICTS)["as_of"] == MONDAY + HOUR_US
    journal.restate(BOOK)
    assert journal.ask(table.VERDICTS)["as_of"] == MONDAY + HOUR_US + 1
    assert journal.ask(table.VERDICTS, as_of=format_instant(MONDAY + HOUR_US))["as_of"] == MONDAY + HOUR_US


# Which rows


def test_a_period_is_half_open_and_bounds_the_opening(journal: Journal) -> None:
    for minute in (0, 1, 2):
        journal.take(_opened(f"C{minute}", MONDAY + minute * MINUTE_US), at=LATER + minute)
    asked = {"kind": "first_response", "since": format_instant(MONDAY + MINUTE_US)}
    rows = journal.rows(table.VERDICTS, **asked, until=format_instant(MONDAY + 2 * MINUTE_US))
    assert [row["case"] for row in rows] == ["C1"]


@pytest.mark.parametrize(
    ("by", "since", "until", "cases"),
    [
        # A: opened 9:00, due 10:00, answered 9:30, recorded a day later. B: an hour behind in everything.
        ("opened", "09:00", "09:01", ["A"]),
        ("due", "10:00", "10:01", ["A"]),
        ("ended", "09:30", "09:31", ["A"]),
        ("due", "10:01", "12:00", ["B"]),
        ("ended", "09:00", "11:00", ["A", "B"]),
        ("recorded", "09:00", "12:00", []),
    ],
)
def test_a_period_bounds_the_instant_that_was_asked_for(
    journal: Journal, by: str, since: str, until: str, cases: list[str]
) -> None:
    for number, case in enumerate("AB"):
        opened = MONDAY + number * HOUR_US
        journal.take(_opened(case, opened), _answered(case, opened + 30 * MINUTE_US), at=LATER + number)
    period = {"since": f"2026-03-02T{since}:00Z", "until": f"2026-03-02T{until}:00Z"}
    rows = journal.rows(table.VERDICTS, kind="first_response", by=by, **period)
    assert [row["case"] for row in rows] == cases


def test_what_was_recorded_in_a_period_is_found_by_position(journal: Journal) -> None:
    for number, case in enumerate("ABC"):
        journal.take(_opened(case), at=LATER + number)
    asked = {"by": "recorded", "kind": "resolve", "since": format_instant(LATER + 1)}
    assert [row["case"] for row in journal.rows(table.VERDICTS, **asked)] == ["B", "C"]
    assert [row["case"] for row in journal.rows(table.VERDICTS, **asked, until=format_instant(LATER + 2))] == ["B"]


@pytest.mark.parametrize(
    ("asked", "cases"),
    [
        ({"client": "umbra"}, {"B"}),
        ({"tier": "gold"}, {"A"}),
        ({"channel": "call"}, {"B"}),
        ({"holder": "Bea"}, {"B"}),
        ({"case": "A"}, {"A"}),
        ({"kind": "resolve", "promise": "gold-resolve"}, {"A"}),
        ({"verdict": "broken"}, {"B"}),
        ({"verdict": "broken", "client": "acme"}, set()),
    ],
)
@pytest.mark.parametrize("question", [table.VERDICTS, table.OBLIGATIONS], ids=["verdicts", "obligations"])
def test_each_parameter_leaves_out_what_it_does_not_name(
    journal: Journal, question: Question, asked: dict[str, str], cases: set[str]
) -> None:
    # B's first response was due at 10:00; A was answered in time.
    journal.take(_opened("A", holder="Ann"), _answered("A", MONDAY + MINUTE_US), at=MONDAY + MINUTE_US)
    journal.take(_opened("B", client="umbra", channel="call", holder="Bea"))
    journal.point.wake(MONDAY + 2 * HOUR_US)
    assert {row["case"] for row in journal.rows(question, **asked)} == cases


def test_open_obligations_come_soonest_first_and_paused_ones_last(journal: Journal) -> None:
    journal.take(_opened("A"), _opened("B", MONDAY - HOUR_US))
    paused = cloud_event("ticket.changed", "A", MONDAY + MINUTE_US, "p", status="waiting")
    journal.take(paused, at=MONDAY + MINUTE_US)
    rows = journal.rows(table.OBLIGATIONS)
    # B was opened at 8:00: a response by 9:00, resolved by 16:00. A's resolution waits for the client, its response by 10:00 does not.
    assert [(row["case"], row["kind"], row["due"]) for row in rows] == [
        ("B", "first_response", "2026-03-02T09:00:00Z"),
        ("A", "first_response", "2026-03-02T10:00:00Z"),
        ("B", "resolve", "2026-03-02T16:00:00Z"),
        ("A", "resolve", None),
    ]
    assert [row["left_seconds"] for row in rows] == [-60, 3540, 25140, None]


def test_ended_obligations_are_there_where_all_are_asked_for(journal: Journal) -> None:
    journal.take(_opened("A"), _answered("A", MONDAY + MINUTE_US), at=LATER)
    assert {row["kind"] for row in journal.rows(table.OBLIGATIONS)} == {"resolve"}
    rows = journal.rows(table.OBLIGATIONS, state="all")
    assert {(row["kind"], row["is_open"]) for row in rows} == {("resolve", True), ("first_response", False)}


def test_clients_are_counted_by_outcome(journal: Journal) -> None:
    journal.take(_opened("A"), _answered("A", MONDAY + MINUTE_US), at=MONDAY + MINUTE_US)
    (acme, umbra) = journal.rows(table.CLIENTS)
    assert (acme["client"], acme["kept"], acme["running"], acme["open_late"]) == ("acme", 1, 1, 0)
    assert (umbra["client"], umbra["kept"], umbra["running"]) == ("umbra", 0, 0)
    assert journal.rows(table.CLIENTS, client="umbra") == [umbra]


def test_a_history_has_every_decision_in_order(journal: Journal) -> None:
    journal.take(_opened("A"))
    journal.point.wake(MONDAY + 2 * HOUR_US)
    journal.take(_answered("A", MONDAY + MINUTE_US), at=MONDAY + 3 * HOUR_US)
    (name,) = {row["obligation"] for row in journal.rows(table.VERDICTS, kind="first_response")}
    rows = journal.rows(table.HISTORY, name)
    # Warned at half of the hour and decided late at once: the breach is taken back by the answer that came to be known later.
    assert [(row["type"], row["verdict"], row["restated"]) for row in rows][-2:] == [
        ("broken", "broken", False),
        ("kept", "kept", True),
    ]
    assert [row["revision"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["replaces"] for row in rows] == [None, *(row["position"] for row in rows[:-1])]


def test_a_feed_goes_on_behind_a_position(journal: Journal) -> None:
    journal.take(_opened("A"))
    seen = journal.rows(table.DECISIONS)
    journal.take(_opened("B"))
    new = journal.rows(table.DECISIONS, after=seen[-1]["position"])
    assert {row["case"] for row in new} == {"B"}
    assert journal.rows(table.DECISIONS) == seen + new


def test_a_ratio_and_a_margin_are_told_as_numbers(journal: Journal) -> None:
    journal.take(_opened("A"), _answered("A", MONDAY + 15 * MINUTE_US), at=LATER)
    (row,) = journal.rows(table.VERDICTS, kind="first_response")
    # Answered after a quarter of the hour that was promised.
    assert (row["elapsed_seconds"], row["margin_seconds"], row["ratio"]) == (900, 2700, 0.25)


# Pages


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
def test_pages_joined_are_the_answer_whatever_is_added_meanwhile(journal: Journal, limit: int) -> None:
    journal.take(*(_opened(f"C{number}", MONDAY - number * MINUTE_US) for number in range(6)))
    paused = cloud_event("ticket.changed", "C3", MONDAY, "p", status="waiting")
    journal.take(paused)
    for question in (table.VERDICTS, table.DECISIONS, table.OBLIGATIONS, table.CASES, table.CLIENTS):
        whole = journal.rows(question)
        joined: list[dict[str, Any]] = []
        answer = journal.ask(question, limit=limit)
        while True:
            joined += answer["rows"]
            if answer["next"] is None:
                break
            if question in (table.VERDICTS, table.DECISIONS):
                number = journal.now
                journal.take(_opened(f"D{number}", MONDAY - DAY_US), at=number + 1)
            answer = journal.ask(question, limit=limit, cursor=answer["next"])
        if question is table.OBLIGATIONS:
            joined = [{**row, "left_seconds": None} for row in joined]
            whole = [{**row, "left_seconds": None} for row in whole]
        assert joined == whole


def test_a_long_answer_is_read_in_portions_up_to_its_limit(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.adapters.answers.answering.ROWS_A_PORTION", 2)
    journal.take(*(_opened(f"C{number}") for number in range(5)))
    assert [row["case"] for row in journal.rows(table.CASES)] == [f"C{number}" for number in range(5)]
    assert [row["case"] for row in journal.rows(table.CASES, limit=3)] == ["C0", "C1", "C2"]


def test_a_cursor_of_another_question_is_refused(journal: Journal) -> None:
    journal.take(_opened("A"), _opened("B"))
    cursor = journal.ask(table.VERDICTS, limit=1)["next"]
    with pytest.raises(UnreadableCursor, match="something else"):
        journal.ask(table.VERDICTS, cursor=cursor, client="acme")
    with pytest.raises(UnreadableCursor, match="no cursor"):
        journal.ask(table.VERDICTS, cursor="AAAA")


def test_a_forged_cursor_is_refused(journal: Journal) -> None:
    journal.take(_opened("A"), _opened("B"))
    asked = journal._asked(table.CASES, None, {"limit": 1})
    with journal.store._engine.connect() as connection:
        cursor = ask(connection, asked).next
    assert cursor is not None
    for values in ((7,), ("A", "B")):
        with pytest.raises(UnreadableCursor):
            journal.ask(table.CASES, cursor=cursor.moved(0, values).written())


def test_an_answer_stands_as_of_the_instant_its_first_page_did(journal: Journal) -> None:
    journal.take(_opened("A"), _opened("B"))
    first = journal.ask(table.VERDICTS, limit=1)
    journal.take(_opened("C"))
    assert journal.ask(table.VERDICTS, limit=1, cursor=first["next"])["as_of"] == first["as_of"]
    assert parse_instant("2026-03-02T09:00:00Z") < first["as_of"] < journal.ask(table.VERDICTS)["as_of"]

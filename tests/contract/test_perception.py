"""The client's word beside the record, asked of the journal on every database, as of any recorded instant."""

from __future__ import annotations

from typing import Any, Final

import pytest

from monitor.adapters.journal.location import Location
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs, format_instant
from monitor.testing import BOOK, MONDAY, arrivals, cloud_event, judge_what_is_left
from monitor.wire.questions import table
from tests.contract.growing import GrowingJournal, cut, on_each_database

CLIENTS: Final = ("alto", "brix", "cove", "dune", "echo")
RATED: Final = BOOK.replace(
    "clients:\n", "clients:\n" + "".join(f"  {name}: {{tier: silver}}\n" for name in CLIENTS)
) + (
    "grades: [trainee, senior]\n"
    "staff:\n"
    "  Ann: {grade: senior, team: desk, joined: 2020-01-01}\n"
    "  Bea: {grade: trainee, team: desk, joined: 2026-01-01}\n"
)


class Journal(GrowingJournal):
    """A journal that grows, and can be asked."""

    def __init__(self, database: Location) -> None:
        super().__init__(database, RATED, MONDAY)

    def take(self, *events: bytes, at: InstantUs) -> None:
        self.now = at
        self.point.take(arrivals(events), at)
        judge_what_is_left(self.point, at)

    def case(self, client: str, opened: InstantUs, *, late: bool, score: float | None, by: str = "Ann") -> str:
        """A case answered after half an hour, or after two where an hour was promised; resolved at once, and scored then."""
        case = f"{client}-{self.next_number()}"
        answered = opened + (2 * HOUR_US if late else 30 * MINUTE_US)
        events = [
            cloud_event("email.received", case, opened, f"{case}.1", client=client),
            cloud_event("email.sent", case, answered, f"{case}.2", author=by),
            cloud_event("ticket.resolved", case, answered + MINUTE_US, f"{case}.3"),
        ]
        if score is not None:
            events.append(self.rated(case, answered + HOUR_US, score=score, scale="1-5"))
        self.take(*events, at=answered + DAY_US)
        return case

    def rated(self, case: str, at: InstantUs, **data: Any) -> bytes:
        return cloud_event(
            "satisfaction.recorded", case, at, f"{case}.r{self.next_number()}", source="/surveys", **data
        )


journal = on_each_database(Journal)


def test_those_whose_word_and_record_disagree_come_first(journal: Journal) -> None:
    for number in range(8):
        journal.case("alto", journal.now + MINUTE_US, late=True, score=5)
        journal.case("echo", journal.now + MINUTE_US, late=False, score=1)
        journal.case("dune", journal.now + MINUTE_US, late=number % 4 == 0, score=4)
    # A late case breaks its first response and keeps its resolution in 24 hours: alto 8 of 16, echo 16 of 16, dune 14 of 16.
    # The others of alto: 30 of 32 kept, scores (0 + 0.75) / 2; of echo: 22 of 32, (1 + 0.75) / 2; of dune: 24 of 32, 1/2.
    # Wilson's upper ends: of 8 of 16 0.72, below alto's others' 0.9375; of 0 of 8 z^2 / (8 + z^2) = 0.324, below echo's 0.875.
    rows = journal.rows(table.PERCEPTION)
    columns = ("client", "disagreement", "gap", "scores", "score", "kept", "broken", "share", "grades")
    assert cut(rows, *columns) == [
        ("echo", "record better", round((1 - 0.6875) - (0 - 0.875), 6), 8, 0.0, 16, 0, 1.0, "senior 8"),
        ("alto", "word better", round((0.5 - 0.9375) - (1 - 0.375), 6), 8, 1.0, 8, 8, 0.5, "senior 8"),
        ("dune", "none seen", round((0.875 - 0.75) - (0.75 - 0.5), 6), 8, 0.75, 14, 2, 0.875, "senior 8"),
    ]
    assert rows[0]["score_upper"] == pytest.approx(3.8414588 / 11.8414588, abs=1e-6)
    # Whichever rows are shown, everybody was compared.
    assert cut(journal.rows(table.PERCEPTION, client="echo"), "disagreement", "share_of_others") == [
        ("record better", 0.6875)
    ]


def test_one_word_may_be_chance_and_who_is_alone_is_compared_with_nobody(journal: Journal) -> None:
    journal.case("alto", MONDAY, late=False, score=1)
    (row,) = journal.rows(table.PERCEPTION)
    assert (row["gap"], row["disagreement"], row["score"], row["share"]) == (None, None, 0.0, 1.0)
    journal.case("echo", journal.now, late=False, score=4)
    assert {row["disagreement"] for row in journal.rows(table.PERCEPTION)} == {"none seen"}


def test_what_can_not_be_is_left_out_and_scales_are_never_mixed_raw(journal: Journal) -> None:
    case = journal.case("alto", MONDAY, late=False, score=None)
    later = MONDAY + 2 * HOUR_US
    journal.take(
        journal.rated(case, later, score=10, scale="nps"),
        journal.rated(case, later, score=3, scale="1-5"),
        journal.rated(case, later + 1_000, words="Fine, but dear."),
        journal.rated(case, later, score=6, scale="1-5"),
        journal.rated(case, later, score=6),
        journal.rated(case, later),
        journal.rated(case, MONDAY - HOUR_US, score=1, scale="1-5"),
        cloud_event("satisfaction.recorded", "nowhere", later, "n1", client="alto", score=1, scale="1-5"),
        at=journal.now + DAY_US,
    )
    (row,) = journal.rows(table.PERCEPTION)
    left_out = [row[f"left_out_{why}"] for why in ("off_scale", "no_scale", "empty", "before_contact", "no_contact")]
    assert left_out == [1, 1, 1, 1, 1]
    # (1 + 1/2) / 2, and not (10 + 3) / 2 of anything.
    assert (row["scores"], row["score"], row["in_words"], row["last_words"]) == (2, 0.75, 1, "Fine, but dear.")


def test_an_answer_as_of_an_instant_stays_what_it_was(journal: Journal) -> None:
    case = journal.case("alto", MONDAY, late=False, score=5)
    then = journal.now
    journal.take(journal.rated(case, MONDAY + 3 * HOUR_US, score=1, scale="1-5"), at=then + DAY_US)
    assert cut(journal.rows(table.PERCEPTION), "scores", "score") == [(2, 0.5)]
    assert cut(journal.rows(table.PERCEPTION, as_of=format_instant(then)), "scores", "score") == [(1, 1.0)]


def test_each_case_has_its_own_word_beside_its_own_record(journal: Journal) -> None:
    first = journal.case("alto", MONDAY, late=True, score=2, by="Bea")
    journal.case("alto", MONDAY, late=False, score=None)
    rows = journal.rows(table.PERCEPTION, by="case")
    assert cut(rows, "case", "score", "kept", "broken", "grades") == [(first, 0.25, 1, 1, "trainee 1")]


def test_a_word_about_a_case_that_was_merged_is_about_the_one_it_went_on_in(journal: Journal) -> None:
    journal.take(
        cloud_event("email.received", "A", MONDAY, "A1", client="alto"),
        cloud_event("email.received", "B", MONDAY + 1_000, "B1", client="alto"),
        cloud_event("ticket.merged", "B", MONDAY + 2_000, "B2", into="A"),
        journal.rated("B", MONDAY + HOUR_US, score=5, scale="1-5"),
        at=MONDAY + DAY_US,
    )
    assert cut(journal.rows(table.PERCEPTION, by="case"), "case", "score") == [("A", 1.0)]


def test_what_goes_with_the_score_is_seen_and_what_does_not_is_not(journal: Journal) -> None:
    # Twelve late cases by a trainee score 1 or 2, twelve in time by a senior score 4 or 5; nothing is ever handed on.
    for number in range(24):
        late = number % 2 == 0
        score = (1 if late else 4) + number // 2 % 2
        journal.case("alto", MONDAY + number * MINUTE_US, late=late, score=score, by="Bea" if late else "Ann")
    found = {row["factor"]: row for row in journal.rows(table.RELATIONS)}
    assert {factor: row["relation"] for factor, row in found.items()} == {
        "breaches": "lower with it",
        "handoffs": "too little evidence",  # it never differs
        "grade": "higher with it",
        "tenure": "higher with it",
    }
    # Ranks of the score: 6 of each, 3.5, 9.5, 15.5, 21.5; of the breaches 6.5 and 18.5, twelve each. The middle is 12.5:
    # together 12 * (6 * 9 + 6 * 3) = 864, the squares 24 * 36 = 864 and 12 * (81 + 9) = 1,080; 864 / sqrt(864 * 1,080) = sqrt 0.8.
    assert found["breaches"]["spearman"] == pytest.approx(-(0.8**0.5), abs=1e-6)
    assert (found["breaches"]["cases"], found["breaches"]["left_out"]) == (24, 0)


def test_few_cases_are_too_little_evidence_in_each_period_by_itself(journal: Journal) -> None:
    for number in range(3):
        journal.case("alto", MONDAY + number * DAY_US * 31, late=False, score=5)
    rows = journal.rows(table.RELATIONS, each="month")
    assert {(row["period"], row["relation"], row["cases"]) for row in rows} == {
        (month, "too little evidence", 1) for month in ("2026-03", "2026-04", "2026-05")
    }


def test_an_empty_journal_has_nobodys_word(journal: Journal) -> None:
    assert journal.rows(table.PERCEPTION) == []
    assert {row["relation"] for row in journal.rows(table.RELATIONS)} == {"too little evidence"}

"""Scores on their own scales, worked by heart; where a client's word stands beside its record."""

from __future__ import annotations

from typing import Final

import pytest

from monitor.domain.facts.events import Rated
from monitor.domain.figures.disagreement import Disagreement, disagreement, gap
from monitor.domain.figures.proportion import estimate
from monitor.domain.figures.satisfaction import LeftOut, Word, placed


@pytest.mark.parametrize(
    ("score", "scale", "place"),
    [
        (10, "nps", 1.0),
        (5, " NPS ", 0.5),
        (4, "csat", 0.75),
        (4, "1-5", 0.75),
        (1, "1 \u2013 7", 0.0),
        (1, "6-1", 1.0),  # German school marks: 1 is the best
        (2, "6..1", 0.8),
        (-1, "-2 to 2", 0.25),
        (80, "percent", 0.8),
        (2.5, "0-10", 0.25),
    ],
)
def test_a_score_stands_between_the_worst_and_the_best_of_its_own_scale(score: float, scale: str, place: float) -> None:
    assert placed(Rated(score, scale, None), 5, 1) == pytest.approx(place)


@pytest.mark.parametrize(
    ("rated", "at", "opened_at", "why"),
    [
        (Rated(4, "1-5", None), 5, None, LeftOut.NO_CONTACT),
        (Rated(4, "1-5", None), 5, 6, LeftOut.BEFORE_CONTACT),
        (Rated(4, None, None), 5, 1, LeftOut.NO_SCALE),
        (Rated(4, "smileys", None), 5, 1, LeftOut.NO_SCALE),
        (Rated(4, "3-3", None), 5, 1, LeftOut.NO_SCALE),
        (Rated(0, "1-5", None), 5, 1, LeftOut.OFF_SCALE),
        (Rated(11, "nps", None), 5, 1, LeftOut.OFF_SCALE),
        (Rated(7, "6-1", None), 5, 1, LeftOut.OFF_SCALE),
        (Rated(None, "1-5", "  "), 5, 1, LeftOut.EMPTY),
    ],
)
def test_what_can_not_be_is_left_out_and_counted(rated: Rated, at: int, opened_at: int | None, why: LeftOut) -> None:
    assert placed(rated, at, opened_at) is why
    word = Word()
    word.add(rated, at, why)
    assert (word.scores, word.mean.value, word.left_out[why]) == (0, None, 1)


def test_words_alone_are_no_score() -> None:
    word = Word()
    for at, rated in ((3, Rated(5, "1-5", "quick")), (7, Rated(None, None, "too late")), (5, Rated(2, "1-5", None))):
        word.add(rated, at, placed(rated, at, 1))
    assert (word.scores, word.in_words, word.last_words, word.last_at) == (2, 1, "too late", 7)
    assert word.mean.value == pytest.approx((1.0 + 0.25) / 2)


OTHERS: Final = (0.85, 0.75)
"""The share kept and the mean score of all others together."""


@pytest.mark.parametrize(
    ("kept", "counted", "total", "scores", "expected"),
    [
        (60, 70, 6.0, 30, Disagreement.RECORD_BETTER),  # 0.86 kept; scores 0.2, up to 0.37
        (35, 70, 24.0, 30, Disagreement.WORD_BETTER),  # 0.5 kept, up to 0.61; scores 0.8
        (35, 70, 6.0, 30, Disagreement.NONE),  # worse by both
        (60, 70, 24.0, 30, Disagreement.NONE),
        (1, 1, 0.0, 1, Disagreement.NONE),  # one score of 0 may be chance: up to 0.79
        (0, 0, 6.0, 30, None),
        (60, 70, 0.0, 0, None),
    ],
)
def test_who_is_surely_worse_off_by_one_and_not_by_the_other_disagrees(
    kept: int, counted: int, total: float, scores: int, expected: Disagreement | None
) -> None:
    # Wilson: (p + z^2/2n + z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n), with z = 1.96.
    assert disagreement(estimate(kept, counted), estimate(total, scores), OTHERS) is expected


def test_a_gap_is_how_much_more_the_word_lies_below_the_others_than_the_record() -> None:
    # (0.8 - 0.85) - (0.2 - 0.75) = 0.5
    assert gap(estimate(8, 10), estimate(2.0, 10), OTHERS) == pytest.approx(0.5)
    assert gap(estimate(8, 10), estimate(2.0, 10), (None, None)) is None

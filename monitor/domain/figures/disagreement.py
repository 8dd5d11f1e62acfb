"""Where the client's word and the firm's record disagree: who is surely worse off than the others by one and not by the other.

A mean score and a share kept are on no common scale. So each is held against that of all others together, and only a
difference that its interval does not cover is one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from monitor.domain.figures.proportion import Estimate


class Disagreement(StrEnum):
    """Which of the two is better than the other."""

    RECORD_BETTER = "record better"
    """Less satisfied than the others, and not served worse."""
    WORD_BETTER = "word better"
    """Served worse than the others, and not less satisfied."""
    NONE = "none seen"


class Sum(NamedTuple):
    """Values from 0 to 1 added up."""

    total: float = 0.0
    number: int = 0

    def __sub__(self, other: Sum) -> Sum:
        return Sum(self.total - other.total, self.number - other.number)

    @property
    def mean(self) -> float | None:
        """None where there are none."""
        return self.total / self.number if self.number else None


def gap(record: Estimate, word: Estimate, others: tuple[float | None, float | None]) -> float | None:
    """How much more the word lies below that of the `others` than the record below theirs, (record, word), from -2 to 2."""
    if record.value is None or word.value is None or others[0] is None or others[1] is None:
        return None
    return (record.value - others[0]) - (word.value - others[1])


def disagreement(record: Estimate, word: Estimate, others: tuple[float | None, float | None]) -> Disagreement | None:
    """What record and word say beside those of the others, (record, word); None where one of the four is not known."""
    if record.upper is None or word.upper is None or others[0] is None or others[1] is None:
        return None
    is_served_worse, is_less_satisfied = record.upper < others[0], word.upper < others[1]
    if is_served_worse == is_less_satisfied:
        return Disagreement.NONE
    return Disagreement.WORD_BETTER if is_served_worse else Disagreement.RECORD_BETTER

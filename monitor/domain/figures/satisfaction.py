"""What clients said of how satisfied they are: each score put on the range of its own scale, or left out and counted.

Scores of different scales are never added up as they are. A score becomes its place between the worst, 0, and the best, 1,
of the scale that it was given on. What can't be placed is left out, by why; it is nowhere counted as 0.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from monitor.domain.facts.events import Rated
from monitor.domain.figures.proportion import Estimate, estimate
from monitor.domain.hours.instant import InstantUs

_NAMED: Final = {
    "nps": (0.0, 10.0),
    "csat": (1.0, 5.0),
    "stars": (1.0, 5.0),
    "ces": (1.0, 7.0),
    "percent": (0.0, 100.0),
    "%": (0.0, 100.0),
}
"""The worst and the best of scales that are known by name."""
_NUMBER: Final = r"([-+]?\d{1,9}(?:\.\d{1,9})?)"
_RANGE: Final = re.compile(rf"{_NUMBER}\s*(?:-|\u2013|\.\.|to)\s*{_NUMBER}")


class LeftOut(StrEnum):
    """Why a score says nothing."""

    BEFORE_CONTACT = "before_contact"
    """It was given before the case it is about had begun."""
    NO_CONTACT = "no_contact"
    """Its case never began, as far as anybody told."""
    NO_SCALE = "no_scale"
    """Nobody said out of what it is, or not so that it can be read."""
    OFF_SCALE = "off_scale"
    """It lies outside its own scale."""
    EMPTY = "empty"
    """There is neither a score nor a word."""


def bounds_of(scale: str | None) -> tuple[float, float] | None:
    """(worst, best) of a scale: one known by name, or the two as they are written, `1-5`, or `6-1` where 1 is the best."""
    text = (scale or "").strip().casefold()
    if text in _NAMED:
        return _NAMED[text]
    found = _RANGE.fullmatch(text)
    if found is None:
        return None
    worst, best = float(found[1]), float(found[2])
    return None if worst == best else (worst, best)


def placed(rated: Rated, at: InstantUs, opened_at: InstantUs | None) -> float | LeftOut | None:
    """Where a score given at an instant stands between the worst, 0, and the best, 1; why it is left out; None where the
    client only said something in words. `opened_at` is when its case began, None where it never did."""
    if rated.score is None and not (rated.words or "").strip():
        return LeftOut.EMPTY
    if opened_at is None:
        return LeftOut.NO_CONTACT
    if at < opened_at:
        return LeftOut.BEFORE_CONTACT
    if rated.score is None:
        return None
    bounds = bounds_of(rated.scale)
    if bounds is None:
        return LeftOut.NO_SCALE
    place = (rated.score - bounds[0]) / (bounds[1] - bounds[0])
    return place if 0 <= place <= 1 else LeftOut.OFF_SCALE


@dataclass(slots=True)
class Word:
    """What was said about several cases, or several times about one."""

    scores: int = 0
    total: float = 0.0
    in_words: int = 0
    """How often something was said in words and without a score."""
    left_out: Counter[LeftOut] = field(default_factory=Counter)
    last_at: InstantUs | None = None
    last_words: str | None = None
    """The last words there are, and when they were said."""

    def add(self, rated: Rated, at: InstantUs, place: float | LeftOut | None) -> None:
        """Adds what was said at an instant, as `placed` has it."""
        if isinstance(place, LeftOut):
            self.left_out[place] += 1
            return
        if place is None:
            self.in_words += 1
        else:
            self.scores += 1
            self.total += place
        if rated.words and (self.last_at is None or at >= self.last_at):
            self.last_at, self.last_words = at, rated.words

    @property
    def mean(self) -> Estimate:
        """The mean place of the scores, with how sure one can be of it."""
        return estimate(self.total, self.scores)

"""What may be promised of the people who do the work: how senior they are, and how often a case changes hands."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from monitor.domain.hours.instant import DAY_US, InstantUs
from monitor.domain.hours.local_time import date_of_day, day_of_date, instant_of, local_of, zone_named
from monitor.domain.hours.period import PeriodKind
from monitor.domain.hours.target import WorkingDuration
from monitor.domain.number import plain_number_of


@dataclass(frozen=True, slots=True)
class HandoffLimits:
    """How often a case may change hands at the most; None where nothing is said of it."""

    at_most: int | None = None
    """Hand-offs in a case."""
    returns: int | None = None
    """Hand-offs to somebody who had it before."""
    transfers: int | None = None
    """How often one call is put through."""
    one_owner: bool = False
    """Whether one person has the case from beginning to end."""
    without_holder: WorkingDuration | None = None
    """The longest working time in which neither a person nor a team has it."""
    counts_inside_team: bool = True
    """Whether also those count that are not known to go from one team to another."""
    heeds_everything: bool = field(init=False)
    """Whether it makes a difference also who has the case while that is not handed on; usually not, known in advance."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "heeds_everything", self.one_owner or self.without_holder is not None)

    @property
    def absence(self) -> str:
        """What is wrong where nobody had a case for longer than that, in words; empty where nothing is said of it."""
        limit = self.without_holder
        return "" if limit is None else f"nobody had it for longer than the {limit.describe()} promised"


class Measure(StrEnum):
    """What a share of the work is a share of."""

    MINUTES = "minutes"
    TOUCHES = "touches"


class Tenure(NamedTuple):
    """A time with the firm in calendar units: six months from 31 August end in February, whatever their days."""

    number: int
    unit: str
    """`day`, `week`, `month` or `year`."""

    def reached_at(self, joined_at: InstantUs, zone: str) -> InstantUs:
        """The beginning of the local date on which somebody who joined then has been there so long."""
        place = zone_named(zone)
        joined = date_of_day(local_of(joined_at, place) // DAY_US)
        return instant_of(day_of_date(self._after(joined)) * DAY_US, place)

    def is_shorter_than(self, other: Tenure) -> bool:
        """Whether it is shorter whenever both begin together: a month is taken as 28 to 31 days, a year as 365 or 366."""
        if self.unit in _MONTHS and other.unit in _MONTHS:
            return self.number * _MONTHS[self.unit] < other.number * _MONTHS[other.unit]
        return self.number * _LONGEST_DAYS[self.unit] < other.number * _SHORTEST_DAYS[other.unit]

    def _after(self, joined: date) -> date:
        if self.unit in _DAYS:
            return joined + timedelta(days=self.number * _DAYS[self.unit])
        months = joined.month - 1 + self.number * (12 if self.unit == "year" else 1)
        year, month = joined.year + months // 12, months % 12 + 1
        return date(year, month, min(joined.day, monthrange(year, month)[1]))

    def __str__(self) -> str:
        return plain_number_of(self.number, self.unit)


_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}
_SHORTEST_DAYS = _DAYS | {"month": 28, "year": 365}
_LONGEST_DAYS = _DAYS | {"month": 31, "year": 366}


@dataclass(frozen=True, slots=True)
class AttendTerms:
    """Who of the firm comes to a meeting; each condition that is set must hold."""

    people: tuple[str, ...] | None = None
    is_one_enough: bool = False
    """Whether one of `people` will do; otherwise all of them come."""
    at_least: str | None = None
    """The lowest grade."""
    is_one_grade_enough: bool = False
    """Whether one who comes must have that grade; otherwise everybody who comes."""
    as_invited: bool = False
    """Whether everybody comes who was announced to the client."""

    @property
    def words(self) -> str:
        """What was promised, in words."""
        return ", ".join(self._described())

    def _described(self) -> Iterator[str]:
        if self.people is not None:
            yield (" or " if self.is_one_enough else " and ").join(self.people)
        if self.at_least is not None:
            yield f"{'somebody of' if self.is_one_grade_enough else 'nobody below'} the grade {self.at_least}"
        if self.as_invited:
            yield "everybody who was announced"


@dataclass(frozen=True, slots=True)
class Substitution:
    """When somebody else may stand in: each condition that is set must hold, unless one is enough."""

    told_first: bool = False
    """The client was told before."""
    equal_grade: bool = False
    """They are of at least the grade of somebody who was promised."""
    is_one_enough: bool = False

    @property
    def words(self) -> str:
        """Who else may do the work, in words; empty where nobody may."""
        told = " if the client was told first" if self.told_first else ""
        if not self.equal_grade:
            return f"or others{told}" if told else ""
        return f"or others of at least equal grade{', or any' if told and self.is_one_enough else ''}{told}"


@dataclass(frozen=True, slots=True)
class SeniorityTerms:
    """Who does the work; each condition that is set must hold of whoever does something."""

    at_least: str | None = None
    """The lowest grade."""
    people: tuple[str, ...] | None = None
    tenure: Tenure | None = None
    share_millionths: int = 1_000_000
    """How much of the work they do at least; all of it breaks at the first touch that is not theirs."""
    measure: Measure = Measure.MINUTES
    substitution: Substitution | None = None
    zone: str = "UTC"
    """Where a time with the firm begins and ends."""
    over: PeriodKind | None = None
    """Over which periods the share is reckoned, for all the client's cases together; None for each case by itself."""
    is_of_everything: bool = field(init=False)
    counts_minutes: bool = field(init=False)
    """Whether it is the length of what was done that counts, and not that it was."""
    is_of_grade_alone: bool = field(init=False)
    """Whether a grade says it all: the usual case, known in advance."""
    decisive_grade: str | None = field(init=False)
    """The grade that makes whatever somebody does as promised; None where there is more to it, or it is added up."""
    words: str = field(init=False)
    """What was promised, in words."""

    def __post_init__(self) -> None:
        is_alone = self.at_least is not None and (self.people, self.tenure, self.substitution) == (None, None, None)
        is_of_everything = self.share_millionths == MILLION
        object.__setattr__(self, "is_of_everything", is_of_everything)
        object.__setattr__(self, "counts_minutes", self.measure is Measure.MINUTES and not is_of_everything)
        object.__setattr__(self, "is_of_grade_alone", is_alone)
        object.__setattr__(self, "decisive_grade", self.at_least if is_alone and is_of_everything else None)
        object.__setattr__(self, "words", ", ".join(self._described()))

    def _described(self) -> Iterator[str]:
        if not self.is_of_everything:
            each = "" if self.over is None else f" each {self.over.value}"
            yield f"{percent(self.share_millionths, MILLION)} of the {self.measure.value}{each}"
        if self.people is not None:
            yield "by " + " or ".join(self.people)
        if self.at_least is not None:
            yield f"at least {self.at_least}"
        if self.tenure is not None:
            yield f"at least {self.tenure} with the firm"
        if self.substitution is not None and self.substitution.words:
            yield self.substitution.words


MILLION = 1_000_000


def percent(part: int, whole: int) -> str:
    """A share in percent, to the tenth below, so that what is short of a promise never looks like it."""
    tenths = part * 1_000 // whole
    return f"{tenths // 10}.{tenths % 10} %" if tenths % 10 else f"{tenths // 10} %"

"""The kinds of promises in the book that are about people, a model for each: who comes, who does the work, through how many hands."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

from pydantic import Field

from monitor.domain.hours.period import PeriodKind
from monitor.domain.hours.target import Target, WorkingDuration, parse_target
from monitor.domain.promises.promise import Kind
from monitor.domain.promises.promised_people import (
    MILLION,
    AttendTerms,
    HandoffLimits,
    Measure,
    SeniorityTerms,
    Substitution,
)
from monitor.domain.promises.promised_shares import ShareTerms
from monitor.wire.book.promise_base import KIND, Misfit, PromiseEntry, Shared
from monitor.wire.book.values import Count, Duration, Entry, Name, Names, Switch, TenureText
from monitor.wire.written.amounts import Share, TargetText


class Over(StrEnum):
    """Over what the share of the work is reckoned."""

    CASE = "case"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def period(self) -> PeriodKind | None:
        """The kind of period; None for each case by itself."""
        return None if self is Over.CASE else PeriodKind(self.value)


class Of(StrEnum):
    """What a share of `seniority` is a share of."""

    MINUTES = "minutes"
    TOUCHES = "touches"
    CASES = "cases"


class InsideTeam(StrEnum):
    """Whether a hand-off between two people of one team is one."""

    COUNT = "count"
    IGNORE = "ignore"


class Who(StrEnum):
    """Of whom at a meeting something must be true."""

    EVERYBODY = "everybody"
    SOMEBODY = "somebody"


class Attend(Shared):
    """Who comes to meetings."""

    kind: Literal[Kind.ATTEND] = Field(description=KIND)
    people: Names | None = Field(None, description="The people who were promised, as `staff` names them.")
    of_people: Who = Field(Who.EVERYBODY, description="Whether all of `people` come, or one of them will do.")
    at_least: Name | None = Field(None, description="The lowest grade of whoever comes.")
    of_grade: Who = Field(
        Who.EVERYBODY, description="Whether everybody who comes has that grade or a higher one, or one who comes."
    )
    as_invited: Switch = Field(default=False, description="Everybody comes who was announced when it was arranged.")
    told_within: TargetText = Field(
        "1 business day",
        description="How long after a meeting was to be held it may be told who came; then it is not known.",
    )

    def target(self) -> Target | None:
        return parse_target(self.told_within)

    def misfits(self) -> Iterator[Misfit]:
        yield from super().misfits()
        if self.people is None and self.at_least is None and not self.as_invited:
            yield Misfit("", "neither people nor a grade nor `as_invited`", "`people`, `at_least` or `as_invited`")
        if "of_people" in self.model_fields_set and self.people is None:
            yield Misfit("of_people", f"{self.of_people} without people", "`people` beside it")
        if "of_grade" in self.model_fields_set and self.at_least is None:
            yield Misfit("of_grade", f"{self.of_grade} without a grade", "`at_least` beside it")

    def terms(self) -> AttendTerms:
        """Who comes, in the domain's words."""
        return AttendTerms(
            people=self.people,
            is_one_enough=self.of_people is Who.SOMEBODY,
            at_least=self.at_least,
            is_one_grade_enough=self.of_grade is Who.SOMEBODY,
            as_invited=self.as_invited,
        )


class SubstitutionEntry(Entry):
    """When somebody else may do the promised person's work."""

    told_first: Switch = Field(default=False, description="Only if the client was told beforehand.")
    equal_grade: Switch = Field(default=False, description="Only by somebody of at least the same grade.")
    either: Switch = Field(default=False, description="One of the two will do; else both must hold where both are set.")

    @property
    def terms(self) -> Substitution:
        """The same in the domain's words."""
        return Substitution(self.told_first, self.equal_grade, self.either)


class Seniority(PromiseEntry):
    """Who does the work."""

    kind: Literal[Kind.SENIORITY] = Field(description=KIND)
    at_least: Name | None = Field(None, description="The lowest grade that was promised.")
    people: Names | None = Field(None, description="The people who were promised, as `staff` names them.")
    tenure: TenureText | None = Field(None, description="How long they are with the firm at least: `6 months`.")
    share: Share = Field(1.0, description="What share of the work they do; all of it if left out.")
    of: Of = Field(
        Of.MINUTES, description="What the share is a share of: the work, or the cases in which they did all of it."
    )
    over: Over = Field(Over.CASE, description="Over what the share is reckoned.")
    substitution: SubstitutionEntry | None = Field(
        None, description="When somebody else may stand in; never if left out."
    )

    def misfits(self) -> Iterator[Misfit]:
        yield from super().misfits()
        if self.at_least is None and self.people is None and self.tenure is None:
            yield Misfit("", "no grade, people or tenure", "`at_least`, `people` or `tenure`")
        if "of" in self.model_fields_set and self.share == 1.0:
            yield Misfit("of", f"{self.of} without a share", "`share` beside it, e.g. 60%")
        if self.of is Of.CASES and self.over is Over.CASE:
            yield Misfit("of", "cases of one case", "`over` beside it, e.g. month")
        if self.over is not Over.CASE and self.share == 1.0:
            found = f"{self.over} without a share"
            yield Misfit(
                "over", found, "`share` beside it, e.g. 60%, or `over` left out: all of the work is judged by case"
            )

        if self.substitution is not None:
            yield from self._misfits_of(self.substitution)

    def _misfits_of(self, substitution: SubstitutionEntry) -> Iterator[Misfit]:
        if substitution.either and not (substitution.told_first and substitution.equal_grade):
            yield Misfit("substitution.either", "one condition", "`told_first` and `equal_grade` beside it")
        if substitution.equal_grade and self.people is None and self.at_least is None:
            expected = "`people` or `at_least` beside it, whose grade is meant"
            yield Misfit("substitution.equal_grade", "no grade to be equal to", expected)

    def terms(self, zone: str) -> SeniorityTerms:
        """What was promised, in the domain's words: of a share of cases, what is judged in each."""
        is_of_work = self.of is not Of.CASES
        return SeniorityTerms(
            at_least=self.at_least,
            people=self.people,
            tenure=self.tenure,
            share_millionths=round(self.share * MILLION) if is_of_work else MILLION,
            measure=Measure(self.of.value) if is_of_work else Measure.TOUCHES,
            substitution=None if self.substitution is None else self.substitution.terms,
            zone=zone,
            over=self.over.period if is_of_work else None,
        )

    def share_terms(self) -> ShareTerms | None:
        """The share of cases in the domain's words; None where there is none."""
        period = self.over.period
        if self.of is not Of.CASES or period is None:
            return None
        return ShareTerms(round(self.share * MILLION), period)


class Handoffs(Shared):
    """How often the client's matter may change hands."""

    kind: Literal[Kind.HANDOFFS] = Field(description=KIND)
    at_most: Count | None = Field(None, description="The most hand-offs from one holder to another in a case.")
    returns: Count | None = Field(None, description="The most times a case comes back to somebody who had it before.")
    transfers: Count | None = Field(None, description="The most times a call is put through.")
    one_owner: Switch = Field(default=False, description="One person has the case from beginning to end.")
    without_holder: Duration | None = Field(None, description="The longest working time in which nobody has the case.")
    inside_team: InsideTeam = Field(
        InsideTeam.COUNT, description="Whether hand-offs other than from one team to another count."
    )

    def misfits(self) -> Iterator[Misfit]:
        yield from super().misfits()
        limits = (self.at_most, self.returns, self.transfers, self.without_holder)
        if not self.one_owner and all(limit is None for limit in limits):
            yield Misfit("", "no limit", "`at_most`, `returns`, `transfers`, `without_holder` or `one_owner`")

    def limits(self) -> HandoffLimits:
        """What was promised, in the domain's words."""
        lying_about = self.without_holder
        return HandoffLimits(
            at_most=self.at_most,
            returns=self.returns,
            transfers=self.transfers,
            one_owner=self.one_owner,
            without_holder=None if lying_about is None else WorkingDuration(lying_about),
            counts_inside_team=self.inside_team is InsideTeam.COUNT,
        )

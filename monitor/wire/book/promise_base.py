"""What promises of several kinds may say in the book: whom, when, how long, and how the clock behaves.

The kinds themselves are in `promises`. `misfits` names what is wrong between two keys of one promise; what is
wrong between promises is for `checks` and `conflicts`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final, NamedTuple

from pydantic import Field

from monitor.domain.hours.period import PeriodKind
from monitor.domain.hours.target import BusinessDays, DayRule, Target, WorkingDuration, parse_target
from monitor.domain.promises.clock_rules import OnChange, PauseCount, Reopen
from monitor.domain.promises.promise import Answer, Kind
from monitor.domain.promises.promised_people import MILLION
from monitor.domain.promises.promised_shares import ShareTerms
from monitor.wire.book.values import (
    Answers,
    Channels,
    Day,
    Entry,
    Name,
    Names,
    Pauses,
    Switch,
    Warnings,
    Words,
)
from monitor.wire.written.amounts import Share, TargetText

KIND: Final = "What sort of thing is promised; it decides which other keys there are."


class Misfit(NamedTuple):
    """Two keys of one entry that contradict each other; `key` is the one to look at first."""

    key: str
    found: str
    expected: str


class Whom(Entry):
    """Who the promise was made to: one client or one tier."""

    client: Name | None = Field(None, description="The client it was made to, as `clients` names it.")
    tier: Name | None = Field(None, description="The tier it was made to: every client of that tier.")


class When(Entry):
    """Which cases it covers; several conditions must all hold, of one condition's values any."""

    priority: Names | None = Field(None, description="Only cases with one of these priorities.")
    channel: Channels | None = Field(None, description="Only cases that came in on one of these channels.")
    service: Names | None = Field(None, description="Only cases about one of these services.")
    tag: Names | None = Field(None, description="Only cases with at least one of these tags.")


class SaidEntry(Entry):
    """Who promised it, where, when and in which words."""

    by: Words | None = Field(None, description="Who said it.")
    on: Day | None = Field(None, description="The day it was said.")
    where: Words | None = Field(None, description="Where: the contract, letter or meeting.")
    words: Words | None = Field(None, description="The words themselves.")


class ScopedEntry(Entry):
    """What everything that is promised may say: for whom, for which cases, from when to when, in which hours."""

    id: Name = Field(description="The entry's own name; it appears in every report, so it must not change.")
    version: int = Field(1, ge=1, le=1_000_000, description="Counts up when the entry is changed.")
    since: Day | None = Field(None, alias="from", description="First day it governs; the book's `from` otherwise.")
    until: Day | None = Field(None, description="First day it no longer governs.")
    whom: Whom | None = Field(None, alias="for", description="Who it was made to; everybody if left out.")
    when: When = Field(When(), description="Which cases it covers; all if left out.")
    hours: Name | None = Field(None, description="The calendar its time is counted in; the book's `hours` otherwise.")

    def misfits(self) -> Iterator[Misfit]:
        """Keys of this entry that contradict each other."""
        if self.whom is not None and (self.whom.client is None) == (self.whom.tier is None):
            found = "neither a client nor a tier" if self.whom.client is None else "both a client and a tier"
            yield Misfit("for", found, "one of them, or `for` left out for everybody")


class PromiseEntry(ScopedEntry):
    """What every promise may say, whatever its kind."""

    pauses_by_default: ClassVar[bool] = False

    kind: Kind = Field(description="What sort of thing is promised.")
    said: SaidEntry | None = Field(None, description="Who promised it, where, when and in which words.")

    def target(self) -> Target | None:
        """What has to be done by when; None for kinds without a target of their own."""
        return None

    def expected_target(self) -> Target | None:
        """What the client believes the target to be; None where it is the target."""
        return None


class Shared(PromiseEntry):
    """A promise that may be kept in a share of cases, rather than in each one."""

    share: Share | None = Field(
        None, description="In how many of all cases it is to be kept; in every one if left out."
    )
    each: PeriodKind | None = Field(None, description="Over which period the share is reckoned; month if left out.")

    def misfits(self) -> Iterator[Misfit]:
        yield from super().misfits()
        if self.each is not None and self.share is None:
            yield Misfit("each", f"{self.each} without a share", "`share` beside it, e.g. 90%")

    def share_terms(self) -> ShareTerms | None:
        """The share in the domain's words; None where every case is to be kept."""
        if self.share is None:
            return None
        return ShareTerms(round(self.share * MILLION), self.each or PeriodKind.MONTH)


class Targeted(Shared):
    """A promise with a target: so much time and not more."""

    expected: TargetText | None = Field(None, description="What the client believes was promised, where it differs.")
    days: DayRule = Field(DayRule.SAME_TIME, description="At what time of the last day `business days` end.")
    roll_to_opening: Switch = Field(
        default=False, description="A target used up exactly at closing time falls due at the next opening."
    )
    warn: Warnings | None = Field(None, description="When to warn: after a share of the target, or a time before it.")

    def target_text(self) -> str:
        """The target as the book spells it."""
        raise NotImplementedError

    def target(self) -> Target | None:
        return self._read(self.target_text())

    def expected_target(self) -> Target | None:
        return None if self.expected is None else self._read(self.expected)

    def _read(self, text: str) -> Target:
        return parse_target(text, rule=self.days, roll_to_opening=self.roll_to_opening)

    def misfits(self) -> Iterator[Misfit]:
        yield from super().misfits()
        targets = (self.target(), self.expected_target())
        if "days" in self.model_fields_set and not any(isinstance(target, BusinessDays) for target in targets):
            yield Misfit("days", f"it beside {self.target_text()}", "a target in business days, or `days` left out")
        if self.roll_to_opening and not any(isinstance(target, WorkingDuration) for target in targets):
            yield Misfit("roll_to_opening", f"it beside {self.target_text()}", "a target in working time, e.g. 4h")


class Within(Targeted):
    """A targeted promise whose target is called `within`."""

    within: TargetText = Field(description="How long it may take: `4h`, `3 business days`, `3 days`.")

    def target_text(self) -> str:
        return self.within


class Clocked(PromiseEntry):
    """A promise whose clock belongs to a case, and meets the case's changes."""

    reopen: Reopen = Field(Reopen.RESUME, description="What happens to the clock when a closed case is opened again.")


class Running(Clocked):
    """A clock with a target of its own: it pauses, and follows the case's attributes."""

    pauses: Pauses | None = Field(None, description="Whether, or in which statuses, the clock stands still.")
    pause_counts: PauseCount = Field(PauseCount.BUSINESS, description="How a pause moves the due instant.")
    on_change: OnChange = Field(
        OnChange.FROM_START, description="What a change of priority, tier, service or tags does."
    )

    @property
    def pausing(self) -> bool | tuple[str, ...]:
        """`pauses`, or what the kind does by itself."""
        return self.pauses_by_default if self.pauses is None else self.pauses

    def misfits(self) -> Iterator[Misfit]:
        yield from super().misfits()
        if "pause_counts" in self.model_fields_set and not self.pausing:
            yield Misfit(
                "pause_counts", f"{self.pause_counts} on a clock that never pauses", "`pauses` beside it, e.g. true"
            )


class Contacts(PromiseEntry):
    """A promise that a contact with the client keeps."""

    channels: Channels | None = Field(None, description="Only contacts on these channels count.")
    authors: Names | None = Field(None, description="Only contacts by these people count.")


class Answered(Contacts):
    """A promise of an answer, and what counts as one."""

    answered_by: Answers = Field((Answer.CONTACT,), description="What counts as the answer.")

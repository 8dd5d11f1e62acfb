"""What may be promised of telephone calls: which of them the share answered in time is a share of, and who is called back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from monitor.domain.hours.instant import DurationUs


class Formula(StrEnum):
    """The five denominators of a call service level (semantics.md)."""

    ANSWERED = "answered"
    OFFERED = "offered"
    WITHOUT_SHORT_ABANDONS = "without_short_abandons"
    ABANDONS_WITHIN_MET = "abandons_within_met"
    WITHOUT_ABANDONS = "without_abandons"


class RungAgain(StrEnum):
    """What becomes of a callback that is owed when the client rings again and is answered."""

    RELEASED = "released"
    KEPT = "kept"
    STILL_OWED = "still_owed"


@dataclass(frozen=True, slots=True)
class CallbackTerms:
    """Which calls ask for a callback, besides those that were promised one in words."""

    voicemail: bool = True
    """A message on the answering machine does."""
    abandoned: bool = False
    """So does hanging up in a queue."""
    short_abandon: DurationUs = 0
    """Who hangs up sooner than this asks for none."""
    rung_again: RungAgain = RungAgain.RELEASED


class Credit(StrEnum):
    """What a call that nobody answered counts as."""

    MET = "met"
    MISSED = "missed"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class CallTerms:
    """How calls that were not answered are counted."""

    formula: Formula = Formula.WITHOUT_SHORT_ABANDONS
    short_abandon: DurationUs = 0
    """Who hangs up sooner than this does not count; for the formula that is named after it."""
    neither: Credit | None = None
    """What a call counts as that ended without anybody answering or hanging up; None: as the formula has it."""

    @property
    def leaves_out_abandons(self) -> bool:
        """Whether who hangs up never counts: then no wait can be said to be too long before somebody answers."""
        return self.formula in {Formula.ANSWERED, Formula.WITHOUT_ABANDONS}

    def of_abandon(self, wait: DurationUs, *, is_late: bool) -> Credit:
        """What a caller counts as who hung up after this wait; `is_late` where an answer would have been."""
        if self.leaves_out_abandons:
            return Credit.EXCLUDED
        if self.formula is Formula.ABANDONS_WITHIN_MET:
            return Credit.MISSED if is_late else Credit.MET
        is_short = self.formula is Formula.WITHOUT_SHORT_ABANDONS and wait < self.short_abandon
        return Credit.EXCLUDED if is_short else Credit.MISSED

    def of_neither(self) -> Credit:
        """What a call counts as that was neither answered nor abandoned: voicemail, or cut off."""
        if self.neither is not None:
            return self.neither
        is_left_out = self.formula in {Formula.ANSWERED, Formula.WITHOUT_SHORT_ABANDONS}
        return Credit.EXCLUDED if is_left_out else Credit.MISSED

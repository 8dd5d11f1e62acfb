"""How calls were served: counts pooled over any calls, and the share answered in time by each of the five formulas.

Shares are made of counts at the very end; percentages are never averaged, and where nothing counts there is no share.
A call counts by a formula once its wait is over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from monitor.domain.hours.instant import DurationUs, InstantUs
from monitor.domain.promises.promised_calls import CallTerms, Credit, Formula
from monitor.domain.work.calls import CallFacts, CallOutcome


class Limit(NamedTuple):
    """How long a call may wait: until `due`, included. `short_abandon` and `neither` are as a promise has them."""

    due: InstantUs
    short_abandon: DurationUs = 0
    neither: Credit | None = None


@dataclass(slots=True)
class CallService:
    """Calls counted together; each counts once, under the first outcome it had."""

    offered: int = 0
    """Those that were owed an answer."""
    outcomes: dict[CallOutcome, int] = field(default_factory=lambda: dict.fromkeys(CallOutcome, 0))
    """Of these."""
    waiting: int = 0
    """Of these, those whose wait was not over yet."""
    left_menu: int = 0
    """Those that were over before they were owed one."""
    within: int = 0
    """Answered in time."""
    short_abandons: int = 0
    unpromised: int = 0
    """Offered, and no time was named: these are in no share."""
    transfers: int = 0
    queued: int = 0
    """Those that joined a queue, and whose wait is over."""
    waited: DurationUs = 0
    """Their waits together."""
    longest_wait: DurationUs | None = None
    met: dict[Formula, int] = field(default_factory=lambda: dict.fromkeys(Formula, 0))
    counted: dict[Formula, int] = field(default_factory=lambda: dict.fromkeys(Formula, 0))

    def add(self, call: CallFacts, limit: Limit | None) -> None:
        """Counts a call of a client's; `limit` is None where no time was promised, or asked about."""
        self.transfers += call.transfers
        if not call.is_offered:
            self.left_menu += 1
            return
        self.offered += 1
        if limit is None:
            self.unpromised += 1
        if call.outcome is None:
            self.waiting += 1
            return
        self.outcomes[call.outcome] += 1
        wait = call.wait
        if wait is not None:
            self.queued += 1
            self.waited += wait
            self.longest_wait = max(wait, self.longest_wait or 0)
        if limit is not None:
            self._credit(call, call.outcome, limit)

    def _credit(self, call: CallFacts, outcome: CallOutcome, limit: Limit) -> None:
        assert call.ended_at is not None
        is_late, wait = call.ended_at > limit.due, call.wait or 0
        if outcome is CallOutcome.ANSWERED:
            self.within += not is_late
        elif outcome is CallOutcome.ABANDONED:
            self.short_abandons += wait < limit.short_abandon
        for formula in Formula:
            credit = _credit_by(formula, outcome, wait, limit, is_late=is_late)
            self.met[formula] += credit is Credit.MET
            self.counted[formula] += credit is not Credit.EXCLUDED

    def share(self, formula: Formula) -> float | None:
        """The share in time by a formula, 0 to 1; None where no call counts."""
        return self.met[formula] / self.counted[formula] if self.counted[formula] else None

    @property
    def average_wait(self) -> float | None:
        """In microseconds; None where none queued."""
        return self.waited / self.queued if self.queued else None


def _credit_by(formula: Formula, outcome: CallOutcome, wait: DurationUs, limit: Limit, *, is_late: bool) -> Credit:
    """What a call counts as by a formula, as semantics.md and the book's `neither` have it."""
    if outcome is CallOutcome.ANSWERED:
        return Credit.MISSED if is_late else Credit.MET
    terms = CallTerms(formula, limit.short_abandon, limit.neither)
    return terms.of_abandon(wait, is_late=is_late) if outcome is CallOutcome.ABANDONED else terms.of_neither()

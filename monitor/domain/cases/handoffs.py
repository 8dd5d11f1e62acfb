"""How often a case changed hands, held against what was promised."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from monitor.domain.cases.account import Account
from monitor.domain.cases.deeds import Deed, Stopped, Transfer
from monitor.domain.cases.obligation import KEPT, Conclusion, Obligation
from monitor.domain.hours.instant import FOREVER_US, describe_duration
from monitor.domain.hours.target import WorkingDuration
from monitor.domain.number import plain_number_of
from monitor.domain.promises.promised_people import HandoffLimits
from monitor.domain.work.directory import Directory
from monitor.domain.work.trail import Holding, Move


class HandoffAccount(Account):
    """What was done to one case so far, as one `handoffs` promise counts it."""

    __slots__ = ("_first_owner", "_limits", "_transfers", "moves", "returns")

    def __init__(self, obligation: Obligation, _: Directory) -> None:
        limits = obligation.promise.handoffs
        assert limits is not None
        self.obligation = obligation
        self._limits: HandoffLimits = limits
        self.moves = 0
        self.returns = 0
        self._transfers: dict[tuple[str, str], int] | None = None
        """How often each call was put through, by source and the call's own name; most cases have none."""
        self._first_owner: str | None = None

    def take(self, deed: Deed) -> bool:
        if not self.obligation.is_open:
            return False
        limits = self._limits
        is_due_moved = False
        if limits.without_holder is not None:
            if self.obligation.is_late_at(deed.at):
                return self._end_late(deed)
            is_due_moved = self._expect_holder(deed, limits.without_holder)
        words = None
        if type(deed) is Holding:
            words = self._hold(deed)
        elif type(deed) is Transfer:
            words = self._put_through(deed)
        if words is None:
            return is_due_moved
        self.obligation.break_by(deed.event, deed.at, words)
        return True

    def outcome(self) -> Conclusion:
        """Nothing broke it until the case was settled."""
        return _kept(self.moves, self.returns)

    def _end_late(self, deed: Deed) -> bool:
        """It has been broken by its due instant: only the end of what went on for too long is of interest."""
        if type(deed) is Stopped or (type(deed) is Holding and not deed.is_by_nobody):
            self.obligation.end(deed.event)
            return True
        return False

    def _expect_holder(self, deed: Deed, limit: WorkingDuration) -> bool:
        """Nobody may have it for too long; says whether its due instant is another one for that."""
        if type(deed) is Transfer:
            return False
        obligation, due = self.obligation, FOREVER_US
        if type(deed) is Holding and deed.is_by_nobody:
            due = limit.due(deed.at, obligation.promise.hours)
        if due == obligation.promised_by:
            return False
        obligation.promise_until(due)
        return True

    def _hold(self, holding: Holding) -> str | None:
        """Who has it now; what of that breaks the promise, in words."""
        limits = self._limits
        person = holding.person
        if limits.one_owner and person is not None:
            self._first_owner = self._first_owner or person
            if person != self._first_owner:
                return f"{person} has it after {self._first_owner}, one owner throughout was promised"
        move = holding.move
        if move is None or not (move.is_between_teams or limits.counts_inside_team):
            return None
        return self._count(move)

    def _count(self, move: Move) -> str | None:
        limits = self._limits
        self.moves += 1
        self.returns += move.is_return
        step = f"from {move.giver} to {move.taker}"
        if limits.at_most is not None and self.moves > limits.at_most:
            return f"{plain_number_of(self.moves, 'hand-off')}, the last {step}, at most {limits.at_most} promised"
        if move.is_return and limits.returns is not None and self.returns > limits.returns:
            return f"{plain_number_of(self.returns, 'return')}, the last {step}, at most {limits.returns} promised"
        return None

    def _put_through(self, transfer: Transfer) -> str | None:
        if self._transfers is None:
            self._transfers = {}
        call = transfer.event.source, transfer.call
        times = self._transfers[call] = self._transfers.get(call, 0) + 1
        limit = self._limits.transfers
        if limit is None or times <= limit:
            return None
        return f"call {transfer.call} was put through {plain_number_of(times, 'time')}, at most {limit} promised"


@lru_cache(maxsize=1_000)
def _kept(moves: int, returns: int) -> Conclusion:
    """What comes of a case that stayed within its limits; most have one of a few counts."""
    return Conclusion(KEPT, f"{plain_number_of(moves, 'hand-off')}, {plain_number_of(returns, 'return')}")


def describe_limits(limits: HandoffLimits) -> str:
    """What was promised, in words."""
    said = [
        _limited(limits.at_most, "hand-off"),
        _limited(limits.returns, "return"),
        _limited_calls(limits.transfers),
        "one owner throughout" if limits.one_owner else None,
        None
        if limits.without_holder is None
        else f"never more than {describe_duration(limits.without_holder.length)} of working time without a holder",
        None if limits.counts_inside_team else "only moves between teams count",
    ]
    return ", ".join(part for part in said if part is not None)


def _limited(limit: int | None, noun: str) -> str | None:
    if limit is None:
        return None
    return f"at most {plain_number_of(limit, noun)}" if limit else f"no {noun}"


def _limited_calls(limit: int | None) -> str | None:
    if limit is None:
        return None
    return f"each call put through at most {plain_number_of(limit, 'time')}" if limit else "no call put through"


NEVER_HANDED_ON: Final = _kept(0, 0)
"""What comes of a case in which nothing was done that an account counts."""

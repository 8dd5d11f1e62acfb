"""Whose time it was: each moment of a case, from its opening to its closing, on exactly one account.

The accounts, the first that applies: the client's or a third party's turn (the case is resolved, or in a status that
pauses), closed hours, the person who held the case, failing one their team, nobody. Nothing is left
out and nothing counted twice, so the accounts add up to the wall time; an assertion holds that.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeVar

from monitor.domain.cases.case import Case
from monitor.domain.cases.case_state import Phase, Stint, Turn
from monitor.domain.cases.clocks import Standing
from monitor.domain.hours.instant import FOREVER_US, DurationUs, InstantUs
from monitor.domain.hours.span import Span, merge
from monitor.domain.hours.working_hours import WorkingHours
from monitor.domain.promises.knowledge import Party
from monitor.domain.promises.promise import WATCHED_KINDS, Kind
from monitor.domain.work.directory import Directory

CLIENT = "client"
THIRD_PARTY = "third party"
CLOSED_HOURS = "closed hours"
NOBODY = "nobody"


ALL_TIME: Span = (-FOREVER_US, FOREVER_US)


class Account(NamedTuple):
    """To whom time is charged: one of the accounts above, or a holder's name with their grade, or a team's."""

    name: str
    grade: str | None = None
    is_person: bool = False
    is_team: bool = False

    @property
    def is_firms(self) -> bool:
        """Whether it is the firm's own time: not somebody else's turn, and not outside its hours."""
        return self.is_person or self.is_team or self.name == NOBODY


class Entry(NamedTuple):
    """A span [starts_at, ends_at) charged to one account."""

    starts_at: InstantUs
    ends_at: InstantUs
    account: Account


def ledger(case: Case, now: InstantUs, directory: Directory) -> dict[Account, DurationUs]:
    """The case's time by account, in the order in which the accounts first appear."""
    totals: dict[Account, DurationUs] = {}
    for entry in entries(case, now, directory):
        totals[entry.account] = totals.get(entry.account, 0) + entry.ends_at - entry.starts_at
    wall = closing_of(case, now) - opening_of(case, now)
    assert sum(totals.values()) == wall, f"{case.id}: the ledger has {sum(totals.values())} us of {wall} us"
    return totals


def entries(case: Case, now: InstantUs, directory: Directory) -> Iterator[Entry]:
    """The spans of a case's life in order, without gap or overlap, from its opening to its closing or `now`."""
    hours = hours_of(case)
    for starts_at, ends_at, account in _pieces(case, now, directory, ALL_TIME):
        if not account.is_firms:
            yield Entry(starts_at, ends_at, account)
            continue
        cuts = {starts_at, ends_at}
        for span in merge(hours.spans(starts_at, ends_at)):
            cuts.update(span)
        for one, other in pairwise(sorted(cuts)):
            yield Entry(one, other, account if hours.is_open(one) else Account(CLOSED_HOURS))


def charges(
    case: Case, now: InstantUs, directory: Directory, within: Span = ALL_TIME
) -> Iterator[tuple[Account, DurationUs]]:
    """The same time in lengths, stretch by stretch: each the turn of one account, its closed hours behind it; of all this
    what lies in a span. However long a stretch is, its hours are found by two searches."""
    hours = hours_of(case)
    for starts_at, ends_at, account in _pieces(case, now, directory, within):
        length = ends_at - starts_at
        own = hours.between(starts_at, ends_at) if account.is_firms else length
        yield account, own
        if own < length:
            yield Account(CLOSED_HOURS), length - own


def _pieces(case: Case, now: InstantUs, directory: Directory, within: Span) -> Iterator[Entry]:
    """The spans in which one account has its turn, closed hours not yet left out."""
    opening, closing = max(opening_of(case, now), within[0]), min(closing_of(case, now), within[1])
    if opening >= closing:
        return
    # A split case starts before some of what is known of it: its turns need not be in order.
    turns, standings = sorted(case.turns, key=_starts_at), case.clocks.standings
    cuts = {opening, closing, *map(_starts_at, turns), *map(_starts_at, standings), *map(_starts_at, case.stints)}
    for holder in {stint.holder for stint in case.stints if stint.holder is not None}:
        cuts.update(directory.promoted_at(holder))
    ordered = sorted(cut for cut in cuts if opening <= cut <= closing)
    for starts_at, ends_at in pairwise(ordered):
        account = _turned_away(_at(turns, starts_at), _at(standings, starts_at))
        yield Entry(starts_at, ends_at, account or _holder(_at(case.stints, starts_at), starts_at, directory))


def opening_of(case: Case, now: InstantUs) -> InstantUs:
    """When the case began; `now` for one that has not."""
    return now if case.opened_at is None else case.opened_at


def closing_of(case: Case, now: InstantUs) -> InstantUs:
    """When the case ended for good, as far as is known; `now` while it is open or only resolved."""
    is_over = case.phase in {Phase.CLOSED, Phase.DELETED, Phase.MERGED}
    return max(case.turns[-1].starts_at if is_over else now, opening_of(case, now))


def hours_of(case: Case) -> WorkingHours:
    """The calendar that says which of a case's hours are closed hours."""
    resolution = case.clocks.latest.get(Kind.RESOLVE)
    if resolution is not None:
        return resolution.promise.hours
    # A date given has no target, and hours only by accident; calls and meetings have hours of their own.
    with_target = (
        obligation
        for obligation in case.clocks.obligations
        if obligation.promise.target is not None and obligation.kind not in WATCHED_KINDS
    )
    first = next(with_target, None)
    return case.book.hours if first is None else first.promise.hours


def _starts_at(piece: Turn | Standing | Stint) -> InstantUs:
    return piece.starts_at


_Piece = TypeVar("_Piece", Turn, Standing, Stint)


def _at(pieces: Sequence[_Piece], instant: InstantUs) -> _Piece | None:
    """The piece that holds at an instant, one that begins just then included."""
    index = bisect_right(pieces, instant, key=_starts_at)
    return pieces[index - 1] if index else None


def _turned_away(turn: Turn | None, standing: Standing | None) -> Account | None:
    """The account of a time that is not the firm's."""
    if turn is not None and turn.phase in {Phase.RESOLVED, Phase.CLOSED}:
        return Account(CLIENT)
    if standing is None or standing.rule is None:
        return None
    return Account(CLIENT if standing.rule.party is Party.CLIENT else THIRD_PARTY)


def _holder(stint: Stint | None, instant: InstantUs, directory: Directory) -> Account:
    if stint is not None and stint.holder is not None:
        return Account(stint.holder, directory.grade_of(stint.holder, instant), is_person=True)
    if stint is not None and stint.team is not None:
        return Account(stint.team, is_team=True)
    return Account(NOBODY)

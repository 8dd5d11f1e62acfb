"""Matters at hand: each with what was last written of it, and how one is made again from the journal.

A matter made from its events knows nothing of what was announced. That memory is in the obligations' rows; put back, the
next step announces only what is different from what was said before a restart.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from monitor.domain.cases.case import Case
from monitor.domain.cases.engine import announced_verdict, next_wake
from monitor.domain.cases.hand_downs import HandDownName
from monitor.domain.cases.matter import Matter
from monitor.domain.cases.obligation import Obligation, Verdict
from monitor.domain.cases.owning import owe_steps
from monitor.domain.cases.workload import FigureKey
from monitor.domain.facts.events import UNIDENTIFIED, Event
from monitor.domain.hours.instant import FOREVER_US, InstantUs
from monitor.domain.promises.promise import Kind
from monitor.service.ports.records import CaseRecord, ObligationName, ObligationRecord

MATTERS_AT_HAND: Final = 10_000
"""Matters kept in memory, some 10 KB each; the others are made again when something concerns them."""

_PASSED: Final = frozenset({Verdict.BROKEN, Verdict.UNKNOWN, Verdict.EXCUSED})


@dataclass(slots=True, eq=False)
class Held:
    """A matter with the rows last written of it. `floor` is the latest instant that was said to have passed in it."""

    id: str
    matter: Matter
    cases: dict[str, CaseRecord] = field(default_factory=dict)
    obligations: dict[ObligationName, ObligationRecord] = field(default_factory=dict)
    floor: InstantUs = 0
    wakes_at: InstantUs = FOREVER_US
    is_held: bool = False
    is_unwritten: bool = True
    """Whether its own row may say something else."""
    home: int = 0
    """The partition that it is counted in, and whose owner lets time pass in it."""
    figures: dict[FigureKey, int] = field(default_factory=dict)
    """What people did in it, as it was last counted."""
    are_figures_joined: bool = False
    """Whether they were counted of several matters, and none has a row that says so."""
    orphans: list[ObligationRecord] = field(default_factory=list)
    """What was announced of obligations that its events no longer make: the book is another one."""

    def name_cases(self, cases: Iterable[str]) -> None:
        """Counts these cases among the matter's, with rows still to be written."""
        for case in cases:
            if case not in self.cases:
                self.cases[case] = CaseRecord(case, "", UNIDENTIFIED, "", None, None, None, None, None, None)

    def obligations_made(self) -> Iterator[tuple[Case, Obligation]]:
        """Every obligation with the case it stands in."""
        for case in self.matter.cases.values():
            for obligation in case.obligations:
                yield case, obligation

    def everything_made(self) -> Iterator[tuple[Case, Obligation]]:
        """Every obligation, and every step that is owed for a breach, with the case it stands in."""
        yield from self.obligations_made()
        for case in self.matter.cases.values():
            for step in case.clocks.steps:
                yield case, step

    def raise_floor(self, verdict: Verdict, due: InstantUs | None, ended: InstantUs | None) -> None:
        """Notes that a due instant was said to have passed: whatever the clock says later, it has.

        What was done late says nothing of the clock: an event showed it, perhaps while the past is being caught up with.
        """
        if due is not None and ended is None and verdict in _PASSED and due >= self.floor:
            self.floor = due + 1


class Rows(NamedTuple):
    """What was last written of a matter."""

    cases: list[CaseRecord]
    obligations: list[ObligationRecord]


def name_of(obligation: Obligation) -> ObligationName:
    """What an obligation's row is found by."""
    return (obligation.case, obligation.kind, obligation.occasion or obligation.opened)


def restored(name: str, matter: Matter, events: Sequence[Event], rows: Rows) -> Held:
    """A matter as it was when it was last written, made from its events and its rows; the one passed in is empty."""
    matter.take(events)
    held = Held(name, matter, {case.id: case for case in rows.cases}, {row.name: row for row in rows.obligations})
    _recall(held)
    return held


def joined(name: str, matter: Matter, parts: list[Held]) -> Held:
    """Several matters as one, before the event that joins them; the one passed in is empty."""
    matter.take([event for part in parts for event in part.matter.events])
    held = Held(name, matter)
    for part in parts:
        held.cases |= part.cases
        held.obligations |= part.obligations
        for key, amount in part.figures.items():
            held.figures[key] = held.figures.get(key, 0) + amount
    held.are_figures_joined = True
    _recall(held)
    return held


def _recall(held: Held) -> None:
    """Puts back what was announced of each obligation."""
    left = dict(held.obligations)
    _recall_each(held, held.obligations_made(), left)
    if held.matter.book.breach_rules:
        owe_steps(held.matter.cases, held.matter.book, announced_verdict)
        _recall_each(held, ((case, step) for case in held.matter.cases.values() for step in case.clocks.steps), left)
    held.orphans = [row for row in left.values() if row.verdict != Verdict.VOID]
    held.wakes_at = held.matter.wakes_at = next_wake(held.matter)
    held.matter.handed_down = {
        HandDownName(row.case_id, row.occasion or ""): (row.client, row.opened)
        for row in left.values()
        if row.kind == Kind.HAND_DOWN and row.ended is not None
    }


def _recall_each(
    held: Held, made: Iterable[tuple[Case, Obligation]], left: dict[ObligationName, ObligationRecord]
) -> None:
    """Puts back what was announced of these; `left` keeps what is of none of them."""
    for _, obligation in made:
        row = left.pop(name_of(obligation), None)
        if row is not None:
            verdict = Verdict(row.verdict)
            obligation.announce(verdict, row.due, row.ended, row.warnings)
            held.raise_floor(verdict, row.due, row.ended)


class AtHand:
    """The matters used last, by name, and the matter of each of their cases."""

    def __init__(self, limit: int = MATTERS_AT_HAND) -> None:
        self._limit = limit
        self._by_name: OrderedDict[str, Held] = OrderedDict()
        self._by_case: dict[str, str] = {}

    def get(self, name: str) -> Held | None:
        """The matter of this name, if it is at hand."""
        held = self._by_name.get(name)
        if held is not None:
            self._by_name.move_to_end(name)
        return held

    def name_of(self, case: str) -> str | None:
        """The name of the matter a case belongs to, if that is at hand."""
        return self._by_case.get(case)

    def put(self, held: Held) -> None:
        """Keeps a matter that was just written; the one not used for longest goes."""
        self._by_name[held.id] = held
        self._by_name.move_to_end(held.id)
        for case in held.cases:
            self._by_case[case] = held.id
        while len(self._by_name) > self._limit:
            _, oldest = self._by_name.popitem(last=False)
            self._forget_cases(oldest)

    def drop(self, name: str) -> None:
        """Forgets a matter."""
        held = self._by_name.pop(name, None)
        if held is not None:
            self._forget_cases(held)

    def _forget_cases(self, held: Held) -> None:
        for case in held.cases:
            if self._by_case.get(case) == held.id:
                del self._by_case[case]

    def clear(self) -> None:
        """Forgets all of them."""
        self._by_name.clear()
        self._by_case.clear()

    def __len__(self) -> int:
        return len(self._by_name)

"""Retention: matters that are over and lie back longer than the policy keeps them are taken out of the journal.

What goes: the contents of their events, their cases, obligations and decisions. What stays: every total to the unit, the
identity of every event, so that a repeat is still a duplicate, and the names of the cases, so that a late event of one is
set aside and not judged from half a history. Each portion is one commit; stopped in the middle, nothing is half gone,
and the next run goes on with what is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from monitor.domain.hours.instant import InstantUs, from_datetime, to_datetime
from monitor.errors import UnreadableEvent
from monitor.service.matters.counting import count_decisions, count_obligations
from monitor.service.matters.figures import read_figures
from monitor.service.matters.owned_breaches import recount_owned
from monitor.service.ports.changes import Removal
from monitor.service.ports.counts import Counts
from monitor.service.ports.journal import Transaction
from monitor.service.ports.records import RetirementRecord

MATTERS_A_PORTION: Final = 100
"""Matters looked at in one transaction: a few hundredths of a second, so that intake and deadlines hardly wait."""

_NOWHERE: Final = 0
"""What is gone is counted wherever it was at home."""
_KEEP: Final = re.compile(r"([1-9]\d{0,4})([dwy])")


@dataclass(frozen=True, slots=True)
class Policy:
    """How long matters are kept after their last event, as it was written: days, weeks or years of the calendar."""

    text: str
    count: int
    unit: str

    def before(self, now: InstantUs) -> InstantUs:
        """What ended before this instant goes."""
        moment = to_datetime(now)
        if self.unit != "y":
            return from_datetime(moment - timedelta(days=self.count * (7 if self.unit == "w" else 1)))
        try:
            return from_datetime(moment.replace(year=moment.year - self.count))
        except ValueError:
            # The 29th of February in a year that has none.
            return from_datetime(moment.replace(year=moment.year - self.count, day=28))


def read_policy(text: str) -> Policy:
    """The policy that a text such as `7y`, `26w` or `400d` says; raises ValueError saying what was found."""
    match = _KEEP.fullmatch(text)
    if match is None or (match[2] == "y" and int(match[1]) > 100) or int(match[1]) > 36_500:
        raise ValueError(f"found {text!r}, expected a length of time such as 7y, 26w or 400d, at most 100 years")
    return Policy(text, int(match[1]), match[2])


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come: what it did, and the name of the matter it looked at last."""

    record: RetirementRecord
    after: str = ""


def first_progress(policy: Policy, now: InstantUs) -> Progress:
    """The beginning of a run."""
    return Progress(RetirementRecord(0, 0, policy.text, policy.before(now), 0, 0, 0, 0, 0, 0))


def preview(transaction: Transaction, policy: Policy, now: InstantUs) -> RetirementRecord:
    """What a run would remove; nothing is changed."""
    progress = first_progress(policy, now)
    while names := transaction.matters_after(progress.after, MATTERS_A_PORTION):
        over = transaction.over_among(names, progress.record.before)
        progress = Progress(removal_of(transaction, over, progress.record).record, names[-1])
    return progress.record


def removal_of(transaction: Transaction, matters: Sequence[str], so_far: RetirementRecord) -> Removal:
    """What taking these matters out removes, added to what the run removed so far."""
    cases = [case.id for case in transaction.cases_in(matters)]
    counts = _counts_of(transaction, matters, cases)
    record = so_far._replace(
        matters=so_far.matters + len(matters),
        cases=so_far.cases + len(cases),
        events=so_far.events + transaction.count_events_of(cases),
        obligations=so_far.obligations + counts.obligations.total(),
        decisions=so_far.decisions + counts.decisions.total(),
    )
    return Removal(list(matters), cases, counts, record)


def _counts_of(transaction: Transaction, matters: Sequence[str], cases: Sequence[str]) -> Counts:
    """What was counted of the rows of these matters and their cases, recounted."""
    counts = Counts()
    for text in transaction.figures_of(matters).values():
        for key, amount in read_figures(text).items():
            counts.move(key, amount)
    count_obligations(counts, ((row, _NOWHERE) for row in transaction.obligations_of(cases)))
    decisions = list(transaction.decisions_of(cases))
    count_decisions(counts, decisions, [_NOWHERE] * len(decisions))
    recount_owned(counts, decisions)
    return counts


def retired_case_of(named: Iterable[str], retired: set[str]) -> UnreadableEvent | None:
    """Why an event is set aside that names these cases; None where none of them was retired."""
    for case in named:
        if case in retired:
            found = f"case {case!r}, which was retired: it was over for longer than its history is kept"
            return UnreadableEvent(found, "a case whose history is on record", "subject")
    return None

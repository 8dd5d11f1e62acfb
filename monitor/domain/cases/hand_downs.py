"""Work that passes from somebody to somebody more junior: decided and counted, whether or not a promise forbids it.

Nothing is due of a hand-down and nothing can be kept: its verdict is void, it ended at the instant it happened, and one
that was withdrawn never did. What was announced is remembered, so that a late event that shows another grade, or another
holder, takes it back.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from monitor.domain.cases.decisions import Decision, DecisionType
from monitor.domain.cases.obligation import Verdict
from monitor.domain.facts.events import Event
from monitor.domain.hours.instant import FOREVER_US, InstantUs, format_instant
from monitor.domain.hours.working_hours import ALWAYS
from monitor.domain.promises.promise import Kind, Promise
from monitor.domain.work.directory import Directory

HAND_DOWN: Final = Promise(
    id="hand-down",
    version=1,
    kind=Kind.HAND_DOWN,
    starts_at=0,
    ends_at=FOREVER_US,
    hours=ALWAYS,
    hours_name="always",
)
"""Stands in a decision for the promise where work was handed down: nobody need have promised anything."""


class Worker(NamedTuple):
    """Somebody as they were at the instant; `described` has their time with the firm, too."""

    person: str
    grade: str
    described: str


class HandDown(NamedTuple):
    """The case passed from `giver` to the more junior `taker`."""

    at: InstantUs
    giver: Worker
    taker: Worker
    event: Event

    @property
    def occasion(self) -> str:
        """What tells it from every other one of its case: another grade makes it another one."""
        giver, taker = self.giver, self.taker
        return f"{format_instant(self.at)} {giver.person} ({giver.grade}) to {taker.person} ({taker.grade})"

    def decide(self, case: str, client: str) -> Decision:
        """The decision that it was."""
        reason = f"from {self.giver.described} to {self.taker.described}"
        name = HandDownName(case, self.occasion)
        return _decision(DecisionType.HANDED_DOWN, name, client, self.at, at=self.at, cause=self.event, reason=reason)


class HandDownName(NamedTuple):
    """What tells a hand-down that was announced from every other one."""

    case: str
    occasion: str


def withdraw(name: HandDownName, client: str, opened: InstantUs, cause: Event | None, now: InstantUs) -> Decision:
    """The decision that a hand-down that was announced, as of `opened`, never was."""
    at = now if cause is None else cause.time
    reason = "a late event shows that it never was"
    return _decision(DecisionType.WITHDRAWN, name, client, opened, at=at, cause=cause, reason=reason)


def _decision(
    kind: DecisionType,
    name: HandDownName,
    client: str,
    opened: InstantUs,
    *,
    at: InstantUs,
    cause: Event | None,
    reason: str,
) -> Decision:
    is_withdrawn = kind is DecisionType.WITHDRAWN
    return Decision(
        kind,
        name.case,
        client,
        HAND_DOWN,
        opened,
        name.occasion,
        at,
        Verdict.VOID,
        Verdict.VOID if is_withdrawn else None,
        None,
        None if is_withdrawn else opened,
        None if cause is None else cause.identity,
        reason,
    )


def hand_down(directory: Directory, at: InstantUs, givers_name: str, takers_name: str, event: Event) -> HandDown | None:
    """The hand-down from one person to another, None where the taker is as senior or a grade is not known."""
    higher, lower = directory.rank_of(givers_name, at), directory.rank_of(takers_name, at)
    if higher is None or lower is None or lower >= higher:
        return None
    return HandDown(at, _worker(directory, givers_name, at), _worker(directory, takers_name, at), event)


def _worker(directory: Directory, person: str, at: InstantUs) -> Worker:
    grade = directory.grade_of(person, at)
    assert grade is not None
    return Worker(person, grade, directory.describe(person, at))

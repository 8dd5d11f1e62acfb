"""What the engine emits: decisions, derived from what changed between what was announced and what is true now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Final, NamedTuple

from monitor.domain.cases.obligation import BROKEN, EXCUSED, KEPT, RUNNING, Obligation, Verdict, obligation_id
from monitor.domain.facts.events import Event
from monitor.domain.hours.instant import FOREVER_US, DurationUs, InstantUs
from monitor.domain.promises.promise import Promise


class DecisionType(StrEnum):
    """What was decided."""

    OPENED = "opened"
    DUE_MOVED = "due_moved"
    PAUSED = "paused"
    RESUMED = "resumed"
    WARNED = "warned"
    KEPT = "kept"
    BROKEN = "broken"
    DONE_LATE = "done_late"
    EXCUSED = "excused"
    VOID = "void"
    UNKNOWN = "unknown"
    RESTATED = "restated"
    CORRECTED = "corrected"
    """The verdict stands, but what is known around it is different: whose case it is, which promise governs, when it was due."""
    WITHDRAWN = "withdrawn"
    HANDED_DOWN = "handed_down"
    """Work passed to somebody more junior; about no obligation."""


class Decision(NamedTuple):
    """One thing decided about one obligation.

    `at` is when it became true (valid time); when it was recorded is the journal's business. `previous` is the verdict
    it replaces, None for a new obligation. `cause` is the identity of the event that brought it about, None where
    time alone did.
    """

    type: DecisionType
    case: str
    client: str
    promise: Promise
    opened: InstantUs
    occasion: str | None
    at: InstantUs
    verdict: Verdict
    previous: Verdict | None
    due: InstantUs | None
    ended: InstantUs | None
    cause: tuple[str, str] | None
    reason: str

    @property
    def obligation(self) -> str:
        """The identifier of the obligation it is about."""
        return obligation_id(self.case, self.promise.kind, self.opened, self.occasion)

    def identity(self, obligation: str, revision: int) -> str:
        """Its name as the `revision`-th decision about its obligation, which is named beforehand: 32 hexadecimal digits.

        Derived from what it decides, so that a repeat is recognised anywhere; the revision keeps apart what is decided
        twice, as when a breach is taken back and then stands again.
        """
        promise = self.promise
        decided = (
            f"{revision}\x1f{self.type}\x1f{obligation}\x1f{promise.id}\x1f{promise.version}"
            f"\x1f{self.verdict}\x1f{self.due}\x1f{self.ended}\x1f{self.at}"
        )
        return sha256(decided.encode()).hexdigest()[:32]


# Names of the module, for the reason given beside those of the verdicts.
_OPENED, _KEPT, _DUE_MOVED, _PAUSED, _WARNED = (
    DecisionType.OPENED,
    DecisionType.KEPT,
    DecisionType.DUE_MOVED,
    DecisionType.PAUSED,
    DecisionType.WARNED,
)
_SETTLED_AS = {
    Verdict.KEPT: DecisionType.KEPT,
    Verdict.BROKEN: DecisionType.BROKEN,
    Verdict.EXCUSED: DecisionType.EXCUSED,
    Verdict.VOID: DecisionType.VOID,
    Verdict.UNKNOWN: DecisionType.UNKNOWN,
    Verdict.PAUSED: DecisionType.PAUSED,
    Verdict.RUNNING: DecisionType.RESUMED,
}


_BY_TIME = frozenset({DecisionType.BROKEN, DecisionType.WARNED, DecisionType.UNKNOWN})
"""Decisions that no event brings about."""
_AT_DUE = frozenset({DecisionType.BROKEN, DecisionType.UNKNOWN, DecisionType.EXCUSED})

CHANGES_OF_VERDICT = frozenset(_SETTLED_AS.values())
"""Decisions that put one verdict in the place of another."""
GIVES_VERDICT = CHANGES_OF_VERDICT | {DecisionType.RESTATED, DecisionType.WITHDRAWN}
"""Decisions that give a verdict, for the first time or in the place of one given earlier."""


FIRST: Final[Mapping[Verdict, tuple[DecisionType, ...]]] = {
    verdict: (_OPENED,) if verdict is RUNNING else (_OPENED, kind) for verdict, kind in _SETTLED_AS.items()
}
"""The decisions that make a new obligation known, by its verdict."""
_SETTLED = {verdict: (kind,) for verdict, kind in _SETTLED_AS.items()}


def decision_types(
    obligation: Obligation, verdict: Verdict, due: InstantUs | None, ended: InstantUs | None, warnings: int
) -> tuple[DecisionType, ...]:
    """The decisions that make these four known to somebody who heard what was last announced of the obligation."""
    before = obligation.said_verdict
    types: tuple[DecisionType, ...] = ()
    if before is None:
        types = FIRST[verdict]
        if warnings:
            types += (_WARNED,)
    else:
        if verdict is not before or (verdict is KEPT and ended != obligation.said_ended):
            types = _SETTLED[verdict]
        elif verdict is RUNNING and due != obligation.said_due:
            types = (_DUE_MOVED,)
        if warnings > obligation.said_warnings:
            types += (_WARNED,)
    # What is broken without a due instant was broken by a deed, which nobody can do late.
    if verdict is BROKEN and ended is not None and due is not None:
        types += (DecisionType.DONE_LATE,) if before is None or ended != obligation.said_ended else ()
    return types


_new_tuple = tuple.__new__


def decide(
    decisions: list[Decision],
    kinds: Iterable[DecisionType],
    client: str,
    obligation: Obligation,
    previous: Verdict | None,
    cause: Event | None,
    now: InstantUs,
) -> None:
    """Adds the decisions of these types about an obligation, which make known what it was just said to be: `previous` is the
    verdict announced before, None where there was none.

    `cause` is the last new event (a decision names the event that opened or ended its obligation instead), None where time alone brought it about, at `now`.
    """
    verdict, due, ended = obligation.said_verdict, obligation.said_due, obligation.said_ended
    assert verdict is not None
    case, promise, opened, occasion = obligation.case, obligation.promise, obligation.opened, obligation.occasion
    conclusion = obligation.conclusion
    is_special = type(obligation) is not Obligation  # most are not, and need not be asked
    is_step = is_special and obligation.is_step
    reason = obligation.void_reason or ("" if conclusion is None else conclusion.words)
    if verdict is EXCUSED:
        reason = obligation.excuse
    elif is_step and not reason:
        reason = obligation.found
    elif is_special and obligation.attempts:
        reason = f"{reason}; {obligation.found}" if reason else obligation.found
    elif verdict is BROKEN and conclusion is None and promise.handoffs is not None:
        reason = promise.handoffs.absence
    for kind in kinds:
        by: Event | None
        at: InstantUs | None
        if kind is _OPENED:
            by, at = None if is_step and obligation.opened_by_time else obligation.opened_by, opened
        elif kind is _KEPT:
            by, at = obligation.ended_by, ended
        else:
            by = _cause(kind, obligation, cause)
            at = _valid_from(kind, obligation)
        if at is None:
            at = now if by is None else by.time
        identity = None if by is None else (by.source, by.id)
        # `Decision(...)` would take these as arguments and make the same tuple of them, in three times the time.
        made = (kind, case, client, promise, opened, occasion, at, verdict, previous, due, ended, identity, reason)
        decisions.append(_new_tuple(Decision, made))


def _cause(kind: DecisionType, obligation: Obligation, cause: Event | None) -> Event | None:
    """What brought a decision about; `cause` is the last new event."""
    if kind in _BY_TIME and obligation.said_due is not None:
        return None
    if kind is DecisionType.EXCUSED:
        return obligation.excused_by
    return cause if obligation.ended_by is None or kind is DecisionType.CORRECTED else obligation.ended_by


def _valid_from(kind: DecisionType, obligation: Obligation) -> InstantUs | None:
    """Since when a decision is true; None: since what brought it about."""
    if kind is DecisionType.DONE_LATE:
        return obligation.said_ended
    if kind is _PAUSED:
        return obligation.pauses[-1].starts_at
    if kind in _AT_DUE:
        return obligation.said_ended if obligation.said_due is None else obligation.said_due
    return obligation.voided_at if kind is DecisionType.VOID else None


def wake_of(obligation: Obligation, given: int) -> InstantUs:
    """The next instant at which time alone changes something: a warning, or the first instant after the due one.

    `given` is the number of warnings given. FOREVER_US where only an event can change anything.
    """
    due = obligation.due
    if due is None or not obligation.is_open:
        return FOREVER_US
    warn = obligation.promise.warn
    return min([*warning_instants(obligation)[given:], due + 1]) if given < len(warn) else due + 1


def warning_instants(obligation: Obligation) -> list[InstantUs]:
    """When to warn about an obligation, in order; empty while paused or where the promise names no warnings.

    A warning after a share of the target, e.g. 80 %, is one before the due instant, with 20 % of the target left.
    """
    due = obligation.due
    if due is None:
        return []
    whole = obligation.promised_time
    instants = []
    for warning in obligation.promise.warn:
        left = warning.before if warning.before is not None else whole - round(whole * (warning.share or 0.0))
        instants.append(_instant_with_left(obligation, due, left))
    return sorted(instants)


def _instant_with_left(obligation: Obligation, due: InstantUs, left: DurationUs) -> InstantUs:
    """The instant with `left` of the promise's own time before the due one; the start where there was never that much."""
    between = obligation.time_between(obligation.start, due)
    if left >= between:
        return obligation.start
    target = obligation.promise.target
    if target is None or not target.counts_working_time:
        return due - left
    return obligation.promise.hours.after(obligation.start, between - left)


def warnings_passed(obligation: Obligation, now: InstantUs) -> int:
    """How many of its promise's warnings a running obligation has passed at `now`."""
    return sum(1 for instant in warning_instants(obligation) if instant <= now)

"""One obligation as of an instant, in figures and one sentence: what `kept judge`, the API and the pages show of it."""

from __future__ import annotations

from typing import NamedTuple

from monitor.domain.cases.callback_watch import describe_attempts
from monitor.domain.cases.case import Case
from monitor.domain.cases.coverage import FULL, Coverage
from monitor.domain.cases.obligation import Obligation, Verdict
from monitor.domain.facts.events import Contact, Event
from monitor.domain.hours.instant import DurationUs, InstantUs, describe_duration, format_instant
from monitor.domain.promises.promise import Kind, Promise


class Statement(NamedTuple):
    """What is held of one obligation at an instant.

    Durations are in the promise's own time (working time where its target is) unless the name says calendar.
    `due` is None while paused, and where no instant decides but a deed or what a formula makes of a call; nothing is
    remaining or late then. Else `remaining` is None once broken, the `late` ones unless it is; where it was kept,
    `remaining` is by how much.
    """

    case: str
    client: str
    promise: Promise
    obligation: str
    opened: InstantUs
    due: InstantUs | None
    verdict: Verdict
    ended: InstantUs | None
    elapsed: DurationUs
    elapsed_calendar: DurationUs
    paused: DurationUs
    remaining: DurationUs | None
    late_working: DurationUs | None
    late_calendar: DurationUs | None
    reason: str

    @property
    def kind(self) -> Kind:
        return self.promise.kind


_LATE = frozenset({Verdict.BROKEN, Verdict.EXCUSED, Verdict.UNKNOWN})


def state(case: Case, obligation: Obligation, now: InstantUs, coverage: Coverage = FULL) -> Statement:
    """The statement of one obligation of a case at `now`."""
    verdict = obligation.verdict(now, coverage)
    finish = obligation.finish(now)
    due = obligation.due
    late_by = finish - due if due is not None and verdict in _LATE else 0
    is_late = late_by > 0
    return Statement(
        case.id,
        case.client,
        obligation.promise,
        obligation.id,
        obligation.opened,
        due,
        verdict,
        finish if verdict is Verdict.VOID else obligation.ended,
        obligation.elapsed_until(now),
        max(0, finish - obligation.start),
        obligation.paused_until(now) if obligation.pauses else 0,
        None if is_late or verdict is Verdict.VOID else obligation.remaining_until(now),
        obligation.promise.hours.between(due, finish) if is_late and due is not None else None,
        late_by if is_late else None,
        "; ".join(filter(None, (_reason(obligation, verdict, now, coverage), describe_attempts(obligation.attempts)))),
    )


def _reason(obligation: Obligation, verdict: Verdict, now: InstantUs, coverage: Coverage) -> str:
    match verdict:
        case Verdict.KEPT | Verdict.BROKEN:
            return obligation.found if obligation.found and not obligation.attempts else _outcome(obligation, now)
        case Verdict.VOID:
            return obligation.void_reason or obligation.found
        case Verdict.PAUSED:
            pause = obligation.pauses[-1]
            return f"{pause.reason} ({pause.party.value}) since {format_instant(pause.starts_at)}"
        case Verdict.EXCUSED:
            return obligation.excuse
        case Verdict.UNKNOWN:
            return _doubt(obligation, coverage)
        case Verdict.RUNNING:
            return "not yet due" if obligation.due is not None else "nothing against it so far"


def _outcome(obligation: Obligation, now: InstantUs) -> str:
    due = obligation.due
    assert due is not None
    limits = obligation.promise.handoffs
    if limits is not None:
        return f"{limits.absence}; {_end_of_absence(obligation, due, now)}"
    if obligation.ended is None:
        return f"still not done, {describe_duration(now - due)} after it was due"
    by = "ended" if obligation.ended_by is None else describe_event(obligation.ended_by)
    if obligation.ended_in_pause and obligation.ended > due:
        return f"{by}, while the clock stood still"
    margin = describe_duration(abs(obligation.ended - due))
    return f"{by}, {margin} {'before' if obligation.ended <= due else 'after'} it was due"


def _end_of_absence(obligation: Obligation, due: InstantUs, now: InstantUs) -> str:
    """How long somebody has been missing beyond what was promised, and what ended it."""
    over = describe_duration(obligation.finish(now) - due)
    if obligation.ended_by is None:
        return f"nobody has it yet, {over} later"
    return f"that ended {over} later, with {describe_event(obligation.ended_by)}"


def _doubt(obligation: Obligation, coverage: Coverage) -> str:
    due = obligation.due if obligation.due is not None else obligation.ended
    assert due is not None
    gap = coverage.gap_between(obligation.start, due, obligation.promise.channels)
    if gap is None:
        return obligation.found if obligation.found and not obligation.attempts else "nobody told what came of it"
    return f"{gap.why} since {format_instant(gap.starts_at)}: an answer may have been missed"


def describe_event(event: Event) -> str:
    """An event in a few words: its type, who did it where the fact says so, and its identity at its source."""
    fact = event.fact
    alone = getattr(fact, "holder", None) or getattr(fact, "agent", None)
    who = ", ".join(fact.people) if isinstance(fact, Contact) else alone
    return f"{event.type}{f' by {who}' if who else ''} ({event.source} {event.id})"

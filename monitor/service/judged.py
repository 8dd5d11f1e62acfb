"""One step of one matter, and the rows that say what it decided."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final, NamedTuple

from monitor.domain.cases.case import Case, Phase
from monitor.domain.cases.coverage import Coverage
from monitor.domain.cases.decisions import GIVES_VERDICT, Decision, DecisionType, decide
from monitor.domain.cases.engine import as_restatement, next_wake, step
from monitor.domain.cases.hand_downs import HAND_DOWN
from monitor.domain.cases.joining import THREAD
from monitor.domain.cases.obligation import Obligation, Verdict
from monitor.domain.facts.events import OWN_SOURCE, UNIDENTIFIED, Event
from monitor.domain.hours.instant import FOREVER_US, DurationUs, InstantUs
from monitor.domain.hours.working_hours import ALWAYS
from monitor.domain.promises.promise import Kind, Promise
from monitor.domain.promises.promised_amends import STEPS
from monitor.errors import InvariantError
from monitor.service.matters import Held, name_of
from monitor.service.records import (
    OWNING_EDGES,
    RATIO_EDGES,
    CaseRecord,
    Counts,
    DecisionKey,
    DecisionRecord,
    ObligationName,
    ObligationRecord,
    OwningKey,
    RatioKey,
)

_GIVEN: Final = frozenset({Verdict.KEPT, Verdict.BROKEN, Verdict.EXCUSED, Verdict.VOID})
_ENDING: Final = (DecisionType.KEPT, DecisionType.DONE_LATE)


class Place(NamedTuple):
    """Where a decision was made: what the case was like, the grade of its holder as of the instant since when the decision
    is true, and the obligation as it is now; None once it is none."""

    channel: str | None
    tier: str | None
    holder: str | None
    grade: str | None
    obligation: Obligation | None


def judge(
    held: Held, events: list[Event], now: InstantUs, coverage: Coverage, *, again: bool
) -> list[tuple[Decision, Place]]:
    """Takes events into a matter and decides; `again` looks at every obligation, whether something changed or not."""
    matter = held.matter
    if again:
        matter.wakes_at = min(matter.wakes_at, now)
    matter, decisions = step(matter, events, now, coverage)
    decisions += _take_back_orphans(held, now)
    if decisions or matter.wakes_at <= now:
        # The engine only says that nothing falls due earlier; deadlines in the journal are exact.
        matter.wakes_at = next_wake(matter)
        if matter.wakes_at <= now:
            raise InvariantError(f"matter {held.id} would wake at {matter.wakes_at}, which has passed at {now}")
    for decision in decisions:
        held.raise_floor(decision.verdict, decision.due, decision.ended)
    return [(decision, _place_of(held, decision)) for decision in decisions]


def _take_back_orphans(held: Held, now: InstantUs) -> Iterator[Decision]:
    """What was announced and is no obligation by the present book: withdrawn, so that nobody waits for its end."""
    orphans, held.orphans = held.orphans, []
    if not orphans:
        return
    made = {name_of(obligation) for _, obligation in held.everything_made()}
    for row in orphans:
        if row.name in made:
            continue  # by what it was just told
        kind = Kind(row.kind)
        promise = Promise(
            id=row.promise,
            version=row.version,
            kind=kind,
            starts_at=0,
            ends_at=FOREVER_US,
            hours=ALWAYS,
            hours_name="always",
        )
        yield Decision(
            DecisionType.WITHDRAWN,
            row.case_id,
            row.client,
            promise,
            row.opened,
            row.occasion,
            now,
            Verdict.VOID,
            Verdict(row.verdict),
            row.due,
            None,
            None,
            "the promise book in force does not make this promise",
        )


def _place_of(held: Held, decision: Decision) -> Place:
    """Looks for the obligation a decision is about; a date given may have gone on in another case of the matter."""
    cases = held.matter.cases
    own = cases.get(decision.case)
    if decision.promise is HAND_DOWN:
        light = (None, None) if own is None else (own.channel, own.subject.tier)
        holder = None if own is None else own.holder
        return Place(*light, holder, _grade_of(held, holder, decision.at), None)
    for case in [own, *cases.values()] if own is not None else cases.values():
        for obligation in reversed(case.obligations):
            if obligation.opened == decision.opened and _is_about(decision, obligation):
                return _place_in(held, case, obligation, decision.at)
    known = held.obligations.get(decided_on(decision))
    light = (None, None) if known is None else (known.channel, known.tier)
    return Place(*light, None, None, None)


def _place_in(held: Held, case: Case, obligation: Obligation, at: InstantUs) -> Place:
    holder = case.holder or case.team
    return Place(case.channel, case.subject.tier, holder, _grade_of(held, case.holder, at), obligation)


def _grade_of(held: Held, person: str | None, at: InstantUs) -> str | None:
    """The grade that a person had at an instant, as is known now; None where it is not known, or not on the book's scale."""
    if person is None or not held.matter.book.grades:
        return None
    directory = held.matter.directory
    return None if directory.rank_of(person, at) is None else directory.grade_of(person, at)


def decided_on(decision: Decision) -> ObligationName:
    """What the row of the obligation that a decision is about is found by."""
    return (decision.case, decision.promise.kind, decision.occasion or decision.opened)


def _is_about(decision: Decision, obligation: Obligation) -> bool:
    return (
        obligation.kind is decision.promise.kind
        and obligation.occasion == decision.occasion
        and obligation.case == decision.case
    )


_CORRECTED = (DecisionType.CORRECTED,)


def corrections(held: Held, now: InstantUs) -> Iterator[tuple[Decision, Place]]:
    """Decisions about obligations that stand in another light, though their verdicts stand: another client, tier, channel
    or promise, or another due instant of one that was kept or broken either way."""
    cause = held.matter.taken_last
    for case, obligation in held.everything_made():
        row = held.obligations.get(name_of(obligation))
        if row is None or obligation.said_verdict is None:
            continue
        place = _place_in(held, case, obligation, now)
        promise, due = obligation.promise, obligation.due
        light = (case.client, place.channel, place.tier, promise.id, promise.version, due)
        if light != (row.client, row.channel, row.tier, row.promise, row.version, row.due):
            obligation.said_due = due
            found: list[Decision] = []
            decide(found, _CORRECTED, case.client, obligation, obligation.said_verdict, cause, now)
            yield found[0], place


def by_edition(decision: Decision, edition: int) -> Decision:
    """The decision as one that a new edition of the book brought about: what was final is restated."""
    return as_restatement(decision)._replace(cause=(OWN_SOURCE, f"edition/{edition}"))


def decision_row(
    position: int,
    decision: Decision,
    place: Place,
    *,
    recorded: InstantUs,
    latest: ObligationRecord | None,
    is_restated: bool,
) -> DecisionRecord:
    """A decision as the journal keeps it; `latest` is its obligation as the decision before it left it."""
    promise, cause, obligation = decision.promise, decision.cause, place.obligation
    name, revision = (decision.obligation, 1) if latest is None else (latest.id, latest.revision + 1)
    return DecisionRecord(
        position,
        decision.identity(name, revision),
        recorded,
        revision,
        None if latest is None else latest.decision,
        decision.type.value,
        name,
        decision.case,
        decision.client,
        promise.id,
        promise.version,
        promise.kind.value,
        decision.occasion,
        place.channel,
        place.tier,
        place.holder,
        place.grade,
        decision.opened,
        decision.at,
        decision.verdict.value,
        None if decision.previous is None else decision.previous.value,
        is_restated and decision.type in GIVES_VERDICT,
        decision.due,
        decision.ended,
        obligation is not None and obligation.is_open,
        0 if obligation is None else obligation.said_warnings,
        *_figures(decision, obligation),
        None if cause is None else cause[0],
        None if cause is None else cause[1],
        decision.reason,
    )


MILLION: Final = 1_000_000
_NO_FIGURES: Final = (None, None, None)


def _figures(
    decision: Decision, obligation: Obligation | None
) -> tuple[DurationUs | None, DurationUs | None, int | None]:
    """(elapsed, margin, ratio) of an obligation that has ended; see `DecisionRecord`. Nothing was promised in no time: no ratio."""
    ended, due = decision.ended, decision.due
    if ended is None or due is None or obligation is None or decision.verdict is Verdict.VOID:
        return _NO_FIGURES
    elapsed = obligation.elapsed_until(ended)
    if obligation.was_done_late:
        margin = -obligation.promise.hours.between(due, ended)
        promised = obligation.promised_time
        # Late by an hour in which nobody works is late all the same.
        ratio = max(elapsed * MILLION // promised, MILLION + 1) if promised > 0 else None
        return elapsed, margin, ratio
    margin = obligation.remaining_until(ended) or 0
    promised = elapsed + margin
    return elapsed, margin, elapsed * MILLION // promised if promised > 0 else None


def obligation_row(decision: DecisionRecord, latest: ObligationRecord | None) -> ObligationRecord:
    """The obligation as this decision leaves it; `latest` is as it was."""
    return ObligationRecord(
        decision.obligation,
        decision.case_id,
        decision.client,
        decision.promise,
        decision.version,
        decision.kind,
        decision.occasion,
        decision.channel,
        decision.tier,
        decision.opened,
        decision.due,
        decision.verdict,
        decision.ended,
        decision.warnings,
        decision.is_open,
        decision.verdict in _GIVEN or (latest is not None and latest.is_given),
        decision.reason,
        decision.revision,
        decision.position,
    )


def count_key(row: DecisionRecord, home: int = 0) -> DecisionKey:
    """What a decision is counted by in a partition."""
    light = (row.channel or "", row.tier or "")
    return DecisionKey(row.type, row.verdict, row.restated, row.kind, row.client, *light, home)


def count_decision(counts: Counts, row: DecisionRecord, home: int = 0) -> None:
    """Counts a decision, and what it says of an ending; the canary's are in no count."""
    if row.is_counted:
        counts.decisions[count_key(row, home)] += 1
        count_ending(counts, row, home)


def is_ending(row: DecisionRecord) -> bool:
    """Whether this decision says that its obligation was done, in time or late, and corrects nothing said before."""
    return row.type in _ENDING and not row.restated


def ratio_key(row: DecisionRecord, home: int = 0) -> RatioKey:
    """What an ending is counted by in a partition."""
    assert row.ratio is not None
    return RatioKey(row.kind, row.tier or "", RATIO_EDGES[bisect_left(RATIO_EDGES, row.ratio)], home)


def count_ending(counts: Counts, row: DecisionRecord, home: int = 0) -> None:
    """Counts a decision that says that something was done: how much of its time it took, and how soon a step was taken."""
    if not is_ending(row):
        return
    if row.ratio is not None:
        counts.observe(ratio_key(row, home), row.ratio)
    if row.kind in STEPS and row.ended is not None and row.occasion is not None:
        took = row.ended - row.opened
        kind, _, _ = row.occasion.partition("/")
        edge = OWNING_EDGES[bisect_left(OWNING_EDGES, took)]
        counts.observe_step(OwningKey(row.kind, kind, row.tier or "", edge, home), took)


def case_rows(held: Held) -> Iterator[CaseRecord]:
    """A row for each case of a matter as it stands, also for those that are only a name for another one."""
    cases = held.matter.cases
    for case in cases.values():
        yield _case_row(held.id, case)
    for name in held.cases.keys() - cases.keys():
        phase = Phase.MERGED if name in held.matter.links else Phase.UNOPENED
        phase = Phase.MESSAGE if name.startswith(THREAD) else phase
        yield CaseRecord(name, held.id, UNIDENTIFIED, phase.value, None, None, None, None, None, None)


def _case_row(matter: str, case: Case) -> CaseRecord:
    return CaseRecord(
        case.id,
        matter,
        case.client,
        case.phase.value,
        case.holder,
        case.team,
        case.channel,
        case.priority,
        case.subject.tier,
        case.opened_at,
    )

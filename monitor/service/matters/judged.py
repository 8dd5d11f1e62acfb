"""One step of one matter: what it decides, and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from monitor.domain.cases.case import Case
from monitor.domain.cases.coverage import Coverage
from monitor.domain.cases.decisions import Decision, DecisionType, decide
from monitor.domain.cases.engine import as_restatement, next_wake, step
from monitor.domain.cases.hand_downs import HAND_DOWN
from monitor.domain.cases.obligation import Obligation, Verdict
from monitor.domain.facts.events import OWN_SOURCE, Event
from monitor.domain.hours.instant import FOREVER_US, InstantUs
from monitor.domain.hours.working_hours import ALWAYS
from monitor.domain.promises.promise import Kind, Promise
from monitor.errors import InvariantError
from monitor.service.matters.at_hand import Held, name_of
from monitor.service.ports.records import ObligationName


class Judged(NamedTuple):
    """What was decided at once about one obligation, in order, and where: all of it says the same of the obligation.

    What the case was like, who had it (`person` where that is one, `holder` failing one the team), and the obligation as it
    is now; None once it is none.
    """

    decisions: Sequence[Decision]
    channel: str | None
    tier: str | None
    holder: str | None
    person: str | None
    obligation: Obligation | None


def judge(held: Held, events: list[Event], now: InstantUs, coverage: Coverage, *, again: bool) -> list[Judged]:
    """Takes events into a matter and decides; `again` looks at every obligation, whether something changed or not."""
    matter = held.matter
    matter, decisions = step(matter, events, now, coverage, again=again)
    decisions += _take_back_orphans(held, now)
    if decisions or matter.wakes_at <= now:
        # The engine only says that nothing falls due earlier; deadlines in the journal are exact.
        matter.wakes_at = next_wake(matter)
        if matter.wakes_at <= now:
            raise InvariantError(f"matter {held.id} would wake at {matter.wakes_at}, which has passed at {now}")
    return [_placed(held, list(made)) for _, made in groupby(decisions, key=_SAID)]


_SAID: Final = itemgetter(
    *map(Decision._fields.index, ("opened", "verdict", "due", "ended", "previous", "occasion", "case", "promise"))
)
"""What decisions about one obligation have in common, all of which the engine makes at once; what most often differs first."""


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


def _placed(held: Held, decisions: Sequence[Decision]) -> Judged:
    """Looks for the obligation that decisions are about; a date given may have gone on in another case of the matter."""
    decision = decisions[0]
    held.raise_floor(decision.verdict, decision.due, decision.ended)
    cases = held.matter.cases
    own = cases.get(decision.case)
    if decision.promise is HAND_DOWN:
        light = (None, None, None, None) if own is None else (own.channel, own.tier, own.holder, own.holder)
        return Judged(decisions, *light, None)
    for case in [own, *cases.values()] if own is not None else cases.values():
        for obligation in reversed(case.obligations):
            if obligation.opened == decision.opened and _is_about(decision, obligation):
                return _placed_in(case, obligation, decisions)
    known = held.obligations.get(decided_on(decision))
    light = (None, None, None, None) if known is None else (known.channel, known.tier, None, None)
    return Judged(decisions, *light, None)


def _placed_in(case: Case, obligation: Obligation, decisions: Sequence[Decision]) -> Judged:
    return Judged(decisions, case.channel, case.tier, case.holder or case.team, case.holder, obligation)


def grade_of(held: Held, person: str | None, at: InstantUs) -> str | None:
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


def corrections(held: Held, now: InstantUs) -> Iterator[Judged]:
    """Decisions about obligations that stand in another light, though their verdicts stand: another client, tier, channel
    or promise, or another due instant of one that was kept or broken either way."""
    cause = held.matter.taken_last
    for case, obligation in held.everything_made():
        row = held.obligations.get(name_of(obligation))
        if row is None or obligation.said_verdict is None:
            continue
        promise, due = obligation.promise, obligation.due
        light = (case.client, case.channel, case.tier, promise.id, promise.version, due)
        if light != (row.client, row.channel, row.tier, row.promise, row.version, row.due):
            obligation.said_due = due
            found: list[Decision] = []
            decide(found, _CORRECTED, case.client, obligation, obligation.said_verdict, cause, now)
            yield _placed_in(case, obligation, found)


def by_edition(judged: Judged, edition: int) -> Judged:
    """The decisions as some that a new edition of the book brought about: what was final is restated."""
    cause = (OWN_SOURCE, f"edition/{edition}")
    return judged._replace(decisions=[as_restatement(made)._replace(cause=cause) for made in judged.decisions])

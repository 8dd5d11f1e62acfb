"""Shares of calls by each formula are those of the verdicts: what is kept among what is kept and broken, over any calls."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.cases.engine import step
from monitor.domain.cases.matter import Matter
from monitor.domain.cases.obligation import Verdict
from monitor.domain.facts.events import CallStep, Event
from monitor.domain.figures.call_service import CallService, Limit
from monitor.domain.hours.instant import MINUTE_US
from monitor.domain.promises.promise import Book
from monitor.domain.promises.promised_calls import CallTerms, Credit, Formula
from monitor.domain.work.calls import CallOutcome, calls_in
from tests.unit.domain.builders import at, book, call, promise

WITHIN = 20 * MINUTE_US
_STEPS = st.sampled_from(CallStep)
_CALLS = st.lists(
    st.tuples(
        st.sampled_from(("C1", "C2", "C3", "C4")), st.integers(0, 40), _STEPS, st.sampled_from(("tax", None, "pay"))
    ),
    min_size=1,
    max_size=14,
)


def _told(said: list[tuple[str, int, CallStep, str | None]]) -> list[Event]:
    """Calls that take these steps, at these minutes; by noon all of them are over."""
    steps = [call(at("09:00") + minute * MINUTE_US, kind, call=name, queue=queue) for name, minute, kind, queue in said]
    ends = [call("12:00", CallStep.ENDED, call=name) for name in {name for name, *_ in said}]
    return sorted([*steps, *ends], key=lambda event: event[:4])


def _served(events: list[Event], by: Book, terms: CallTerms) -> CallService:
    served = CallService()
    for facts in calls_in(events, by).values():
        limit = Limit((facts.offered_at or 0) + WITHIN, terms.short_abandon, terms.neither)
        served.add(facts, limit)
    return served


@given(_CALLS, st.sampled_from((0, 10 * MINUTE_US)), st.none() | st.sampled_from(Credit), st.sampled_from(Formula))
def test_a_share_is_that_of_the_verdicts(
    said: list[tuple[str, int, CallStep, str | None]], short_abandon: int, neither: Credit | None, formula: Formula
) -> None:
    events, terms = _told(said), CallTerms(formula, short_abandon, neither)
    by = book(promise("answer_call", "20m", hours="always", calls=terms))
    matter, _ = step(Matter(by), events, at("fri 12:00"))
    verdicts = [
        obligation.verdict(at("fri 12:00")) for case in matter.cases.values() for obligation in case.obligations
    ]
    kept, broken = verdicts.count(Verdict.KEPT), verdicts.count(Verdict.BROKEN)
    served = _served(events, by, terms)
    assert (served.met[formula], served.counted[formula]) == (kept, kept + broken)
    assert served.offered == len(verdicts)


@given(_CALLS)
def test_every_call_is_counted_once(said: list[tuple[str, int, CallStep, str | None]]) -> None:
    events = _told(said)
    served = _served(events, book(), CallTerms())
    assert served.offered + served.left_menu == len({name for name, *_ in said})
    assert served.offered == sum(served.outcomes.values()) + served.waiting
    assert served.within <= served.outcomes[CallOutcome.ANSWERED]

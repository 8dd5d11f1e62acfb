"""The facts of telephone calls: waits, answers, hang-ups, phantoms; pooled."""

from __future__ import annotations

from monitor.domain.facts.events import Call, CallStep, Event
from monitor.domain.hours.instant import SECOND_US
from monitor.domain.work.calls import CallTally
from tests.unit.domain.builders import at, book, event, sent

OFFERED, ANSWERED, ABANDONED = CallStep.OFFERED, CallStep.ANSWERED, CallStep.ABANDONED
TRANSFERRED, ENDED = CallStep.TRANSFERRED, CallStep.ENDED


def step(
    second: float,
    what: CallStep,
    call: str = "C1",
    *,
    queue: str | None = "helpline",
    source: str = "exchange",
    **said: bool,
) -> Event:
    fact = Call(what, call, inbound=True, queue=queue, agent="anna", genuine=said.get("genuine", True))
    return event(at("10:00") + round(second * SECOND_US), f"call.{what.value}", fact, source=source)


def tally(*events: Event) -> CallTally:
    """The calls of one matter."""
    made = CallTally()
    made.add(sorted(events, key=lambda happened: happened[:4]), book())
    return made


def waits(made: CallTally) -> list[float]:
    return [wait / SECOND_US for wait in made.waits]


def test_the_wait_runs_from_joining_the_queue_to_the_answer() -> None:
    assert waits(tally(step(0, OFFERED, queue=None), step(10, OFFERED), step(35, ANSWERED), step(90, ENDED))) == [25]


def test_who_hangs_up_waited_until_then() -> None:
    made = tally(step(0, OFFERED), step(40, ABANDONED))
    assert (waits(made), len(made.abandoned), len(made.answered)) == ([40], 1, 0)


def test_a_call_that_hangs_up_in_the_menu_has_no_wait() -> None:
    made = tally(step(0, OFFERED, queue=None), step(5, ABANDONED, queue=None))
    assert (waits(made), len(made.abandoned)) == ([], 1)


def test_a_call_that_still_waits_has_no_wait_yet() -> None:
    assert waits(tally(step(0, OFFERED))) == []


def test_a_call_that_ends_unanswered_is_neither_answered_nor_hung_up() -> None:
    made = tally(step(0, OFFERED), step(12, ENDED))
    assert (len(made.neither), len(made.answered), len(made.abandoned), waits(made)) == (1, 0, 0, [12])


def test_a_second_queue_does_not_start_the_wait_anew() -> None:
    assert waits(tally(step(0, OFFERED), step(20, OFFERED, queue="other"), step(30, ANSWERED))) == [30]


def test_a_second_answer_after_a_transfer_is_the_same_call() -> None:
    made = tally(step(0, OFFERED), step(10, ANSWERED), step(60, TRANSFERRED), step(70, ANSWERED), step(99, ENDED))
    assert (len(made.calls), len(made.answered), waits(made)) == (1, 1, [10])


def test_a_call_is_known_by_its_source_and_its_identifier() -> None:
    made = tally(step(0, OFFERED), step(0, OFFERED, source="other"), step(0, OFFERED, call="C2"), step(5, ANSWERED))
    assert (len(made.calls), len(made.answered)) == (3, 1)


def test_a_call_that_is_only_offered_counts_as_neither() -> None:
    assert len(tally(step(0, OFFERED)).neither) == 1


def test_what_is_no_call_is_no_call() -> None:
    assert tally(sent("10:00")).calls == []


def test_answered_within_counts_the_limit_in() -> None:
    # "≤ T from joining the queue" (semantics.md): 20 s is within 20 s, 20.000001 s is not.
    made = tally(step(0, OFFERED, "A"), step(20, ANSWERED, "A"), step(0, OFFERED, "B"), step(20.000001, ANSWERED, "B"))
    assert made.answered_within(20 * SECOND_US) == 1


def test_a_call_that_never_queued_was_answered_at_once() -> None:
    made = tally(step(0, OFFERED, queue=None), step(300, ANSWERED, queue=None))
    assert made.answered_within(20 * SECOND_US) == 1


def test_who_hung_up_was_not_answered_within_any_limit() -> None:
    assert tally(step(0, OFFERED), step(3, ABANDONED)).answered_within(20 * SECOND_US) == 0


def test_a_robot_that_picks_up_is_nobody() -> None:
    # The menu's robot picks up at 0 s, the call queues at 5 s, anna answers at 65 s: the client waited 60 s.
    made = tally(step(0, ANSWERED, queue=None, genuine=False), step(5, OFFERED), step(65, ANSWERED))
    assert waits(made) == [60]


def test_counts_are_pooled_over_matters() -> None:
    # Waits 10 s | 20 s, 60 s: the mean of all three is 30 s, the median 20 s. The mean of the matters' means would be 25 s.
    made = tally(step(0, OFFERED), step(10, ANSWERED))
    made.add([step(0, OFFERED, "A"), step(20, ANSWERED, "A"), step(30, OFFERED, "B"), step(90, ABANDONED, "B")], book())
    assert (made.mean_wait, made.median_wait) == (30 * SECOND_US, 20 * SECOND_US)


def test_the_same_identifier_in_two_matters_is_two_calls() -> None:
    made = tally(step(0, OFFERED))
    made.add([step(0, OFFERED)], book())
    assert len(made.calls) == 2


def test_without_calls_there_is_no_mean_rather_than_zero() -> None:
    made = tally()
    assert (made.mean_wait, made.median_wait, made.answered_within(0)) == (None, None, 0)

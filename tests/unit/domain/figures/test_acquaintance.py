"""The people a client meets against those who do their work, worked by hand: the rule "Met" of ARCHITECTURE.md."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.cases.engine import step
from monitor.domain.cases.matter import Matter
from monitor.domain.facts.events import UNIDENTIFIED, Event
from monitor.domain.figures.acquaintance import Acquaintances, Amount, WorkByPerson
from monitor.domain.figures.delivered import Work, work_in
from monitor.domain.hours.instant import MINUTE_US, InstantUs
from monitor.domain.work.touches import Touch, Way
from tests.unit.domain.builders import STAFF, at, book, held, logged, noted, opened, sent


def told(*events: Event, until: InstantUs | None = None) -> tuple[WorkByPerson, Acquaintances]:
    matter, _ = step(Matter(book(staff=STAFF)), events, at("fri 12:00"))
    work, met = WorkByPerson(), Acquaintances(until)
    done = list(work_in(matter))
    met.take_work(done)
    met.take_untold(matter)
    for each in done:
        work.add(each)
    return work, met


def split(*events: Event, until: InstantUs | None = None) -> dict[bool | None, tuple[int, float]]:
    """Touches and minutes by whether acme has met whoever did them."""
    work, met = told(*events, until=until)
    found = work.by_acquaintance("acme", met)
    return {is_met: (amount.touches, amount.time / MINUTE_US) for is_met, amount in found.items()}


WORKED = (
    opened("09:00"),
    logged("11:00", "anna", 30 * MINUTE_US),
    logged("12:00", "ben", 60 * MINUTE_US),
    logged("13:00", "carl", 30 * MINUTE_US),
    sent("14:00", author="carl"),
)


def test_the_work_of_people_whom_the_client_has_met_is_told_apart_and_meetings_are_none() -> None:
    # Anna is met for 45 minutes, which count for nothing; she works 30, Ben 60, Carl 30 and writes a mail without length.
    found = split(*WORKED, held("10:00", "anna", length=45 * MINUTE_US))
    assert found == {True: (1, 30.0), False: (3, 90.0), None: (0, 0.0)}


def test_whom_a_client_meets_later_is_met_unless_that_is_after_the_time_asked_about() -> None:
    events = (*WORKED, held("tue 10:00", "ben"))
    assert split(*events)[True] == (1, 60.0)
    assert split(*events, until=at("tue 10:00"))[True] == (0, 0.0)
    assert split(*events, until=at("tue 10:00") + 1)[True] == (1, 60.0)


def test_the_client_must_have_come() -> None:
    assert split(*WORKED, held("10:00", "anna", client_came=False))[False] == (4, 120.0)


def test_where_nobody_tells_who_came_it_may_have_been_anybody_not_met_otherwise() -> None:
    events = (*WORKED, held("10:00", "anna"), held("10:30", tells_who=False))
    assert split(*events) == {True: (1, 30.0), False: (0, 0.0), None: (3, 90.0)}
    # A meeting of which it is told that nobody came says nothing of anybody.
    assert split(*WORKED, held("10:30"))[None] == (0, 0.0)


def test_nobody_knows_whom_a_client_has_met_who_is_not_known() -> None:
    met = Acquaintances()
    assert met.has_met(UNIDENTIFIED, "anna") is None
    assert met.has_met("acme", "anna") is False


PEOPLE = st.sampled_from(("anna", "ben", "carl"))
WORK = st.tuples(PEOPLE, st.sampled_from((Way.LOGGED, Way.TALKED, Way.MET)), st.none() | st.integers(0, 90))


def _done(person: str, way: Way, length: int | None) -> Work:
    return Work("K1", "acme", Touch(0, person, way, length, noted("09:00")), "", "", None, None)


@given(st.lists(WORK, max_size=5))
def test_whatever_the_order_all_work_but_meetings_is_there_once(done: list[tuple[str, Way, int | None]]) -> None:
    found = []
    for order in permutations([_done(*each) for each in done[:4]]):
        work, met = WorkByPerson(), Acquaintances()
        for each in order:
            met.take_work([each])
            work.add(each)
        found.append(work.by_acquaintance("acme", met))
    assert all(each == found[0] for each in found)
    whole = Amount()
    for amount in found[0].values():
        whole.add(amount.touches, amount.time)
    counted = [each for each in done[:4] if each[1] is not Way.MET]
    assert whole.time == sum(length or 0 for _, _, length in counted)
    assert whole.touches == sum(way is not Way.TALKED for _, way, _ in counted)

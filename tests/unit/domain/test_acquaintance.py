"""The people a client meets against those who do their work, worked by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.acquaintance import Acquaintance, acquaintance, first_meetings
from monitor.domain.engine import step
from monitor.domain.events import Event
from monitor.domain.instant import MINUTE_US
from monitor.domain.matter import Matter
from monitor.domain.touches import Touch, Way, touches_in
from tests.unit.domain.builders import STAFF, at, book, held, logged, noted, opened


def touches(*events: Event) -> list[Touch]:
    made = book(staff=STAFF)
    matter, _ = step(Matter(made), events, at("fri 12:00"))
    conduct = matter.cases["K1"].conduct
    assert conduct is not None
    return touches_in(conduct.work, conduct.holdings, made)


MINUTES = 60 * 1_000_000


def test_the_share_is_that_of_the_minutes_of_people_whom_the_client_has_met() -> None:
    # Anna is met at 10:00 and works 30 minutes, Ben works 60 and Carl 30 and the client has met neither: 30 of 120.
    done = touches(
        opened("09:00"),
        held("10:00", "anna", length=45 * MINUTE_US),
        logged("11:00", "anna", 30 * MINUTE_US),
        logged("12:00", "ben", 60 * MINUTE_US),
        logged("13:00", "carl", 30 * MINUTE_US),
    )
    found = acquaintance(done, first_meetings(done))
    assert (found.met, found.whole, found.share) == (30 * MINUTES, 120 * MINUTES, 0.25)
    assert found.strangers == {"ben": 60 * MINUTES, "carl": 30 * MINUTES}


def test_who_was_met_in_another_case_before_is_known_and_who_is_met_after_the_end_is_not() -> None:
    before = first_meetings([*touches(opened("09:00"), held("09:30", "ben"))])
    done = touches(opened("10:00"), logged("11:00", "ben", 10 * MINUTE_US), logged("11:30", "anna", 30 * MINUTE_US))
    met = before | {"anna": at("tue 10:00")}
    assert acquaintance(done, met, until=at("mon 17:00")).share == 0.25
    assert acquaintance(done, met, until=at("tue 10:00")).share == 1.0


def test_where_no_minutes_are_known_there_is_no_share() -> None:
    done = touches(opened("09:00"), held("10:00", "anna", length=45 * MINUTE_US), noted("11:00"))
    assert acquaintance(done, first_meetings(done)) == Acquaintance()
    assert Acquaintance().share is None


def test_the_client_must_have_come() -> None:
    done = touches(opened("09:00"), held("10:00", "anna", client_came=False), logged("11:00", "anna", 30 * MINUTE_US))
    assert acquaintance(done, first_meetings(done)).share == 0.0


PEOPLE = st.sampled_from(("anna", "ben", "carl"))
EVENT = noted("09:00")


@given(
    st.lists(st.tuples(PEOPLE, st.sampled_from((Way.LOGGED, Way.TALKED, Way.MET)), st.integers(0, 90))),
    st.dictionaries(PEOPLE, st.integers(0, 100)),
    st.integers(0, 100),
)
def test_the_minutes_of_the_met_and_of_strangers_are_all_there_are(
    done: list[tuple[str, Way, int]], met: dict[str, int], until: int
) -> None:
    found = acquaintance([Touch(0, person, way, length, EVENT) for person, way, length in done], met, until=until)
    assert found.met + sum(found.strangers.values()) == found.whole
    assert found.whole == sum(length for _, way, length in done if way is not Way.MET)

"""Events in any order become matters: what is judged together."""

from __future__ import annotations

from itertools import permutations

import pytest

from monitor.domain.cases.gathering import Gathering
from monitor.domain.facts.events import Event, Heard, StaffChanged
from monitor.domain.hours.instant import HOUR_US
from monitor.domain.promises.knowledge import SourceRule
from tests.unit.domain.builders import (
    at,
    book,
    client_changed,
    event,
    linked,
    merged,
    opened,
    promise,
    received,
    sent,
)

TIERED = book(promise("resolve", "1h", tier="gold"))


def gathered(*events: Event) -> Gathering:
    made = Gathering(TIERED)
    for happened in events:
        made.add(happened)
    return made


def cases_of(gathering: Gathering) -> list[list[str]]:
    """The cases of each matter that its events name."""
    return [sorted({happened.case for happened in matter.events if happened.case}) for matter in gathering.matters()]


def test_each_case_is_a_matter_of_its_own() -> None:
    assert cases_of(gathered(opened("10:00"), opened("10:00", case="K2"), sent("11:00"))) == [["K1"], ["K2"]]


def test_matters_come_in_the_order_in_which_their_first_cases_appeared() -> None:
    events = [opened("12:00", case="K3"), opened("10:00"), opened("11:00", case="K2"), merged("13:00", "K3", case="K2")]
    assert cases_of(gathered(*events)) == [["K2", "K3"], ["K1"]]


@pytest.mark.parametrize("join", [merged("11:00", "K2"), linked("11:00", "K2")], ids=["merged", "linked"])
def test_cases_that_were_joined_are_one_matter_in_any_order(join: Event) -> None:
    for events in permutations([opened("10:00"), opened("10:00", case="K2"), join]):
        assert cases_of(gathered(*events)) == [["K1", "K2"]]


def test_a_chain_of_merges_is_one_matter() -> None:
    joins = [merged("11:00", "K2"), merged("12:00", "K3", case="K2"), linked("13:00", "K3", case="K4")]
    for ordered in permutations(joins):
        assert cases_of(gathered(opened("10:00"), *ordered)) == [["K1", "K2", "K4"]]


def test_a_circle_of_merges_ends() -> None:
    joins = [merged("11:00", "K2"), merged("12:00", "K1", case="K2")]
    assert cases_of(gathered(opened("10:00"), opened("10:00", case="K2"), *joins)) == [["K1", "K2"]]


def test_a_case_merged_into_itself_stays_one_matter() -> None:
    assert cases_of(gathered(opened("10:00"), merged("11:00", "K1"))) == [["K1"]]


def test_an_event_that_comes_twice_is_in_a_matter_once() -> None:
    [matter] = gathered(opened("10:00"), opened("10:00"), sent("10:10")).matters()
    assert len(matter.events) == 2


def test_a_matter_holds_its_events_in_the_order_of_their_times() -> None:
    [matter] = gathered(sent("10:10"), received("10:20"), opened("10:00")).matters()
    assert [happened.time for happened in matter.events] == [at("10:00"), at("10:10"), at("10:20")]


def test_a_change_of_a_client_concerns_every_case_of_theirs_and_no_other() -> None:
    # bolt is silver in the book; promoted, both its cases have a promise.
    events = [
        opened("10:00", client="bolt"),
        opened("10:00", case="K2", client=None, address="ann@bolt.example"),
        opened("10:00", case="K3", client="zeta"),
        client_changed("09:00", "gold", client="bolt"),
    ]
    found = {
        name: len(case.obligations) for matter in gathered(*events).matters() for name, case in matter.cases.items()
    }
    assert found == {"K1": 1, "K2": 1, "K3": 0}


def test_a_change_of_staff_is_known_to_the_directory() -> None:
    promotion = event("10:00", "staff.changed", StaffChanged("anna", "senior", None, None, None), case=None)
    assert gathered(promotion).directory.grade_of("anna", at("10:00")) == "senior"


def test_a_heartbeat_is_heard_and_belongs_to_no_matter() -> None:
    gathering = Gathering(book(sources={"desk": SourceRule(HOUR_US, sequenced=False, channels=None)}))
    gathering.add(event("10:00", "source.heartbeat", Heard(), case=None, client=None))
    assert list(gathering.matters()) == []
    assert len(gathering.ears.coverage(at("11:01")).gaps) == 1


def test_every_event_of_a_case_is_a_sign_of_life_of_its_source() -> None:
    gathering = Gathering(book(sources={"desk": SourceRule(HOUR_US, sequenced=False, channels=None)}))
    gathering.add(opened("10:00"))
    assert [gap.starts_at for gap in gathering.ears.coverage(at("11:01")).gaps] == [at("10:00")]

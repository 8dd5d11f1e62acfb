"""Who works when: somebody always does, and what the personnel office says adds up to who is there."""

from __future__ import annotations

from typing import Final

import pytest

from monitor.demo.firm import demonstration_book
from monitor.demo.roster import NEWCOMERS, NIGHT_DESK, OFFICES, Roster
from monitor.demo.season import WEEK_US, Seasons
from monitor.domain.hours.instant import HOUR_US, InstantUs, parse_instant

START: Final[InstantUs] = parse_instant("2026-03-02T08:00:00Z")
SEASONS: Final = 60


@pytest.fixture(scope="module")
def roster() -> Roster:
    return Roster(demonstration_book(), Seasons(START, WEEK_US), 1)


def test_somebody_is_on_duty_at_every_hour_of_a_week(roster: Roster) -> None:
    for hour in range(7 * 24):
        for office in OFFICES:
            assert roster.on_duty(office, START + hour * HOUR_US)


def test_the_client_s_own_office_serves_it_while_open_and_the_night_desk_on_sundays(roster: Roster) -> None:
    monday_morning, sunday = START + 2 * HOUR_US, parse_instant("2026-03-08T12:00:00Z")
    assert {person.team for person in roster.on_duty("london", monday_morning)} == {"london"}
    assert {person.team for person in roster.on_duty("london", sunday)} == {NIGHT_DESK}


def test_at_night_an_office_that_is_awake_stands_in(roster: Roster) -> None:
    # 02:00 in London is 11:00 in Tokyo.
    assert {person.team for person in roster.on_duty("london", parse_instant("2026-03-03T02:00:00Z"))} == {"tokyo"}


def test_the_personnel_office_tells_of_every_change(roster: Roster) -> None:
    people = {person.name: (person.grade, person.team) for person in roster.everybody(0)}
    away: set[str] = set()
    for number in range(SEASONS):
        for data in roster.changes(number):
            name = data["person"]
            if "left" in data:
                del people[name]
                away.discard(name)
                continue
            grade, team = people.get(name, ("", ""))
            if data.get("team") == "away":
                away.add(name)
            else:
                away.discard(name)
                team = data.get("team", team)
            people[name] = (data.get("grade", grade), team)
        assert people == {person.name: (person.grade, person.team) for person in roster.everybody(number)}
        opening = START + number * WEEK_US
        on_duty = {person.name for office in (*OFFICES, NIGHT_DESK) for person in roster.on_duty(office, opening)}
        assert not on_duty & away


def test_newcomers_begin_as_trainees_and_come_again(roster: Roster) -> None:
    book = demonstration_book()
    newcomers = {
        person.name: person.grade
        for number in range(SEASONS)
        for person in roster.everybody(number)
        if person.name not in book.staff
    }
    assert newcomers == {name: "trainee" for name, _ in NEWCOMERS}


def test_the_firm_neither_dies_out_nor_grows_without_end(roster: Roster) -> None:
    assert all(28 <= len(roster.everybody(number)) <= 36 for number in range(0, 1_000, 7))

"""Who had which grade when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from monitor.domain.facts.events import Event, StaffChanged
from monitor.domain.hours.instant import HOUR_US
from monitor.domain.promises.knowledge import Person
from monitor.domain.work.directory import Directory
from tests.unit.domain.builders import at, event, opened


def staff(*people: Person) -> dict[str, Person]:
    return {person.name: person for person in people}


def graded(when: str, person: str, grade: str | None) -> Event:
    return event(when, "staff.changed", StaffChanged(person, grade, None, None, None), case=None)


ANNA = Person("anna", "trainee", None, at("tue 00:00"), None)


def test_the_books_grade_holds_from_the_first_day_on() -> None:
    assert Directory(staff(ANNA)).grade_of("anna", at("tue 00:00")) == "trainee"


def test_before_the_first_day_the_grade_is_unknown() -> None:
    assert Directory(staff(ANNA)).grade_of("anna", at("mon 23:59")) is None


def test_without_a_first_day_the_books_grade_held_since_ever() -> None:
    directory = Directory(staff(Person("ben", "partner", None, None, None)))
    assert directory.grade_of("ben", at("1990-01-01 00:00")) == "partner"


def test_a_person_nobody_named_is_unknown() -> None:
    assert Directory(staff(ANNA)).grade_of("zoe", at("wed 10:00")) is None


def test_a_person_without_a_grade_is_unknown() -> None:
    directory = Directory(staff(Person("ben", None, "desk", None, None)))
    assert directory.grade_of("ben", at("wed 10:00")) is None


@pytest.mark.parametrize(
    ("when", "grade"),
    [("wed 09:59", "trainee"), ("wed 10:00", "associate"), ("thu 10:00", "senior"), ("fri 10:00", "senior")],
)
@pytest.mark.parametrize("in_order", [True, False])
def test_changes_hold_from_their_instant_on_in_whatever_order_they_come(
    when: str, grade: str, *, in_order: bool
) -> None:
    directory = Directory(staff(ANNA))
    changes = [graded("wed 10:00", "anna", "associate"), graded("thu 10:00", "anna", "senior")]
    for change in changes if in_order else reversed(changes):
        directory.take(change)
    assert directory.grade_of("anna", at(when)) == grade


def test_a_repeated_change_changes_nothing() -> None:
    directory = Directory(staff(ANNA))
    for _ in range(2):
        directory.take(graded("wed 10:00", "anna", "associate"))
    assert directory.grade_of("anna", at("fri 10:00")) == "associate"


def test_a_change_that_is_taken_back_leaves_everything_as_it_was() -> None:
    directory = Directory(staff(ANNA))
    directory.take(graded("wed 10:00", "anna", "associate"))
    taken_back = graded("thu 10:00", "anna", "senior")
    directory.take(taken_back)
    assert directory.grade_of("anna", at("fri 10:00")) == "senior"
    for _ in range(2):
        directory.forget(taken_back)
        assert directory.grade_of("anna", at("fri 10:00")) == "associate"
    assert directory.take(taken_back)
    assert directory.grade_of("anna", at("fri 10:00")) == "senior"


def test_a_change_without_a_grade_leaves_the_grade() -> None:
    directory = Directory(staff(ANNA))
    directory.take(graded("wed 10:00", "anna", None))
    assert directory.grade_of("anna", at("fri 10:00")) == "trainee"


def test_somebody_the_book_does_not_list_gets_a_grade_from_an_event() -> None:
    directory = Directory({})
    directory.take(graded("wed 10:00", "zoe", "senior"))
    assert [directory.grade_of("zoe", at(when)) for when in ("wed 09:00", "wed 11:00")] == [None, "senior"]


def changed(when: str, person: str = "anna", **said: Any) -> Event:
    known: dict[str, Any] = {"grade": None, "team": None, "joined": None, "left": None, "absent": None}
    return event(when, "staff.changed", StaffChanged(person, **(known | said)), case=None)


def at_each(asked: Callable[[str, int], object], *whens: str) -> list[object]:
    """What the directory says of anna at each instant."""
    return [asked("anna", at(when)) for when in whens]


def test_an_event_of_the_first_instant_is_a_later_word_than_the_book() -> None:
    directory = Directory(staff(ANNA))
    directory.take(graded("tue 00:00", "anna", "senior"))
    assert directory.grade_of("anna", at("tue 00:00")) == "senior"


def test_of_two_words_at_one_instant_the_later_in_order_counts() -> None:
    one, other = graded("wed 10:00", "anna", "associate"), graded("wed 10:00", "anna", "senior")
    for events in ((one, other), (other, one)):
        directory = Directory(staff(ANNA))
        for each, sequence in zip(events, (1, 2) if events[0] is one else (2, 1), strict=True):
            directory.take(each._replace(sequence=sequence))
        assert directory.grade_of("anna", at("wed 10:00")) == "senior"


def test_a_rank_is_the_place_on_the_scale() -> None:
    directory = Directory(staff(ANNA), ("trainee", "associate", "senior"))
    directory.take(graded("wed 10:00", "anna", "senior"))
    assert at_each(directory.rank_of, "mon 10:00", "tue 10:00", "wed 10:00") == [None, 0, 2]


def test_a_grade_that_is_not_on_the_scale_has_no_rank() -> None:
    directory = Directory(staff(ANNA), ("associate", "senior"))
    assert directory.rank_of("anna", at("wed 10:00")) is None


def test_tenure_is_the_time_since_joining() -> None:
    # Joined on Tuesday at midnight; Wednesday 10:00 is 34 hours later.
    assert at_each(Directory(staff(ANNA)).tenure_of, "mon 10:00", "tue 00:00", "wed 10:00") == [None, 0, 34 * HOUR_US]


def test_who_never_joined_has_no_tenure() -> None:
    directory = Directory(staff(Person("anna", "senior", None, None, None)))
    assert directory.tenure_of("anna", at("wed 10:00")) is None


def test_a_joining_that_is_known_ahead_is_no_tenure_yet() -> None:
    directory = Directory({})
    directory.take(changed("mon 10:00", joined=at("thu 00:00")))
    assert at_each(directory.tenure_of, "wed 10:00", "thu 01:00") == [None, HOUR_US]


def test_a_change_of_team_holds_from_its_instant_on() -> None:
    directory = Directory(staff(Person("anna", "senior", "desk", None, None)))
    directory.take(changed("wed 10:00", team="night"))
    assert at_each(directory.team_of, "wed 09:59", "wed 10:00") == ["desk", "night"]


def test_an_absence_of_the_book_ends_where_they_are_back() -> None:
    directory = Directory(staff(Person("anna", None, None, None, None, ((at("tue 00:00"), at("thu 00:00")),))))
    assert at_each(directory.is_away, "mon 23:59", "tue 00:00", "wed 23:59", "thu 00:00") == [False, True, True, False]


def test_an_absence_of_an_event_lasts_until_another_ends_it() -> None:
    directory = Directory({})
    directory.take(changed("thu 09:00", absent=False))
    directory.take(changed("tue 09:00", absent=True))
    assert at_each(directory.is_away, "tue 08:59", "tue 09:00", "thu 08:59", "thu 09:00") == [False, True, True, False]


def test_who_left_is_away_and_keeps_the_grade_they_had() -> None:
    directory = Directory(staff(Person("anna", "senior", None, None, at("wed 00:00"))))
    assert at_each(directory.is_away, "tue 23:59", "wed 00:00") == [False, True]
    assert directory.grade_of("anna", at("thu 10:00")) == "senior"


def test_who_joins_again_after_leaving_is_back() -> None:
    directory = Directory(staff(Person("anna", "senior", None, at("2020-01-01 00:00"), at("tue 00:00"))))
    directory.take(changed("wed 09:00", joined=at("wed 09:00")))
    assert at_each(directory.is_away, "tue 09:00", "wed 09:00") == [True, False]


def test_a_change_says_whether_it_is_new() -> None:
    directory, change = Directory({}), graded("wed 10:00", "anna", "senior")
    assert [directory.take(change), directory.take(change)] == [True, False]


def test_other_events_say_nothing_of_grades() -> None:
    directory = Directory(staff(ANNA))
    directory.take(opened("wed 10:00", holder="anna"))
    assert directory.grade_of("anna", at("fri 10:00")) == "trainee"

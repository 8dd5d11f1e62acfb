"""Who had which grade when."""

from __future__ import annotations

import pytest

from monitor.domain.directory import Directory
from monitor.domain.events import Event, StaffChanged
from monitor.domain.promise import Person
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


def test_a_change_without_a_grade_leaves_the_grade() -> None:
    directory = Directory(staff(ANNA))
    directory.take(graded("wed 10:00", "anna", None))
    assert directory.grade_of("anna", at("fri 10:00")) == "trainee"


def test_somebody_the_book_does_not_list_gets_a_grade_from_an_event() -> None:
    directory = Directory({})
    directory.take(graded("wed 10:00", "zoe", "senior"))
    assert [directory.grade_of("zoe", at(when)) for when in ("wed 09:00", "wed 11:00")] == [None, "senior"]


def test_other_events_say_nothing_of_grades() -> None:
    directory = Directory(staff(ANNA))
    directory.take(opened("wed 10:00", holder="anna"))
    assert directory.grade_of("anna", at("fri 10:00")) == "trainee"

"""Who works for the demonstration firm when: offices and their hours, people who are away, join, rise and leave.

Everything is a function of the season's number, so that any instant can be asked about in any order and the
events of the personnel office tell the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from random import Random  # noqa: TID251  the simulator throws dice
from typing import Any, Final, NamedTuple

from monitor.demo.season import Seasons
from monitor.domain.hours.instant import InstantUs, format_instant
from monitor.domain.promises.promise import Book

OFFICE_OF_ZONE: Final[Mapping[str, str]] = {
    "Europe/London": "london",
    "Europe/Dublin": "london",
    "Europe/Berlin": "berlin",
    "America/New_York": "new york",
    "Asia/Tokyo": "tokyo",
    "Australia/Sydney": "tokyo",
}
"""Which office serves the clients of a zone; each has its team and its calendar in the book."""

OFFICES: Final = ("london", "berlin", "new york", "tokyo")
NIGHT_DESK: Final = "night desk"

AWAY_SHARE: Final = 0.08
"""Share of the people who are ill or on holiday in a season."""

NEWCOMERS: Final = (
    ("Poppy Ainsworth", "london"),
    ("Kofi Mensah", "london"),
    ("Leonie Krug", "berlin"),
    ("Owen Gallagher", "london"),
    ("Hana Suzuki", "tokyo"),
    ("Diego Fuentes", "new york"),
)
"""Trainees who are not in the book; one joins every second season, and stays for twelve."""
_JOINS_EVERY: Final = 2
_STAYS: Final = _JOINS_EVERY * len(NEWCOMERS)

PROMOTIONS: Final[Mapping[str, tuple[int, str]]] = {
    "Bethan Pugh": (2, "senior"),
    "Grace Liang": (5, "senior"),
    "Ellie Marsden": (8, "associate"),
}
"""The season in which somebody rises, and to which grade."""
DEPARTURES: Final[Mapping[str, int]] = {"Sora Tanabe": 4, "Jonas Ehrlich": 9}
"""The season from which somebody is no longer with the firm."""


class Colleague(NamedTuple):
    """Somebody on duty."""

    name: str
    grade: str
    team: str


class Roster:
    """The people of the firm over time."""

    def __init__(self, book: Book, seasons: Seasons, seed: int) -> None:
        self._book = book
        self._seasons = seasons
        self._seed = seed
        self._away = lru_cache(maxsize=64)(self._draw_away)
        self._present = lru_cache(maxsize=64)(self._list_present)
        self._team = lru_cache(maxsize=256)(self._list_team)

    # Questions

    def is_open(self, office: str, at: InstantUs) -> bool:
        """Whether an office is at work; the night desk always is."""
        return office == NIGHT_DESK or self._book.calendars[office].is_open(at)

    def on_duty(self, office: str, at: InstantUs) -> list[Colleague]:
        """Who can be asked: the client's office, else one that is awake, else the night desk; never nobody."""
        for team in (office, *OFFICES):
            if self.is_open(team, at) and (people := self._team(team, self._seasons.number(at))):
                return people
        return self._team(NIGHT_DESK, self._seasons.number(at)) or self.everybody(self._seasons.number(at))

    def is_on_duty(self, person: Colleague, at: InstantUs) -> bool:
        """Whether somebody is at work at an instant."""
        number = self._seasons.number(at)
        return self.is_open(person.team, at) and person.name in self._present(number)

    def everybody(self, number: int) -> list[Colleague]:
        """Everybody who belongs to the firm in a season, away or not."""
        staff = (
            Colleague(person.name, self._grade(person.name, person.grade or "", number), person.team or "")
            for person in self._book.staff.values()
            if number < DEPARTURES.get(person.name, number + 1)
        )
        return [*staff, *(Colleague(name, "trainee", team) for name, team in _newcomers(number))]

    def _grade(self, name: str, grade: str, number: int) -> str:
        since, higher = PROMOTIONS.get(name, (number + 1, grade))
        return higher if number >= since else grade

    def _list_present(self, number: int) -> frozenset[str]:
        return frozenset(person.name for person in self.everybody(number)) - self._away(number)

    def _list_team(self, team: str, number: int) -> list[Colleague]:
        present = self._present(number)
        return [person for person in self.everybody(number) if person.team == team and person.name in present]

    def _draw_away(self, number: int) -> frozenset[str]:
        if number == 0:
            return frozenset()
        dice = Random(f"{self._seed}/away/{number}")  # noqa: S311  no secret
        return frozenset(person.name for person in self.everybody(number) if dice.random() < AWAY_SHARE)

    # What the personnel office says

    def changes(self, number: int) -> Iterator[dict[str, Any]]:
        """The `data` of the staff.changed events at the beginning of a season."""
        if number == 0:
            return
        at = format_instant(self._seasons.opening(number))
        before, now = self._people(number - 1), self._people(number)
        for name in sorted(before.keys() - now.keys()):
            yield {"person": name, "left": at}
        for name in sorted(now.keys() - before.keys()):
            yield {"person": name, "grade": now[name].grade, "team": now[name].team, "joined": at}
        for name in sorted(before.keys() & now.keys()):
            if before[name].grade != now[name].grade:
                yield {"person": name, "grade": now[name].grade}
        yield from self._comings_and_goings(number, now)

    def _comings_and_goings(self, number: int, now: Mapping[str, Colleague]) -> Iterator[dict[str, Any]]:
        """Who is away is on the team `away` meanwhile: the events know no absences of their own."""
        before, away = self._away(number - 1), self._away(number)
        for name in sorted((away - before) & now.keys()):
            yield {"person": name, "team": "away"}
        for name in sorted((before - away) & now.keys()):
            yield {"person": name, "team": now[name].team}

    def _people(self, number: int) -> dict[str, Colleague]:
        return {person.name: person for person in self.everybody(number)}


@cache
def _newcomers(number: int) -> tuple[tuple[str, str], ...]:
    """The trainees of a season who are not in the book."""
    waves = range(max(0, (number - _STAYS) // _JOINS_EVERY + 1), number // _JOINS_EVERY + 1)
    return tuple(NEWCOMERS[wave % len(NEWCOMERS)] for wave in waves if wave > 0)

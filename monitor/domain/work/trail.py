"""From hand to hand: the way of a case through people and teams, and which of its steps hand it to somebody else.

A case is handed on where it goes from one team to another, whoever is named; or, inside one team or where the teams are
not known, from one person to another. Lying in the team's own tray in between, or with nobody, is no hand-off, and
neither is being taken from there for the first time. What a team had before comes back to it by a return (A-B-A), and
likewise what a person had before, where the team does not change.
"""

from __future__ import annotations

from typing import NamedTuple

from monitor.domain.facts.events import Event
from monitor.domain.hours.instant import InstantUs
from monitor.domain.work.directory import Directory


class Move(NamedTuple):
    """A hand-off: from a person or team to another, `is_between_teams` where these are known to be two."""

    at: InstantUs
    giver: str
    taker: str
    is_between_teams: bool
    is_return: bool


class Holding(NamedTuple):
    """From `at` on this person, or failing one this team, has the case; both None: nobody. `move` where it was handed on."""

    at: InstantUs
    person: str | None
    team: str | None
    event: Event
    move: Move | None
    is_taken: bool
    """Whether it is a person who did not have it just before: they took it on."""

    @property
    def is_by_nobody(self) -> bool:
        return self.person is None and self.team is None


class Trail:
    """Follows one case; what it remembers is who has it, and who had."""

    __slots__ = ("_directory", "_people", "_person", "_team", "_teams")

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._person: str | None = None
        self._team: str | None = None
        self._people: tuple[str, ...] = ()
        self._teams: tuple[str, ...] = ()
        """Everybody who has had it. Few ever do, and a tuple of nobody costs nothing."""

    def follow(self, at: InstantUs, person: str | None, team: str | None) -> Move | None:
        """The case is with this person and team from `at` on; a person's own team is looked up where none is given."""
        if team is None:
            if person is None:
                return None
            team = self._directory.team_of(person, at)
        if self._person is None and self._team is None:
            self._person, self._team = person, team
            self._people = () if person is None else (person,)
            self._teams = () if team is None else (team,)
            return None
        move = self._move(at, person, team)
        is_between_teams = team is not None and self._team is not None and team != self._team
        if person is not None or is_between_teams:
            self._person = person
        if team is not None and team != self._team:
            self._team = team
            self._teams += (team,)
        if person is not None and person not in self._people:
            self._people += (person,)
        return move

    def _move(self, at: InstantUs, person: str | None, team: str | None) -> Move | None:
        giver, giving_team = self._person, self._team
        if team is not None and giving_team is not None and team != giving_team:
            is_same_person = person == giver
            names = (giving_team, team) if is_same_person else (giver or giving_team, person or team)
            return Move(at, *names, is_between_teams=True, is_return=team in self._teams)
        if person is None or giver is None or person == giver:
            return None
        return Move(at, giver, person, is_between_teams=False, is_return=person in self._people)

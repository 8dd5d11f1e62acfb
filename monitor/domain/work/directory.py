"""Who was who when: grades, teams, tenure and absences, from the book's staff list and what `staff.changed` events say over it.

What holds of a person at an instant is what was last said of it up to and including that instant: by the book, from the
person's first day on (since ever where it names none), or by an event, from its time on. What nobody said is unknown.

One directory serves every matter: it grows as events come, in any order, and is a function of the set of them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from monitor.domain.facts.events import Event, StaffChanged
from monitor.domain.hours.instant import DAY_US, FOREVER_US, DurationUs, InstantUs
from monitor.domain.number import plain_number_of
from monitor.domain.promises.knowledge import Person
from monitor.domain.promises.tenure_bands import UNKNOWN, TenureBands


class Post(NamedTuple):
    """What is known of a person from `starts_at` on; None where it is not known."""

    starts_at: InstantUs
    grade: str | None = None
    team: str | None = None
    joined_at: InstantUs | None = None
    left_at: InstantUs | None = None
    is_absent: bool = False
    rank: int | None = None
    """How high on the scale the grade stands, 0 for the lowest; None where it is not on it."""


class Seniority(NamedTuple):
    """The grade and tenure band of somebody in [`starts_at`, `ends_at`), as work is counted by them.

    A grade that is not on the scale is unknown.
    """

    grade: str
    band: str
    starts_at: InstantUs
    ends_at: InstantUs
    rank: int | None
    """How high on the scale the grade stands; None where it is unknown."""


UNNAMED: Final = ""
"""Somebody of the firm whom an event does not name; nobody is called nothing."""

_Change: TypeAlias = tuple[tuple[InstantUs, str, int, str], StaffChanged]
"""A change with the place of its event in the canonical order."""

_UNKNOWN: Final = Post(-FOREVER_US)


class Directory:
    """The staff at any instant. A person nobody has named is unknown, never junior or senior."""

    def __init__(self, staff: Mapping[str, Person], grades: Sequence[str] = ()) -> None:
        """`grades` is the scale, the lowest first."""
        self._staff = staff
        self._ranks = {grade: rank for rank, grade in enumerate(grades)}
        self._changes: dict[str, list[_Change]] = {}
        self._identities: set[tuple[str, str]] = set()
        self._posts: dict[str, list[Post]] = {}
        """The posts of each person who was asked about, in order; forgotten when something new is said of them."""
        self._latest_ranks: dict[str, tuple[InstantUs, int | None]] = {}
        """The rank in the last post of each of them, and since when."""
        self._seniorities: dict[str, Seniority] = {}
        """What was last asked of each, forgotten likewise; by these bands."""
        self._bands: TenureBands | None = None

    def take(self, event: Event) -> bool:
        """Takes note of a `staff.changed` event, in any order; every other event, and a repeat, is ignored. Says whether it is new."""
        fact = event.fact
        if not isinstance(fact, StaffChanged) or event.identity in self._identities:
            return False
        self._identities.add(event.identity)
        insort(self._changes.setdefault(fact.person, []), (event[:4], fact), key=_place)
        self._forget_posts(fact.person)
        return True

    def forget(self, event: Event) -> None:
        """Takes back a `staff.changed` event: it is as if it had not come; any other is ignored."""
        fact = event.fact
        if isinstance(fact, StaffChanged) and event.identity in self._identities:
            self._identities.remove(event.identity)
            self._changes[fact.person].remove((event[:4], fact))
            self._forget_posts(fact.person)

    def _forget_posts(self, person: str) -> None:
        self._posts.pop(person, None)
        self._latest_ranks.pop(person, None)
        self._seniorities.pop(person, None)

    # Questions

    def grade_of(self, person: str, at: InstantUs) -> str | None:
        """The grade a person had at an instant; None where it is not known."""
        return self._post(person, at).grade

    def rank_of(self, person: str, at: InstantUs) -> int | None:
        """How high on the scale their grade stood, 0 for the lowest; None where it is not known or not on the scale."""
        latest = self._latest_ranks.get(person)
        if latest is not None:
            since, rank = latest
            if since <= at:
                return rank  # as `_post`, without another call for every touch
        return self._post(person, at).rank

    def rank_of_grade(self, grade: str | None) -> int | None:
        """How high a grade stands on the scale, None where there is none or it is not on it."""
        return None if grade is None else self._ranks.get(grade)

    def seniority_of(self, person: str, at: InstantUs, bands: TenureBands) -> Seniority:
        """The grade and tenure band of a person at an instant. Of each person the last answer is remembered."""
        if bands is not self._bands:
            self._bands = bands
            self._seniorities.clear()
        known = self._seniorities.get(person)
        if known is None or not known[2] <= at < known[3]:
            known = self._seniorities[person] = self._find_seniority(person, at, bands)
        return known

    def _find_seniority(self, person: str, at: InstantUs, bands: TenureBands) -> Seniority:
        post = self._post(person, at)
        later = (other.starts_at for other in self._posts_of(person) if other.starts_at > at)
        band, starts_at, ends_at = bands.around(post.joined_at, at)
        grade = UNKNOWN if post.rank is None else post.grade or UNKNOWN
        return Seniority(grade, band, max(post.starts_at, starts_at), min(next(later, FOREVER_US), ends_at), post.rank)

    def team_of(self, person: str, at: InstantUs) -> str | None:
        return self._post(person, at).team

    def joined_at(self, person: str, at: InstantUs) -> InstantUs | None:
        """When a person had joined the firm, as far as was known of them at an instant; None where it was not, or they had not yet."""
        joined_at = self._post(person, at).joined_at
        return None if joined_at is None or joined_at > at else joined_at

    def tenure_of(self, person: str, at: InstantUs) -> DurationUs | None:
        """How long a person had been with the firm at an instant; None where that is not known."""
        joined_at = self.joined_at(person, at)
        return None if joined_at is None else at - joined_at

    def describe(self, person: str, at: InstantUs) -> str:
        """A person as they were at an instant, e.g. `ben (trainee, 12 days with the firm)`."""
        grade, tenure = self.grade_of(person, at), self.tenure_of(person, at)
        since = "tenure unknown" if tenure is None else f"{plain_number_of(tenure // DAY_US, 'day')} with the firm"
        return f"{person or 'somebody not named'} ({grade or 'grade unknown'}, {since}{', away' if self.is_away(person, at) else ''})"

    def is_away(self, person: str, at: InstantUs) -> bool:
        """Whether a person was absent at an instant, or had left; somebody who joined again after leaving is back."""
        post = self._post(person, at)
        known = self._staff.get(person)
        is_on_leave = known is not None and any(starts <= at < ends for starts, ends in known.absences)
        return post.is_absent or is_on_leave or _has_left(post, at)

    def promoted_at(self, person: str) -> list[InstantUs]:
        """When a person's grade may have changed, in order."""
        return [post.starts_at for post in self._posts_of(person)]

    # How

    def _post(self, person: str, at: InstantUs) -> Post:
        posts = self._posts.get(person)
        if posts is None:
            posts = self._posts_of(person)
        if posts and posts[-1].starts_at <= at:
            return posts[-1]  # most questions are about the present
        index = bisect_right(posts, at, key=_starts_at)
        return posts[index - 1] if index else _UNKNOWN

    def _posts_of(self, person: str) -> list[Post]:
        posts = self._posts.get(person)
        if posts is None:
            posts = self._posts[person] = self._make_posts(person)
            if posts:
                self._latest_ranks[person] = (posts[-1].starts_at, posts[-1].rank)
        return posts

    def _make_posts(self, person: str) -> list[Post]:
        known = self._staff.get(person)
        said = [(place[0], fact) for place, fact in self._changes.get(person, ())]
        if known is not None:
            first_day = -FOREVER_US if known.joined_at is None else known.joined_at
            # An event of the very first instant is the later word.
            entry = StaffChanged(person, known.grade, known.team, known.joined_at, known.left_at, None)
            said.insert(bisect_left(said, first_day, key=_time), (first_day, entry))
        posts = [_UNKNOWN]
        for at, fact in said:
            post = _after(posts[-1], fact, at)
            posts.append(post._replace(rank=self.rank_of_grade(post.grade)))
        return posts[1:]


def _after(post: Post, fact: StaffChanged, at: InstantUs) -> Post:
    """What is known once this was said, from `at` on; what the fact leaves out stays."""
    return Post(
        at,
        post.grade if fact.grade is None else fact.grade,
        post.team if fact.team is None else fact.team,
        post.joined_at if fact.joined is None else fact.joined,
        post.left_at if fact.left is None else fact.left,
        post.is_absent if fact.absent is None else fact.absent,
    )


def _has_left(post: Post, at: InstantUs) -> bool:
    left_at, joined_at = post.left_at, post.joined_at
    return left_at is not None and left_at <= at and not (joined_at is not None and left_at <= joined_at <= at)


def _place(change: _Change) -> tuple[InstantUs, str, int, str]:
    return change[0]


def _time(said: tuple[InstantUs, StaffChanged]) -> InstantUs:
    return said[0]


def _starts_at(post: Post) -> InstantUs:
    return post.starts_at

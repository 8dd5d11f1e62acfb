"""Whether those who do the work are as senior as was promised.

A touch is by somebody who is fit, by somebody below what was promised, or by somebody of whom that is not known: a grade
or a joining that nobody has told. Who is not known is never held against a promise, and never in its favour.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

from monitor.domain.cases.account import Account
from monitor.domain.cases.deeds import Deed, Told
from monitor.domain.cases.obligation import BROKEN, KEPT, UNKNOWN, VOID, Conclusion, Obligation
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Kind
from monitor.domain.promises.promised_people import MILLION, SeniorityTerms, Substitution, percent
from monitor.domain.work.directory import UNNAMED, Directory
from monitor.domain.work.touches import Touch, Way


class Fitness(IntEnum):
    """Whether somebody is who was promised. Counted by: an IntEnum's place in a list is found many times faster than an Enum in a dict."""

    FIT = 0
    BELOW = 1
    UNKNOWN = 2


_FIT, _BELOW, _UNKNOWN = Fitness
_TALKED = Way.TALKED


class SeniorityAccount(Account):
    """What was done in one case so far, by whom, as one `seniority` promise counts it."""

    __slots__ = ("_directory", "_is_told", "_least", "_strangers", "_terms", "_work")

    def __init__(self, obligation: Obligation, directory: Directory) -> None:
        terms = obligation.promise.seniority
        assert terms is not None
        Account.__init__(self, obligation)
        self._terms: SeniorityTerms = terms
        self._directory = directory
        self._least = directory.rank_of_grade(terms.at_least)
        self._is_told = False
        self._work = [0, 0, 0]
        """Touches, or their lengths, by whose they are; what was done by the fit where it makes a difference."""
        self._strangers: tuple[str, ...] = ()

    def take(self, deed: Deed) -> bool:
        if not self.obligation.is_open:
            return False
        if type(deed) is Touch:
            return self._touch(deed)
        if type(deed) is Told:
            self._is_told = self._is_told or deed.kind in (None, Kind.SENIORITY.value)
        return False

    def _touch(self, touch: Touch) -> bool:
        at, person, way, length, _ = touch
        terms = self._terms
        amount = (length or 0) if terms.counts_minutes else way is not _TALKED
        if not amount:
            return False
        if terms.is_of_grade_alone:
            found = _reaches(self._directory.rank_of(person, at), self._least)
        else:
            found = fitness(terms, person, at, self._directory, is_told=self._is_told)
        self._work[found] += amount
        if found is _FIT:
            return False
        if found is _UNKNOWN:
            if person not in self._strangers:
                self._strangers += (person,)
        elif terms.is_of_everything:
            self.obligation.break_by(touch.event, at, self._accused(touch))
            return True
        return False

    def _accused(self, touch: Touch) -> str:
        """Who did what, and what was promised instead by whom."""
        said = self.obligation.promise.said
        by = f" by {said.by}" if said is not None and said.by is not None else ""
        who = self._directory.describe(touch.person, touch.at)
        return f"{who} {touch.way.value}, promised{by}: {self._terms.words}"

    def outcome(self) -> Conclusion:
        """What the work adds up to when the case is settled."""
        if not self._terms.is_of_everything:
            return share_of_work(self._terms, self._work, self._strangers)
        unknown = self._work[_UNKNOWN]
        return _in_doubt("all others were as promised", self._strangers) if unknown else ALL_AS_PROMISED


def share_of_work(terms: SeniorityTerms, work: Sequence[int], strangers: Sequence[str]) -> Conclusion:
    """What work adds up to that is promised in a share: `work` is how much there is by each Fitness, `strangers` are those of
    whom not enough is known."""
    fit, below, unknown = work
    total = fit + below + unknown
    if not total:
        return Conclusion(VOID, f"no {terms.measure.value} of work are known")
    promised = terms.share_millionths * total
    words = f"{percent(fit, total)} of the {terms.measure.value}, promised {terms.words}"
    if fit * MILLION >= promised:
        return Conclusion(KEPT, words)
    if (fit + unknown) * MILLION < promised:
        return Conclusion(BROKEN, words)
    return _in_doubt(words, strangers)


def _in_doubt(words: str, strangers: Sequence[str]) -> Conclusion:
    return Conclusion(
        UNKNOWN, f"{words}; not enough is known of {', '.join(person or 'somebody not named' for person in strangers)}"
    )


ALL_AS_PROMISED: Final = Conclusion(KEPT, "all was done by people as promised")


def fitness(
    terms: SeniorityTerms, person: str, at: InstantUs, directory: Directory, *, is_told: bool = False
) -> Fitness:
    """Whether somebody who did something at an instant is, or may stand in for, who was promised."""
    found = _worst(
        _is_promised(terms, person),
        _has_grade(terms, person, at, directory),
        _has_tenure(terms, person, at, directory),
    )
    substitution = terms.substitution
    if found is _FIT or substitution is None:
        return found
    standing_in = _stands_in(terms, substitution, person, at, directory, is_told=is_told)
    return found if standing_in is _BELOW else standing_in


def _worst(*found: Fitness) -> Fitness:
    return _BELOW if _BELOW in found else _UNKNOWN if _UNKNOWN in found else _FIT


def _best(*found: Fitness) -> Fitness:
    return _FIT if _FIT in found else _UNKNOWN if _UNKNOWN in found else _BELOW


def _is_promised(terms: SeniorityTerms, person: str) -> Fitness:
    if terms.people is None or person in terms.people:
        return _FIT
    return _UNKNOWN if person == UNNAMED else _BELOW


def _has_grade(terms: SeniorityTerms, person: str, at: InstantUs, directory: Directory) -> Fitness:
    if terms.at_least is None:
        return _FIT
    return _reaches(directory.rank_of(person, at), directory.rank_of_grade(terms.at_least))


def _reaches(rank: int | None, least: int | None) -> Fitness:
    if rank is None or least is None:
        return _UNKNOWN
    return _FIT if rank >= least else _BELOW


def _has_tenure(terms: SeniorityTerms, person: str, at: InstantUs, directory: Directory) -> Fitness:
    if terms.tenure is None:
        return _FIT
    joined_at = directory.joined_at(person, at)
    if joined_at is None:
        return _UNKNOWN
    return _FIT if at >= terms.tenure.reached_at(joined_at, terms.zone) else _BELOW


def _stands_in(
    terms: SeniorityTerms,
    substitution: Substitution,
    person: str,
    at: InstantUs,
    directory: Directory,
    *,
    is_told: bool,
) -> Fitness:
    """Whether somebody may stand in; nobody may where no condition is set."""
    found = [_FIT if is_told else _BELOW] if substitution.told_first else []
    if substitution.equal_grade:
        found.append(_reaches(directory.rank_of(person, at), _lowest_promised(terms, at, directory)))
    if not found:
        return _BELOW
    return _best(*found) if substitution.is_one_enough else _worst(*found)


def _lowest_promised(terms: SeniorityTerms, at: InstantUs, directory: Directory) -> int | None:
    """The rank of the most junior of the people promised whose grade is known; failing people, of the grade promised."""
    if terms.people is None:
        return directory.rank_of_grade(terms.at_least)
    ranks = [directory.rank_of(person, at) for person in terms.people]
    return min((rank for rank in ranks if rank is not None), default=None)

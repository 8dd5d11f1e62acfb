"""Whether those came to a meeting who were promised."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.domain.cases.obligation import BROKEN, KEPT, UNKNOWN, Conclusion
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promised_people import AttendTerms
from monitor.domain.work.directory import Directory


def attendance(
    terms: AttendTerms,
    came: Sequence[str] | None,
    invited: Sequence[str],
    *,
    at: InstantUs,
    directory: Directory,
) -> Conclusion:
    """What comes of a meeting held at `at` with the client.

    `came` is everybody of the firm who was there, None where nobody tells; `invited` who was announced to the client.
    Whose grade is not known is held against no promise, and in favour of none.
    """
    if came is None:
        return Conclusion(UNKNOWN, f"nobody told who came, promised: {terms.words}")
    if not came:
        return Conclusion(BROKEN, f"nobody came, promised: {terms.words}")
    present = f"{', '.join(came)} came, promised: {terms.words}"
    missing = [*_missing_people(terms, came), *_missing_invited(terms, came, invited)]
    grade = _grade(terms, came, at, directory)
    if missing or grade is False:
        absent = f"{', '.join(dict.fromkeys(missing))} did not come; " if missing else ""
        return Conclusion(BROKEN, f"{absent}{present}")
    if grade is None:
        return Conclusion(UNKNOWN, f"{present}; not every grade is known")
    return Conclusion(KEPT, present)


def _missing_people(terms: AttendTerms, came: Sequence[str]) -> Iterator[str]:
    absent = [person for person in terms.people or () if person not in came]
    if not terms.is_one_enough or len(absent) == len(terms.people or ()):
        yield from absent


def _missing_invited(terms: AttendTerms, came: Sequence[str], invited: Sequence[str]) -> Iterator[str]:
    if terms.as_invited:
        yield from (person for person in invited if person not in came)


def _grade(terms: AttendTerms, came: Sequence[str], at: InstantUs, directory: Directory) -> bool | None:
    """Whether the grade was there; None where that is not known."""
    if terms.at_least is None:
        return True
    least = directory.rank_of_grade(terms.at_least)
    ranks = [directory.rank_of(person, at) for person in came]
    reaches = [None if rank is None or least is None else rank >= least for rank in ranks]
    deciding = terms.is_one_grade_enough
    if deciding in reaches:
        return deciding
    return None if None in reaches else not deciding

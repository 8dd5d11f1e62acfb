"""Whether those who do a client's work of a period are as senior as was promised: all their cases together."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.domain.deeds import Deed, Told
from monitor.domain.directory import Directory
from monitor.domain.obligation import Conclusion
from monitor.domain.period import Period
from monitor.domain.promise import Kind
from monitor.domain.promised_people import SeniorityTerms
from monitor.domain.seniority import Fitness, fitness, share_of_work
from monitor.domain.touches import Touch, Way


def conclude_period(
    terms: SeniorityTerms, cases: Iterable[Iterable[Deed]], directory: Directory, period: Period
) -> Conclusion:
    """What a client's work of one period adds up to, by a promise of a share of it. Void where no work is known.

    `cases` are the deeds of each of the client's cases, in order, from before the period too: what the client was told then
    still holds. A touch belongs to the period of its instant, and is by somebody fit or not as in a single case.
    """
    work = [0, 0, 0]
    strangers: dict[str, None] = {}
    for deeds in cases:
        is_told = False
        for deed in deeds:
            if type(deed) is Told:
                is_told = is_told or deed.kind in (None, Kind.SENIORITY.value)
            elif (
                type(deed) is Touch
                and period.starts_at <= deed.at < period.ends_at
                and (amount := _amount(terms, deed))
            ):
                found = fitness(terms, deed.person, deed.at, directory, is_told=is_told)
                work[found] += amount
                if found is Fitness.UNKNOWN:
                    strangers[deed.person] = None
    return share_of_work(terms, work, tuple(strangers))


def _amount(terms: SeniorityTerms, touch: Touch) -> int:
    """The length of a touch, or one for each; how long somebody talked is no touch of its own."""
    return (touch.length or 0) if terms.counts_minutes else int(touch.way is not Way.TALKED)

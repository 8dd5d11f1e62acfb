"""All that is counted of one client and one period, in one reading of the history: for the four numbers and for shares."""

from __future__ import annotations

from typing import Final

from monitor.adapters.answers.delivered_counts import Binding, Openings, delivered
from monitor.adapters.answers.four_numbers import expectations_of, usual_promises
from monitor.adapters.answers.known import Known
from monitor.adapters.answers.known_clients import ClientPeriod
from monitor.adapters.answers.share_counts import Wanted, counted, shared_by
from monitor.adapters.journal import tables as t
from monitor.domain.figures.four_numbers import Delivered, pooled
from monitor.domain.figures.shares import Occasions, pooled_occasions
from monitor.domain.hours.period import periods_between
from monitor.domain.promises.promise import Book
from monitor.domain.promises.shared_promises import SharedPromises, ShareKey

_MOST_CUTS: Final = 60
"""Where shares are over more periods (a year's days), each length of each of them would be counted by itself."""


class ClientCounts:
    """The obligations to a client that opened in a period, and in the periods of its shares that lie in it in part."""

    def __init__(self, known: Known, about: ClientPeriod, book: Book) -> None:
        self.about = about
        client, period = about
        shared = shared_by(book)
        zone = shared.zone_of(client)
        shares = {promise.terms.each for promise in shared.promises.values()}
        bounds = [
            bound
            for each in shares
            for found in periods_between(each, period.starts_at, period.ends_at, zone)
            for bound in (found.starts_at, found.ends_at)
        ]
        cuts = sorted({period.starts_at, period.ends_at, *bounds})
        self._has_shares = len(cuts) <= _MOST_CUTS
        if not self._has_shares:
            cuts = [period.starts_at, period.ends_at]
        usual = usual_promises(book, client, (cuts[0], cuts[-1]))
        openings = Openings([t.DECISIONS.c.client == client], cuts, client)
        self._found = delivered(known, openings, expectations_of(book), usual=usual)

    def delivered(self) -> dict[Binding, Delivered]:
        """What became of those that opened in the period."""
        period = self.about.period
        found = {
            binding: [each for start, each in stretches.items() if period.starts_at <= start < period.ends_at]
            for binding, stretches in self._found.items()
        }
        return {binding: pooled(parts) for binding, parts in found.items() if parts}

    def shares(self, known: Known, shared: SharedPromises, wanted: Wanted) -> dict[ShareKey, Occasions]:
        """As `counted` has them, of this client in this period."""
        if not self._has_shares:
            return counted(known, shared, wanted)
        versions = {(promise.id, promise.version) for promise in wanted.promises}
        found: dict[ShareKey, list[Occasions]] = {}
        for binding, stretches in self._found.items():
            if (binding.promise, binding.version) not in versions:
                continue
            for start, each in stretches.items():
                key = shared.key_of(binding.client, binding.promise, binding.version, start)
                if key is not None and _is_in(shared, key, wanted):
                    found.setdefault(key, []).append(each.occasions)
        return {key: pooled_occasions(parts) for key, parts in found.items()}


def _is_in(shared: SharedPromises, key: ShareKey, wanted: Wanted) -> bool:
    """Whether the period of a share lies in the time asked about, at least in part."""
    period = shared.period(shared.promises[key.promise, key.version], key)
    return period.starts_at < wanted.until and wanted.since < period.ends_at

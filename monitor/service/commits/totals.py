"""What all commits so far add up to, sorted as those ask who watch: a scrape copies hundreds of numbers, not one for each
client, channel and tier there ever was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from monitor.domain.cases.decisions import GIVES_VERDICT
from monitor.domain.cases.obligation import Verdict
from monitor.domain.cases.workload import FigureKey
from monitor.domain.hours.instant import InstantUs
from monitor.service.ports.counts import Counts, K, Moved, OwningKey, RatioKey, Ratios

GIVEN: Final = (Verdict.KEPT, Verdict.BROKEN, Verdict.EXCUSED, Verdict.VOID, Verdict.UNKNOWN)
"""Verdicts that are given, as opposed to those of an obligation that goes on."""


class VerdictKey(NamedTuple):
    """What verdicts given are counted by."""

    kind: str
    channel: str
    tier: str
    verdict: str
    restated: bool


class ClientVerdictKey(NamedTuple):
    """What a client's verdicts are counted by."""

    client: str
    verdict: str
    restated: bool


class StandingKey(NamedTuple):
    """What obligations are counted by as they stand."""

    kind: str
    tier: str
    outcome: str
    is_open: bool


class ClientStandingKey(NamedTuple):
    """What a client's obligations are counted by as they stand."""

    client: str
    outcome: str
    is_open: bool


@dataclass(slots=True)
class Totals:
    """Sums over the counts of commits."""

    verdicts: Counter[VerdictKey] = field(default_factory=Counter)
    client_verdicts: Counter[ClientVerdictKey] = field(default_factory=Counter)
    decisions: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By (kind, type)."""
    standings: Counter[StandingKey] = field(default_factory=Counter)
    client_standings: Counter[ClientStandingKey] = field(default_factory=Counter)
    ratios: dict[RatioKey, Ratios] = field(default_factory=dict)
    figures: dict[FigureKey, Moved] = field(default_factory=dict)
    """What people did, by tier, grade, tenure, team and queue."""
    owning: dict[OwningKey, Ratios] = field(default_factory=dict)
    intake: Counter[str] = field(default_factory=Counter)
    dead_letters: int = 0
    clients: list[str] = field(default_factory=list)
    """In the order in which Kept first judged something of theirs, those of the book first."""
    heard: dict[str, InstantUs] = field(default_factory=dict)
    """The latest event time of each source."""

    def copy(self) -> Totals:
        """The same numbers, which stay as they are."""
        return Totals(
            self.verdicts.copy(),
            self.client_verdicts.copy(),
            self.decisions.copy(),
            self.standings.copy(),
            self.client_standings.copy(),
            self.ratios.copy(),
            self.figures.copy(),
            self.owning.copy(),
            self.intake.copy(),
            self.dead_letters,
            self.clients.copy(),
            self.heard.copy(),
        )

    def add(self, counts: Counts) -> None:
        """Adds what a commit brought, or all commits until now."""
        self._add_decisions(counts)
        for standing, count in counts.obligations.items():
            self.standings[StandingKey(standing.kind, standing.tier, standing.outcome, standing.is_open)] += count
            self.client_standings[ClientStandingKey(standing.client, standing.outcome, standing.is_open)] += count
        _add(self.ratios, counts.ratios)
        _add(self.owning, counts.owning)
        for arrived, count in counts.intake.items():
            self.intake[arrived.outcome] += count
        self.move(counts.figures)
        self.dead_letters += counts.dead_letters
        self.clients += counts.clients
        self.hear(counts.heard)

    def _add_decisions(self, counts: Counts) -> None:
        for key, count in counts.decisions.items():
            self.decisions[key.kind, key.type] += count
            if key.type in GIVES_VERDICT and key.verdict in GIVEN:
                self.verdicts[VerdictKey(key.kind, key.channel, key.tier, key.verdict, key.restated)] += count
                self.client_verdicts[ClientVerdictKey(key.client, key.verdict, key.restated)] += count

    def move(self, figures: Mapping[FigureKey, Moved]) -> None:
        """Adds what people did."""
        for figure, (counted, withdrawn) in figures.items():
            before = self.figures.get(figure, Moved())
            self.figures[figure] = Moved(before.counted + counted, before.withdrawn + withdrawn)

    def hear(self, heard: Mapping[str, InstantUs]) -> None:
        """Takes note of the latest event time of sources."""
        for source, time in heard.items():
            self.heard[source] = max(time, self.heard.get(source, time))


def _add(totals: dict[K, Ratios], counted: Mapping[K, Ratios]) -> None:
    """Wherever they were counted."""
    for key_at_home, (endings, total) in counted.items():
        key = key_at_home._replace(home=0)
        known = totals.get(key, Ratios())
        totals[key] = Ratios(known.endings + endings, known.total + total)

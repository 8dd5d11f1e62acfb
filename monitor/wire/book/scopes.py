"""Whom, which cases and which stretch of time each entry of a draft covers, in the domain's terms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from monitor.domain.hours.instant import DAY_US, FOREVER_US, InstantUs
from monitor.domain.hours.local_time import day_of_date, instant_of, zone_named
from monitor.domain.hours.working_hours import WorkingHours
from monitor.domain.promises.promise import Conditions, Kind
from monitor.wire.book.breaches import OwedEntry
from monitor.wire.book.draft import Draft
from monitor.wire.book.promise_base import ScopedEntry, When
from monitor.wire.written.yaml_source import Place


@dataclass(frozen=True, slots=True)
class Scope:
    """What one version of an entry covers. `position` counts the entries of its section, at `section` in the file, from 0."""

    position: int
    id: str
    version: int
    kind: Kind | None
    """None for what is owed for breaches."""
    client: str | None
    tier: str | None
    when: Conditions
    since: date | None
    """The local date of `starts_at`; None where it holds since ever."""
    starts_at: InstantUs
    ends_at: InstantUs
    section: Place = ("promises",)
    of: frozenset[str] | None = None
    """The kinds for whose breaches something is owed, None for all."""

    @property
    def whom(self) -> tuple[str | None, str | None]:
        return (self.client, self.tier)

    @property
    def place(self) -> Place:
        """Where in the file it stands."""
        return (*self.section, self.position)


def scopes_of(draft: Draft, calendars: dict[str, WorkingHours]) -> list[Scope]:
    """The scope of every promise that parsed, in the order of the file."""
    return _scopes(draft, calendars, ("promises",), draft.promises)


def scopes_of_owed(draft: Draft, calendars: dict[str, WorkingHours]) -> list[Scope]:
    """The scope of everything that is owed for breaches, in the order of the file."""
    return _scopes(draft, calendars, OWED, draft.owed)


OWED: Final[Place] = ("breaches", "owed")
"""Where in the file it says what is owed for breaches."""


def _scopes(
    draft: Draft, calendars: dict[str, WorkingHours], section: Place, entries: Sequence[tuple[int, ScopedEntry]]
) -> list[Scope]:
    """A version ends on its own `until` or where the next version begins, whichever comes first."""
    zones = [_zone_of(entry, draft, calendars) for _, entry in entries]
    starts = [
        midnight(entry.since or draft.book.since, zone, otherwise=0)
        for (_, entry), zone in zip(entries, zones, strict=True)
    ]
    next_starts = _starts_of_next_versions([entry for _, entry in entries], starts)
    return [
        Scope(
            position,
            entry.id,
            entry.version,
            getattr(entry, "kind", None),
            *_whom(entry, draft),
            _conditions(entry.when),
            entry.since or draft.book.since,
            start,
            min(midnight(entry.until, zone, otherwise=FOREVER_US), next_start),
            section,
            frozenset(entry.of) if isinstance(entry, OwedEntry) and entry.of else None,
        )
        for (position, entry), zone, start, next_start in zip(entries, zones, starts, next_starts, strict=True)
    ]


def midnight(day: date | None, zone: str, *, otherwise: InstantUs) -> InstantUs:
    """The first instant of a local date; `otherwise` where there is no date."""
    return otherwise if day is None else instant_of(day_of_date(day) * DAY_US, zone_named(zone))


def folded_set(words: Iterable[str] | None) -> frozenset[str] | None:
    """Words as the engine compares them: case-folded; None for any."""
    return None if words is None else frozenset(word.casefold() for word in words)


def _zone_of(entry: ScopedEntry, draft: Draft, calendars: dict[str, WorkingHours]) -> str:
    hours = calendars.get(draft.calendar_of(entry))
    return hours.zone if hours else draft.book.zone


def _starts_of_next_versions(promises: Sequence[ScopedEntry], starts: Sequence[InstantUs]) -> list[InstantUs]:
    """For each promise the start of the next higher version of the same id, forever for the last."""
    by_id: dict[str, dict[int, InstantUs]] = {}
    for promise, start in zip(promises, starts, strict=True):
        by_id.setdefault(promise.id, {})[promise.version] = start
    return [
        min((start for version, start in by_id[promise.id].items() if version > promise.version), default=FOREVER_US)
        for promise in promises
    ]


def _whom(entry: ScopedEntry, draft: Draft) -> tuple[str | None, str | None]:
    """The client, and the tier in the spelling of the book's own list."""
    if entry.whom is None:
        return None, None
    tier = entry.whom.tier
    return entry.whom.client, draft.tiers.get(tier.casefold(), tier) if tier else None


def _conditions(when: When) -> Conditions:
    return Conditions(
        priority=folded_set(when.priority),
        channel=folded_set(when.channel),
        service=folded_set(when.service),
        tags=folded_set(when.tag),
    )

"""Whom, which cases and which stretch of time each promise of a draft covers, in the domain's terms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.domain.instant import DAY_US, FOREVER_US, InstantUs
from monitor.domain.local_time import day_of_date, instant_of, zone_named
from monitor.domain.promise import Conditions, Kind
from monitor.domain.working_hours import WorkingHours
from monitor.wire.book.draft import Draft
from monitor.wire.book.promise_base import When
from monitor.wire.book.promises import AnyPromise


@dataclass(frozen=True, slots=True)
class Scope:
    """What one version of a promise covers. `position` counts the promises of the file from 0."""

    position: int
    id: str
    version: int
    kind: Kind
    client: str | None
    tier: str | None
    when: Conditions
    since: date | None
    """The local date of `starts_at`; None where it holds since ever."""
    starts_at: InstantUs
    ends_at: InstantUs

    @property
    def whom(self) -> tuple[str | None, str | None]:
        return (self.client, self.tier)


def scopes_of(draft: Draft, calendars: dict[str, WorkingHours]) -> list[Scope]:
    """The scope of every promise that parsed, in the order of the file.

    A version ends on its own `until` or where the next version begins, whichever comes first.
    """
    zones = [_zone_of(promise, draft, calendars) for _, promise in draft.promises]
    starts = [
        midnight(promise.since or draft.book.since, zone, otherwise=0)
        for (_, promise), zone in zip(draft.promises, zones, strict=True)
    ]
    next_starts = _starts_of_next_versions([promise for _, promise in draft.promises], starts)
    return [
        Scope(
            position,
            promise.id,
            promise.version,
            promise.kind,
            *_whom(promise, draft),
            _conditions(promise.when),
            promise.since or draft.book.since,
            start,
            min(midnight(promise.until, zone, otherwise=FOREVER_US), next_start),
        )
        for (position, promise), zone, start, next_start in zip(draft.promises, zones, starts, next_starts, strict=True)
    ]


def midnight(day: date | None, zone: str, *, otherwise: InstantUs) -> InstantUs:
    """The first instant of a local date; `otherwise` where there is no date."""
    return otherwise if day is None else instant_of(day_of_date(day) * DAY_US, zone_named(zone))


def folded_set(words: Iterable[str] | None) -> frozenset[str] | None:
    """Words as the engine compares them: case-folded; None for any."""
    return None if words is None else frozenset(word.casefold() for word in words)


def _zone_of(promise: AnyPromise, draft: Draft, calendars: dict[str, WorkingHours]) -> str:
    hours = calendars.get(draft.calendar_of(promise))
    return hours.zone if hours else draft.book.zone


def _starts_of_next_versions(promises: Sequence[AnyPromise], starts: Sequence[InstantUs]) -> list[InstantUs]:
    """For each promise the start of the next higher version of the same id, forever for the last."""
    by_id: dict[str, dict[int, InstantUs]] = {}
    for promise, start in zip(promises, starts, strict=True):
        by_id.setdefault(promise.id, {})[promise.version] = start
    return [
        min((start for version, start in by_id[promise.id].items() if version > promise.version), default=FOREVER_US)
        for promise in promises
    ]


def _whom(promise: AnyPromise, draft: Draft) -> tuple[str | None, str | None]:
    """The client, and the tier in the spelling of the book's own list."""
    if promise.whom is None:
        return None, None
    tier = promise.whom.tier
    return promise.whom.client, draft.tiers.get(tier.casefold(), tier) if tier else None


def _conditions(when: When) -> Conditions:
    return Conditions(
        priority=folded_set(when.priority),
        channel=folded_set(when.channel),
        service=folded_set(when.service),
        tags=folded_set(when.tag),
    )

"""Editions of the promise book: a change of the book governs what opens from then on, and leaves alone what opened before.

Theory of operation. Each edition governs from an instant on. Bound together they are one book in which every promise
stands as often as there are editions, each time in force only while that edition governed; so "the version in force at
the opening governs to the end" needs no rule of its own. What is no promise (contacts, robots, staff, sources) is
knowledge, and the newest is the best. A status pauses as long as any edition knows it, for a promise names the statuses it
pauses in. A client's tier is that of the edition that governed when the case was opened.

A restatement is an edition that also governs the past: it takes the place of the earlier ones from its instant on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from monitor.domain.hours.instant import FOREVER_US, InstantUs
from monitor.domain.promises.promise import Book, Promise
from monitor.domain.promises.promised_amends import BreachRule

FROM_THE_BEGINNING: InstantUs = -FOREVER_US


class Edition(NamedTuple):
    """A book and the instant from which it governs."""

    book: Book
    since: InstantUs = FROM_THE_BEGINNING


def in_force(editions: Sequence[Edition]) -> list[Edition]:
    """Those of the editions, in the order in which they were applied, that still govern some span; the earliest first."""
    governing: list[Edition] = []
    for edition in editions:
        governing = [earlier for earlier in governing if earlier.since < edition.since]
        governing.append(edition)
    return governing


def bind(editions: Sequence[Edition]) -> Book:
    """One book of several editions, in the order in which they were applied; at least one, which governs from the beginning."""
    governing = in_force(editions)
    newest = governing[-1].book
    if len(governing) == 1:
        return newest
    return replace(
        newest,
        promises=tuple(_promises(governing)),
        breach_rules=tuple(_breach_rules(governing)),
        statuses={status: rule for edition in governing for status, rule in edition.book.statuses.items()},
        earlier_tiers=_earlier_tiers(governing),
        tier_names={folded: name for edition in governing for folded, name in edition.book.tier_names.items()},
    )


def _reigns(governing: Sequence[Edition]) -> Iterator[tuple[Edition, InstantUs]]:
    """Each edition with the instant at which it ceases to govern."""
    ends = [edition.since for edition in governing[1:]]
    return zip(governing, [*ends, FOREVER_US], strict=True)


def _promises(governing: Sequence[Edition]) -> Iterator[Promise]:
    """The promises of each edition, in force only while it governs."""
    for edition, end in _reigns(governing):
        for promise in edition.book.promises:
            starts_at, ends_at = max(promise.starts_at, edition.since), min(promise.ends_at, end)
            if starts_at < ends_at:
                yield replace(promise, starts_at=starts_at, ends_at=ends_at)


def _breach_rules(governing: Sequence[Edition]) -> Iterator[BreachRule]:
    """What each edition owes for the breaches that happen while it governs."""
    for edition, end in _reigns(governing):
        for rule in edition.book.breach_rules:
            bounded = rule.within(edition.since, end)
            if bounded is not None:
                yield bounded


def _earlier_tiers(governing: Sequence[Edition]) -> Mapping[str, tuple[tuple[InstantUs, str | None], ...]]:
    """For each client whose tier was another one, (until, tier) of each earlier edition, the earliest first."""
    clients = {client for edition in governing for client in edition.book.clients}
    tiers = {
        client: tuple((after.since, before.book.tier_of(client)) for before, after in pairwise(governing))
        for client in clients
    }
    newest = governing[-1].book
    return {
        client: earlier
        for client, earlier in tiers.items()
        if any(tier != newest.tier_of(client) for _, tier in earlier)
    }

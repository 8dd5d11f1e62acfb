"""Entries that get in each other's way: versions out of order, ties, and promises that can never match.

Inside one kind the most specific promise wins, among equals the first in the book (`monitor.domain.promises.promise`). So only
an earlier promise to the very same people can take every case of a later one: a more specific one never
covers everybody, for clients come and change their tier.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, product

from monitor.errors import Fault
from monitor.wire.book.draft import Draft
from monitor.wire.book.scopes import OWED, Scope


def conflicts(draft: Draft, scopes: Sequence[Scope]) -> Iterator[Fault]:
    """Every fault between two promises, or two entries of what is owed for breaches; a promise that lacks a key is left alone,
    for nobody knows what it covers."""
    whole = [scope for scope in scopes if scope.section == OWED or scope.position not in draft.partial]
    yield from _version_faults(draft, whole)
    groups: dict[tuple[object, ...], list[Scope]] = {}
    for scope in whole:
        earlier = groups.setdefault((scope.kind, scope.whom), [])
        yield from _rivalry(draft, scope, earlier)
        earlier.append(scope)


def _version_faults(draft: Draft, scopes: Sequence[Scope]) -> Iterator[Fault]:
    by_id: dict[str, list[Scope]] = {}
    for scope in scopes:
        by_id.setdefault(scope.id, []).append(scope)
    for versions in by_id.values():
        versions.sort(key=lambda scope: (scope.version, scope.position))
        for before, after in pairwise(versions):
            yield from _step_faults(draft, before, after)


def _step_faults(draft: Draft, before: Scope, after: Scope) -> Iterator[Fault]:
    """What is wrong between one version of a promise and the next."""
    place = after.place
    other = f"version {before.version} on line {_line(draft, before)}"
    if before.version == after.version:
        expected = f"another id, or a version of its own: line {_line(draft, before)} has this one"
        yield draft.source.fault((*place, "id"), f"{after.id}, version {after.version}, a second time", expected)
        return
    if after.kind is not None and before.kind is not after.kind:
        expected = f"{before.kind}, as {other}; a promise of another kind needs another id"
        yield draft.source.fault((*place, "kind"), after.kind.value, expected)
    if after.starts_at <= before.starts_at:
        expected = f"a day after the start of {other}: each version governs until the next one's `from`"
        yield draft.source.fault((*place, "from"), f"{after.since or 'no date'}", expected)


def _rivalry(draft: Draft, scope: Scope, earlier: Sequence[Scope]) -> Iterator[Fault]:
    """A tie with, or the defeat by, promises to the same people that stand before it."""
    rivals = [rival for rival in earlier if rival.id != scope.id and _overlap(rival, scope)]
    place = scope.place
    tied = next((rival for rival in rivals if (rival.when, rival.of) == (scope.when, scope.of)), None)
    if tied is not None:
        found = f"{scope.id}, which ties with {tied.id} on line {_line(draft, tied)}"
        expected = "different conditions or dates: both are of one kind, for the same people and cases"
        yield draft.source.fault((*place, "id"), found, expected)
    elif takers := _takers(scope, rivals):
        names = " and ".join(f"{rival.id} on line {_line(draft, rival)}" for rival in takers)
        verb = "takes" if len(takers) == 1 else "take"
        expected = "the narrower promise before the wider one"
        yield draft.source.fault(
            (*place, "id"), f"{scope.id}, which can never match: {names} {verb} every case first", expected
        )


def _overlap(one: Scope, other: Scope) -> bool:
    return max(one.starts_at, other.starts_at) < min(one.ends_at, other.ends_at)


def _takers(scope: Scope, rivals: Sequence[Scope]) -> list[Scope]:
    """The rivals that between them leave the promise not a single case; empty where one is left.

    Along each condition, and along time, every value that the promise covers has a set of rivals that cover
    it too. A case is left over exactly where such sets, one from each direction, have no rival in common.
    """
    directions = [
        _rivals_by_value(getattr(scope.when, name), [getattr(rival.when, name) for rival in rivals])
        for name in ("priority", "channel", "service", "tags")
    ]
    directions.append(_rivals_by_value(scope.of, [rival.of for rival in rivals]))
    directions.append(_rivals_by_time(scope, rivals))
    takers: set[int] = set()
    for sets in product(*directions):
        common = frozenset.intersection(*sets)
        if not common:
            return []
        takers.add(min(common))
    return [rivals[index] for index in sorted(takers)]


def _rivals_by_value(own: frozenset[str] | None, of_rivals: Sequence[frozenset[str] | None]) -> set[frozenset[int]]:
    """For each value of one condition, the rivals that cover it; one that is not listed stands for all others."""
    values: frozenset[str | None] = own or frozenset({None})
    return {frozenset(index for index, listed in enumerate(of_rivals) if _accepts(listed, value)) for value in values}


def _accepts(listed: frozenset[str] | None, value: str | None) -> bool:
    return listed is None or value in listed


def _rivals_by_time(scope: Scope, rivals: Sequence[Scope]) -> set[frozenset[int]]:
    """For each stretch of the promise's time, the rivals in force throughout it."""
    edges = {scope.starts_at, scope.ends_at}
    for rival in rivals:
        edges |= {edge for edge in (rival.starts_at, rival.ends_at) if scope.starts_at < edge < scope.ends_at}
    return {
        frozenset(index for index, rival in enumerate(rivals) if rival.starts_at <= start and end <= rival.ends_at)
        for start, end in pairwise(sorted(edges))
    }


def _line(draft: Draft, scope: Scope) -> int:
    return draft.source.line_of(scope.place)

"""The table of routes: every operation of `monitor.wire.interface.operations` with what answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from monitor.adapters.web.gate import Gate, GuardedRoute, Way
from monitor.errors import InvariantError
from monitor.wire.interface.operations import OPERATIONS

Answer: TypeAlias = Callable[[Request], Awaitable[Response]]


def ways(answers: Mapping[str, Answer]) -> list[Way]:
    """A row for each operation; raises InvariantError where one has no answer, or an answer no operation."""
    names = {operation.name for operation in OPERATIONS}
    if names != set(answers):
        raise InvariantError(f"found answers to {sorted(answers)}, expected {sorted(names)}")
    return [Way(each.method, _pattern(each.path), each.needs, answers[each.name]) for each in OPERATIONS]


def _pattern(path: str) -> str:
    """As Starlette spells it. Names of cases and obligations may have slashes in them."""
    kinds = {
        "{letter}": "{letter:int}",
        "{report}": "{report:int}",
        "{case}": "{case:path}",
        "{obligation}": "{obligation:path}",
    }
    for name, kind in kinds.items():
        path = path.replace(name, kind)
    return path


def routes(table: Iterable[Way], gate: Gate) -> Iterator[GuardedRoute]:
    """One route for each address."""
    by_path: dict[str, dict[str, Way]] = {}
    for way in table:
        by_path.setdefault(way.path, {})[way.method] = way
    for by_method in by_path.values():
        yield GuardedRoute(by_method, gate)

"""The table of routes: every operation of `monitor.wire.operations` with what answers it.

One address has one route, which knows all its methods: HEAD is GET without the body, OPTIONS and 405 tell what is allowed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.adapters.web_problems import Problem
from monitor.errors import InvariantError
from monitor.wire.operations import OPERATIONS

Answer: TypeAlias = Callable[[Request], Awaitable[Response]]


class Way(NamedTuple):
    """One row of the table of routes. `needs` None: everybody may."""

    method: str
    path: str
    needs: str | None
    answer: Answer


def ways(answers: Mapping[str, Answer]) -> list[Way]:
    """A row for each operation; raises InvariantError where one has no answer, or an answer no operation."""
    names = {operation.name for operation in OPERATIONS}
    if names != set(answers):
        raise InvariantError(f"found answers to {sorted(answers)}, expected {sorted(names)}")
    return [Way(each.method, _pattern(each.path), each.needs, answers[each.name]) for each in OPERATIONS]


def _pattern(path: str) -> str:
    """As Starlette spells it. Names of cases and obligations may have slashes in them."""
    return (
        path.replace("{letter}", "{letter:int}")
        .replace("{case}", "{case:path}")
        .replace("{obligation}", "{obligation:path}")
    )


def routes(table: Iterable[Way]) -> Iterator[AddressRoute]:
    """One route for each address."""
    by_path: dict[str, dict[str, Way]] = {}
    for way in table:
        by_path.setdefault(way.path, {})[way.method] = way
    for path, by_method in by_path.items():
        yield AddressRoute(path, by_method)


class AddressRoute(Route):
    """What answers the methods of one address."""

    def __init__(self, path: str, by_method: Mapping[str, Way]) -> None:
        super().__init__(path, self._answer)
        self.methods = None  # all of them come here
        self.by_method = by_method
        allowed = [*by_method, *(["HEAD"] if "GET" in by_method else []), "OPTIONS"]
        self._allow = {"allow": ", ".join(allowed)}

    def way_of(self, method: str) -> Way | None:
        """The row for a method; HEAD is GET without the body."""
        return self.by_method.get("GET" if method == "HEAD" else method)

    async def _answer(self, request: Request) -> Response:
        way = self.way_of(request.method)
        if way is not None:
            return await way.answer(request)
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=self._allow)
        found = f"found {request.method} {request.url.path}, expected {self._allow['allow']}"
        raise Problem(405, "Method not allowed", found, headers=self._allow)

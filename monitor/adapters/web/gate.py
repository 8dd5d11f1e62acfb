"""The gate of the HTTP doors: every route states the scope it needs, and whoever has none for it is told so.

401 says that no valid token was shown and not why; 403 says which scope is missing, or that the request was meant for
somebody else's name (`monitor/service/doors/admission.py`).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Send
from starlette.types import Scope as Connection

from monitor.adapters.web.problems import Problem
from monitor.domain.hours.instant import MINUTE_US, InstantUs
from monitor.service.doors.admission import Admission, Caller, Refusal
from monitor.service.doors.token_watch import TokenWatch
from monitor.service.doors.tokens import Scope
from monitor.service.ports.machine import Clock

TOLD_EVERY_US: Final = MINUTE_US
"""Refusals are told in the log no more often than this: whoever is refused must not fill a disk."""

TOLD_BY: Final = "told_by"
"""Where a request's state has the name of the token that was shown."""
_CHALLENGE: Final = 'Bearer realm="kept"'

_log = logging.getLogger(__name__)


class Gate:
    """Lets requests through, or raises the problem they are answered with."""

    def __init__(self, admission: Admission, tokens: TokenWatch, clock: Clock) -> None:
        self._admission = admission
        self._tokens = tokens
        self._clock = clock
        self._refused = 0
        self._told_at: InstantUs | None = None

    def check(self, needs: Scope, headers: Iterable[tuple[bytes, bytes]]) -> str | None:
        """The name of the token that lets in whoever sent these headers, None where nobody is asked for one.

        Raises Problem where they may not do what needs this scope.
        """
        now = self._clock.now()
        caller = _caller(headers)
        refusal = self._admission.refusal(needs, caller, self._tokens.ring, now)
        if refusal is not None:
            self._tell(now)
            raise _problem(refusal, needs, caller)
        return self._admission.name_of(caller, self._tokens.ring, now)

    def _tell(self, now: InstantUs) -> None:
        self._refused += 1
        if self._told_at is None or abs(now - self._told_at) >= TOLD_EVERY_US:
            _log.warning("%s requests were refused at the door since this was last said", self._refused)
            self._refused, self._told_at = 0, now


def _caller(headers: Iterable[tuple[bytes, bytes]]) -> Caller:
    """What the headers show. Of several of a name the last counts: servers before this one do not agree on the first."""
    shown = {name: value for name, value in headers if name in _SHOWN}
    return Caller(*(shown.get(name, b"").decode("latin-1") for name in _SHOWN))


_SHOWN: Final = (b"host", b"origin", b"authorization")


def _problem(refusal: Refusal, needs: Scope, caller: Caller) -> Problem:
    if refusal is Refusal.NO_TOKEN:
        return Problem(401, "Unauthorized", "expected a valid token", headers={"www-authenticate": _CHALLENGE})
    if refusal is Refusal.SCOPE:
        challenge = f'{_CHALLENGE}, error="insufficient_scope", scope="{needs}"'
        detail = f"found a token without the scope {needs}, expected one with it"
        return Problem(403, "Forbidden", detail, headers={"www-authenticate": challenge})
    name, value = ("host", caller.host) if refusal is Refusal.STRANGE_HOST else ("origin", caller.origin)
    expected = "localhost or an address of this machine: no tokens are asked for here, so nobody else is let in"
    return Problem(403, "Forbidden", f"found {name} {value[:200]}, expected {expected}")


class Way(NamedTuple):
    """One row of the table of routes. `needs` None: everybody may."""

    method: str
    path: str
    needs: Scope | None
    answer: Callable[[Request], Awaitable[Response]]


class GuardedRoute(Route):
    """What answers the methods of one address, behind the gate: HEAD is GET without the body, and OPTIONS and whatever is
    not allowed are told what is."""

    def __init__(self, by_method: Mapping[str, Way], gate: Gate) -> None:
        self.by_method = by_method
        self._gate = gate
        allowed = [*by_method, *(["HEAD"] if "GET" in by_method else []), "OPTIONS"]
        self._allow = {"allow": ", ".join(allowed)}
        super().__init__(next(iter(by_method.values())).path, self._answer)
        self.methods = None  # all of them come here

    async def handle(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Asks first, whatever the method; one that is not there needs what the first that is there needs."""
        way = self._way_of(scope["method"]) or next(iter(self.by_method.values()))
        if way.needs is not None:
            scope.setdefault("state", {})[TOLD_BY] = self._gate.check(way.needs, scope["headers"])
        await super().handle(scope, receive, send)

    def _way_of(self, method: str) -> Way | None:
        return self.by_method.get("GET" if method == "HEAD" else method)

    async def _answer(self, request: Request) -> Response:
        way = self._way_of(request.method)
        if way is not None:
            return await way.answer(request)
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=self._allow)
        found = f"found {request.method} {request.url.path}, expected {self._allow['allow']}"
        raise Problem(405, "Method not allowed", found, headers=self._allow)

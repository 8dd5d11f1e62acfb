"""Who may come in: decided from what a request shows of itself, the tokens there are, and what the door asks for.

While no token was ever made, nobody is asked. On a machine's own address a browser is the danger then: a page from
elsewhere may have its own name point here (DNS rebinding), or send a form. So a `Host` or an `Origin` that is no name of
this machine is refused. From the first token on tokens are asked for, for good; a page from elsewhere has none.
"""

from __future__ import annotations

import ipaddress
from enum import Enum, auto
from typing import NamedTuple
from urllib.parse import urlsplit

from monitor.domain.hours.instant import InstantUs
from monitor.service.doors.tokens import Scope, TokenRecord, TokenRing


class Refusal(Enum):
    """Why somebody may not come in."""

    NO_TOKEN = auto()
    """None was shown, or one that is not valid: which of these is nobody's business."""
    SCOPE = auto()
    """The token is for something else."""
    STRANGE_HOST = auto()
    STRANGE_ORIGIN = auto()


class Caller(NamedTuple):
    """What a request shows of itself: `Host`, `Origin` and `Authorization`, as they stand there, "" where they don't."""

    host: str
    origin: str
    authorization: str


class Admission:
    """The rules of one listener. `is_own` says that only this machine reaches it."""

    def __init__(self, *, is_own: bool) -> None:
        self._is_own = is_own

    def refusal(self, needs: Scope, caller: Caller, ring: TokenRing, now: InstantUs) -> Refusal | None:
        """Why this caller may not pass a door that needs this scope; None where it may."""
        if ring.is_empty:
            return self._strangeness(caller) if self._is_own else None
        record = self._record(caller, ring, now)
        if record is None:
            return Refusal.NO_TOKEN
        return None if record.allows(needs) else Refusal.SCOPE

    def name_of(self, caller: Caller, ring: TokenRing, now: InstantUs) -> str | None:
        """The name of the token that this caller shows; None where it shows none that is valid."""
        record = self._record(caller, ring, now)
        return None if record is None else record.name

    @staticmethod
    def _record(caller: Caller, ring: TokenRing, now: InstantUs) -> TokenRecord | None:
        scheme, _, shown = caller.authorization.partition(" ")
        return ring.find(shown.strip(), now) if scheme.casefold() == "bearer" else None

    @staticmethod
    def _strangeness(caller: Caller) -> Refusal | None:
        # No Host at all is HTTP/1.0, which no browser speaks.
        if caller.host and not is_own_machine(_name_in(f"//{caller.host}")):
            return Refusal.STRANGE_HOST
        if caller.origin and not is_own_machine(_name_in(caller.origin)):
            return Refusal.STRANGE_ORIGIN
        return None


def _name_in(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_own_machine(host: str) -> bool:
    """Whether this names nothing but the machine itself: localhost, or an address such as 127.0.0.1 or ::1."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

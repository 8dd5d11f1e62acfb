"""Bearer tokens: what one looks like, what it allows, and how it is recognised. Nothing here reads a clock or a store.

A token is `kept_ID_SECRET` in small letters and digits. The prefix is for whoever searches texts for lost secrets, the id
for whoever looks it up or revokes it, and the secret is 256 random bits. Only a SHA-256 of the whole is ever stored: with
that many random bits nothing slower is needed.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256
from typing import Final, NamedTuple

from monitor.domain.hours.instant import InstantUs

PREFIX: Final = "kept"
TOKEN: Final = re.compile(rf"{PREFIX}_([a-z2-7]{{8}})_[a-z2-7]{{52}}")
"""What a token looks like; its group is the id."""

_ID_BYTES: Final = 5
_SECRET_BYTES: Final = 32


class Scope(StrEnum):
    """What a token may be used for."""

    INGEST = "ingest"
    READ = "read"
    ADMIN = "admin"
    """All of it."""


class TokenRecord(NamedTuple):
    """A token as it is stored: everything but the secret. `scopes` are words with a space between them."""

    id: str
    name: str
    digest: str
    scopes: str
    created: InstantUs
    expires: InstantUs | None
    revoked: InstantUs | None

    def allows(self, scope: Scope) -> bool:
        """Whether whoever has it may do this."""
        words = self.scopes.split()
        return scope in words or Scope.ADMIN in words

    def state(self, now: InstantUs) -> str:
        """`valid`, `expired` or `revoked`. It is expired at the instant `expires` and after."""
        if self.revoked is not None:
            return "revoked"
        return "valid" if self.expires is None or now < self.expires else "expired"


def new_token(name: str, scopes: Iterable[Scope], created: InstantUs, expires: InstantUs | None = None) -> NewToken:
    """A token that nobody had before."""
    token_id = _random_text(_ID_BYTES)
    text = f"{PREFIX}_{token_id}_{_random_text(_SECRET_BYTES)}"
    words = " ".join(sorted(set(scopes)))
    return NewToken(text, TokenRecord(token_id, name, digest_of(text), words, created, expires, None))


class NewToken(NamedTuple):
    """A token at the only moment at which its text is known."""

    text: str
    record: TokenRecord


def digest_of(text: str) -> str:
    """What is stored of a token."""
    return sha256(text.encode()).hexdigest()


def _random_text(size: int) -> str:
    """So many random bytes in small letters and digits, which no shell, URL or double click takes apart."""
    return base64.b32encode(secrets.token_bytes(size)).decode().rstrip("=").lower()


class TokenRing:
    """All tokens there are, to be asked about one that somebody shows."""

    def __init__(self, records: Iterable[TokenRecord] = ()) -> None:
        self._by_id = {record.id: record for record in records}

    @property
    def is_empty(self) -> bool:
        """Whether no token was ever made; revoked and expired ones count, or the last one's end would open the door."""
        return not self._by_id

    def find(self, shown: str, now: InstantUs) -> TokenRecord | None:
        """The token that somebody shows; None where it is none, or not valid at `now`."""
        match = TOKEN.fullmatch(shown)
        if match is None:
            return None
        record = self._by_id.get(match[1])
        if record is None or not secrets.compare_digest(digest_of(shown), record.digest):
            return None
        return record if record.state(now) == "valid" else None

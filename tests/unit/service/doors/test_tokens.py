"""What a token is, and when it is let pass."""

from __future__ import annotations

import hashlib

import pytest

from monitor.domain.hours.instant import DAY_US
from monitor.service.doors.tokens import TOKEN, Scope, TokenRing, new_token
from monitor.testing import MONDAY


def test_a_token_carries_256_random_bits_behind_a_prefix_and_an_id() -> None:
    token = new_token("desk", [Scope.INGEST], MONDAY)
    prefix, token_id, secret = token.text.split("_")
    assert (prefix, token_id) == ("kept", token.record.id)
    # base32 carries five bits a character, and 52 characters are the fewest that hold 256.
    assert len(secret) == 52
    assert TOKEN.fullmatch(token.text)
    assert new_token("desk", [Scope.INGEST], MONDAY).text.split("_")[2] != secret


def test_only_its_sha256_is_on_record() -> None:
    token = new_token("desk", [Scope.INGEST], MONDAY)
    assert token.record.digest == hashlib.sha256(token.text.encode()).hexdigest()
    assert token.text.split("_")[2] not in repr(token.record)


def test_the_token_shown_is_found_by_its_id() -> None:
    desk, mail = (new_token(name, [Scope.INGEST], MONDAY) for name in ("desk", "mail"))
    ring = TokenRing([desk.record, mail.record])
    assert ring.find(mail.text, MONDAY) == mail.record


def test_a_token_with_another_secret_is_none() -> None:
    desk, mail = (new_token(name, [Scope.INGEST], MONDAY) for name in ("desk", "mail"))
    forged = f"kept_{desk.record.id}_{mail.text.split('_')[2]}"
    assert TokenRing([desk.record, mail.record]).find(forged, MONDAY) is None


@pytest.mark.parametrize(
    "shown", ["", "kept_", "kept_aaaaaaaa_", "KEPT_aaaaaaaa_" + "a" * 52, "kept_aaaaaaaa_" + "é" * 52]
)
def test_what_does_not_look_like_a_token_is_none(shown: str) -> None:
    ring = TokenRing([new_token("desk", [Scope.INGEST], MONDAY).record])
    assert ring.find(shown, MONDAY) is None


def test_a_token_ends_at_its_expiry() -> None:
    token = new_token("desk", [Scope.INGEST], MONDAY, MONDAY + DAY_US)
    ring = TokenRing([token.record])
    assert ring.find(token.text, MONDAY + DAY_US - 1) == token.record
    assert ring.find(token.text, MONDAY + DAY_US) is None
    assert token.record.state(MONDAY + DAY_US) == "expired"


def test_a_revoked_token_is_none_and_still_on_the_ring() -> None:
    token = new_token("desk", [Scope.INGEST], MONDAY)
    ring = TokenRing([token.record._replace(revoked=MONDAY)])
    assert ring.find(token.text, MONDAY) is None
    assert not ring.is_empty
    assert TokenRing().is_empty


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        ([Scope.INGEST], {Scope.INGEST}),
        ([Scope.READ], {Scope.READ}),
        ([Scope.READ, Scope.INGEST], {Scope.INGEST, Scope.READ}),
        ([Scope.ADMIN], set(Scope)),
    ],
)
def test_a_scope_allows_itself_and_admin_all(scopes: list[Scope], allowed: set[Scope]) -> None:
    record = new_token("desk", scopes, MONDAY).record
    assert {scope for scope in Scope if record.allows(scope)} == allowed

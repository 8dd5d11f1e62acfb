"""Who may come in: nobody is asked while there is no token, and everybody from the first one on."""

from __future__ import annotations

import pytest

from monitor.service.doors.admission import Admission, Caller, Refusal, is_own_machine
from monitor.service.doors.tokens import Scope, TokenRing, new_token
from monitor.testing import MONDAY

TOKEN = new_token("desk", [Scope.INGEST], MONDAY, MONDAY + 10)
REVOKED = TokenRing([TOKEN.record._replace(revoked=MONDAY)])
OWN, OTHERS = Admission(is_own=True), Admission(is_own=False)


def caller(*, host: str = "localhost:8321", origin: str = "", authorization: str = "") -> Caller:
    return Caller(host, origin, authorization)


def test_without_any_token_nobody_is_asked() -> None:
    for admission in (OWN, OTHERS):
        assert admission.refusal(Scope.ADMIN, caller(), TokenRing(), MONDAY) is None


@pytest.mark.parametrize("written", ["Bearer {}", "bearer  {}"])
def test_a_valid_token_comes_in(written: str) -> None:
    ring, shown = TokenRing([TOKEN.record]), caller(authorization=written.format(TOKEN.text))
    assert OTHERS.refusal(Scope.INGEST, shown, ring, MONDAY) is None


@pytest.mark.parametrize("written", ["", "Bearer", "{}", "Basic {}", "Bearer {}x"])
def test_from_the_first_token_on_whoever_shows_none_is_refused(written: str) -> None:
    ring, shown = TokenRing([TOKEN.record]), caller(authorization=written.format(TOKEN.text))
    for admission in (OWN, OTHERS):
        assert admission.refusal(Scope.INGEST, shown, ring, MONDAY) is Refusal.NO_TOKEN


@pytest.mark.parametrize(
    ("ring", "now"), [(REVOKED, MONDAY), (TokenRing([TOKEN.record]), MONDAY + 10)], ids=["revoked", "expired"]
)
def test_the_end_of_the_last_token_opens_no_door(ring: TokenRing, now: int) -> None:
    shown = caller(authorization=f"Bearer {TOKEN.text}")
    assert OWN.refusal(Scope.INGEST, shown, ring, now) is Refusal.NO_TOKEN


def test_a_token_for_something_else_is_refused_as_that() -> None:
    shown = caller(authorization=f"Bearer {TOKEN.text}")
    assert OWN.refusal(Scope.READ, shown, TokenRing([TOKEN.record]), MONDAY) is Refusal.SCOPE


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8321", "127.1.2.3", "[::1]:8321", ""])
def test_the_names_of_this_machine_are_known(host: str) -> None:
    assert OWN.refusal(Scope.READ, caller(host=host), TokenRing(), MONDAY) is None


@pytest.mark.parametrize("host", ["rebound.example", "localhost.example:8321", "10.0.0.1", "[::2]", "[", "@", ":8321"])
def test_while_nobody_is_asked_a_name_from_elsewhere_is_refused(host: str) -> None:
    assert OWN.refusal(Scope.READ, caller(host=host), TokenRing(), MONDAY) is Refusal.STRANGE_HOST
    assert OTHERS.refusal(Scope.READ, caller(host=host), TokenRing(), MONDAY) is None


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://localhost.example"])
def test_while_nobody_is_asked_a_page_from_elsewhere_is_refused(origin: str) -> None:
    assert OWN.refusal(Scope.INGEST, caller(origin=origin), TokenRing(), MONDAY) is Refusal.STRANGE_ORIGIN
    assert OWN.refusal(Scope.INGEST, caller(origin="http://localhost:8321"), TokenRing(), MONDAY) is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "kept.example", ""])
def test_what_others_can_reach_is_not_this_machine_alone(host: str) -> None:
    assert not is_own_machine(host)

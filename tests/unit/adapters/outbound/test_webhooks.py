"""Signatures as Standard Webhooks has them."""

from __future__ import annotations

import pytest

from monitor.adapters.outbound.webhooks import read_secret, signature, signed_headers

# From the specification's repository (libraries/python, README and tests): the secret, id, timestamp and body below give
#   v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
# By hand: printf '%s' 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}' |
#   openssl dgst -sha256 -mac HMAC -macopt hexkey:$(printf MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw | base64 -d | xxd -p) -binary | base64
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_signature_of_the_specification() -> None:
    assert signature(ID, AT, BODY, read_secret(SECRET)) == SIGNATURE


def test_two_secrets_give_two_signatures() -> None:
    other = b"0123456789abcdef01234567"
    headers = signed_headers(ID, AT, BODY, [read_secret(SECRET), other])
    assert headers["webhook-id"] == ID
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"].split(" ") == [SIGNATURE, signature(ID, AT, BODY, other)]


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_!!!", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_what_is_no_secret_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="expected whsec_") as caught:
        read_secret(text)
    key = text.removeprefix("whsec_")
    assert not key or key not in str(caught.value)

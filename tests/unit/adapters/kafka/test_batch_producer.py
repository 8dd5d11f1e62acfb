"""Which partition a key goes to: the one that every other client of Kafka finds."""

from __future__ import annotations

import pytest

from monitor.adapters.kafka.access import KafkaAccess
from monitor.adapters.kafka.batch_producer import BatchProducer, Message


@pytest.mark.parametrize(
    ("key", "partition"),
    [
        # Java's UtilsTest.testMurmur2 has -973932308 for "21" and -790332482 for "foobar"; without their signs, modulo
        # 2**31, these are 1173551340 and 1357151166.
        (b"21", 40),
        (b"foobar", 66),
    ],
)
def test_a_key_goes_where_javas_client_sends_it(key: bytes, partition: int) -> None:
    producer = BatchProducer(KafkaAccess("127.0.0.1:9092", None, None, None))
    producer._partitions = {"topic": 100}
    assert producer._partition_of(Message("topic", key, b"", [], 0)) == partition


def test_a_password_is_not_in_what_an_access_says_of_itself() -> None:
    assert "hidden" not in repr(KafkaAccess("127.0.0.1:9092", None, "user", "hidden"))

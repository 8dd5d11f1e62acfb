"""The ids that brokers give to topics: one that was deleted and made anew under its name has another (KIP-516).

aiokafka asks in older words, in which no ids are told; so the question and its answer are spelled here, by its own means.
Fields and their order are those of version 10 of Kafka's MetadataRequest and MetadataResponse, which brokers know from 2.8 on.
"""

from __future__ import annotations

from collections.abc import Collection
from io import BytesIO
from typing import Any, Final
from uuid import UUID

from aiokafka.errors import IncompatibleBrokerVersion
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Boolean, CompactArray, CompactString, Int16, Int32, Schema, TaggedFields

_METADATA: Final = 3
_NO_TAGS: Final[dict[int, bytes]] = {}


class _Id:
    """Sixteen bytes."""

    @classmethod
    def encode(cls, value: UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: BytesIO) -> UUID:
        return UUID(bytes=data.read(16))

    @classmethod
    def repr(cls, value: UUID) -> str:
        return str(value)


_TEXT: Final = CompactString("utf-8")
_TAGS: Final = ("tags", TaggedFields)
_NUMBERS: Final = CompactArray(Int32)


class _Answer(Response):  # type: ignore[misc]  # aiokafka has no types
    API_KEY = _METADATA
    API_VERSION = 10
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", CompactArray(("node_id", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT), _TAGS)),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", _TEXT),
                ("topic_id", _Id),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", _NUMBERS),
                        ("isr", _NUMBERS),
                        ("offline_replicas", _NUMBERS),
                        _TAGS,
                    ),
                ),
                ("topic_authorized_operations", Int32),
                _TAGS,
            ),
        ),
        ("cluster_authorized_operations", Int32),
        _TAGS,
    )


class _Question(RequestStruct):  # type: ignore[misc]
    API_KEY = _METADATA
    API_VERSION = 10
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Id), ("name", _TEXT), _TAGS)),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
        _TAGS,
    )


class _Asking(Request[_Question]):  # type: ignore[misc]
    API_KEY = _METADATA

    def __init__(self, topics: Collection[str]) -> None:
        self._topics = topics

    def build(self, request_struct_class: type[_Question]) -> _Question:
        # By name, for which the id has to be zero.
        named = [(UUID(int=0), topic, _NO_TAGS) for topic in self._topics]
        return request_struct_class(named, False, False, False, _NO_TAGS)


async def topic_ids(client: Any, topics: Collection[str]) -> dict[str, str]:
    """The id of each of these topics that is there, by a client of aiokafka's; nothing where the brokers are too old to say.

    Nothing is created. Raises KafkaError.
    """
    try:
        answer = await client.send(client.get_random_node(), _Asking(topics))
    except (IncompatibleBrokerVersion, NotImplementedError):
        return {}
    return {name: str(topic_id) for error, name, topic_id, *_ in answer.topics if not error and topic_id.int}

"""Topics as they are at the brokers: which there are, how many partitions they have, how they are set, and new ones."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any, Final, Self

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from monitor.adapters.kafka.access import KafkaAccess, not_working, reaching
from monitor.adapters.kafka.topic_ids import topic_ids
from monitor.adapters.machine.clock import SystemClock
from monitor.domain.hours.instant import SECOND_US, DurationUs
from monitor.errors import ConfigError, Fault
from monitor.service.publishing.topic_plan import Topic

TIMEOUT_MS: Final = 30_000
GOODBYE_US: Final[DurationUs] = SECOND_US // 4
"""How long a connection that was refused is given to end: closing one over TLS takes the loop a few turns, and aiokafka
keeps nothing that could be waited for."""
MADE_BY_KEPT: Final = "a topic as `kept topics` makes it"
"""What is expected in the place of a topic of Kept's that is not there."""


class TopicAdmin:
    """A connection for questions about topics; use it as an asynchronous context manager."""

    def __init__(self, access: KafkaAccess) -> None:
        self._access = access

    async def __aenter__(self) -> Self:
        self._client = AIOKafkaAdminClient(**self._access.parameters(), request_timeout_ms=TIMEOUT_MS)
        try:
            with reaching(self._access):
                await self._client.start()
        except BaseException:
            await self._client.close()
            clock = SystemClock()
            await clock.wait(asyncio.Event(), clock.now() + GOODBYE_US)
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def partitions(self, names: Collection[str]) -> dict[str, int]:
        """How many partitions each of these topics has; those that are not there are left out. Nothing is created."""
        with reaching(self._access):
            # Asked about one by one, a broker that may would create those that are not there.
            found = await self._client.describe_topics()
        return {topic["topic"]: len(topic["partitions"]) for topic in found if topic["topic"] in names}

    async def partitions_of(self, wanted: Mapping[str, str]) -> dict[str, int]:
        """How many partitions each topic has; raises ConfigError for all that are not there.

        `wanted` says of each topic what would be expected in its place.
        """
        found = await self.partitions(wanted)
        missing = [topic for topic in wanted if topic not in found]
        if missing:
            raise ConfigError(
                [Fault(self._access.servers, 0, "", f"no topic {topic}", wanted[topic]) for topic in missing]
            )
        return found

    async def ids(self, names: Collection[str]) -> dict[str, str]:
        """By what each of these topics is told from another one of its name, as far as the brokers say."""
        with reaching(self._access):
            return await topic_ids(self._client._client, names)  # noqa: SLF001  aiokafka has no words for it

    async def topics(self, names: Collection[str]) -> dict[str, Topic]:
        """These topics, as far as they are there, with all their settings."""
        with reaching(self._access):
            found = [topic for topic in await self._client.describe_topics() if topic["topic"] in names]
        settings = await self._settings([topic["topic"] for topic in found])
        return {topic["topic"]: _topic(topic, settings[topic["topic"]]) for topic in found}

    async def _settings(self, names: list[str]) -> dict[str, dict[str, str]]:
        if not names:
            return {}
        asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        with reaching(self._access):
            answers = await self._client.describe_configs(asked)
        found = {}
        for answer in answers:
            for code, message, _, name, entries in answer.resources:
                self._refuse(code, message)
                found[name] = {entry[0]: entry[1] for entry in entries}
        return found

    async def create(self, topics: list[Topic], *, dry_run: bool) -> None:
        """Creates topics; on a dry run the brokers only say whether they would. Raises TransientError where not."""
        wanted = [
            NewTopic(topic.name, topic.partitions, topic.replicas, topic_configs=dict(topic.settings))
            for topic in topics
        ]
        with reaching(self._access):
            answer = await self._client.create_topics(wanted, validate_only=dry_run)
        for name, code, *message in answer.topic_errors:
            self._refuse(code, f"{name}: {message[0] if message else ''}")

    def _refuse(self, code: int, message: str | None) -> None:
        if code:
            error = for_code(code)
            raise not_working(self._access, error(f"{error.__name__} ({message})" if message else error.__name__))


def _topic(found: Mapping[str, Any], settings: Mapping[str, str]) -> Topic:
    replicas = min(len(partition["replicas"]) for partition in found["partitions"])
    return Topic(found["topic"], len(found["partitions"]), replicas, settings)

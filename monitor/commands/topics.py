"""`kept topics`: the topics Kept uses, made as they must be or held against it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Annotated

import typer

from monitor.adapters.kafka.access import KafkaAccess
from monitor.adapters.kafka.topics import TopicAdmin
from monitor.commands.kafka_options import AuthorityOption, PasswordOption, TlsOption, UserOption, access_of
from monitor.conventions.topics import EDGE_GROUP
from monitor.domain.number import number_of
from monitor.errors import ConfigError, Fault
from monitor.service.publishing.topic_plan import Topic, access_rules, differences, planned_topics


def topics(
    kafka: Annotated[str, typer.Option("--kafka", metavar="HOST:PORT", help="The brokers.")] = "127.0.0.1:9092",
    *,
    partitions: Annotated[int, typer.Option("--partitions", min=1, help="Of kept.events; never changed later.")] = 12,
    replicas: Annotated[int, typer.Option("--replicas", min=1, help="Copies of each topic.")] = 3,
    in_sync: Annotated[
        int | None, typer.Option("--min-in-sync", min=1, help="Copies that must have a message; 2 if there are.")
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, help="For how long events and decisions are kept.")] = 7,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be made.")] = False,
    acls: Annotated[bool, typer.Option("--acls", help="Only print the access rules needed.")] = False,
    source: Annotated[
        list[str] | None, typer.Option("--source", help="With --acls: a topic that the edge reads.")
    ] = None,
    group: Annotated[str, typer.Option("--group", help="With --acls: the edge's consumer group.")] = EDGE_GROUP,
    user: UserOption = None,
    password_file: PasswordOption = None,
    tls: TlsOption = False,
    authority: AuthorityOption = None,
) -> None:
    """Make the topics Kept uses, or check those that are there: nothing that is there is changed."""
    if acls:
        for rule in access_rules(source or ["SOURCE-TOPIC"], group):
            typer.echo(f"kafka-acls --bootstrap-server {kafka} --add {rule}")
        return
    access = access_of(kafka, user=user, password_file=password_file, tls=tls, authority=authority)
    wanted = planned_topics(partitions, replicas, min(2, replicas) if in_sync is None else in_sync, days)
    asyncio.run(_make(access, wanted, dry_run=dry_run))


async def _make(access: KafkaAccess, wanted: list[Topic], *, dry_run: bool) -> None:
    """Nothing is made where anything that is there is not as it should be."""
    async with TopicAdmin(access) as admin:
        found = await admin.topics([topic.name for topic in wanted])
        faults = [
            fault for topic in wanted if topic.name in found for fault in _faults(access, topic, found[topic.name])
        ]
        if faults:
            raise ConfigError(faults)
        missing = [topic for topic in wanted if topic.name not in found]
        if missing:
            await admin.create(missing, dry_run=dry_run)
    for topic in wanted:
        said = "as it should be" if topic.name in found else "would be made" if dry_run else "made"
        typer.echo(f"{topic.name}: {said}, {_size(topic)}")


def _size(topic: Topic) -> str:
    return f"{number_of(topic.partitions, 'partition')}, {number_of(topic.replicas, 'replica')}"


def _faults(access: KafkaAccess, wanted: Topic, found: Topic) -> Iterator[Fault]:
    for key, is_so, should_be in differences(wanted, found):
        yield Fault(f"{access.servers} {wanted.name}", 0, key, is_so, should_be)

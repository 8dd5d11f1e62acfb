"""The topics Kept uses, as they must be, and who needs access to them.

None is compacted: of a key's events every one counts, and a decision that was replaced was told to somebody. The journal
in the database keeps what topics forget.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from monitor.conventions.topics import DEAD_LETTERS_TOPIC, DECISIONS_TOPIC, EVENTS_TOPIC, REPLAYS_TOPIC, WORKER_GROUP

DAY_MS: Final = 86_400_000
LONGEST_MESSAGE_BYTES: Final = 2_097_152
"""An event as large as Kept takes, with what was added to it, its key and its headers."""
DEAD_LETTER_DAYS: Final = 30
"""For how long somebody may take to look at what could not be read."""


class Topic(NamedTuple):
    """A topic as it is, or as it should be; `settings` by Kafka's own names."""

    name: str
    partitions: int
    replicas: int
    settings: Mapping[str, str]


def planned_topics(partitions: int, replicas: int, in_sync: int, days: int) -> list[Topic]:
    """The topics; decisions have as many partitions as events: what is of one case has one number in both."""
    return [
        Topic(EVENTS_TOPIC, partitions, replicas, _settings(in_sync, days)),
        Topic(DECISIONS_TOPIC, partitions, replicas, _settings(in_sync, days)),
        Topic(DEAD_LETTERS_TOPIC, 1, replicas, _settings(in_sync, max(days, DEAD_LETTER_DAYS))),
        Topic(REPLAYS_TOPIC, 1, replicas, _settings(in_sync, days)),
    ]


def _settings(in_sync: int, days: int) -> dict[str, str]:
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(days * DAY_MS),
        "min.insync.replicas": str(in_sync),
        "max.message.bytes": str(LONGEST_MESSAGE_BYTES),
        # Log times are the brokers': what is kept for how long must not hang on the clock of a producer.
        "message.timestamp.type": "LogAppendTime",
    }


def differences(wanted: Topic, found: Topic) -> Iterator[tuple[str, str, str]]:
    """(key, what is so, what should be) for whatever is different."""
    if found.partitions != wanted.partitions:
        expected = f"{wanted.partitions}: another number gives every key another partition, and tears cases apart"
        yield "partitions", str(found.partitions), expected
    if found.replicas < wanted.replicas:
        yield "replicas", str(found.replicas), f"at least {wanted.replicas}"
    for key, value in wanted.settings.items():
        if found.settings.get(key) != value:
            yield key, found.settings.get(key, "nothing"), value


def access_rules(sources: Sequence[str], group: str) -> list[str]:
    """What each process of Kept and whoever makes topics must be allowed, as arguments of Kafka's own tool."""
    return [
        *(_allow("kept-edge", ("Read", "Describe"), f"--topic {topic}") for topic in sources),
        _allow("kept-edge", ("Read",), f"--group {group}"),
        *(
            _allow(user, ("Write", "Describe"), f"--topic {topic}")
            for user in ("kept-edge", "kept-serve")
            for topic in (EVENTS_TOPIC, DEAD_LETTERS_TOPIC)
        ),
        *(
            _allow("kept-worker", ("Read", "Describe"), f"--topic {topic}")
            for topic in (EVENTS_TOPIC, DEAD_LETTERS_TOPIC)
        ),
        # Asked by whichever worker is the keeper, answered by the edge that has the partition.
        *(
            _allow(user, ("Read", "Write", "Describe"), f"--topic {REPLAYS_TOPIC}")
            for user in ("kept-edge", "kept-worker")
        ),
        _allow("kept-worker", ("Read",), f"--group {WORKER_GROUP}"),
        _allow("kept-publish", ("Write", "Describe"), f"--topic {DECISIONS_TOPIC}"),
        *(
            _allow("kept-admin", ("Create", "Describe", "DescribeConfigs"), f"--topic {topic}")
            for topic in (EVENTS_TOPIC, DECISIONS_TOPIC, DEAD_LETTERS_TOPIC, REPLAYS_TOPIC)
        ),
    ]


def _allow(user: str, operations: Sequence[str], resource: str) -> str:
    return " ".join([f"--allow-principal User:{user}", *(f"--operation {name}" for name in operations), resource])

"""Kafka's names: topics, groups, and what records say in their attributes and headers."""

from __future__ import annotations

from typing import Final

EVENTS_TOPIC: Final = "kept.events"
DECISIONS_TOPIC: Final = "kept.decisions"
DEAD_LETTERS_TOPIC: Final = "kept.dead-letters"
REPLAYS_TOPIC: Final = "kept.replays"
EDGE_GROUP: Final = "kept-edge"
WORKER_GROUP: Final = "kept-worker"

ORIGIN_TOPIC: Final = "origintopic"
ORIGIN_PARTITION: Final = "originpartition"
ORIGIN_OFFSET: Final = "originoffset"
"""Extension attributes of a canonical event: the record it was made of."""

HEADER_RESULT: Final = "kept-result"
HEADER_FOUND: Final = "kept-found"
HEADER_EXPECTED: Final = "kept-expected"
HEADER_KEY: Final = "kept-key"
HEADER_TOPIC: Final = "kept-topic"
HEADER_PARTITION: Final = "kept-partition"
HEADER_OFFSET: Final = "kept-offset"
HEADER_TIMESTAMP: Final = "kept-timestamp"
HEADER_SENDER: Final = "kept-sender"
HEADER_SIZE: Final = "kept-size"
"""Headers of a dead letter: why it is one, and which record it was, or who sent it where it was none; the timestamp in
milliseconds, the size in bytes."""

MAPPED: Final = "mapped"
UNMAPPED: Final = "unmapped"
UNREADABLE: Final = "unreadable"
EDGE_RESULTS: Final = (MAPPED, UNMAPPED, UNREADABLE)
"""What becomes of a record at the edge: events, or a dead letter because no rule is for it or because it can't be read."""

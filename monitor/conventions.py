"""Every metric and media type, spelled once."""

from __future__ import annotations

from typing import Final, NamedTuple


class MetricName(NamedTuple):
    """A metric: its name without the `_total` of counters, what it says, and its labels."""

    name: str
    help: str
    labels: tuple[str, ...] = ()


VERDICTS: Final = MetricName(
    "kept_verdicts",
    "Verdicts given, by kind of promise. restated=true: it replaced another one, because of a late event or a correction.",
    ("kind", "verdict", "restated"),
)
CLIENT_VERDICTS: Final = MetricName(
    "kept_client_verdicts",
    "Verdicts given, by client; clients beyond the limit together as _other.",
    ("client", "verdict", "restated"),
)
CLIENTS_LEFT_OUT: Final = MetricName(
    "kept_clients_left_out", "Clients without series of their own: they are in _other."
)
DECISIONS: Final = MetricName(
    "kept_decisions",
    "Decisions of every type, e.g. opened, warned, broken, done_late.",
    ("kind", "type"),
)
OBLIGATIONS: Final = MetricName(
    "kept_obligations", "Obligations there have ever been, as they stand now.", ("kind", "outcome")
)
OPEN_OBLIGATIONS: Final = MetricName(
    "kept_open_obligations", "Obligations that still wait for their end, in time or late.", ("kind", "outcome")
)
EVENTS: Final = MetricName(
    "kept_events", "Events that arrived: accepted, duplicate, or rejected because they can't be read.", ("outcome",)
)
DEAD_LETTERS: Final = MetricName("kept_dead_letters", "Different bytes kept that were no event Kept understands.")
EVENTS_WAITING: Final = MetricName("kept_waiting_events", "Events that have arrived and are not committed yet.")
EARLIEST_DEADLINE: Final = MetricName(
    "kept_deadline_earliest_timestamp_seconds",
    "When time alone next decides something: a warning or a breach. +Inf: nothing is due.",
)
AGENDA_RUN: Final = MetricName(
    "kept_agenda_last_run_timestamp_seconds", "When the agenda last had done all that was due. 0: not since the start."
)
SOURCE_HEARD: Final = MetricName(
    "kept_source_last_event_timestamp_seconds", "The latest event time of each source.", ("source",)
)
SOURCES_LEFT_OUT: Final = MetricName("kept_sources_left_out", "Sources without a series of their own.")
BUILD: Final = MetricName("kept_build", "The version that runs, and the book it runs by.", ("version", "book"))

METRICS: Final = (
    VERDICTS,
    CLIENT_VERDICTS,
    CLIENTS_LEFT_OUT,
    DECISIONS,
    OBLIGATIONS,
    OPEN_OBLIGATIONS,
    EVENTS,
    DEAD_LETTERS,
    EVENTS_WAITING,
    EARLIEST_DEADLINE,
    AGENDA_RUN,
    SOURCE_HEARD,
    SOURCES_LEFT_OUT,
    BUILD,
)

OTHER_CLIENTS: Final = "_other"
CLIENTS_WITH_SERIES: Final = 200
SOURCES_WITH_SERIES: Final = 50

CLOUDEVENT: Final = "application/cloudevents+json"
CLOUDEVENTS_BATCH: Final = "application/cloudevents-batch+json"
JSON: Final = "application/json"
JSON_LINES: Final = ("application/x-ndjson", "application/jsonl")
PROBLEM: Final = "application/problem+json"

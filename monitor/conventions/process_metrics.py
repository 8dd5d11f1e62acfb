"""What edges, workers and those who serve, publish and notify show of themselves, and the keeper of origins."""

from __future__ import annotations

from typing import Final

from monitor.conventions.metric_name import MetricName

EDGE_RECORDS: Final = MetricName(
    "kept_edge_records",
    "Records of the firm's topics whose outcome is acknowledged: mapped, unmapped (no rule is for it), unreadable.",
    ("topic", "result"),
)
EDGE_EVENTS: Final = MetricName(
    "kept_edge_events", "Events made of them that are acknowledged; a repeat after a restart counts again.", ("topic",)
)
EDGE_LAG: Final = MetricName(
    "kept_edge_lag_records", "Records that wait in the partitions that this edge has.", ("topic",)
)
EDGE_PARTITIONS: Final = MetricName("kept_edge_partitions", "Partitions that this edge has.", ("topic",))
EDGE_LAST_EVENT: Final = MetricName(
    "kept_edge_last_event_timestamp_seconds",
    "The latest event time of each topic. 0: none since the start.",
    ("topic",),
)

EDGE_READ_AGAIN: Final = MetricName(
    "kept_edge_read_again_records",
    "Records that were read again and sent on because a worker had heard nothing of them.",
    ("topic",),
)

EDGE_METRICS: Final = (EDGE_RECORDS, EDGE_EVENTS, EDGE_READ_AGAIN, EDGE_LAG, EDGE_PARTITIONS, EDGE_LAST_EVENT)

SERVE_ANSWERS: Final = MetricName(
    "kept_serve_answers", "Requests answered since the start, by the class of the answer's status.", ("status",)
)
SERVE_QUESTIONS: Final = MetricName("kept_serve_questions", "Questions that are read or wait for their turn just now.")
SERVE_EVENTS: Final = MetricName(
    "kept_serve_events", "Events that came over HTTP and are acknowledged by Kafka: accepted, rejected.", ("outcome",)
)
SERVE_LAST_RECORDED: Final = MetricName(
    "kept_serve_last_recorded_timestamp_seconds",
    "When something was last recorded in the database that is asked. NaN: it does not answer.",
)

SERVE_METRICS: Final = (SERVE_ANSWERS, SERVE_QUESTIONS, SERVE_EVENTS, SERVE_LAST_RECORDED)

PUBLISHED: Final = MetricName("kept_publish_decisions", "Decisions acknowledged by Kafka since the start.")
PUBLISHED_POSITION: Final = MetricName(
    "kept_publish_position",
    "The position of the journal up to which every decision is acknowledged. NaN: this process stands by.",
)
PUBLISHING_BEHIND: Final = MetricName(
    "kept_publish_positions_behind",
    "How far behind the end of the history publishing is, in positions of the journal. NaN: the database does not answer.",
)
IS_PUBLISHING: Final = MetricName(
    "kept_publish_active", "1 where this process publishes, 0 where it stands by while another one does."
)

IS_NOTIFYING: Final = MetricName(
    "kept_notify_active", "1 where this process tells of notices, 0 where it stands by while another one does."
)

NOTIFY_METRICS: Final = (IS_NOTIFYING,)

PUBLISH_METRICS: Final = (PUBLISHED, PUBLISHED_POSITION, PUBLISHING_BEHIND, IS_PUBLISHING)
WORKER_PARTITIONS: Final = MetricName(
    "kept_worker_partitions", "Partitions of the topic of events that this worker has."
)
WORKER_LAG: Final = MetricName(
    "kept_worker_lag_records", "Records that wait in the partitions that this worker has, when it last asked."
)
WORKER_READ_UNTIL: Final = MetricName(
    "kept_worker_read_until_timestamp_seconds",
    "Up to when all that was in a partition's log is judged: deadlines later than that wait. 0: it was never read to its end.",
    ("partition",),
)
WORKER_TURN: Final = MetricName(
    "kept_worker_last_turn_timestamp_seconds", "When this worker last came round with everything working."
)
WORKER_LOST_RECORDS: Final = MetricName(
    "kept_worker_lost_records", "Records that the log no longer had when they were to be read, since the start."
)
WORKER_TOPIC_PARTITIONS: Final = MetricName(
    "kept_worker_topic_partitions", "Partitions that the topic of events has: the workers together have as many."
)
WORKER_METRICS: Final = (
    WORKER_PARTITIONS,
    WORKER_TOPIC_PARTITIONS,
    WORKER_LAG,
    WORKER_READ_UNTIL,
    WORKER_TURN,
    WORKER_LOST_RECORDS,
)
_OF_ORIGINS: Final = ("origintopic", "originpartition")
ORIGIN_OPEN: Final = MetricName(
    "kept_origin_open_records",
    "Records that left no trace and that nobody has found yet, though asked: what hangs on their time is unknown.",
    _OF_ORIGINS,
)
ORIGIN_GAPS: Final = MetricName(
    "kept_origin_gaps", "Gaps found: runs of records that left no trace and were read again, or were gone.", _OF_ORIGINS
)
ORIGIN_READ_AGAIN: Final = MetricName(
    "kept_origin_read_again_records", "Records that left no trace and were read again from their source.", _OF_ORIGINS
)
ORIGIN_LOST: Final = MetricName(
    "kept_origin_lost_records",
    "Records that left no trace and were gone when they were to be read again.",
    _OF_ORIGINS,
)
ORIGIN_EMPTY: Final = MetricName(
    "kept_origin_empty_offsets", "Offsets without a trace that hold no record, which is no loss.", _OF_ORIGINS
)
ORIGINS_LOOKED_AT: Final = MetricName(
    "kept_origins_last_look_timestamp_seconds",
    "When the keeper last looked for records that left no trace. 0: not since it became the keeper.",
)
ORIGINS_LEFT_OUT: Final = MetricName(
    "kept_origins_left_out", "Partitions of the firm's topics without series of their own: they are in _other."
)
ORIGIN_METRICS: Final = (
    ORIGIN_OPEN,
    ORIGIN_GAPS,
    ORIGIN_READ_AGAIN,
    ORIGIN_LOST,
    ORIGIN_EMPTY,
    ORIGINS_LOOKED_AT,
    ORIGINS_LEFT_OUT,
)

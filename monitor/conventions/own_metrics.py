"""What Kept shows of itself: what arrives, commits, deadlines, sources, notices, the canary."""

from __future__ import annotations

from typing import Final

from monitor.conventions.metric_name import MetricName

EVENTS: Final = MetricName(
    "kept_events", "Events that arrived: accepted, duplicate, or rejected because they can't be read.", ("outcome",)
)
LATE_EVENTS: Final = MetricName(
    "kept_late_events", "Accepted events from before something known of their matter: the past was judged anew."
)
DEAD_LETTERS: Final = MetricName("kept_dead_letters", "Different bytes kept that were no event Kept understands.")
EVENTS_WAITING: Final = MetricName("kept_waiting_events", "Events that have arrived and are not committed yet.")
COMMIT_SECONDS: Final = MetricName(
    "kept_commit_duration_seconds", "How long a transaction took: quantiles of the last thousand.", ("quantile",)
)
FAILED_COMMITS: Final = MetricName(
    "kept_failed_commits",
    "Transactions that the database did not take, since the start; what was in them is tried again.",
)
LAST_RECORDED: Final = MetricName(
    "kept_last_recorded_timestamp_seconds", "When something was last recorded: an answer as of then stays as it is."
)
NEXT_WAKE: Final = MetricName(
    "kept_agenda_next_timestamp_seconds",
    "When time alone next decides something: a warning or a breach. +Inf: nothing is due.",
)
AGENDA_RUN: Final = MetricName(
    "kept_agenda_last_run_timestamp_seconds", "When the agenda last had done all that was due. 0: not since the start."
)
CATCHING_UP: Final = MetricName(
    "kept_catching_up", "1 while somebody still sends the past: time alone breaks nothing in what they sent."
)
SOURCE_HEARD: Final = MetricName(
    "kept_source_last_event_timestamp_seconds", "The latest event time of each source.", ("source",)
)
SOURCE_SILENT_AFTER: Final = MetricName(
    "kept_source_silent_after_seconds",
    "How long the book lets each source be silent before it is doubted.",
    ("source",),
)
SOURCES_LEFT_OUT: Final = MetricName("kept_sources_left_out", "Sources without a series of their own.")
NOTICES: Final = MetricName(
    "kept_notices", "Notices by what became of them: opened, folded into a storm, resolved.", ("kind", "result")
)
NOTICE_TRIES: Final = MetricName(
    "kept_notice_tries",
    "Tries to bring a message about a notice to a receiver: delivered, failed, given_up.",
    ("kind", "receiver", "result"),
)
OPEN_NOTICES: Final = MetricName(
    "kept_open_notices", "Notices that stand; those folded into a storm are not counted.", ("kind",)
)
UNDELIVERED_MESSAGES: Final = MetricName(
    "kept_undelivered_messages", "Messages that are to be sent by now and were not delivered yet.", ("receiver",)
)
EARLIEST_UNDELIVERED: Final = MetricName(
    "kept_message_earliest_undelivered_timestamp_seconds",
    "When the oldest message was made that was to be sent by now and was not delivered. +Inf: there is none.",
)
GIVEN_UP_MESSAGES: Final = MetricName(
    "kept_given_up_messages", "Messages that were tried for as long as they may be; `kept notices retry` tries again."
)
NOTICES_BEHIND: Final = MetricName(
    "kept_notice_positions_behind", "How far behind the end of the history notices are, in positions of the journal."
)
CANARY_BROKEN: Final = MetricName(
    "kept_canary_last_broken_timestamp_seconds",
    "When the canary's promise was last recorded as broken, as it must be every few minutes. 0: not on record.",
)
CANARY_TOLD: Final = MetricName(
    "kept_canary_last_told_timestamp_seconds",
    "When each receiver last took the notice that the canary's promise is broken. 0: not on record.",
    ("receiver",),
)
BUILD: Final = MetricName("kept_build", "The version that runs, and the book it runs by.", ("version", "book"))
BOOK_EDITION: Final = MetricName(
    "kept_book_edition", "The newest edition of the promise book: its number, 1 for the first there was."
)
REJUDGING: Final = MetricName("kept_rejudging", "1 while something is still to be judged by the newest edition.")

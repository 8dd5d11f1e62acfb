"""Every metric, topic, header and media type, spelled once."""

from __future__ import annotations

from typing import Final, NamedTuple


class MetricName(NamedTuple):
    """A metric: its name without the `_total` of counters, what it says, and its labels."""

    name: str
    help: str
    labels: tuple[str, ...] = ()


VERDICTS: Final = MetricName(
    "kept_verdicts",
    "Verdicts given. restated=true: it replaced another one, because of a late event, a correction or another book.",
    ("kind", "channel", "tier", "verdict", "restated"),
)
RESTATEMENTS: Final = MetricName("kept_restatements", "Verdicts that replaced one given earlier.", ("kind",))
CLIENT_VERDICTS: Final = MetricName(
    "kept_client_verdicts",
    "Verdicts given for the first time, by client; clients beyond the limit together as _other.",
    ("client", "verdict"),
)
CLIENT_RESTATEMENTS: Final = MetricName(
    "kept_client_restatements", "Verdicts that replaced one given earlier, by client.", ("client",)
)
CLIENT_OBLIGATIONS: Final = MetricName(
    "kept_client_open_obligations",
    "Obligations that still wait for their end, by client; clients beyond the limit together as _other.",
    ("client", "outcome"),
)
CLIENT: Final = MetricName(
    "kept_client_info", "The clients with series of their own, with their tiers.", ("client", "tier")
)
CLIENTS_LEFT_OUT: Final = MetricName(
    "kept_clients_left_out", "Clients without series of their own: they are in _other."
)
SHARE: Final = MetricName(
    "kept_share_ratio",
    "Kept among kept and broken, of what opened in the running or the last period; of a share of the work that of who was promised.",
    ("client", "promise", "version", "period"),
)
SHARE_PROMISED: Final = MetricName(
    "kept_share_promised_ratio", "The share that was promised.", ("client", "promise", "version")
)
SHARE_BROKEN: Final = MetricName(
    "kept_share_broken", "Breaches in the running or the last period.", ("client", "promise", "version", "period")
)
SHARE_LEFT: Final = MetricName(
    "kept_share_budget_left_breaches",
    "How many more of those decided may be broken by the promised share; negative: too many were.",
    ("client", "promise", "version", "period"),
)
SHARE_LEFT_BY_END: Final = MetricName(
    "kept_share_budget_left_by_end_breaches",
    "How many more may be broken in the whole period, if as many more come as until now; negative: it can't be kept.",
    ("client", "promise", "version", "period"),
)
SHARE_BELOW_SECONDS: Final = MetricName(
    "kept_share_below_seconds",
    "Of a share of the minutes: the work of others than was promised, in the running or the last period.",
    ("client", "promise", "version", "period"),
)
SHARE_BELOW_TOUCHES: Final = MetricName(
    "kept_share_below_touches",
    "Of a share of the touches: those of others than was promised, in the running or the last period.",
    ("client", "promise", "version", "period"),
)
SHARE_LEFT_SECONDS: Final = MetricName(
    "kept_share_budget_left_seconds",
    "Of a share of the minutes: how much more of the work until now others may have done; negative: they did too much.",
    ("client", "promise", "version", "period"),
)
SHARE_LEFT_TOUCHES: Final = MetricName(
    "kept_share_budget_left_touches",
    "Of a share of the touches: how many more of those until now others may have done; negative: they did too many.",
    ("client", "promise", "version", "period"),
)
SHARE_LEFT_SECONDS_BY_END: Final = MetricName(
    "kept_share_budget_left_by_end_seconds",
    "Of a share of the minutes: how much more others may do in the whole period, if as much more comes as until now.",
    ("client", "promise", "version", "period"),
)
SHARE_LEFT_TOUCHES_BY_END: Final = MetricName(
    "kept_share_budget_left_by_end_touches",
    "Of a share of the touches: how many more others may do in the whole period, if as many more come as until now.",
    ("client", "promise", "version", "period"),
)
SHARE_PACE: Final = MetricName(
    "kept_share_pace_ratio",
    "How many times as many were broken, or as much done by others, as the promised share allows; none where nothing was decided.",
    ("client", "promise", "version", "period"),
)
SHARE_STARTS: Final = MetricName(
    "kept_share_period_start_timestamp_seconds",
    "When the running period began, in the client's zone.",
    ("client", "promise", "version"),
)
SHARES_READ: Final = MetricName(
    "kept_shares_last_read_timestamp_seconds", "When shares were last looked at. 0: not since the start."
)
SHARES_LEFT_OUT: Final = MetricName(
    "kept_shares_left_out", "Shares of clients, each of a promise, without series of their own."
)
_OF_A_PROMISE: Final = ("kind", "promise", "version")
ATTAINABLE_ASKED: Final = MetricName(
    "kept_attainable_asked_ratio",
    "The share a promise of the book is asked about: the promised one, 0.95 where every case is to be kept.",
    _OF_A_PROMISE,
)
ATTAINABLE_OCCASIONS: Final = MetricName(
    "kept_attainable_occasions", "Comparable occasions of the past year that are counted for a promise.", _OF_A_PROMISE
)
ATTAINABLE_KEPT: Final = MetricName(
    "kept_attainable_kept_ratio",
    "How many of these would have been kept; no series where they are too few to say anything.",
    _OF_A_PROMISE,
)
ATTAINABLE_LOWER: Final = MetricName(
    "kept_attainable_lower_bound_ratio",
    "The share that is kept at least, as far as they show it (Clopper and Pearson, one-sided, 95 %); none where they are too few.",
    _OF_A_PROMISE,
)
ATTAINABLE_PROMISED: Final = MetricName(
    "kept_attainable_promised_seconds",
    "The promised length, in the promise's own time; none of one in days.",
    _OF_A_PROMISE,
)
ATTAINABLE_TIGHTEST: Final = MetricName(
    "kept_attainable_tightest_seconds",
    "The shortest length that these show to be kept at the share asked about, in the promise's own time; none where none is.",
    _OF_A_PROMISE,
)
ATTAINABLE_DELIVERED: Final = MetricName(
    "kept_attainable_delivered_ratio",
    "Kept among kept and broken, of what the promise governed in the same year; none where nothing was decided.",
    _OF_A_PROMISE,
)
ATTAINABLE_LEFT_OUT: Final = MetricName("kept_attainable_left_out", "Promises in force without such series.")
REGISTER_PROMISES: Final = MetricName(
    "kept_register_promises",
    "Promises on record, of all editions of the book and of what was said in cases, by where they were made and how they stand.",
    ("made_in", "state"),
)
REGISTER_FINDINGS: Final = MetricName(
    "kept_register_findings",
    "Of those that still bind, how many there is cause to doubt, by what was found.",
    ("made_in", "finding"),
)
CLIENT_REGISTER_FINDINGS: Final = MetricName(
    "kept_client_register_findings",
    "The same of promises made to one client; no series where nothing was found, clients beyond the limit together as _other.",
    ("client", "finding"),
)
REGISTER_UNASKED: Final = MetricName(
    "kept_register_unasked_dates",
    "Dates given in the last 90 days of which it was not asked yet whether they were made against the record.",
)
FIT_WISHES: Final = MetricName(
    "kept_fit_wishes",
    "A client's wishes of the past year by whether they could have been met: attainable, not_attainable, too_few to say.",
    ("client", "finding"),
)
FIT_PROMISED: Final = MetricName(
    "kept_fit_promised_wishes",
    "Those of them that were promised, by what became of them; a client without wishes has no series.",
    ("client", "outcome"),
)
PAST_READ: Final = MetricName(
    "kept_past_last_read_timestamp_seconds",
    "When the past was last asked: what is attainable, the register, clients' wishes, shares of the work. 0: not since the start.",
    ("question",),
)
PAST_METRICS: Final = (
    ATTAINABLE_ASKED,
    ATTAINABLE_OCCASIONS,
    ATTAINABLE_KEPT,
    ATTAINABLE_LOWER,
    ATTAINABLE_PROMISED,
    ATTAINABLE_TIGHTEST,
    ATTAINABLE_DELIVERED,
    ATTAINABLE_LEFT_OUT,
    REGISTER_PROMISES,
    REGISTER_FINDINGS,
    CLIENT_REGISTER_FINDINGS,
    REGISTER_UNASKED,
    FIT_WISHES,
    FIT_PROMISED,
    PAST_READ,
)
"""What is asked of the history in turn, less often than all else."""
CLIENT_AT_RISK: Final = MetricName(
    "kept_client_at_risk",
    "How many facts of a sort stand by which a client is at risk, until a person clears them; no series where none does.",
    ("client", "fact"),
)
CLIENTS_AT_RISK: Final = MetricName("kept_clients_at_risk", "Clients of whom any such fact stands.")
CLIENT_SCORES: Final = MetricName(
    "kept_client_scores",
    "How many scores a client gave in the last 90 days; those that can't be placed are left out.",
    ("client",),
)
CLIENT_SCORE: Final = MetricName(
    "kept_client_score_ratio",
    "The mean of those scores, each put on its own scale: 0 is the worst, 1 the best; no series where there are none.",
    ("client",),
)
CLIENTS_READ: Final = MetricName(
    "kept_clients_last_read_timestamp_seconds",
    "When it was last looked which clients are at risk and what they say. 0: not since the start.",
)
DECISIONS: Final = MetricName(
    "kept_decisions",
    "Decisions of every type, e.g. opened, warned, broken, done_late.",
    ("kind", "type"),
)
TIME_USED: Final = MetricName(
    "kept_time_used_ratio",
    "How much of the promised time was used by what was done: at most 1 if it was kept, more if it was late.",
    ("kind", "tier"),
)
OBLIGATIONS: Final = MetricName(
    "kept_obligations", "Obligations there have ever been, as they stand now.", ("kind", "tier", "outcome")
)
OPEN_OBLIGATIONS: Final = MetricName(
    "kept_open_obligations", "Obligations that still wait for their end, in time or late.", ("kind", "tier", "outcome")
)
BREACHES: Final = MetricName(
    "kept_breaches",
    "Breaches by how far each is owned: the first step still owed; excused; closed: nothing is owed any more, or never was.",
    ("kind", "tier", "state"),
)
TIME_TO_OWN: Final = MetricName(
    "kept_time_to_own_seconds",
    "Calendar time from the breach of a promise until a step of owning it was taken; owned: until nothing was owed any more.",
    ("step", "kind", "tier"),
)
CREDITS_OWED: Final = MetricName(
    "kept_credits_owed",
    "Credits owed by the book for breaches of the running or the last period, in the currency; clients beyond the limit as _other.",
    ("client", "currency", "period"),
)
CLIENT_BREACHES: Final = MetricName(
    "kept_client_breaches",
    "A client's breaches by how far each is owned: all for which something is still owed, and the others of the last 30 days.",
    ("client", "state"),
)
CLIENT_EARLIEST_BREACH: Final = MetricName(
    "kept_client_breach_earliest_unowned_timestamp_seconds",
    "When the oldest breach happened for which something is still owed to a client. +Inf: there is none.",
    ("client",),
)
AMENDS_READ: Final = MetricName(
    "kept_amends_last_read_timestamp_seconds",
    "When credits and breaches by client were last reckoned. 0: not since the start.",
)
TIME_LEFT: Final = MetricName(
    "kept_running_obligations",
    "Obligations whose clock runs, by the calendar time left; passed: it is over, and not decided yet.",
    ("kind", "left"),
)
EARLIEST_DUE: Final = MetricName(
    "kept_obligation_earliest_due_timestamp_seconds",
    "The earliest due instant of a running obligation. +Inf: nothing runs.",
    ("kind",),
)
UNHELD: Final = MetricName(
    "kept_unheld_obligations",
    "Running obligations with at most 15 minutes left whose case neither a person nor a team holds.",
    ("kind",),
)
TOUCHES: Final = MetricName(
    "kept_touches",
    "What people did for clients: each reply, conversation, meeting, piece of logged work, taking on of a case.",
    ("grade", "tenure", "tier"),
)
TOUCHES_WITHDRAWN: Final = MetricName(
    "kept_touches_withdrawn",
    "Touches counted that a late event or change of staff, tier or book took back or counts elsewhere.",
    ("grade", "tenure", "tier"),
)
TOUCH_SECONDS: Final = MetricName(
    "kept_touch_seconds", "How long touches took, where that is known.", ("grade", "tenure", "tier")
)
TOUCH_SECONDS_WITHDRAWN: Final = MetricName(
    "kept_touch_withdrawn_seconds", "Of these seconds, those taken back later.", ("grade", "tenure", "tier")
)
UNMEASURED_TOUCHES: Final = MetricName(
    "kept_unmeasured_touches", "Touches of which nobody has told how long they took.", ("grade", "tenure", "tier")
)
HANDOFFS: Final = MetricName(
    "kept_handoffs",
    "Hand-offs in open cases, between teams or between people; returned=true: to somebody who had it before.",
    ("between", "returned", "tier"),
)
HANDOFFS_WITHDRAWN: Final = MetricName(
    "kept_handoffs_withdrawn", "Hand-offs counted that were taken back later.", ("between", "returned", "tier")
)
HAND_DOWNS: Final = MetricName(
    "kept_hand_downs", "Cases that went from somebody to somebody of a lower grade.", ("from_grade", "to_grade", "tier")
)
HAND_DOWNS_WITHDRAWN: Final = MetricName(
    "kept_hand_downs_withdrawn", "Hand-downs counted that were taken back later.", ("from_grade", "to_grade", "tier")
)
HELD_CASES: Final = MetricName(
    "kept_open_cases",
    "Open cases by who has them: the team, and the grade of the person when they got it; none: nobody.",
    ("team", "grade", "tier"),
)
CALLS: Final = MetricName(
    "kept_calls",
    "Calls of clients by the queue they joined first and what became of them; left_menu: over before they joined one.",
    ("queue", "outcome"),
)
CALLS_WITHDRAWN: Final = MetricName(
    "kept_calls_withdrawn", "Calls counted that were taken back or counted otherwise later.", ("queue", "outcome")
)
CALL_WAIT: Final = MetricName(
    "kept_call_wait_seconds",
    "How long calls waited in their first queue until they were answered or over; a wait that is corrected counts again.",
    ("queue",),
)
QUEUES_LEFT_OUT: Final = MetricName("kept_queues_left_out", "Queues without series of their own: they are in _other.")
TEAMS_LEFT_OUT: Final = MetricName("kept_teams_left_out", "Teams without series of their own: they are in _other.")
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

METRICS: Final = (
    VERDICTS,
    RESTATEMENTS,
    CLIENT_VERDICTS,
    CLIENT_RESTATEMENTS,
    CLIENT_OBLIGATIONS,
    CLIENT,
    CLIENTS_LEFT_OUT,
    SHARE,
    SHARE_PROMISED,
    SHARE_BROKEN,
    SHARE_LEFT,
    SHARE_LEFT_BY_END,
    SHARE_BELOW_SECONDS,
    SHARE_BELOW_TOUCHES,
    SHARE_LEFT_SECONDS,
    SHARE_LEFT_TOUCHES,
    SHARE_LEFT_SECONDS_BY_END,
    SHARE_LEFT_TOUCHES_BY_END,
    SHARE_PACE,
    SHARE_STARTS,
    SHARES_READ,
    SHARES_LEFT_OUT,
    *PAST_METRICS,
    CLIENT_AT_RISK,
    CLIENTS_AT_RISK,
    CLIENT_SCORES,
    CLIENT_SCORE,
    CLIENTS_READ,
    DECISIONS,
    TIME_USED,
    OBLIGATIONS,
    OPEN_OBLIGATIONS,
    BREACHES,
    TIME_TO_OWN,
    CREDITS_OWED,
    CLIENT_BREACHES,
    CLIENT_EARLIEST_BREACH,
    AMENDS_READ,
    TIME_LEFT,
    EARLIEST_DUE,
    UNHELD,
    TOUCHES,
    TOUCHES_WITHDRAWN,
    TOUCH_SECONDS,
    TOUCH_SECONDS_WITHDRAWN,
    UNMEASURED_TOUCHES,
    HANDOFFS,
    HANDOFFS_WITHDRAWN,
    HAND_DOWNS,
    HAND_DOWNS_WITHDRAWN,
    HELD_CASES,
    CALLS,
    CALLS_WITHDRAWN,
    CALL_WAIT,
    QUEUES_LEFT_OUT,
    TEAMS_LEFT_OUT,
    EVENTS,
    LATE_EVENTS,
    DEAD_LETTERS,
    EVENTS_WAITING,
    COMMIT_SECONDS,
    LAST_RECORDED,
    NEXT_WAKE,
    AGENDA_RUN,
    CATCHING_UP,
    SOURCE_HEARD,
    SOURCE_SILENT_AFTER,
    SOURCES_LEFT_OUT,
    NOTICES,
    NOTICE_TRIES,
    OPEN_NOTICES,
    UNDELIVERED_MESSAGES,
    EARLIEST_UNDELIVERED,
    GIVEN_UP_MESSAGES,
    NOTICES_BEHIND,
    CANARY_BROKEN,
    CANARY_TOLD,
    BUILD,
    BOOK_EDITION,
    REJUDGING,
)

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
PARTITION: Final = "partition"
"""The label by which workers tell whose counts theirs are; a daemon has none."""

OTHER: Final = "_other"
"""The label value of clients, queues and teams beyond the limit, all together."""
CLIENTS_WITH_SERIES: Final = 500
QUEUES_WITH_SERIES: Final = 50
TEAMS_WITH_SERIES: Final = 50
SHARES_WITH_SERIES: Final = 500
"""Clients, each with a promise of a share: twelve series each."""
PROMISES_WITH_SERIES: Final = 200
"""Promises of the book that the past is asked about: seven series each."""
SOURCES_WITH_SERIES: Final = 50
ORIGINS_WITH_SERIES: Final = 200
"""Partitions of the firm's topics."""

CLOUDEVENT: Final = "application/cloudevents+json"
CLOUDEVENTS_BATCH: Final = "application/cloudevents-batch+json"
JSON: Final = "application/json"
JSON_LINES: Final = ("application/x-ndjson", "application/jsonl")
PROBLEM: Final = "application/problem+json"
CSV: Final = "text/csv"
HTML: Final = "text/html"
PLAIN_TEXT: Final = "text/plain"
OCTETS: Final = "application/octet-stream"

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

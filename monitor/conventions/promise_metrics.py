"""What is shown of promises: verdicts, obligations, shares, breaches, the past, clients."""

from __future__ import annotations

from typing import Final

from monitor.conventions.metric_name import MetricName

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
    "kept_client_info",
    "The clients with series of their own, with their tiers.",
    ("client", "tier"),
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

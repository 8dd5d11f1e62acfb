"""Kept's own health: whether it listens, judges in time, and can write."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana import panels as p
from grafana.frame import MINE, framed, with_rows


def dashboard() -> Dashboard:
    """Its panels, row by row."""
    board = framed("kept-health", "Kept: its own health", "Whether Kept hears, judges in time, and can write.", hours=6)
    return with_rows(
        board,
        ("Now", _now()),
        ("The canary", _canary()),
        ("What comes in", _intake()),
        ("Judging", _judging()),
        ("Behind Kafka", _workers()),
        ("Process", _process()),
    )


def _canary() -> list[p.Panel]:
    """Whether breaches come through, shown by one that must."""
    missed = ((420, "orange"), (600, "red"))
    return [
        p.number(
            "Last seen broken",
            "How long ago the canary's promise broke, which it must every five minutes. None where no canary is sent.",
            p.Query(f"time() - max(kept_canary_last_broken_timestamp_seconds{{{MINE}}})"),
            unit="s",
            levels=missed,
        ),
        p.ranking(
            "Receivers, last told of it",
            "How long ago each receiver of notices took the one about the canary.",
            p.Query(
                f"time() - max by (receiver) (kept_canary_last_told_timestamp_seconds{{{MINE}}})",
                "{{receiver}}",
            ),
            unit="s",
            levels=missed,
            width=12,
        ).height(4),
    ]


def _now() -> list[p.Panel]:
    run = f"(kept_agenda_last_run_timestamp_seconds{{{MINE}}} or kept_worker_last_turn_timestamp_seconds{{{MINE}}})"
    return [
        p.number(
            "Answering",
            "How many of the Kepts that Prometheus asks answer, as a share.",
            p.Query(f"avg(up{{{MINE}}})"),
            unit="percentunit",
            levels=((float("-inf"), "red"), (1, "green")),
        ),
        p.number(
            "Agenda last run",
            "How long ago the agenda, or the worker that is furthest behind, had done all that was due. It looks every second.",
            p.Query(f"max(time() - {run})"),
            unit="s",
            levels=((30, "orange"), (60, "red")),
        ),
        p.number(
            "Events waiting",
            "Events that have arrived and are not committed yet. From 20,000 on senders are turned away.",
            p.Query(f"sum(kept_waiting_events{{{MINE}}})"),
            unit="short",
            levels=((5_000, "orange"), (15_000, "red")),
        ),
        p.number(
            "Catching up",
            "How many Kepts are being sent the past: time alone breaks nothing in it until that ends.",
            p.Query(f"sum(kept_catching_up{{{MINE}}})"),
            unit="short",
            levels=p.ANY_IS_DOUBTFUL,
        ),
        p.number(
            "Edition of the book",
            "The number of the newest edition of the promise book.",
            p.Query(f"max(kept_book_edition{{{MINE}}})"),
            unit="none",
            levels=p.NEUTRAL,
        ),
        p.number(
            "Judging again",
            "1 while what the newest edition of the book concerns is still to be judged again.",
            p.Query(f"max(kept_rejudging{{{MINE}}})"),
            unit="short",
            levels=p.ANY_IS_DOUBTFUL,
        ),
    ]


def _intake() -> list[p.Panel]:
    last = f"max by (source) (kept_source_last_event_timestamp_seconds{{{MINE}}})"
    allowed = f"max by (source) (kept_source_silent_after_seconds{{{MINE}}})"
    return [
        p.lines(
            "Events",
            "Events that arrived, by what became of them.",
            [p.Query(f"sum by (outcome) (rate(kept_events_total{{{MINE}}}[$__rate_interval]))", "{{outcome}}")],
            unit="reqps",
        ),
        p.lines(
            "Late events and dead letters",
            "Events from before something known of their case, by which the past was judged anew; and bytes nobody could read.",
            [
                p.Query(f"sum(increase(kept_late_events_total{{{MINE}}}[$__rate_interval]))", "late"),
                p.Query(f"sum(increase(kept_dead_letters_total{{{MINE}}}[$__rate_interval]))", "dead letters"),
            ],
            unit="short",
        ),
        p.columns(
            "Sources",
            "How long ago each source was last heard (by the time of its events), and how long the book lets it be silent.",
            [
                p.Column("heard ago", f"time() - {last}", "s"),
                p.Column("may be silent for", allowed, "s"),
                p.Column(
                    "of what is allowed",
                    f"(time() - {last}) / on (source) {allowed}",
                    "percentunit",
                    ((float("-inf"), "green"), (0.8, "orange"), (1, "red")),
                ),
            ],
            width=20,
        ),
        p.number(
            "Sources left out",
            "Sources without a series of their own, for there are too many.",
            p.Query(f"sum(max without (instance) (kept_sources_left_out{{{MINE}}}))"),
            unit="short",
            levels=p.ANY_IS_DOUBTFUL,
        ),
    ]


def _judging() -> list[p.Panel]:
    ahead = f"kept_agenda_next_timestamp_seconds{{{MINE}}} - time() < Inf"
    return [
        p.lines(
            "Next decision in",
            "When time alone next decides something. Below zero for longer than a moment, deadlines are judged late.",
            [p.Query(ahead, "{{instance}}")],
            unit="s",
            levels=((float("-inf"), "red"), (0, "green")),
        ),
        p.lines(
            "Commits",
            "How long transactions took: quantiles of the last thousand.",
            [p.Query(f"kept_commit_duration_seconds{{{MINE}}}", "{{instance}} {{quantile}}")],
            unit="s",
            levels=((1, "red"),),
        ),
        p.lines(
            "Failed commits",
            "Transactions that the database did not take; what was in them is tried again.",
            [p.Query(f"rate(kept_failed_commits_total{{{MINE}}}[$__rate_interval])", "{{instance}}")],
            unit="ops",
            levels=((0.01, "red"),),
        ),
        p.lines(
            "Decisions",
            "What was decided, by type: opened, warned, broken, done late and so on.",
            [p.Query(f"sum by (type) (rate(kept_decisions_total{{{MINE}}}[$__rate_interval]))", "{{type}}")],
            unit="ops",
        ),
        p.lines(
            "Last recorded",
            "How long ago something was last committed.",
            [p.Query(f"time() - kept_last_recorded_timestamp_seconds{{{MINE}}}", "{{instance}}")],
            unit="s",
        ),
        p.lines(
            "Looked at beside the commits",
            "How long ago promised shares, what is owed for breaches, and the past were last looked at: from every ten "
            "seconds to every minute, less often where it takes long.",
            [
                p.Query(f"time() - kept_shares_last_read_timestamp_seconds{{{MINE}}}", "shares, {{instance}}"),
                p.Query(f"time() - kept_amends_last_read_timestamp_seconds{{{MINE}}}", "breaches, {{instance}}"),
                p.Query(f"time() - kept_past_last_read_timestamp_seconds{{{MINE}}}", "{{question}}, {{instance}}"),
            ],
            unit="s",
            levels=((300, "red"),),
        ),
    ]


def _workers() -> list[p.Panel]:
    """What only workers have: grey where one Kept does all."""
    owned = f"sum(kept_worker_partitions{{{MINE}}}) / max(kept_worker_topic_partitions{{{MINE}}})"
    return [
        p.number(
            "Partitions read",
            "How many of the partitions of kept.events some worker has, as a share.",
            p.Query(owned),
            unit="percentunit",
            levels=((float("-inf"), "red"), (1, "green")),
        ),
        p.number(
            "Records missing",
            "Records of the firm's topics that left no trace and that nobody has read again: what hangs on their time is unknown.",
            p.Query(f"sum(max by (origintopic, originpartition) (kept_origin_open_records{{{MINE}}}))"),
            unit="short",
            levels=p.ANY_IS_DOUBTFUL,
        ),
        p.lines(
            "Read until",
            "How long ago it is up to when each partition is judged. Deadlines after that wait.",
            [
                p.Query(
                    f"time() - max by (partition) (kept_worker_read_until_timestamp_seconds{{{MINE}}})",
                    "partition {{partition}}",
                )
            ],
            unit="s",
            levels=((300, "red"),),
            width=8,
        ),
        p.lines(
            "What edges passed over",
            "Gaps found in the firm's topics, records read again or lost, and offsets that hold no record, which is no loss.",
            [
                p.Query(f"sum(increase(kept_origin_gaps_total{{{MINE}}}[$__rate_interval]))", "gaps"),
                p.Query(
                    f"sum(increase(kept_origin_read_again_records_total{{{MINE}}}[$__rate_interval]))", "read again"
                ),
                p.Query(f"sum(increase(kept_origin_lost_records_total{{{MINE}}}[$__rate_interval]))", "lost"),
                p.Query(f"sum(increase(kept_origin_empty_offsets_total{{{MINE}}}[$__rate_interval]))", "no record"),
            ],
            unit="short",
            width=8,
        ),
    ]


def _process() -> list[p.Panel]:
    return [
        p.columns(
            "What runs",
            "Version and promise book of each Kept, and for how long it has been running.",
            [
                p.Column(
                    "running for",
                    f"(time() - process_start_time_seconds{{{MINE}}}) * on (job, instance) "
                    f"group_left (version, book) kept_build_info{{{MINE}}}",
                    "s",
                )
            ],
            width=24,
            height=5,
        ),
        p.lines(
            "Memory",
            "Resident memory of the process.",
            [p.Query(f"process_resident_memory_bytes{{{MINE}}}", "{{instance}}")],
            unit="bytes",
            width=8,
        ),
        p.lines(
            "Processor",
            "Processor time used each second; at 1 one processor is busy.",
            [p.Query(f"rate(process_cpu_seconds_total{{{MINE}}}[$__rate_interval])", "{{instance}}")],
            unit="none",
            width=8,
        ),
        p.lines(
            "Open files",
            "File descriptors in use, connections included, and how many there may be.",
            [
                p.Query(f"process_open_fds{{{MINE}}}", "{{instance}} in use"),
                p.Query(f"process_max_fds{{{MINE}}}", "{{instance}} at most"),
            ],
            unit="short",
            width=8,
        ),
    ]

"""The overview: what was promised against what was done, what is due next, and how much of the goal is left."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana import panels as p
from grafana import past
from grafana.breaches import by_what_is_owed, credits_owed, in_state, unacknowledged
from grafana.frame import JOB, MINE, choice, framed, with_rows, with_tiers

CHOSEN: Final = f'{MINE}, kind=~"$kind", tier=~"$tier"'
BREACHES: Final = "kept_breaches"
RECORDED: Final = f'{JOB}, kind=~"$kind", tier=~"$tier"'
DECIDED: Final = f'kept_verdicts_total{{{CHOSEN}, verdict=~"kept|broken", restated="false"}}'
KEPT: Final = f'kept_verdicts_total{{{CHOSEN}, verdict="kept", restated="false"}}'


def dashboard() -> Dashboard:
    """Its panels, row by row."""
    board = framed("kept-overview", "Kept: overview", "Promised against actual, and what is due next.", hours=24)
    board.with_variable(choice("kind", "Kind", 'label_values(kept_open_obligations{job=~"$job"}, kind)'))
    return with_rows(
        with_tiers(board, "kept_open_obligations"),
        ("Now", _now()),
        ("Promised against actual", _actual()),
        ("What is due next", _next()),
        ("Owning what was broken", _owning()),
        ("Clients at risk", _at_risk()),
        ("Budgets", _budgets()),
        ("What can be promised", past.promised_attainable_delivered(f'{MINE}, kind=~"$kind"')),
        ("What was promised at all", past.register(MINE)),
        ("Over time", _over_time()),
    )


def _now() -> list[p.Panel]:
    return [
        p.number(
            "Waiting, in time",
            "Obligations that wait for their end and can still be kept, paused ones included.",
            p.Query(f'sum(max without (instance) (kept_open_obligations{{{CHOSEN}, outcome=~"running|paused"}}))'),
            unit="short",
            levels=p.NEUTRAL,
        ),
        p.number(
            "Late, and still waiting",
            "Obligations that are broken and still wait for what was promised.",
            p.Query(f'sum(max without (instance) (kept_open_obligations{{{CHOSEN}, outcome="open_late"}}))'),
            unit="short",
            levels=p.ANY_IS_BAD,
        ),
        p.number(
            "Unknown",
            "Past due, and a source that may have carried the answer is not heard: neither kept nor broken.",
            p.Query(f'sum(max without (instance) (kept_open_obligations{{{CHOSEN}, outcome="unknown"}}))'),
            unit="short",
            levels=p.ANY_IS_DOUBTFUL,
        ),
        p.number(
            "Due within 15 min",
            "Running obligations with at most a quarter of an hour of calendar time left.",
            p.Query(f'sum(max without (instance) (kept_running_obligations{{{MINE}, kind=~"$kind", left="15m"}}))'),
            unit="short",
            levels=p.NEUTRAL,
        ),
        p.number(
            "Due within 15 min, held by nobody",
            "Those of them whose case neither a person nor a team has. There is still time.",
            p.Query(f'sum(max without (instance) (kept_unheld_obligations{{{MINE}, kind=~"$kind"}}))'),
            unit="short",
            levels=p.ANY_IS_BAD,
        ),
        p.number(
            "Kept, of those decided",
            "Share of the promises that fell due in the time shown and were kept, as first decided.",
            p.Query(f"sum(increase({KEPT}[$__range])) / (sum(increase({DECIDED}[$__range])) > 0)"),
            unit="percentunit",
            levels=p.GOOD_IS_HIGH,
        ),
    ]


def _share_by(label: str) -> p.Query:
    kept = f"sum by ({label}) (increase({KEPT}[$__range]))"
    decided = f"sum by ({label}) (increase({DECIDED}[$__range]))"
    return p.Query(f"{kept} / ({decided} > 0)", f"{{{{{label}}}}}")


def _actual() -> list[p.Panel]:
    shares: list[p.Panel] = [
        p.ranking(
            f"Kept, by {label}",
            f"Share of promises kept among those decided in the time shown, by {label}. Nothing decided, no bar.",
            _share_by(label),
            unit="percentunit",
            levels=p.GOOD_IS_HIGH,
        ).max(1)
        for label in ("kind", "channel", "tier")
    ]
    used = f"sum by (kind, le) (increase(kept_time_used_ratio_bucket{{{CHOSEN}}}[$__range]))"
    return [
        *shares,
        *(
            p.ranking(
                f"Promised time used, {words}",
                f"{words.capitalize()} of the ended obligations used at most this part of the promised time: "
                "over 100 % is late. Estimated between the bounds that Kept counts by; 100 % is one of them.",
                p.Query(f"histogram_quantile({quantile}, {used})", "{{kind}}"),
                unit="percentunit",
                levels=((0.8, "orange"), (1.000001, "red")),
                width=12,
            )
            for words, quantile in (("half", 0.5), ("nine of ten", 0.9))
        ),
    ]


def _left(span: str) -> str:
    return f'sum by (kind) (max without (instance) (kept_running_obligations{{{MINE}, kind=~"$kind", left="{span}"}}))'


def _next() -> list[p.Panel]:
    earliest = f'min by (kind) (kept_obligation_earliest_due_timestamp_seconds{{{MINE}, kind=~"$kind"}} - time() < Inf)'
    return [
        p.columns(
            "Due next, by kind",
            "How long until the next one is due (calendar time; below zero it is being judged), how many are due by when, "
            "and how many of those due within 15 minutes nobody holds. Which ones: kept obligations.",
            [
                p.Column("next due in", earliest, "s", ((float("-inf"), "red"), (900, "orange"), (3600, "green"))),
                p.Column("within 15 min", _left("15m"), "short"),
                p.Column("within 1 h", _left("1h"), "short"),
                p.Column("within 4 h", _left("4h"), "short"),
                p.Column("within 1 d", _left("1d"), "short"),
                p.Column("later", _left("more"), "short"),
                p.Column(
                    "held by nobody",
                    f'sum by (kind) (max without (instance) (kept_unheld_obligations{{{MINE}, kind=~"$kind"}}))',
                    "short",
                    ((float("-inf"), "green"), (1, "red")),
                ),
            ],
            width=16,
        ),
        p.ranking(
            "Open, by time left",
            "Running obligations by the calendar time left. Passed: it is over, and about to be judged.",
            p.Query(
                f'sum by (left) (max without (instance) (kept_running_obligations{{{MINE}, kind=~"$kind"}}))',
                "{{left}}",
            ),
            unit="short",
            levels=p.NEUTRAL,
        ).height(9),
    ]


def _at_risk() -> list[p.Panel]:
    return [
        p.number(
            "Clients at risk",
            "Clients of whom a fact stands that the promise book's section risk names, until a person clears it.",
            p.Query(f"max(kept_clients_at_risk{{{MINE}}})"),
            unit="short",
            levels=p.ANY_IS_BAD,
        ),
        p.with_link(
            p.columns(
                "Which clients, by which facts",
                "How many facts of each sort stand. Each with its instant and its case: kept risk list. A client leads to its "
                "own dashboard.",
                [p.Column("facts", f"max by (client, fact) (kept_client_at_risk{{{MINE}}})", "short")],
                width=20,
            ),
            "client",
            title="This client",
            url="/d/kept-client?var-client=${__value.text:percentencode}",
        ),
    ]


def _owning() -> list[p.Panel]:
    taken = f"sum by (step, le) (increase(kept_time_to_own_seconds_bucket{{{CHOSEN}}}[$__range]))"
    steps = "acknowledge|explain|tell|apologise|remedy"
    overdue = f'kept_open_obligations{{{MINE}, tier=~"$tier", outcome="open_late", kind=~"{steps}"}}'
    return [
        unacknowledged(BREACHES, CHOSEN),
        p.number(
            "Acknowledged, something still owed",
            "Breaches of which the client is still to be told, or for which an explanation, an apology or a remedy is still owed.",
            p.Query(in_state(BREACHES, CHOSEN, "unexplained|untold|unapologised|unremedied")),
            unit="short",
            levels=p.ANY_IS_DOUBTFUL,
        ),
        p.number(
            "Steps overdue",
            "Steps of owning a breach that should have been taken by now.",
            p.Query(f"sum(max without (instance) ({overdue}))"),
            unit="short",
            levels=p.ANY_IS_BAD,
        ),
        p.columns(
            "How far breaches are owned",
            "All breaches there are, by what is owed first for each. closed: nothing is owed any more, or never was. Which ones: "
            "kept breach list.",
            [
                p.Column(
                    "breaches",
                    f"sum by (kind, tier, state) (max without (instance) (kept_breaches{{{CHOSEN}}})) > 0",
                    "short",
                )
            ],
            width=12,
        ),
        p.ranking(
            "Half of the steps were taken within",
            "Calendar time from the breach until a step was taken, for half of those taken in the time shown; owned: until "
            "nothing was owed any more. Estimated between the bounds that Kept counts by.",
            p.Query(f"histogram_quantile(0.5, {taken})", "{{step}}"),
            unit="s",
            levels=p.NEUTRAL,
            width=12,
        ).height(9),
        by_what_is_owed(BREACHES, CHOSEN),
        credits_owed(
            MINE,
            "What the book owes all clients in credits for breaches of the running period and of the last one, each client's "
            "capped as the book says. To whom how much: the board of a client, and kept breach list.",
        ),
    ]


def _budgets() -> list[p.Panel]:
    pace = ((float("-inf"), "green"), (1, "orange"), (6, "red"))
    return [
        p.columns(
            "Goal and pace",
            "The firm's goal for each kind and tier, the share broken in the last three days, and how many times as fast as "
            "the goal allows: at 1 the month's allowance lasts a month.",
            [
                p.Column("goal", f"max by (kind, tier) (job_kind_tier:kept_goal:ratio{{{RECORDED}}})", "percentunit"),
                p.Column(
                    "broken, 3 d",
                    f"max by (kind, tier) (job_kind_tier:kept_broken:ratio_rate3d{{{RECORDED}}})",
                    "percentunit",
                ),
                p.Column(
                    "pace, 3 d",
                    f"max by (kind, tier) (job_kind_tier:kept_burn:ratio_rate3d{{{RECORDED}}})",
                    "none",
                    pace,
                ),
                p.Column(
                    "pace, 1 h",
                    f"max by (kind, tier) (job_kind_tier:kept_burn:ratio_rate1h{{{RECORDED}}})",
                    "none",
                    pace,
                ),
            ],
            width=10,
        ),
        p.lines(
            "Pace of the last hour",
            "How many times as fast as the goal allows promises were broken. Over 14.4 for an hour, or 6 for six, somebody "
            "is called, if at least three were broken.",
            [p.Query(f"job_kind_tier:kept_burn:ratio_rate1h{{{RECORDED}}}", "{{kind}} {{tier}}")],
            unit="none",
            levels=((6, "orange"), (14.4, "red")),
            width=14,
        ).height(9),
    ]


def _over_time() -> list[p.Panel]:
    broken = f'kept_verdicts_total{{{CHOSEN}, verdict="broken", restated="false"}}'
    warned = f'kept_decisions_total{{{MINE}, kind=~"$kind", type="warned"}}'
    return [
        p.lines(
            "Broken",
            "Promises broken, by kind, as first decided.",
            [p.Query(f"sum by (kind) (increase({broken}[$__rate_interval]))", "{{kind}}")],
            unit="short",
        ),
        p.lines(
            "Warned",
            "Warnings given at the thresholds of the book, by kind.",
            [p.Query(f"sum by (kind) (increase({warned}[$__rate_interval]))", "{{kind}}")],
            unit="short",
        ),
        p.lines(
            "Open, in time and late",
            "Obligations that wait for their end, by how they stand.",
            [p.Query(f"sum by (outcome) (max without (instance) (kept_open_obligations{{{CHOSEN}}}))", "{{outcome}}")],
            unit="short",
        ),
        p.lines(
            "Verdicts changed afterwards",
            "Restatements by kind: a late event, a correction, or another edition of the book.",
            [
                p.Query(
                    f'sum by (kind) (increase(kept_restatements_total{{{MINE}, kind=~"$kind"}}[$__rate_interval]))',
                    "{{kind}}",
                )
            ],
            unit="short",
        ),
    ]

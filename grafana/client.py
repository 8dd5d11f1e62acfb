"""One client, chosen by name, beside all of them. Clients without series of their own are together in `_other`."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana import panels as p
from grafana import past
from grafana.breaches import by_what_is_owed, credits_owed, in_state, unacknowledged
from grafana.frame import JOB, MINE, OneOf, framed, with_answers, with_rows

CHOSEN: Final = f'{MINE}, client="$client"'
BREACHES: Final = "kept_client_breaches"


def dashboard() -> Dashboard:
    """Its panels: the chosen one, then the table of all."""
    board = framed(
        "kept-client", "Kept: client", "What one client was promised and got. To the unit: kept verdicts.", hours=168
    )
    board.with_variable(OneOf("client", "Client", f"label_values(kept_client_open_obligations{{{JOB}}}, client)"))
    with_answers(
        board,
        ("Open breaches", "/v1/breaches?client=${client:percentencode}&state=open"),
        ("All breaches", "/v1/breaches?client=${client:percentencode}&state=all"),
    )
    return with_rows(
        board,
        ("$client", [*_numbers(), *_over_time()]),
        ("Breaches, and owning them", _owning()),
        ("Promised shares", _shares()),
        ("At risk, and what they say", _word()),
        ("What they wish", past.wishes(CHOSEN)),
        ("All clients", _everybody()),
    )


def _increase(verdict: str, chosen: str) -> str:
    return f'increase(kept_client_verdicts_total{{{chosen}, verdict=~"{verdict}"}}[$__range])'


def _open(outcome: str) -> str:
    return f'sum(max without (instance) (kept_client_open_obligations{{{CHOSEN}, outcome=~"{outcome}"}}))'


def _numbers() -> list[p.Panel]:
    share = f"sum({_increase('kept', CHOSEN)}) / (sum({_increase('kept|broken', CHOSEN)}) > 0)"
    return [
        p.number(
            "Kept, of those decided",
            "Share of the promises to this client that fell due in the time shown and were kept, as first decided.",
            p.Query(share),
            unit="percentunit",
            levels=p.GOOD_IS_HIGH,
        ),
        p.number(
            "Kept",
            "Promises to this client that were kept in the time shown, as first decided.",
            p.Query(f"sum({_increase('kept', CHOSEN)})"),
            unit="short",
            levels=p.NEUTRAL,
        ),
        p.number(
            "Broken",
            "Promises to this client that were broken in the time shown, as first decided.",
            p.Query(f"sum({_increase('broken', CHOSEN)})"),
            unit="short",
            levels=p.ANY_IS_BAD,
        ),
        p.number(
            "Waiting, in time",
            "Obligations to this client that can still be kept.",
            p.Query(_open("running|paused")),
            unit="short",
            levels=p.NEUTRAL,
        ),
        p.number(
            "Late, and still waiting",
            "Broken promises to this client that still wait for what was promised.",
            p.Query(_open("open_late")),
            unit="short",
            levels=p.ANY_IS_BAD,
        ),
        p.number(
            "Unknown",
            "Past due, and a source that may have carried the answer is not heard.",
            p.Query(_open("unknown")),
            unit="short",
            levels=p.ANY_IS_DOUBTFUL,
        ),
    ]


def _over_time() -> list[p.Panel]:
    return [
        p.lines(
            "Verdicts",
            "Verdicts given for the first time, by what they say.",
            [
                p.Query(
                    f"sum by (verdict) (increase(kept_client_verdicts_total{{{CHOSEN}}}[$__rate_interval]))",
                    "{{verdict}}",
                )
            ],
            unit="short",
        ),
        p.lines(
            "Open obligations",
            "What this client waits for, by how it stands.",
            [
                p.Query(
                    f"sum by (outcome) (max without (instance) (kept_client_open_obligations{{{CHOSEN}}}))",
                    "{{outcome}}",
                )
            ],
            unit="short",
        ),
    ]


def _word() -> list[p.Panel]:
    """What puts the client at risk, and what they say."""
    by_fact = p.columns(
        "At risk",
        "Facts that stand by which this client is at risk, by their sort, until a person clears them. Which ones: kept risk "
        "list; who clears them: kept risk clear.",
        [
            p.Column(
                "facts",
                f"max by (fact) (kept_client_at_risk{{{CHOSEN}}})",
                "short",
                ((float("-inf"), "green"), (1, "red")),
            )
        ],
        width=8,
        height=8,
    )
    return [
        by_fact,
        p.number(
            "Scores",
            "How many scores this client gave in the last 90 days.",
            p.Query(f"max(kept_client_scores{{{CHOSEN}}})"),
            unit="short",
            levels=p.NEUTRAL,
        ),
        p.lines(
            "What they say",
            "The mean of the scores of the last 90 days, each on its own scale: 0 is the worst, 1 the best. Few scores say little: "
            "kept perception has the intervals.",
            [p.Query(f"max(kept_client_score_ratio{{{CHOSEN}}})", "mean score")],
            unit="percentunit",
        ),
    ]


def _owning() -> list[p.Panel]:
    oldest = f"min(kept_client_breach_earliest_unowned_timestamp_seconds{{{CHOSEN}}})"
    return [
        unacknowledged(BREACHES, CHOSEN),
        p.number(
            "Acknowledged, not told",
            "Breaches that somebody owned up to, and of which this client is still to be told, or the cause to be named.",
            p.Query(in_state(BREACHES, CHOSEN, "unexplained|untold")),
            unit="short",
            levels=p.ANY_IS_BAD,
        ),
        p.number(
            "Told, something still owed",
            "Breaches of which this client was told, and for which an apology or a remedy is still owed.",
            p.Query(in_state(BREACHES, CHOSEN, "unapologised|unremedied")),
            unit="short",
            levels=p.ANY_IS_DOUBTFUL,
        ),
        p.number(
            "Closed",
            "Breaches of the last thirty days for which nothing is owed any more, or only because they were excused.",
            p.Query(in_state(BREACHES, CHOSEN, "closed|excused")),
            unit="short",
            levels=p.NEUTRAL,
        ),
        p.number(
            "Oldest that is not owned",
            "How long ago the oldest breach happened for which something is still owed.",
            # None where nothing is owed: then there is no oldest.
            p.Query(f"time() - ({oldest} < +Inf)"),
            unit="s",
            levels=((86_400, "orange"), (7 * 86_400, "red")),
            width=8,
        ),
        credits_owed(
            CHOSEN,
            "What the book owes this client in credits for breaches of the running period and of the last one, at most what it "
            "caps them at. Which breach adds how much: kept breach list.",
        ),
        by_what_is_owed(BREACHES, CHOSEN),
    ]


def _share(metric: str, period: str = "running") -> str:
    return f'max by (promise, version) ({metric}{{{CHOSEN}, period="{period}"}})'


def _against() -> str:
    """What counts against a share."""
    metrics = ("kept_share_broken", "kept_share_below_seconds", "kept_share_below_touches")
    return " or ".join(map(_share, metrics))


def _left(metric: str) -> str:
    """Of a budget, whatever it is of."""
    return " or ".join(_share(f"{metric}_{unit}") for unit in ("breaches", "seconds", "touches"))


def _shares() -> list[p.Panel]:
    none_left = ((float("-inf"), "red"), (0, "green"))
    promised = f"max by (promise, version) (kept_share_promised_ratio{{{CHOSEN}}})"
    return [
        p.columns(
            "Shares of this client",
            "Each promise kept in a share of cases, or of the work, over the running period in the client's zone: to the unit, and "
            "changed by restatements. Broken and left are breaches; of a share of the work seconds or touches by others than was "
            "promised. Left by the end: if things go on coming as they do. Pace: how many times as much as the promise allows.",
            [
                p.Column("promised", promised, "percentunit"),
                p.Column("kept", _share("kept_share_ratio"), "percentunit"),
                p.Column("broken, or by others", _against(), "short"),
                p.Column("left", _left("kept_share_budget_left"), "none", none_left),
                p.Column("left by the end", _left("kept_share_budget_left_by_end"), "none", none_left),
                p.Column("pace", _share("kept_share_pace_ratio"), "none", ((1.000001, "orange"),)),
                p.Column("kept in the period before", _share("kept_share_ratio", "last"), "percentunit"),
            ],
        ),
        p.lines(
            "Left by the end",
            "What is left of each promise's budget of the whole period, in breaches, or of a share of the work in seconds or touches; "
            "below zero it will be missed.",
            [p.Query(_left("kept_share_budget_left_by_end"), "{{promise}} {{version}}")],
            unit="none",
            width=p.WHOLE_WIDTH,
        ),
    ]


def _everybody() -> list[p.Panel]:
    kept, decided = (f"sum by (client) ({_increase(verdict, MINE)})" for verdict in ("kept", "kept|broken"))
    late = f'sum by (client) (max without (instance) (kept_client_open_obligations{{{MINE}, outcome="open_late"}}))'
    shown = p.columns(
        "Clients",
        "Every client with series of its own; the others together as _other. A client leads to its own dashboard.",
        [
            p.Column("late now", late, "short", ((float("-inf"), "green"), (1, "orange"), (5, "red"))),
            p.Column(
                "facts of risk",
                f"sum by (client) (max by (client, fact) (kept_client_at_risk{{{MINE}}}))",
                "short",
                ((float("-inf"), "green"), (1, "red")),
            ),
            p.Column(
                "promises to look into",
                f"sum by (client) (max by (client, finding) (kept_client_register_findings{{{MINE}}}))",
                "short",
                ((float("-inf"), "green"), (1, "orange")),
            ),
            p.Column("broken", f"sum by (client) ({_increase('broken', MINE)})", "short"),
            p.Column(
                "not owned",
                f'sum by (client) (kept_client_breaches{{{MINE}, state!~"closed|excused"}})',
                "short",
                ((float("-inf"), "green"), (1, "orange")),
            ),
            p.Column("decided", decided, "short"),
            p.Column("kept", f"{kept} / ({decided} > 0)", "percentunit", tuple(p.GOOD_IS_HIGH)),
            p.Column(
                "changed afterwards",
                f"sum by (client) (increase(kept_client_restatements_total{{{MINE}}}[$__range]))",
                "short",
            ),
        ],
        width=20,
        height=14,
    )
    return [
        p.with_link(
            shown, "client", title="This client", url="/d/kept-client?var-client=${__value.text:percentencode}"
        ),
        p.number(
            "Clients in _other",
            "Clients without series of their own, for there are too many: ask Kept for them.",
            p.Query(f"sum(max without (instance) (kept_clients_left_out{{{MINE}}}))"),
            unit="short",
            levels=p.ANY_IS_DOUBTFUL,
        ),
    ]

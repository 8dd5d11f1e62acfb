"""The telephone: how many calls were answered in time, how long callers waited, and how many hung up, by queue."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana import panels as p
from grafana.frame import JOB, MINE, choice, framed, with_rows

CHOSEN: Final = f'{MINE}, queue=~"$queue"'
IN_QUEUE: Final = f'{CHOSEN}, outcome!="left_menu"'
PROMISED: Final = f'{MINE}, kind="answer_call"'


def dashboard() -> Dashboard:
    """Its panels, row by row."""
    about = "Calls answered in time, how long callers waited, and how many hung up, by queue."
    board = framed("kept-calls", "Kept: calls", about, hours=24)
    board.with_variable(choice("queue", "Queue", f"label_values(kept_calls_total{{{JOB}}}, queue)"))
    return with_rows(
        board,
        ("Promised", _promised()),
        ("What became of calls", _outcomes()),
        ("How long callers waited", _waits()),
    )


def _verdicts(verdict: str, by: str = "", span: str = "$__range") -> str:
    grouped = f" by ({by})" if by else ""
    chosen = f'{PROMISED}, verdict=~"{verdict}", restated="false"'
    return f"sum{grouped} (increase(kept_verdicts_total{{{chosen}}}[{span}]))"


def _level(by: str = "", span: str = "$__range") -> str:
    return f"{_verdicts('kept', by, span)} / ({_verdicts('kept|broken', by, span)} > 0)"


def _calls(chosen: str, by: str = "", span: str = "$__range") -> str:
    """The calls of a span of time, less those that were counted otherwise later."""
    grouped = f" by ({by})" if by else ""
    counted, withdrawn = (
        f"sum{grouped} (increase(kept_calls{middle}_total{{{chosen}}}[{span}]))" for middle in ("", "_withdrawn")
    )
    return f"{counted} - {withdrawn}"


def _part(outcome: str, by: str = "") -> str:
    found = _calls(f'{CHOSEN}, outcome=~"{outcome}"', by)
    return f"({found}) / (({_calls(IN_QUEUE, by)}) > 0)"


def _waited_at_most(seconds: str, by: str = "") -> str:
    grouped = f" by ({by})" if by else ""
    within = f'sum{grouped} (increase(kept_call_wait_seconds_bucket{{{CHOSEN}, le="{seconds}"}}[$__range]))'
    return f"{within} / (sum{grouped} (increase(kept_call_wait_seconds_count{{{CHOSEN}}}[$__range])) > 0)"


def _promised() -> list[p.Panel]:
    return [
        p.number(
            "Service level",
            "Share of the promised calls answered in time, by the formula and the time of each promise, as first decided, over all "
            "queues. By the four other formulas: kept calls.",
            p.Query(_level()),
            unit="percentunit",
            levels=((float("-inf"), "red"), (0.8, "orange"), (0.9, "green")),
        ),
        p.number(
            "Answered in time",
            "Promised calls that count as met in the time shown.",
            p.Query(_verdicts("kept")),
            unit="short",
            levels=p.NEUTRAL,
        ),
        p.number(
            "Missed",
            "Promised calls that count as missed in the time shown.",
            p.Query(_verdicts("broken")),
            unit="short",
            levels=p.ANY_IS_BAD,
        ),
        p.number(
            "In no share",
            "Promised calls that the formula of their promise leaves out: who hung up soon, or was cut off.",
            p.Query(_verdicts("void")),
            unit="short",
            levels=p.NEUTRAL,
        ),
        p.number(
            "Unknown",
            "Calls of which nobody can tell, because a source was silent. Neither met nor missed.",
            p.Query(f'sum(max without (instance) (kept_obligations{{{PROMISED}, outcome="unknown"}}))'),
            unit="short",
            levels=p.ANY_IS_DOUBTFUL,
        ),
        p.number(
            "Callbacks late, and still owed",
            "Callbacks that a voicemail, a lost call or a promise asked for, and that are late.",
            p.Query(
                f'sum(max without (instance) (kept_open_obligations{{{MINE}, kind="callback", outcome="open_late"}}))'
            ),
            unit="short",
            levels=p.ANY_IS_BAD,
        ),
        p.ranking(
            "Service level, by tier",
            "Share of the promised calls answered in time, by the formula of each promise. Nothing decided, no bar.",
            p.Query(_level("tier"), "{{tier}}"),
            unit="percentunit",
            levels=((float("-inf"), "red"), (0.8, "orange"), (0.9, "green")),
        ).max(1),
        p.lines(
            "Answered in time and missed",
            "Promised calls, met and missed by the formula of their promise, as first decided.",
            [
                p.Query(_verdicts("kept", span="$__rate_interval"), "in time"),
                p.Query(_verdicts("broken", span="$__rate_interval"), "missed"),
            ],
            unit="short",
            width=16,
        ),
    ]


def _outcomes() -> list[p.Panel]:
    hung_up = ((0.05, "orange"), (0.1, "red"))
    return [
        p.ranking(
            "Hung up, by queue",
            "Part of the calls of each queue whose caller hung up before anybody answered. Short waits are among them.",
            p.Query(_part("abandoned", "queue"), "{{queue}}"),
            unit="percentunit",
            levels=hung_up,
        ).max(1),
        p.columns(
            "Calls by queue",
            "What became of the calls of clients in the time shown. The queue is the one they joined first; none: answered without.",
            [
                p.Column("calls", _calls(IN_QUEUE, "queue"), "short"),
                p.Column("answered", _part("answered", "queue"), "percentunit"),
                p.Column("hung up", _part("abandoned", "queue"), "percentunit", hung_up),
                p.Column("left a message", _part("voicemail", "queue"), "percentunit"),
                p.Column("cut off", _part("cut_off", "queue"), "percentunit", ((0.01, "orange"),)),
            ],
            width=16,
        ).height(8),
        p.lines(
            "Calls, by what became of them",
            "Calls of clients as they were over; left_menu: over before they joined a queue.",
            [
                p.Query(
                    _calls(f'{MINE}, queue=~"$queue|none|"', "outcome", "$__rate_interval"),
                    "{{outcome}}",
                )
            ],
            unit="short",
            width=20,
        ),
        p.number(
            "Queues in _other",
            "Queues without series of their own, for there are too many.",
            p.Query(f"sum(max without (instance) (kept_queues_left_out{{{MINE}}}))"),
            unit="short",
            levels=p.ANY_IS_DOUBTFUL,
        ).height(8),
    ]


def _waits() -> list[p.Panel]:
    by_queue = f"sum by (queue, le) (increase(kept_call_wait_seconds_bucket{{{CHOSEN}}}[$__range]))"
    over_time = f"sum by (le) (rate(kept_call_wait_seconds_bucket{{{CHOSEN}}}[$__rate_interval]))"
    waited, count = (
        f"sum by (queue) (increase(kept_call_wait_seconds_{part}{{{CHOSEN}}}[$__range]))" for part in ("sum", "count")
    )
    levels = ((20.000001, "orange"), (60, "red"))
    return [
        p.columns(
            "Waits by queue",
            "How long calls waited until they were answered or over: on average, at most for half and for nine of ten (estimated "
            "between the bounds that Kept counts by), and the part that waited no longer than 20 s and a minute (bounds: exact).",
            [
                p.Column("average", f"{waited} / ({count} > 0)", "s", levels),
                p.Column("half", f"histogram_quantile(0.5, {by_queue})", "s", levels),
                p.Column("nine of ten", f"histogram_quantile(0.9, {by_queue})", "s", levels),
                p.Column("within 20 s", _waited_at_most("20.0", "queue"), "percentunit"),
                p.Column("within 60 s", _waited_at_most("60.0", "queue"), "percentunit"),
            ],
            width=14,
        ).height(8),
        p.lines(
            "Waits",
            "How long half and nine of ten of the calls waited at most.",
            [
                p.Query(f"histogram_quantile(0.5, {over_time})", "half"),
                p.Query(f"histogram_quantile(0.9, {over_time})", "nine of ten"),
            ],
            unit="s",
            levels=((20, "orange"), (60, "red")),
            width=10,
        ),
    ]

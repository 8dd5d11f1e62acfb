"""The people: who did the work against what was promised, through how many hands it went, and who has what now."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana import panels as p
from grafana.frame import MINE, framed, with_rows, with_tiers

CHOSEN: Final = f'{MINE}, tier=~"$tier"'
SENIORITY: Final = 'kind="seniority"'
HANDOFFS: Final = 'kind="handoffs"'


def dashboard() -> Dashboard:
    """Its panels, row by row."""
    about = "Grades and tenure promised against delivered, hand-offs, work handed down, who has what."
    board = with_tiers(framed("kept-people", "Kept: people", about, hours=168), "kept_touches_total")
    return with_rows(
        board,
        ("Promised against delivered", _promised()),
        ("Who did the work", _work()),
        ("Through how many hands", _hands()),
        ("Handed down", _hand_downs()),
        ("Who has what", _held()),
    )


def _net(name: str, by: str, chosen: str = CHOSEN, *, unit: str = "", span: str = "$__range") -> str:
    """What was counted in a span of time, less what was taken back in it."""
    counted, withdrawn = (
        f"increase(kept_{name}_{middle}{unit}total{{{chosen}}}[{span}])" for middle in ("", "withdrawn_")
    )
    grouped = f" by ({by})" if by else ""
    return f"sum{grouped} ({counted}) - sum{grouped} ({withdrawn})"


def _verdicts(kind: str, verdict: str, by: str = "") -> str:
    chosen = f'{CHOSEN}, {kind}, verdict=~"{verdict}", restated="false"'
    grouped = f" by ({by})" if by else ""
    return f"sum{grouped} (increase(kept_verdicts_total{{{chosen}}}[$__range]))"


def _kept_share(kind: str, by: str = "") -> str:
    return f"{_verdicts(kind, 'kept', by)} / ({_verdicts(kind, 'kept|broken', by)} > 0)"


def _promised() -> list[p.Panel]:
    unknown = (
        f'sum(max without (instance) (kept_obligations{{{CHOSEN}, kind=~"seniority|handoffs", outcome="unknown"}}))'
    )
    of_unknown_grade = _net("touches", "", f'{CHOSEN}, grade="unknown"')
    return [
        p.number(
            "Seniority kept, of those decided",
            "Share of the cases decided in the time shown in which the people who were promised did the work that was promised.",
            p.Query(_kept_share(SENIORITY)),
            unit="percentunit",
            levels=p.GOOD_IS_HIGH,
        ),
        p.number(
            "Seniority broken",
            "Cases in which others worked than were promised, as first decided in the time shown.",
            p.Query(_verdicts(SENIORITY, "broken")),
            unit="short",
            levels=p.ANY_IS_BAD,
        ),
        p.number(
            "Hand-offs kept, of those decided",
            "Share of the cases decided in the time shown that went through no more hands than was promised.",
            p.Query(_kept_share(HANDOFFS)),
            unit="percentunit",
            levels=p.GOOD_IS_HIGH,
        ),
        p.number(
            "Hand-offs broken",
            "Cases that went through more hands than was promised, or came back, as first decided in the time shown.",
            p.Query(_verdicts(HANDOFFS, "broken")),
            unit="short",
            levels=p.ANY_IS_BAD,
        ),
        p.number(
            "Unknown",
            "Cases of which nobody can tell whether the promised people worked on them: a grade or a joining is not known, or "
            "a source was silent. Neither kept nor broken.",
            p.Query(unknown),
            unit="short",
            levels=p.ANY_IS_DOUBTFUL,
        ),
        p.number(
            "Of unknown grade",
            "Part of the work done by people whose grade nobody has told. Where it is large, what stands here says little.",
            p.Query(f"({of_unknown_grade}) / (({_net('touches', '')}) > 0)"),
            unit="percentunit",
            levels=((0.000001, "orange"),),
        ),
        p.ranking(
            "Seniority kept, by tier",
            "Share of the cases decided in the time shown in which the promised people did the work. Nothing decided, no bar.",
            p.Query(_kept_share(SENIORITY, "tier"), "{{tier}}"),
            unit="percentunit",
            levels=p.GOOD_IS_HIGH,
            width=12,
        ).max(1),
        p.ranking(
            "Hand-offs kept, by tier",
            "Share of the cases decided in the time shown that went through no more hands than promised. Nothing decided, no bar.",
            p.Query(_kept_share(HANDOFFS, "tier"), "{{tier}}"),
            unit="percentunit",
            levels=p.GOOD_IS_HIGH,
            width=12,
        ).max(1),
    ]


def _part(by: str) -> str:
    every = _net("touches", "")
    return f"({_net('touches', by)}) / scalar(({every}) > 0)"


def _work() -> list[p.Panel]:
    by_grade_and_tier = _net("touches", "grade, tier")
    of_tier = f"({by_grade_and_tier}) / on (tier) group_left () (({_net('touches', 'tier')}) > 0)"
    seconds = _net("touch", "grade, tenure, tier", unit="seconds_")
    return [
        p.ranking(
            "Work by grade",
            "Part of what people did for clients in the time shown, by the grade that they had when they did it.",
            p.Query(_part("grade"), "{{grade}}"),
            unit="percentunit",
            levels=p.NEUTRAL,
        ).max(1),
        p.ranking(
            "Work by tenure",
            "Part of what people did for clients in the time shown, by how long they had been with the firm when they did it.",
            p.Query(_part("tenure"), "{{tenure}}"),
            unit="percentunit",
            levels=p.NEUTRAL,
        ).max(1),
        p.lines(
            "Work by grade, over time",
            "What people did for clients, by grade, as it became known.",
            [p.Query(_net("touches", "grade", span="$__rate_interval"), "{{grade}}")],
            unit="short",
            width=8,
        ),
        p.columns(
            "By tier and grade",
            "Of all that was done for the clients of a tier, the part that each grade did.",
            [
                p.Column("touches", by_grade_and_tier, "short"),
                p.Column("part of the tier's", of_tier, "percentunit"),
            ],
            width=10,
        ),
        p.columns(
            "By tier, grade and tenure",
            "What was done, how long it took where that is known, and of how much it is not known. Less what was taken back.",
            [
                p.Column("touches", _net("touches", "grade, tenure, tier"), "short"),
                p.Column("time", seconds, "s"),
                p.Column(
                    "ever done, without a length",
                    f"sum by (grade, tenure, tier) (max without (instance) (kept_unmeasured_touches{{{CHOSEN}}}))",
                    "short",
                ),
            ],
            width=14,
        ),
    ]


def _hands() -> list[p.Panel]:
    back = f'{CHOSEN}, returned="true"'
    returned = _net("handoffs", "", back)
    return [
        p.number(
            "Handed on",
            "Hand-offs in open cases in the time shown, between teams and between people.",
            p.Query(_net("handoffs", "")),
            unit="short",
            levels=p.NEUTRAL,
        ),
        p.number(
            "Came back",
            "Hand-offs to a team or a person that had the case before: the run-around.",
            p.Query(returned),
            unit="short",
            levels=p.ANY_IS_DOUBTFUL,
        ),
        p.number(
            "Came back, of those handed on",
            "Part of the hand-offs that went to somebody who had the case before.",
            p.Query(f"({returned}) / (({_net('handoffs', '')}) > 0)"),
            unit="percentunit",
            levels=((0.1, "orange"), (0.25, "red")),
        ),
        p.columns(
            "Hand-offs by tier",
            "Between whom cases were handed on in the time shown, and whether they came back.",
            [p.Column("hand-offs", _net("handoffs", "between, returned, tier"), "short")],
            width=12,
        ),
        p.lines(
            "Hand-offs",
            "Hand-offs as they became known, and those of them that came back.",
            [
                p.Query(_net("handoffs", "between", span="$__rate_interval"), "between {{between}}"),
                p.Query(_net("handoffs", "", back, span="$__rate_interval"), "came back"),
            ],
            unit="short",
            width=p.WHOLE_WIDTH,
        ),
    ]


def _hand_downs() -> list[p.Panel]:
    return [
        p.columns(
            "Handed down",
            "Cases that went from somebody to somebody of a lower grade in the time shown, promised or not. Which ones: "
            "kept verdicts --kind hand_down.",
            [
                p.Column(
                    "cases",
                    f"({_net('hand_downs', 'from_grade, to_grade, tier')}) > 0",
                    "short",
                    ((float("-inf"), "blue"), (5, "orange")),
                )
            ],
            width=12,
        ),
        p.lines(
            "Handed down, by tier",
            "Cases that went to somebody of a lower grade, as it became known.",
            [p.Query(_net("hand_downs", "tier", span="$__rate_interval"), "{{tier}}")],
            unit="short",
        ).height(9),
    ]


def _held() -> list[p.Panel]:
    def held(by: str, more: str = "") -> str:
        return f"sum by ({by}) (max without (instance) (kept_open_cases{{{CHOSEN}{more}}}))"

    nobody = f'sum(max without (instance) (kept_open_cases{{{CHOSEN}, team="none", grade="none"}})) or vector(0)'
    return [
        p.ranking(
            "Open cases by grade",
            "Who has the open cases, by the grade they had when they got them. none: no person has it.",
            p.Query(held("grade"), "{{grade}}"),
            unit="short",
            levels=p.NEUTRAL,
        ),
        p.columns(
            "Open cases by team and grade",
            "Who has the open cases of each tier.",
            [p.Column("cases", held("team, grade, tier"), "short")],
            width=12,
        ).height(8),
        p.number(
            "Held by nobody",
            "Open cases that neither a person nor a team has.",
            p.Query(f"({nobody}) and on () kept_teams_left_out{{{MINE}}}"),
            unit="short",
            levels=p.ANY_IS_DOUBTFUL,
        ).height(8),
        p.lines(
            "Open cases over time, by team",
            "How many open cases each team has; one that is without series of its own is in _other.",
            [p.Query(held("team"), "{{team}}")],
            unit="short",
            width=20,
        ),
        p.number(
            "Teams in _other",
            "Teams without series of their own, for there are too many.",
            p.Query(f"sum(max without (instance) (kept_teams_left_out{{{MINE}}}))"),
            unit="short",
            levels=p.ANY_IS_DOUBTFUL,
        ).height(8),
    ]

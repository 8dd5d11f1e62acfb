"""Panels of what the firm's past says: promised, attainable and delivered beside each other, the register, clients' wishes."""

from __future__ import annotations

from grafana import panels as p


def promised_attainable_delivered(chosen: str) -> list[p.Panel]:
    """Of each promise of the book that is in force."""

    def each(metric: str) -> str:
        return f"max by (kind, promise, version) (kept_attainable_{metric}{{{chosen}}})"

    return [
        p.columns(
            "Promised, attainable, delivered",
            "Each promise in force. Share asked: the promised one, 95 % where every case is to be kept. Attainable: the share that "
            "comparable cases of the past year show to be kept at least; nothing where they are too few. Delivered: kept among kept "
            "and broken of what the promise governed in that year. Times are the promise's own. More of it: kept attainable.",
            [
                p.Column("share asked", each("asked_ratio"), "percentunit"),
                p.Column("attainable, at least", each("lower_bound_ratio"), "percentunit"),
                p.Column("would have been kept", each("kept_ratio"), "percentunit"),
                p.Column("of cases", each("occasions"), "short"),
                p.Column("delivered", each("delivered_ratio"), "percentunit", tuple(p.GOOD_IS_HIGH)),
                p.Column("promised time", each("promised_seconds"), "s"),
                p.Column("attainable time", each("tightest_seconds"), "s"),
            ],
            height=12,
        )
    ]


def register(chosen: str) -> list[p.Panel]:
    """What was promised at all, and what gives cause for doubt."""
    return [
        p.ranking(
            "Promises on record",
            "Promises of all editions of the book and of what was said in cases, by where they were made and how they stand.",
            p.Query(f"max by (made_in, state) (kept_register_promises{{{chosen}}})", "{{made_in}}: {{state}}"),
            unit="short",
            levels=p.NEUTRAL,
            width=12,
        ),
        p.ranking(
            "Promises to look into",
            "Of those that still bind: never called upon, nobody said it, nobody answers for it, contradicted, or made although the "
            "past spoke against it (dates of the last 90 days). Which ones: kept register.",
            p.Query(f"max by (made_in, finding) (kept_register_findings{{{chosen}}})", "{{made_in}}: {{finding}}"),
            unit="short",
            levels=p.ANY_IS_DOUBTFUL,
            width=12,
        ),
    ]


def wishes(chosen: str) -> list[p.Panel]:
    """Of one client."""

    def found(finding: str) -> str:
        return f'sum(max by (client, finding) (kept_fit_wishes{{{chosen}, finding=~"{finding}"}}))'

    def became(outcome: str) -> str:
        return f'sum(max by (client, outcome) (kept_fit_promised_wishes{{{chosen}, outcome=~"{outcome}"}}))'

    return [
        p.number(
            "Wishes",
            "By when this client wanted something in the past year: dates given, dates and times proposed, urgency.",
            p.Query(found(".+")),
            unit="short",
            levels=p.NEUTRAL,
        ),
        p.number(
            "Attainable, of those that can be told",
            "How many of them comparable cases show to be such as can be met. The sheet for the talk: kept fit.",
            p.Query(f"{found('attainable')} / ({found('attainable|not_attainable')} > 0)"),
            unit="percentunit",
            levels=p.GOOD_IS_HIGH,
            width=8,
        ),
        p.number(
            "Too few cases to tell",
            "Wishes of which too few comparable cases say anything.",
            p.Query(found("too_few")),
            unit="short",
            levels=p.ANY_IS_DOUBTFUL,
        ),
        p.number(
            "Kept, of the wishes promised",
            "Of the wishes that were promised: kept among kept and broken.",
            p.Query(f"{became('kept')} / ({became('kept|broken')} > 0)"),
            unit="percentunit",
            levels=p.GOOD_IS_HIGH,
            width=8,
        ),
    ]

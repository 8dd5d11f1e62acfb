"""Panels about owning what was broken, for all clients or for one: `counted` is the metric that counts breaches by `state`,
`chosen` what chooses its series."""

from __future__ import annotations

from grafana import panels as p


def in_state(counted: str, chosen: str, state: str) -> str:
    """How many breaches are in one of these states."""
    return f'sum(max without (instance) ({counted}{{{chosen}, state=~"{state}"}}))'


def unacknowledged(counted: str, chosen: str) -> p.Panel:
    """What nobody has owned up to."""
    return p.number(
        "Acknowledged by nobody",
        "Breaches that nobody has owned up to by name yet, where the book owes that.",
        p.Query(in_state(counted, chosen, "unacknowledged")),
        unit="short",
        levels=p.ANY_IS_BAD,
    )


def by_what_is_owed(counted: str, chosen: str) -> p.Panel:
    """How many wait for which step."""
    return p.lines(
        "Breaches by what is owed first",
        "How many breaches wait for which step.",
        [
            p.Query(
                f'sum by (state) (max without (instance) ({counted}{{{chosen}, state!~"closed|excused"}}))', "{{state}}"
            )
        ],
        unit="short",
        width=12,
    ).height(9)


def credits_owed(chosen: str, description: str) -> p.Panel:
    """What is owed in money, by currency."""

    def owed_in(period: str) -> str:
        return f'sum by (currency) (max without (instance) (kept_credits_owed{{{chosen}, period="{period}"}}))'

    shown = [
        p.Column("in this period", owed_in("running"), "none"),
        p.Column("in the last one", owed_in("last"), "none"),
    ]
    return p.columns("Credits owed", description, shown, width=12)
